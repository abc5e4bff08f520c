"""What tells the rhythm of the atria: the intervals, and what stands before each QRS complex.

In fibrillation the intervals are irregular and no P wave repeats from beat to beat; premature beats,
breathing and blocked beats make intervals irregular behind P waves that do repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median
from ectopy.features.intervals import LONGEST_RR, SHORTEST_RR, UNKNOWN_RR
from ectopy.labels import VENTRICULAR
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

LAGS: Final = (1, 2, 3, 4)
"""Beats back that an interval is compared with: ectopic beats in groups of two to four repeat themselves."""

UNLIKE: Final = 0.12
"""Difference of the logarithms of two intervals, 12 %, from which on they are not alike at all."""

INTERPOLATED: Final = 1.4
"""Share of the usual interval below which the time across a ventricular beat is one interval, not two: the
beat came in between, and the sinus rhythm went on."""

_LEAST: Final = 1e-3
"""A thousandth of a QRS complex, below any recorder's noise: logarithms stay finite."""

ATRIAL_FEATURES: Final = (
    "log_rr",
    "rr_to_median_31",
    "rr_to_previous_rr",
    "rr_known",
    "rr_across",
    *(f"rr_similarity_31_{lag}" for lag in LAGS),
    "qrs_correlation_31",
    "qrs_known",
    *(f"p_average_9_{point}" for point in range(P_POINTS)),
    "p_coherence_9",
    "p_correlation_9",
    "p_residual_9",
    "p_known",
)
"""Columns of `atrial_features`, in order."""

N_INTERVALS: Final = 5 + len(LAGS)
"""Columns of them that the intervals alone give."""

N_WITHOUT_P: Final = N_INTERVALS + 2
"""Columns of them that do not look at what stands before the QRS complex."""

ATRIAL_CLASSES: Final = ("N", "S")
"""Classes of beats whose time the atria decide."""

REACH: Final = USUAL // 2 + max(LAGS)
"""Beats on either side that a row depends on."""


@dataclass(frozen=True, eq=False)
class AtrialIntervals:
    """What the intervals of consecutive beats tell of the atria.

    Parameters
    ----------
    every : ndarray of float32, shape (n_beats,)
        Seconds since the beat before, whatever the beats are; NaN where unknown.
    rr : ndarray of float32, shape (n_beats,)
        The same where the atria decide when both beats come. After one ventricular beat between two such
        beats, half of the time across it, as after a compensatory pause, or all of it if the beat was
        interpolated. NaN elsewhere.
    across : ndarray of bool, shape (n_beats,)
        Whether the interval is one across a ventricular beat.
    telling : ndarray of bool, shape (n_beats,)
        Whether the atria decide when the beat comes.
    """

    every: Floats
    rr: Floats
    across: Bools
    telling: Bools

    @property
    def between(self) -> Bools:
        """Which intervals are those between neighbours whose time the atria decide."""
        return np.isfinite(self.rr) & ~self.across


def atrial_intervals(rr: Floats, classes: npt.NDArray[np.str_]) -> AtrialIntervals:
    """Return what intervals tell of the atria.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes; another name where a beat was not judged.

    Returns
    -------
    AtrialIntervals

    Examples
    --------
    >>> rr = np.array([0.8, 0.8, 0.8, 0.5, 1.1], np.float32)
    >>> found = atrial_intervals(rr, np.array(["N", "S", "N", "V", "N"]))
    >>> found.telling.tolist(), found.rr.round(2).tolist()
    ([True, True, True, False, True], [nan, 0.800000011920929, 0.800000011920929, nan, 0.800000011920929])
    """
    telling = np.isin(classes, ATRIAL_CLASSES)
    between = telling & _before(telling)
    ventricular = np.isin(classes, VENTRICULAR)
    time = rr + np.append(np.float32(np.nan), rr[:-1])[: len(rr)]
    across = telling & _before(ventricular) & _before(_before(telling)) & np.isfinite(time)
    known = between & np.isfinite(rr)
    usual = quick_median(rr[known], axis=0) if known.any() else np.inf
    halves = np.where(time < INTERPOLATED * usual, time, time / 2)
    seconds = np.where(between, rr, np.where(across, halves, np.float32(np.nan)))
    return AtrialIntervals(rr, seconds.astype(np.float32), across, telling)


def _before(flags: Bools) -> Bools:
    """Return of each beat the flag of the beat before."""
    return np.append(False, flags[:-1])[: len(flags)]


def atrial_features(intervals: AtrialIntervals, waveforms: Floats, fs: float, peak: int) -> Floats:
    """Describe each beat of a recording for the recognition of atrial rhythms.

    Parameters
    ----------
    intervals : AtrialIntervals
        Of n_beats beats.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        One lead, band-passed; with less than 0.3 s before and 0.1 s after the R peak, what stands before the
        QRS is unknown, as it is of beats that are not `AtrialIntervals.telling`.
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the R peak in the windows.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_columns)
        The columns `ATRIAL_FEATURES`, all finite; 0 where unknown.
    """
    rows = np.zeros((len(intervals.rr), len(ATRIAL_FEATURES)), np.float32)
    if len(rows):
        rows[:, :N_INTERVALS] = interval_features(intervals)
        if _shows_p_wave(waveforms.shape[1], fs, peak):
            rows[:, N_INTERVALS:] = _wave_features(waveforms.astype(np.float32), intervals.telling, fs, peak)
    return rows


def interval_features(intervals: AtrialIntervals) -> Floats:
    """Return the first `N_INTERVALS` columns of `ATRIAL_FEATURES`, which ask for no waveforms."""
    if not len(intervals.rr):
        return np.empty((0, N_INTERVALS), np.float32)
    known = np.isfinite(intervals.rr)
    log = _logarithms(intervals.rr)
    usual = quick_median(log[known], axis=0) if known.any() else 0.0
    middle = median_filter(np.where(known, log, usual), USUAL, mode="nearest")
    both = known & _before(known)
    change = np.diff(log, prepend=log[:1])
    columns = (known * log, known * (log - middle), both * change, known, intervals.across)
    similar = [_similarity(intervals.every, lag) for lag in LAGS]
    return np.stack([*columns, *similar], axis=1).astype(np.float32)


def _logarithms(rr: Floats) -> Floats:
    seconds = np.where(np.isfinite(rr), rr, UNKNOWN_RR)
    return np.asarray(np.log(np.clip(seconds, SHORTEST_RR, LONGEST_RR)), np.float32)


def _similarity(rr: Floats, lag: int) -> npt.NDArray[np.float64]:
    """Return how alike intervals so many beats apart are, from 0 to 1: the mean of `USUAL` around each."""
    known, log = np.isfinite(rr), _logarithms(rr)
    both, alike = np.zeros(len(rr), np.bool_), np.zeros(len(rr))
    both[lag:] = known[lag:] & known[:-lag]
    alike[lag:] = np.clip(1 - np.abs(log[lag:] - log[:-lag]) / UNLIKE, 0, 1)
    compared = uniform_filter1d(both.astype(np.float64), USUAL, mode="nearest")
    total = uniform_filter1d(alike * both, USUAL, mode="nearest")
    return np.asarray(total / np.maximum(compared, 1 / (2 * USUAL)), np.float64)


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
