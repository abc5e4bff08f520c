"""What every reader has to do, whatever the format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io.csv import write_csv
from ectopy.io.npz import write_npz
from ectopy.io.registry import open_record, open_source
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record


@dataclass(frozen=True)
class Format:
    """How to write and read a format, and the file that holds its samples."""

    name: str
    write: Callable[[Record, Path], Path]
    samples: str
    tolerance: float

    def path(self, folder: Path) -> Path:
        return folder / {"wfdb": "strip", "csv": "strip.csv", "npz": "strip.npz"}[self.name]


FORMATS = [
    Format("wfdb", write_wfdb, "strip.dat", 0.0005),
    Format("csv", write_csv, "strip.csv", 1e-7),
    Format("npz", write_npz, "strip.npz", 0.0),
]


@pytest.fixture(params=FORMATS, ids=lambda fmt: fmt.name)
def fmt(request: pytest.FixtureRequest) -> Format:
    return request.param


def test_gives_back_what_was_written(fmt: Format, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    found = open_record(fmt.path(tmp_path))
    np.testing.assert_allclose(found.signal, record.signal, rtol=0, atol=fmt.tolerance, equal_nan=True)
    assert found.signal.dtype == np.float32
    assert (found.fs, found.leads, found.name) == (record.fs, record.leads, record.name)


@pytest.mark.parametrize("fs", [128.0, 257.0, 250.5, 999.56])
def test_keeps_the_sampling_frequency(fmt: Format, record: Record, tmp_path: Path, fs: float) -> None:
    fmt.write(replace(record, fs=fs), fmt.path(tmp_path))
    assert open_record(fmt.path(tmp_path)).fs == pytest.approx(fs, rel=1e-9)


def test_keeps_a_lead_that_is_missing_throughout(fmt: Format, record: Record, tmp_path: Path) -> None:
    dead = np.column_stack([record.signal[:, 0], np.full(record.n_samples, np.nan)])
    fmt.write(replace(record, signal=dead), fmt.path(tmp_path))
    assert np.isnan(open_record(fmt.path(tmp_path)).lead("V5")).all()


def test_one_sample_of_one_lead_is_a_recording(fmt: Format, tmp_path: Path) -> None:
    one = Record(np.array([[0.25]], dtype=np.float32), fs=250, leads=("II",), name="strip")
    fmt.write(one, fmt.path(tmp_path))
    found = open_record(fmt.path(tmp_path), fs=250)
    assert found.signal.tolist() == [[0.25]]


def test_missing_file_is_named(fmt: Format, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"strip.*check the path"):
        open_record(fmt.path(tmp_path))


def test_empty_file_is_an_error(fmt: Format, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    (tmp_path / fmt.samples).write_bytes(b"")
    with pytest.raises(RecordError, match=r"empty|cut short|not readable"):
        open_record(fmt.path(tmp_path))


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt.name != "csv"], indirect=True)
def test_truncated_file_is_an_error(fmt: Format, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    file = tmp_path / fmt.samples
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(RecordError, match=r"cut short|not readable"):
        open_record(fmt.path(tmp_path))


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
        open_record(fmt.path(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_source_reads_what_it_is_asked_for(fmt: Format, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    source, whole = open_source(fmt.path(tmp_path)), open_record(fmt.path(tmp_path)).signal
    assert source.n_samples == len(whole)
    for start, stop in ((0, 1), (90, 150), (3500, 9000), (3600, 3700), (-5, 20)):
        np.testing.assert_array_equal(source.read(start, stop), whole[max(0, start) : stop])


def test_leads_are_taken_by_name_and_know_their_channel(fmt: Format, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    one = open_record(fmt.path(tmp_path), leads=["V5"])
    assert (one.leads, one.channels) == (("V5",), (1,))
    with pytest.raises(RecordError, match=r"no channel 'V6'; it has: MLII, V5"):
        open_source(fmt.path(tmp_path), leads=["V6"])
