"""How often values occur: cells from light to dark, on a logarithmic scale."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.plotting import palette
from ectopy.report.svg import boxes, path
from ectopy.report.timelines import TimeAxis, rate_frame

LONG: Final = 3 * 3600.0
"""Seconds of recording from which on dots hide how often each rate occurs, and its density is drawn."""

_COLUMNS: Final = 180
"""Stretches of time: each a good millimetre wide."""

_STEP: Final = 2.5
"""Beats per minute of a cell."""

Floats = npt.NDArray[np.floating]


def draw_rate_density(times: Floats, rr: Floats, axis: TimeAxis) -> str:
    """Draw how often each heart rate occurs in every stretch of time, on the axes of the heart rate.

    Parameters
    ----------
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    axis : TimeAxis
        Of the recording.

    Returns
    -------
    str
        An ``<svg>`` element.
    """
    known = np.isfinite(rr) & (rr > 0)
    rates, say = 60 / rr[known], axis.language.text
    frame = rate_frame(rates, axis)
    columns = np.linspace(0, axis.duration, _COLUMNS + 1)
    low, high = frame.plot.y.low, frame.plot.y.high
    rows = np.append(np.arange(low, high, _STEP), high)
    counts, _, _ = np.histogram2d(times[known], rates, bins=[columns, rows])
    return frame.plot.draw(
        say("How often each heart rate occurs over time"),
        frame.grid,
        cells(counts, frame.plot.x(columns), frame.plot.y(rows)),
        frame.plot.key(("dense0", say("rare")), (f"dense{len(palette.DENSITY) - 1}", say("frequent"))),
        frame.axes,
    )


def cells(counts: npt.NDArray[np.float64], x: Floats, y: Floats) -> str:
    """Return paths of the cells of a histogram that hold anything, darker where they hold more.

    Parameters
    ----------
    counts : ndarray, shape (n_columns, n_rows)
        What the cells hold.
    x : ndarray, shape (n_columns + 1,)
        Edges of the columns in mm, from left to right.
    y : ndarray, shape (n_rows + 1,)
        Edges of the rows in mm, from the bottom up.
    """
    levels = len(palette.DENSITY)
    top = np.log(max(2.0, counts.max(initial=0)))
    level = np.floor(np.log(np.maximum(counts, 1)) / top * levels).astype(np.int64).clip(0, levels - 1)
    paths = []
    for shade in range(levels):
        column, first, stop = _runs((counts > 0) & (level == shade))
        paths.append(path(f"dense{shade}", boxes(x[column], y[stop], x[column + 1], y[first])))
    return "".join(paths)


def _runs(chosen: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int64], ...]:
    """Return column, first row and row after the last of cells that lie on one another."""
    edges = np.diff(chosen.astype(np.int8), axis=1, prepend=0, append=0)
    column, first = np.nonzero(edges == 1)
    return column, first, np.nonzero(edges == -1)[1]
