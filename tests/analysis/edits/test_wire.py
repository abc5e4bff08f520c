"""The form in which edits travel: stable, complete, and strict about what comes in."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ectopy.analysis.edits import (
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
    entry_from_json,
    entry_to_json,
    from_json,
    to_json,
)
from ectopy.analysis.edits.wire import EDIT_TYPES
from ectopy.errors import EctopyError

WIRE: list[tuple[Edit, dict[str, object]]] = [
    (Relabel((1, 2), "V"), {"type": "relabel", "beats": [1, 2], "symbol": "V"}),
    (RelabelCluster(3, "S"), {"type": "relabel_cluster", "cluster": 3, "symbol": "S"}),
    (AddBeat(500, "N"), {"type": "add_beat", "sample": 500, "symbol": "N"}),
    (DeleteBeats((7,)), {"type": "delete_beats", "beats": [7]}),
    (MoveBeat(7, 510), {"type": "move_beat", "beat": 7, "sample": 510}),
    (MarkSpan(0, 9, "artefact"), {"type": "mark_span", "start": 0, "stop": 9, "kind": "artefact"}),
    (UnmarkSpan(4), {"type": "unmark_span", "mark": 4}),
    (
        JudgeEvent("pause:3:4", "rejected"),
        {"type": "judge_event", "event": "pause:3:4", "verdict": "rejected"},
    ),
    (AssignCluster((5, 6), 12), {"type": "assign_cluster", "beats": [5, 6], "cluster": 12}),
    (EditConclusion("Sinus rhythm."), {"type": "edit_conclusion", "text": "Sinus rhythm."}),
    (Sign("Dr. Ada"), {"type": "sign", "name": "Dr. Ada"}),
    (Undo(2), {"type": "undo", "entry": 2}),
    (Redo(2), {"type": "redo", "entry": 2}),
]


@pytest.mark.parametrize(
    ("edit", "plain"), WIRE, ids=lambda value: getattr(value, "__class__", value).__name__
)
def test_every_edit_has_one_form_in_json(edit: Edit, plain: dict[str, object]) -> None:
    assert to_json(edit) == plain
    assert from_json(json.loads(json.dumps(plain))) == edit


def test_the_table_of_forms_is_complete() -> None:
    assert {type(edit) for edit, _ in WIRE} == set(EDIT_TYPES.values())


def test_beats_may_be_an_array() -> None:
    assert Relabel(np.array([3, 4]), "V") == Relabel((3, 4), "V")
    json.dumps(to_json(Relabel(np.array([3, 4]), "V")))


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"type": "reboot"},
        {"type": ["relabel"]},
        {"type": "relabel", "beats": [1]},
        {"type": "relabel", "beats": [1], "symbol": "V", "also": 1},
        {"type": "relabel", "beats": [], "symbol": "V"},
        {"type": "relabel", "beats": "12", "symbol": "V"},
        {"type": "relabel", "beats": [True], "symbol": "V"},
        {"type": "relabel", "beats": [-1], "symbol": "V"},
        {"type": "relabel", "beats": [1.5], "symbol": "V"},
        {"type": "relabel", "beats": [1 << 60], "symbol": "V"},
        {"type": "relabel", "beats": [1], "symbol": "+"},
        {"type": "relabel", "beats": [1], "symbol": ["V"]},
        {"type": "mark_span", "start": 9, "stop": 9, "kind": "artefact"},
        {"type": "mark_span", "start": 1, "stop": 9, "kind": "noise"},
        {"type": "judge_event", "event": "", "verdict": "open"},
        {"type": "judge_event", "event": "pause:1:2", "verdict": "maybe"},
        {"type": "edit_conclusion", "text": "x" * 20_001},
        {"type": "sign", "name": " "},
    ],
)
def test_what_is_no_edit_is_refused(plain: object) -> None:
    with pytest.raises(EctopyError):
        from_json(plain)


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": -1},
        {"time": "yesterday"},
        {"time": 5},
        {"author": ""},
        {"edit": 3},
        {"more": 1},
        {"action": 2},
        {"action": 0},
    ],
)
def test_what_is_no_entry_is_refused(change: dict[str, object]) -> None:
    plain = {
        "sequence": 1,
        "time": "2026-03-01T22:30:00.125Z",
        "author": "ada",
        "edit": {"type": "undo", "entry": 1},
    }
    assert entry_to_json(entry_from_json(plain)) == plain
    with pytest.raises(EctopyError):
        entry_from_json(plain | change)
