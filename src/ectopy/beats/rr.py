"""RR intervals, and how each compares with those nearby."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from ectopy.errors import ParameterError

RR_FEATURES: Final = (
    "rr",
    "next_rr",
    "rr_to_median",
    "next_rr_to_median",
    "rr_to_next_rr",
    "irregularity",
)
"""Columns of `rr_features`, in order."""

MIN_RR: Final = np.float32(1e-3)
"""Seconds that an interval is divided by at least; two marks on one sample would divide by zero."""


def rr_intervals(samples: npt.ArrayLike, fs: float) -> npt.NDArray[np.float32]:
    """Return the seconds since the previous beat.

    Parameters
    ----------
    samples : array_like of int or float, shape (n_beats,)
        R peaks, not decreasing; fractions lie between samples.
    fs : float
        Sampling rate in Hz of ``samples``.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        NaN for the first beat.

    Raises
    ------
    ParameterError
        If the samples decrease, or the rate is not positive.

    Examples
    --------
    >>> rr_intervals([0, 360, 540], fs=360).tolist()
    [nan, 1.0, 0.5]
    """
    peaks = np.asarray(samples, dtype=np.float64)
    steps = np.diff(peaks)
    if peaks.ndim != 1 or (steps < 0).any():
        raise ParameterError("samples must be a row of R peaks that does not decrease; sort them")
    if not fs > 0:
        raise ParameterError(f"fs={fs!r} Hz is not possible; give a rate above 0")
    return np.concatenate([np.full(min(1, len(peaks)), np.nan), steps / fs]).astype(np.float32)


def median_rr(rr: npt.ArrayLike, reach: int = 10) -> npt.NDArray[np.float32]:
    """Return the median RR interval among the beats nearby.

    Parameters
    ----------
    rr : array_like of float, shape (n_beats,)
        Seconds since the previous beat; NaN where unknown.
    reach : int
        Beats on each side that are included.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        NaN where no interval nearby is known.

    Examples
    --------
    >>> median_rr([float("nan"), 1.0, 0.6, 1.4, 1.0], reach=2).tolist()
    [0.8..., 1.0, 1.0, 1.0, 1.0]
    """
    padded = np.pad(np.asarray(rr, dtype=np.float32), reach, constant_values=np.nan)
    if len(padded) == 2 * reach:
        return np.empty(0, dtype=np.float32)
    nearby = np.sort(sliding_window_view(padded, 2 * reach + 1), axis=1)
    known = np.count_nonzero(~np.isnan(nearby), axis=1)  # NaN is sorted last
    row = np.arange(len(nearby))
    low, high = nearby[row, np.maximum(known - 1, 0) // 2], nearby[row, known // 2]
    return np.where(known > 0, (low + np.where(known % 2, low, high)) / 2, np.nan).astype(np.float32)


def rr_features(samples: npt.ArrayLike, fs: float, *, reach: int = 10) -> npt.NDArray[np.float32]:
    """Compare the RR interval of each beat with those nearby.

    Parameters
    ----------
    samples : array_like of int, shape (n_beats,)
        R peaks, not decreasing.
    fs : float
        Sampling rate in Hz of ``samples``.
    reach : int
        Beats on each side that the median is taken over.

    Returns
    -------
    ndarray of float32, shape (n_beats, 6)
        The columns `RR_FEATURES`: seconds since the previous beat and until the next one; both divided by
        the median RR nearby; the first divided by the second; and the median absolute change from one RR to
        the next divided by the median RR, which is small in sinus rhythm and large in atrial fibrillation.
        NaN where the recording begins or ends too near.

    Raises
    ------
    ParameterError
        If the samples decrease, or the rate is not positive.

    Examples
    --------
    A premature beat and the pause after it:

    >>> features = rr_features([0, 100, 200, 260, 400, 500, 600], fs=100, reach=3)
    >>> [round(float(value), 2) for value in features[3, :3]]
    [0.6, 1.4, 0.6]
    """
    rr = rr_intervals(samples, fs)
    following = np.append(rr[1:], np.float32(np.nan))[: len(rr)].astype(np.float32)
    median = np.maximum(median_rr(rr, reach), MIN_RR)
    change = median_rr(np.abs(following - rr), reach)
    columns = (
        rr,
        following,
        rr / median,
        following / median,
        rr / np.maximum(following, MIN_RR),
        change / median,
    )
    return np.stack(columns, axis=1).astype(np.float32)
