"""Which of the waves that the QRS network points at are beats: rules about hearts, not about samples.

A P wave is no beat, however regularly it comes: it rises far slower than the QRS complexes around it, or,
where there are none, slower and more bluntly than any. And a wave that looks like the beats on both sides of
it is one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

STEEPNESS: Final = 0.12
"""Share of the steepness of the QRS complexes nearby below which a gentle wave is a P or a T wave.

Chosen on DS1: five of its 42,463 beats are lost by it on the first lead, and eight of ten P waves whose QRS
was taken
out go."""

DOUBTED: Final = 0.6
"""Probability below which even a sharp gentle wave is none."""

GENTLE: Final = 12.0
"""Steepness in mV/s that P waves stay below: 0.4 mV high and 0.1 s wide rises by 11."""

_COMPARED: Final = 8
_COMPARED_SECONDS: Final = 8.0
"""Waves on each side, and how far away at the most, that the steepness of the QRS complexes is taken from."""

_COMPARED_RANK: Final = 0.85
"""Quantile of their steepness: three P waves for each QRS, or two pops among them, do not move it far."""

FAINT: Final = 6.0
"""Steepness in mV/s below which a wave is a beat only if it is sharp: P waves of up to 0.2 mV stay below."""

SHARP: Final = (0.8, 1.0)
SURE: Final = 0.8
"""What a faint beat rises by in 20 ms, as a share of its height: the second, where the network is less sure.

Chosen on people that were learned from: of 28,000 beats of DS1, LUDB and the QT database none is lost by it,
and of 160 T and P waves of LUDB and the QT database that were taken for beats 111 go."""

MORE: Final = 1.35
"""How many times as many beats the second look must see in the four seconds around to be believed."""

_LOOKED_SECONDS: Final = 2.0
"""Seconds on each side that make the four."""

_FAST: Final = 7
_FASTER: Final = 10
"""Beats in these four seconds that make a heart fast, 105 a minute, and that the second look must see."""

_FASTEST: Final = 13
"""Beats that the second look sees in the four seconds, 195 a minute, from which on each of them that lies
between beats of the first is believed."""

_APART: Final = 14
"""Grid samples between any two beats: 140 ms."""

_STEEP_REACH: Final = 5
"""Grid samples on each side of a peak that hold the steepest part of its wave."""

_SHAPE: Final = 6
"""Grid samples on each side of a peak that hold its shape, and its largest deflection."""


def beats_among(
    peaks: npt.NDArray[np.int64],
    signal: npt.NDArray[np.float32],
    conditioned: npt.NDArray[np.float32],
    probability: npt.NDArray[np.float32],
    rate: float,
) -> npt.NDArray[np.int64]:
    """Return the waves that are beats.

    Parameters
    ----------
    peaks : ndarray of int64, shape (n,)
        Grid samples of the waves that the network points at, rising.
    signal, conditioned : ndarray of float32, shape (n_leads, n_times)
        The leads in mV, and in sizes of their beats, from `ectopy.signal.qrs_input`.
    probability : ndarray of float32, shape (n,)
        How sure the network is of each wave.
    rate : float
        Rate of the grid in Hz.

    Returns
    -------
    ndarray of int64
        Grid samples of the beats, rising.
    """
    steepness = _steepest(_slopes(signal).max(axis=0), peaks) * np.float32(rate / 2)
    sharpness = _sharpness(conditioned, peaks)
    blunt = (sharpness < SHARP[1]) | (probability < DOUBTED)
    gentle = (_relative_steepness(conditioned, peaks, rate) < STEEPNESS) & (steepness < GENTLE) & blunt
    faint = (steepness < FAINT) & (sharpness < np.where(probability < SURE, SHARP[1], SHARP[0]))
    return peaks[~gentle & ~faint]


def _relative_steepness(
    conditioned: npt.NDArray[np.float32], peaks: npt.NDArray[np.int64], rate: float
) -> npt.NDArray[np.float32]:
    """Return how steep the wave at each peak is, as a share of the steepest waves at the peaks around it."""
    steep = _steepest(_slopes(conditioned).sum(axis=0), peaks)
    offsets = np.arange(-_COMPARED, _COMPARED + 1)
    around = np.arange(len(peaks))[:, None] + offsets
    inside = np.clip(around, 0, max(0, len(peaks) - 1))
    close = np.abs(peaks[inside] - peaks[:, None]) <= _COMPARED_SECONDS * rate
    compared = np.where(close & (around == inside), steep[inside], np.float32(np.inf))
    compared.sort(axis=1)
    rank = np.ceil(_COMPARED_RANK * np.isfinite(compared).sum(axis=1)).astype(np.int64) - 1
    usual = compared[np.arange(len(peaks)), rank]
    return (steep / np.maximum(usual, np.float32(1e-6))).astype(np.float32)


def _sharpness(conditioned: npt.NDArray[np.float32], peaks: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return what each wave rises by in 20 ms at its steepest, as a share of its height."""
    height = _steepest(np.abs(conditioned).sum(axis=0), peaks, _SHAPE)
    rise = _steepest(_slopes(conditioned).sum(axis=0), peaks)
    return (rise / np.maximum(height, np.float32(1e-3))).astype(np.float32)


def has_fast_beats(peaks: npt.NDArray[np.int64], rate: float) -> bool:
    """Return whether seven beats lie within four seconds anywhere, so that others may have gone unseen."""
    if len(peaks) < _FAST:
        return False
    return bool((peaks[_FAST - 1 :] - peaks[: 1 - _FAST] <= 2 * _LOOKED_SECONDS * rate).any())


def merged_looks(
    peaks: npt.NDArray[np.int64], slowed: npt.NDArray[np.int64], rate: float
) -> npt.NDArray[np.int64]:
    """Put the beats of both looks together: those of the second where it sees far more of them.

    Of a very fast heart the first look misses some beats here and there: all that the second adds are taken.

    Parameters
    ----------
    peaks, slowed : ndarray of int64
        Grid samples of the beats at the heart's own pace, and of those that show where it is played slower.
    rate : float
        Rate of the grid in Hz.

    Returns
    -------
    ndarray of int64
        Grid samples of the beats, rising.
    """
    kept = peaks[~_many_more(peaks, peaks, slowed, rate)]
    added = slowed[_many_more(slowed, peaks, slowed, rate) | (_counted(slowed, slowed, rate) >= _FASTEST)]
    after = np.searchsorted(kept, added)
    edges = np.concatenate([[-(10**9)], kept, [10**9]])
    apart = np.minimum(added - edges[after], edges[after + 1] - added) >= _APART
    return np.sort(np.concatenate([kept, added[apart]]))


def _many_more(
    places: npt.NDArray[np.int64], peaks: npt.NDArray[np.int64], slowed: npt.NDArray[np.int64], rate: float
) -> npt.NDArray[np.bool_]:
    few, many = _counted(places, peaks, rate), _counted(places, slowed, rate)
    return (few >= _FAST) & (many >= _FASTER) & (many >= MORE * few)


def _counted(
    places: npt.NDArray[np.int64], beats: npt.NDArray[np.int64], rate: float
) -> npt.NDArray[np.int64]:
    """Return how many beats lie in the four seconds around each place."""
    reach = round(_LOOKED_SECONDS * rate)
    return np.searchsorted(beats, places + reach, side="right") - np.searchsorted(beats, places - reach)


def _slopes(leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return by how much each lead changes from one grid sample before each to one after."""
    return np.pad(np.abs(leads[:, 2:] - leads[:, :-2]), ((0, 0), (1, 1)))


def _steepest(
    slopes: npt.NDArray[np.float32], peaks: npt.NDArray[np.int64], reach: int = _STEEP_REACH
) -> npt.NDArray[np.float32]:
    """Return the largest of the values around each peak."""
    near = np.clip(peaks[:, None] + np.arange(-reach, reach + 1), 0, len(slopes) - 1)
    return slopes[near].max(axis=1, initial=0)
