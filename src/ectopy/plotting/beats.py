"""Figures of single beats and of beats of one shape.

Every function draws on the axes it is given.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ectopy.beats.windows import milliseconds
from ectopy.plotting import palette


def plot_beat(
    ax: Axes,
    original: npt.NDArray[np.floating],
    reconstruction: npt.NDArray[np.floating],
    fs: float,
    before: int = 0,
    expectation: str = "reconstruction",
) -> None:
    """Draw a beat and what was expected, with the difference shaded.

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
    expectation : str
        What the second curve is.
    """
    ms = milliseconds(len(original), fs, before)
    ax.fill_between(ms, original, reconstruction, color=palette.ERROR, alpha=0.45, lw=0, label="difference")
    ax.plot(ms, original, color=palette.INK, lw=1.5, label="original")
    ax.plot(ms, reconstruction, color=palette.RECONSTRUCTION, lw=1.5, ls=(0, (4, 2)), label=expectation)
    _beat_axes(ax, ms)


def beat_figure(
    original: npt.NDArray[np.floating],
    reconstruction: npt.NDArray[np.floating],
    fs: float,
    before: int = 0,
    title: str = "",
    expectation: str = "reconstruction",
) -> Figure:
    """Return a figure of a beat and what was expected; parameters as of `plot_beat`."""
    figure = Figure(figsize=(5, 3.4), layout="tight")
    ax = figure.add_subplot()
    plot_beat(ax, original, reconstruction, fs, before, expectation)
    ax.set_title(title, size=9, loc="left")
    ax.legend(frameon=False, fontsize=8)
    return figure


def _beat_axes(ax: Axes, ms: npt.NDArray[np.float64]) -> None:
    ax.set(xlim=(ms[0], ms[-1]), xlabel="ms")
    ax.set_ylabel("mV", labelpad=1)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(color=palette.PAPER_FINE, lw=0.6)
    ax.set_axisbelow(True)
