"""QRS detection: where the heartbeats are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ectopy.beats.qrs_input import Grid, condition
from ectopy.errors import ParameterError

QRS_REACH: Final = 12.0
"""Seconds on each side beyond which no sample has a say in whether and where a beat is found."""

LOWEST_FS: Final = 50.0
HIGHEST_FS: Final = 10_000.0

_PIECE: Final = 28_800
_MARGIN: Final = 960
_REFRACTORY: Final = 19
_FINE: Final = 6


def detect_qrs(
    signal: npt.ArrayLike, fs: float, *, threshold: float = 0.4, start: int = 0
) -> npt.NDArray[np.int64]:
    """Find the R peaks of a recording.

    Parameters
    ----------
    signal : array_like of float, shape (n_samples,) or (n_samples, n_leads)
        Samples in millivolts; NaN where missing. Leads may be upside down.
    fs : float
        Sampling frequency in Hz, from 50 to 10000.
    threshold : float
        How sure to be of a beat, above 0 and below 1: lower finds more, higher errs less.
    start : int
        Index of the first sample in its recording, where `signal` is a piece of a longer one. A piece that
        reaches `QRS_REACH` seconds beyond the part that matters gives the same beats there as the whole.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Index of each R peak in `signal`, increasing.

    Raises
    ------
    ParameterError
        If the signal is no such array, or an argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> seconds = np.arange(0, 10, 1 / 250)
    >>> spikes = np.exp(-(((seconds % 1) - 0.5) ** 2) / (2 * 0.012**2))
    >>> detect_qrs(spikes, 250)[:4].tolist()
    [125, 375, 625, 875]
    """
    leads = _checked(signal, fs)
    if not 0 < threshold < 1:
        raise ParameterError(f"threshold={threshold!r} is no probability; give one above 0 and below 1")
    grid = Grid.of(fs)
    skip = -start % grid.stride
    found = [_detect_piece(piece, grid, threshold) + first for first, piece in _pieces(leads[:, skip:], grid)]
    beats = np.concatenate(found) if found else np.empty(0)
    samples: npt.NDArray[np.int64] = np.rint(beats * grid.down / grid.up).astype(np.int64) + skip
    return np.clip(samples, 0, leads.shape[1] - 1)


def _checked(signal: npt.ArrayLike, fs: float) -> npt.NDArray[np.float32]:
    samples = np.asarray(signal, dtype=np.float32)
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2 or samples.shape[1] == 0:
        raise ParameterError(
            f"signal has shape {np.shape(signal)}; give (n_samples,) or (n_samples, n_leads)"
        )
    if not LOWEST_FS <= fs <= HIGHEST_FS:
        raise ParameterError(f"fs={fs!r} Hz is out of range; give {LOWEST_FS:g} to {HIGHEST_FS:g} Hz")
    return samples.T


def _pieces(leads: npt.NDArray[np.float32], grid: Grid) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Cut leads into pieces with a margin on each side; yield each with the grid index of its start."""
    n_leads, n_samples = leads.shape
    margin = -(-_MARGIN // grid.period)
    longest = max(1, _PIECE // grid.period)
    n_periods = -(-n_samples // grid.stride)
    for first in range(0, n_periods, longest):
        last = min(first + longest, n_periods)
        begin, end = (first - margin) * grid.stride, (last + margin) * grid.stride
        piece = np.full((n_leads, end - begin), np.nan, dtype=np.float32)
        inside = leads[:, max(begin, 0) : end]
        offset = max(begin, 0) - begin
        piece[:, offset : offset + inside.shape[1]] = inside
        yield (first - margin) * grid.period, piece


def _detect_piece(piece: npt.NDArray[np.float32], grid: Grid, threshold: float) -> npt.NDArray[np.float64]:
    """Return the beats of a piece outside its margins, in grid samples."""
    conditioned = condition(piece, grid)
    score = _energy(conditioned)
    highest = ndimage.maximum_filter1d(score, 2 * _REFRACTORY + 1, mode="constant")
    peaks = np.flatnonzero((score == highest) & (score > threshold))
    peaks = peaks[np.diff(peaks, prepend=-len(score)) > _REFRACTORY]  # of equal neighbours the first
    margin = -(-_MARGIN // grid.period) * grid.period
    peaks = peaks[(peaks >= margin) & (peaks < len(score) - margin)]
    return _refined(conditioned, peaks)


def _energy(conditioned: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the steepness within 0.1 s, against what is usual for a beat nearby."""
    slope = np.abs(np.diff(conditioned, axis=-1, append=np.float32(0)))
    power = ndimage.uniform_filter1d(slope, 11, axis=-1, mode="constant").mean(axis=0)
    peaks = ndimage.maximum_filter1d(power, 201, mode="constant")
    usual = ndimage.uniform_filter1d(peaks, 601, mode="constant")
    energy: npt.NDArray[np.float32] = power / np.maximum(usual, np.float32(0.05))
    return energy


def _refined(conditioned: npt.NDArray[np.float32], peaks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Move each peak to the largest deflection near it, between grid samples by a parabola."""
    height = np.abs(conditioned).sum(axis=0)
    near = peaks[:, None] + np.arange(-_FINE, _FINE + 1)
    best = near[np.arange(len(peaks)), height[near].argmax(axis=1)]
    before, at, after = height[best - 1], height[best], height[best + 1]
    bend = np.maximum(2 * at - before - after, np.float32(1e-6))
    refined: npt.NDArray[np.float64] = best + np.clip(0.5 * (after - before) / bend, -0.5, 0.5)
    return refined
