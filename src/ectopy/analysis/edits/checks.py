"""Whether an edit is about something that is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ectopy.analysis.edits.history import effective, standing_marks
from ectopy.analysis.edits.kinds import (
    AddBeat,
    AssignCluster,
    DeleteBeats,
    Edit,
    MarkSpan,
    MoveBeat,
    Relabel,
    UnmarkSpan,
    added_beat,
)
from ectopy.analysis.edits.wire import Entry
from ectopy.errors import ParameterError

if TYPE_CHECKING:
    from ectopy.analysis.result import Analysis


def check_edit(edit: Edit, analysis: Analysis, entries: Sequence[Entry]) -> None:
    """Refuse an edit about a beat, sample or mark that is not there.

    A log takes what it is given, and an edit about what is not there changes nothing; a program that takes
    edits from people asks this first.

    Parameters
    ----------
    edit : Edit
        Is to be made.
    analysis : Analysis
        The automatic one.
    entries : sequence of Entry
        All entries of the log.

    Raises
    ------
    ParameterError
        If there is no such beat, sample or mark.
    """
    n_samples = analysis.record.n_samples or 0
    match edit:
        case Relabel(beats, _) | DeleteBeats(beats) | AssignCluster(beats, _):
            _check_beats("beats", beats, analysis, entries)
        case MoveBeat(beat, sample):
            _check_beats("beat", (beat,), analysis, entries)
            _check_sample("sample", sample, n_samples)
        case AddBeat(sample, _):
            _check_sample("sample", sample, n_samples)
        case MarkSpan(_, stop, _):
            _check_sample("stop", stop - 1, n_samples)
        case UnmarkSpan(mark):
            if mark not in {entry.sequence for entry in standing_marks(effective(entries))}:
                raise ParameterError(f"mark={mark} is no mark that stands; give the sequence number of one")


def _check_beats(name: str, beats: Sequence[int], analysis: Analysis, entries: Sequence[Entry]) -> None:
    added = {added_beat(each.sequence) for each in entries if isinstance(each.edit, AddBeat)}
    n_beats = len(analysis.beats)
    unknown = [beat for beat in beats if beat >= n_beats and beat not in added]
    if unknown:
        raise ParameterError(
            f"{name}={unknown[0]} is no beat: the analysis has {n_beats}, and {len(added)} were added"
        )


def _check_sample(name: str, sample: int, n_samples: int) -> None:
    if sample >= n_samples:
        raise ParameterError(f"{name}={sample} lies outside the recording of {n_samples} samples")
