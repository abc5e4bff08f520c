"""What a reviewer can do to an analysis: small frozen values, each of which says one thing.

A beat is called by its *id*: its index in the automatic analysis, or, where a reviewer added it,
`added_beat` of the entry that did. Ids never change, whatever is added, moved or deleted.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from ectopy.errors import ParameterError, unknown_option
from ectopy.labels import BEAT_SYMBOLS
from ectopy.rhythm.episodes import ATRIAL_FIBRILLATION, ATRIAL_FLUTTER, VENTRICULAR_FIBRILLATION

ARTEFACT: Final = "artefact"
PAUSE: Final = "pause"

MARK_KINDS: Final = (ARTEFACT, ATRIAL_FIBRILLATION, ATRIAL_FLUTTER, VENTRICULAR_FIBRILLATION, PAUSE)
"""What a span can be marked as."""

CONFIRMED: Final = "confirmed"
REJECTED: Final = "rejected"
OPEN: Final = "open"

VERDICTS: Final = (CONFIRMED, REJECTED, OPEN)
"""What can be said of an event; `OPEN` takes back what was said."""

FIRST_ADDED: Final = 1_000_000_000
"""Ids of added beats begin here: more beats than thirty years of a heart, and a 32-bit integer still."""

LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 20_000
"""Characters of a name and of a conclusion at the most."""


def added_beat(sequence: int) -> int:
    """Return the id of the beat that the entry of a sequence number added.

    Examples
    --------
    >>> added_beat(7)
    1000000007
    """
    return FIRST_ADDED + sequence


class _Checked:
    """Checks each field when the edit is made: a name of a field means the same in every edit."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, each.name, _CHECKS[each.name](each.name, getattr(self, each.name)))


@dataclass(frozen=True)
class Relabel(_Checked):
    """Give beats a WFDB symbol; ``?`` for *cannot be judged*."""

    beats: tuple[int, ...]
    symbol: str


@dataclass(frozen=True)
class RelabelCluster(_Checked):
    """Give all beats that are in a morphology cluster at this point of the log a symbol."""

    cluster: int
    symbol: str


@dataclass(frozen=True)
class AddBeat(_Checked):
    """Add a beat whose R peak is at a sample of the recording."""

    sample: int
    symbol: str


@dataclass(frozen=True)
class DeleteBeats(_Checked):
    """Take beats away that are none."""

    beats: tuple[int, ...]


@dataclass(frozen=True)
class MoveBeat(_Checked):
    """Move the R peak of a beat to a sample of the recording."""

    beat: int
    sample: int


@dataclass(frozen=True)
class MarkSpan(_Checked):
    """Say what the samples from ``start`` to before ``stop`` are: one of `MARK_KINDS`.

    Beats inside artefact and ventricular fibrillation become ``?`` until they are given another symbol.
    """

    start: int
    stop: int
    kind: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.start < self.stop:
            raise ParameterError(
                f"start={self.start} is not before stop={self.stop}; a span holds one sample at the least"
            )


@dataclass(frozen=True)
class UnmarkSpan(_Checked):
    """Take back a mark, which is called by the sequence number of its entry."""

    mark: int


@dataclass(frozen=True)
class JudgeEvent(_Checked):
    """Say of an event or episode, called by its key, one of `VERDICTS`; rejected ones are not reported."""

    event: str
    verdict: str


@dataclass(frozen=True)
class AssignCluster(_Checked):
    """Move beats into a cluster: a new number splits, that of another cluster merges."""

    beats: tuple[int, ...]
    cluster: int


@dataclass(frozen=True)
class EditConclusion(_Checked):
    """Put a text in place of the conclusion of the report; an empty one brings the automatic one back."""

    text: str


@dataclass(frozen=True)
class Sign(_Checked):
    """Sign the analysis as it now stands; an edit after it opens it again."""

    name: str


@dataclass(frozen=True)
class Undo(_Checked):
    """Let the edit of an entry have no effect."""

    entry: int


@dataclass(frozen=True)
class Redo(_Checked):
    """Let the edit of an entry have its effect again."""

    entry: int


Edit = (
    Relabel
    | RelabelCluster
    | AddBeat
    | DeleteBeats
    | MoveBeat
    | MarkSpan
    | UnmarkSpan
    | JudgeEvent
    | AssignCluster
    | EditConclusion
    | Sign
    | Undo
    | Redo
)
"""Whatever can stand in a log."""


def whole_number(name: str, value: Any) -> int:
    """Return a number that is whole and not below 0.

    Raises
    ------
    ParameterError
        If it is none.
    """
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number < 1 << 53:  # what JavaScript can count exactly
        raise ParameterError(f"{name}={value!r} is no whole number from 0 on; give one")
    return number


def short_text(name: str, value: Any) -> str:
    """Return a text that is a name: neither empty nor longer than `LONGEST_NAME`.

    Raises
    ------
    ParameterError
        If it is none.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_NAME:
        raise ParameterError(f"{name}={value!r} is no text of 1 to {LONGEST_NAME} characters; give one")
    return value


def _beats(name: str, value: Any) -> tuple[int, ...]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise ParameterError(f"{name}={value!r} is no list of beats; give their ids")
    beats = tuple(whole_number(name, each) for each in value)
    if not beats:
        raise ParameterError(f"{name} is empty; give the id of a beat at the least")
    return beats


def _symbol(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in BEAT_SYMBOLS:
        raise unknown_option(name, value, sorted(BEAT_SYMBOLS))
    return str(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ParameterError(f"{name} is no text of up to {LONGEST_TEXT} characters; give one")
    return value


def _one_of(known: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if value not in known:
            raise unknown_option(name, value, known)
        return str(value)

    return check


_CHECKS: Final[Mapping[str, Callable[[str, Any], object]]] = MappingProxyType(
    {
        "beats": _beats,
        "symbol": _symbol,
        "event": short_text,
        "name": short_text,
        "text": _text,
        "kind": _one_of(MARK_KINDS),
        "verdict": _one_of(VERDICTS),
        **dict.fromkeys(("beat", "sample", "cluster", "start", "stop", "mark", "entry"), whole_number),
    }
)
"""What checks a field, by its name."""
