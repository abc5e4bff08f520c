"""Compressed files open like what they hold, and bombs do not go off."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io import compressed
from ectopy.io.csv import write_csv
from ectopy.io.registry import open_record, open_source
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record


@pytest.mark.parametrize(
    ("suffix", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_a_compressed_table(suffix: str, compress, record: Record, tmp_path: Path) -> None:
    content = compress(write_csv(record, tmp_path / "strip.csv").read_bytes())
    path = tmp_path / f"strip.csv{suffix}"
    path.write_bytes(content)
    found = open_record(path)
    assert (found.name, found.leads) == ("strip", record.leads)
    np.testing.assert_allclose(found.signal, record.signal, atol=1e-6)


def test_a_wfdb_record_in_an_archive_is_decoded_when_asked_for(record: Record, tmp_path: Path) -> None:
    write_wfdb(record, tmp_path / "strip")
    with zipfile.ZipFile(tmp_path / "strip.zip", "w", zipfile.ZIP_LZMA) as archive:
        for suffix in ("hea", "dat", "atr"):
            archive.write(tmp_path / f"strip.{suffix}", f"folder/strip.{suffix}")
    source = open_source(tmp_path / "strip.zip")
    np.testing.assert_allclose(source.read(200, 300), record.signal[200:300], atol=0.0006)
    assert source.annotations is not None


def test_an_archive_of_several_recordings_is_refused(record: Record, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "II\n1\n")
        archive.writestr("b.csv", "II\n1\n")
    with pytest.raises(RecordError, match=r"holds a\.csv, b\.csv; unpack it"):
        open_record(tmp_path / "two.zip", fs=250)


def test_an_archive_of_nothing_is_told(tmp_path: Path) -> None:
    zipfile.ZipFile(tmp_path / "none.zip", "w").close()
    with pytest.raises(RecordError, match="this holds nothing"):
        open_source(tmp_path / "none.zip")


def test_names_that_lead_out_of_the_folder_do_not(record: Record, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr("../../escaped.csv", "II\n1\n")
    assert open_record(tmp_path / "out.zip", fs=250).name == "escaped"
    assert not list(tmp_path.parent.glob("escaped*"))


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "_BOMB", (200, 1 << 20))
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"1\n" * (1 << 23)))
    with pytest.raises(RecordError, match="far more than a recording"):
        open_record(tmp_path / "bomb.csv.gz", fs=250)


@pytest.mark.parametrize(
    "content", [b"\x1f\x8b and nothing", b"BZh and nothing", b"\xfd7zXZ\x00", b"PK\x03\x04"]
)
def test_damage_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "strip.csv.gz").write_bytes(content)
    with pytest.raises(RecordError, match="cannot be decompressed"):
        open_record(tmp_path / "strip.csv.gz", fs=250)
