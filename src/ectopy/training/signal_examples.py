"""Examples for the signal classifier: real leads, and what happens to them, made.

Every example is forty seconds of one lead at 60 Hz with a label for each half second. Noise is laid over it
in bursts and labelled by how much of the heart it leaves to be seen; fibrillation, massage, bad contact,
standstill and very fast or broad rhythms, of which recordings are rare, are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.signal.classifier_input import SAMPLES, scaled
from ectopy.signal.filters import bandpass
from ectopy.signal.quality import QRS_BAND

FS: Final = 60.0
N_FRAMES: Final = 80
N_TIMES: Final = N_FRAMES * SAMPLES
EDGE: Final = 10
"""Frames at each end of an example without a label: what is beyond them cannot be seen."""

BEATS, FIBRILLATION, ARTEFACT = range(3)
NOT_LEARNED: Final = -1

HIDDEN_DB: Final = 0.0
READABLE_DB: Final = 4.0
"""Ratio of QRS complexes to noise in `QRS_BAND`, as noise elsewhere, such as wander of the baseline, hides
none: artefact below the first, no artefact above the second, no label between."""

_FIBRILLATION_HIDDEN_DB: Final = -6.0
_FIBRILLATION_READABLE_DB: Final = 0.0
"""The same of the waves of fibrillation, which has no QRS complexes, in the whole band."""

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class LabelledLead:
    """One lead.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_frames * 30,)
        In mV at 60 Hz, band-passed.
    labels : ndarray of int8, shape (n_frames,)
        `BEATS`, `FIBRILLATION`, `ARTEFACT` or `NOT_LEARNED`.
    """

    signal: Floats
    labels: Labels

    def padded(self) -> LabelledLead:
        """Return it with its ends mirrored, as the classifier sees them."""
        margin = max(EDGE, N_FRAMES - len(self.labels))
        signal = np.pad(self.signal, margin * SAMPLES, mode="symmetric")
        return LabelledLead(signal, np.pad(self.labels, margin, constant_values=NOT_LEARNED))

    def example(self, start: int, factor: float) -> LabelledLead:
        """Return an example that begins at a frame, played faster by a factor."""
        times = start * SAMPLES + factor * np.arange(N_TIMES)
        frames = start + (factor * (np.arange(N_FRAMES) + 0.5)).astype(np.int64)
        signal = np.interp(times, np.arange(len(self.signal)), self.signal).astype(np.float32)
        inside = frames < len(self.labels)
        labels = np.where(inside, self.labels[np.minimum(frames, len(self.labels) - 1)], NOT_LEARNED)
        return LabelledLead(signal, labels.astype(np.int8))


@dataclass(frozen=True, eq=False)
class SignalExamples:
    """Scaled leads (n, 2400), labels (n, 80) and weights (n,)."""

    leads: Floats
    labels: Labels
    weights: Floats

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """What a batch is made of."""
        return self.leads, self.labels, self.weights

    @classmethod
    def of(cls, leads: Sequence[LabelledLead], weights: Sequence[float]) -> Self:
        """Scale leads, and take the labels at their ends away."""
        labels = np.stack([lead.labels for lead in leads])
        labels[:, :EDGE] = labels[:, -EDGE:] = NOT_LEARNED
        signals = scaled(np.stack([lead.signal for lead in leads]))
        return cls(signals, labels, np.asarray(weights, np.float32))


def drawn_example(
    lead: LabelledLead, rng: np.random.Generator, speeds: tuple[float, float], wanted: int | None = None
) -> LabelledLead:
    """Return an example from anywhere in a lead, or with a frame of a wanted label in its middle half."""
    lead = lead.padded()
    factor = float(np.exp(rng.uniform(*np.log(speeds))))
    last = max(0, len(lead.labels) - int(np.ceil(N_FRAMES * factor)))
    start = int(rng.integers(last + 1))
    if wanted is not None and (lead.labels == wanted).any():
        start = int(
            rng.choice(np.flatnonzero(lead.labels == wanted)) - rng.uniform(0.25, 0.75) * N_FRAMES * factor
        )
    return lead.example(min(max(0, start), last), factor)


def with_noise(
    lead: LabelledLead, noise: Floats, rng: np.random.Generator, decibels: tuple[float, float]
) -> LabelledLead:
    """Lay a burst of noise over an example; label each frame by what is left to be seen.

    Parameters
    ----------
    lead : LabelledLead
        The example.
    noise : ndarray of float32, shape (n_times,)
        As long as the example, of any size.
    rng : Generator
        Of the burst's place and size.
    decibels : tuple of float
        Range of the ratio of signal to noise.
    """
    start, stop = np.sort(rng.integers(0, N_FRAMES, 2))
    burst = np.zeros(N_TIMES, np.float32)
    inside = slice(start * SAMPLES, (max(stop, start + 8)) * SAMPLES)
    burst[inside] = noise[inside]
    power = _power(burst)
    typical = float(np.sqrt(power[power > 0].mean())) if (power > 0).any() else 1.0
    gain = np.sqrt(_heart(lead.signal)) * 10 ** (-rng.uniform(*decibels) / 20) / max(typical, 1e-6)
    burst *= np.float32(gain)
    return LabelledLead(lead.signal + burst, _labels_under(lead, burst))


def _labels_under(lead: LabelledLead, noise: Floats) -> Labels:
    """Label each frame by what noise leaves: QRS complexes of beats, the waves of fibrillation."""
    fibrillates = lead.labels == FIBRILLATION
    ratio = np.where(
        fibrillates, _decibels(lead.signal, noise), _decibels(_qrs_band(lead.signal), _qrs_band(noise))
    )
    hidden = np.where(fibrillates, _FIBRILLATION_HIDDEN_DB, HIDDEN_DB)
    readable = np.where(fibrillates, _FIBRILLATION_READABLE_DB, READABLE_DB)
    labels = np.where(ratio < hidden, ARTEFACT, np.where(ratio < readable, NOT_LEARNED, lead.labels))
    return labels.astype(np.int8)


def _decibels(signal: Floats, noise: Floats) -> Floats:
    """Return the ratio of a heart to noise around each frame."""
    return np.asarray(10 * np.log10(_heart(signal) / np.maximum(_power(noise), 1e-12)))


def _heart(signal: Floats) -> float:
    """Return the power of a sine as high as the QRS complexes, as the program nst has it."""
    return 0.2 * typical_height(signal) ** 2


def _qrs_band(signal: Floats) -> Floats:
    low, high = QRS_BAND
    return np.asarray(bandpass(np.ascontiguousarray(signal[:, None]), FS, low=low, high=high)[:, 0])


def typical_height(signal: Floats) -> float:
    """Return the median height of the highest waves in each second and a half, in mV."""
    heights = np.abs(signal[: len(signal) // 90 * 90]).reshape(-1, 90).max(axis=1)
    return max(0.05, float(np.median(heights)))


def _power(signal: Floats) -> Floats:
    """Return the mean square around each frame."""
    frames = (signal.astype(np.float32) ** 2).reshape(-1, SAMPLES).mean(axis=1)
    return np.convolve(frames, np.ones(3, np.float32) / 3, "same")


def with_fibrillation(lead: LabelledLead, rng: np.random.Generator) -> LabelledLead:
    """Let an example go over into made fibrillation or flutter somewhere, and perhaps back."""
    start = int(rng.integers(-N_FRAMES // 3, N_FRAMES - EDGE))
    stop = start + int(rng.integers(12, 2 * N_FRAMES))
    start = max(0, start)
    size = typical_height(lead.signal) * np.exp(rng.uniform(np.log(0.25), np.log(1.3)))
    signal, labels = lead.signal.copy(), lead.labels.copy()
    inside = slice(start * SAMPLES, min(stop, N_FRAMES) * SAMPLES)
    signal[inside] = np.float32(size) * fibrillation(rng)[inside]
    labels[start:stop] = FIBRILLATION
    for seam in (start, stop):
        labels[max(0, seam - 1) : seam + 2] = NOT_LEARNED
    return LabelledLead(signal, labels)


def fibrillation(rng: np.random.Generator) -> Floats:
    """Make forty seconds of fibrillation, or of flutter where rate and height are steady, about 1 mV high."""
    steady = rng.uniform() < 0.4
    rate = rng.uniform(2.8, 6.5) + (0.15 if steady else rng.uniform(0.3, 1.0)) * _wander(rng, 1.0)
    phase = 2 * np.pi * np.cumsum(np.clip(rate, 2.3, 9)) / FS
    height = np.clip(1 + (0.15 if steady else 0.45) * _wander(rng, 0.7), 0.15, 2)
    skew = rng.uniform(-0.35, 0.35) * np.sin(2 * phase + rng.uniform(0, 6.3))
    rest = (0.02 if steady else rng.uniform(0.05, 0.4)) * _wander(rng, 0.12)
    wave = height * (np.sin(phase) + skew) + rest + rng.uniform(0, 0.04) * rng.standard_normal(N_TIMES)
    return wave.astype(np.float32)


def massage(rng: np.random.Generator) -> Floats:
    """Make the rhythmic motion of chest compressions, or of running: 1.4 to 3 Hz, seldom a pure tone."""
    phase = 2 * np.pi * np.cumsum(rng.uniform(1.4, 3.0) + 0.08 * _wander(rng, 1.5)) / FS
    height = np.clip(1 + 0.3 * _wander(rng, 1.0), 0.2, 2)
    parts = [rng.uniform(0.2, 1) / n * np.sin(n * phase + rng.uniform(0, 6.3)) for n in (1, 2, 3, 4, 5)]
    return (height * np.sum(parts, axis=0) + 0.2 * _wander(rng, 0.1)).astype(np.float32)


def tremor(rng: np.random.Generator) -> Floats:
    """Make the tremor of a limb: 4 to 9 Hz, coming and going."""
    phase = 2 * np.pi * np.cumsum(rng.uniform(4, 9) + 0.3 * _wander(rng, 1.0)) / FS
    return (np.clip(1 + 0.6 * _wander(rng, 1.5), 0, 3) * np.sin(phase)).astype(np.float32)


def sway(rng: np.random.Generator) -> Floats:
    """Make slow wander of the baseline: breath and movement, 0.3 to 1.2 Hz."""
    phase = 2 * np.pi * np.cumsum(rng.uniform(0.3, 1.2) + 0.2 * _wander(rng, 2.0)) / FS
    return ((1 + 0.4 * _wander(rng, 2.0)) * np.sin(phase)).astype(np.float32)


def motion(rng: np.random.Generator) -> Floats:
    """Make motion as fast as QRS complexes: noise of a band that begins at 3 to 8 and ends at 12 to 25 Hz."""
    white = rng.standard_normal((N_TIMES, 1)).astype(np.float32)
    low, high = rng.uniform(3, 8), rng.uniform(12, 25)
    level = bandpass(white, FS, low=low, high=high)[:, 0]
    return np.asarray(np.clip(1 + 0.5 * _wander(rng, 1.5), 0.1, 3) * level, np.float32)


def bad_contact(rng: np.random.Generator) -> Floats:
    """Make what an electrode gives that came off or is being moved: steps between rails, or a wild walk."""
    if rng.uniform() < 0.5:
        lengths = np.exp(rng.uniform(np.log(0.03), np.log(2.0), N_TIMES)) * FS
        number = np.searchsorted(np.cumsum(lengths), np.arange(N_TIMES))
        wild = rng.choice([-1.0, 0.0, 1.0], N_TIMES)[number] + 0.2 * _wander(rng, 0.2)
    else:
        jumps = rng.standard_t(1.2, N_TIMES) * (rng.uniform(size=N_TIMES) < rng.uniform(0.02, 0.3))
        wild = np.cumsum(np.clip(jumps, -8, 8)) + rng.uniform(0, 1) * _wander(rng, 0.05)
    return np.asarray(bandpass(wild.astype(np.float32)[:, None], FS, low=0.5, high=27)[:, 0])


def pop(rng: np.random.Generator) -> Floats:
    """Make a few seconds' fall of an electrode's voltage after a jump, ten times as high as a QRS or less."""
    wild = np.zeros(N_TIMES, np.float32)
    for start in rng.integers(0, N_TIMES, rng.integers(1, 5)):
        fall = np.exp(-np.arange(N_TIMES - start) / FS / rng.uniform(0.1, 1.0))
        wild[start:] += (rng.choice([-1, 1]) * rng.uniform(1, 10) * fall).astype(np.float32)
    return np.asarray(bandpass(wild[:, None], FS, low=0.5, high=27)[:, 0])


def with_pops(lead: LabelledLead, rng: np.random.Generator) -> LabelledLead:
    """Lay pops over an example; a second and a half around each, rules decide."""
    shaken = pop(rng) * np.float32(typical_height(lead.signal))
    near = np.sqrt(_power(shaken)) > 0.3 * typical_height(lead.signal)
    labels = np.where(near, NOT_LEARNED, lead.labels).astype(np.int8)
    return LabelledLead(lead.signal + shaken, labels)


def made_rhythm(rng: np.random.Generator) -> LabelledLead:
    """Make a rhythm that can be read and that recordings seldom show."""
    waves: Callable[[], list[tuple[float, float, float]]]
    kind = rng.choice(["broad", "narrow", "standstill"])
    if kind == "broad":
        rate, waves = rng.uniform(1.5, 3.3), lambda: _BROAD
    elif kind == "narrow":
        rate, waves = rng.uniform(2.5, 5.0), lambda: _NARROW
    else:
        rate, waves = rng.uniform(0.8, 1.6), lambda: _P_WAVE
    times = np.arange(N_TIMES) / FS
    signal = 0.01 * _wander(rng, 0.5)
    jitter = 0.01 if kind != "broad" else 0.04
    for time in np.cumsum((1 / rate) * (1 + jitter * rng.standard_normal(int(50 * rate)))):
        for height, centre, width in waves():
            signal += height * np.exp(-0.5 * ((times - time - centre) / width) ** 2)
    signal = (signal + rng.uniform(0.002, 0.03) * rng.standard_normal(N_TIMES)).astype(np.float32)
    level = np.asarray(bandpass(signal[:, None], FS, low=0.5, high=27)[:, 0])
    return LabelledLead(level, np.full(N_FRAMES, BEATS, np.int8))


def _wander(rng: np.random.Generator, seconds: float) -> npt.NDArray[np.float64]:
    """Return random numbers of unit variance that forget themselves after some seconds."""
    width = max(3, int(seconds * FS))
    smooth = np.convolve(rng.standard_normal(N_TIMES + 2 * width), np.hanning(width), "same")[width:-width]
    return np.asarray(smooth / max(smooth.std(), 1e-9))


_BROAD: Final = [(1.6, 0.0, 0.03), (-0.8, 0.09, 0.035), (-0.5, 0.22, 0.05)]
_NARROW: Final = [(0.08, -0.09, 0.015), (0.9, 0.0, 0.009), (-0.4, 0.018, 0.009), (0.15, 0.1, 0.02)]
_P_WAVE: Final = [(0.1, 0.0, 0.025)]
"""Height in mV, centre and width in seconds of the waves of made beats."""
