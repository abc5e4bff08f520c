"""What a reviewer made of an analysis, beside what the models said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.episodes import Episode
from ectopy.rhythm.events import Event


@dataclass(frozen=True, eq=False)
class Review:
    """What a reviewer made of an analysis.

    Parameters
    ----------
    labels : ndarray of str, shape (n_beats,)
        WFDB symbol that a reviewer gave each beat; empty where none did.
    ids : ndarray of int64, shape (n_beats,)
        What edits call each beat: its index in the automatic analysis, or a number from 1,000,000,000 on
        where it was added.
    n_edits : int
        Edits that have an effect, signatures left out.
    reviewers : tuple of str
        Who made them, in the order in which they began.
    last : datetime or None
        Time of the last one, in UTC.
    state : str
        ``in review`` or ``signed``.
    signed_by : str
        Who signed; empty where nobody did, or it was edited since.
    conclusion : str
        Text in place of the automatic conclusion; empty where it stands.
    confirmed, rejected : tuple of str
        Keys of the events and episodes that were.
    pauses : tuple of Event
        Pauses that a reviewer marked.
    """

    labels: npt.NDArray[np.str_]
    ids: npt.NDArray[np.int64]
    n_edits: int
    reviewers: tuple[str, ...]
    last: datetime | None
    state: str
    signed_by: str = ""
    conclusion: str = ""
    confirmed: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    pauses: tuple[Event, ...] = ()

    def kept(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """Return events and marked pauses without those that were rejected."""
        found = list(events)
        paused = {(event.first, event.last) for event in found if event.kind == "pause"}
        found += [event for event in self.pauses if (event.first, event.last) not in paused]
        return tuple(event for event in found if event_key(event, self.ids) not in self.rejected)


def event_key(event: Event, ids: npt.NDArray[np.int64] | None = None) -> str:
    """Return what edits call an event: its kind, and the ids of its first and last beat.

    Parameters
    ----------
    event : Event
        Of an analysis.
    ids : ndarray of int64, optional
        `Review.ids` of that analysis, where it was edited.

    Examples
    --------
    >>> event_key(Event("ventricular run", 5, 7, 4.0, 5.0, 3))
    'ventricular run:5:7'
    """
    first, last = (event.first, event.last) if ids is None else (ids[event.first], ids[event.last])
    return f"{event.kind}:{first}:{last}"


def episode_key(episode: Episode) -> str:
    """Return what edits call an episode: its kind, its first sample and the one after its last.

    Examples
    --------
    >>> episode_key(Episode("atrial fibrillation", 500, 900))
    'atrial fibrillation@500-900'
    """
    return f"{episode.kind}@{episode.start}-{episode.stop}"
