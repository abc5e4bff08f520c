"""A recording under review: its samples, its automatic analysis, and what its log of edits makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import RLock

from ectopy.analysis.digest import signal_digest
from ectopy.analysis.edits import EditLog, check_edit, edited, fingerprint
from ectopy.analysis.edits.kinds import Edit
from ectopy.analysis.leads import SelectedLeads
from ectopy.analysis.result import Analysis
from ectopy.apps.review.signal_windows import SignalWindows
from ectopy.apps.review.worklist import Place
from ectopy.errors import RecordError
from ectopy.io.atomic import draft
from ectopy.io.registry import open_source
from ectopy.record import Source


@dataclass(frozen=True, eq=False)
class State:
    """An analysis as its edits leave it, and how many entries of the log that takes in."""

    revision: int
    analysis: Analysis


class OpenRecording:
    """What the server keeps of a recording that is looked at; all of it can be read again from the disk.

    Parameters
    ----------
    place : Place
        Where it lies; there is a saved analysis.

    Raises
    ------
    AnalysisError, RecordError, EditError
        If the analysis, the recording or the log cannot be read, or they do not belong together.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        loaded = Analysis.load(place.analysis)
        self.source = _same_source(place, loaded)
        self.automatic = replace(loaded, record=self.source)
        self.log = EditLog(place.log, fingerprint(self.automatic))
        self.windows = SignalWindows(self.source, place.cache)
        self._lock = RLock()
        self._state: State | None = None
        self._page = (-1, "")

    @property
    def state(self) -> State:
        """The analysis after all entries, those of other programs included; with flat windows."""
        with self._lock:
            entries = self.log.entries()
            if self._state is None or self._state.revision != len(entries):
                self._state = State(len(entries), edited(self.automatic, entries, windows=False))
            return self._state

    def edit(self, edits: Sequence[Edit], author: str) -> None:
        """Append the edits of one action to the log, which is on the disk once this returns.

        Raises
        ------
        ParameterError
            If one is about a beat, sample or mark that is not there.
        """
        with self._lock:
            for edit in edits:
                check_edit(edit, self.automatic, self.log.entries())
            self.log.append_action(edits, author)

    def whole(self) -> Analysis:
        """Return the edited analysis with the windows of all its beats, for reports."""
        return edited(self.automatic, self.log)

    def page(self, render: Callable[[Analysis], str]) -> str:
        """Return the page that the edited analysis leads to, rendered once as long as nobody edits."""
        revision = self.state.revision
        if self._page[0] != revision:
            self._page = (revision, render(self.whole()))
        return self._page[1]


def _same_source(place: Place, analysis: Analysis) -> Source:
    """Return the recording, held to the digest of its samples where its files changed since that was done."""
    source: Source = open_source(place.recording)
    if source.leads != analysis.record.leads:
        source = SelectedLeads(source, analysis.record.leads)
    seen = read_seen(place)
    if seen is not None and (seen.identity, seen.digest) == (place.identity, analysis.digest):
        return source
    if source.n_samples != analysis.record.n_samples or signal_digest(source) != analysis.digest:
        raise RecordError(
            f"{place.recording} is not the recording that was analysed: its samples differ; bring it back, or"
            f" remove {place.folder} and analyse it again"
        )
    note_seen(place, analysis)
    return source


@dataclass(frozen=True)
class Seen:
    """What a list of recordings tells of one that was analysed, without opening it.

    ``identity`` is that of the files when their samples had the ``digest``.
    """

    identity: str
    digest: str
    duration: float
    n_beats: int
    patient: str


def note_seen(place: Place, analysis: Analysis) -> None:
    """Remember that the files of a recording, as they are now, hold the samples that were analysed."""
    record = analysis.record
    seen = Seen(place.identity, analysis.digest, record.duration, len(analysis.beats), record.patient)
    with draft(_seen_file(place)) as unfinished:
        unfinished.write_text(json.dumps(asdict(seen)), encoding="utf-8")


def read_seen(place: Place) -> Seen | None:
    """Return what `note_seen` wrote; None where it did not, or something else stands there."""
    try:
        return Seen(**json.loads(_seen_file(place).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _seen_file(place: Place) -> Path:
    return place.cache / "seen.json"
