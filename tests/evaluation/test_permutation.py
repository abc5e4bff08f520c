"""With training labels shuffled, skill vanishes; where it stays, something leaks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import KNeighborsClassifier

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.permutation import permutation_check

RNG = np.random.default_rng(0)
SYMBOLS = np.where(RNG.random(400) < 0.3, "V", "N")
PATIENTS = np.repeat(["a", "b"], 200)
BEATS = Beats.of(
    RNG.normal(size=(400, 1, 4)) + 3 * (SYMBOLS == "V")[:, None, None],
    fs=120,
    symbols=SYMBOLS,
    patients=PATIENTS,
)
HALVES = Split("halves", np.arange(200), np.arange(200, 400), PATIENTS)


class KnowsAlready(ClassifierMixin, BaseEstimator):
    """Was fitted elsewhere, on all beats; its ``fit`` learns nothing."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.where(X.mean(axis=1) > 1.5, "V", "N")


def test_an_honest_classifier_loses_its_skill():
    found = permutation_check(KNeighborsClassifier(3), BEATS, HALVES)
    assert found.passed
    assert found.skill > 0.9
    assert len(found.shuffled) == 5
    assert "it vanishes" in str(found)


def test_a_classifier_that_knew_the_test_side_before_keeps_it():
    found = permutation_check(KnowsAlready(), BEATS, HALVES)
    assert not found.passed
    assert min(found.shuffled) > 0.9
    assert "it stays" in str(found)


def test_a_detector_has_no_labels_to_shuffle():
    with pytest.raises(ParameterError, match="use duplicate_check"):
        permutation_check(IsolationForest(), BEATS, HALVES)


def test_no_shuffling_proves_nothing():
    with pytest.raises(ParameterError, match="n_permutations=0"):
        permutation_check(KNeighborsClassifier(), BEATS, HALVES, n_permutations=0)
