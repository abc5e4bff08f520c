"""The estimators keep scikit-learn's contract, but for what is listed here with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from ectopy.beats.windows import Beats, WindowSpec, cut_beats
from ectopy.errors import CalibrationError, EctopyError
from ectopy.labels import aami_classes
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.threshold import QuantileThreshold, Threshold
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm

WINDOW = WindowSpec(fs=120, before=48, after=48)


@dataclass(frozen=True)
class Largest:
    """A user's own rule; scikit-learn's checks give too few beats for those of ectopy."""

    def learn(self, scores: np.ndarray) -> float:
        return float(np.max(scores))


def detector(threshold: Threshold) -> BeatAnomalyDetector:
    return BeatAnomalyDetector(
        {"name": "conv", "filters": (2, 2, 1), "kernel": 3},
        score_by="reconstruction",  # the code of so small a network is the same for all beats
        epochs=1,
        threshold=threshold,
        validation_fraction=0.5,
        folds=2,
    )


ALWAYS = {
    "check_outliers_fit_predict": "the share of outliers follows from held-out beats, not from the training",
    "check_outliers_train": "the same: none of the training beats needs to be an outlier",
}
TOO_FEW = "it gives fewer than the 20 beats that a threshold needs, and CalibrationError says so"
WITH_A_RULE_OF_ECTOPY = ALWAYS | {
    "check_n_features_in_after_fitting": TOO_FEW,
    "check_estimators_nan_inf": TOO_FEW,
    "check_classifier_data_not_an_array": TOO_FEW,
    "check_fit2d_1feature": TOO_FEW,
    "check_methods_subset_invariance": "networks in 32 bits differ by 1e-7 with the size of the batch",
}


@parametrize_with_checks(
    [detector(Largest()), detector(QuantileThreshold(0.95))],
    expected_failed_checks=lambda estimator: (
        ALWAYS if isinstance(estimator.threshold, Largest) else WITH_A_RULE_OF_ECTOPY
    ),
)
def test_the_detector_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


def test_errors_of_users_are_errors_of_ectopy_and_value_errors():
    with pytest.raises(ValueError, match="calibration scores are too few") as caught:
        detector(QuantileThreshold(0.95)).fit(np.random.default_rng(0).normal(size=(12, 48)))
    assert isinstance(caught.value, CalibrationError)
    assert isinstance(caught.value, EctopyError)


@pytest.fixture(scope="module")
def beats() -> Beats:
    """Beats of four people, as the symbols of their classes say."""
    parts = []
    for seed in range(4):
        rhythm = Rhythm(ventricular=0.15, supraventricular=0.05)
        record = simulate(60, 360, ("II",), rhythm=rhythm, seed=seed, name=f"p{seed}")
        marks = record.annotations.beats()
        parts.append(cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols, "aami")))
    return Beats.concatenate(parts)


def small_classifier() -> BeatClassifier:
    return BeatClassifier(epochs=20, batch_size=4, channels=16)


def test_the_classifier_can_be_cross_validated_by_patient(beats: Beats):
    scores = cross_val_score(
        small_classifier(), beats, beats.symbols, groups=beats.patients, cv=GroupKFold(2), error_score="raise"
    )
    assert scores.shape == (2,)
    assert scores.min() > 0.7


def test_cross_validation_gives_every_beat_its_own_class(beats: Beats):
    folds = GroupKFold(4)
    classifier, y = small_classifier(), beats.symbols
    predicted = cross_val_predict(classifier, beats, y, groups=beats.patients, cv=folds)
    train, test = next(folds.split(beats, y, beats.patients))
    once = clone(classifier).fit(beats[train], y[train]).predict(beats[test])
    np.testing.assert_array_equal(predicted[test], once)


def test_parameters_of_the_classifier_can_be_searched(beats: Beats):
    search = GridSearchCV(small_classifier(), {"dilations": [(1,), (1, 2)]}, cv=GroupKFold(2))
    search.fit(beats, beats.symbols, groups=beats.patients)
    assert search.best_estimator_.window == WINDOW
    assert search.cv_results_["mean_test_score"].shape == (2,)


def test_a_classifier_that_takes_no_arrays_does_not_say_that_it_does():
    tags = small_classifier().__sklearn_tags__().input_tags
    assert tags.three_d_array
    assert not tags.two_d_array
