"""The contract of the anomaly detector: scikit-learn's rules, torch's numbers without torch, no leaks."""

from __future__ import annotations

import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import estimator_checks_generator

from ectopy.artifact import WindowSpec
from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, CalibrationError, ParameterError
from ectopy.estimators.detector import BeatAnomalyDetector, _hold_out
from ectopy.estimators.threshold import MadThreshold, QuantileThreshold

WINDOW = WindowSpec(fs=120, before=16, after=32)


def normal_beats(n: int, seed: int = 0) -> np.ndarray:
    """Spikes of one shape and slightly varying width, (n, 1, 48)."""
    rng = np.random.default_rng(seed)
    time = np.arange(48) - 16
    width = rng.normal(2.5, 0.1, (n, 1))
    noise = rng.normal(0, 0.01, (n, 48))
    return (np.exp(-((time / width) ** 2)) + noise).astype(np.float32)[:, np.newaxis]


def wide_beats(n: int) -> np.ndarray:
    time = np.arange(48) - 16
    return np.tile(-np.exp(-((time / 9.0) ** 2)), (n, 1, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def fitted() -> BeatAnomalyDetector:
    detector = BeatAnomalyDetector(epochs=12, batch_size=32, threshold=QuantileThreshold(0.95))
    return detector.fit(normal_beats(400))


def test_wide_inverted_beats_are_abnormal_and_normal_ones_are_not(fitted):
    assert (fitted.predict(wide_beats(5)) == -1).all()
    assert (fitted.predict(normal_beats(200, seed=1)) == 1).mean() > 0.8


def test_scores_follow_the_outlier_convention(fitted):
    beats = np.concatenate([normal_beats(20), wide_beats(5)])
    score = fitted.anomaly_score(beats)
    np.testing.assert_allclose(fitted.score_samples(beats), -score)
    np.testing.assert_allclose(fitted.decision_function(beats), fitted.threshold_ - score, rtol=1e-6)
    np.testing.assert_array_equal(fitted.predict(beats) == -1, score > fitted.threshold_)


def test_the_reconstruction_is_in_the_units_of_the_beats(fitted):
    beats = 7 + 3 * normal_beats(50)
    assert np.abs(fitted.reconstruct(beats) - beats).mean() < 0.5
    assert fitted.transform(beats).shape[0] == 50


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others():
    beats = normal_beats(120)
    first, second, other = (
        BeatAnomalyDetector(epochs=2, threshold=MadThreshold(), validation_fraction=0.5, seed=seed).fit(beats)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.anomaly_score(beats), second.anomaly_score(beats))
    assert (first.anomaly_score(beats) != other.anomaly_score(beats)).any()


def test_onnxruntime_gives_what_torch_gave(fitted, tmp_path):
    fitted.save(tmp_path / "model", name="test", window=WINDOW)
    loaded = BeatAnomalyDetector.load(tmp_path / "model")
    beats = np.concatenate([normal_beats(30), wide_beats(5)])
    ours, theirs = fitted.examine(beats), loaded.examine(beats)
    np.testing.assert_allclose(theirs.scores, ours.scores, atol=1e-5)
    np.testing.assert_allclose(theirs.reconstructions, ours.reconstructions, atol=1e-4)
    np.testing.assert_allclose(theirs.codes, ours.codes, atol=1e-4)
    assert loaded.threshold_ == fitted.threshold_
    assert loaded.window == WINDOW


def test_a_saved_detector_works_with_torch_absent(fitted, tmp_path):
    fitted.save(tmp_path / "model", name="test", window=WINDOW)
    np.save(tmp_path / "beats.npy", normal_beats(10))
    program = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'torch': raise ImportError(name)\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "import numpy as np\n"
        "from ectopy.estimators.detector import BeatAnomalyDetector\n"
        "detector = BeatAnomalyDetector.load('model')\n"
        "beats = np.load('beats.npy')\n"
        "print(len(detector.predict(beats)))\n"
        "try: detector.fit(beats)\n"
        "except ImportError as error: print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == [
        "10",
        "torch is not installed; mend it with: pip install 'ectopy[train]'",
    ]


def test_a_loaded_detector_can_be_cloned_and_trained_again(fitted, tmp_path):
    fitted.save(tmp_path / "model", name="test", window=WINDOW)
    again = clone(BeatAnomalyDetector.load(tmp_path / "model")).set_params(epochs=1)
    assert again.fit(normal_beats(300)).window_shape_ == (1, 48)


def test_an_artifact_of_another_kind_is_refused(fitted, tmp_path):
    folder = tmp_path / "model"
    fitted.save(folder, name="test", window=WINDOW)
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("anomaly-detector", "beat-classifier"))
    with pytest.raises(ArtifactError, match="beat-classifier"):
        BeatAnomalyDetector.load(folder)


def test_patients_are_on_one_side_only():
    patients = np.repeat(np.arange(10), 7)
    parts = _hold_out(len(patients), patients, 0.3, seed=3)
    owners = [set(patients[part]) for part in parts]
    assert sum(map(len, owners)) == 10
    assert set.union(*owners) == set(range(10))
    assert sum(map(len, parts)) == len(patients)


def test_patients_of_beats_are_respected_without_being_asked(monkeypatch):
    seen = {}
    monkeypatch.setattr(
        "ectopy.estimators.detector._hold_out",
        lambda n, patients, fraction, seed: seen.setdefault("parts", _hold_out(n, patients, fraction, seed)),
    )
    patients = np.repeat(["a", "b", "c", "d"], 30)
    beats = Beats.of(normal_beats(120), fs=120, patients=patients)
    BeatAnomalyDetector(epochs=1, threshold=MadThreshold(), validation_fraction=0.5).fit(beats)
    assert sorted(len(set(patients[part])) for part in seen["parts"]) == [1, 1, 2]


def test_too_few_held_out_beats_for_the_promise_are_refused():
    with pytest.raises(CalibrationError, match="at least 99"):
        BeatAnomalyDetector(epochs=1).fit(normal_beats(300))


def test_windows_of_another_length_are_refused(fitted):
    with pytest.raises(ParameterError, match="48 features"):
        fitted.predict(np.zeros((3, 1, 50), np.float32))


def test_an_unfitted_detector_says_so():
    with pytest.raises(NotFittedError):
        BeatAnomalyDetector().predict(normal_beats(3))


def test_an_unknown_architecture_lists_the_known():
    with pytest.raises(ParameterError, match="conv"):
        BeatAnomalyDetector("transformer").fit(normal_beats(100))


@dataclass(frozen=True)
class Largest:
    """A user's own rule: scikit-learn's checks hand over too few beats for any of ours."""

    def learn(self, scores: np.ndarray) -> float:
        return float(np.max(scores))


def small() -> BeatAnomalyDetector:
    return BeatAnomalyDetector(
        {"name": "conv", "filters": (2, 2, 1), "kernel": 3},
        epochs=1,
        threshold=Largest(),
        validation_fraction=0.6,
    )


INAPPLICABLE = {
    "check_array_api_input": "torch and cupy arrays are not promised",
    "check_fit2d_1sample": "a threshold cannot be learned from one beat",
    "check_outliers_fit_predict": "the threshold decides the share of outliers, not a contamination",
    "check_outliers_train": "asks for `contamination`-like bookkeeping on three clusters of nine beats",
}


@pytest.mark.parametrize(
    ("estimator", "check"),
    [
        pair
        for pair in estimator_checks_generator(small())
        if getattr(pair[1], "func", pair[1]).__name__ not in INAPPLICABLE
    ],
    ids=lambda value: getattr(getattr(value, "func", None), "__name__", ""),
)
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(estimator)


def test_no_training_leaves_no_trace_in_the_folder(tmp_path: Path):
    with pytest.raises(NotFittedError):
        small().save(tmp_path / "model", name="test", window=WINDOW)
    assert not list(tmp_path.iterdir())
