"""Splits keep patients apart, or say that they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import (
    DS1,
    DS2,
    Split,
    ds1_ds2,
    ds1_folds,
    ecg5000_official,
    leave_one_patient_out,
    mitdb_patient,
    patient_folds,
    ptbxl_folds,
)
from ectopy.errors import ParameterError, SplitError
from ectopy.io.wfdb.files import read_annotations
from ectopy.labels import aami_classes

PACED = ("102", "104", "107", "217")


def beats_of(records, symbols="N"):
    n = len(records)
    symbols = np.broadcast_to(np.asarray(symbols), n)
    return Beats.of(np.zeros((n, 1, 4)), fs=120, symbols=symbols, records=records, patients=records)


MITDB = beats_of(np.repeat([*DS1, *DS2, *PACED], 3))


def test_the_lists_are_22_records_each_and_share_none():
    assert len(DS1) == len(DS2) == len(set(DS1)) == len(set(DS2)) == 22
    assert not set(DS1) & set(DS2)
    assert not set(PACED) & (set(DS1) | set(DS2))


def test_ds1_trains_and_ds2_tests_and_paced_records_do_neither():
    split = ds1_ds2(MITDB)
    assert set(MITDB.records[split.train]) == set(DS1)
    assert set(MITDB.records[split.test]) == set(DS2)


def test_ds1_ds2_confesses_the_man_on_both_sides():
    assert ds1_ds2(MITDB).label == "ds1-ds2 (inter-patient; on both sides: 201)"


def test_ds1_ds2_without_him_tests_the_same_records():
    split = ds1_ds2(MITDB, disjoint=True)
    assert split.label == "ds1-ds2-disjoint (inter-patient)"
    assert set(MITDB.records[split.train]) == set(DS1) - {"201"}
    assert set(MITDB.records[split.test]) == set(DS2)


def test_a_part_of_the_database_is_labelled_as_one():
    some = beats_of(np.repeat(["101", "106", "100"], 2))
    assert ds1_ds2(some).label == "ds1-ds2, 3 of 44 records (inter-patient)"
    with pytest.raises(SplitError, match="no beat in test"):
        ds1_ds2(beats_of(["101", "106"]))


def test_201_and_202_are_one_person():
    assert mitdb_patient("202") == mitdb_patient("201") == "201"
    split = ds1_ds2(beats_of(["101", "201", "202"]))
    assert split.patients.tolist() == ["101", "201", "201"]


def test_a_patient_on_two_sides_is_refused_by_name():
    with pytest.raises(SplitError, match="patient b is on two sides"):
        Split("mine", [0, 1], [2], np.array(["a", "b", "b"]))
    with pytest.raises(SplitError, match="patient a is on two sides"):
        Split("mine", [0], [2], np.array(["a", "a", "b"]), validation=[1])


def test_a_patient_on_two_sides_is_had_by_asking_and_the_label_says_so():
    split = Split("mine", [0, 1], [2], np.array(["a", "b", "b"]), kind="intra-patient")
    assert split.label == "mine (intra-patient)"


def test_beats_of_unknown_patients_prove_nothing():
    with pytest.raises(SplitError, match="have no patient"):
        Split("mine", [0], [1], np.array(["", "b"]))


@pytest.mark.parametrize(
    ("train", "test", "error", "message"),
    [
        ([0], [], SplitError, "no beat in test"),
        ([], [0], SplitError, "no beat in train"),
        ([0, 1], [1], SplitError, "row 1 is in it twice"),
        ([0], [3], ParameterError, "give rows from 0 to 2"),
        ([-1], [1], ParameterError, "give rows from 0 to 2"),
    ],
)
def test_rows_that_make_no_split_are_refused(train, test, error, message):
    with pytest.raises(error, match=message):
        Split("mine", train, test, np.array(["a", "b", "c"]))


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(ParameterError, match="choose one of: inter-patient, intra-patient"):
        Split("mine", [0], [1], np.array(["a", "b"]), kind="random")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=60), st.integers(2, 8), st.integers(0, 9))
def test_folds_test_each_beat_once_and_no_patient_twice(patients, n_folds, seed):
    if len(set(patients)) < n_folds:
        with pytest.raises(SplitError, match=f"n_folds={n_folds}"):
            patient_folds(patients, n_folds, seed=seed)
        return
    folds = patient_folds(patients, n_folds, seed=seed)
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(len(patients)))
    for fold in folds:
        assert len(fold.train) + len(fold.test) == len(patients)
        assert not set(fold.patients[fold.train]) & set(fold.patients[fold.test])


def test_folds_share_rare_classes_and_patients_evenly():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(20).astype(str), 100)
    share = np.repeat(rng.permutation([0.5] * 5 + [0.1] * 5 + [0.0] * 10), 100)
    classes = np.where(rng.random(2000) < share, "V", "N")
    for fold in patient_folds(patients, 5, classes=classes):
        ventricular = np.sum(classes[fold.test] == "V")
        assert 0.7 < 5 * ventricular / np.sum(classes == "V") < 1.3
        assert 3 <= len(set(patients[fold.test])) <= 5


def test_another_seed_deals_otherwise_and_the_same_seed_alike():
    patients = np.arange(40).astype(str)
    tests = [[fold.test.tolist() for fold in patient_folds(patients, 4, seed=seed)] for seed in (0, 0, 1)]
    assert tests[0] == tests[1] != tests[2]


def test_a_class_rarer_than_the_folds_is_no_hindrance():
    folds = patient_folds(list("aabbccdd"), 4, classes=list("NNNNNNNV"))
    assert sorted(len(fold.test) for fold in folds) == [2, 2, 2, 2]
    with pytest.raises(SplitError, match="n_folds=3 is not possible where no class has so many beats"):
        patient_folds(list("abc"), 3, classes=list("NVS"))


def test_ds1_folds_leave_ds2_alone():
    for fold in ds1_folds(MITDB, 5):
        used = np.concatenate([fold.train, fold.test])
        assert set(MITDB.records[used]) == set(DS1)


def test_leaving_one_patient_out_tests_each_in_turn():
    splits = leave_one_patient_out(["a", "b", "a", "c"])
    assert [split.test.tolist() for split in splits] == [[0, 2], [1], [3]]
    assert splits[0].label == "leave-one-patient-out a (inter-patient)"
    with pytest.raises(SplitError, match="no beat in train"):
        leave_one_patient_out(["a", "a"])


def test_ecg5000_is_one_patient_and_split_500_to_4500():
    split = ecg5000_official(beats_of(np.full(5000, "chf07")))
    assert (len(split.train), len(split.test), split.kind) == (500, 4500, "intra-patient")
    assert split.train[-1] + 1 == split.test[0] == 500
    with pytest.raises(SplitError, match="500 rows, ECG5000 5000"):
        ecg5000_official(beats_of(np.full(500, "chf07")))


def test_ptbxl_folds_train_on_1_to_8_choose_on_9_and_test_on_10():
    fold = np.arange(1, 11)
    split = ptbxl_folds(fold, fold.astype(str))
    assert fold[split.train].tolist() == list(range(1, 9))
    assert (fold[split.validation].tolist(), fold[split.test].tolist()) == ([9], [10])
    with pytest.raises(SplitError, match="patient 1 is on two sides"):
        ptbxl_folds(fold, np.where(fold == 10, 1, fold).astype(str))


def test_the_class_counts_of_ds1_and_ds2(data_dir):
    """Every annotated beat of the 44 records, so that no symbol or record is lost on the way."""
    marks = {name: read_annotations(data_dir / "mitdb" / name, "atr").beats() for name in (*DS1, *DS2)}
    records = np.concatenate([np.full(len(beats), name) for name, beats in marks.items()])
    beats = beats_of(records, np.concatenate([beats.symbols for beats in marks.values()]))
    classes, split = aami_classes(beats.symbols, "aami"), ds1_ds2(beats)
    counts = [[int(np.sum(classes[rows] == name)) for name in "NSVFQ"] for rows in (split.train, split.test)]
    assert counts == [[45866, 944, 3788, 415, 8], [44259, 1837, 3221, 388, 7]]
