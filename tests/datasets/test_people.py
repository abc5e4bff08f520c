"""Who is kept apart is a rule, and the loaders of the sets that it divides follow it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from ectopy import datasets
from ectopy.datasets.arrdb import load_arrdb_beats
from ectopy.datasets.cinc2017 import CinC2017Entry, load_cinc2017_table
from ectopy.datasets.people import kept_apart
from ectopy.errors import DatasetError, ParameterError

HERE = os.environ.get("ECTOPY_DATA_DIR")
real = pytest.mark.skipif(HERE is None, reason="set ECTOPY_DATA_DIR to a folder of the datasets")

BEATS = """\ufefftime_second,beat_type,rhythm_label,bad_signal_quality,bad_signal_quality_label
104.70,N,N,False,
106.20,,N,True,Start1
105.60,S,AFIB/AFL,False,
107.10,V,AFIB/AFL,True,
"""


def test_about_a_third_of_the_people_is_kept_apart_and_always_the_same():
    people = [f"cinc2017-A{number:05d}" for number in range(3000)]
    share = np.mean([kept_apart(person) for person in people])
    assert share == pytest.approx(1 / 3, abs=0.03)
    assert [kept_apart(person) for person in people[:6]] == [
        CinC2017Entry(p[9:], "N").kept_apart for p in people[:6]
    ]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    (tmp_path / "arrdb").mkdir()
    (tmp_path / "cinc2017").mkdir()
    (tmp_path / "arrdb" / "Annotation_file_7.csv").write_text(BEATS, encoding="utf-8")
    return tmp_path


def test_beats_of_a_case_come_in_time_without_rows_that_are_no_beats(data: Path):
    beats = load_arrdb_beats(7)
    assert datasets.arrdb_cases() == (7,)
    assert beats.times.tolist() == [104.7, 105.6, 107.1]
    assert beats.beats.tolist() == ["N", "S", "V"]
    assert beats.fibrillating.tolist() == [False, True, True]
    assert beats.unreadable.tolist() == [False, False, True]
    assert beats.patient == "arrdb-7"


def test_a_table_of_beats_without_a_column_is_refused(data: Path):
    (data / "arrdb" / "Annotation_file_8.csv").write_text("time_second,beat_type\n1,N\n")
    with pytest.raises(
        DatasetError, match=r"Annotation_file_8.csv: no column bad_signal_quality, rhythm_label"
    ):
        load_arrdb_beats(8)


def test_recordings_of_the_challenge_are_listed_if_they_are_here(data: Path):
    (data / "cinc2017" / "REFERENCE-v3.csv").write_text("A00001,N\nA00002,~\n")
    (data / "cinc2017" / "A00002.hea").touch()
    assert load_cinc2017_table() == (CinC2017Entry("A00002", "~"),)
    (data / "cinc2017" / "REFERENCE-v3.csv").write_text("A00001,X\n")
    with pytest.raises(DatasetError, match="row 'A00001,X' is no name and label"):
        load_cinc2017_table()


def test_an_unknown_record_is_refused_with_those_that_are_known():
    with pytest.raises(ParameterError, match="cu01"):
        datasets.load_cudb_record("cu99")
    with pytest.raises(ParameterError, match="16265"):
        datasets.load_nsrdb_record("100")


@real
def test_the_records_at_hand_are_what_their_loaders_say():
    for load, name, fs, n_leads in (
        (datasets.load_cudb_record, datasets.cudb_records()[0], 250, 1),
        (datasets.load_nsrdb_record, datasets.nsrdb_records()[0], 128, 2),
        (datasets.load_cinc2017_record, load_cinc2017_table()[0], 300, 1),
    ):
        record = load(name)
        assert (record.fs, record.signal.shape[1]) == (fs, n_leads)
        assert record.patient.endswith(record.name)
        assert record.patient != record.name
    onset = datasets.arrhythmia_onset(datasets.load_cudb_record("cu01"))
    assert onset is not None
    assert 0 < onset < 510
    beats = load_arrdb_beats(datasets.arrdb_cases()[0])
    assert len(beats) > 500
    assert (np.diff(beats.times) >= 0).all()
