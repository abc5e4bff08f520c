"""The tables of a part."""

from __future__ import annotations

from pathlib import Path

import pytest

from ectopy.apps.batch.table_writer import TableWriter

pytest.importorskip("pyarrow")


def test_no_file_stays_open_where_writing_ended_early(tmp_path: Path) -> None:
    # Arrow would end it when it is collected, on a disk that is still full, and print that it failed
    writer = TableWriter(("N", "V"), {})
    files = {table: tmp_path / table for table in writer.tables}

    def write() -> None:
        with writer:
            writer.open(files)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert all(path.read_bytes().endswith(b"PAR1") for path in files.values())
