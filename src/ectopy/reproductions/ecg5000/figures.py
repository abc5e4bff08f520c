"""Figures of the studies of ECG5000: beats and their reconstructions, losses, quality against time.

The beats are standardised and stretched to one length, so that an axis has neither millivolts nor seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from ectopy.plotting import palette

Floats = npt.NDArray[np.floating]

_LINES: Final = (
    (palette.INK, "-", "o"),
    (palette.RECONSTRUCTION, "--", "s"),
    (palette.ABNORMAL, "-.", "^"),
)
"""Colour, line and marker of the networks of a race."""


@dataclass(frozen=True, eq=False)
class ReconstructedBeat:
    """A beat and its reconstructions by networks.

    Parameters
    ----------
    title : str
        Title above it.
    original, reconstruction : ndarray, shape (n_times,)
        In standard deviations of the beat.
    predicted : ndarray, shape (n_times,), optional
        Each patch as predicted from the others.
    """

    title: str
    original: Floats
    reconstruction: Floats
    predicted: Floats | None = None


def plot_beats(rows: Mapping[str, Sequence[ReconstructedBeat]]) -> Figure:
    """Return a figure with a row of beats for each kind.

    Parameters
    ----------
    rows : mapping of str to sequence of ReconstructedBeat
        Kind → its beats; a row without beats says so.

    Returns
    -------
    Figure
    """
    columns = max(1, *(len(beats) for beats in rows.values()))
    figure = Figure(figsize=(2.5 * columns + 0.6, 2.15 * len(rows) + 0.5), facecolor="white")
    figure.set_layout_engine("constrained")
    axes = figure.subplots(len(rows), columns, sharex=True, sharey=True, squeeze=False)
    for line, (kind, beats) in zip(axes, rows.items(), strict=True):
        line[0].set_ylabel(f"{kind}\n(standard deviations)", fontsize=8)
        for ax, beat in zip(line, beats, strict=False):
            plot_reconstructed(ax, beat)
        for ax in line[len(beats) :]:
            ax.set_axis_off()
        if not beats:
            line[0].set_title(f"{kind}: none", fontsize=9)
    for ax in axes[-1]:
        ax.set_xlabel("sample", fontsize=8)
    shown = next(iter(axes.ravel()[[ax.has_data() for ax in axes.ravel()]]), None)
    if shown is not None:
        figure.legend(
            *shown.get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False, fontsize=9
        )
    return figure


def plot_reconstructed(ax: Axes, beat: ReconstructedBeat) -> None:
    """Draw a beat and its reconstruction, with the error between them shaded."""
    places = np.arange(len(beat.original))
    ax.fill_between(
        places, beat.original, beat.reconstruction, color=palette.ERROR, alpha=0.45, lw=0, label="error"
    )
    ax.plot(places, beat.original, color=palette.INK, lw=1.3, label="original")
    ax.plot(
        places, beat.reconstruction, color=palette.RECONSTRUCTION, lw=1.3, ls="--", label="reconstruction"
    )
    if beat.predicted is not None:
        ax.plot(places, beat.predicted, color=palette.ABNORMAL, lw=1, ls=":", label="predicted from the rest")
    ax.set_title(beat.title, fontsize=8)
    ax.tick_params(labelsize=7)
    _quiet(ax)


def plot_losses(ax: Axes, parts: Mapping[str, Floats], threshold: float, label: str) -> None:
    """Draw the distributions of the scores of normal and abnormal beats, and the threshold.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    parts : mapping of str to ndarray
        Name → scores; normal parts first, the abnormal one last.
    threshold : float
        Beats to the right of it are flagged as abnormal.
    label : str
        Label of the score, with its unit.
    """
    everything = np.concatenate(list(parts.values()))
    edges = np.linspace(everything.min(), np.quantile(everything, 0.995), 45)
    colours = (palette.INK, palette.NORMAL, palette.ABNORMAL)[-len(parts) :]
    for (name, scores), colour in zip(parts.items(), colours, strict=True):
        filled = colour == palette.NORMAL
        weights = np.full(len(scores), 1 / len(scores))
        ax.hist(
            np.minimum(scores, edges[-1]),
            bins=edges.tolist(),
            weights=weights,
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
    _quiet(ax)
    ax.legend(frameon=False, fontsize=8)


def plot_quality(
    ax: Axes, curves: Mapping[str, tuple[Floats, Floats]], target: float, label: str, *, log: bool = False
) -> None:
    """Draw a figure of networks against the seconds of training.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    curves : mapping of str to tuple of two ndarray
        Network → seconds after each epoch, and its figure then.
    target : float
        The figure to reach.
    label : str
        Label of the figure.
    log : bool
        Draw it on a logarithmic axis.
    """
    for (name, (seconds, figures)), (colour, line, marker) in zip(curves.items(), _LINES, strict=False):
        ax.plot(seconds, figures, color=colour, ls=line, marker=marker, ms=4, lw=1.4, label=name)
    ax.axhline(target, color=palette.FAINT, lw=1, ls=":", label=f"to reach ({target:.4g})")
    ax.set(xscale="log", xlabel="seconds of training", ylabel=label, yscale="log" if log else "linear")
    for axis in (ax.xaxis, ax.yaxis) if log else (ax.xaxis,):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FormatStrFormatter("%g"))
        axis.set_minor_formatter(NullFormatter())
    _quiet(ax)
    ax.legend(frameon=False, fontsize=8)


def _quiet(ax: Axes) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color="#e6e8eb", lw=0.6)
    ax.set_axisbelow(True)
