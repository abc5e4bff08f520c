"""How a table of text is laid out: its separator, its header, and what each column holds."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Final

from ectopy.errors import RecordError
from ectopy.io.preamble import Preamble, is_harvested, read_preamble
from ectopy.io.units import is_counts, millivolts

HEAD: Final = 1 << 18
"""Characters of a table that are looked at to find its layout."""

_SEPARATORS: Final = ("\t", ";", ",", "|", " ")
BLANKS: Final = " "
"""As a separator: any number of blanks."""

_BODY_LINES: Final = 60
_MOST_COLUMNS: Final = 4096
_LONGEST_CELL: Final = 200
_LONGEST_HEADER: Final = 100_000
NO_NUMBER: Final = frozenset(
    {"", "-", "--", "nan", "-nan", "na", "n/a", "#n/a", "n.a.", "null", "none", "missing", "?", "*", "nil"}
    | {"inf", "-inf", "infinity", "-infinity"}
)
"""Cells, in small letters, that stand for a missing sample."""

_NUMBER: Final = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d{1,3})?")
_DECIMAL_COMMA: Final = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d{1,3})?")
_CLOCK: Final = re.compile(
    r"'?\[?(\d{4}[-/]\d\d?[-/]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4})?[T ]?\d{1,3}:\d\d(:\d\d)?([.,:]\d+)?"
    r"\s?([AaPp]\.?[Mm]\.?|Z|UTC|[-+]\d\d:?\d\d)?\]?'?"
)
_PAIR: Final = re.compile(r"[-+]?\d*,\d+")
_NAME_AND_UNIT: Final = re.compile(
    r"(?P<name>.*?)\s*[(\[](?P<unit>[^()\[\]]{1,20})[)\]]|(?P<bare>.*?)[ _](?P<tail>[munµμ]?V)"
)
_INDEX_WORDS: Final = frozenset({"hh:mm:ss.mmm", "hh:mm:ss", "mm:ss", "no_units", "no units"})


class Content(Enum):
    """What the cells of a column are."""

    NUMBER = "numbers"
    CLOCK = "times"
    TEXT = "text"


@dataclass(frozen=True)
class CsvColumn:
    """A column of a table; ``name`` is empty and ``unit`` None where the table does not say."""

    name: str
    unit: str | None
    content: Content = Content.NUMBER


@dataclass(frozen=True)
class CsvLayout:
    """How a table of text is laid out.

    Parameters
    ----------
    separator, quote, decimal : str
        How cells and numbers are written; the separator is `BLANKS` for any number of blanks.
    n_header : int
        Lines before the first sample.
    columns : tuple of CsvColumn
        What each column is called, and holds.
    preamble : Preamble
        What the lines before the table say.
    """

    separator: str
    quote: str
    decimal: str
    n_header: int
    columns: tuple[CsvColumn, ...]
    preamble: Preamble


def look_at(path: Path, head: str) -> CsvLayout:
    """Find out how a table of text is laid out.

    Parameters
    ----------
    path : Path
        The file, to be named in errors.
    head : str
        Its first lines, whole.

    Returns
    -------
    CsvLayout

    Raises
    ------
    RecordError
        If there is no row of samples, or more columns than names.
    """
    lines = head.split("\n")
    if not head.strip():
        raise RecordError(f"{path}: the file is empty; give a table with a row for each sample")
    n_first = 1 if re.fullmatch(r"\"?sep=.\"?", lines[0].strip(), re.IGNORECASE) else 0
    forced = lines[0].strip().strip('"')[4] if n_first else None
    filled = [line for line in lines[n_first:] if line.strip() and line.strip()[0] not in "#%"]
    body = filled[-_BODY_LINES:]
    if not body:
        raise RecordError(f"{path}: the table holds no sample; give one with a row for each")
    quote = "'" if any(line.lstrip().startswith("'") for line in filled[:3]) else '"'
    separator = forced or _separator(body, quote, filled)
    rows = [cells_of(line, separator, quote) for line in body]
    contents = _contents(rows)
    if len(contents) > _MOST_COLUMNS:
        raise RecordError(f"{path}: {len(contents)} columns are no recording; give a row for each sample")
    first = _first_row(lines, n_first, separator, quote, contents)
    if first is None or Content.NUMBER not in contents:
        raise RecordError(f"{path}: the table holds no sample; give one with a row for each")
    above = [line for line in lines[n_first:first] if line.strip()]
    has_trailing = all(len(row) < len(contents) or not row[-1] for row in rows)
    header, preamble = _described(above, len(contents) - has_trailing)
    if not header.names:
        header = _header(above, separator, quote, len(contents))
        narrow = _header(above, separator, quote, len(contents) - 1) if has_trailing else header
        header = narrow if narrow.names or not header.names else header
        preamble = read_preamble(above[: len(above) - header.n_lines])
    if has_trailing and len(header.names) in (0, len(contents) - 1):
        contents = contents[:-1]
    if header.names and len(header.names) < len(contents):
        cells = f"{len(contents)} cells in a row under {len(header.names)} names"
        raise RecordError(f"{path}: {cells}; name each column")
    return CsvLayout(
        separator=separator,
        quote=quote,
        decimal="," if any(_DECIMAL_COMMA.fullmatch(cell) for row in rows for cell in row) else ".",
        n_header=first,
        columns=_columns(header, contents),
        preamble=preamble,
    )


@dataclass(frozen=True)
class _Header:
    """Names and units of columns, and how many lines they take; no names where the table has none."""

    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    n_lines: int = 0


def _described(above: Sequence[str], width: int) -> tuple[_Header, Preamble]:
    """Return the names of columns that the lines before a table describe elsewhere than in its first row."""
    preamble = read_preamble(above)
    if len(preamble.columns) != width:
        return _Header(), preamble
    return _Header(preamble.columns, ("",) * width), preamble


def _columns(header: _Header, contents: Sequence[Content]) -> tuple[CsvColumn, ...]:
    if not header.names:
        return tuple(CsvColumn("", None, content) for content in contents)
    named = zip(header.names, header.units, contents, strict=True)
    return tuple(replace(_column(name, unit), content=content) for name, unit, content in named)


def cells_of(line: str, separator: str, quote: str) -> list[str]:
    """Cut a line into its cells."""
    if separator == BLANKS:
        return [cell.strip(quote) for cell in line.split()]
    if quote not in line:
        return [cell.strip() for cell in line.split(separator)]
    try:
        rows = list(csv.reader([line], delimiter=separator, quotechar=quote, skipinitialspace=True))
    except csv.Error:
        rows = []
    return [cell.strip() for cell in rows[0]] if rows else []


def _separator(body: Sequence[str], quote: str, filled: Sequence[str]) -> str:
    """Return the separator that cuts most lines into equally many cells that are numbers."""
    scores = {mark: _score(body, mark, quote) for mark in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda mark: scores[mark])
    if best == "," and scores[","][1] == 2 and _is_one_column(body, filled):
        return ";"
    return best if scores[best][1] > 1 else ("," if not any(map(_DECIMAL_COMMA.fullmatch, body)) else ";")


def _score(body: Sequence[str], separator: str, quote: str) -> tuple[float, int]:
    rows = [cells_of(line, separator, quote) for line in body]
    rows = [row[:-1] if row and not row[-1] else row for row in rows]
    counts = Counter(map(len, rows))
    width, n = max(counts.items(), key=lambda item: (item[1], item[0]))
    if not width:
        return 0.0, 0
    alike = [row for row in rows if len(row) == width]
    good = sum(_says_something(cell) for row in alike for cell in row)
    share = good / (width * len(alike))
    wide = 0.001 if width > 1 else 0.0
    return round(n / len(rows) * share + wide, 3), width


def _is_one_column(body: Sequence[str], filled: Sequence[str]) -> bool:
    """Tell whether pairs of whole numbers are numbers with decimal commas."""
    pairs = [line.strip().split(",") for line in body]
    if not all(map(_PAIR.fullmatch, (line.strip() for line in body))):
        return False
    header = [line for line in filled[:5] if not is_number(line.replace(",", "."))]
    named = any(line.count(",") == 1 and not is_harvested(line) and ":" not in line for line in header[-1:])
    widths = {len(pair[1]) for pair in pairs}
    zeros = any(pair[1].startswith("0") and len(pair[1]) > 1 for pair in pairs)
    minus_zero = any(pair[0] in {"-0", "-", "+0"} for pair in pairs)
    return not named and (minus_zero or zeros or (len(widths) == 1 and max(widths) > 1))


def _contents(rows: Sequence[Sequence[str]]) -> tuple[Content, ...]:
    """Say what each column holds, by most of the last rows."""
    rows = [row for row in rows if any(map(_says_number, row))] or list(rows)
    counts = Counter(map(len, rows))
    width = max(counts, key=lambda count: (counts[count], -count))
    alike = [row for row in rows if len(row) == width]
    return tuple(_content([row[i] for row in alike]) for i in range(width))


def _says_number(cell: str) -> bool:
    return is_number(cell) or _CLOCK.fullmatch(cell) is not None


def _content(cells: Sequence[str]) -> Content:
    present = [cell for cell in cells if not is_missing(cell)]
    numbers = sum(map(is_number, present))
    if 2 * numbers >= len(present):
        return Content.NUMBER
    clocks = sum(_CLOCK.fullmatch(cell) is not None for cell in present)
    return Content.CLOCK if 2 * clocks > len(present) else Content.TEXT


def _first_row(
    lines: Sequence[str], start: int, separator: str, quote: str, contents: Sequence[Content]
) -> int | None:
    """Return the first line that is a row of the table."""
    for i in range(start, len(lines)):
        is_comment = lines[i].strip()[:1] in {"", "#", "%"}
        if not is_comment and _is_row(cells_of(lines[i], separator, quote), contents):
            return i
    return None


def _is_row(cells: Sequence[str], contents: Sequence[Content]) -> bool:
    """Tell whether cells are of the kind of their columns, as names and the lines of a preamble are not."""
    least = len(contents) - (1 if len(contents) > 2 else 0)
    if not least <= len(cells) <= len(contents) + 1:
        return False
    pairs = list(zip(cells, contents, strict=False))
    numbers = [cell for cell, content in pairs if content is Content.NUMBER]
    clocks = [cell for cell, content in pairs if content is Content.CLOCK]
    if clocks and not any(character.isdigit() for cell in clocks for character in cell):
        return False
    fine = sum(is_number(cell) or is_missing(cell) for cell in numbers)
    some = any(map(is_number, numbers))
    return (2 * fine > len(numbers) and some) or (bool(clocks) and fine == len(numbers))


def _header(lines: Sequence[str], separator: str, quote: str, width: int) -> _Header:
    """Find the names of so many columns, and their units, above the first row."""
    above = [line.strip().lstrip("#%/ ")[:_LONGEST_HEADER] for line in lines if line.strip()][-2:]
    rows = [[] if is_harvested(line) else _fitted(cells_of(line, separator, quote), width) for line in above]
    if not rows or not rows[-1]:
        names = _otherwise_apart(above[-1:], separator, width)
        return _Header(tuple(names), ("",) * width, 1) if names else _Header()
    if len(rows) == 2 and rows[0] and _are_units(rows[1]) and len(rows[0]) == len(rows[1]):
        return _Header(tuple(rows[0]), tuple(rows[1]), 2)
    return _Header(tuple(rows[-1]), ("",) * len(rows[-1]), 1)


def _otherwise_apart(above: Sequence[str], separator: str, width: int) -> list[str]:
    """Take names that are separated otherwise than the numbers are."""
    for line in above:
        for other in ("\t", ",", ";"):
            cells = [cell.strip(" \"'") for cell in line.split(other)]
            if other != separator and len(cells) == width > 1 and not is_harvested(line):
                return cells
    return []


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """Return the cells if they can name as many columns; a column of row numbers often has no name."""
    cells = list(cells)
    while len(cells) > width and not cells[-1]:
        cells.pop()
    if len(cells) == width - 1 and width > 2:
        return ["", *cells]
    if len(cells) != width and not (len(cells) == 1 and width == 2):
        return []
    return [] if any(is_number(cell) for cell in cells) and len(cells) == 1 else cells


def _are_units(cells: Sequence[str]) -> bool:
    return any(_is_unit(cell.strip("()[] ")) or cell.casefold() in _INDEX_WORDS for cell in cells)


def _column(name: str, unit: str) -> CsvColumn:
    """Take the unit from the second line, from brackets after the name, or from its end."""
    name, unit = name[:_LONGEST_CELL].strip(), unit[:_LONGEST_CELL].strip("()[] ")
    match = _NAME_AND_UNIT.fullmatch(name)
    if match and not unit:
        if match["unit"] is not None:
            return CsvColumn(match["name"].strip(), match["unit"].strip())
        return CsvColumn(match["bare"], match["tail"])
    return CsvColumn(name, unit or None)


def _is_unit(cell: str) -> bool:
    try:
        return bool(millivolts(cell)) or is_counts(cell)
    except RecordError:
        return False


def _says_something(cell: str) -> bool:
    return _says_number(cell) or is_missing(cell)


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, with a decimal point or a decimal comma."""
    return len(cell) < _LONGEST_CELL and _NUMBER.fullmatch(cell.strip()) is not None


def is_missing(cell: str) -> bool:
    """Tell whether a cell stands for a missing sample."""
    return cell.strip().casefold() in NO_NUMBER
