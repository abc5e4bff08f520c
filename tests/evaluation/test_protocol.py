"""What is learned is learned on the training side; every table says how the sides were parted."""

from __future__ import annotations

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline as make_resampling_pipeline
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split, leave_one_patient_out, patient_folds
from ectopy.errors import CalibrationError, EctopyError, ParameterError
from ectopy.evaluation.protocol import evaluate, flat_windows


def simulated_beats(n_patients=6, n_each=40, n_leads=1, seed=0):
    """Narrow N and wide V beats of patients whose beats differ a little."""
    rng = np.random.default_rng(seed)
    n = n_patients * n_each
    patients = np.repeat([f"p{i}" for i in range(n_patients)], n_each)
    symbols = np.where(rng.random(n) < 0.25, "V", "N")
    width = np.where(symbols == "V", 6.0, 2.0) + np.repeat(rng.normal(size=n_patients) / 4, n_each)
    times = np.arange(-12, 12)
    shape = np.exp(-0.5 * (times / width[:, None]) ** 2)[:, None].repeat(n_leads, axis=1)
    waveforms = shape + 0.1 * rng.normal(size=shape.shape)
    return Beats.of(waveforms, fs=120, symbols=symbols, patients=patients, records=patients)


BEATS = simulated_beats()
HALVES = Split(
    "halves",
    np.flatnonzero(BEATS.patients < "p3"),
    np.flatnonzero(BEATS.patients >= "p3"),
    BEATS.patients,
)


class Spy(ClassifierMixin, BaseEstimator):
    """Remembers, outside itself, everything that it was shown."""

    shown: list = []  # noqa: RUF012

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, groups=None):
        self.shown.append((np.array(X), np.array(y), groups, self.random_state))
        self.majority_ = max(set(y), key=list(y).count)
        return self

    def predict(self, X):
        return np.full(len(X), self.majority_)


@pytest.fixture
def spy():
    Spy.shown.clear()
    return Spy()


class Quantile:
    """A threshold rule that remembers what it learned from."""

    def __init__(self):
        self.seen = None

    def learn(self, scores):
        self.seen = np.array(scores)
        return float(np.quantile(scores, 0.95))


def test_fit_sees_the_training_side_and_nothing_else(spy):
    evaluate(spy, BEATS, HALVES, seed=7)
    ((X, y, groups, seed),) = Spy.shown
    np.testing.assert_array_equal(X, flat_windows(BEATS)[HALVES.train])
    np.testing.assert_array_equal(y, BEATS.symbols[HALVES.train])
    np.testing.assert_array_equal(groups, BEATS.patients[HALVES.train])
    assert seed == 7


def test_features_see_no_symbols(spy):
    symbols = set()

    def features(beats):
        symbols.update(beats.symbols)
        return flat_windows(beats)

    evaluate(spy, BEATS, HALVES, features=features)
    assert symbols == {""}


def test_the_estimator_itself_stays_unfitted():
    model = KNeighborsClassifier(1)
    evaluate(model, BEATS, HALVES)
    assert not hasattr(model, "classes_")


def test_a_pipeline_with_scaler_and_smote_learns_on_training_beats():
    model = make_resampling_pipeline(StandardScaler(), SMOTE(), LogisticRegression())
    found = evaluate(model, BEATS, HALVES)
    assert found.figures["macro-F1"].value > 0.95
    assert len(found.rows) == len(HALVES.test)


def test_the_same_seed_gives_the_same_predictions():
    first, same = (evaluate(RandomForestClassifier(3), BEATS, HALVES, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.scores["V"], same.scores["V"])


def test_an_object_of_no_library_gets_the_windows_as_they_are():
    class Wide:
        def fit(self, X, y):
            assert X.shape[1:] == (2, 24)
            area = X.mean(axis=(1, 2))
            self.limit = (area[y == "N"].mean() + area[y == "V"].mean()) / 2

        def predict(self, X):
            return np.where(X.mean(axis=(1, 2)) > self.limit, "V", "N")

    beats = simulated_beats(n_leads=2)
    split = Split("halves", HALVES.train, HALVES.test, beats.patients)
    assert evaluate(Wide(), beats, split).figures["accuracy"].value > 0.9


def test_a_detector_learns_from_normal_training_beats_only():
    class Nearest(IsolationForest):
        def fit(self, X, y=None, sample_weight=None):
            assert y is None
            self.n_shown_ = len(X)
            normal = np.sum(BEATS.symbols[HALVES.train] == "N")
            assert len(X) == normal
            return super().fit(X)

    found = evaluate(Nearest(n_estimators=20), BEATS, HALVES)
    assert found.task == "detect"
    assert found.labels == ("normal", "abnormal")
    assert found.figures["AUROC"].value > 0.9


def test_a_threshold_learns_from_held_out_normal_beats_of_training_patients():
    rule = Quantile()
    found = evaluate(LocalOutlierFactor(novelty=True), BEATS, HALVES, threshold=rule)
    normal_of = {p: np.sum((BEATS.patients == p) & (BEATS.symbols == "N")) for p in ("p0", "p1", "p2")}
    assert len(rule.seen) in normal_of.values()
    assert found.thresholds == (np.quantile(rule.seen, 0.95),)
    alarms = found.scores["abnormal"] > found.thresholds[0]
    np.testing.assert_array_equal(found.predicted == "abnormal", alarms)


def test_thresholds_do_not_move_when_test_labels_do():
    flipped = BEATS.symbols.copy()
    flipped[HALVES.test] = np.where(flipped[HALVES.test] == "N", "V", "N")
    limits = [
        evaluate(
            IsolationForest(n_estimators=20), BEATS, HALVES, labels=labels, threshold="youden"
        ).thresholds
        for labels in (BEATS.symbols, flipped)
    ]
    assert limits[0] == limits[1]


def test_validation_rows_calibrate_where_the_split_has_them():
    rule = Quantile()
    validation = np.flatnonzero(BEATS.patients == "p2")
    train = np.flatnonzero(BEATS.patients < "p2")
    split = Split("three", train, HALVES.test, BEATS.patients, validation=validation)
    evaluate(IsolationForest(n_estimators=10), BEATS, split, threshold=rule)
    assert len(rule.seen) == np.sum(BEATS.symbols[validation] == "N")


def test_calibration_that_cannot_be_is_refused():
    one = np.flatnonzero(BEATS.patients == "p0")
    split = Split("one", one, HALVES.test, BEATS.patients)
    with pytest.raises(CalibrationError, match="trains on one patient"):
        evaluate(IsolationForest(), BEATS, split, threshold=Quantile())
    ventricular = np.flatnonzero((BEATS.patients == "p1") & (BEATS.symbols == "V"))
    split = Split("three", one, HALVES.test, BEATS.patients, validation=ventricular)
    with pytest.raises(CalibrationError, match="calibration beats is normal"):
        evaluate(IsolationForest(), BEATS, split, threshold=Quantile())
    with pytest.raises(CalibrationError, match="0 normal and"):
        evaluate(IsolationForest(), BEATS, split, threshold="youden")


def test_folds_are_judged_together():
    folds = patient_folds(BEATS.patients, 3)
    found = evaluate(KNeighborsClassifier(3), BEATS, folds)
    assert sorted(found.rows) == list(range(len(BEATS)))
    assert found.split_label == "patient-folds 1/3 to patient-folds 3/3 (inter-patient)"
    np.testing.assert_array_equal(found.reference, BEATS.symbols[found.rows])


def test_leaving_one_patient_out_needs_no_class_in_every_test():
    labels = np.where(BEATS.patients == "p0", "N", BEATS.symbols)
    found = evaluate(KNeighborsClassifier(3), BEATS, leave_one_patient_out(BEATS.patients), labels=labels)
    assert found.figures["macro-F1"].value > 0.7


def test_the_label_scheme_decides_the_classes(spy):
    beats = Beats.of(
        BEATS.waveforms, fs=120, symbols=np.where(BEATS.symbols == "V", "e", "N"), patients=BEATS.patients
    )
    assert evaluate(spy, beats, HALVES, scheme="aami").labels == ("N",)
    assert evaluate(spy, beats, HALVES, scheme="bxb").labels == ("N", "S")


OTHER = Split("other", [0], [1], np.array(["a", "b"]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": KNeighborsClassifier}, "no object with fit and predict"),
        ({"estimator": StandardScaler()}, "no object with fit and predict"),
        ({"split": OTHER}, "made for 2 beats and beats has 240"),
        ({"split": []}, "empty sequence"),
        ({"split": [HALVES, HALVES]}, "test some beats more than once"),
        ({"task": "guess"}, "choose one of: classify, detect"),
        ({"labels": ["N"]}, "1 entries for 240 beats"),
        ({"labels": [""] * 240}, "240 of 240 beats of the split have no class"),
        ({"scheme": "who"}, "choose one of: aami, bxb"),
        ({"threshold": "youden"}, "threshold is given to a classifier"),
        ({"estimator": IsolationForest(), "threshold": "best"}, "choose one of: youden"),
        ({"estimator": IsolationForest(), "normal": "R"}, "none of 120 training beats is"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(options, message):
    arguments = {"estimator": KNeighborsClassifier(), "beats": BEATS, "split": HALVES} | options
    with pytest.raises(ParameterError, match=message) as caught:
        evaluate(**arguments)
    assert isinstance(caught.value, EctopyError)
    assert "\n" not in str(caught.value)


def test_a_detector_without_scores_has_no_threshold_to_learn():
    with pytest.raises(ParameterError, match="no anomaly_score, score_samples or decision_function"):
        evaluate(KMeans(2), BEATS, HALVES, task="detect", threshold=Quantile())


def test_a_pipeline_that_ends_in_a_detector_is_one():
    model = make_pipeline(StandardScaler(), IsolationForest(n_estimators=20))
    assert evaluate(model, BEATS, HALVES).task == "detect"
