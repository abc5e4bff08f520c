"""With training labels shuffled, skill vanishes; where it stays, something leaks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import KNeighborsClassifier

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.permutation import PermutationCheck, permutation_check

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


def test_a_classifier_without_a_leak_loses_its_skill():
    found = permutation_check(KNeighborsClassifier(3), BEATS, HALVES)
    assert found.passed
    assert found.skill > 0.9
    assert len(found.shuffled) == 10
    assert "it vanishes" in str(found)


def test_a_classifier_that_knew_the_test_side_before_keeps_it():
    found = permutation_check(KnowsAlready(), BEATS, HALVES)
    assert not found.passed
    assert min(found.shuffled) > 0.9
    assert "it stays" in str(found)


def test_a_detector_has_no_labels_to_shuffle():
    with pytest.raises(ParameterError, match="use duplicate_check"):
        permutation_check(IsolationForest(), BEATS, HALVES)


def test_too_few_shufflings_prove_nothing():
    with pytest.raises(ParameterError, match="n_permutations=6"):
        permutation_check(KNeighborsClassifier(), BEATS, HALVES, n_permutations=6)


def test_an_accident_that_parts_the_classes_is_no_leak():
    """A linear model of shuffled labels has some direction, right in about half of the shufflings."""
    found = permutation_check(LinearDiscriminantAnalysis(priors=[0.5, 0.5]), BEATS, HALVES, n_permutations=40)
    assert max(found.shuffled) > 0.5
    assert found.passed


def test_the_p_value_is_that_of_coins():
    assert PermutationCheck(1.0, (0.5,) * 9 + (0.0,), tolerance=0.1).p_value == 11 / 1024
    assert PermutationCheck(1.0, (0.5,) * 10, tolerance=0.1).p_value == 1 / 1024
