"""Heart rate variability in the time domain.

References
----------
Task Force of the European Society of Cardiology and the North American Society of Pacing and
Electrophysiology, Heart rate variability: standards of measurement, physiological interpretation, and
clinical use, Circulation 93:1043-1065, 1996. Brennan et al., Do existing measures of Poincaré plot geometry
reflect nonlinear features of heart rate variability?, IEEE Trans Biomed Eng 48:1342-1347, 2001 (SD1, SD2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.hrv.windows import WINDOW, Floats

BIN: Final = 1000 / 128
"""Milliseconds of a bin of the histogram whose height the triangular index takes (Task Force 1996)."""

_LONG_DIFFERENCE: Final = 50.0
"""Milliseconds by which two NN intervals in a row differ to count in pNN50."""


def deviation(values: Floats) -> float | None:
    """Return the standard deviation (n − 1 below); None for fewer than two values."""
    return float(values.std(ddof=1)) if len(values) > 1 else None


def root_mean_square(differences: Floats) -> float | None:
    """Return the root of the mean square; None where there is nothing."""
    return float(np.sqrt(np.mean(differences**2))) if len(differences) else None


def pnn50(differences: Floats) -> float | None:
    """Return the share of successive differences above 50 ms, between 0 and 1."""
    return float(np.mean(np.abs(differences) > _LONG_DIFFERENCE)) if len(differences) else None


def sdann(times: Floats, nn: Floats) -> float | None:
    """Return the standard deviation of the mean NN intervals of five-minute windows, in ms."""
    cuts, lengths = _window_cuts(times)
    return deviation(np.add.reduceat(nn, cuts) / lengths if len(nn) else nn)


def sdnn_index(times: Floats, nn: Floats) -> float | None:
    """Return the mean of the standard deviations of five-minute windows, in ms."""
    cuts, lengths = _window_cuts(times)
    if not (lengths > 1).any():
        return None
    means = np.repeat(np.add.reduceat(nn, cuts) / lengths, lengths)
    squares = np.add.reduceat((nn - means) ** 2, cuts)[lengths > 1]
    return float(np.sqrt(squares / (lengths[lengths > 1] - 1)).mean())


def _window_cuts(times: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where each of `ectopy.rhythm.hrv.windows.windows` begins, and how many intervals it holds."""
    numbers = np.floor(times / WINDOW).astype(np.int64)
    cuts = np.flatnonzero(np.diff(numbers, prepend=-1))
    return cuts, np.diff(cuts, append=len(times))


def triangular_index(nn: Floats) -> float | None:
    """Return the number of NN intervals over the height of their histogram in bins of 1/128 s."""
    if not len(nn):
        return None
    return float(len(nn) / np.bincount((nn / BIN).astype(np.int64)).max())


def poincare(before: Floats, after: Floats) -> tuple[float | None, float | None]:
    """Return the spread of a Poincaré plot across and along its line of identity (SD1, SD2).

    Parameters
    ----------
    before, after : ndarray of float64, shape (n_pairs,)
        NN intervals that follow one another without a gap, in ms.

    Returns
    -------
    sd1, sd2 : float or None
        In ms.
    """
    return deviation((before - after) / np.sqrt(2)), deviation((before + after) / np.sqrt(2))


@dataclass(frozen=True)
class TimeDomain:
    """Heart rate variability in the time domain; None where it cannot be told.

    Parameters
    ----------
    n_nn : int
        NN intervals.
    mean_nn, sdnn, sdann, sdnn_index, rmssd, sd1, sd2 : float or None
        ms.
    pnn50 : float or None
        Share of successive differences above 50 ms, between 0 and 1.
    triangular_index : float or None
        Intervals over the height of their histogram.
    """

    n_nn: int
    mean_nn: float | None
    sdnn: float | None
    sdann: float | None
    sdnn_index: float | None
    rmssd: float | None
    pnn50: float | None
    triangular_index: float | None
    sd1: float | None
    sd2: float | None


def time_domain(times: Floats, nn: Floats) -> TimeDomain:
    """Return all figures of the time domain.

    Parameters
    ----------
    times : ndarray of float64, shape (n_beats,)
        Seconds of the beats, rising.
    nn : ndarray of float64, shape (n_beats,)
        Milliseconds since the beat before where that is an NN interval; NaN elsewhere.

    Examples
    --------
    >>> nn = np.where(np.arange(600) % 2, 790.0, 810.0)
    >>> figures = time_domain(np.arange(1, 601) * 0.8, nn)
    >>> figures.n_nn, figures.mean_nn, figures.rmssd
    (600, 800.0, 20.0)
    """
    known = np.isfinite(nn)
    ms, when = nn[known], times[known]
    both = known[1:] & known[:-1]
    before, after = nn[:-1][both], nn[1:][both]
    sd1, sd2 = poincare(before, after)
    return TimeDomain(
        n_nn=len(ms),
        mean_nn=float(ms.mean()) if len(ms) else None,
        sdnn=deviation(ms),
        sdann=sdann(when, ms),
        sdnn_index=sdnn_index(when, ms),
        rmssd=root_mean_square(after - before),
        pnn50=pnn50(after - before),
        triangular_index=triangular_index(ms),
        sd1=sd1,
        sd2=sd2,
    )
