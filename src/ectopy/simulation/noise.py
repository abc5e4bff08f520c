"""Noise of a simulated recording: baseline wander, mains hum, muscle noise, electrode motion.

Slow noises are cubic B-splines with random coefficients: they are smooth, never repeat, and depend on four
numbers at a time. Fast noise is white noise less its slow part. All are drawn minute by minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from ectopy.errors import ParameterError

Samples = npt.NDArray[np.float32]

_MOTION_KNOT: Final = 0.1
_WANDER_KNOTS: Final = 12
_ENVELOPE_KNOTS: Final = 60
_BLOCK_KNOTS: Final = 600
_MUSCLE_FROM_HZ: Final = 20.0
_MOST_DB: Final = 120.0
"""Decibels between signal and noise; beyond, single precision holds only one of them."""

_SILENCE: Final = 1e-12


@dataclass(frozen=True)
class Noise:
    """Level of each kind of noise in a recording.

    Parameters
    ----------
    wander, mains, muscle, motion : float
        Expected root mean square in mV of baseline wander (below 0.5 Hz), the mains hum, muscle noise
        (above 20 Hz), and electrode motion (bursts of up to 5 Hz that look like beats).
    mains_hz : float
        Frequency of the mains, 50 or 60 Hz; a recorder leaves out what its sampling rate cannot hold.
    snr_db : float, optional
        If given, the levels above are proportions only, and each lead's noise is scaled so that ten times the
        decimal logarithm of the clean ECG's variance over the noise's variance, both taken over that lead of
        the whole recording, is this number.

    Raises
    ------
    ParameterError
        If a level is negative or not finite, or an SNR is given but no noise.
    """

    wander: float = 0.06
    mains: float = 0.004
    muscle: float = 0.008
    motion: float = 0.0
    mains_hz: float = 50.0
    snr_db: float | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name != "snr_db" and not 0 <= value < math.inf:
                raise ParameterError(f"{item.name}={value!r} is not possible; give a number from 0 on")
        if self.snr_db is not None and not abs(self.snr_db) <= _MOST_DB:
            raise ParameterError(
                f"snr_db={self.snr_db!r} is not possible; give −{_MOST_DB:g} to {_MOST_DB:g} dB"
            )
        if self.snr_db is not None and not any((self.wander, self.mains, self.muscle, self.motion)):
            raise ParameterError(f"snr_db={self.snr_db!r} is asked of no noise; raise one of the levels")


MILD: Final = Noise()


def add_noise(signal: Samples, fs: float, noise: Noise, seed: np.random.SeedSequence) -> None:
    """Add noise to a clean signal, in place.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        Clean ECG in mV.
    fs : float
        Sampling frequency in Hz.
    noise : Noise
        Levels of the noise.
    seed : SeedSequence
        Random generator of the noise.
    """
    gains = np.ones(signal.shape[1])
    if noise.snr_db is not None:
        loudness = np.maximum(_variances(noise_blocks(noise, signal.shape, fs, seed)), _SILENCE)
        gains = np.sqrt(_variances(_blocks_of(signal, fs)) / loudness * 10 ** (-noise.snr_db / 10))
    disturbed = noise_blocks(noise, signal.shape, fs, seed)
    for clean, block in zip(_blocks_of(signal, fs), disturbed, strict=True):
        clean += block * gains.astype(np.float32)


def noise_blocks(
    noise: Noise, shape: tuple[int, ...], fs: float, seed: np.random.SeedSequence
) -> Iterator[Samples]:
    """Yield the noise of a recording minute by minute.

    A longer recording with the same seed begins with the noise of a shorter one, and more of one kind leaves
    the other kinds as they were.

    Parameters
    ----------
    noise : Noise
        Levels of the noise.
    shape : tuple of int
        (n_samples, n_leads) of the recording.
    fs : float
        Sampling frequency in Hz.
    seed : SeedSequence
        Random generator of the noise.

    Yields
    ------
    ndarray of float32, shape (n_block, n_leads)
        In mV.
    """
    n_samples, n_leads = shape
    streams = [np.random.default_rng(state) for state in seed.generate_state(6, np.uint64)]
    knot, block = _knot_samples(fs), _block_samples(fs)
    wander = _SplineNoise(knot * _WANDER_KNOTS, n_leads, streams[0])
    hum = _Hum(noise.mains_hz / fs, block, n_leads, streams[1])
    muscle = _MuscleNoise(fs, n_leads, streams[2])
    tension = _SplineNoise(knot * _ENVELOPE_KNOTS, n_leads, streams[3])
    motion = _SplineNoise(knot, n_leads, streams[4])
    tugging = _SplineNoise(knot * _ENVELOPE_KNOTS, n_leads, streams[5])
    for start in range(0, n_samples, block):
        total = np.zeros((block, n_leads), dtype=np.float32)
        if noise.wander:
            total += noise.wander * wander.draw(block)
        if noise.mains:
            total += noise.mains * hum.draw(start)
        if noise.muscle:
            total += noise.muscle * muscle.draw(block) * _log_normal(tension.draw(block), 0.4)
        if noise.motion:
            total += noise.motion * motion.draw(block) * _log_normal(tugging.draw(block), 1.1)
        yield total[: n_samples - start]


def _knot_samples(fs: float) -> int:
    return max(1, round(_MOTION_KNOT * fs))


def _block_samples(fs: float) -> int:
    return _knot_samples(fs) * _BLOCK_KNOTS


def _blocks_of(signal: Samples, fs: float) -> Iterator[Samples]:
    """Yield views of a signal, minute by minute."""
    block = _block_samples(fs)
    return (signal[start : start + block] for start in range(0, len(signal), block))


def _variances(blocks: Iterator[Samples]) -> npt.NDArray[np.float64]:
    """Return each lead's variance over all blocks."""
    n, total, squares = 0, np.zeros(1), np.zeros(1)
    for block in blocks:
        n += len(block)
        total = total + block.sum(axis=0, dtype=np.float64)
        squares = squares + np.einsum("ij,ij->j", block, block, dtype=np.float64)
    return squares / n - (total / n) ** 2


def _log_normal(gaussian: Samples, spread: float) -> Samples:
    """Turn a process of unit variance into a positive one with unit mean square."""
    return np.exp(np.float32(spread) * gaussian - np.float32(spread**2))


class _SplineNoise:
    """Smooth noise of unit variance, half of it common to all leads, up to about half the knots' rate."""

    def __init__(self, spacing: int, n_leads: int, rng: np.random.Generator) -> None:
        self._spacing = spacing
        self._rng = rng
        u = np.abs(np.arange(4 * spacing) / spacing - 2)
        kernel = np.where(u < 1, 2 / 3 - u**2 + u**3 / 2, np.maximum(2 - u, 0) ** 3 / 6)
        self._kernel = (kernel / np.sqrt(np.sum(kernel**2) / spacing)).astype(np.float32)
        self._last = self._knots(3, n_leads)

    def _knots(self, n: int, n_leads: int) -> Samples:
        knots = self._rng.standard_normal((n, n_leads + 1), dtype=np.float32)
        mixed: Samples = np.sqrt(np.float32(0.5)) * (knots[:, 1:] + knots[:, :1])
        return mixed if n_leads > 1 else knots[:, 1:]

    def draw(self, n: int) -> Samples:
        """Return the next n samples, n a multiple of the spacing, shape (n, n_leads)."""
        knots = np.concatenate([self._last, self._knots(n // self._spacing, self._last.shape[1])])
        self._last = knots[-3:]
        from scipy.signal import upfirdn

        waves = upfirdn(self._kernel, knots, up=self._spacing, axis=0)
        return waves[3 * self._spacing : 3 * self._spacing + n]


class _MuscleNoise:
    """White noise of unit variance without its slow part, different in every lead."""

    def __init__(self, fs: float, n_leads: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._reach = max(1, round(0.22 * fs / _MUSCLE_FROM_HZ))
        self._last = self._white(2 * self._reach, n_leads)

    def _white(self, n: int, n_leads: int) -> Samples:
        return self._rng.standard_normal((n, n_leads), dtype=np.float32)

    def draw(self, n: int) -> Samples:
        """Return the next n samples, shape (n, n_leads)."""
        white = np.concatenate([self._last, self._white(n, self._last.shape[1])])
        self._last = white[n:]
        width = 2 * self._reach + 1
        fast = (white - uniform_filter1d(white, width, axis=0))[self._reach : self._reach + n]
        return fast * np.float32(1 / math.sqrt(1 - 1 / width))


class _Hum:
    """Mains hum of unit variance, n samples at a time: a tone and a little of its third harmonic.

    Each lead has a phase of its own; ``frequency`` is in cycles a sample, and a tone from 0.5 on is left out.
    """

    _THIRD: Final = 0.2

    def __init__(self, frequency: float, n: int, n_leads: int, rng: np.random.Generator) -> None:
        phases = np.exp(2j * np.pi * rng.random((2, n_leads)))
        tones = np.array([frequency, 3 * frequency])
        levels = np.array([1.0, self._THIRD]) * math.sqrt(2 / (1 + self._THIRD**2))
        held = (tones > 0) & (tones < 0.5)
        self._tones = tones[held]
        self._phasors = levels[held, None] * phases[held]
        angles = 2 * np.pi * np.outer(np.arange(n), self._tones)
        self._waves = np.concatenate([np.cos(angles), -np.sin(angles)], axis=1).astype(np.float32)

    def draw(self, start: int) -> Samples:
        """Return n samples from ``start`` on, shape (n, n_leads)."""
        now = self._phasors * np.exp(2j * np.pi * (self._tones * start % 1))[:, None]
        return self._waves @ np.concatenate([now.real, now.imag]).astype(np.float32)
