"""Corrections of an analysis: an append-only log of small edits, and what it makes of the analysis.

An `EditLog` is a file beside the analysis; `edited` gives the analysis and its log as one `Analysis`, from
which every output is written without a network; `recount` gives the figures a page shows at once.
"""

from ectopy.analysis.edits.checks import check_edit
from ectopy.analysis.edits.counts import Counts, recount
from ectopy.analysis.edits.edited import edited, fingerprint
from ectopy.analysis.edits.history import ANALYSED, IN_REVIEW, SIGNED, effective, standing_marks
from ectopy.analysis.edits.kinds import (
    CONFIRMED,
    FIRST_ADDED,
    MARK_KINDS,
    OPEN,
    REJECTED,
    VERDICTS,
    AddBeat,
    AssignCluster,
    DeleteBeats,
    Edit,
    EditConclusion,
    JudgeEvent,
    MarkSpan,
    MoveBeat,
    Redo,
    Relabel,
    RelabelCluster,
    Sign,
    Undo,
    UnmarkSpan,
    added_beat,
)
from ectopy.analysis.edits.log import SUFFIX, EditLog
from ectopy.analysis.edits.wire import Entry, entry_from_json, entry_to_json, from_json, to_json
from ectopy.analysis.review import Review, episode_key, event_key

__all__ = [
    "ANALYSED",
    "CONFIRMED",
    "FIRST_ADDED",
    "IN_REVIEW",
    "MARK_KINDS",
    "OPEN",
    "REJECTED",
    "SIGNED",
    "SUFFIX",
    "VERDICTS",
    "AddBeat",
    "AssignCluster",
    "Counts",
    "DeleteBeats",
    "Edit",
    "EditConclusion",
    "EditLog",
    "Entry",
    "JudgeEvent",
    "MarkSpan",
    "MoveBeat",
    "Redo",
    "Relabel",
    "RelabelCluster",
    "Review",
    "Sign",
    "Undo",
    "UnmarkSpan",
    "added_beat",
    "check_edit",
    "edited",
    "effective",
    "entry_from_json",
    "entry_to_json",
    "episode_key",
    "event_key",
    "fingerprint",
    "from_json",
    "recount",
    "standing_marks",
    "to_json",
]
