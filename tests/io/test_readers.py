"""What every reader has to do, whatever the format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import RecordError
from ectopy.io.registry import FORMATS, open_record, open_source
from ectopy.record import Record
from io_samples import SAMPLES, Sample


@pytest.fixture(params=SAMPLES, ids=lambda fmt: fmt.name)
def fmt(request: pytest.FixtureRequest) -> Sample:
    return request.param


@pytest.fixture
def record(fmt: Sample, record: Record) -> Record:
    """Return the recording that the tests share, with leads I and V5, whole where a format knows no gaps."""
    signal = record.signal if fmt.keeps_missing else np.nan_to_num(record.signal)
    return replace(record, signal=signal, leads=("I", "V5"))


def those_that(keep: Callable[[Sample], bool]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "fmt", [each for each in SAMPLES if keep(each)], indirect=True, ids=lambda fmt: fmt.name
    )


def test_every_format_has_a_sample() -> None:
    assert {each.name for each in FORMATS} == {each.name for each in SAMPLES} | {"acq", "json", "npy"}


def test_gives_back_what_was_written(fmt: Sample, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    found = open_record(fmt.path(tmp_path))
    np.testing.assert_allclose(found.signal, record.signal, rtol=0, atol=fmt.tolerance, equal_nan=True)
    assert found.signal.dtype == np.float32
    assert (found.fs, found.leads, found.name) == (record.fs, record.leads, record.name)


@those_that(lambda fmt: fmt.keeps_any_fs)
@pytest.mark.parametrize("fs", [128.0, 257.0, 250.5, 999.56])
def test_keeps_the_sampling_frequency(fmt: Sample, record: Record, tmp_path: Path, fs: float) -> None:
    fmt.write(replace(record, fs=fs), fmt.path(tmp_path))
    assert open_record(fmt.path(tmp_path)).fs == pytest.approx(fs, rel=1e-9)


@those_that(lambda fmt: fmt.keeps_missing)
def test_keeps_a_lead_that_is_missing_throughout(fmt: Sample, record: Record, tmp_path: Path) -> None:
    dead = np.column_stack([record.signal[:, 0], np.full(record.n_samples, np.nan)])
    fmt.write(replace(record, signal=dead), fmt.path(tmp_path))
    assert np.isnan(open_record(fmt.path(tmp_path)).lead("V5")).all()


@those_that(lambda fmt: fmt.keeps_one_sample)
def test_one_sample_of_one_lead_is_a_recording(fmt: Sample, tmp_path: Path) -> None:
    one = Record(np.array([[0.25]], dtype=np.float32), fs=250, leads=("II",), name="strip")
    fmt.write(one, fmt.path(tmp_path))
    found = open_record(fmt.path(tmp_path), fs=250)
    np.testing.assert_allclose(found.signal, [[0.25]], rtol=1e-6)


def test_missing_file_is_named(fmt: Sample, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"strip.*check the path"):
        open_record(fmt.path(tmp_path))


def test_empty_file_is_an_error(fmt: Sample, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    fmt.data(tmp_path).write_bytes(b"")
    with pytest.raises(RecordError, match=r"empty|cut short|not readable"):
        open_record(fmt.path(tmp_path))


@those_that(lambda fmt: fmt.is_binary)
def test_truncated_file_is_an_error(fmt: Sample, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    file = fmt.data(tmp_path)
    file.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(RecordError, match=r"cut short|not readable|get the file again"):
        open_record(fmt.path(tmp_path))


@those_that(lambda fmt: any(each.write for each in FORMATS if each.name == fmt.name))
def test_failed_writing_leaves_nothing_behind(
    fmt: Sample, record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        fmt.write(record, fmt.path(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_errors_are_one_line(fmt: Sample, tmp_path: Path) -> None:
    with pytest.raises(RecordError) as caught:
        open_record(fmt.path(tmp_path))
    assert "\n" not in str(caught.value)


def test_a_source_reads_what_it_is_asked_for(fmt: Sample, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    source, whole = open_source(fmt.path(tmp_path)), open_record(fmt.path(tmp_path)).signal
    assert source.n_samples == len(whole)
    for start, stop in ((0, 1), (90, 150), (3500, 9000), (3600, 3700), (-5, 20)):
        np.testing.assert_array_equal(source.read(start, stop), whole[max(0, start) : stop])


def test_leads_are_taken_by_name_and_know_their_channel(fmt: Sample, record: Record, tmp_path: Path) -> None:
    fmt.write(record, fmt.path(tmp_path))
    one = open_record(fmt.path(tmp_path), leads=["V5"])
    assert (one.leads, one.channels) == (("V5",), (1,))
    with pytest.raises(RecordError, match=r"no channel 'V6'; it has: I, V5"):
        open_source(fmt.path(tmp_path), leads=["V6"])
