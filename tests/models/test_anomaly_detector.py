"""The contract of the anomaly detector: scikit-learn's rules, torch's numbers without torch, no leaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.errors import ArtifactError, CalibrationError, ParameterError
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.threshold import ConformalThreshold, MadThreshold, QuantileThreshold

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
    detector = BeatAnomalyDetector(epochs=12, batch_size=32, folds=2, threshold=QuantileThreshold(0.95))
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
        BeatAnomalyDetector(epochs=2, folds=2, threshold=MadThreshold(), seed=seed).fit(beats)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.anomaly_score(beats), second.anomaly_score(beats))
    assert (first.anomaly_score(beats) != other.anomaly_score(beats)).any()


def test_onnxruntime_gives_what_torch_gave(fitted, tmp_path):
    fitted.save(tmp_path / "model", name="test", window=WINDOW)
    loaded = BeatAnomalyDetector.load(tmp_path / "model")
    beats = np.concatenate([normal_beats(30), wide_beats(5)])
    ours, theirs = fitted.score_beats(beats), loaded.score_beats(beats)
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
        "from ectopy.models.anomaly_detector import BeatAnomalyDetector\n"
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
        "torch is not installed; install it with: pip install 'ectopy[train]'"
        " (in a checkout: pip install '.[train]')",
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


def people(n: int, each: int, seed: int = 0) -> Beats:
    """Beats of some people, every tenth wide and inverted."""
    shapes = normal_beats(n * each, seed)
    shapes[::10] = wide_beats(-(-n * each // 10))
    names = np.repeat([f"p{i}" for i in range(n)], each)
    return Beats.of(shapes, fs=120, patients=names, records=names)


def test_no_patient_is_scored_by_a_network_that_has_seen_them_nor_stops_its_own_training(monkeypatch):
    learned, scored = [], []
    train, score = BeatAnomalyDetector._train, BeatAnomalyDetector._score

    def note_training(self, inputs, owners):
        learned.append(set(owners.tolist()))
        train(self, inputs, owners)

    def note_scoring(self, standard, waveforms, sources):
        scored.append({int(name[1:]) for name in sources})
        return score(self, standard, waveforms, sources)

    monkeypatch.setattr(BeatAnomalyDetector, "_train", note_training)
    monkeypatch.setattr(BeatAnomalyDetector, "_score", note_scoring)
    BeatAnomalyDetector(epochs=1, folds=3, normalisation="template", threshold=MadThreshold()).fit(
        people(7, 20)
    )
    assert len(learned) == 4
    for seen, held in zip(learned[:3], scored, strict=True):
        assert seen | held == set(range(7))
        assert not seen & held
    assert set.union(*scored) == learned[-1] == set(range(7))


def test_no_patient_is_compared_with_beats_that_a_network_knew(monkeypatch):
    learned = []
    train = BeatAnomalyDetector._train

    def note_training(self, inputs, owners):
        learned.append(set(owners.tolist()))
        train(self, inputs, owners)

    monkeypatch.setattr(BeatAnomalyDetector, "_train", note_training)
    beats = people(7, 20)
    detector = BeatAnomalyDetector(epochs=1, folds=3, threshold=MadThreshold()).fit(beats)
    ranks = detector.cross_conformal_
    for fold in range(3):
        held = {int(name[1:]) for name in beats.patients[ranks.folds == fold]}
        assert held | learned[fold] == set(range(7))
        assert not held & learned[fold]


def test_the_promise_is_kept_on_new_normal_beats_and_a_score_is_a_p_value():
    detector = BeatAnomalyDetector(epochs=2, threshold=ConformalThreshold(0.1)).fit(normal_beats(300))
    scores = detector.anomaly_score(normal_beats(600, seed=7))
    assert (scores > detector.threshold_).mean() == pytest.approx(0.1, abs=0.05)
    assert (scores > 2).mean() < 0.04  # one normal beat in a hundred
    assert detector.threshold_ == pytest.approx(1)


@pytest.mark.parametrize("score", ["density", "reconstruction", "both"])
def test_every_score_finds_wide_beats_and_is_saved(score: str, tmp_path: Path):
    detector = BeatAnomalyDetector(score_by=score, epochs=2, folds=3).fit(normal_beats(200))
    assert (detector.predict(wide_beats(3)) == -1).all()
    loaded = BeatAnomalyDetector.load(detector.save(tmp_path / "model").folder)
    mixed = np.concatenate([normal_beats(20, seed=3), wide_beats(3)])
    np.testing.assert_allclose(loaded.anomaly_score(mixed), detector.anomaly_score(mixed), atol=0.02)
    assert loaded.threshold_ == detector.threshold_
    assert loaded.at_alarm_rate(0.1).threshold_ < loaded.threshold_
    assert loaded.get_params()["score_by"] == score


def test_scores_that_do_not_exist_are_refused():
    with pytest.raises(ParameterError, match="score_by='loss' is unknown; choose one of: density"):
        BeatAnomalyDetector(score_by="loss").fit(normal_beats(100))
    with pytest.raises(ParameterError, match="not possible with normalisation='template'"):
        BeatAnomalyDetector(score_by="density", normalisation="template").fit(normal_beats(100))


def test_the_threshold_comes_from_the_normal_beats_of_every_patient():
    beats = people(6, 50)
    normal = np.arange(300) % 10 > 0
    rule = QuantileThreshold(0.9)
    detector = BeatAnomalyDetector("shortcut", epochs=2, folds=3, normalisation="template", threshold=rule)
    detector.fit(beats, normal=normal)
    held_out = detector.held_out_scores_
    assert detector.threshold_ == rule.learn(held_out[normal])
    assert (held_out[~normal] > detector.threshold_).all()  # they training_mask nothing, and were judged
    assert (held_out[normal] > detector.threshold_).mean() == pytest.approx(0.1, abs=0.01)


def test_abnormal_beats_that_are_left_out_teach_nothing():
    beats = people(6, 30)
    normal = np.arange(180) % 10 > 0
    options = {"architecture": "shortcut", "epochs": 2, "folds": 3, "threshold": MadThreshold()}
    told = BeatAnomalyDetector(**options).fit(beats, normal=normal)
    without = BeatAnomalyDetector(**options).fit(beats[normal])
    assert told.threshold_ == pytest.approx(without.threshold_, rel=1e-4)


def test_more_beats_of_the_person_do_not_change_what_is_abnormal():
    """What is usual is asked of the own beats alone, however many wide ones there are."""
    detector = BeatAnomalyDetector(
        "shortcut", epochs=5, folds=3, normalisation="template", threshold=QuantileThreshold(0.95)
    ).fit(people(6, 60), normal=np.arange(360) % 10 > 0)
    for share in (0.05, 0.4):
        shapes = normal_beats(200, seed=9)
        wide = np.arange(200) < 200 * share
        shapes[wide] = wide_beats(int(wide.sum())) + normal_beats(200, seed=5)[wide] * np.float32(0.05)
        found = detector.predict(Beats.of(shapes, fs=120))
        assert (found[wide] == -1).all()
        assert (found[~wide] == 1).mean() > 0.8


def test_too_few_patients_for_the_folds_are_refused():
    with pytest.raises(ParameterError, match=r"4 patients cannot be divided.*folds=5\); give at least 5"):
        BeatAnomalyDetector(epochs=1).fit(people(4, 20))


def test_too_few_held_out_beats_for_the_promise_are_refused():
    with pytest.raises(CalibrationError, match="at least 49"):
        BeatAnomalyDetector(epochs=1, folds=2).fit(normal_beats(40))


def test_one_truth_value_a_beat():
    with pytest.raises(ParameterError, match="normal has 3 entries for 120 beats"):
        BeatAnomalyDetector(epochs=1).fit(people(6, 20), normal=[True] * 3)


def test_windows_of_another_length_are_refused(fitted):
    with pytest.raises(ParameterError, match="48 features"):
        fitted.predict(np.zeros((3, 1, 50), np.float32))


def test_an_unfitted_detector_says_so():
    with pytest.raises(NotFittedError):
        BeatAnomalyDetector().predict(normal_beats(3))


def test_an_unknown_architecture_lists_the_known():
    with pytest.raises(ParameterError, match="conv"):
        BeatAnomalyDetector("transformer").fit(normal_beats(100))


def test_no_training_leaves_no_trace_in_the_folder(tmp_path: Path):
    with pytest.raises(NotFittedError):
        BeatAnomalyDetector().save(tmp_path / "model", name="test", window=WINDOW)
    assert not list(tmp_path.iterdir())


def test_what_fit_knows_need_not_be_given_to_save(tmp_path: Path):
    beats = Beats.of(normal_beats(100), fs=120, peak=16, patients=[str(i % 5) for i in range(100)])
    detector = BeatAnomalyDetector("dense", epochs=1, folds=2, threshold=QuantileThreshold(0.9)).fit(beats)
    made = detector.save(tmp_path / "my detector")
    assert made.manifest.name == "my detector"
    assert BeatAnomalyDetector.load(made.folder).window == WINDOW


def test_a_detector_of_plain_arrays_knows_no_window(fitted, tmp_path: Path):
    loaded = BeatAnomalyDetector.load(fitted.save(tmp_path / "model").folder)
    with pytest.raises(ArtifactError, match="does not know how its beats were cut"):
        _ = loaded.window
