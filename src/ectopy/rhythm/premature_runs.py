"""Which supraventricular beats are premature: early against near beats of the same rhythm.

A sinus that quickens, under exercise, with breathing or where a faster rhythm begins, is no ectopy, however
far its intervals lie below those of a minute ago. A premature beat comes abruptly: early against the normal
intervals of the last seconds, and against the interval before it. Beats that go on at the rate of a premature
one, as in atrial tachycardia and in a sick sinus, are of its run.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.rr import MIN_RR
from ectopy.beats.template import quick_median, quick_quantile
from ectopy.rhythm.dropped_beats import SHORT, are_dropped
from ectopy.signal.filters import runs

EARLY: Final = 0.9
"""Share of the near interval that a premature beat may reach; breathing seldom changes RR by 10 %."""

ABRUPT: Final = 0.92
"""Share of the interval before that a premature beat may reach; exercise changes it by 2 % a beat."""

NEAR: Final = 12
"""Normal intervals before a beat, about ten seconds, whose median it is compared with."""

PAUSE: Final = 1.3
"""Times the median of the last intervals from which on the interval before is a pause. What comes after it is
early against it in a sick sinus and in a block alike: P waves tell, and the classifier is believed."""

AT_REST: Final = 0.8
RHYTHM: Final = 4
"""Seconds from which on the intervals of so many beats and more are those of a sinus at rest, 75 a minute,
where near normal beats are no slower."""

MISSED: Final = 3
"""Beats in a row, at the most, that a classifier may have missed within a run."""

TACHYCARDIA: Final = 15
"""Beats of a run from which on its first ones may have been missed too."""

FASTER: Final = 0.77
"""Share of the near interval that the beats of a tachycardia reach at the most; a sinus may be faster by less
than that for long. Of the nine atrial tachycardias of `TACHYCARDIA` beats and more that begin after normal
beats, in training people of the VitalDB Arrhythmia Database, eight stay below 0.76 and one below 0.82."""

AT_ONCE: Final = 0.82
STEPS: Final = 6
"""Share of the interval before that one of the last so many intervals reaches at the most where such a long
run begins: every run of DS1 begins with less, and of the training people of the VitalDB Arrhythmia Database
those that are faster than what was before."""

QUICKER: Final = 0.97
GRADUAL: Final = 3
"""Share of the interval before from which on an interval is a step, and how many such steps a sinus that is
called to work takes at the least; what begins in one step, however small, is a run."""

SINUS_RUN: Final = 5
SINUS_SHARE: Final = 0.5
"""Beats from which on a run of which at least this share has the P wave of the normal ones is of the sinus;
in DS1 no more than an eighth of anybody's premature beats have it."""

LOOKED_AT: Final = 60
"""Beats before a beat among which the `NEAR` normal intervals are looked for."""

LONGER: Final = 1.15
"""Times the interval of the beat before that an interval within a run reaches at the most."""

PROVEN: Final = 3
NEARBY: Final = 40
"""Premature runs among so many beats on each side that prove a person's ectopy: late ones are believed."""

DEEPEST: Final = 0.7
"""Share of the near interval below which no breath takes a sinus."""

RETURN: Final = 1.2
"""Times its interval that the next one lasts at least after a premature beat, unless a run follows; a sinus
that quickens with a breath stays fast."""

STEEPER: Final = 0.93
"""Share of the last change of RR below which a beat is early, although the rhythm quickened before it."""

LAST: Final = 8
"""Intervals before a beat, whatever its class, whose median it is compared with."""

FAR_TOO_EARLY: Final = 0.65
"""Share of the interval before, and of the third shortest of the `LAST`, that an unmistakable beat reaches at
the most; no breath brings a sinus beat as early. Of the beats of the training people of the VitalDB
Arrhythmia Database that come so early outside fibrillation, 98 in 100 are premature."""

BOTH: Final = 1.25
"""Times the median of the `LAST` intervals that its interval and the next one last together at least: a wave
that is no beat parts one interval in two."""

AWAITED: Final = 1.2
"""Near intervals, at the most, that two last between which an interpolated ventricular beat comes: the sinus
beat after it was due, and is conducted late, whatever follows."""

Flags = npt.NDArray[np.bool_]


def premature(
    rr: npt.NDArray[np.floating],
    supraventricular: npt.ArrayLike,
    normal: npt.ArrayLike,
    conducted: npt.ArrayLike | None = None,
    ventricular: npt.ArrayLike | None = None,
) -> npt.NDArray[np.bool_]:
    """Return which of the beats called supraventricular are premature, or follow such a beat in a run.

    Parameters
    ----------
    rr : ndarray of float, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    supraventricular, normal : array_like of bool, shape (n_beats,)
        Which beats a classifier calls so.
    conducted : array_like of bool, shape (n_beats,), optional
        Which beats have the P wave of the normal ones: then the pauses of a block make nothing early. Only
        those within `MISSED` beats of a supraventricular one are looked at.
    ventricular : array_like of bool, shape (n_beats,), optional
        Which beats are ventricular: a single early beat after one is a sinus beat, for the ventricular beat
        was interpolated or set the sinus anew. Among people under anaesthesia (`arrdb`, not kept apart) 359
        early beats there are normal and 27 premature.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
        Of each run, the beats from the first that came early on; all where three such runs are near. After a
        pause, and where nobody knows what came before, the classifier is believed, unless what follows is as
        fast.

    Examples
    --------
    A faster rhythm is approached step by step; then one beat comes early:

    >>> rr = np.array([1.0, 1.0, 1.0, 0.95, 0.9, 0.85, 0.8, 0.8, 0.8, 0.8, 0.5, 1.1, 0.8])
    >>> called = np.isin(np.arange(13), [5, 6, 7, 10])
    >>> np.flatnonzero(premature(rr, called, ~called)).tolist()
    [10]
    """
    called, usual = np.asarray(supraventricular, bool), np.asarray(normal, bool).copy()
    rr = np.maximum(rr, MIN_RR)
    same_p, wide = (
        np.zeros(len(called), bool) if flags is None else np.asarray(flags, bool)
        for flags in (conducted, ventricular)
    )
    stays, onsets = called.copy(), list[int]()
    for start, stop in zip(*(bounds.tolist() for bounds in runs(_bridged(rr, called))), strict=True):
        first = _onset(rr, (start, stop), usual, same_p, wide)
        stays[start:first], usual[start:first] = False, True
        onsets += [first] if first < stop else []
    late = np.flatnonzero(called & ~stays)
    proofs = np.searchsorted(onsets, late + NEARBY, "right") - np.searchsorted(onsets, late - NEARBY)
    dropped = np.array([are_dropped(rr, beat) for beat in late.tolist()], bool)
    stays[late] = (proofs >= PROVEN) & ~same_p[late] & ~dropped
    return stays


def _onset(
    rr: npt.NDArray[np.floating], run: tuple[int, int], usual: Flags, same_p: Flags, wide: Flags
) -> int:
    """Return the first beat of a run that is premature, or where the run stops if none is."""
    start, stop = run
    long = stop - start >= TACHYCARDIA
    of_the_sinus = stop - start >= SINUS_RUN and same_p[start:stop].mean() >= SINUS_SHARE
    if of_the_sinus or not _may_be_faster(rr, start, stop, usual):
        return stop
    for beat in range(_begin(rr, start) if long else start, stop):
        early = _early(rr, beat, usual, same_p[beat]) and (not long or _at_once(rr, beat))
        set_anew = beat > 0 and wide[beat - 1] and (beat == stop - 1 or _awaited(rr, beat, usual))
        if early and not set_anew:
            return beat
    return stop


def unmistakable(rr: npt.NDArray[np.floating], normal: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Return which of the beats called normal came so early that no sinus can have sent them.

    Parameters
    ----------
    rr : ndarray of float, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    normal : array_like of bool, shape (n_beats,)
        Which beats a classifier calls so.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
        Those between two normal ones, far earlier than any of the last but two, with a longer interval after
        them.

    Examples
    --------
    >>> rr = np.array([0.8, 0.7, 0.8, 0.9, 0.8, 0.7, 0.8, 0.9, 0.8, 0.42, 1.0, 0.8])
    >>> np.flatnonzero(unmistakable(rr, np.ones(12, bool))).tolist()
    [9]
    """
    usual, found = np.asarray(normal, bool), np.zeros(len(rr), np.bool_)
    if len(rr) < LAST + 2:
        return found
    places = np.arange(LAST, len(rr) - 1)
    last = np.sort(np.lib.stride_tricks.sliding_window_view(rr, LAST)[: len(places)], axis=1)
    own, following = rr[places], rr[places + 1]
    early = own <= FAR_TOO_EARLY * np.minimum(rr[places - 1], last[:, 2])
    early &= own + following >= BOTH * last[:, LAST // 2]
    found[places] = early & usual[places - 1] & usual[places] & usual[places + 1]
    return found


def _begin(rr: npt.NDArray[np.floating], start: int) -> int:
    """Return where a run may have begun whose first beats were missed."""
    first = start
    while first > max(0, start - MISSED) and 1 / LONGER < rr[first - 1] / rr[start] < LONGER:
        first -= 1
    return first


def _bridged(rr: npt.NDArray[np.floating], called: Flags) -> Flags:
    """Return the runs with the beats that were missed in them: few, and no longer than those before."""
    bridged = called.copy()
    for start, stop in zip(*(bounds.tolist() for bounds in runs(~called)), strict=True):
        if start > 0 and stop < len(rr) and stop - start <= MISSED:
            ratio = rr[start : stop + 1] / rr[start - 1 : stop]
            bridged[start:stop] = bool((ratio < LONGER).all())
    return bridged


def _early(rr: npt.NDArray[np.floating], beat: int, usual: Flags, same_p: bool) -> bool:
    """Whether a beat comes abruptly before it was due, by normal intervals and by all."""
    last = rr[max(0, beat - LAST) : beat]
    last = last[np.isfinite(last)]
    if beat == 0 or np.isnan(rr[beat]) or not len(last):
        return not same_p
    near, median, previous = _near(rr, beat, usual), float(quick_median(last, axis=0)), float(rr[beat - 1])
    if previous >= PAUSE * rr[beat] and are_dropped(rr, beat):
        return False
    pause = previous * (previous >= PAUSE * median)
    due = quick_quantile(last, SHORT) if same_p else max(near, median, pause)
    if np.isnan(previous):
        return bool(rr[beat] <= EARLY * due)
    deep = rr[beat] < DEEPEST * max(near, median)
    early = rr[beat] <= min(ABRUPT * previous, EARLY * due)
    return bool(early and (deep or not _with_a_breath(rr, beat)))


def _at_once(rr: npt.NDArray[np.floating], beat: int) -> bool:
    """Whether the rhythm became faster in a great step, or in few; true where nobody knows."""
    last = rr[max(0, beat - STEPS) : beat + 1]
    steps = last[1:] / last[:-1]
    if not len(steps) or np.isnan(steps).any():
        return True
    return bool(steps.min() <= AT_ONCE or np.count_nonzero(steps <= QUICKER) < GRADUAL)


def _may_be_faster(rr: npt.NDArray[np.floating], start: int, stop: int, usual: Flags) -> bool:
    """Whether a run may be ectopic by its rate, beside what came before it or, if nobody knows, after it."""
    own, later = rr[start + 1 : stop], np.arange(stop + 1, min(len(rr), stop + LOOKED_AT))
    own = own[np.isfinite(own)]
    if not len(own):
        return True
    median, near = float(quick_median(own, axis=0)), _near(rr, start, usual)
    if stop - start >= RHYTHM and median >= max(AT_REST, EARLY * near):
        return False
    if start > 0 and np.isfinite(rr[start]) and np.isfinite(rr[max(0, start - LAST) : start]).any():
        return stop - start < TACHYCARDIA or near == 0 or median <= FASTER * near
    later = later[usual[later] & usual[later - 1] & np.isfinite(rr[later])][:NEAR]
    return not len(later) or median <= EARLY * float(quick_median(rr[later], axis=0))


def _awaited(rr: npt.NDArray[np.floating], beat: int, usual: Flags) -> bool:
    """Whether a beat after a ventricular one comes when the sinus would have sent it without that."""
    return bool(beat > 0 and rr[beat] + rr[beat - 1] <= AWAITED * _near(rr, beat, usual))


def _near(rr: npt.NDArray[np.floating], beat: int, usual: Flags) -> float:
    """Return the median of the last normal intervals, 0 where there is none."""
    places = np.arange(max(1, beat - LOOKED_AT), beat)
    normal = places[usual[places] & usual[places - 1] & np.isfinite(rr[places])][-NEAR:]
    return float(quick_median(rr[normal], axis=0)) if len(normal) else 0.0


def _with_a_breath(rr: npt.NDArray[np.floating], beat: int) -> bool:
    """Whether a beat goes on quickening as the one before did, and nothing returns after it."""
    if beat < 2 or beat + 1 >= len(rr):
        return False
    change, last = rr[beat] / rr[beat - 1], rr[beat - 1] / rr[beat - 2]
    return bool(last <= ABRUPT and change >= STEEPER * last and rr[beat + 1] < RETURN * rr[beat])
