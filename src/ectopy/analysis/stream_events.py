"""Events of a stream: runs, couplets, bigeminy, trigeminy and pauses, told once they are over."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np

from ectopy.analysis.stream import StreamBeat
from ectopy.beats.windows import Beats
from ectopy.rhythm.events import Event, find_events

LOOK_BACK: Final = 300
"""Beats in which events are looked for; of a longer one the beginning is told late."""

_OVER: Final = {"pause": 0, "bigeminy": 2, "trigeminy": 3}
"""Beats after the last one of an event that show that it has ended, by the last word of its kind."""


class EventWatch:
    """Takes provisional beats one by one and tells the events that ended with each.

    What the classes of provisional beats say may differ from the events of the finished analysis.

    Parameters
    ----------
    fs : float
        Rate in Hz that the samples of the beats count in.

    Examples
    --------
    >>> watch = EventWatch(fs=100)
    >>> for second, label in enumerate("NVVVN", start=1):
    ...     beat = StreamBeat(100 * second, second, "II", 1.0, label, 0.9, None, final=False)
    ...     for event in watch.push(beat):
    ...         print(event.kind, event.start, event.n_ectopic)
    ventricular run 2.0 3
    """

    def __init__(self, fs: float) -> None:
        self._fs = fs
        self._beats: deque[StreamBeat] = deque(maxlen=LOOK_BACK)
        self._n_beats = 0
        self._told: dict[str, int] = {}

    def push(self, beat: StreamBeat) -> list[Event]:
        """Take the next beat; return events, whose beats count from the first one pushed."""
        self._beats.append(beat)
        self._n_beats += 1
        forgotten = self._n_beats - len(self._beats)
        beats = Beats.of(
            np.zeros((len(self._beats), 1, 1), np.float32),
            fs=self._fs,
            samples=np.array([each.sample for each in self._beats], np.int64),
            rr=np.array([np.nan if each.rr is None else each.rr for each in self._beats], np.float32),
        )
        events = find_events(beats, [each.label for each in self._beats], self._fs)
        moved = [
            replace(event, first=event.first + forgotten, last=event.last + forgotten) for event in events
        ]
        new = [event for event in moved if self._is_new(event)]
        self._told.update((event.kind, event.last) for event in new)
        return new

    def _is_new(self, event: Event) -> bool:
        after = self._n_beats - 1 - event.last
        return after >= _OVER.get(event.kind.split()[-1], 1) and event.last > self._told.get(event.kind, -1)
