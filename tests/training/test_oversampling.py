"""Synthetic beats: only of training beats, and never before the split."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from ectopy.datasets.random_splits import random_split
from ectopy.datasets.splits import Split, ds1_ds2, patient_folds
from ectopy.errors import ParameterError, SplitError
from ectopy.training.oversampling import Oversampled, oversample

N = 60


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(N, 2, 5)).astype(np.float32)


@pytest.fixture
def classes() -> np.ndarray:
    return np.array(["N"] * 40 + ["S"] * 12 + ["F"] * 8)


@pytest.fixture
def split() -> Split:
    rows = np.arange(N)
    return Split(
        "every fourth tested", rows[rows % 4 > 0], rows[rows % 4 == 0], np.array([f"p{i % 4}" for i in rows])
    )


def test_rare_classes_are_filled_up_and_the_others_left(inputs, classes, split):
    filled = oversample(inputs, classes, split, {"F": 20, "S": 25, "N": 10, "Q": 9}, seed=1)
    assert dict(zip(*np.unique(filled.classes, return_counts=True), strict=True)) == {
        "F": 20,
        "N": 30,
        "S": 25,
    }
    assert filled.inputs.shape == (75, 2, 5)
    assert filled.inputs.dtype == np.float32
    assert filled.n_real == 45
    np.testing.assert_array_equal(filled.inputs[:45], inputs[split.train])
    np.testing.assert_array_equal(filled.classes[:45], classes[split.train])


def test_what_is_tested_leaves_no_trace(inputs, classes, split):
    plain = oversample(inputs, classes, split, {"F": 20, "S": 25})
    inputs[split.test] = np.nan
    np.testing.assert_array_equal(oversample(inputs, classes, split, {"F": 20, "S": 25}).inputs, plain.inputs)


def test_a_synthetic_beat_lies_between_two_of_its_class(inputs, classes, split):
    filled = oversample(inputs, classes, split, {"F": 30})
    real = inputs[split.train[classes[split.train] == "F"]]
    synthetic = filled.inputs[filled.n_real :]
    assert (filled.classes[filled.n_real :] == "F").all()
    assert (synthetic >= real.min(axis=0) - 1e-6).all()
    assert (synthetic <= real.max(axis=0) + 1e-6).all()
    assert not any(np.array_equal(one, other) for one in synthetic for other in real)


def test_a_seed_is_a_drawing(inputs, classes, split):
    first, same, other = (oversample(inputs, classes, split, {"F": 20}, seed=s).inputs for s in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_part_of_the_training_rows_can_be_filled_up(inputs, classes, split):
    rows = split.train[::2]
    assert oversample(inputs, classes, split, {}, rows=rows).n_real == len(rows)


def test_rows_that_are_tested_or_held_out_are_refused_with_the_reason(inputs, classes, split):
    with pytest.raises(SplitError, match=r"15 of 60 are not in the training part .* made of two real ones"):
        oversample(inputs, classes, split, {"F": 20}, rows=np.arange(N))


@pytest.mark.parametrize(
    "divide",
    [
        lambda filled: random_split("mitbih-90-10", filled),
        lambda filled: random_split("mitbih-90-10", filled.patients),
        lambda filled: patient_folds(filled.patients),
        ds1_ds2,
        train_test_split,
    ],
    ids=["random split", "its patients", "folds", "DS1 and DS2", "scikit-learn's"],
)
def test_oversampling_before_splitting_is_refused_with_the_reason(divide, inputs, classes, split):
    filled = oversample(inputs, classes, split, {"F": 20})
    with pytest.raises(SplitError, match="split first"):
        divide(filled)


def test_oversampling_twice_is_refused(inputs, classes, split):
    filled = oversample(inputs, classes, split, {"F": 20})
    assert isinstance(filled, Oversampled)
    with pytest.raises(SplitError, match="split first"):
        oversample(filled, classes, split, {"F": 20})


def test_the_training_part_alone_is_refused(inputs, classes, split):
    with pytest.raises(ParameterError, match="45, 45 and 60 beats; give all beats"):
        oversample(inputs[split.train], classes[split.train], split, {"F": 20})


def test_a_single_beat_cannot_be_filled_up(inputs, classes, split):
    classes[np.flatnonzero(classes == "F")] = "N"
    classes[1] = "F"
    with pytest.raises(ParameterError, match="class F has a single training beat"):
        oversample(inputs, classes, split, {"F": 20})
