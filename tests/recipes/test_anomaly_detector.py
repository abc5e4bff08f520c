"""What the shipped detector learns from, and that it holds what its card promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.mitbih import load_records
from ectopy.models.registry import default_detector
from ectopy.recipes import anomaly_detector
from ectopy.recipes.anomaly_detector import THRESHOLD, measure, training_beats
from ectopy.simulation import Rhythm, simulate


@pytest.fixture(scope="module")
def records():
    rhythm = Rhythm(supraventricular=0.02, ventricular=0.1, fusion=0.02)
    return [simulate(duration=120, seed=seed, rhythm=rhythm, name=f"made {seed}") for seed in (1, 2)]


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
    found = measure(default_detector(), records)
    assert found["sensitivity"]["V"] > 0.9
    assert found["false_alarm_rate"] < 0.05
    assert found["autoencoder"]["auroc of a class against N"]["V"] > 0.99


def test_the_shipped_detector_keeps_its_figures_on_people_it_never_saw(data_dir: Path):
    found = measure(default_detector(), load_records(["200", "210", "219", "233"]))
    assert found["sensitivity"]["V"] > 0.9
    assert found["false_alarm_rate"] < 2 * THRESHOLD.false_alarm_rate
