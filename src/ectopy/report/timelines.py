"""Pictures of the whole recording over time: heart rate, episodes, ectopic beats, score, signal quality.

A day has a hundred thousand beats and a page is a thousand dots wide, so values are thinned before they are
drawn; the highest and the lowest value of every stretch of time are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ectopy.plotting import palette
from ectopy.report.language import ENGLISH, Language
from ectopy.report.plot import TRIANGLE, Plot, Scale, Ticks, log_ticks, nice_ticks
from ectopy.report.style import HATCHES
from ectopy.report.svg import boxes, dots, extremes, line, marks, path, text
from ectopy.report.titles import TITLES
from ectopy.rhythm.episodes import EPISODE_KINDS, Episode
from ectopy.rhythm.interval_trends import medians_by_stretch
from ectopy.signal.quality import FAULTS, Fault, Span
from ectopy.wording import ELAPSED, Clock, clock, shortened

DOTS: Final = 500
"""Columns that a timeline is thinned to."""

WIDTH: Final = 274.0
"""Millimetres of a timeline, as wide as the page."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 21.0, 8.0, 6.5, 11.5
"""Millimetres around the axes, the same for every timeline, so that times line up in all of them."""

_STRETCHES: Final = 150
"""Bars of the timeline of ectopic beats at the most."""

_STEPS: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class TimeAxis:
    """The time that a timeline runs over: seconds of the recording, and how they are told and named."""

    duration: float
    clock: Clock = ELAPSED
    language: Language = ENGLISH


def thin(times: Floats, values: Floats, duration: float, n_bins: int = DOTS) -> npt.NDArray[np.int64]:
    """Choose the values to draw: the lowest and the highest of every stretch of time, and some between.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Seconds, from 0 to ``duration``.
    values : ndarray, shape (n,)
        Values to draw; NaN is left out.
    duration : float
        Total duration in seconds.
    n_bins : int
        Number of stretches.

    Returns
    -------
    ndarray of int64
        Indices, in order; at most three per stretch on average, and all if there are fewer values than that.

    Examples
    --------
    >>> values = np.array([5.0, 9.0, 7.0, 6.0, 1.0, 4.0])
    >>> thin(np.arange(6.0), values, duration=6, n_bins=1).tolist()
    [0, 1, 4]
    """
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) <= 3 * n_bins:
        return finite
    bins = (times[finite] / duration * n_bins).astype(np.int64)
    between = np.arange(0, len(finite), -(-len(finite) // n_bins))
    return finite[np.union1d(extremes(bins, values[finite]), between)]


def draw_scores(times: Floats, scores: Floats, threshold: float, axis: TimeAxis) -> str:
    """Draw the anomaly score of every beat over time, with the threshold.

    Parameters
    ----------
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    scores : ndarray, shape (n_beats,)
        Anomaly scores; NaN where a beat was not judged.
    threshold : float
        Beats with a score above it are abnormal.
    axis : TimeAxis
        Of the recording.

    Returns
    -------
    str
        An ``<svg>`` element, as of every function here.
    """
    abnormal = scores > threshold
    judged = np.isfinite(scores)
    low, high, curve = score_limits(scores[judged], threshold)
    plot = _plot(58, axis.duration, low, high, curve)
    ticks = log_ticks(low, high) if curve == "log" else nice_ticks(low, high)
    data = []
    for mask, shape in ((~abnormal, "h0"), (abnormal, TRIANGLE)):
        shown = np.flatnonzero(mask)[thin(times[mask], scores[mask], axis.duration)]
        lift = 0.0 if shape == "h0" else 0.8  # the tip of a triangle stands over its middle
        data.append(marks(plot.x(times[shown]), plot.y(scores[shown]) - lift, shape))
    n_abnormal, n_judged = int(abnormal.sum()), int(judged.sum())
    say, number = axis.language.text, axis.language.number
    name = say("anomaly score (log)") if curve == "log" else say("anomaly score")
    return plot.draw(
        say("Anomaly score of every beat; {n} lie above the threshold", n=number(n_abnormal)),
        plot.grid(y=ticks),
        path("spot", data[0]),
        path("flag", data[1]),
        plot.level(threshold, "limit"),
        plot.key(
            ("spot", say("normal ({n})", n=number(n_judged - n_abnormal))),
            ("flag", say("abnormal ({n})", n=number(n_abnormal))),
            ("limit", say("threshold ({n})", n=axis.language.decimal(f"{threshold:.3g}"))),
        ),
        _frame(plot, axis, ticks, name),
    )


def draw_heart_rate(times: Floats, rr: Floats, axis: TimeAxis) -> str:
    """Draw the heart rate, beat by beat and smoothed.

    Parameters
    ----------
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    rr : ndarray, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    axis : TimeAxis
        Of the recording.
    """
    rates = np.divide(60.0, rr, out=np.full(len(rr), np.nan), where=rr > 0)
    shown = thin(times, rates, axis.duration)
    width = max(min(10.0, axis.duration / 4), axis.duration / 360)
    middles, medians = _medians(times, rates, axis.duration, width)
    frame, say = rate_frame(rates[np.isfinite(rates)], axis), axis.language.text
    plot, high = frame.plot, frame.plot.y.high
    shown = shown[rates[shown] <= high]
    return plot.draw(
        say("Heart rate over time"),
        frame.grid,
        path("speck", dots(plot.x(times[shown]), plot.y(rates[shown]))),
        path("smooth", line(plot.x(middles), plot.y(np.minimum(medians, high)))),
        plot.key(
            ("speck", say("beat by beat")), ("smooth", say("median of {stretch}", stretch=_seconds(width)))
        ),
        frame.axes,
    )


class RateFrame(NamedTuple):
    """The axes of heart rates over time, drawn but for what goes between grid and axes."""

    plot: Plot
    grid: str
    axes: str


def rate_frame(rates: Floats, axis: TimeAxis) -> RateFrame:
    """Return axes that hold heart rates.

    Parameters
    ----------
    rates : ndarray, shape (n,)
        Beats per minute.
    axis : TimeAxis
        Of the recording.
    """
    lowest, highest = (rates.min(), rates.max()) if len(rates) else (40.0, 120.0)
    low, high = max(0.0, min(40.0, lowest) - 10), float(np.clip(highest + 10, 120, 320))
    plot, ticks = _plot(48, axis.duration, low, high), nice_ticks(low, high)
    name = axis.language.text("heart rate, 1/min")
    return RateFrame(plot, plot.grid(y=ticks), _frame(plot, axis, ticks, name))


def draw_ectopy(times: Floats, classes: npt.NDArray[np.str_], axis: TimeAxis) -> str:
    """Draw the number of ventricular and supraventricular beats over time.

    Parameters
    ----------
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    classes : ndarray of str, shape (n_beats,)
        Their AAMI classes; V and F go up, S goes down.
    axis : TimeAxis
        Of the recording.
    """
    width = next((step for step in _STEPS if axis.duration / step <= _STRETCHES), _STEPS[-1])
    edges = np.append(np.arange(0, axis.duration, width), axis.duration)
    counts = {name: np.histogram(times[classes == name], edges)[0] for name in ("V", "F", "S")}
    both = counts["V"] + counts["F"]
    highest = 1.15 * max(4, both.max(initial=0), counts["S"].max(initial=0))
    plot = _plot(48, axis.duration, -highest, highest)
    ticks = [(value, name.lstrip("−")) for value, name in nice_ticks(-highest, highest, 4, whole=True)]
    bars = {"V": (0 * both, counts["V"]), "F": (counts["V"], both), "S": (-counts["S"], 0 * both)}
    lefts, rights = plot.x(edges[:-1]), plot.x(edges[1:])
    parts = []
    for name, (bottoms, tops) in bars.items():
        data = boxes(lefts, plot.y(tops), rights, plot.y(bottoms))
        parts += [path(kind, data) for kind in _class_kinds(name)]
    say, number = axis.language.text, axis.language.number
    return plot.draw(
        say("Ventricular and supraventricular beats over time"),
        plot.grid(y=ticks),
        *parts,
        plot.level(0, "axis"),
        plot.key(
            *((" ".join(_class_kinds(name)), f"{name} ({number(counts[name].sum())})") for name in bars)
        ),
        _frame(plot, axis, ticks, say("beats in {stretch}", stretch=_seconds(width))),
    )


def draw_quality(spans: Sequence[Span], leads: Sequence[str], axis: TimeAxis) -> str:
    """Draw, lead by lead, where the signal is missing, flat, clipped or noisy.

    Parameters
    ----------
    spans : sequence of Span
        The bad stretches; those narrower than a dot are drawn one dot wide.
    leads : sequence of str
        Names of the leads, from top to bottom.
    axis : TimeAxis
        Of the recording.
    """
    plot = _plot(_TOP + _BOTTOM + 7.5 * len(leads), axis.duration, len(leads) - 0.5, -0.5)
    parts = []
    for row, lead in enumerate(leads):
        parts.append(plot.level(row, "ground"))
        top, bottom = plot.y([row - 0.35, row + 0.35])
        for kind, fault in FAULTS.items():
            times = [(span.start, span.stop) for span in spans if span.lead == lead and span.kind == kind]
            bars = _bars(np.array(times).reshape(-1, 2), axis.duration)
            lefts, rights = plot.x(bars[:, 0]), plot.x(bars[:, 1])
            data = boxes(lefts, np.full(len(bars), top), rights, np.full(len(bars), bottom))
            parts += [path(name, data) for name in _fault_kinds(fault)]
        parts.append(text(_LEFT - 1.8, (top + bottom) / 2 + 1.1, shortened(lead, 10), "end"))
    say = axis.language.text
    keys = [(" ".join(_fault_kinds(fault)), say(fault.word)) for fault in FAULTS.values()]
    return plot.draw(
        say("Where each lead is missing, flat, clipped or noisy"),
        *parts,
        plot.key(*keys),
        _frame(plot, axis, [], ""),
    )


def draw_episodes(episodes: Sequence[Episode], fs: float, axis: TimeAxis) -> str:
    """Draw when the episodes of each kind were, a row a kind, the most urgent on top.

    Parameters
    ----------
    episodes : sequence of Episode
        One at least; those narrower than a dot are drawn one dot wide.
    fs : float
        Rate in Hz that they count in.
    axis : TimeAxis
        Of the recording.
    """
    kinds = [kind for kind in EPISODE_KINDS if any(each.kind == kind for each in episodes)]
    plot = _plot(_TOP + _BOTTOM + 7.5 * len(kinds), axis.duration, len(kinds) - 0.5, -0.5)
    parts = []
    for row, kind in enumerate(kinds):
        top, bottom = plot.y([row - 0.35, row + 0.35])
        times = [(each.start / fs, each.stop / fs) for each in episodes if each.kind == kind]
        bars = _bars(np.array(times), axis.duration)
        lefts, rights = plot.x(bars[:, 0]), plot.x(bars[:, 1])
        parts.append(plot.level(row, "ground"))
        parts.append(
            path("episode", boxes(lefts, np.full(len(bars), top), rights, np.full(len(bars), bottom)))
        )
        parts.append(text(_LEFT + 1, top - 0.6, axis.language.text(TITLES[kind]), "tiny"))
    return plot.draw(axis.language.text("Episodes over time"), *parts, _frame(plot, axis, [], ""))


def score_limits(scores: Floats, threshold: float) -> tuple[float, float, Literal["linear", "log"]]:
    """Scale the axis so that the threshold stays readable beside scores many times as high."""
    highest = max(threshold * 1.5, float(scores.max(initial=0)))
    lowest = float(scores.min(initial=threshold))
    if highest > 6 * threshold > 0 < lowest:
        return 0.8 * lowest, 1.5 * highest, "log"
    return min(0.0, float(scores.min(initial=0))), 1.1 * highest or 1.0, "linear"


def time_ticks(axis: TimeAxis) -> tuple[list[tuple[float, str]], str]:
    """Return ticks of a time axis, and its name; by the clock where it is known, at round times of it.

    Examples
    --------
    >>> time_ticks(TimeAxis(20))
    ([(0.0, '0:00'), (2.0, '0:02'), (4.0, '0:04'), (6.0, '0:06'), (8.0, '0:08'), (10.0, '0:10'), \
(12.0, '0:12'), (14.0, '0:14'), (16.0, '0:16'), (18.0, '0:18'), (20.0, '0:20')], 'time, m:ss')
    >>> time_ticks(TimeAxis(7200, Clock(datetime(2026, 3, 1, 23, 10))))[0][2:5]
    [(2100.0, '23:45'), (3000.0, 'day 2'), (3900.0, '00:15')]
    """
    step = next((step for step in _STEPS if axis.duration / step <= 10), _STEPS[-1])
    start = axis.clock.start
    if start is not None:
        return _clock_ticks(axis, start, step), axis.language.text("time of day")
    seconds, hours = range(0, int(axis.duration) + 1, step), axis.duration >= 3600
    names = [f"{tick // 3600}:{tick % 3600 // 60:02d}" if hours else clock(tick) for tick in seconds]
    ticks = [(float(tick), name) for tick, name in zip(seconds, names, strict=True)]
    say = axis.language.text
    return ticks, say("time, h:mm") if hours else say("time, m:ss")


def _clock_ticks(axis: TimeAxis, start: datetime, step: int) -> list[tuple[float, str]]:
    """Return ticks at round times of the clock; midnight carries the number of the day."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    into_day = (start - midnight).total_seconds()
    first = -(-into_day // step) * step
    rounds = np.arange(first, into_day + axis.duration + 1e-9, step).astype(np.int64).tolist()
    return [(tick - into_day, _time_of_day(tick, step, axis.clock.day_word)) for tick in rounds]


def _time_of_day(seconds: int, step: int, day_word: str) -> str:
    days, rest = divmod(seconds, 86400)
    if days and not rest:
        return f"{day_word} {days + 1}"
    minutes, second = divmod(rest, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{second:02d}" if step < 60 else "")


def _class_kinds(name: str) -> list[str]:
    return [kind for kind in (f"class{name}", HATCHES[palette.CLASS_HATCHES[name]]) if kind]


def _fault_kinds(fault: Fault) -> list[str]:
    return [kind for kind in (f"fault-{fault.word}", HATCHES[fault.hatch]) if kind]


def _plot(
    height: float, duration: float, low: float, high: float, curve: Literal["linear", "log"] = "linear"
) -> Plot:
    return Plot(
        WIDTH,
        height,
        Scale(0.0, duration, _LEFT, WIDTH - _RIGHT),
        Scale(low, high, height - _BOTTOM, _TOP, curve),
    )


def _medians(
    times: Floats, values: Floats, duration: float, width: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return the middle and the median of every stretch of ``width`` seconds, NaN where it is empty."""
    edges = np.arange(0, duration, width)
    finite = np.isfinite(values)
    stretch = np.searchsorted(edges[1:], times[finite], side="right")
    medians = medians_by_stretch(values[finite].astype(np.float64), stretch, len(edges))
    return np.minimum(edges + width / 2, (edges + duration) / 2), medians


def _bars(
    times: npt.NDArray[np.floating], duration: float, n_bins: int = 2 * DOTS
) -> npt.NDArray[np.float64]:
    """Return what spans cover, from and to in seconds, on a raster of ``n_bins``; shape (n, 2)."""
    starts, stops = times.T
    first = (starts / duration * n_bins).astype(np.int64).clip(0, n_bins - 1)
    last = np.maximum(first + 1, np.ceil(stops / duration * n_bins).astype(np.int64).clip(0, n_bins))
    edge = np.bincount(first, minlength=n_bins + 1) - np.bincount(last, minlength=n_bins + 1)
    covered = np.cumsum(edge) > 0
    changes = np.flatnonzero(np.diff(covered, prepend=False, append=False))
    return changes.reshape(-1, 2).astype(np.float64) * (duration / n_bins)


def _frame(plot: Plot, axis: TimeAxis, ticks: Ticks, name: str) -> str:
    """Return the axes around a timeline."""
    times, unit_name = time_ticks(axis)
    return plot.frame(times, ticks, unit_name, name)


def _seconds(width: float) -> str:
    return f"{width:.2g} s" if width < 90 else f"{width / 60:.0f} min"
