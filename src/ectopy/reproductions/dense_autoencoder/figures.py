"""Figures of compression, denoising and learning from few labels, all methods together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ectopy.plotting import palette
from ectopy.plotting.decisions import quiet

Floats = npt.NDArray[np.float64]


_STYLES: Final = (
    (palette.RECONSTRUCTION, "o", "-"),
    (palette.ABNORMAL, "s", "--"),
    (palette.INK, "^", "-."),
    (palette.ERROR, "D", (0, (1, 1))),
    (palette.NORMAL, "v", (0, (5, 1, 1, 1, 1, 1))),
    (palette.FAINT, "x", ":"),
)
"""Colour, marker and line of the methods, in their order."""


def draw_rate_distortion(
    offset_prd: Mapping[str, tuple[Floats, Floats]],
    prdn: Mapping[str, tuple[Floats, Floats]],
    published: tuple[float, float],
) -> Figure:
    """Return PRD with the converter's offset, and PRDN, against the compression ratio in bits.

    Parameters
    ----------
    offset_prd, prdn : mapping of str to (ratios, losses)
        Method → its curve; losses in %.
    published : (float, float)
        Ratio and PRD of the publication, which fits the first panel alone.

    Returns
    -------
    Figure
        10 inches wide.
    """
    figure = Figure(figsize=(10, 4.4), layout="constrained", facecolor="white")
    left, right = figure.subplots(1, 2)
    _curves(left, offset_prd)
    _curves(right, prdn)
    left.plot(
        *published, marker="*", ms=15, ls="", color=palette.HIGHLIGHT, mec=palette.INK, label="published"
    )
    right.axvline(published[0], color=palette.FAINT, lw=1, ls=":", label=f"CR {published[0]:g}")
    _titled(left, "offset of the converter kept, as published")
    _titled(right, "mean removed")
    left.set(ylabel="PRD (%)")
    right.set(ylabel="PRDN (%)", ylim=(0, 100))
    for ax in (left, right):
        ax.set(xlabel="compression ratio, bits in over bits out", xscale="log", xlim=(10, 150))
        _plain_ticks(ax, (10, 20, 32, 50, 100, 150))
        ax.legend(frameon=False, fontsize=9)
    left.set(ylim=(0, 6))
    return figure


def _curves(ax: Axes, curves: Mapping[str, tuple[Floats, Floats]]) -> None:
    for (name, (ratios, losses)), (colour, marker, line) in zip(curves.items(), _STYLES, strict=False):
        ax.plot(ratios, losses, color=colour, marker=marker, ms=5, ls=line, lw=1.6, label=name)
    quiet(ax)


def draw_denoising(figures: Mapping[str, Floats], noises: Sequence[str], name: str) -> Figure:
    """Return a figure of merit of every method for each noise.

    Parameters
    ----------
    figures : mapping of str to ndarray, shape (n_noises,)
        Method → its figure.
    noises : sequence of str
        Names of the noises.
    name : str
        Of the figure, with its unit.
    """
    figure = Figure(figsize=(8, 4.2), layout="constrained", facecolor="white")
    ax = figure.subplots()
    width = 0.8 / len(figures)
    for row, ((method, values), (colour, marker, _)) in enumerate(
        zip(figures.items(), _STYLES, strict=False)
    ):
        places = np.arange(len(noises)) + (row - (len(figures) - 1) / 2) * width
        ax.vlines(places, 0, values, color=colour, lw=1.4)
        ax.plot(places, values, ls="", marker=marker, ms=8, color=colour, label=method)
    ax.set_xticks(range(len(noises)), noises)
    ax.set(ylabel=name, ylim=(0, None), xlabel="noise, its peak 0.2 to 2 times that of the signal")
    quiet(ax)
    figure.legend(*ax.get_legend_handles_labels(), frameon=False, fontsize=9, loc="outside right center")
    return figure


def draw_denoised(
    segments: Mapping[str, npt.NDArray[np.float32]],
    noises: Sequence[str],
    fs: float,
    n_times: int,
) -> Figure:
    """Return one stretch of ECG for each noise: noisy, and denoised by each method, over the clean one.

    Parameters
    ----------
    segments : mapping of str to ndarray, shape (n_noises, at least n_times)
        Method → denoised segments in mV; ``clean`` is the signal without noise.
    noises : sequence of str
        Names of the noises.
    fs : float
        Sampling rate in Hz.
    n_times : int
        Samples to draw.
    """
    methods = [name for name in segments if name != "clean"]
    figure = Figure(figsize=(11, 1.55 * len(methods)), layout="constrained", facecolor="white")
    axes = figure.subplots(len(methods), len(noises), sharex=True, squeeze=False)
    seconds = np.arange(n_times) / fs
    for column, noise in enumerate(noises):
        clean = segments["clean"][column, :n_times]
        for row, method in enumerate(methods):
            ax = axes[row, column]
            denoised = segments[method][column, :n_times]
            ax.plot(seconds, clean, color=palette.FAINT, lw=2.4, alpha=0.7, label="clean")
            ax.plot(seconds, denoised, color=palette.RECONSTRUCTION, lw=1.0, label="result")
            ax.set(xlim=(0, seconds[-1]))
            quiet(ax)
            if column == 0:
                ax.set_ylabel(f"{method}\nmV", fontsize=8)
        axes[0, column].set_title(noise, size=11, loc="left", weight="bold")
        axes[-1, column].set_xlabel("s")
    axes[0, -1].legend(frameon=False, fontsize=8, loc="upper right", ncols=2)
    return figure


def draw_few_labels(figures: Mapping[str, Floats], shares: Sequence[float]) -> Figure:
    """Return macro-F1 against the share of the labels, with intervals.

    Parameters
    ----------
    figures : mapping of str to ndarray, shape (n_shares, 3)
        Way of learning → value and ends of its interval, NaN where there is none.
    shares : sequence of float
        Of the labels.
    """
    figure = Figure(figsize=(8, 4.4), layout="constrained", facecolor="white")
    ax = figure.subplots()
    for at, ((name, values), (colour, marker, line)) in enumerate(
        zip(figures.items(), _STYLES, strict=False)
    ):
        aside = np.asarray(shares) * 1.06 ** (at - (len(figures) - 1) / 2)
        value, low, high = values.T
        reach = np.nan_to_num(np.stack([value - low, high - value]))
        ax.errorbar(
            aside, value, reach, color=colour, marker=marker, ms=6, ls=line, lw=1.5, capsize=3, label=name
        )
    ax.set(xscale="log", xlim=(shares[0] / 1.4, shares[-1] * 1.4))
    ax.set(xlabel="share of the labels of DS1", ylabel="macro-F1 of N, S, V, F on DS2")
    ax.xaxis.set_major_locator(FixedLocator(list(shares)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    quiet(ax)
    figure.legend(*ax.get_legend_handles_labels(), frameon=False, fontsize=9, loc="outside right center")
    return figure


def _plain_ticks(ax: Axes, places: Sequence[float]) -> None:
    ax.xaxis.set_major_locator(FixedLocator(list(places)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _titled(ax: Axes, title: str) -> None:
    ax.set_title(title, size=11, loc="left", weight="bold")
