"""The tables of an evaluation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from ectopy.beats.windows import Beats
from ectopy.datasets.random_splits import random_split
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import accuracy, sensitivity
from ectopy.evaluation.outcome import compare_evaluations
from ectopy.evaluation.protocol import evaluate

RNG = np.random.default_rng(0)
CLASSES = RNG.choice(list("NNNNSV"), 300)
SYMBOLS = np.char.replace(CLASSES, "S", "A")
PATIENTS = np.repeat(list("abcdef"), 50)
LEVEL = np.select([CLASSES == "S", CLASSES == "V"], [2.0, 4.0], 0.0)
BEATS = Beats.of(
    LEVEL[:, None, None] + RNG.normal(size=(300, 1, 3)),
    fs=120,
    symbols=SYMBOLS,
    patients=PATIENTS,
    records=PATIENTS,
)
HALVES = Split("halves", np.arange(150), np.arange(150, 300), PATIENTS)


@pytest.fixture(scope="module")
def evaluation():
    return evaluate(KNeighborsClassifier(5), BEATS, HALVES)


def test_split_kind_and_scheme_stand_at_the_top(evaluation):
    first, second = str(evaluation).splitlines()[:2]
    assert first.split(maxsplit=1)[1] == "halves (inter-patient)"
    assert second.split(maxsplit=1)[1] == "scheme aami"


def test_an_intra_patient_result_says_so():
    found = evaluate(KNeighborsClassifier(5), BEATS, random_split("mitbih-90-10", PATIENTS))
    assert str(found).splitlines()[0].endswith("mitbih-90-10 (intra-patient)")
    assert found.to_dict()["kind"] == "intra-patient"


def test_test_waveforms_that_stand_in_training_are_counted_in_the_heading():
    doubled = Beats.concatenate([BEATS, BEATS])
    split = Split("doubled", np.arange(300), np.arange(300, 600), doubled.patients, kind="intra-patient")
    found = evaluate(KNeighborsClassifier(1), doubled, split)
    assert found.n_duplicates == 300
    assert "300 of these waveforms are also in training" in str(found)


def test_the_tables_never_say_nan(evaluation):
    one = Split("one patient", np.arange(250), np.arange(250, 300), PATIENTS)
    found = evaluate(KNeighborsClassifier(5), BEATS, one)
    assert np.isnan(found.figures["accuracy"].low)
    for text in (str(evaluation), str(found)):
        assert "nan" not in text.lower()


def test_j_kappa_is_there_with_s_and_v_and_absent_without(evaluation):
    assert "j-kappa" in evaluation.figures
    two = evaluate(KNeighborsClassifier(5), BEATS, HALVES, labels=np.where(CLASSES == "N", "N", "V"))
    assert "j-kappa" not in two.figures


def test_json_holds_null_where_the_table_holds_a_dash():
    one = Split("one patient", np.arange(250), np.arange(250, 300), PATIENTS)
    content = evaluate(KNeighborsClassifier(5), BEATS, one).to_dict()
    assert content["figures"]["accuracy"][1:] == [None, None]
    assert "NaN" not in json.dumps(content, allow_nan=False)


def test_gross_and_average_are_of_records(evaluation):
    assert evaluation.by_record.groups == ("d", "e", "f")
    assert evaluation.confusion.counts.sum() == 150


def test_two_models_are_compared_on_the_same_beats(evaluation):
    other = evaluate(KNeighborsClassifier(1), BEATS, HALVES)
    found = compare_evaluations(evaluation, other, accuracy)
    expected = np.mean(evaluation.predicted == evaluation.reference) - np.mean(
        other.predicted == other.reference
    )
    assert found.difference.value == pytest.approx(expected)


def test_models_tested_on_other_beats_or_labels_are_not_compared(evaluation):
    swapped = Split("swapped", HALVES.test, HALVES.train, PATIENTS)
    for other in (
        evaluate(KNeighborsClassifier(5), BEATS, swapped),
        evaluate(KNeighborsClassifier(5), BEATS, HALVES, labels=np.where(CLASSES == "N", "N", "V")),
    ):
        with pytest.raises(ParameterError, match="evaluate both alike"):
            compare_evaluations(evaluation, other)


def test_intervals_of_the_abnormal_classes_are_those_of_their_figures(evaluation):
    value = sensitivity(evaluation.confusion.counts)[evaluation.labels.index("V")]
    interval = evaluation.figures["Se V"]
    assert interval.value == pytest.approx(value)
    assert interval.low <= value <= interval.high
    assert not any(name.endswith(" N") for name in evaluation.figures)
