"""Which of the waves that the QRS network points at are beats: what it cannot see, for it sees no millivolts.

The network is shown each lead in sizes of its own beats, and where the heart stands still these are P waves.
So the gentler a wave rises, the surer the network has to be that it is a beat. But on a lead that shows the
QRS complex as a small wave, gentle waves are beats too: where the rhythm is regular around an interval twice
as long, one in the middle of it is believed. A blocked P wave lies earlier than the beat that did not come.
Wherever it lies, a wave that looks like the beats around it is one (`ectopy.models.qrs_similarity`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.models.qrs_similarity import similar

SURE: Final = 0.9
"""Probability that a wave needs that does not rise at all."""

STEEP: Final = 16.0
"""Steepness in mV/s that makes up for all of it; a P wave 0.25 mV high and 0.1 s wide rises by 7.

Both were chosen on people and simulated hearts that were learned from or are there to choose by, so that few
beats are lost by this rule, and most P waves that were taken for beats in a standstill go."""

_STEEP_REACH: Final = 5
"""Grid samples on each side of a peak that hold the steepest part of its wave."""

BESIDE: Final = 4
"""Intervals on each side of a long one that say what is regular, and how many of them must be."""

LONGEST: Final = 1.5
"""Seconds of regular intervals, at the most: 40 beats a minute."""

BESIDE_SECONDS: Final = BESIDE * LONGEST
"""Seconds before and after a long interval in which those lie."""

SPREAD: Final = 0.08
"""Share by which regular intervals may differ from their median, and half a long one from it."""

MIDDLE: Final = 0.06
MIDDLE_SHARE: Final = 0.1
"""Seconds, and share of the median interval, from the middle of the long one within which a beat was due.

A P wave comes 0.12 s or more before its beat."""

GAP_REACH: Final = BESIDE_SECONDS + LONGEST * (1 + SPREAD) + MIDDLE
"""Seconds on each side of a wave that have a say: half the long interval, and the regular ones."""

OFFSETS: Final = np.array([*range(-BESIDE, 0), *range(1, BESIDE + 1)])
"""Places of those intervals, counted from the long one."""

FAR: Final = 10**9
"""Grid samples that lie beyond every recording, for beats that are none, so that all have neighbours."""


def beats_among(
    peaks: npt.NDArray[np.int64],
    signal: npt.NDArray[np.float32],
    probability: npt.NDArray[np.float32],
    rate: float,
) -> npt.NDArray[np.int64]:
    """Return the waves that are beats.

    Parameters
    ----------
    peaks : ndarray of int64, shape (n,)
        Grid samples of the waves that the network points at, rising.
    signal : ndarray of float32, shape (n_leads, n_times)
        The leads in mV, from `ectopy.signal.qrs_input`.
    probability : ndarray of float32, shape (n,)
        How sure the network is of each wave.
    rate : float
        Rate of the grid in Hz.

    Returns
    -------
    ndarray of int64
        Grid samples of the beats, rising.
    """
    beats = probability >= SURE
    doubtful = peaks[~beats]
    near = np.clip(doubtful[:, None] + np.arange(-_STEEP_REACH, _STEEP_REACH + 1), 1, signal.shape[1] - 2)
    rises = np.abs(signal[:, near + 1] - signal[:, near - 1]) * np.float32(rate / 2)
    steepness = rises.max(axis=(0, 2), initial=0)
    beats[~beats] = probability[~beats] >= SURE - steepness / STEEP
    if beats.all():
        return peaks
    return peaks[beats | _due(peaks, beats, rate) | similar(peaks, beats, signal, rate)]


def _due(peaks: npt.NDArray[np.int64], beats: npt.NDArray[np.bool_], rate: float) -> npt.NDArray[np.bool_]:
    """Return which waves lie in the middle of an interval that is twice as long as regular ones beside it."""
    beyond = FAR * np.arange(1, BESIDE + 2)
    places = np.concatenate([-beyond[::-1], peaks[beats], beyond])
    intervals = np.diff(places)
    before = BESIDE + np.cumsum(beats)[~beats]
    first, last = places[before], places[before + 1]
    index = before[:, np.newaxis] + OFFSETS
    starts, stops = places[index], places[index + 1]
    close = (first[:, np.newaxis] - starts <= BESIDE_SECONDS * rate) & (
        stops - last[:, np.newaxis] <= BESIDE_SECONDS * rate
    )
    beside = np.where(close, intervals[index], FAR)
    middle = np.maximum(close.sum(axis=1) - 1, 0) // 2
    usual = np.sort(beside, axis=1)[np.arange(len(beside)), middle]
    regular = np.abs(beside - usual[:, np.newaxis]) <= SPREAD * usual[:, np.newaxis]
    twice = (usual <= LONGEST * rate) & (np.abs(last - first - 2 * usual) <= 2 * SPREAD * usual)
    centred = np.abs(2 * peaks[~beats] - first - last) <= 2 * np.minimum(MIDDLE * rate, MIDDLE_SHARE * usual)
    due = np.zeros(len(peaks), np.bool_)
    due[~beats] = ((regular & close).sum(axis=1) >= BESIDE) & twice & centred
    return due
