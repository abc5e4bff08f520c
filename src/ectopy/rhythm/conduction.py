"""Conduction from atrium to ventricle, as the P waves of consecutive beats show it.

Suspicion only: a P wave inside a T wave, in noise or in flutter deceives it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import MARKS, Waves
from ectopy.rhythm.events import Event
from ectopy.signal.filters import runs

LONG_PR: Final = 200.0
"""Milliseconds above which conduction from atrium to ventricle is slow (first-degree block)."""

CONDUCTION_KINDS: Final = ("slow AV conduction", "blocked P wave")
"""Kinds of events, in the order in which they are listed."""

_BEATS: Final = 9
"""Beats whose median PR interval counts: one wrong mark is no event."""

_SHORTEST: Final = 5
"""Beats in a row with a long PR interval that make an event."""

_LONG_RR: Final = 1.3
"""How many times the usual RR interval passes at the least where a beat is dropped."""


def conduction_events(waves: Waves) -> tuple[Event, ...]:
    """Find stretches with a long PR interval, and P waves that no QRS complex follows.

    Parameters
    ----------
    waves : Waves
        From `ectopy.delineate`.

    Returns
    -------
    tuple of Event
        By time. ``slow AV conduction``: five beats or more whose PR interval, in the median of nine, is above
        200 ms (first-degree block suspected). ``blocked P wave``: two P waves or more between two QRS
        complexes further apart than usual (second- or third-degree block suspected); its beats are those
        before and after.
    """
    if len(waves) < _SHORTEST:
        return ()
    events = [*_slow(waves), *_blocked(waves)]
    return tuple(sorted(events, key=lambda event: (event.start, event.kind)))


def _slow(waves: Waves) -> list[Event]:
    pr = (waves.mark("qrs_onset") - waves.mark("p_onset")) * 1000 / waves.fs
    padded = np.pad(pr, _BEATS // 2, constant_values=np.nan)
    nearby = np.lib.stride_tricks.sliding_window_view(padded, _BEATS)
    known = np.isfinite(nearby).sum(axis=1)
    middle = np.take_along_axis(np.sort(nearby, axis=1), np.maximum(known - 1, 0)[:, None] // 2, axis=1)[:, 0]
    starts, stops = runs((known > _BEATS // 2) & (middle > LONG_PR))
    return [
        _event(waves, CONDUCTION_KINDS[0], first, stop - 1)
        for first, stop in zip(starts.tolist(), stops.tolist(), strict=True)
        if stop - first >= _SHORTEST
    ]


def _blocked(waves: Waves) -> list[Event]:
    rr = np.diff(waves.r_peaks)
    late = rr > _LONG_RR * np.median(rr)
    beats = np.flatnonzero((waves.n_p[1:] > 1) & late & _clear(waves)[1:]) + 1
    return [_event(waves, CONDUCTION_KINDS[1], beat - 1, beat) for beat in beats.tolist()]


def _clear(waves: Waves) -> npt.NDArray[np.bool_]:
    """Say which beats have a P wave of their own: in fibrillation there would be none to trust."""
    return np.isfinite(waves.marks[:, MARKS.index("p_peak")])


def _event(waves: Waves, kind: str, first: int, last: int) -> Event:
    start, stop = waves.r_peaks[[first, last]] / waves.fs
    return Event(kind, first, last, float(start), float(stop), n_ectopic=0)
