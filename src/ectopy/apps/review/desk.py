"""What the server holds: the list of recordings, those that are open, the analyses that run."""

from __future__ import annotations

import getpass
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from ectopy.analysis.edits import SIGNED, EditLog, Sign
from ectopy.apps.review.analysing import Analyses
from ectopy.apps.review.opened import OpenRecording, read_seen
from ectopy.apps.review.proposals import Learning
from ectopy.apps.review.worklist import Place, Worklist
from ectopy.errors import EctopyError, ParameterError

KEPT: Final = 2
"""Recordings that are held open; an older one is read again when it is asked for."""


@dataclass(frozen=True)
class Options:
    """How a review is held.

    Parameters
    ----------
    show_names : bool
        Whether names of patients that files hold are shown.
    reviewer : str
        Who edits, unless the page was told another name.
    """

    show_names: bool = False
    reviewer: str = "reviewer"


def login_name() -> str:
    """Return what this machine calls its user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # nobody that the machine knows
        return Options.reviewer


class Desk:
    """The recordings under review.

    Parameters
    ----------
    worklist : Worklist
        All of them.
    options : Options
        What is shown of them.
    """

    def __init__(self, worklist: Worklist, options: Options) -> None:
        self.worklist, self.options = worklist, options
        self.analyses = Analyses(self._analysed)
        self.learning = Learning()
        self._open: OrderedDict[str, OpenRecording] = OrderedDict()
        self._logs: dict[str, EditLog] = {}
        self._lock = Lock()

    def close(self) -> None:
        """End the processes that work for the page; everything else is on the disk."""
        self.analyses.close()
        self.learning.close()

    def place(self, key: str) -> Place:
        """Return where a recording lies; errors as `Worklist.place`."""
        return self.worklist.place(key)

    def recording(self, key: str) -> OpenRecording:
        """Return an open recording.

        Raises
        ------
        ParameterError
            If there is none of that key, or it was not analysed yet.
        """
        place = self.place(key)
        with self._lock:
            if key not in self._open:
                if not place.analysis.is_file():
                    raise ParameterError(f"{place.title} was not analysed yet; analyse it first")
                self._open[key] = OpenRecording(place)
            self._open.move_to_end(key)
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            return self._open[key]

    def rows(self) -> list[dict[str, Any]]:
        """Return the list of recordings, as the page shows it."""
        return [self._row(place) for place in self.worklist.places.values()]

    def _row(self, place: Place) -> dict[str, Any]:
        row: dict[str, Any] = {"key": place.key, "title": place.title}
        progress = self.analyses.progress(place)
        if progress is not None:
            return row | {"state": progress.state, "share": progress.share, "message": progress.message}
        if not place.analysis.is_file():
            return row | {"state": "new"}
        seen = read_seen(place)
        if seen is not None:
            row |= {"duration": seen.duration, "beats": seen.n_beats}
            if self.options.show_names:
                row["patient"] = seen.patient
        return row | self._reviewed(place)

    def _reviewed(self, place: Place) -> dict[str, Any]:
        log = self._logs.setdefault(place.key, EditLog(place.log))
        try:
            edits = log.effective()
            state = log.state
        except EctopyError as error:
            return {"state": "failed", "message": str(error)}
        last = edits[-1].edit if edits else None
        signed_by = last.name if state == SIGNED and isinstance(last, Sign) else ""
        n_edits = sum(not isinstance(each.edit, Sign) for each in edits)
        return {"state": state, "edits": n_edits, "signed_by": signed_by}

    def _analysed(self, place: Place) -> None:
        with self._lock:
            self._open.pop(place.key, None)
