"""Figures of a detector's decisions: distributions of scores with the threshold, beats right and wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ectopy.plotting import palette

Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class ReconstructedBeat:
    """A beat and its reconstructions by networks.

    Parameters
    ----------
    title : str
        Title above it.
    original : ndarray, shape (n_times,)
        The beat.
    reconstruction : ndarray, shape (n_times,), optional
        In the same unit.
    predicted : ndarray, shape (n_times,), optional
        Each patch as predicted from the others.
    """

    title: str
    original: Floats
    reconstruction: Floats | None = None
    predicted: Floats | None = None


def plot_beats(
    rows: Mapping[str, Sequence[ReconstructedBeat]],
    *,
    unit: str = "standard deviations",
    fs: float | None = None,
) -> Figure:
    """Return a figure with a row of beats for each kind.

    Parameters
    ----------
    rows : mapping of str to sequence of ReconstructedBeat
        Kind → its beats; a kind without beats gets no row, but a line that says so.
    unit : str
        Of the samples.
    fs : float, optional
        Their rate in Hz; without it the axis counts samples.

    Returns
    -------
    Figure
    """
    shown = {kind: beats for kind, beats in rows.items() if beats}
    absent = [kind for kind in rows if kind not in shown]
    n_rows, columns = max(1, len(shown)), max(1, *(len(beats) for beats in rows.values()))
    figure = Figure(figsize=(2.5 * columns + 0.6, 2.15 * n_rows + 0.7), facecolor="white")
    figure.set_layout_engine("constrained")
    axes = figure.subplots(n_rows, columns, sharex=True, sharey=True, squeeze=False)
    for line, (kind, beats) in zip(axes, shown.items(), strict=False):
        line[0].set_ylabel(f"{kind}\n({unit})" if unit else kind, fontsize=8)
        for ax, beat in zip(line, beats, strict=False):
            plot_reconstructed(ax, beat, fs)
    for ax in axes.ravel():
        if not ax.has_data():
            ax.set_axis_off()
    for ax in axes[-1]:
        ax.set_xlabel("sample" if fs is None else "ms", fontsize=8)
    if shown:
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(),
            loc="outside upper center",
            ncols=4,
            frameon=False,
            fontsize=9,
        )
    if absent:
        figure.supxlabel(f"no beats: {'; '.join(absent)}", fontsize=8)
    return figure


def plot_reconstructed(ax: Axes, beat: ReconstructedBeat, fs: float | None = None) -> None:
    """Draw a beat and its reconstruction, with the error between them shaded."""
    places = np.arange(len(beat.original)) * (1 if fs is None else 1000 / fs)
    ax.plot(places, beat.original, color=palette.INK, lw=1.3, label="original")
    if beat.reconstruction is not None:
        drawn = beat.reconstruction
        ax.fill_between(places, beat.original, drawn, color=palette.ERROR, alpha=0.45, lw=0, label="error")
        ax.plot(places, drawn, color=palette.RECONSTRUCTION, lw=1.3, ls="--", label="reconstruction")
    if beat.predicted is not None:
        ax.plot(places, beat.predicted, color=palette.ABNORMAL, lw=1, ls=":", label="predicted from the rest")
    ax.set_title(beat.title, fontsize=8)
    ax.tick_params(labelsize=7)
    quiet(ax)


def plot_losses(ax: Axes, parts: Mapping[str, Floats], threshold: float, label: str) -> None:
    """Draw the distributions of the scores of normal and abnormal beats, and the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    parts : mapping of str to ndarray
        Name → scores; normal parts first, the abnormal one last. A part without beats is not drawn.
    threshold : float
        Beats to the right of it are flagged as abnormal.
    label : str
        Label of the score, with its unit.
    """
    everything = np.concatenate(list(parts.values()))
    edges = np.linspace(everything.min(), max(np.quantile(everything, 0.995), threshold), 45)
    colours = (palette.INK, palette.NORMAL, palette.ABNORMAL)[-len(parts) :]
    for (name, scores), colour in zip(parts.items(), colours, strict=True):
        if not len(scores):
            continue
        filled = colour == palette.NORMAL
        ax.hist(
            np.minimum(scores, edges[-1]),
            bins=edges.tolist(),
            weights=np.full(len(scores), 1 / len(scores)),
            histtype="stepfilled" if filled else "step",
            color=colour,
            lw=1.6,
            alpha=0.6 if filled else 1,
            label=f"{name} ({len(scores):,})",
        )
    ax.axvline(
        threshold, color=palette.THRESHOLD, lw=1.2, ls=(0, (5, 3)), label=f"threshold ({threshold:.3g})"
    )
    ax.set(xlabel=label, ylabel="share of the beats")
    quiet(ax)
    ax.legend(frameon=False, fontsize=8)


def quiet(ax: Axes) -> None:
    """Leave of the frame and the grid what is needed to read values."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color=palette.GRID, lw=0.6)
    ax.set_axisbelow(True)
