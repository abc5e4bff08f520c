"""Which entries of a log have an effect, and what undo and redo would do next.

What a person does at once, such as giving several clusters a symbol, is one action of several entries. Undo
and redo name one of them, and mean all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ectopy.analysis.edits.kinds import MarkSpan, Redo, Sign, Undo, UnmarkSpan
from ectopy.analysis.edits.wire import Entry

ANALYSED: Final = "analysed"
IN_REVIEW: Final = "in review"
SIGNED: Final = "signed"


def effective(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the edits that were not undone, or redone since, in the order in which they were first made."""
    edits: dict[int, Entry] = {}
    undone: set[int] = set()
    for entry in entries:
        if isinstance(entry.edit, Undo):
            undone.add(_action(edits, entry.edit))
        elif isinstance(entry.edit, Redo):
            undone.discard(_action(edits, entry.edit))
        else:
            edits[entry.sequence] = entry
    return tuple(entry for entry in edits.values() if entry.action not in undone)


def _action(edits: Mapping[int, Entry], edit: Undo | Redo) -> int:
    """Return the number of the action that is undone or redone."""
    return edits[edit.entry].action if edit.entry in edits else edit.entry


def next_undo(entries: Sequence[Entry], author: str) -> int | None:
    """Return the number of the last effective action of an author; None where there is none."""
    own = [entry.action for entry in effective(entries) if entry.author == author]
    return own[-1] if own else None


def next_redo(entries: Sequence[Entry], author: str) -> int | None:
    """Return what the author undid last and did not redo; None where there is nothing, or an edit since."""
    edits = {entry.sequence: entry for entry in entries}
    taken_back: list[int] = []
    for entry in entries:
        edit = entry.edit
        if isinstance(edit, Redo) and _action(edits, edit) in taken_back:
            taken_back.remove(_action(edits, edit))
        elif entry.author == author and isinstance(edit, Undo):
            taken_back.append(_action(edits, edit))
        elif entry.author == author and not isinstance(edit, Redo):
            taken_back.clear()
    return taken_back[-1] if taken_back else None


def is_undone(entries: Iterable[Entry], sequence: int) -> bool | None:
    """Say whether the edit of an entry is undone; None where there is no such edit."""
    known = list(entries)
    if not any(each.sequence == sequence and not isinstance(each.edit, (Undo, Redo)) for each in known):
        return None
    return all(each.sequence != sequence for each in effective(known))


def standing_marks(edits: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the entries of effective edits that mark a span and were not taken back."""
    gone = {entry.edit.mark for entry in edits if isinstance(entry.edit, UnmarkSpan)}
    return tuple(entry for entry in edits if isinstance(entry.edit, MarkSpan) and entry.sequence not in gone)


def review_state(edits: Sequence[Entry]) -> str:
    """Return ``analysed`` without an effective edit, ``signed`` if a signature is the last, ``in review``."""
    if not edits:
        return ANALYSED
    return SIGNED if isinstance(edits[-1].edit, Sign) else IN_REVIEW
