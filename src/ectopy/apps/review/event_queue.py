"""Events and episodes as a reviewer goes through them: the most urgent first, rejected ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.edits import CONFIRMED, OPEN, REJECTED, episode_key, event_key
from ectopy.analysis.result import Analysis
from ectopy.rhythm.conduction import BLOCKED, DISSOCIATED, SLOW
from ectopy.rhythm.episodes import (
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    BRADYCARDIA,
    TACHYCARDIA,
    VENTRICULAR_FIBRILLATION,
    VENTRICULAR_PACING,
)

URGENCY: Final = (
    VENTRICULAR_FIBRILLATION,
    "ventricular run",
    "pause",
    DISSOCIATED,
    BLOCKED,
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    "supraventricular run",
    VENTRICULAR_PACING,
    BRADYCARDIA,
    TACHYCARDIA,
    "ventricular couplet",
    "ventricular bigeminy",
    "ventricular trigeminy",
    SLOW,
    "supraventricular couplet",
    "supraventricular bigeminy",
    "supraventricular trigeminy",
)
"""Kinds of events and episodes in the order in which they are looked at."""

URGENT: Final = 6
"""So many of them are shown as urgent."""

MOST: Final = 2000
"""Rows that are sent; the others wait until these are judged or their kind is chosen."""


@dataclass(frozen=True)
class Row:
    """An event or episode in the queue.

    ``first`` and ``last`` are ids of beats, None for an episode; times are seconds; ``rate`` is per minute.
    """

    key: str
    kind: str
    start: float
    stop: float
    n: int
    rate: float | None
    first: int | None
    last: int | None
    verdict: str
    urgency: int


def queue(analysis: Analysis, ids: npt.NDArray[np.int64]) -> tuple[list[Row], list[dict[str, object]]]:
    """Return the rows, the most urgent first, and how many there are of each kind.

    Parameters
    ----------
    analysis : Analysis
        As edited.
    ids : ndarray of int64, shape (n_beats,)
        What edits call each beat.
    """
    confirmed = set(analysis.review.confirmed) if analysis.review else set()
    rows = [
        *_events(analysis, ids, confirmed),
        *_episodes(analysis, confirmed),
        *_rejected(analysis, ids),
    ]
    rows.sort(key=lambda row: (URGENCY.index(row.kind), -_gravity(row), row.start))
    counts = Counter(row.kind for row in rows)
    kinds: list[dict[str, object]] = [
        {"kind": kind, "count": counts[kind]} for kind in URGENCY if counts[kind]
    ]
    return rows[:MOST], kinds


def _gravity(row: Row) -> float:
    """Return how grave a row is among those of its kind: the length of a pause or episode, beats of a run."""
    return row.stop - row.start if row.n == 0 else row.n + (row.rate or 0) / 1000


def _urgency(kind: str) -> int:
    return 0 if URGENCY.index(kind) < URGENT else 1


def _events(analysis: Analysis, ids: npt.NDArray[np.int64], confirmed: set[str]) -> Iterator[Row]:
    for event in analysis.events:
        key = event_key(event, ids)
        yield Row(
            key=key,
            kind=event.kind,
            start=event.start,
            stop=event.stop,
            n=event.n_ectopic,
            rate=event.rate if event.n_ectopic > 1 else None,
            first=int(ids[event.first]),
            last=int(ids[event.last]),
            verdict=CONFIRMED if key in confirmed else OPEN,
            urgency=_urgency(event.kind),
        )


def _episodes(analysis: Analysis, confirmed: set[str]) -> Iterator[Row]:
    fs = analysis.record.fs
    for episode in analysis.episodes:
        key = episode_key(episode)
        verdict = CONFIRMED if key in confirmed else OPEN
        start, stop, urgency = episode.start / fs, episode.stop / fs, _urgency(episode.kind)
        yield Row(key, episode.kind, start, stop, 0, None, None, None, verdict, urgency)


def _rejected(analysis: Analysis, ids: npt.NDArray[np.int64]) -> Iterator[Row]:
    """Yield what was rejected, which the edited analysis has no more, so that it can be taken back."""
    if analysis.review is None:
        return
    times, fs = analysis.beats.samples / analysis.record.fs, analysis.record.fs
    order = np.argsort(ids)
    for key in analysis.review.rejected:
        kind, _, place = key.replace("@", ":").partition(":")
        if kind not in URGENCY:
            continue
        if "@" in key:
            start, stop = (int(each) / fs for each in place.split("-"))
            yield Row(key, kind, start, stop, 0, None, None, None, REJECTED, _urgency(kind))
            continue
        first, last = map(int, place.split(":"))
        at = order[np.searchsorted(ids, [first, last], sorter=order).clip(max=len(ids) - 1)]
        if ids[at].tolist() == [first, last]:
            start, stop = times[at].tolist()
            yield Row(key, kind, start, stop, 0, None, first, last, REJECTED, _urgency(kind))
