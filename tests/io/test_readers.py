"""What every reader has to do, whatever the format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io.csv import read_csv, write_csv
from ectopy.io.npz import read_npz, write_npz
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_wfdb, write_wfdb
from ectopy.record import Record


@dataclass(frozen=True)
class Format:
    """How to write and read a format, and the file that holds its samples."""

    name: str
    write: Callable[[Record, Path], Path]
    read: Callable[[Path], Record]
    samples: str
    tolerance: float

    def path(self, folder: Path) -> Path:
        return folder / {"wfdb": "strip", "csv": "strip.csv", "npz": "strip.npz"}[self.name]


FORMATS = [
    Format("wfdb", write_wfdb, read_wfdb, "strip.dat", 0.0005),
    Format("csv", write_csv, read_csv, "strip.csv", 1e-7),
    Format("npz", write_npz, read_npz, "strip.npz", 0.0),
]


@pytest.fixture(params=FORMATS, ids=lambda fmt: fmt.name)
def fmt(request: pytest.FixtureRequest) -> Format:
    return request.param


@pytest.fixture(params=["read", "open_record"])
def read(request: pytest.FixtureRequest, fmt: Format) -> Callable[[Path], Record]:
    return fmt.read if request.param == "read" else open_record


def test_gives_back_what_was_written(fmt: Format, read: Callable, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    found = read(fmt.path(tmp_path))
    np.testing.assert_allclose(found.signal, record.signal, rtol=0, atol=fmt.tolerance, equal_nan=True)
    assert found.signal.dtype == np.float32
    assert (found.fs, found.leads, found.name) == (record.fs, record.leads, record.name)


@pytest.mark.parametrize("fs", [128.0, 257.0, 250.5, 999.56])
def test_keeps_the_sampling_frequency(fmt: Format, record: Record, tmp_path: Path, fs: float) -> None:
    fmt.write(replace(record, fs=fs), fmt.path(tmp_path))
    assert fmt.read(fmt.path(tmp_path)).fs == pytest.approx(fs, rel=1e-9)


def test_keeps_a_lead_that_is_missing_throughout(fmt: Format, record: Record, tmp_path: Path) -> None:
    dead = np.column_stack([record.signal[:, 0], np.full(record.n_samples, np.nan)])
    fmt.write(replace(record, signal=dead), fmt.path(tmp_path))
    assert np.isnan(fmt.read(fmt.path(tmp_path)).lead("V5")).all()


def test_one_sample_of_one_lead_is_a_recording(fmt: Format, tmp_path: Path) -> None:
    one = Record(np.array([[0.25]], dtype=np.float32), fs=250, leads=("II",), name="strip")
    fmt.write(one, fmt.path(tmp_path))
    found = open_record(fmt.path(tmp_path), fs=250)
    assert found.signal.tolist() == [[0.25]]


def test_missing_file_is_named(fmt: Format, read: Callable, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"strip.*check the path"):
        read(fmt.path(tmp_path))


def test_empty_file_is_an_error(fmt: Format, read: Callable, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    (tmp_path / fmt.samples).write_bytes(b"")
    with pytest.raises(RecordError, match=r"empty|cut short|not readable"):
        read(fmt.path(tmp_path))


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt.name != "csv"], indirect=True)
def test_truncated_file_is_an_error(fmt: Format, read: Callable, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    file = tmp_path / fmt.samples
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(RecordError, match=r"cut short|not readable"):
        read(fmt.path(tmp_path))


def test_failed_writing_leaves_nothing_behind(
    fmt: Format, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        fmt.write(record, fmt.path(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_errors_are_one_line(fmt: Format, tmp_path: Path) -> None:
    with pytest.raises(RecordError) as caught:
        fmt.read(fmt.path(tmp_path))
    assert "\n" not in str(caught.value)
