"""Edits and entries as JSON has them, in a log, between a page and its server, and back.

An edit is an object whose ``type`` is one of `EDIT_TYPES` and whose other members are its fields; an entry
has ``sequence``, ``time`` (ISO 8601, UTC), ``author`` and ``edit``, and ``action`` where it goes on an action
that an earlier entry began. Nothing else may stand in either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from ectopy.analysis.edits.kinds import (
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
    short_text,
    whole_number,
)
from ectopy.errors import ParameterError, unknown_option

EDIT_TYPES: Final[Mapping[str, type[Edit]]] = MappingProxyType(
    {
        "relabel": Relabel,
        "relabel_cluster": RelabelCluster,
        "add_beat": AddBeat,
        "delete_beats": DeleteBeats,
        "move_beat": MoveBeat,
        "mark_span": MarkSpan,
        "unmark_span": UnmarkSpan,
        "judge_event": JudgeEvent,
        "assign_cluster": AssignCluster,
        "edit_conclusion": EditConclusion,
        "sign": Sign,
        "undo": Undo,
        "redo": Redo,
    }
)
"""Type of an edit in JSON → its class."""

_NAMES: Final = {cls: name for name, cls in EDIT_TYPES.items()}


@dataclass(frozen=True)
class Entry:
    """An edit in a log.

    Parameters
    ----------
    sequence : int
        Its number in the log, from 1 on, without a gap.
    author : str
        Who made it.
    time : datetime
        When, in UTC.
    edit : Edit
        What was done.
    action : int
        Number of the first entry of the same action, which is undone as a whole; its own by default.
    """

    sequence: int
    author: str
    time: datetime
    edit: Edit
    action: int = 0

    def __post_init__(self) -> None:
        if not self.action:
            object.__setattr__(self, "action", self.sequence)


def to_json(edit: Edit) -> dict[str, Any]:
    """Return an edit as JSON has it.

    Examples
    --------
    >>> to_json(Relabel((3, 4), "V"))
    {'type': 'relabel', 'beats': [3, 4], 'symbol': 'V'}
    """
    members = {each.name: getattr(edit, each.name) for each in fields(edit)}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in members.items()}
    return {"type": _NAMES[type(edit)], **plain}


def from_json(plain: object) -> Edit:
    """Return the edit that an object of JSON stands for.

    Raises
    ------
    ParameterError
        If it is no object, its type is unknown, a member is missing, too many, or has a wrong value.

    Examples
    --------
    >>> from_json({"type": "add_beat", "sample": 4711, "symbol": "S"})
    AddBeat(sample=4711, symbol='S')
    """
    if not isinstance(plain, Mapping):
        raise ParameterError(f"an edit is no {type(plain).__name__}; give an object with a type")
    kind = plain.get("type")
    if not isinstance(kind, str) or kind not in EDIT_TYPES:
        raise unknown_option("type", kind, EDIT_TYPES)
    cls = EDIT_TYPES[kind]
    members = {name: value for name, value in plain.items() if name != "type"}
    _check_members(f"the edit {kind}", members, [each.name for each in fields(cls)])
    return cls(**members)


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON has it."""
    plain = {
        "sequence": entry.sequence,
        "time": entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "author": entry.author,
        "edit": to_json(entry.edit),
    }
    return plain if entry.action == entry.sequence else plain | {"action": entry.action}


def entry_from_json(plain: object) -> Entry:
    """Return the entry that an object of JSON stands for.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if not isinstance(plain, Mapping):
        raise ParameterError(f"an entry is no {type(plain).__name__}; give an object")
    rest = {name: value for name, value in plain.items() if name != "action"}
    _check_members("an entry", rest, ["sequence", "time", "author", "edit"])
    try:
        time = datetime.fromisoformat(plain["time"]).astimezone(UTC)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"time={plain['time']!r} is no time; give one as ISO 8601 has it") from error
    sequence = whole_number("sequence", plain["sequence"])
    action = whole_number("action", plain.get("action", sequence))
    if not 1 <= action <= sequence:
        raise ParameterError(f"action={action} of entry {sequence} is no earlier entry; give the first of it")
    return Entry(
        sequence=sequence,
        author=short_text("author", plain["author"]),
        time=time,
        edit=from_json(plain["edit"]),
        action=action,
    )


def _check_members(what: str, given: Mapping[str, Any], wanted: list[str]) -> None:
    if set(given) != set(wanted):
        raise ParameterError(
            f"{what} has the members {', '.join(map(str, given)) or 'none'}; give {', '.join(wanted)}"
        )
