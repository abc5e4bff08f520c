"""Which reader a file goes to is decided by what it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io.csv import write_csv
from ectopy.io.npz import write_npz
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record


@pytest.fixture
def plain() -> Record:
    return Record(np.full((500, 1), 0.25, np.float32), fs=250, leads=("II",))


@pytest.mark.parametrize("name", ["strip.csv", "strip.txt", "strip.hea", "strip"])
def test_a_table_by_any_name(name: str, plain: Record, tmp_path: Path) -> None:
    write_csv(plain, tmp_path / name)
    assert open_record(tmp_path / name).leads == ("II",)


@pytest.mark.parametrize("name", ["strip.npz", "strip.dat", "strip"])
def test_an_archive_by_any_name(name: str, plain: Record, tmp_path: Path) -> None:
    write_npz(plain, tmp_path / name)
    assert open_record(tmp_path / name).leads == ("II",)


@pytest.mark.parametrize("name", ["rec", "rec.hea", "rec.dat"])
def test_a_wfdb_record_by_any_of_its_files(name: str, plain: Record, tmp_path: Path) -> None:
    write_wfdb(plain, tmp_path / "rec")
    assert open_record(str(tmp_path / name)).name == "rec"


def test_a_table_beside_a_wfdb_record_of_its_name(plain: Record, tmp_path: Path) -> None:
    write_wfdb(plain, tmp_path / "rec")
    (tmp_path / "rec.csv").write_text("V1\n1\n")
    assert open_record(tmp_path / "rec.csv", fs=250).leads == ("V1",)


def test_tables_of_whole_numbers_are_no_headers(tmp_path: Path) -> None:
    (tmp_path / "strip.tsv").write_text("0\t1\t2\n3\t4\t5\n")
    assert open_record(tmp_path / "strip.tsv", fs=250).signal.shape == (2, 3)


def test_contradicting_sampling_frequency_is_an_error(plain: Record, tmp_path: Path) -> None:
    write_wfdb(plain, tmp_path / "rec")
    assert open_record(tmp_path / "rec", fs=250).fs == 250
    with pytest.raises(RecordError, match=r"rec\.hea: states 250 Hz and fs=360 was given; leave fs out"):
        open_record(tmp_path / "rec", fs=360)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("strip.csv", b"", "the file is empty"),
        ("strip.csv", b" \n\n", "the file is empty"),
        ("strip.hea", b"", "header is empty"),
        ("strip.xyz", b"\x00\x01\x02", "of no format that is read"),
        ("strip.txt", b"Dear doctor,\nplease see my 2 leads.\n", "of no format that is read"),
        ("strip.txt", b"rec 1 360 9\nrec.dat 16 200\n", "has to be called NAME.hea"),
        ("strip.hea", b"rec 0 360 9\n", "0 leads"),
        ("strip.npz", b"PK\x03\x04 and then nothing", "not readable as an NPZ archive"),
    ],
)
def test_other_content_says_what_it_is_not(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordError, match=message) as caught:
        open_record(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert str(tmp_path / name) in str(caught.value) or "record strip" in str(caught.value)


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is a folder; give one of the recordings in it"):
        open_record(tmp_path)
