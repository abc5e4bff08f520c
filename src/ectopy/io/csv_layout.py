"""How a table of text is laid out: its separator, its header, and what each column holds."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ectopy.errors import RecordError
from ectopy.io.units import millivolts

_TIME_NAMES: Final = frozenset(
    {"time", "t", "elapsed time", "timestamp", "datetime", "seconds", "sec", "s", "ms", "us", "µs"}
)
_INDEX_NAMES: Final = frozenset({"", "index", "sample", "samples", "sample #", "sample index", "unnamed: 0"})
_SECONDS: Final = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6}
_NAME_AND_UNIT: Final = re.compile(r"(?P<name>.*?)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]")
_NO_NUMBER: Final = frozenset({"", "-", "nan", "na", "n/a", "null", "none"})
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d+,\d+")
_HEAD: Final = 1 << 16
"""Bytes of a file that are looked at to find its layout."""


@dataclass(frozen=True)
class CsvColumn:
    """A column of a table; ``name`` is empty and ``unit`` None where the table does not say."""

    name: str
    unit: str | None


@dataclass(frozen=True)
class CsvLayout:
    """How a table of text is laid out.

    Parameters
    ----------
    separator, quote, decimal, encoding : str
        How cells and numbers are written.
    n_header : int
        Lines before the first sample.
    columns : tuple of CsvColumn
        What each column is called.
    types : mapping of int to str
        NumPy type of every column, a nameless empty one after a trailing separator included.
    time : int or None
        Which column holds times.
    time_scale : float or None
        Seconds in a unit of the times; None where they are text, such as ``0:01.500``.
    channels : tuple of int
        Which columns hold samples.
    comments : tuple of str
        Which columns were left out because they hold text.
    """

    separator: str
    quote: str
    decimal: str
    encoding: str
    n_header: int
    columns: tuple[CsvColumn, ...]
    types: Mapping[int, str]
    time: int | None
    time_scale: float | None
    channels: tuple[int, ...]
    comments: tuple[str, ...]


def look_at(path: Path) -> CsvLayout:
    """Find out how a table of text is laid out.

    Parameters
    ----------
    path : Path
        The file; only its head is read.

    Returns
    -------
    CsvLayout

    Raises
    ------
    RecordError
        If the file is missing or empty, holds no row of samples or no lead, or a unit is unknown.
    """
    text, encoding = _head(path)
    lines = text.splitlines()
    body = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    separator = next((mark for mark in "\t;" if mark in "".join(lines[body : body + 1])), ",")
    quote = "'" if "".join(lines[body : body + 1]).startswith("'") else '"'
    reader = csv.reader(lines[body:], delimiter=separator, quotechar=quote, skipinitialspace=True)
    rows = [(body + reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row)]
    n_names = _count_names([row for _, row in rows[:2]])
    if len(rows) <= n_names:
        raise RecordError(f"{path}: the table holds no sample; give one with a row for each")
    first = rows[n_names][1]
    columns = _columns([row for _, row in rows[:n_names]], first)
    if len(columns) < len(first) and any(first[len(columns) :]):
        raise RecordError(f"{path}: {len(first)} cells in a row under {len(columns)} names; name each column")
    time = next((i for i, column in enumerate(columns) if _is_time(column)), None)
    has_comma = separator != "," and any(_DECIMAL_COMMA.fullmatch(cell) for _, row in rows for cell in row)
    channels, comments = _channels(path, columns, first)
    return CsvLayout(
        separator=separator,
        quote=quote,
        decimal="," if has_comma else ".",
        encoding=encoding,
        n_header=rows[n_names - 1][0] if n_names else body,
        columns=columns,
        types=_types(first, len(columns), channels),
        time=time,
        time_scale=None if time is None else _time_scale(path, columns[time], first[time]),
        channels=channels,
        comments=comments,
    )


def first_text(path: Path, layout: CsvLayout) -> str | None:
    """Say where the first cell stands that holds text in place of a number; None if there is none.

    Parameters
    ----------
    path : Path
        The file.
    layout : CsvLayout
        As `look_at` found it.

    Returns
    -------
    str or None
        Line, column and cell.
    """
    with path.open(encoding=layout.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=layout.separator, quotechar=layout.quote, skipinitialspace=True)
        for row in reader:
            if reader.line_num <= layout.n_header:
                continue
            for place, cell in enumerate(row):
                is_text = layout.types.get(place) == "str"
                if not (is_text or _is_number(cell) or _is_missing(cell)):
                    name = dict(enumerate(column.name for column in layout.columns)).get(place) or place + 1
                    return f"{path}: line {reader.line_num}, column {name}: {cell.strip()!r} is no number"
    return None


def _head(path: Path) -> tuple[str, str]:
    """Return the first whole lines of a file, and how it is encoded."""
    try:
        with path.open("rb") as file:
            content = file.read(_HEAD)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if len(content) == _HEAD:
        content = content[: content.rfind(b"\n") + 1]
    if not content.strip():
        raise RecordError(f"{path}: the file is empty; give a table with a row for each sample")
    for encoding in ("utf-8-sig", "latin-1"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every byte")


def _count_names(rows: Sequence[Sequence[str]]) -> int:
    """Count the rows of names and units, which hold no number, at the top of a table."""
    if not rows or any(_is_number(cell) for cell in rows[0]) or all(_is_missing(cell) for cell in rows[0]):
        return 0
    has_units = len(rows) > 1 and any(_is_unit(cell) for cell in rows[1])
    return 2 if has_units else 1


def _columns(header: Sequence[Sequence[str]], first: Sequence[str]) -> tuple[CsvColumn, ...]:
    if not header:
        return tuple(CsvColumn("", None) for _ in first)
    units = header[1] if len(header) > 1 else []
    return tuple(_column(name, units[i] if i < len(units) else "") for i, name in enumerate(header[0]))


def _column(name: str, unit: str) -> CsvColumn:
    """Take the unit from the second line, or from brackets after the name."""
    match = _NAME_AND_UNIT.fullmatch(name)
    if match and not unit:
        name, unit = match["name"], match["unit"].strip()
    return CsvColumn(name, unit or None)


def _channels(
    path: Path, columns: Sequence[CsvColumn], first: Sequence[str]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Find the columns that hold samples, and what to say about those of other quantities that hold text."""
    has_names = any(column.name for column in columns)
    channels: list[int] = []
    comments = []
    for place, column in enumerate(columns):
        if _is_time(column) or (has_names and column.name.casefold().replace("_", " ") in _INDEX_NAMES):
            continue
        is_text = place < len(first) and not (_is_number(first[place]) or _is_missing(first[place]))
        if is_text and column.unit and not _is_unit(column.unit):
            comments.append(f"left out {column.name}: it holds text")
        else:
            channels.append(place)
    if not channels:
        names = ", ".join(column.name for column in columns)
        raise RecordError(f"{path}: none of the columns ({names}) is a lead; give one in mV")
    return tuple(channels), tuple(comments)


def _types(first: Sequence[str], n_columns: int, channels: Sequence[int]) -> dict[int, str]:
    cells = dict(enumerate(first))
    others = {
        i: "float64" if _is_number(cells.get(i, "")) else "str" for i in range(max(len(first), n_columns))
    }
    return others | dict.fromkeys(channels, "float32")


def _time_name(column: CsvColumn) -> tuple[str, str | None]:
    """Split ``time_ms`` and the like into name and unit."""
    name = column.name.casefold().replace("_", " ")
    head, _, tail = name.rpartition(" ")
    return (head, tail) if head and tail in _SECONDS else (name, column.unit)


def _is_time(column: CsvColumn) -> bool:
    return _time_name(column)[0] in _TIME_NAMES


def _time_scale(path: Path, column: CsvColumn, first: str) -> float | None:
    name, unit = _time_name(column)
    if not _is_number(first):
        return None
    unit = unit or (name if name in _SECONDS else "s")
    if unit.casefold() not in _SECONDS:
        raise RecordError(
            f"{path}: unit {unit!r} of column {column.name} is unknown; use one of: {', '.join(_SECONDS)}"
        )
    return _SECONDS[unit.casefold()]


def _is_unit(cell: str) -> bool:
    try:
        return bool(millivolts(cell))
    except RecordError:
        return False


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().replace(",", "."))
    except ValueError:
        return False
    return not _is_missing(cell)


def _is_missing(cell: str) -> bool:
    return cell.strip().casefold() in _NO_NUMBER
