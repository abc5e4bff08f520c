"""Stretches of time as arrays of start and stop, in seconds: united, cut out, and shared out among hours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Spans = npt.NDArray[np.float64]


def common(spans: list[Spans]) -> Spans:
    """Return where all of several sets of stretches hold, each set without overlaps; shape (n, 2).

    Examples
    --------
    >>> common([np.array([[0.0, 5.0], [8.0, 9.0]]), np.array([[3.0, 8.5]])]).tolist()
    [[3.0, 5.0], [8.0, 8.5]]
    """
    if not spans:
        return np.empty((0, 2))
    return _where(np.concatenate(spans), len(spans))


def united(spans: Spans) -> Spans:
    """Return where at least one stretch holds, shape (n, 2).

    Examples
    --------
    >>> united(np.array([[4.0, 6.0], [0.0, 2.0], [1.0, 3.0]])).tolist()
    [[0.0, 3.0], [4.0, 6.0]]
    """
    return _where(spans.reshape(-1, 2), 1)


def covered(spans: Spans, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how many seconds of each interval between ``edges`` are covered; shape (len(edges) − 1,).

    Examples
    --------
    >>> covered(np.array([[50.0, 70.0]]), np.array([0.0, 60.0, 120.0])).tolist()
    [10.0, 10.0]
    """
    starts, stops = spans.reshape(-1, 2).T
    before = np.array([np.clip(edge - starts, 0, stops - starts).sum() for edge in edges])
    return np.asarray(np.diff(before))


def _where(spans: Spans, at_least: int) -> Spans:
    edges = np.concatenate([spans[:, 0], spans[:, 1]])
    steps = np.repeat([1, -1], len(spans))
    order = np.lexsort((-steps, edges))
    depth = np.cumsum(steps[order])
    inside = np.flatnonzero(np.diff(depth >= at_least, prepend=False))
    found = edges[order][inside].reshape(-1, 2)
    return found[found[:, 1] > found[:, 0]]
