from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.qrs_detector import beat_probability, detect_qrs
from ectopy.record import Annotations, Record

FS = 100.0


def patient(name: str, every: int) -> Record:
    """Return a minute of a heart that beats like a clock."""
    beats = np.arange(50, 6_000, every)
    wave = np.exp(-0.5 * ((np.arange(6_000)[:, None] - beats) / 1.5) ** 2).sum(axis=1)
    signal = np.column_stack([wave, -0.6 * wave]) + np.random.default_rng(0).normal(0, 0.02, (6_000, 2))
    return Record(
        signal, FS, ("I", "II"), name=name, annotations=Annotations(beats, ["N"] * len(beats), fs=FS)
    )


def train(folder: Path) -> Artifact:
    pytest.importorskip("torch")
    from ectopy.recipes.qrs_training import train_qrs

    return train_qrs([patient("a", 80)], [noise()], folder, seed=1, epochs=1, threshold=0.3)


def noise() -> np.ndarray:
    return np.random.default_rng(2).normal(0, 0.2, (2500, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("models") / "qrs").folder


def test_a_model_says_what_it_learned_from(folder: Path) -> None:
    manifest = artifact.load(folder).manifest
    assert manifest.kind == "qrs-detector"
    assert manifest.parameters["threshold"] == 0.3
    assert manifest.training["records"] == ["a"]
    assert manifest.training["beats"] == len(range(50, 6_000, 80))


@pytest.mark.parametrize("n_leads", [1, 2, 5])
def test_a_trained_model_runs_on_any_number_of_leads(folder: Path, n_leads: int) -> None:
    model = artifact.load(folder)
    assert beat_probability(np.zeros((n_leads, 96), dtype=np.float32), model).shape == (48,)
    signal = np.tile(patient("b", 90).signal, (1, 3))[:, :n_leads]
    assert detect_qrs(signal, FS, model=model).dtype == np.int64


def test_the_same_seed_gives_the_same_model(folder: Path, tmp_path: Path) -> None:
    leads = np.random.default_rng(0).normal(size=(2, 512)).astype(np.float32)
    again = beat_probability(leads, train(tmp_path / "again"))
    np.testing.assert_array_equal(again, beat_probability(leads, artifact.load(folder)))


def test_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from ectopy.recipes.qrs_training import train_qrs

    with pytest.raises(ParameterError):
        train_qrs([], [noise()], tmp_path / "qrs")
    with pytest.raises(ParameterError):
        train_qrs([patient("a", 80)], [], tmp_path / "qrs")
    assert not (tmp_path / "qrs").exists()
