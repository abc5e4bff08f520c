"""How the heart slows down, and how it answers a premature ventricular beat.

References
----------
Bauer et al., Deceleration capacity of heart rate as a predictor of mortality after myocardial infarction,
Lancet 367:1674-1681, 2006. Schmidt et al., Heart-rate turbulence after ventricular premature beats as a
predictor of mortality after acute myocardial infarction, Lancet 353:1390-1396, 1999. Bauer et al., Heart rate
turbulence: standards of measurement, physiological interpretation, and clinical use, J Am Coll Cardiol
52:1353-1365, 2008.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.hrv.windows import Floats

_LARGEST_STEP: Final = 0.05
"""Share by which an NN interval may be longer than the one before to be an anchor: more is an artefact."""

_BEFORE, _AFTER = 5, 15
"""Sinus intervals that must stand before and after a premature beat (Bauer 2008)."""

_EARLY, _PAUSE = 0.8, 1.2
"""The coupling interval is at most, the pause at least, this share of the mean interval before."""

_FEWEST: Final = 5
"""Premature beats below which turbulence is not told."""

_SLOPE_OVER: Final = 5
"""Intervals in a row over which the slope is taken."""


@dataclass(frozen=True)
class Turbulence:
    """Heart rate turbulence.

    Parameters
    ----------
    onset : float
        Percent by which the first two intervals after the pause are longer than the last two before the
        premature beat; below 0 in health.
    slope : float
        Steepest rise of the mean tachogram over five intervals, ms per interval; above 2.5 in health.
    n_beats : int
        Premature beats that it was measured on.
    """

    onset: float
    slope: float
    n_beats: int


def deceleration_capacity(nn: Floats) -> float | None:
    """Return how strongly the heart slows down from one beat to the next, in ms.

    Parameters
    ----------
    nn : ndarray of float64, shape (n_beats,)
        NN intervals of all beats, ms; NaN where there is none.

    Returns
    -------
    float or None
        Mean over all intervals that are longer than the one before, by 5 % at most, of the difference between
        the two from there on and the two before, over four; None where there is no such interval.
    """
    if len(nn) < 4:
        return None
    two_before, before, anchor, after = nn[:-3], nn[1:-2], nn[2:-1], nn[3:]
    slowing = (anchor > before) & (anchor <= before * (1 + _LARGEST_STEP))
    changes = (anchor + after - before - two_before)[slowing] / 4
    known = changes[np.isfinite(changes)]
    return float(known.mean()) if len(known) else None


def turbulence(rr: Floats, classes: npt.NDArray[np.str_]) -> Turbulence | None:
    """Return how the sinus rhythm answers single premature ventricular beats.

    Parameters
    ----------
    rr : ndarray of float64, shape (n_beats,)
        RR intervals that end at each beat, ms; NaN where unknown.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes.

    Returns
    -------
    Turbulence or None
        None for fewer than five premature beats with sinus rhythm around them.
    """
    pieces = _around_premature(rr, classes)
    if len(pieces) < _FEWEST:
        return None
    before, after = (
        pieces[:, _BEFORE - 2 : _BEFORE].sum(axis=1),
        pieces[:, _BEFORE + 2 : _BEFORE + 4].sum(axis=1),
    )
    tachogram = pieces[:, _BEFORE + 2 :].mean(axis=0)
    x = np.arange(_SLOPE_OVER) - (_SLOPE_OVER - 1) / 2
    slopes = np.lib.stride_tricks.sliding_window_view(tachogram, _SLOPE_OVER) @ x / (x @ x)
    return Turbulence(float(100 * np.mean((after - before) / before)), float(slopes.max()), len(pieces))


def _around_premature(rr: Floats, classes: npt.NDArray[np.str_]) -> Floats:
    """Return the intervals around each premature beat that stands in sinus rhythm, one row each."""
    offsets = np.arange(-_BEFORE, _AFTER + 2)
    beats = np.flatnonzero(classes == "V")
    beats = beats[(beats > _BEFORE) & (beats + offsets[-1] < len(rr))]
    pieces = rr[beats[:, np.newaxis] + offsets]
    neighbours = np.delete(np.append(offsets[0] - 1, offsets), _BEFORE + 1)
    sinus = (classes == "N")[beats[:, np.newaxis] + neighbours].all(axis=1) & np.isfinite(pieces).all(axis=1)
    usual = pieces[:, :_BEFORE].mean(axis=1)
    early = (pieces[:, _BEFORE] <= _EARLY * usual) & (pieces[:, _BEFORE + 1] >= _PAUSE * usual)
    return np.asarray(pieces[sinus & early])
