"""Figures of labelled beats before anything is learned: samples of each class, and how its beats vary."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ectopy.plotting import palette
from ectopy.plotting.decisions import quiet

Floats = npt.NDArray[np.floating]

N_SHOWN = 5
"""Beats of each class in the figure of samples."""

MOST_CLASSES = 8
"""Rows of a figure: rarer classes are left out."""


def plot_class_samples(classes: Mapping[str, Floats], fs: float | None = None, seed: int = 0) -> Figure:
    """Return a figure with beats of each class, drawn at random, a row per class.

    Parameters
    ----------
    classes : mapping of str to ndarray, shape (n_beats, n_times)
        Name of a class → its beats on one lead.
    fs : float, optional
        Rate in Hz; without it the axis counts samples.
    seed : int
        Of the choice.

    Returns
    -------
    Figure
    """
    shown = _most_frequent(classes)
    figure, axes = _figure(len(shown), N_SHOWN, 1.9)
    rng = np.random.default_rng(seed)
    for line, (name, beats) in zip(axes, shown.items(), strict=True):
        chosen = np.sort(rng.permutation(len(beats))[:N_SHOWN])
        line[0].set_ylabel(f"{name}\n({len(beats):,} beats)", fontsize=8)
        for ax, number in zip(line, chosen, strict=False):
            ax.plot(_times(beats, fs), beats[number], color=palette.INK, lw=1.1)
            ax.set_title(f"beat {number + 1}", fontsize=7)
        for ax in line[len(chosen) :]:
            ax.set_axis_off()
    _finish(axes, fs)
    return figure


def plot_variability(classes: Mapping[str, Floats], fs: float | None = None, window: int = 0) -> Figure:
    """Return a figure of the rolling mean and variability of each class, a panel per class.

    Parameters
    ----------
    classes : mapping of str to ndarray, shape (n_beats, n_times)
        Name of a class → its beats on one lead.
    fs : float, optional
        Rate in Hz; without it the axis counts samples.
    window : int
        Samples of the rolling mean and standard deviation of each beat; a fifteenth of the beat by default.

    Returns
    -------
    Figure
        The line is the mean over the beats of the rolling mean. The dark band is the mean rolling standard
        deviation within a beat (how steep it is there), the light one the standard deviation between beats.
    """
    shown = _most_frequent(classes)
    columns = min(3, max(1, len(shown)))
    n_rows = -(-len(shown) // columns)
    figure, axes = _figure(n_rows, columns, 2.5, width=3.4)
    for ax, (name, beats) in zip(axes.ravel(), shown.items(), strict=False):
        mean, within = rolling(beats, window or max(2, beats.shape[1] // 15))
        middle, between = mean.mean(axis=0), beats.std(axis=0)
        times = _times(beats, fs)
        _band(ax, times, middle, between, palette.NORMAL, 0.35, "± sd between beats")
        _band(ax, times, middle, within.mean(axis=0), palette.ERROR, 0.45, "± rolling sd within a beat")
        ax.plot(times, middle, color=palette.INK, lw=1.4, label="rolling mean")
        ax.set_title(f"{name} ({len(beats):,} beats)", fontsize=9)
    for ax in axes.ravel()[len(shown) :]:
        ax.set_axis_off()
    _finish(axes, fs)
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return figure


def rolling(beats: Floats, window: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return rolling mean and standard deviation of each beat over ``window`` samples, centred.

    Parameters
    ----------
    beats : ndarray, shape (n_beats, n_times)
        Beats.
    window : int
        Samples; the first and the last sample are held beyond the ends.

    Returns
    -------
    tuple of ndarray of float64, shape (n_beats, n_times)

    Examples
    --------
    >>> mean, sd = rolling(np.array([[0.0, 0, 3, 0, 0]]), 3)
    >>> mean.tolist(), sd.round(2).tolist()
    ([[0.0, 1.0, 1.0, 1.0, 0.0]], [[0.0, 1.41, 1.41, 1.41, 0.0]])
    """
    before = (window - 1) // 2
    held = np.pad(np.asarray(beats, np.float64), ((0, 0), (before, window - 1 - before)), mode="edge")
    parts = np.lib.stride_tricks.sliding_window_view(held, window, axis=1)
    return np.asarray(parts.mean(axis=-1), np.float64), np.asarray(parts.std(axis=-1), np.float64)


def _most_frequent(classes: Mapping[str, Floats]) -> dict[str, Floats]:
    names = sorted(classes, key=lambda name: -len(classes[name]))[:MOST_CLASSES]
    return {name: classes[name] for name in classes if name in names and len(classes[name])}


def _figure(
    n_rows: int, columns: int, height: float, width: float = 2.1
) -> tuple[Figure, npt.NDArray[np.object_]]:
    figure = Figure(figsize=(width * columns + 0.6, height * n_rows + 0.6), facecolor="white")
    figure.set_layout_engine("constrained")
    axes: npt.NDArray[np.object_] = figure.subplots(n_rows, columns, sharex=True, sharey=True, squeeze=False)
    return figure, axes


def _band(
    ax: Axes, times: Floats, middle: Floats, half: Floats, colour: str, alpha: float, label: str
) -> None:
    ax.fill_between(times, middle - half, middle + half, color=colour, alpha=alpha, lw=0, label=label)


def _times(beats: Floats, fs: float | None) -> npt.NDArray[np.float64]:
    return np.arange(beats.shape[1], dtype=np.float64) * (1.0 if fs is None else 1000 / fs)


def _finish(axes: npt.NDArray[np.object_], fs: float | None) -> None:
    for ax in axes.ravel():
        quiet(ax)
        ax.tick_params(labelsize=7)
    for ax in axes[-1]:
        ax.set_xlabel("sample" if fs is None else "ms", fontsize=8)
