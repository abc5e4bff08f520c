"""Annotations beside their record, and records that are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ectopy.errors import AnnotationError, ParameterError, RecordError
from ectopy.io.registry import open_record
from ectopy.io.wfdb import files as wfdb_files
from ectopy.io.wfdb.files import read_annotations, write_annotations, write_wfdb
from ectopy.record import Annotations, Record

pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # of wfdb

MARKS = Annotations(np.array([18, 370]), np.array(["+", "N"]), aux=("(AFIB", ""))


def test_reference_marks_come_along(record: Record, tmp_path: Path) -> None:
    write_wfdb(record, tmp_path / "rec")
    marks, written = open_record(tmp_path / "rec").annotations, record.annotations
    assert marks is not None
    assert written is not None
    for name in ("samples", "symbols", "subtypes", "chans", "nums"):
        np.testing.assert_array_equal(getattr(marks, name), getattr(written, name))
    assert (marks.aux, marks.fs) == (written.aux, written.fs)


def test_record_without_marks_has_none(record: Record, tmp_path: Path) -> None:
    write_wfdb(replace(record, annotations=None), tmp_path / "rec")
    assert open_record(tmp_path / "rec").annotations is None


def test_another_annotator_is_read_when_asked_for(record: Record, tmp_path: Path) -> None:
    write_wfdb(record, tmp_path / "rec")
    write_annotations(tmp_path / "rec", MARKS)
    marks = open_record(tmp_path / "rec", annotator="ectopy").annotations
    assert marks is not None
    assert marks.samples.tolist() == [18, 370]


def test_marks_count_in_the_rate_of_the_header_unless_they_say(record: Record, tmp_path: Path) -> None:
    write_wfdb(record, tmp_path / "rec")
    write_annotations(tmp_path / "rec", MARKS)
    write_annotations(tmp_path / "rec", replace(MARKS, fs=720), "double")
    assert read_annotations(tmp_path / "rec", "ectopy").fs == 360
    assert read_annotations(tmp_path / "rec", "double").fs == 720
    doubled = open_record(tmp_path / "rec", annotator="double").annotations
    assert doubled is not None
    assert doubled.samples.tolist() == [9, 185]


def test_written_marks_open_in_wfdb(tmp_path: Path) -> None:
    file = write_annotations(tmp_path / "rec.hea", MARKS)
    assert file == tmp_path / "rec.ectopy"
    found = wfdb.rdann(str(tmp_path / "rec"), "ectopy")
    assert found.sample.tolist() == [18, 370]
    assert found.symbol == ["+", "N"]
    assert found.aux_note == ["(AFIB", ""]


def test_own_marks_are_replaced_and_others_only_by_force(tmp_path: Path) -> None:
    for annotator in ("ectopy", "atr"):
        write_annotations(tmp_path / "rec", MARKS, annotator)
    write_annotations(tmp_path / "rec", MARKS[:1])
    assert len(read_annotations(tmp_path / "rec", "ectopy")) == 1
    with pytest.raises(AnnotationError, match=r"rec\.atr exists and is not ours"):
        write_annotations(tmp_path / "rec", MARKS[:1], "atr")
    assert len(read_annotations(tmp_path / "rec", "atr")) == 2
    write_annotations(tmp_path / "rec", MARKS[:1], "atr", force=True)
    assert len(read_annotations(tmp_path / "rec", "atr")) == 1


def test_marks_that_cannot_be_written_leave_the_old_ones(tmp_path: Path) -> None:
    write_annotations(tmp_path / "rec", MARKS)
    with pytest.raises(AnnotationError, match="'Z'"):
        write_annotations(tmp_path / "rec", Annotations([5], ["Z"]))
    assert len(read_annotations(tmp_path / "rec", "ectopy")) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["rec.ectopy"]


@pytest.mark.parametrize("annotator", ["", "../atr", "a b", "hea", "dat", "1st"])
def test_name_of_an_annotator_is_checked(annotator: str, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="annotator="):
        write_annotations(tmp_path / "rec", MARKS, annotator, force=True)


def test_missing_and_damaged_annotations_are_named(record: Record, tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match=r"rec\.atr: cannot read.*check path and annotator"):
        read_annotations(tmp_path / "rec")
    write_wfdb(record, tmp_path / "rec")
    (tmp_path / "rec.atr").write_bytes(b"\x05\x04\x07")
    with pytest.raises(AnnotationError, match=r"rec\.atr: the annotation file is damaged"):
        read_annotations(tmp_path / "rec")
    found = open_record(tmp_path / "rec")
    assert found.annotations is None
    assert "The reference marks were left out: " in found.notes[0]


def test_written_record_opens_in_wfdb(record: Record, tmp_path: Path) -> None:
    start = datetime(2001, 12, 24, 10, 20, 30, 500000)
    write_wfdb(replace(record, start=start, comments=("69 M", "two\nlines")), tmp_path / "rec")
    found = wfdb.rdrecord(str(tmp_path / "rec"), physical=False)
    np.testing.assert_allclose(found.dac(), record.signal, atol=0.0005, equal_nan=True)
    assert found.checksum == [
        int(np.int16(column.sum() & 0xFFFF)) for column in found.d_signal.T.astype("u2")
    ]
    assert found.init_value == found.d_signal[0].tolist()
    assert (found.base_datetime, found.comments) == (start, ["69 M", "two lines"])
    assert open_record(tmp_path / "rec").start == start


def test_chunks_make_the_same_record(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wfdb(record, tmp_path / "rec")
    monkeypatch.setattr(wfdb_files, "_CHUNK", 100)
    write_wfdb(record, tmp_path / "rec2")
    assert (tmp_path / "rec.dat").read_bytes() == (tmp_path / "rec2.dat").read_bytes()
    assert (tmp_path / "rec.hea").read_text() == (tmp_path / "rec2.hea").read_text().replace("rec2", "rec")


@pytest.mark.parametrize("peak", [32.767, 32.768, 400.0, 1e7])
def test_peaks_fit_whatever_their_height(peak: float, tmp_path: Path) -> None:
    signal = np.array([[peak], [-peak], [0]], dtype=np.float32)
    write_wfdb(Record(signal, fs=360, leads=("II",)), tmp_path / "rec")
    np.testing.assert_allclose(open_record(tmp_path / "rec").signal, signal, rtol=1e-4)


def test_infinite_samples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="lead II holds infinite values"):
        write_wfdb(Record(np.array([[np.inf]]), fs=360, leads=("II",)), tmp_path / "rec")


def test_record_is_replaced_only_by_force(record: Record, tmp_path: Path) -> None:
    write_wfdb(record, tmp_path / "rec")
    with pytest.raises(RecordError, match="exists"):
        write_wfdb(record, tmp_path / "rec")
    write_wfdb(replace(record, fs=500.0), tmp_path / "rec", force=True)
    assert open_record(tmp_path / "rec").fs == 500


def test_replacing_leaves_no_mark_of_the_old_record(record: Record, tmp_path: Path) -> None:
    write_wfdb(record, tmp_path / "rec")
    write_wfdb(replace(record, annotations=None), tmp_path / "rec", force=True)
    assert open_record(tmp_path / "rec").annotations is None


def test_marks_of_somebody_else_are_not_taken_over(record: Record, tmp_path: Path) -> None:
    write_annotations(tmp_path / "rec", MARKS, "atr")
    with pytest.raises(RecordError, match=r"rec\.atr exists"):
        write_wfdb(record, tmp_path / "rec")


def test_record_with_a_mark_that_does_not_fit_is_not_written_at_all(record: Record, tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="'Z'"):
        write_wfdb(replace(record, annotations=Annotations([5], ["Z"])), tmp_path / "rec")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["two words", "dotted.name", "émile"])
def test_names_that_wfdb_cannot_read_are_refused(name: str, record: Record, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="letters, digits"):
        write_wfdb(record, tmp_path / name)


def test_reading_by_any_of_the_names(record: Record, tmp_path: Path, write_header: Callable) -> None:
    write_wfdb(record, tmp_path / "rec")
    for name in ("rec", "rec.hea", "rec.dat", "rec.atr"):
        assert open_record(tmp_path / name).leads == record.leads
