"""Figures for documents, drawn with matplotlib: scores over time, training, the overview of an analysis.

Beats and strips are in `ectopy.plotting`. The page draws its own pictures, without matplotlib: strips in
`ectopy.report.paper`, the whole recording in `ectopy.report.timelines`, beats in
`ectopy.report.beat_pictures`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Locator, LogLocator, MaxNLocator, NullFormatter, NullLocator, StrMethodFormatter

from ectopy.analysis.result import Analysis
from ectopy.plotting import palette
from ectopy.plotting.beats import plot_beat
from ectopy.plotting.paper import plot_strip
from ectopy.plotting.strip import MARGIN, SPEED
from ectopy.report.highlights import typical_abnormal
from ectopy.report.timelines import TimeAxis, score_limits, thin, time_ticks

if TYPE_CHECKING:  # the module brings torch
    from ectopy.training.loop import History

FEW_EPOCHS: Final = 4
"""A history shorter than this is drawn with markers."""


def plot_score_timeline(
    ax: Axes,
    times: npt.NDArray[np.floating],
    scores: npt.NDArray[np.floating],
    threshold: float,
    duration: float,
) -> None:
    """Draw the anomaly score of every beat over time, with the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    times : ndarray, shape (n_beats,)
        Times of the beats in seconds.
    scores : ndarray, shape (n_beats,)
        Anomaly scores; NaN where a beat was not judged.
    threshold : float
        Beats with a score above it are abnormal.
    duration : float
        Seconds of the recording.
    """
    abnormal = scores > threshold
    for mask, name, marker, colour in (
        (~abnormal, "normal", ".", palette.NORMAL),
        (abnormal, "abnormal", "^", palette.ABNORMAL),
    ):
        shown = np.flatnonzero(mask)[thin(times[mask], scores[mask], duration)]
        label = f"{name} ({np.count_nonzero(mask & np.isfinite(scores)):,})"
        ax.plot(times[shown], scores[shown], ls="", marker=marker, ms=4, color=colour, label=label)
    ax.axhline(threshold, color=palette.THRESHOLD, lw=1, ls=(0, (5, 3)), label=f"threshold ({threshold:.3g})")
    _score_axis(ax, scores[np.isfinite(scores)], threshold)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, borderaxespad=0.2, fontsize=8)
    _time_axis(ax, duration)


def plot_history(ax: Axes, history: History) -> None:
    """Draw the losses during training, and mark the epoch whose weights were kept.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    history : History
        Of `ectopy.training.loop.fit_network`.
    """
    epochs = np.arange(1, len(history.train) + 1)
    marker = "s" if len(epochs) < FEW_EPOCHS else ""  # a line of one point is not seen
    lines: dict[str, Any] = {"lw": 1.4, "marker": marker, "ms": 4}
    ax.plot(epochs, history.train, color=palette.INK, label="training", **lines)
    ax.plot(epochs, history.validation, color=palette.RECONSTRUCTION, ls="--", label="held out", **lines)
    best = history.best_epoch
    ax.plot([best + 1], [history.validation[best]], marker="o", ls="", color=palette.ABNORMAL, label="kept")
    ax.set(xlabel="epoch", ylabel="loss", yscale="log", xlim=(0.5, len(epochs) + 0.5))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    low, high = ax.get_ylim()
    ax.yaxis.set_major_locator(_loss_ticks(high / low))
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:.5g}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.tick_params(labelsize=8, which="both")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8)


def _loss_ticks(ratio: float) -> Locator:
    """Return ticks of a logarithmic axis of that highest over lowest value, whose labels do not collide."""
    if ratio < 8:
        return MaxNLocator(6, steps=(1, 2, 5, 10))
    return LogLocator(subs=(1, 2, 5) if ratio < 200 else (1,))


def plot_overview(analysis: Analysis) -> Figure:
    """Return the overview of an analysis: a strip, three beats with what was expected, all scores.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.

    Returns
    -------
    Figure
        10 inches wide.
    """
    seconds = min((254 - MARGIN) / SPEED, analysis.record.duration)
    shown = typical_abnormal(analysis, 1)
    middle = float(analysis.beats.samples[shown[0]] / analysis.record.fs) if len(shown) else 0.0
    start = np.clip(middle - seconds / 2, 0, analysis.record.duration - seconds)
    strip = analysis.strip(float(start), seconds)
    figure = Figure(figsize=(10, strip.height / 25.4 + 4.6), facecolor="white")
    height = figure.get_size_inches()[1]
    share = strip.height / 25.4 / height
    plot_strip(figure.add_axes((0, 1 - share, 1, share)), strip)
    top = 1 - share - 0.45 / height
    rest = figure.add_gridspec(
        2, 3, left=0.075, right=0.97, top=top, bottom=0.5 / height, hspace=0.55, wspace=0.25
    )
    _overview_beats([figure.add_subplot(rest[0, column]) for column in range(3)], analysis)
    times = analysis.beats.samples / analysis.record.fs
    timeline = figure.add_subplot(rest[1, :])
    plot_score_timeline(timeline, times, analysis.scores, analysis.threshold, analysis.record.duration)
    return figure


def _overview_beats(axes: list[Axes], analysis: Analysis) -> None:
    """Draw a typical normal beat and two abnormal ones."""
    normal = np.flatnonzero(analysis.scores <= analysis.threshold)
    middle = normal[np.argsort(analysis.scores[normal])][len(normal) // 2 : len(normal) // 2 + 1]
    before = analysis.window.before
    for ax, beat in zip(axes, [*middle, *typical_abnormal(analysis, 2)], strict=False):
        original, reconstruction = analysis.beats.waveforms[beat, 0], analysis.reconstruct(beat)[0]
        plot_beat(ax, original, reconstruction, analysis.beats.fs, before, analysis.detector.EXPECTATION)
        decision = "abnormal" if analysis.abnormal[beat] else "normal"
        ax.set_title(f"{decision}: score {analysis.scores[beat]:.2f}", size=10, loc="left", weight="bold")
    if len(normal):
        axes[0].legend(frameon=False, fontsize=8)


def _score_axis(ax: Axes, scores: npt.NDArray[np.floating], threshold: float) -> None:
    low, high, curve = score_limits(scores, threshold)
    ax.set(
        yscale=curve, ylim=(low, high), ylabel="anomaly score (log)" if curve == "log" else "anomaly score"
    )
    if curve == "log":
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())


def _time_axis(ax: Axes, duration: float) -> None:
    ticks, name = time_ticks(TimeAxis(duration))
    ax.set_xticks([place for place, _ in ticks], labels=[label for _, label in ticks])
    ax.set_xlim(0, duration)
    ax.set_xlabel(name)
    ax.spines[["top", "right"]].set_visible(False)
