"""What tells the rhythm of the atria: the intervals, and what stands before each QRS complex.

In fibrillation the intervals are irregular and no P wave repeats from beat to beat; premature beats,
breathing and blocked beats make intervals irregular behind P waves that do repeat.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median
from ectopy.features.intervals import LONGEST_RR, SHORTEST_RR, UNKNOWN_RR
from ectopy.signal.sliding import median_filter, uniform_filter1d

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

USUAL: Final = 31
"""Beats among which the usual interval, the usual QRS amplitude and the usual QRS complex are taken."""

AVERAGED: Final = 9
"""Beats that are averaged: a P wave stays, the waves of fibrillation fall to a third."""

P_WINDOW: Final = (-0.3, -0.05)
"""Seconds from the R peak between which a P wave stands."""

P_POINTS: Final = 15
"""Points that the average before the QRS complex is given by, one every 17 ms."""

QRS_HALF: Final = 0.085
"""Seconds on either side of the R peak that are compared as its QRS complex."""

P_SCALE: Final = 10.0
"""A P wave is about a tenth of a QRS complex."""

_LEAST: Final = 1e-3
"""A thousandth of a QRS complex, below any recorder's noise: logarithms stay finite."""

ATRIAL_FEATURES: Final = (
    "log_rr",
    "rr_to_median_31",
    "rr_to_previous_rr",
    "rr_known",
    "qrs_correlation_31",
    "qrs_known",
    *(f"p_average_9_{point}" for point in range(P_POINTS)),
    "p_coherence_9",
    "p_correlation_9",
    "p_residual_9",
    "p_known",
)
"""Columns of `atrial_features`, in order."""

N_INTERVALS: Final = 4
"""Columns of them that the intervals alone give."""

N_WITHOUT_P: Final = 6
"""Columns of them that do not look at what stands before the QRS complex."""

ATRIAL_CLASSES: Final = ("N", "S")
"""Classes of beats whose time the atria decide."""

REACH: Final = USUAL // 2 + 1
"""Beats on either side that a row depends on."""


def atrial_features(rr: Floats, waveforms: Floats, judged: Bools, fs: float, peak: int) -> Floats:
    """Describe each beat of a recording for the recognition of atrial rhythms.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        One lead, band-passed; with less than 0.3 s before and 0.1 s after the R peak, what stands before the
        QRS is unknown.
    judged : ndarray of bool, shape (n_beats,)
        Whether the window of each beat can be trusted.
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the R peak in the windows.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_columns)
        The columns `ATRIAL_FEATURES`, all finite; 0 where unknown.
    """
    rows = np.zeros((len(rr), len(ATRIAL_FEATURES)), np.float32)
    if len(rr):
        rows[:, :N_INTERVALS] = interval_features(rr)
        if _shows_p_wave(waveforms.shape[1], fs, peak):
            rows[:, N_INTERVALS:] = _wave_features(waveforms.astype(np.float32), judged, fs, peak)
    return rows


def atrial_intervals(rr: Floats, classes: npt.NDArray[np.str_]) -> tuple[Floats, Bools]:
    """Return the intervals between beats whose time the atria decide, NaN elsewhere, and which those are.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes; another name where a beat was not judged.

    Returns
    -------
    rr : ndarray of float32, shape (n_beats,)
    telling : ndarray of bool, shape (n_beats,)

    Examples
    --------
    >>> rr, telling = atrial_intervals(np.full(4, 0.8, np.float32), np.array(["N", "S", "V", "N"]))
    >>> np.isfinite(rr).tolist(), telling.tolist()
    ([False, True, False, False], [True, True, False, True])
    """
    telling = np.isin(classes, ATRIAL_CLASSES)
    between = telling & np.append(False, telling[:-1])[: len(telling)]
    return np.where(between, rr, np.float32(np.nan)), telling


def interval_features(rr: Floats) -> Floats:
    """Return the first `N_INTERVALS` columns of `ATRIAL_FEATURES`, which ask for no waveforms."""
    if not len(rr):
        return np.empty((0, N_INTERVALS), np.float32)
    known = np.isfinite(rr)
    seconds = np.clip(np.where(known, rr, UNKNOWN_RR), SHORTEST_RR, LONGEST_RR)
    log = np.log(seconds)
    usual = quick_median(log[known], axis=0) if known.any() else 0.0
    middle = median_filter(np.where(known, log, usual), USUAL, mode="nearest")
    both = known & np.append(False, known[:-1])
    change = np.diff(log, prepend=log[:1])
    columns = (known * log, known * (log - middle), both * change, known)
    return np.stack(columns, axis=1).astype(np.float32)


def _shows_p_wave(n_times: int, fs: float, peak: int) -> bool:
    """Whether windows reach from the begin of the P wave to the end of the QRS."""
    return peak + round(min(P_WINDOW) * fs) >= 0 and peak + round(QRS_HALF * fs) < n_times


def _wave_features(waveforms: Floats, judged: Bools, fs: float, peak: int) -> Floats:
    half = round(QRS_HALF * fs)
    qrs = waveforms[:, peak - half : peak + half + 1]
    amplitude = np.ptp(qrs, axis=1)
    usual = quick_median(amplitude[judged], axis=0) if judged.any() else 1.0
    amplitude = median_filter(np.where(judged, amplitude, usual), USUAL, mode="nearest")
    scale = (1 / np.maximum(amplitude, 1e-6)).astype(np.float32)[:, np.newaxis]
    first, last = (peak + round(bound * fs) for bound in P_WINDOW)
    p = _points(waveforms[:, first:last] * scale, P_POINTS)
    p -= p.mean(axis=1, keepdims=True)
    average = _average(p, judged, AVERAGED)
    squares = _average(((p - average) ** 2).mean(axis=1, keepdims=True), judged, AVERAGED)
    residual = np.sqrt(np.maximum(squares, 0))  # the running sum of the average can fall below by rounding
    coherent = np.sqrt((average**2).mean(axis=1, keepdims=True))
    columns = (
        _correlation(qrs, _average(qrs, judged, USUAL)),
        np.ones((len(p), 1)),
        np.clip(P_SCALE * average, -5, 5),
        np.log((coherent + _LEAST) / (residual + _LEAST)),
        _correlation(p, average),
        np.log(residual + _LEAST) + 4,
        np.ones((len(p), 1)),
    )
    return np.where(judged[:, np.newaxis], np.concatenate(columns, axis=1), 0).astype(np.float32)


def _points(segment: Floats, n: int) -> Floats:
    """Return the means of so many equal parts of each row."""
    if segment.shape[1] % n == 0:  # the same, much faster
        width = segment.shape[1] // n
        return np.asarray(sum(segment[:, k::width] for k in range(width)) / np.float32(width), np.float32)
    edges = np.linspace(0, segment.shape[1], n + 1).round().astype(np.int64)
    return np.asarray(np.add.reduceat(segment, edges[:-1], axis=1) / np.diff(edges), np.float32)


def _average(values: npt.NDArray[np.floating], judged: Bools, n: int) -> npt.NDArray[np.float64]:
    """Return the mean of ``n`` rows around each, of those that are judged."""
    share = uniform_filter1d(judged.astype(np.float64), n, mode="nearest")[:, np.newaxis]
    kept = np.where(judged[:, np.newaxis], values, 0).astype(np.float64)
    total = uniform_filter1d(kept.T, n, mode="nearest").T
    return np.asarray(total / np.maximum(share, 1 / (2 * n)), np.float64)


def _correlation(values: npt.NDArray[np.floating], others: npt.NDArray[np.floating]) -> Floats:
    """Return the correlation of each row with the same row of another array, shape (n, 1)."""
    a = values - values.mean(axis=1, keepdims=True)
    b = others - others.mean(axis=1, keepdims=True)
    size = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray((a * b).sum(axis=1) / np.maximum(size, 1e-9), np.float32)[:, np.newaxis]
