"""MIT-BIH records come with their marks and their patient; noise is divided in time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets import MITDB_RECORDS, PACED, RECORD_SETS, load_noise, load_record, load_records
from ectopy.errors import DatasetError, ParameterError
from ectopy.labels import aami_classes


def test_the_sets_hold_48_records_44_of_them_unpaced():
    assert len(MITDB_RECORDS) == 48
    assert len(RECORD_SETS["ds1"]) == len(RECORD_SETS["ds2"]) == 22
    assert set(RECORD_SETS["ds1"]) | set(RECORD_SETS["ds2"]) == set(RECORD_SETS["unpaced"])
    assert set(RECORD_SETS["unpaced"]) | set(PACED) == set(MITDB_RECORDS)


def test_an_unknown_record_set_or_noise_lists_the_known_ones():
    with pytest.raises(ParameterError, match="name='999' is unknown; choose one of: 100, 101"):
        load_record("999")
    with pytest.raises(ParameterError, match="names='ds3' is unknown; choose one of: all"):
        load_records("ds3")
    with pytest.raises(ParameterError, match="name='xx' is unknown; choose one of: bw, em, ma"):
        load_noise("xx")
    with pytest.raises(ParameterError, match="part='all' is unknown; choose one of: train, test"):
        load_noise("bw", "all")  # type: ignore[arg-type]


def test_a_record_that_is_not_here_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    (tmp_path / "mitdb").mkdir()
    with pytest.raises(DatasetError, match=r"mitdb: 100\.hea is not in .*ectopy data download mitdb"):
        load_record("100")


def test_a_record_has_its_leads_marks_and_patient(data_dir: Path):
    record = load_record("202")
    assert (record.name, record.patient, record.fs) == ("202", "201", 360)
    assert record.leads == ("MLII", "V1")
    assert record.signal.shape == (650000, 2)
    assert record.annotations is not None
    assert len(record.annotations.beats()) == 2136


def test_records_are_read_one_after_the_other_in_the_order_asked_for(data_dir: Path):
    assert [record.name for record in load_records(["208", "100"])] == ["208", "100"]
    assert next(load_records("ds2")).name == "100"


def test_the_beats_of_all_records_are_those_of_the_publication(data_dir: Path):
    counts: Counter[str] = Counter()
    for record in load_records("all"):
        assert record.annotations is not None
        counts.update(aami_classes(record.annotations.beats().symbols, "aami").tolist())
    assert counts == {"N": 90631, "S": 2781, "V": 7236, "F": 803, "Q": 8043}


def test_noise_for_training_and_testing_are_the_two_halves(data_dir: Path):
    train, test = load_noise("ma", "train"), load_noise("ma", "test")
    assert train.shape == test.shape == (325000, 2)
    assert train.dtype == np.float32
    assert not np.isnan(train).any()
    assert not np.array_equal(train, test)
    assert 0.05 < train.std() < 1.0
