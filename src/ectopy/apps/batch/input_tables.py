"""Lists and tables of recordings: text, WFDB RECORDS, CSV and parquet with columns that are carried along."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ectopy.apps.batch.files import is_remote, open_file, read_text
from ectopy.errors import ParameterError, reason_of, require_extra

PATH_COLUMN: Final = "path"
"""Column of a table that holds the paths, unless another one is named."""

_TEXT: Final = {".csv": ",", ".tsv": "\t"}
_PARQUET: Final = (".parquet", ".pq")


@dataclass(frozen=True)
class Listed:
    """A line of a list: a path, and what else stands there."""

    path: str
    carried: Mapping[str, Any] = field(default_factory=dict)


def listed_records(location: str) -> list[Listed]:
    """Return the paths in a text, one a line; they count from its folder.

    Raises
    ------
    ParameterError
        If it cannot be read, or names nothing.
    """
    lines = (line.strip() for line in read_text(location).splitlines())
    found = [Listed(_beside(location, line)) for line in lines if line and not line.startswith("#")]
    if not found:
        raise ParameterError(f"{location}: the list names no recording; give one a line")
    return found


def path_table(location: str, path_column: str) -> list[Listed] | None:
    """Return the rows of a table of paths; None where a file is none.

    A parquet file is one, and a CSV or TSV file that has the column; a CSV file without is a recording,
    unless the column was asked for by name.

    Raises
    ------
    ParameterError
        If it cannot be read, or the column is missing.
    """
    suffix = PurePosixPath(location).suffix.casefold()
    column = path_column or PATH_COLUMN
    if suffix in _PARQUET:
        return list(_rows(location, column, _parquet(location)))
    if suffix not in _TEXT or not (path_column or _has_column(location, _TEXT[suffix])):
        return None
    return list(_rows(location, column, _text(location, _TEXT[suffix])))


def _has_column(location: str, delimiter: str) -> bool:
    try:
        with open_file(location) as file:
            line = str(file.readline(1 << 16), "utf-8-sig", errors="replace")
    except OSError:
        return False
    return PATH_COLUMN in next(csv.reader([line], delimiter=delimiter), [])


def _rows(location: str, column: str, table: Any) -> Iterator[Listed]:
    names = list(table.column_names)
    if column not in names:
        raise ParameterError(
            f"{location}: no column {column!r} with paths, but {', '.join(names)}; name it with --path-column"
        )
    for row in table.to_pylist():
        path = row.pop(column)
        if path:
            yield Listed(_beside(location, str(path)), row)


def _parquet(location: str) -> Any:
    parquet = require_extra("pyarrow.parquet", "batch")
    return _read(location, parquet.read_table)


def _text(location: str, delimiter: str) -> Any:
    arrow_csv = require_extra("pyarrow.csv", "batch")
    options = arrow_csv.ParseOptions(delimiter=delimiter)
    return _read(location, lambda file: arrow_csv.read_csv(file, parse_options=options))


def _read(location: str, read: Any) -> Any:
    import pyarrow

    try:
        with open_file(location) as file:
            return read(pyarrow.PythonFile(file))
    except (OSError, pyarrow.ArrowException) as error:
        raise ParameterError(
            f"{location}: the table of paths cannot be read ({reason_of(error)}); check it"
        ) from error


def _beside(location: str, path: str) -> str:
    """Return a path that counts from the folder of a list."""
    if is_remote(path) or Path(path).is_absolute():
        return path
    folder, slash, _ = location.rpartition("/")
    return f"{folder}{slash}{path}".removeprefix("./")
