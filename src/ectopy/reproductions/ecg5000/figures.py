"""Figure of the studies of ECG5000: quality against time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator, NullFormatter

from ectopy.plotting import palette
from ectopy.plotting.decisions import quiet

Floats = npt.NDArray[np.floating]

_LINES: Final = (
    (palette.INK, "-", "o"),
    (palette.RECONSTRUCTION, "--", "s"),
    (palette.ABNORMAL, "-.", "^"),
)
"""Colour, line and marker of the networks of a race."""


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
    quiet(ax)
    ax.legend(frameon=False, fontsize=8)
