"""RR intervals: when each beat comes, beside when it was due."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from ectopy.errors import ParameterError

RR_FEATURES: Final = (
    "before",
    "after",
    "before_to_usual",
    "after_to_usual",
    "before_to_after",
    "irregularity",
)
"""Columns of `rr_features`, in order."""


def rr_intervals(samples: npt.ArrayLike, fs: float) -> npt.NDArray[np.float32]:
    """Return the seconds since the beat before.

    Parameters
    ----------
    samples : array_like of int, shape (n_beats,)
        R peaks, not decreasing.
    fs : float
        Rate in Hz that the samples count in.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        NaN for the first beat.

    Raises
    ------
    ParameterError
        If the samples go backwards or the rate is not above zero.

    Examples
    --------
    >>> rr_intervals([0, 360, 540], fs=360).tolist()
    [nan, 1.0, 0.5]
    """
    peaks = np.asarray(samples, dtype=np.int64)
    steps = np.diff(peaks)
    if peaks.ndim != 1 or (steps < 0).any():
        raise ParameterError("samples is no rising row of R peaks; sort them")
    if not fs > 0:
        raise ParameterError(f"fs={fs!r} Hz is not possible; give a rate above 0")
    return np.concatenate([np.full(min(1, len(peaks)), np.nan), steps / fs]).astype(np.float32)


def usual_rr(rr: npt.ArrayLike, reach: int = 10) -> npt.NDArray[np.float32]:
    """Return the median RR interval among the beats nearby.

    Parameters
    ----------
    rr : array_like of float, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    reach : int
        Beats on each side that count.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        NaN where no interval nearby is known.

    Examples
    --------
    >>> usual_rr([float("nan"), 1.0, 0.6, 1.4, 1.0], reach=2).tolist()
    [0.8..., 1.0, 1.0, 1.0, 1.0]
    """
    padded = np.pad(np.asarray(rr, dtype=np.float32), reach, constant_values=np.nan)
    if len(padded) == 2 * reach:
        return np.empty(0, dtype=np.float32)
    # sorted, NaN last: the middle of the known ones is the median
    nearby = np.sort(sliding_window_view(padded, 2 * reach + 1), axis=1)
    known = np.count_nonzero(~np.isnan(nearby), axis=1)
    row = np.arange(len(nearby))
    low, high = nearby[row, np.maximum(known - 1, 0) // 2], nearby[row, known // 2]
    return np.where(known > 0, (low + np.where(known % 2, low, high)) / 2, np.nan).astype(np.float32)


def rr_features(samples: npt.ArrayLike, fs: float, *, reach: int = 10) -> npt.NDArray[np.float32]:
    """Describe the timing of each beat among its neighbours.

    Parameters
    ----------
    samples : array_like of int, shape (n_beats,)
        R peaks, not decreasing.
    fs : float
        Rate in Hz that the samples count in.
    reach : int
        Beats on each side that make up what is usual.

    Returns
    -------
    ndarray of float32, shape (n_beats, 6)
        The columns `RR_FEATURES`: seconds since the beat before and until the beat after; both over the
        median RR nearby; the one over the other; and the median change from one RR to the next over the
        median RR, which is small in sinus rhythm and large in atrial fibrillation. NaN where the recording
        begins or ends too soon to tell.

    Raises
    ------
    ParameterError
        If the samples go backwards or the rate is not above zero.

    Examples
    --------
    A premature beat and the pause after it:

    >>> features = rr_features([0, 100, 200, 260, 400, 500, 600], fs=100, reach=3)
    >>> [round(float(value), 2) for value in features[3, :3]]
    [0.6, 1.4, 0.6]
    """
    before = rr_intervals(samples, fs)
    after = np.append(before[1:], np.float32(np.nan))[: len(before)].astype(np.float32)
    usual = np.maximum(usual_rr(before, reach), np.float32(1e-3))
    change = usual_rr(np.abs(after - before), reach)
    columns = (before, after, before / usual, after / usual, before / np.maximum(after, 1e-3), change / usual)
    return np.stack(columns, axis=1).astype(np.float32)
