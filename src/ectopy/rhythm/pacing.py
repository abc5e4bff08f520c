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

REFRACTORY: Final = (-0.1, -0.25)
"""Seconds after the R peak between which no pacemaker sends a spike. Stimulators of nerves and muscles send
them all the time, and always hit some beats."""

STEADY: Final = 0.03
STEADY_SHARE: Final = 0.5
MIN_STEADY: Final = 3
"""Seconds by which the times of spikes before the R peak differ, for at least this share of a stretch, and so
many: what does not know of the heart hits some beats too, but not at one time."""

PATTERNS: Final = ((3, 3), (5, 10))
"""How many beats of how many in a row that begin with a spike make a stretch of pacing.

An electrode that crackles seldom hits so many; half the spikes may be hidden where a recorder's filters have
made them small."""


def paced_episodes(
    samples: npt.NDArray[np.int64], delays: npt.NDArray[np.floating], classes: npt.NDArray[np.str_]
) -> tuple[Episode, ...]:
    """Return the stretches whose beats are paced.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks, rising.
    delays : ndarray of float, shape (n_beats,)
        Seconds from a spike to the R peak, NaN for a beat that does not begin with one.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat; a ventricular one without a spike is none of the pacemaker's.

    Returns
    -------
    tuple of Episode
        Each from its first beat to its last.

    Examples
    --------
    >>> delays = np.where(np.isin(np.arange(8), [1, 4, 5, 6]), 0.07, np.nan)
    >>> paced_episodes(np.arange(8) * 100, delays, np.full(8, "N"))
    (Episode(kind='ventricular pacing', start=400, stop=601),)
    """
    spiked = ~np.isnan(delays)
    paced = np.any([_among(spiked, least, beats) for least, beats in PATTERNS], axis=0)
    for start, stop in zip(*runs(paced), strict=True):
        paced[start:stop] = _steady(delays[start:stop])
    starts, stops = runs(paced & (spiked | ~np.isin(classes, VENTRICULAR)))
    bounds = np.stack([samples[starts], samples[stops - 1] + 1], axis=1)
    return episodes_of(VENTRICULAR_PACING, bounds)


def _steady(delays: npt.NDArray[np.floating]) -> bool:
    """Whether the spikes of a stretch come at one time before the R peak, but for some that are none."""
    known = np.sort(delays[~np.isnan(delays)].astype(np.float64))
    alike = np.searchsorted(known, known + STEADY, "right") - np.arange(len(known))
    return bool(alike.max() >= max(MIN_STEADY, STEADY_SHARE * len(known)))


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
