"""What tests look at in the output of a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ectopy.apps.batch.schema import TABLES


def contents(out: Path | str) -> dict[str, bytes]:
    """Return the bytes of every file of every table."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for table in TABLES
        for path in sorted(Path(out, table).glob("*"))
    }


def rows(out: Path | str, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table, by recording."""
    found = [
        row for path in sorted(Path(out, table).glob("*.parquet")) for row in pq.read_table(path).to_pylist()
    ]
    return sorted(found, key=lambda row: row["recording"])


def errors(out: Path | str) -> dict[str, str]:
    """Return the kind of error of each recording that could not be analysed, by the stem of its file."""
    return {Path(row["recording"]).stem: row["kind"] for row in rows(out, "errors")}
