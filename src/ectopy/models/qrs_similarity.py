"""Which doubtful waves look like the beats around them: QRS complexes that a lead shows small, or in noise.

On a lead at right angles to the heart's axis the QRS complex is as small as a P wave, and the network is sure
of some beats and not of the next. What tells such a beat from a P wave is the company that it keeps: it has
the shape and the size of the beats nearby, with their T wave behind it. Where those beats are themselves as
smooth as P waves, as in a standstill whose P waves were taken for beats, nothing follows from that.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

COMPARED: Final = 4
"""Beats on each side of a wave that it is compared with, and how many of them there must be in all."""

COMPARED_SECONDS: Final = 7.0
"""Seconds before and after a wave in which those beats lie: four of them at 40 a minute."""

BEFORE: Final = 10
AFTER: Final = 40
"""Grid samples before and after a wave that are compared: 0.1 s and 0.4 s, the QRS complex and most of T."""

SHIFTS: Final = np.arange(-5, 6)
"""Grid samples by which a wave is moved to where it looks most alike: the network places it to 0.05 s."""

CORRELATION: Final = 0.5
"""Correlation with the mean of the beats from which a wave is alike."""

SIZE: Final = 0.45
"""Size from which it is as large, as a share of theirs; blocked P waves have a tenth to a third."""

SHARP: Final = 0.5
"""Root mean square of the steps from one grid sample to the next, as a share of that of the mean beat within
0.1 s of its R peak: a P wave as narrow as a standard deviation of 20 ms has 0.35, most QRS complexes 0.7.

The three were chosen on folds 1 to 9 of PTB-XL, each lead alone, on leads turned away from the axis of the
heart, and on blocked P waves, standstill and flutter of people and simulated hearts there to choose by."""

_TINY: Final = np.float32(1e-6)
"""mV, or a share, that stands for nothing."""


def similar(
    peaks: npt.NDArray[np.int64],
    beats: npt.NDArray[np.bool_],
    signal: npt.NDArray[np.float32],
    rate: float,
) -> npt.NDArray[np.bool_]:
    """Return which of the other waves look like the beats around them.

    Parameters
    ----------
    peaks : ndarray of int64, shape (n,)
        Grid samples of waves, rising.
    beats : ndarray of bool, shape (n,)
        Which of them are beats for reasons of their own.
    signal : ndarray of float32, shape (n_leads, n_times)
        The leads in mV, from `ectopy.signal.qrs_input`.
    rate : float
        Rate of the grid in Hz.

    Returns
    -------
    ndarray of bool, shape (n,)
        None of `beats` among them.
    """
    alike = np.zeros(len(peaks), np.bool_)
    near, compared = _beats_near(peaks, beats, rate)
    enough = compared.sum(axis=1) >= COMPARED
    if not enough.any():
        return alike
    doubtful = np.flatnonzero(~beats)[enough]
    alike[doubtful] = _look_alike(peaks[doubtful], near[enough], compared[enough], signal)
    return alike


def _beats_near(
    peaks: npt.NDArray[np.int64], beats: npt.NDArray[np.bool_], rate: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the beats beside each other wave, and which are near enough; the wave stands for those not."""
    beyond = np.full(COMPARED, np.iinfo(np.int64).max // 2)
    places = np.concatenate([-beyond, peaks[beats], beyond])
    first = np.cumsum(beats)[~beats]
    waves = peaks[~beats][:, np.newaxis]
    near = places[first[:, np.newaxis] + np.arange(2 * COMPARED)]
    compared = np.abs(near - waves) <= int(COMPARED_SECONDS * rate)
    return np.where(compared, near, waves), compared


def _look_alike(
    waves: npt.NDArray[np.int64],
    near: npt.NDArray[np.int64],
    compared: npt.NDArray[np.bool_],
    signal: npt.NDArray[np.float32],
) -> npt.NDArray[np.bool_]:
    beats = _windows(signal, near)
    shares = compared[:, :, np.newaxis, np.newaxis].astype(np.float32)
    mean = _normalised((_normalised(beats) * shares).sum(axis=1))
    moved = _normalised(_windows(signal, waves[:, np.newaxis] + SHIFTS))
    correlation = _sums(moved * mean[:, np.newaxis]).max(axis=1)
    usual = (_heights(beats) * compared).sum(axis=1) / compared.sum(axis=1)
    large = _heights(_windows(signal, waves)) >= np.float32(SIZE) * usual
    return (correlation >= CORRELATION) & large & (_sharpness(mean) >= SHARP)


def _windows(signal: npt.NDArray[np.float32], places: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return what lies around each place, shape (..., n_leads, n_times); the ends stand for those beyond."""
    around = places[..., np.newaxis] + np.arange(-BEFORE, AFTER + 1)
    windows = signal[:, np.clip(around, 0, signal.shape[1] - 1)]
    return np.ascontiguousarray(np.moveaxis(windows, 0, -2))


def _normalised(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return windows without the mean of each lead, their squares adding up to one."""
    level = windows - windows.mean(axis=-1, keepdims=True)
    size = np.sqrt(_sums(np.square(level)))
    return level / np.maximum(size, _TINY)[..., np.newaxis, np.newaxis]


def _heights(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return how large the QRS complex in each window is from top to bottom, all leads together."""
    complexes = windows[..., : 2 * BEFORE + 1]
    return np.ascontiguousarray(complexes.max(axis=-1) - complexes.min(axis=-1)).sum(axis=-1)


def _sharpness(beats: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    complexes = beats[..., : 2 * BEFORE + 1]
    level = complexes - complexes.mean(axis=-1, keepdims=True)
    steps = _sums(np.square(np.diff(level, axis=-1)))
    return np.sqrt(steps / np.maximum(_sums(np.square(level)), _TINY))


def _sums(windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the sum over each window, the same whatever stands beside it."""
    return np.ascontiguousarray(windows).reshape(*windows.shape[:-2], -1).sum(axis=-1)
