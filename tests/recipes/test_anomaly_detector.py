"""What the shipped detector learns from, and that it holds what its card promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.mitbih import load_records
from ectopy.errors import CalibrationError
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.registry import DEFAULT_AUTOENCODER, model_folder
from ectopy.recipes import anomaly_detector
from ectopy.recipes.anomaly_detector import THRESHOLD, measure, training_beats, untrained_detector
from ectopy.simulation import Rhythm, simulate


@pytest.fixture(scope="module")
def records():
    rhythm = Rhythm(supraventricular=0.02, ventricular=0.1, fusion=0.02)
    return [simulate(duration=120, seed=seed, rhythm=rhythm, name=f"made {seed}") for seed in (1, 2)]


def shipped() -> BeatAnomalyDetector:
    return BeatAnomalyDetector.load(model_folder(DEFAULT_AUTOENCODER))


def test_no_recording_teaches_more_than_its_share_and_only_normal_beats(records, monkeypatch):
    monkeypatch.setattr(anomaly_detector, "MAX_BEATS", 30)
    chosen = training_beats(records, seed=0)
    n_beats = sum(len(record.annotations.beats()) for record in records)
    assert len(chosen.beats) == 2 * n_beats  # every beat, abnormal ones too, once a lead
    assert set(chosen.classes[chosen.training_mask]) == {"N"}
    names, counts = np.unique(chosen.beats.records[chosen.training_mask], return_counts=True)
    assert len(names) == 4
    assert (counts == 30).all()


def test_another_seed_teaches_other_beats(records, monkeypatch):
    monkeypatch.setattr(anomaly_detector, "MAX_BEATS", 30)
    first, second, other = (training_beats(records, seed).training_mask for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


def test_the_shipped_detector_finds_simulated_ventricular_beats_at_about_the_promised_rate(records):
    found = measure(shipped(), records)
    assert found["sensitivity"]["V"] > 0.9
    assert found["false_alarm_rate"] < 0.05
    assert found["autoencoder"]["auroc of a class against N"]["V"] > 0.99


def test_the_shipped_detector_keeps_its_figures_on_people_it_never_saw(data_dir: Path):
    found = measure(shipped(), load_records(["200", "210", "219", "233"]))
    assert found["sensitivity"]["V"] > 0.9
    assert found["false_alarm_rate"] < 2 * THRESHOLD.false_alarm_rate


def test_a_model_gets_its_calibration_again_and_no_other(records, monkeypatch, tmp_path):
    monkeypatch.setattr(anomaly_detector, "MAX_BEATS", 40)
    people = [simulate(duration=60, leads=("II",), seed=seed, name=f"person {seed}") for seed in range(5)]
    monkeypatch.setattr(anomaly_detector, "load_records", lambda names: people)
    chosen = training_beats(people, seed=3)
    detector = untrained_detector(epochs=1, seed=3).fit(chosen.beats, normal=chosen.training_mask)
    made = detector.save(tmp_path / "model", window=anomaly_detector.WINDOW, training={"seed": 3})
    scores = made.array("calibration.npy")
    (made.folder / "calibration.npy").unlink()
    files = {name: digest for name, digest in made.manifest.files.items() if name != "calibration.npy"}
    text = made.manifest.model_copy(update={"files": files}).model_dump_json()
    (made.folder / "manifest.json").write_text(text)
    again = anomaly_detector.calibrate(made.folder)
    np.testing.assert_allclose(again.array("calibration.npy"), scores, rtol=1e-5)
    assert again.manifest.files["network.onnx"] == files["network.onnx"]
    people[:] = [
        simulate(duration=60, leads=("II",), seed=seed, name=f"other {seed}") for seed in range(5, 10)
    ]
    with pytest.raises(CalibrationError, match="train it again with"):
        anomaly_detector.calibrate(made.folder)
