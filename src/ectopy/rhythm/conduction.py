"""Conduction from atrium to ventricle, as the P waves of consecutive beats show it.

Suspicion only: a P wave inside a T wave, in noise or in flutter deceives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import MARKS, Waves
from ectopy.rhythm.events import KINDS, Event
from ectopy.signal.filters import runs
from ectopy.signal.sliding import windows

LONG_PR: Final = 200.0
"""Milliseconds above which conduction from atrium to ventricle is slow (first-degree block)."""

_STILL_LONG: Final = 190.0
"""Milliseconds above which slow conduction goes on, lest every breath about 200 ms make an event."""

SLOW, BLOCKED, DISSOCIATED = "slow AV conduction", "blocked P wave", "AV dissociation"

CONDUCTION_KINDS: Final = (SLOW, BLOCKED, DISSOCIATED)
"""Kinds of events that need P waves, in the order in which they are listed."""

ALL_KINDS: Final = (*KINDS, *CONDUCTION_KINDS)
"""Kinds of events of an analysis with waves, in the order in which they are listed."""

_BEATS: Final = 9
"""Beats whose median PR interval counts: one wrong mark is no event."""

_SHORTEST: Final = 5
"""Beats in a row with a long PR interval that make an event."""

_LONG_RR: Final = 1.3
"""How many times the usual RR interval passes at the least where a beat is dropped."""

_LONGEST_RR: Final = 4.0
"""Seconds beyond which nobody knows what came between two beats."""

_WINDOW: Final = 10
"""Beats that tell a rhythm of the atria from that of the ventricles."""

_FEWEST: Final = 6
"""Beats of a whole recording that do: ten seconds at 36 a minute."""

_STEADY: Final = 0.1
"""Share of an interval by which four of five may differ from the usual one in a regular rhythm."""

_FASTER: Final = 1.15
"""How many times as fast as the ventricles the atria beat at the least where none of it is conducted."""

_SEEN: Final = 0.7
"""P waves for each QRS complex at the least: many of those that conduct nothing lie in QRS and T."""

_WANDERING: Final = 0.15
"""Seconds between the shortest and the longest PR intervals (one in ten left out at each end) that no
conduction has: in the clinic, P waves *march through* the QRS complexes."""

Floats = npt.NDArray[np.float64]


def conduction_events(waves: Waves, rr: npt.ArrayLike | None = None) -> tuple[Event, ...]:
    """Find stretches with a long PR interval, P waves that no QRS complex follows, and independent P waves.

    Parameters
    ----------
    waves : Waves
        From `ectopy.delineate`.
    rr : array_like of float, shape (n_beats,), optional
        Seconds since the beat before, NaN where unknown, as after a gap; by default from the R peaks, and
        unknown above four seconds.

    Returns
    -------
    tuple of Event
        By time. ``slow AV conduction``: beats whose PR interval, in the median of nine, is above 190 ms, and
        of five or more above 200 ms (first-degree block suspected). ``blocked P wave``: two P waves or more
        between two QRS complexes further apart than usual, its beats those before and after; or ten beats and
        more with two or three evenly spaced P waves each (second-degree block suspected). ``AV
        dissociation``: ten beats or more (six, if the recording has no more) of a regular rhythm, among P
        waves of a faster regular rhythm whose PR intervals wander, or that `independent_p_cycles` finds
        (third-degree block suspected).
    """
    if len(waves) < _SHORTEST:
        return ()
    rhythms = _rhythms(waves)
    apart = np.zeros(len(waves), np.bool_)
    for event in rhythms:
        apart[event.first : event.last + 1] = True
    events = [*_slow(waves, apart), *_blocked(waves, _intervals(waves, rr), apart), *rhythms]
    return tuple(sorted(events, key=lambda event: (event.first, event.last, event.kind)))


def _slow(waves: Waves, apart: npt.NDArray[np.bool_]) -> Iterator[Event]:
    pr = (waves.mark("qrs_onset") - waves.mark("p_onset")) * 1000 / waves.fs
    beyond = np.full(_BEATS // 2, np.nan)
    nearby = windows(np.concatenate([beyond, np.where(apart, np.nan, pr), beyond]), _BEATS)
    known = np.isfinite(nearby).sum(axis=1)
    middle = np.take_along_axis(np.sort(nearby, axis=1), np.maximum(known - 1, 0)[:, None] // 2, axis=1)[:, 0]
    for first, last in _stretches((known > _BEATS // 2) & (middle > _STILL_LONG)):
        if np.sum(middle[first : last + 1] > LONG_PR) >= _SHORTEST:
            yield _event(waves, SLOW, first, last)


def _intervals(waves: Waves, rr: npt.ArrayLike | None) -> Floats:
    """Return the seconds from each beat to the next, NaN where unknown."""
    if rr is not None:
        return np.asarray(rr, dtype=np.float64)[1:]
    known = np.diff(waves.r_peaks) / waves.fs
    return np.where(known > _LONGEST_RR, np.nan, known)


def _blocked(waves: Waves, rr: Floats, apart: npt.NDArray[np.bool_]) -> Iterator[Event]:
    late = rr > _LONG_RR * np.median(np.diff(waves.r_peaks) / waves.fs)
    own = np.isfinite(waves.marks[:, MARKS.index("p_peak")])  # in fibrillation there would be none to trust
    beats = np.flatnonzero((waves.n_p[1:] > 1) & late & own[1:] & ~apart[1:]) + 1
    return (_event(waves, BLOCKED, beat - 1, beat) for beat in beats.tolist())


def _rhythms(waves: Waves) -> list[Event]:
    """Find stretches whose atria keep a regular rhythm of their own, or of two or three for each beat."""
    n, length = len(waves), min(_WINDOW, len(waves))
    if n < _FEWEST:
        return []
    p, r = _p_peaks(waves) / waves.fs, waves.r_peaks / waves.fs
    pp, rr, place = np.diff(p), windows(np.diff(r), length - 1), np.searchsorted(p, r)
    usual, bounds = _quantiles(rr, 0.5), np.stack([place[: n - length + 1], place[length - 1 :]], axis=1)
    steady = _quantiles(np.abs(rr / usual[:, None] - 1), 0.8) <= _STEADY
    enough = bounds[:, 1] - bounds[:, 0] >= max(_FEWEST - 1, _SEEN * (length - 1))
    asked = np.flatnonzero(steady & enough)
    asked = asked[_shortest(pp, bounds[asked]) * _FASTER <= usual[asked]]
    among = {kind: np.zeros(n, np.bool_) for kind in (BLOCKED, DISSOCIATED)}
    for first in asked.tolist():
        start, stop = bounds[first]
        beats = slice(first, first + length)
        kind = _atrial_rhythm(p[start:stop], r[beats], pp[start : stop - 1], float(usual[first]))
        if kind:
            among[kind][beats] = True
    if waves.p_cycles is not None:
        among[DISSOCIATED] |= np.isfinite(waves.p_cycles)
    among[BLOCKED] &= ~among[DISSOCIATED]
    return [
        _event(waves, kind, *stretch)
        for kind, mask in among.items()
        for stretch in _stretches(mask)
        if stretch[1] > stretch[0]
    ]


def _shortest(pp: Floats, bounds: npt.NDArray[np.int64]) -> Floats:
    """Return the shortest interval between the P waves of each stretch, of three of them at the least."""
    edges = np.stack([bounds[:, 0], bounds[:, 1] - 1], axis=1).ravel()
    return np.minimum.reduceat(np.append(pp, np.inf), edges)[::2] if len(edges) else np.empty(0)


def _atrial_rhythm(p: Floats, r: Floats, pp: Floats, usual: float) -> str:
    """Say what P waves among the R peaks of a regular rhythm amount to, or nothing.

    Parameters
    ----------
    p, r : ndarray of float64
        Times of the P waves and R peaks, in seconds.
    pp : ndarray of float64
        Seconds between P waves.
    usual : float
        Seconds between R peaks.
    """
    cycle = _quantile(pp[pp < (1 + 3 * _STEADY) * _quantile(pp, 0.25)], 0.5)
    if cycle * _FASTER > usual or not _within(pp / cycle - np.rint(pp / cycle)):
        return ""  # P waves inside QRS and T are not seen: the others are whole cycles apart
    after = np.searchsorted(p, r)
    pr = (r - p[np.maximum(after - 1, 0)])[after > 0]
    if _quantile(pr, 0.9) - _quantile(pr, 0.1) > _WANDERING:
        return DISSOCIATED
    ratio = usual / cycle
    return BLOCKED if round(ratio) in (2, 3) and abs(ratio - round(ratio)) < _STEADY * ratio else ""


def _p_peaks(waves: Waves) -> Floats:
    """Return the peaks of all P waves, in samples, on the lead that shows the most."""
    column = MARKS.index("p_peak")
    peaks = [
        np.concatenate([waves.lead_marks[:, lead, column], waves.lone_p[lead][:, 1]])
        for lead in range(len(waves.leads))
    ]
    found = max((each[np.isfinite(each)] for each in peaks), key=len)
    return np.asarray(np.sort(found))


def _within(deviations: Floats) -> bool:
    return _quantile(np.abs(deviations), 0.8) <= _STEADY


def _quantile(values: Floats, share: float) -> float:
    """Return `numpy.quantile` of a few numbers, which takes a thirtieth of the time where they are so few."""
    ordered = sorted(values.tolist())
    place = share * (len(ordered) - 1)
    low = int(place)
    below, above = ordered[low], ordered[min(low + 1, len(ordered) - 1)]
    return below + (above - below) * (place - low)


def _quantiles(rows: Floats, share: float) -> Floats:
    """Return the `_quantile` of each row of numbers."""
    ordered = np.sort(rows, axis=1)
    place = share * (ordered.shape[1] - 1)
    low = int(place)
    below, above = ordered[:, low], ordered[:, min(low + 1, ordered.shape[1] - 1)]
    return np.asarray(below + (above - below) * (place - low))


def _stretches(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and the last of every run of beats that a mask names."""
    starts, stops = runs(mask)
    return list(zip(starts.tolist(), (stops - 1).tolist(), strict=True))


def _event(waves: Waves, kind: str, first: int, last: int) -> Event:
    start, stop = waves.r_peaks[[first, last]] / waves.fs
    return Event(kind, first, last, float(start), float(stop), n_ectopic=0)
