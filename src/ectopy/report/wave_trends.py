"""PR, QRS and QT over the whole recording, drawn."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import Waves
from ectopy.report.plot import Plot, Scale, nice_ticks
from ectopy.report.svg import boxes, line, path
from ectopy.report.timelines import WIDTH, TimeAxis, time_ticks
from ectopy.rhythm.interval_trends import trend_columns

LINES: Final = {"pr": "lineP", "qrs": "lineQRS", "qt": "lineT", "qtc_fridericia": "made"}
"""Intervals that are drawn, and the kind of line of each."""

_TITLES: Final = {"pr": "PR", "qrs": "QRS", "qt": "QT", "qtc_fridericia": "QTc (Fridericia)"}

_WIDTHS: Final = (10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0)
"""Seconds of a stretch, the first of which the recording has at most `_MOST` of."""

_MOST: Final = 120
_FEWEST: Final = 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 21.0, 8.0, 6.5, 11.5
_LEAST_USABLE: Final = 0.5


def stretch_seconds(duration: float) -> float:
    """Return how long the stretches are whose medians are drawn, in seconds."""
    return next((width for width in _WIDTHS if duration / width <= _MOST), _WIDTHS[-1])


def draw_intervals_over_time(waves: Waves, usable: npt.NDArray[np.bool_], axis: TimeAxis) -> str:
    """Draw the median PR, QRS, QT and QTc of every stretch; shaded: fewer than half of its beats are usable.

    Parameters
    ----------
    waves : Waves
    usable : ndarray of bool, shape (n_beats,)
        Beats on good signal.
    axis : TimeAxis
        Of the recording.

    Returns
    -------
    str
        An ``<svg>`` element; empty where the recording has fewer than three stretches.
    """
    duration = axis.duration
    width = stretch_seconds(duration)
    if duration < _FEWEST * width or not len(waves):
        return ""
    trend = trend_columns(waves, width, usable)
    middles = np.minimum(trend["start"] + width / 2, duration)
    values = np.concatenate([trend[name] for name in LINES])
    highest = 1.1 * float(np.nanmax(values)) if np.isfinite(values).any() else 500.0
    plot = Plot(
        WIDTH, 58, Scale(0.0, duration, _LEFT, WIDTH - _RIGHT), Scale(0.0, highest, 58 - _BOTTOM, _TOP)
    )
    poor = trend["start"][~(trend["usable"] >= _LEAST_USABLE)]
    shade = boxes(
        plot.x(poor),
        np.full(len(poor), plot.y.stop),
        plot.x(np.minimum(poor + width, duration)),
        np.full(len(poor), plot.y.start),
    )
    ticks = nice_ticks(0, highest)
    say = axis.language.text
    return plot.draw(
        say("PR, QRS, QT and QTc over time"),
        plot.grid(y=ticks),
        path("window", shade),
        *(path(kind, line(plot.x(middles), plot.y(trend[name]))) for name, kind in LINES.items()),
        plot.key(*((kind, _TITLES[name]) for name, kind in LINES.items()), ("window", say("poor signal"))),
        plot.frame(*_times(axis, ticks)),
    )


def _times(
    axis: TimeAxis, ticks: list[tuple[float, str]]
) -> tuple[list[tuple[float, str]], list[tuple[float, str]], str, str]:
    times, name = time_ticks(axis)
    return times, ticks, name, axis.language.text("interval, ms")
