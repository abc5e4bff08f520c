"""From stretches that may be waves to the waves of each beat, by lead and by all leads together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.models.wave_candidates import WaveCandidates

P, QRS, T = range(3)

Floats = npt.NDArray[np.float64]

_QRS_APART: Final = 0.12
"""Seconds from the R peak within which a QRS complex has to lie."""

_LONGEST_PR: Final = 0.5
"""Seconds from the onset of P to that of QRS beyond which P is not conducted."""

_LONGEST_RT: Final = 0.7
"""Seconds from the R peak to that of T at the most."""

_OUTLIER: Final = 0.06
"""Seconds from the median of all leads beyond which a lead has no say in where a wave begins or ends."""

_SHARE: Final = 1 / 3
"""Share of the leads that have to show a wave."""

P_NEIGHBOURS: Final = 8
"""Beats on each side that say whether P waves are to be expected."""

P_SHARE: Final = 0.4
"""Share of these beats that have to have a P wave, lest only a sure one is believed.

Chosen on DS1 and on the people of LUDB outside the test part, together with the least confidence of P."""

P_SURE: Final = 0.85
"""Confidence from which on a P wave is believed where its neighbours have none."""


@dataclass(frozen=True)
class LeastConfidence:
    """How sure of a wave to be.

    Parameters
    ----------
    p, qrs, t : float
        Mean probability between onset and end, from 0 to 1.
    """

    p: float = 0.5
    qrs: float = 0.4
    t: float = 0.4


@dataclass(frozen=True, eq=False)
class LeadWaves:
    """The waves of every beat on one lead.

    Parameters
    ----------
    marks : ndarray of float64, shape (n_beats, 9)
        Onset, peak and end of P, QRS and T in samples; NaN where there is no such wave.
    confidences : ndarray of float64, shape (n_beats, 3)
        Zero where there is no such wave.
    n_p : ndarray of int64, shape (n_beats,)
        P waves before each QRS complex.
    lone_p : ndarray of float64, shape (n, 3)
        P waves that no QRS complex follows at once.
    """

    marks: Floats
    confidences: Floats
    n_p: npt.NDArray[np.int64]
    lone_p: Floats


def assemble(
    candidates: WaveCandidates, r_peaks: npt.NDArray[np.int64], fs: float, least: LeastConfidence
) -> LeadWaves:
    """Choose the waves of each beat of one lead.

    Parameters
    ----------
    candidates : WaveCandidates
        In the order of their peaks.
    r_peaks : ndarray of int64, shape (n_beats,)
        Increasing.
    fs : float
        Sampling frequency in Hz.
    least : LeastConfidence
        How sure to be.

    Returns
    -------
    LeadWaves
        P onset ≤ P peak ≤ P end ≤ QRS onset ≤ … ≤ T end.
    """
    n = len(r_peaks)
    marks, confidences = np.full((n, 9), np.nan), np.zeros((n, 3))
    floors = np.array([least.p, least.qrs, least.t])
    sure = candidates[candidates.confidences >= floors[candidates.waves]]
    if not n:
        return LeadWaves(marks, confidences, np.zeros(0, np.int64), np.empty((0, 3)))
    beats = r_peaks.astype(np.float64)
    _place(marks, confidences, QRS, *_qrs(sure, beats, fs))
    starts = np.where(np.isfinite(marks[:, 3]), marks[:, 3], beats - 0.04 * fs)
    stops = np.where(np.isfinite(marks[:, 5]), marks[:, 5], beats + 0.04 * fs)
    _place(marks, confidences, T, *_t(sure, beats, starts, stops, fs))
    rest = np.where(np.isfinite(marks[:, 8]), marks[:, 8], stops)
    waves, owners = _believed(*_p(sure, starts, rest), n)
    conducted = _conducted(waves, owners, starts, fs)
    _place(marks, confidences, P, waves[conducted], owners[conducted])
    marks = _in_order(marks)
    lone = np.stack([waves.onsets, waves.peaks, waves.ends], axis=1)[~conducted]
    n_p = np.bincount(owners[owners < n], minlength=n)
    return LeadWaves(marks, confidences, n_p.astype(np.int64), lone)


def fuse(leads: list[LeadWaves], fs: float) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Say where the waves of each beat begin and end by all leads together.

    A wave is there if a third of the leads show it. It begins where the earliest leads have it begin and
    ends where the latest have it end, after leads further than 60 ms from the median are left out and, of
    every five that remain, one more.

    Parameters
    ----------
    leads : list of LeadWaves
        Of the same beats.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    marks : ndarray of float64, shape (n_beats, 9)
    confidences : ndarray of float64, shape (n_beats, 3)
        Mean over the leads.
    n_p : ndarray of int64, shape (n_beats,)
        Median over the leads.
    """
    table = np.stack([lead.marks for lead in leads])  # (n_leads, n_beats, 9)
    confidences = np.stack([lead.confidences for lead in leads])
    shown = confidences > 0
    enough = shown.sum(axis=0) >= max(1, np.ceil(_SHARE * len(leads)))
    counts = np.median(np.stack([lead.n_p for lead in leads]), axis=0)
    if len(leads) == 1:
        return table[0], confidences[0], counts.astype(np.int64)
    marks = np.full(table.shape[1:], np.nan)
    for column in range(9):
        values = np.sort(_near(table[:, :, column], _OUTLIER * fs), axis=0)
        there = np.isfinite(values).sum(axis=0)
        skip = there // 6
        place = (skip, np.maximum(there - 1, 0) // 2, np.maximum(there - 1 - skip, 0))[column % 3]
        marks[:, column] = np.where(
            enough[:, column // 3], np.take_along_axis(values, place[None], axis=0)[0], np.nan
        )
    mean = np.where(enough, confidences.mean(axis=0), 0)
    return _in_order(marks), mean, np.where(enough[:, P], np.maximum(1, np.rint(counts)), 0).astype(np.int64)


def _near(values: Floats, limit: float) -> Floats:
    """Leave out what is further than `limit` from the median of its column."""
    there = np.isfinite(values)
    ordered = np.sort(values, axis=0)
    middle = np.maximum(there.sum(axis=0) - 1, 0) // 2
    median = np.take_along_axis(ordered, middle[None], axis=0)
    return np.where(there & (np.abs(values - median) <= limit), values, np.nan)


def _qrs(sure: WaveCandidates, beats: Floats, fs: float) -> tuple[WaveCandidates, npt.NDArray[np.int64]]:
    """Return the likeliest QRS complex at each R peak."""
    found = sure[sure.waves == QRS]
    owner = _nearest(beats, found.peaks)
    at = beats[owner]
    apart = np.maximum(np.maximum(found.onsets - at, at - found.ends), 0)
    near = apart <= _QRS_APART * fs
    return _likeliest(found[near], owner[near])


def _t(
    sure: WaveCandidates, beats: Floats, starts: Floats, stops: Floats, fs: float
) -> tuple[WaveCandidates, npt.NDArray[np.int64]]:
    """Return the likeliest T wave after each QRS complex."""
    found = sure[sure.waves == T]
    owner = np.searchsorted(beats, found.peaks) - 1
    following = np.append(starts[1:], np.inf)
    inside = (
        (owner >= 0)
        & (found.peaks > stops[owner])
        & (found.peaks < following[owner])
        & (found.peaks - beats[owner] <= _LONGEST_RT * fs)
    )
    return _likeliest(found[inside], owner[inside])


def _p(sure: WaveCandidates, starts: Floats, rest: Floats) -> tuple[WaveCandidates, npt.NDArray[np.int64]]:
    """Return all P waves outside QRS and T, with the beat that comes next (one too many after the last)."""
    found = sure[sure.waves == P]
    owner = np.searchsorted(starts, found.peaks)
    quiet_since = np.concatenate([[-np.inf], rest])[owner]
    free = found.peaks > quiet_since
    return found[free], owner[free]


def _believed(
    waves: WaveCandidates, owners: npt.NDArray[np.int64], n: int
) -> tuple[WaveCandidates, npt.NDArray[np.int64]]:
    """Leave out unsure P waves where few beats nearby have any, as in fibrillation."""
    shows = (np.bincount(owners, minlength=n + 1)[:n] > 0).astype(np.int64)
    sums, places = np.concatenate([[0], np.cumsum(shows)]), np.arange(n)
    first, last = np.maximum(places - P_NEIGHBOURS, 0), np.minimum(places + P_NEIGHBOURS + 1, n)
    expected = sums[last] - sums[first] - shows >= P_SHARE * (last - first - 1)
    kept = expected[np.minimum(owners, n - 1)] | (waves.confidences >= P_SURE)
    return waves[kept], owners[kept]


def _conducted(
    waves: WaveCandidates, owners: npt.NDArray[np.int64], starts: Floats, fs: float
) -> npt.NDArray[np.bool_]:
    """Say which P waves are the last before a QRS complex, and soon enough before it."""
    next_start = np.append(starts, np.inf)[owners]
    last = np.append(owners[1:] != owners[:-1], True) if len(owners) else np.zeros(0, np.bool_)
    return np.asarray(last & (next_start - waves.onsets <= _LONGEST_PR * fs), dtype=np.bool_)


def _likeliest(
    found: WaveCandidates, owner: npt.NDArray[np.int64]
) -> tuple[WaveCandidates, npt.NDArray[np.int64]]:
    """Keep one candidate of each owner: the one with the greatest probability summed over its length."""
    mass = found.confidences * (found.ends - found.onsets)
    order = np.lexsort((-mass, owner))
    first = np.diff(owner[order], prepend=-1) != 0
    return found[order[first]], owner[order[first]]


def _nearest(beats: Floats, peaks: Floats) -> npt.NDArray[np.int64]:
    after = np.clip(np.searchsorted(beats, peaks), 1, max(1, len(beats) - 1))
    before = after - 1
    after = np.minimum(after, len(beats) - 1)
    closer = np.abs(peaks - beats[before]) <= np.abs(peaks - beats[after])
    return np.where(closer, before, after).astype(np.int64)


def _place(
    marks: Floats, confidences: Floats, wave: int, found: WaveCandidates, owner: npt.NDArray[np.int64]
) -> None:
    marks[owner, 3 * wave : 3 * wave + 3] = np.stack([found.onsets, found.peaks, found.ends], axis=1)
    confidences[owner, wave] = found.confidences


def _in_order(marks: Floats) -> Floats:
    """Let no wave begin before the one before it has ended: QRS stands, P ends and T begins in time."""
    marks = marks.copy()
    marks[:, 2] = np.fmin(marks[:, 2], np.where(np.isnan(marks[:, 2]), np.nan, marks[:, 3]))
    marks[:, 6] = np.fmax(marks[:, 6], np.where(np.isnan(marks[:, 6]), np.nan, marks[:, 5]))
    for first in (0, 3, 6):
        marks[:, first + 1] = np.clip(marks[:, first + 1], marks[:, first], marks[:, first + 2])
    return marks
