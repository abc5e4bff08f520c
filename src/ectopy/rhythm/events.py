"""What the classes of consecutive beats amount to: runs, couplets, bigeminy, trigeminy, pauses.

Runs follow ANSI/AAMI EC57: a run is a sequence of ectopic beats without another beat in between, fusion beats
count as ventricular, two are a couplet, three or more a run. Where an RR interval is unknown nobody knows
what came between, and a sequence ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.errors import ParameterError
from ectopy.labels import VENTRICULAR
from ectopy.signal.filters import runs

SUPRAVENTRICULAR: Final = ("S",)

PAUSE: Final = 2.0
"""Seconds from which on an RR interval is a pause."""

SHORTEST_RUN: Final = 3
"""Ectopic beats in a row that make a run."""

CYCLES: Final = 3
"""Ectopic beats that must return in the same rhythm to make a bigeminy or trigeminy."""

_RHYTHMS: Final = {2: "bigeminy", 3: "trigeminy"}

KINDS: Final = (
    "ventricular run",
    "ventricular couplet",
    "ventricular bigeminy",
    "ventricular trigeminy",
    "supraventricular run",
    "supraventricular couplet",
    "supraventricular bigeminy",
    "supraventricular trigeminy",
    "pause",
)
"""Kinds of events, in the order in which they are listed."""


@dataclass(frozen=True)
class Event:
    """Consecutive beats that mean more than each of them.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    first, last : int
        Indices of its first and last beat; of a pause, the beats before and after.
    start, stop : float
        Seconds into the recording of these beats.
    n_ectopic : int
        Ectopic beats in it.
    """

    kind: str
    first: int
    last: int
    start: float
    stop: float
    n_ectopic: int

    @property
    def rate(self) -> float:
        """Beats per minute from its first to its last beat."""
        return 60 * (self.last - self.first) / (self.stop - self.start)


def find_events(beats: Beats, classes: npt.ArrayLike, fs: float) -> tuple[Event, ...]:
    """Find runs, couplets, bigeminy, trigeminy and pauses.

    Parameters
    ----------
    beats : Beats
        All beats of one recording, in order; ``samples`` and ``rr`` are used.
    classes : array_like of str, shape (n_beats,)
        AAMI class of each beat; any other name ends a sequence.
    fs : float
        Rate in Hz that ``samples`` count in.

    Returns
    -------
    tuple of Event
        By time.

    Raises
    ------
    ParameterError
        If there is not one class a beat.

    Examples
    --------
    >>> samples = 100 * np.arange(1, 9)
    >>> beats = Beats.of(np.zeros((8, 1, 1)), fs=100, samples=samples, rr=np.full(8, 1.0))
    >>> [(event.kind, event.start, event.n_ectopic) for event in find_events(beats, list("NVVNVVVN"), fs=100)]
    [('ventricular couplet', 2.0, 2), ('ventricular run', 5.0, 3)]
    """
    names = np.asarray(classes, dtype=np.str_)
    if len(names) != len(beats):
        raise ParameterError(f"classes has {len(names)} entries for {len(beats)} beats; give one a beat")
    found = [*_pauses(beats.rr)]
    for title, kind in (("ventricular", VENTRICULAR), ("supraventricular", SUPRAVENTRICULAR)):
        found += _sequences(title, np.isin(names, kind), names == "N", np.isnan(beats.rr))
    times = beats.samples / fs
    events = [Event(kind, a, b, float(times[a]), float(times[b]), n) for kind, a, b, n in found]
    return tuple(sorted(events, key=lambda event: (event.first, event.last, event.kind)))


_Found = tuple[str, int, int, int]


def _pauses(rr: npt.NDArray[np.float32]) -> Iterator[_Found]:
    after = np.flatnonzero(rr >= PAUSE)
    return (("pause", int(beat) - 1, int(beat), 0) for beat in after if beat > 0)


def _sequences(
    title: str,
    ectopic: npt.NDArray[np.bool_],
    normal: npt.NDArray[np.bool_],
    unknown: npt.NDArray[np.bool_],
) -> Iterator[_Found]:
    """Yield the runs and couplets of one kind of beat, and the rhythms in which single ones return."""
    starts, stops = _unbroken(ectopic, unknown)
    for first, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        if stop - first > 1:
            name = "run" if stop - first >= SHORTEST_RUN else "couplet"
            yield f"{title} {name}", first, stop - 1, stop - first
    single = starts[stops - starts == 1]
    for distance, name in _RHYTHMS.items():
        for first, count in _returning(single, distance, normal & ~unknown, unknown):
            yield f"{title} {name}", first, first + distance * (count - 1), count


def _unbroken(
    ectopic: npt.NDArray[np.bool_], unknown: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return start and stop of every stretch of ectopic beats, parted where an interval is unknown."""
    starts, stops = runs(ectopic)
    breaks = np.flatnonzero(ectopic & unknown & np.append(False, ectopic[:-1]))
    return np.sort(np.concatenate([starts, breaks])), np.sort(np.concatenate([stops, breaks]))


def _returning(
    single: npt.NDArray[np.int64],
    distance: int,
    normal: npt.NDArray[np.bool_],
    unknown: npt.NDArray[np.bool_],
) -> Iterator[tuple[int, int]]:
    """Yield first beat and number of single ectopic beats that return every ``distance`` beats."""
    linked = np.diff(single) == distance
    for step in range(1, distance):
        linked &= normal[single[:-1] + step]
    linked &= ~unknown[single[1:]]
    for start, stop in zip(*runs(linked), strict=True):
        if stop - start + 1 >= CYCLES:
            yield int(single[start]), int(stop - start + 1)
