"""Figures of beats and of training; the overview of an analysis.

Every function draws on the axes it is given. Strips are in `ectopy.report.paper`, figures of the whole
recording in `ectopy.report.timelines`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ectopy.analysis.result import Analysis
from ectopy.report import palette
from ectopy.report.highlights import strip_from, typical_abnormal
from ectopy.report.paper import MARGIN, SPEED, plot_strip
from ectopy.report.timelines import plot_score_timeline

if TYPE_CHECKING:  # the module brings torch
    from ectopy.training.loop import History

SAMPLES_SHOWN: Final = 12
"""Beats of a cluster that are drawn behind its average."""


def plot_beat(
    ax: Axes,
    original: npt.NDArray[np.floating],
    reconstruction: npt.NDArray[np.floating],
    fs: float,
    before: int = 0,
) -> None:
    """Draw a beat and its reconstruction, with the difference shaded.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    original, reconstruction : ndarray, shape (n_times,)
        In mV.
    fs : float
        Sampling rate in Hz.
    before : int
        Samples before the R peak, which is at 0 ms.
    """
    ms = _milliseconds(len(original), fs, before)
    ax.fill_between(ms, original, reconstruction, color=palette.ERROR, alpha=0.45, lw=0, label="error")
    ax.plot(ms, original, color=palette.INK, lw=1.5, label="original")
    ax.plot(ms, reconstruction, color=palette.RECONSTRUCTION, lw=1.5, ls=(0, (4, 2)), label="reconstruction")
    _beat_axes(ax, ms)


def plot_cluster(ax: Axes, waveforms: npt.NDArray[np.floating], fs: float, before: int = 0) -> None:
    """Draw the average of a morphology cluster, ± one standard deviation, and some of its beats.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    waveforms : ndarray, shape (n_beats, n_times)
        In mV.
    fs : float
        Sampling rate in Hz.
    before : int
        Samples before the R peak, which is at 0 ms.
    """
    ms = _milliseconds(waveforms.shape[1], fs, before)
    some = waveforms[:: max(1, len(waveforms) // SAMPLES_SHOWN)][:SAMPLES_SHOWN]
    ax.plot(ms, some.T, color=palette.FAINT, lw=0.5, alpha=0.6)
    mean, sd = waveforms.mean(axis=0), waveforms.std(axis=0)
    ax.fill_between(ms, mean - sd, mean + sd, color=palette.NORMAL, alpha=0.45, lw=0)
    ax.plot(ms, mean, color=palette.INK, lw=1.6)
    _beat_axes(ax, ms)


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
    ax.plot(epochs, history.train, color=palette.INK, lw=1.4, label="training")
    ax.plot(epochs, history.validation, color=palette.RECONSTRUCTION, lw=1.4, ls="--", label="held out")
    best = history.best_epoch
    ax.plot([best + 1], [history.validation[best]], marker="o", ls="", color=palette.ABNORMAL, label="kept")
    ax.set(xlabel="epoch", ylabel="loss", yscale="log")
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=8)


def plot_overview(analysis: Analysis) -> Figure:
    """Return the overview of an analysis: a strip, three beats with their reconstruction, all scores.

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
    strip = strip_from(analysis, float(start), seconds)
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
        plot_beat(ax, original, reconstruction, analysis.beats.fs, before)
        decision = "abnormal" if analysis.abnormal[beat] else "normal"
        ax.set_title(f"{decision}: score {analysis.scores[beat]:.2f}", size=10, loc="left", weight="bold")
    if len(normal):
        axes[0].legend(frameon=False, fontsize=8)


def _milliseconds(n_times: int, fs: float, before: int) -> npt.NDArray[np.float64]:
    return (np.arange(n_times) - before) / fs * 1000


def _beat_axes(ax: Axes, ms: npt.NDArray[np.float64]) -> None:
    ax.set(xlim=(ms[0], ms[-1]), xlabel="ms")
    ax.set_ylabel("mV", labelpad=1)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color=palette.PAPER_FINE, lw=0.6)
    ax.set_axisbelow(True)
