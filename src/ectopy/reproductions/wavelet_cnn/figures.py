"""Figures of a reproduced classifier: confusion matrices, figures of each class, training histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ectopy.evaluation.confusion import ConfusionMatrix
from ectopy.plotting import palette
from ectopy.plotting.confusion import plot_confusion
from ectopy.report.figures import plot_history

if TYPE_CHECKING:  # the module brings torch
    from ectopy.training.loop import History

_STYLES: Final = (
    ("_", palette.INK, palette.INK),
    ("D", palette.ABNORMAL, palette.ABNORMAL),
    ("o", palette.RECONSTRUCTION, palette.RECONSTRUCTION),
    ("s", palette.ERROR, palette.ERROR),
    ("o", palette.RECONSTRUCTION, "white"),
    ("s", palette.ERROR, "white"),
)
"""Marker, its edge and its face: a hollow one is the same method by the other protocol."""


def draw_confusions(matrices: Mapping[str, ConfusionMatrix]) -> Figure:
    """Return confusion matrices, two per line; the shade of a cell is its share of the reference class.

    Parameters
    ----------
    matrices : mapping of str to ConfusionMatrix
        Title → matrix.
    """
    figure, axes = _pairs(len(matrices), 4.4)
    for ax, (title, matrix) in zip(axes, matrices.items(), strict=False):
        plot_confusion(ax, matrix.labels, matrix.counts)
        ax.set_title(title, size=11, loc="left", weight="bold")
    return figure


def draw_classes(
    panels: Mapping[str, Mapping[str, npt.NDArray[np.float64]]],
    labels: Sequence[str],
    logarithmic: Sequence[str] = (),
) -> Figure:
    """Return one panel per figure of merit, with a mark for each class and method.

    Parameters
    ----------
    panels : mapping of str to mapping of str to ndarray, shape (n_classes,)
        Name of the figure, with its unit → method → value of each class. Up to six methods.
    labels : sequence of str
        Names of the classes.
    logarithmic : sequence of str
        Figures that are drawn on a logarithmic axis.
    """
    names = list(dict.fromkeys(name for methods in panels.values() for name in methods))
    figure = Figure(figsize=(11, 4.8), facecolor="white")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    figure.subplots_adjust(left=0.065, right=0.985, top=0.97, bottom=0.25, wspace=0.2)
    for ax, (title, methods) in zip(axes, panels.items(), strict=True):
        _plot_classes(ax, methods, names)
        _class_axes(ax, labels)
        ax.set(ylabel=title, yscale="log" if title in logarithmic else "linear")
    handles, shown = axes[0].get_legend_handles_labels()
    figure.legend(handles, shown, loc="lower center", ncols=3, frameon=False, fontsize=9)
    return figure


def _plot_classes(ax: Axes, methods: Mapping[str, npt.NDArray[np.float64]], names: Sequence[str]) -> None:
    shifts = np.linspace(-0.36, 0.36, len(names))
    for name, (marker, edge, face), shift in zip(names, _STYLES, shifts, strict=False):
        if name in methods:
            places = np.arange(len(methods[name])) + shift
            ax.plot(
                places, methods[name], ls="", marker=marker, ms=7, mew=1.8, mec=edge, mfc=face, label=name
            )


def _class_axes(ax: Axes, labels: Sequence[str]) -> None:
    """Label the classes, with a line between each and the next."""
    places = np.arange(len(labels))
    ax.set_xticks(places, labels)
    ax.set(xlabel="class", xlim=(-0.5, len(labels) - 0.5))
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=palette.GRID, lw=0.6)
    for place in places[1:] - 0.5:
        ax.axvline(place, color=palette.FAINT, lw=0.5)
    ax.set_axisbelow(True)


def draw_histories(histories: Mapping[str, History], loss: str = "cross-entropy") -> Figure:
    """Return the losses of several trainings, two per line.

    Parameters
    ----------
    histories : mapping of str to History
        Title → history of the training.
    loss : str
        Name of the loss.
    """
    figure, axes = _pairs(len(histories), 3.3)
    for ax, (title, history) in zip(axes, histories.items(), strict=False):
        plot_history(ax, history)
        ax.set_ylabel(loss)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.set_title(title, size=11, loc="left", weight="bold")
    return figure


def _pairs(n: int, height: float) -> tuple[Figure, list[Axes]]:
    """Return a figure of ``n`` axes, two per line, each line so many inches high."""
    lines = -(-n // 2)
    figure = Figure(figsize=(10, height * lines), facecolor="white", layout="constrained")
    axes = list(figure.subplots(lines, 2, squeeze=False).flat)
    for ax in axes[n:]:
        ax.set_axis_off()
    return figure, axes
