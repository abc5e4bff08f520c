"""The tables of a batch: their columns, what these mean, and the version of it all."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, UnionType
from typing import TYPE_CHECKING, Any, Final

from ectopy.analysis.summary import Summary
from ectopy.errors import require_extra
from ectopy.rhythm.episodes import EPISODE_KINDS
from ectopy.rhythm.events import KINDS

if TYPE_CHECKING:
    import pyarrow

SCHEMA_VERSION: Final = "1.1"
"""A new column raises the minor number, any other change the major one."""

TABLES: Final = ("recordings", "beats", "events", "episodes", "errors")
"""Names of the tables, each a folder of the output."""

SHIPPED_CLASSES: Final = ("N", "S", "V", "F")

_LEFT_OUT: Final = frozenset({"disclaimer"})
"""The same for every recording: it is in the manifest of the run."""

_WORDS: Final = {
    "record": "name of the recording, as its file says it; not unique",
    "duration": "seconds",
    "fs": "sampling frequency in Hz",
    "leads": "leads that were analysed",
    "channels": "channels of the file, whether each is a lead, and why",
    "n_beats": "beats found",
    "n_judged": "beats that could be judged",
    "n_abnormal": "unusual beats",
    "abnormal_share": "of the judged beats",
    "abnormal_per_hour": "unusual beats an hour",
    "longest_ventricular_run": "beats",
    "n_differ": "beats on which detector and classifier differ",
    "mean_heart_rate": "beats per minute",
    "min_heart_rate": "beats per minute",
    "max_heart_rate": "beats per minute",
    "longest_rr": "seconds",
    "longest_rr_at": "seconds into the recording, of the beat that ends it",
    "usable_share": "of the recording, on at least one lead",
    "model": "name of the anomaly detector",
    "threshold": "anomaly scores above it are abnormal",
    "classifier": "name of the beat classifier",
    "warnings": "what a reader must know before trusting the figures",
}


@dataclass(frozen=True)
class Column:
    """A column: its name, its Arrow type by name, and what it means."""

    name: str
    type: str
    text: str


RECORDING: Final = Column(
    "recording", "string", "path or URI of the recording as it was found; the key of all tables"
)

ERRORS: Final = (
    RECORDING,
    Column(
        "kind",
        "string",
        "what went wrong: an error of ectopy by its name, or WorkerDied, TimeLimit, MemoryLimit",
    ),
    Column("message", "string", "in words, with the remedy"),
)

EVENTS: Final = (
    RECORDING,
    Column("kind", "string", "one of " + ", ".join(KINDS)),
    Column("start_s", "float64", "seconds into the recording of its first beat"),
    Column("stop_s", "float64", "… of its last beat"),
    Column("first_beat", "int64", "number of its first beat in the recording, counted from 0"),
    Column("last_beat", "int64", "… of its last beat"),
    Column("n_ectopic", "int64", "ectopic beats in it"),
    Column("beats_per_minute", "float64", "from its first to its last beat"),
)

EPISODES: Final = (
    RECORDING,
    Column("kind", "string", "one of " + ", ".join(EPISODE_KINDS)),
    Column("start_sample", "int64", "first sample"),
    Column("stop_sample", "int64", "the sample after its last"),
    Column("start_s", "float64", "seconds into the recording"),
    Column("stop_s", "float64", "seconds into the recording"),
)


def columns(classes: Sequence[str] = SHIPPED_CLASSES) -> Mapping[str, tuple[Column, ...]]:
    """Return the columns of every table.

    Parameters
    ----------
    classes : sequence of str
        What the classifier tells apart.
    """
    return _columns(tuple(classes))


@cache
def _columns(classes: tuple[str, ...]) -> Mapping[str, tuple[Column, ...]]:
    """Look up the types of all fields once, which takes longer than writing the rows of a part."""
    tables = {
        "recordings": _recordings(classes),
        "beats": _beats(classes),
        "events": EVENTS,
        "episodes": EPISODES,
        "errors": ERRORS,
    }
    return MappingProxyType(tables)


def arrow_schema(table: Sequence[Column], carried: Mapping[str, str] | None = None) -> pyarrow.Schema:
    """Return the Arrow schema of a table.

    Parameters
    ----------
    table : sequence of Column
        Its columns.
    carried : mapping, optional
        Name → Arrow type of columns that come from the input, after its own.
    """
    pa = require_extra("pyarrow", "batch")
    fields = [(column.name, _arrow_type(column.type)) for column in table]
    fields += [(name, _arrow_type(kind)) for name, kind in (carried or {}).items()]
    return pa.schema(fields, metadata={"ectopy.schema": SCHEMA_VERSION})


def summary_row(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary (as ``dataclasses.asdict`` gives it) as a row of ``recordings``.

    Examples
    --------
    >>> summary_row({"n_beats": 3, "events": {"pause": 1}, "episodes": {"tachycardia": {"count": 2}}})
    {'n_beats': 3, 'events_pause': 1, 'episodes_tachycardia_count': 2}
    """
    row: dict[str, Any] = {}
    for name, value in summary.items():
        if name not in _LEFT_OUT:
            row |= _flat(name, value)
    return row


def _flat(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= _flat(f"{name}_{_word(key)}", inner)
    return flat


def _word(key: str) -> str:
    return key.replace(" ", "_")


def _recordings(classes: Sequence[str]) -> tuple[Column, ...]:
    keys = {"classes": classes, "classes_per_hour": classes, "events": KINDS, "episodes": EPISODE_KINDS}
    hints = typing.get_type_hints(Summary)
    flat: list[Column] = []
    for each in dataclasses.fields(Summary):
        if each.name not in _LEFT_OUT:
            flat += _columns_of(each.name, hints[each.name], keys, _WORDS.get(each.name, ""))
    return (
        RECORDING,
        *flat,
        Column("n_bytes", "int64", "bytes of its files"),
        Column("signal_sha256", "string", "digest of rate, lead names and samples"),
        Column("page", "string", "its page in the output; null where none was asked for"),
    )


def _columns_of(name: str, hint: Any, keys: Mapping[str, Sequence[str]], text: str) -> list[Column]:
    if typing.get_origin(hint) is dict:
        inner = typing.get_args(hint)[1]
        found: list[Column] = []
        for key in keys[name]:
            found += _columns_of(f"{name}_{_word(key)}", inner, keys, f"{name.replace('_', ' ')}: {key}")
        return found
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        parts = [_columns_of(f"{name}_{each}", hints[each], keys, f"{text}, {each}") for each in hints]
        return [column for part in parts for column in part]
    return [Column(name, _type_name(hint), text or name.replace("_", " "))]


def _type_name(hint: Any) -> str:
    """Return the Arrow type, by name, of the type of a field."""
    if isinstance(hint, UnionType):  # X | None
        return _type_name(next(each for each in typing.get_args(hint) if each is not type(None)))
    if typing.get_origin(hint) is tuple:
        return f"list<{_type_name(typing.get_args(hint)[0])}>"
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return "struct<" + ", ".join(f"{name}: {_type_name(kind)}" for name, kind in hints.items()) + ">"
    return {str: "string", int: "int64", float: "float64", bool: "bool"}[hint]


def _arrow_type(name: str) -> Any:
    """Return an Arrow type by its name."""
    import pyarrow as pa

    if name.startswith("list<"):
        return pa.list_(_arrow_type(name[5:-1]))
    if name.startswith("struct<"):
        fields = (each.split(": ") for each in name[7:-1].split(", "))
        return pa.struct([(field, _arrow_type(kind)) for field, kind in fields])
    return pa.type_for_alias(name)


def _beats(classes: Sequence[str]) -> tuple[Column, ...]:
    return (
        RECORDING,
        Column("sample", "int64", "sample of the R peak"),
        Column("time_s", "float64", "seconds into the recording"),
        Column("symbol", "string", "WFDB symbol: the class; Q if called N but unusual; ? not judged"),
        Column("class", "string", "AAMI class; ? where not judged"),
        *(Column(f"p_{name}", "float32", f"probability of class {name}") for name in classes),
        Column("anomaly_score", "float32", "higher = more abnormal; null where not judged"),
        Column("threshold", "float64", "a score above it is abnormal"),
        Column("rr_s", "float32", "seconds since the beat before"),
        Column("quality", "string", "good, or what spoils the signal around the beat"),
        Column("lead", "string", "the lead it was judged on"),
        Column(
            "cluster",
            "int64",
            "beats of the same shape carry the same number, from 0 (on pages: from 1); −1 where not judged",
        ),
        Column("pr_ms", "float64", "PR interval; null where there is none, or waves were not delineated"),
        Column("qrs_ms", "float64", "QRS duration"),
        Column("qt_ms", "float64", "QT interval"),
        Column("n_p", "int64", "P waves since the T wave before"),
    )
