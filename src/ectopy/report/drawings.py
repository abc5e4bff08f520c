"""The figures of the report as labelled SVG."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ectopy.analysis.result import Analysis
from ectopy.plotting.beats import plot_beat, plot_cluster
from ectopy.plotting.paper import strip_figure
from ectopy.report.highlights import strip_around, strip_of
from ectopy.report.svg import to_svg
from ectopy.report.timelines import (
    plot_ectopy,
    plot_heart_rate,
    plot_intervals,
    plot_poincare,
    plot_quality,
    plot_score_timeline,
)
from ectopy.rhythm.events import Event
from ectopy.wording import clock

WIDE: Final = 10.8
"""Inches of a timeline, as wide as the page."""

LEFT: Final = 0.85
"""Inches left of every timeline, so that times line up in all of them."""


def timelines(analysis: Analysis) -> dict[str, Markup]:
    """Return heart rate, ectopic beats, score and quality over the whole recording, on a common time axis."""
    duration, name = analysis.record.duration, analysis.record.name
    times = analysis.beats.samples / analysis.record.fs
    n_abnormal = int(analysis.abnormal.sum())

    rate, ax = _wide(1.9)
    plot_heart_rate(ax, times, analysis.beats.rr, duration)
    ectopy, ax = _wide(1.9)
    plot_ectopy(ax, times, analysis.classes, duration)
    score, ax = _wide(2.3)
    plot_score_timeline(ax, times, analysis.scores, analysis.threshold, duration)
    quality, ax = _wide(0.8 + 0.3 * len(analysis.record.leads))
    plot_quality(ax, analysis.spans, analysis.record.leads, duration)
    return {
        "heart_rate": _markup(rate, f"Heart rate of {name} over time"),
        "ectopy": _markup(ectopy, f"Ventricular and supraventricular beats of {name} over time"),
        "score": _markup(score, f"Anomaly score of every beat; {n_abnormal} lie above the threshold"),
        "quality": _markup(quality, "Where each lead is missing, flat, clipped or noisy"),
    }


def rhythm(analysis: Analysis) -> dict[str, Markup]:
    """Return the distribution of RR intervals, and each interval against the next."""
    intervals, ax = _small(4.9, 3.3)
    plot_intervals(ax, analysis.beats.rr, analysis.abnormal)
    poincare, ax = _small(3.4, 3.3)
    plot_poincare(ax, analysis.beats.rr)
    return {
        "intervals": _markup(intervals, "How often each RR interval occurs"),
        "poincare": _markup(poincare, "Each RR interval against the next"),
    }


def beat(analysis: Analysis, index: int) -> Markup:
    """Return one beat and its reconstruction."""
    figure, ax = _small(2.75, 2.0)
    beats = analysis.beats
    before = analysis.window.before
    plot_beat(ax, beats.waveforms[index, 0], analysis.reconstruct(index)[0], beats.fs, before)
    return _markup(figure, f"Beat at {_when(analysis, index)}: original and reconstruction")


def strip(analysis: Analysis, index: int) -> Markup:
    """Return the ECG around one beat, on ECG paper."""
    stretch = strip_around(analysis, index)
    leads = ", ".join(stretch.leads)
    return _markup(
        strip_figure(stretch), f"ECG of {leads} around {_when(analysis, index)}, 25 mm/s, 10 mm/mV"
    )


def event(analysis: Analysis, event: Event) -> Markup:
    """Return the ECG of an event, on ECG paper."""
    stretch = strip_of(analysis, event)
    label = f"ECG of {', '.join(stretch.leads)} with a {event.kind} at {clock(event.start, 1)}"
    return _markup(strip_figure(stretch), f"{label}, 25 mm/s, 10 mm/mV")


def cluster(analysis: Analysis, members: npt.NDArray[np.bool_], number: int) -> Markup:
    """Return the average of one cluster."""
    figure, ax = _small(2.5, 1.9)
    plot_cluster(ax, analysis.beats.waveforms[members, 0], analysis.beats.fs, analysis.window.before)
    return _markup(figure, f"Average of cluster {number} with its standard deviation, and some of its beats")


def _when(analysis: Analysis, index: int) -> str:
    return clock(analysis.beats.samples[index] / analysis.record.fs, 1)


def _wide(height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDE, height))
    width, rest = (WIDE - LEFT - 0.35) / WIDE, (height - 0.75) / height
    return figure, figure.add_axes((LEFT / WIDE, 0.48 / height, width, rest))


def _small(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height))
    left, bottom = 0.7, 0.46
    return figure, figure.add_axes(
        (left / width, bottom / height, (width - left - 0.1) / width, (height - bottom - 0.1) / height)
    )


def _markup(figure: Figure, label: str) -> Markup:
    """Draw a figure; its text was escaped by matplotlib and its label by `to_svg`."""
    return Markup(to_svg(figure, label))  # noqa: S704
