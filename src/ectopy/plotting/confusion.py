"""Figure of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

_DARK: Final = 0.55
"""Share of a class above which its cell is written in white."""


def plot_confusion(ax: Axes, labels: Sequence[str], counts: npt.NDArray[np.integer]) -> None:
    """Draw a confusion matrix: counts in the cells, each shaded by its share of the reference class.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    labels : sequence of str
        Names of the classes.
    counts : ndarray of int, shape (n_classes, n_classes)
        Rows the reference, columns the prediction.
    """
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, np.newaxis]
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > _DARK else "black"
        ax.text(column, row, f"{count:,}", ha="center", va="center", size=9, color=colour)
    places = range(len(labels))
    ax.set_xticks(places, list(labels))
    ax.set_yticks(places, [f"{name}\n{total:,}" for name, total in zip(labels, totals, strict=True)])
    ax.set(xlabel="predicted class", ylabel="reference class, beats")
    ax.tick_params(length=0)
