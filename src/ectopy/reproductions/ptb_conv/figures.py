"""Figures of the PTB study: what the beats look like, their scores, and reconstructions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from scipy.ndimage import uniform_filter1d

from ectopy.beats.windows import milliseconds
from ectopy.evaluation.ranking import threshold_curve
from ectopy.plotting import palette

Floats = npt.NDArray[np.floating]

SHOWN: Final = 4
"""Beats of each kind that are shown."""

SMOOTHING: Final = 5
"""Samples that the rolling mean is over."""

BINS: Final = 50

_KINDS: Final = (("normal", palette.NORMAL, ""), ("abnormal", palette.ABNORMAL, "///"))

_LINES: Final = ("-", (0, (4, 2)), (0, (1, 1)), "-.")


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of a detector on test beats.

    Parameters
    ----------
    name : str
        Of the detector.
    scores : ndarray, shape (n_beats,)
        Higher is more abnormal.
    abnormal : ndarray of bool, shape (n_beats,)
        The reference.
    threshold : float
        Beats with a score above it are flagged as abnormal.
    unit : str
        Label of the axis of the score.
    """

    name: str
    scores: Floats
    abnormal: npt.NDArray[np.bool_]
    threshold: float
    unit: str


@dataclass(frozen=True, eq=False)
class Reconstructed:
    """A beat and its reconstruction by an autoencoder.

    Parameters
    ----------
    title : str
        Its class and the decision.
    original, reconstruction : ndarray, shape (n_times,)
        In the units of the windows.
    """

    title: str
    original: Floats
    reconstruction: Floats


def figure_of_beats(normal: Floats, abnormal: Floats, fs: float) -> Figure:
    """Draw some beats of both kinds, and the rolling mean ± rolling standard deviation of all.

    Parameters
    ----------
    normal, abnormal : ndarray, shape (n_beats, n_times)
        Beats, 0 to 1, filled up with zeros.
    fs : float
        Sampling rate in Hz.

    Returns
    -------
    Figure
        10 inches wide.
    """
    figure = Figure(figsize=(10, 7.2), facecolor="white", layout="constrained")
    grid = figure.add_gridspec(3, SHOWN, height_ratios=(1, 1, 1.5))
    for row, ((name, colour, _), beats) in enumerate(zip(_KINDS, (normal, abnormal), strict=True)):
        chosen = beats[np.linspace(0, len(beats) - 1, SHOWN).astype(int)]
        axes = [figure.add_subplot(grid[row, column]) for column in range(SHOWN)]
        for ax, beat in zip(axes, chosen, strict=True):
            ax.plot(milliseconds(len(beat), fs), beat, color=colour, lw=1.3)
            _tidy(ax, "ms from the R peak", "")
            ax.set_ylim(-0.03, 1.05)
        axes[0].set_ylabel(f"{name}\nshare of the range")
    ax = figure.add_subplot(grid[2, :])
    for (name, colour, hatch), beats in zip(_KINDS, (normal, abnormal), strict=True):
        _rolling(ax, beats, fs, f"{name}, {len(beats)} beats", colour, hatch)
    _tidy(ax, "ms from the R peak", "share of the range")
    ax.set_title(
        f"mean and standard deviation over all beats, rolling over {SMOOTHING} samples", size=10, loc="left"
    )
    ax.legend(frameon=False, fontsize=9)
    return figure


def figure_of_scores(detectors: Sequence[Scored]) -> Figure:
    """Draw the distributions of the scores with the thresholds, and the ROC curves of all.

    Parameters
    ----------
    detectors : sequence of Scored
        One to four.

    Returns
    -------
    Figure
        One panel per detector, and one for the curves.
    """
    n = len(detectors)
    figure = Figure(figsize=(3.9 * (n + 1), 3.9), facecolor="white", layout="constrained")
    axes = figure.subplots(1, n + 1)
    for ax, detector in zip(axes, detectors, strict=False):
        _histogram(ax, detector)
    axes[0].legend(frameon=False, fontsize=8)
    colours = (palette.ABNORMAL, palette.RECONSTRUCTION, palette.INK, palette.FAINT)
    for detector, line, colour in zip(detectors, _LINES, colours, strict=False):
        _roc(axes[-1], detector, line, colour)
    axes[-1].plot([0, 1], [0, 1], color=palette.FAINT, lw=0.8)
    axes[-1].set_title("ROC, area in the legend", size=10, loc="left")
    axes[-1].legend(frameon=False, fontsize=8, loc="lower right")
    _tidy(axes[-1], "normal beats flagged", "abnormal beats flagged")
    return figure


def figure_of_reconstructions(
    rows: Sequence[tuple[str, Sequence[Reconstructed | None]]], fs: float, before: Sequence[int]
) -> Figure:
    """Draw beats and their reconstructions, one row per detector.

    Parameters
    ----------
    rows : sequence of (str, sequence of Reconstructed or None)
        Name of each detector's units, and its beats; as many in every row, None where there is no such beat.
    fs : float
        Sampling rate of the windows in Hz.
    before : sequence of int
        Samples before the R peak in each row.

    Returns
    -------
    Figure
    """
    columns = len(rows[0][1])
    figure = Figure(figsize=(3.1 * columns, 2.7 * len(rows)), facecolor="white", layout="constrained")
    axes = figure.subplots(len(rows), columns, squeeze=False)
    for line, (unit, beats), start in zip(axes, rows, before, strict=True):
        for ax, beat in zip(line, beats, strict=True):
            if beat is None:
                ax.set_axis_off()
                continue
            ms = milliseconds(len(beat.original), fs, start)
            original, reconstruction = beat.original, beat.reconstruction
            ax.fill_between(
                ms, original, reconstruction, color=palette.ERROR, alpha=0.45, lw=0, label="error"
            )
            ax.plot(ms, original, color=palette.INK, lw=1.3, label="original")
            ax.plot(
                ms,
                reconstruction,
                color=palette.RECONSTRUCTION,
                lw=1.3,
                ls=(0, (4, 2)),
                label="reconstruction",
            )
            _tidy(ax, "ms from the R peak", "")
            ax.set_title(beat.title, size=9, loc="left")
        line[0].set_ylabel(unit)
    shown = max(axes.flat, key=lambda ax: len(ax.lines))
    figure.legend(*shown.get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False)
    return figure


def _rolling(ax: Axes, beats: Floats, fs: float, label: str, colour: str, hatch: str) -> None:
    mean = uniform_filter1d(beats.mean(axis=0), SMOOTHING)
    sd = uniform_filter1d(beats.std(axis=0), SMOOTHING)
    ms = milliseconds(len(mean), fs)
    ax.fill_between(ms, mean - sd, mean + sd, facecolor=colour, alpha=0.25, lw=0, hatch=hatch)
    ax.plot(ms, mean, color=colour, lw=1.8, ls="--" if hatch else "-", label=label)


def _histogram(ax: Axes, detector: Scored) -> None:
    """Draw both kinds on a logarithmic axis: few beats have many times the usual score."""
    low, high = np.quantile(detector.scores, [0.0, 0.995])
    bins = np.geomspace(max(low, high / 1e4), high, BINS)
    for abnormal, (name, colour, hatch) in enumerate(_KINDS):
        values = detector.scores[detector.abnormal == bool(abnormal)]
        ax.hist(
            np.clip(values, bins[0], bins[-1]),
            bins.tolist(),
            color=colour,
            alpha=0.55,
            hatch=hatch,
            lw=0,
            label=name,
        )
    ax.axvline(detector.threshold, color=palette.THRESHOLD, lw=1.5, ls="--", label="threshold")
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=_ticks(float(bins[-1] / bins[0]))))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_title(detector.name, size=10, loc="left")
    _tidy(ax, detector.unit, "beats")


def _ticks(ratio: float) -> tuple[float, ...]:
    """Return the ticks of a decade, so few that the labels of an axis of that ratio do not collide."""
    for most, subs in ((12.0, (1.0, 2.0, 5.0)), (120.0, (1.0, 3.0))):
        if ratio <= most:
            return subs
    return (1.0,)


def _roc(ax: Axes, detector: Scored, line: object, colour: str) -> None:
    curve = threshold_curve(detector.scores, detector.abnormal)
    label = f"{detector.name}, {float(curve.auroc):.3f}"
    ax.plot(curve.false_positive_rate, curve.sensitivity, color=colour, lw=1.5, ls=line, label=label)
    flagged = detector.scores > detector.threshold
    false_alarms, sensitivity = flagged[~detector.abnormal].mean(), flagged[detector.abnormal].mean()
    ax.plot([false_alarms], [sensitivity], marker="o", color=colour, ls="")


def _tidy(ax: Axes, xlabel: str, ylabel: str) -> None:
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
