"""The tables of a part as parquet files, whose bytes depend on nothing but their rows."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from ectopy.apps.batch.rows import Columns, Rows
from ectopy.apps.batch.schema import arrow_schema, columns
from ectopy.errors import require_extra

_ROWS: Final = 200_000
"""Rows that are held back, in whole recordings, before they are written: two days of beats."""


class TableWriter:
    """Writes the tables of a part, a recording after the other.

    Parameters
    ----------
    classes : tuple of str
        What the classifier tells apart.
    carried : mapping
        Name → Arrow type of columns of ``recordings`` that come from the input.
    """

    def __init__(self, classes: tuple[str, ...], carried: Mapping[str, str]) -> None:
        require_extra("pyarrow.parquet", "batch")
        self.tables: tuple[str, ...] = tuple(columns(classes))
        self.n_beats = 0
        self._schemas = {
            name: arrow_schema(table, carried if name == "recordings" else None)
            for name, table in columns(classes).items()
        }
        self._waiting: dict[str, list[tuple[str, Columns]]] = {"beats": [], "events": [], "episodes": []}
        self._n_waiting = dict.fromkeys(self._waiting, 0)
        self._rows: dict[str, list[dict[str, Any]]] = {"recordings": [], "errors": []}
        self._files: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        """Give up files that were not ended; Arrow would try it once more, and print that it failed again."""
        for file in self._files.values():
            with suppress(OSError):
                file.close()

    def open(self, files: Mapping[str, Path]) -> Mapping[str, Path]:
        """Begin a file for each table."""
        import pyarrow.parquet as pq

        self._files = {
            name: pq.ParquetWriter(path, self._schemas[name], compression="zstd", version="2.6")
            for name, path in files.items()
        }
        return files

    def add(self, recording: str, rows: Rows, page: str | None) -> None:
        """Add a recording."""
        self._rows["recordings"].append({"recording": recording, **rows.recording, "page": page})
        self.n_beats += len(rows.beats["sample"])
        for table, found in (("beats", rows.beats), ("events", rows.events), ("episodes", rows.episodes)):
            if length := _length(found):
                self._waiting[table].append((recording, found))
                self._n_waiting[table] += length
                if self._n_waiting[table] >= _ROWS:
                    self._write_columns(table)

    def add_error(self, row: dict[str, Any]) -> None:
        """Add a recording that could not be analysed."""
        self._rows["errors"].append(row)

    def close(self) -> None:
        """Write what is left, and end the files."""
        import pyarrow as pa

        for table, rows in self._rows.items():
            self._files[table].write_table(pa.Table.from_pylist(rows, schema=self._schemas[table]))
        for table in self._waiting:
            self._write_columns(table)
        for file in self._files.values():
            file.close()

    def _write_columns(self, table: str) -> None:
        import pyarrow as pa

        waiting, self._waiting[table] = self._waiting[table], []
        self._n_waiting[table] = 0
        if not waiting:
            return
        lengths = [_length(each) for _, each in waiting]
        names = pa.array([recording for recording, _ in waiting], pa.string())
        arrays = [names.take(pa.array(np.repeat(np.arange(len(waiting)), lengths)))]
        for field in list(self._schemas[table])[1:]:
            parts = [
                _array(found.get(field.name), length, field.type)
                for (_, found), length in zip(waiting, lengths, strict=True)
            ]
            arrays.append(pa.chunked_array(parts, field.type))
        self._files[table].write_table(pa.Table.from_arrays(arrays, schema=self._schemas[table]))


def _length(found: Columns) -> int:
    return len(next(iter(found.values())))


def _array(values: Any, length: int, kind: Any) -> Any:
    """Return a column as Arrow has it: NaN is null, and so is a column that is not there."""
    import pyarrow as pa

    if values is None:
        return pa.nulls(length, kind)
    return pa.array(values, kind, from_pandas=True)
