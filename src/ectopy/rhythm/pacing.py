"""Ventricular pacing: beats that begin with a spike of a pacemaker, again and again."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.episodes import VENTRICULAR_PACING, Episode, episodes_of
from ectopy.signal.filters import runs

SPIKE_FLOOR: Final = 0.5
"""Height in mV from which a spike that was taken out of the signal may be a pacemaker's; the noise of a
recorder is lower."""

BEFORE_R: Final = (0.13, 0.0)
"""Seconds before the R peak between which the spike of a paced ventricle lies; that of a paced atrium comes
sooner."""

BEATS: Final = 3
"""Beats in a row that begin with a spike: an electrode that crackles seldom hits so many."""


def paced_episodes(samples: npt.NDArray[np.int64], spiked: npt.NDArray[np.bool_]) -> tuple[Episode, ...]:
    """Return the stretches whose beats begin with a spike each.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks, rising.
    spiked : ndarray of bool, shape (n_beats,)
        Which beats begin with a spike.

    Returns
    -------
    tuple of Episode
        From the first beat of each to the last.

    Examples
    --------
    >>> paced_episodes(np.arange(8) * 100, np.isin(np.arange(8), [1, 4, 5, 6]))
    (Episode(kind='ventricular pacing', start=400, stop=601),)
    """
    starts, stops = runs(spiked)
    long = stops - starts >= BEATS
    bounds = np.stack([samples[starts[long]], samples[stops[long] - 1] + 1], axis=1)
    return episodes_of(VENTRICULAR_PACING, bounds)
