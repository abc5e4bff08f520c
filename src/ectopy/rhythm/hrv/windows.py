"""Five minutes at a time: the pieces of a recording in which short-term variability is measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

WINDOW: Final = 300.0
"""Seconds of a window: the short-term recording of the Task Force (1996)."""

ENOUGH: Final = 0.8
"""Share of a window that NN intervals must fill for its spectrum and its nonlinear figures to count."""


def windows(times: Floats, nn: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Give the NN intervals of each window of five minutes, the first one beginning at 0 s.

    Parameters
    ----------
    times : ndarray of float64, shape (n,)
        Seconds at which NN intervals end, rising.
    nn : ndarray of float64, shape (n,)
        NN intervals in milliseconds.

    Yields
    ------
    times, nn : ndarray of float64, shape (n_inside,)
        Of a window that holds any.
    """
    numbers = np.floor(times / WINDOW).astype(np.int64)
    cuts = np.flatnonzero(np.diff(numbers)) + 1
    if len(times):
        yield from zip(np.split(times, cuts), np.split(nn, cuts), strict=True)


def full_windows(times: Floats, nn: Floats) -> list[tuple[Floats, Floats]]:
    """Return the windows of five minutes that NN intervals fill to four fifths at the least."""
    return [
        (inside, intervals)
        for inside, intervals in windows(times, nn)
        if intervals.sum() >= ENOUGH * 1000 * WINDOW
    ]
