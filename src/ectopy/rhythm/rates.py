"""Episodes of a fast or a slow heart."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.episodes import BRADYCARDIA, TACHYCARDIA, Episode
from ectopy.signal.filters import runs

FAST: Final = 100.0
"""Beats per minute above which a heart is fast, in an adult."""

SLOW: Final = 50.0
"""Beats per minute below which it is slow (Kusumoto et al., ACC/AHA/HRS guideline on bradycardia, 2018)."""

INTERVALS: Final = 8
"""Consecutive intervals whose mean counts, as for the lowest and the highest rate of a summary."""

SHORTEST: Final = 10.0
"""Seconds that an episode lasts at the least: a few fast beats are a run, and a long interval is a pause.

What parts two episodes is as long."""


def rate_episodes(
    samples: npt.NDArray[np.int64], rr: npt.NDArray[np.float32], fs: float
) -> tuple[Episode, ...]:
    """Find episodes of tachycardia and bradycardia.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    fs : float
        Rate in Hz that ``samples`` count in.

    Returns
    -------
    tuple of Episode
        By time. From the first to the last beat of the stretches of eight intervals whose mean rate is above
        100 or below 50 per minute.

    Examples
    --------
    >>> rr = np.full(41, 0.5, np.float32)
    >>> rate_episodes(np.arange(41) * 50, rr, fs=100)
    (Episode(kind='tachycardia', start=0, stop=2001),)
    """
    if len(rr) <= INTERVALS:
        return ()
    means = np.lib.stride_tricks.sliding_window_view(rr[1:].astype(np.float64), INTERVALS).mean(axis=1)
    found = []
    for kind, beyond in ((TACHYCARDIA, means < 60 / FAST), (BRADYCARDIA, means > 60 / SLOW)):
        covered = np.convolve(beyond, np.ones(INTERVALS, np.int64)) > 0  # intervals that ended at beat i + 1
        starts, stops = runs(covered)
        if not len(starts):
            continue
        apart = samples[starts[1:]] - samples[stops[:-1]] >= SHORTEST * fs
        for first, stop in zip(starts[np.append(True, apart)], stops[np.append(apart, True)], strict=True):
            start, end = int(samples[first]), int(samples[stop]) + 1
            if end - start >= SHORTEST * fs:
                found.append(Episode(kind, start, end))
    return tuple(sorted(found, key=lambda episode: (episode.start, episode.kind)))
