"""Ventricular pacing: beats that begin with a spike of a pacemaker, again and again."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.labels import VENTRICULAR
from ectopy.rhythm.episodes import VENTRICULAR_PACING, Episode, episodes_of
from ectopy.signal.filters import runs

SPIKE_FLOOR: Final = 0.5
"""Height in mV from which a spike that was taken out of the signal may be a pacemaker's; the noise of a
recorder is lower."""

BEFORE_R: Final = (0.13, -0.01)
"""Seconds before the R peak between which the spike of a paced ventricle lies; that of a paced atrium comes
sooner, and a spike higher than the QRS complex is taken for the R peak itself."""

PATTERNS: Final = ((3, 3), (5, 10))
"""How many beats of how many in a row that begin with a spike make a stretch of pacing.

An electrode that crackles seldom hits so many; half the spikes may be hidden where a recorder's filters have
made them small."""


def paced_episodes(
    samples: npt.NDArray[np.int64], spiked: npt.NDArray[np.bool_], classes: npt.NDArray[np.str_]
) -> tuple[Episode, ...]:
    """Return the stretches whose beats are paced.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks, rising.
    spiked : ndarray of bool, shape (n_beats,)
        Which beats begin with a spike.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat; a ventricular one without a spike is none of the pacemaker's.

    Returns
    -------
    tuple of Episode
        Each from its first beat to its last.

    Examples
    --------
    >>> paced_episodes(np.arange(8) * 100, np.isin(np.arange(8), [1, 4, 5, 6]), np.full(8, "N"))
    (Episode(kind='ventricular pacing', start=400, stop=601),)
    """
    paced = np.any([_among(spiked, least, beats) for least, beats in PATTERNS], axis=0)
    starts, stops = runs(paced & (spiked | ~np.isin(classes, VENTRICULAR)))
    bounds = np.stack([samples[starts], samples[stops - 1] + 1], axis=1)
    return episodes_of(VENTRICULAR_PACING, bounds)


def _among(flags: npt.NDArray[np.bool_], least: int, beats: int) -> npt.NDArray[np.bool_]:
    """Return the stretches, from flag to flag, in which so many of any so many in a row are flagged."""
    dense = np.zeros(len(flags), bool)
    if len(flags) < beats:
        return dense
    many = np.convolve(flags, np.ones(beats, int), "valid") >= least
    for start, stop in zip(*runs(many), strict=True):
        flagged = start + np.flatnonzero(flags[start : stop - 1 + beats])
        dense[flagged[0] : flagged[-1] + 1] = True
    return dense
