"""How PR, QRS and QT change over a recording, and how far each stretch can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import Waves
from ectopy.errors import ParameterError
from ectopy.rhythm.intervals import INTERVALS, interval_columns

if TYPE_CHECKING:
    import pandas as pd

WIDTH: Final = 60.0
"""Seconds of a stretch."""


def interval_trend(waves: Waves, width: float = WIDTH, usable: npt.ArrayLike | None = None) -> pd.DataFrame:
    """Return the intervals of consecutive stretches of a recording.

    Parameters
    ----------
    waves : Waves
        From `ectopy.delineate`.
    width : float
        Seconds of a stretch.
    usable : array_like of bool, shape (n_beats,), optional
        Beats on signal that can be trusted, which alone are measured; all by default.

    Returns
    -------
    DataFrame
        One row per stretch, from the start of the recording to its last beat: ``start`` in seconds; the
        median of each of `INTERVALS`, NaN where no beat has it; ``n_beats``; ``usable``, the share of them
        that were measured, and ``confidence``, the mean of how sure the delineator is of their QRS complexes
        and T waves; both NaN where there is no beat.

    Raises
    ------
    ParameterError
        If the width is not positive, or there is not one value for each beat.
    """
    import pandas as pd

    return pd.DataFrame(trend_columns(waves, width, usable))


def trend_columns(
    waves: Waves, width: float = WIDTH, usable: npt.ArrayLike | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of `interval_trend` as arrays of shape (n_stretches,)."""
    if not 0 < width < np.inf:
        raise ParameterError(f"width={width!r} s is not possible; give a positive number")
    trusted = np.ones(len(waves), np.bool_) if usable is None else np.asarray(usable, dtype=np.bool_)
    if trusted.shape != (len(waves),):
        raise ParameterError(f"usable has shape {trusted.shape}; give one for each of {len(waves)} beats")
    beats = interval_columns(waves)
    stretch = (beats["seconds"] // width).astype(np.int64)
    n = int(stretch.max(initial=-1)) + 1
    counts = np.bincount(stretch, minlength=n)
    measured = np.bincount(stretch[trusted], minlength=n)
    sure = np.bincount(stretch[trusted], beats["confidence"][trusted], minlength=n)
    return {
        "start": width * np.arange(n),
        **{name: _medians(beats[name], stretch, trusted, n) for name in INTERVALS},
        "n_beats": counts,
        "usable": _ratio(measured, counts),
        "confidence": _ratio(sure, measured),
    }


def _medians(
    values: npt.NDArray[np.float64], stretch: npt.NDArray[np.int64], trusted: npt.NDArray[np.bool_], n: int
) -> npt.NDArray[np.float64]:
    known = trusted & np.isfinite(values)
    return medians_by_stretch(values[known], stretch[known], n)


def medians_by_stretch(
    values: npt.NDArray[np.float64], stretch: npt.NDArray[np.int64], n: int
) -> npt.NDArray[np.float64]:
    """Return the median of the values of each stretch, all sorted at once.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        None missing.
    stretch : ndarray of int64, shape (n_values,)
        In which stretch each lies, from 0 on.
    n : int
        How many stretches there are.

    Returns
    -------
    ndarray of float64, shape (n,)
        NaN where a stretch is empty.

    Examples
    --------
    >>> medians_by_stretch(np.array([3.0, 1.0, 2.0, 8.0]), np.array([0, 0, 0, 2]), 3).tolist()
    [2.0, nan, 8.0]
    """
    ordered, counts = values[np.lexsort((values, stretch))], np.bincount(stretch, minlength=n)
    firsts, full = np.cumsum(counts) - counts, counts > 0
    low, high = ordered[(firsts + (counts - 1) // 2)[full]], ordered[(firsts + counts // 2)[full]]
    medians = np.full(n, np.nan)
    medians[full] = (low + high) / 2
    return medians


def _ratio(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
