from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score

from ectopy.beats.windows import Beats, WindowSpec, cut_beats
from ectopy.datasets.mitbih import load_record
from ectopy.errors import ArtifactError, ParameterError
from ectopy.features.table import beat_features
from ectopy.labels import aami_classes
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.registry import model_folder
from ectopy.record import Record
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm
from ectopy.training.rhythm_augmentation import augmented_beats
from ectopy.training.rhythm_scripts import OBSERVED, RHYTHMS
from ectopy.training.sequences import CLASSES, TrainingSequence

WINDOW = WindowSpec(fs=120, before=48, after=48)


def patient(seed: int) -> Record:
    rhythm = Rhythm(ventricular=0.08, supraventricular=0.08)
    return simulate(240, 360, ("MLII", "V1"), rhythm=rhythm, seed=seed, name=f"p{seed}")


def first_lead(record: Record) -> tuple[Beats, np.ndarray]:
    assert record.annotations is not None
    marks = record.annotations.beats()
    plain = Record(record.signal[:, :1], record.fs, record.leads[:1], name=record.name)
    return cut_beats(plain, marks.samples, WINDOW), aami_classes(marks.symbols, "aami")


@pytest.fixture(scope="module")
def classifier() -> BeatClassifier:
    pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    invented = [rhythm for rhythm in RHYTHMS if rhythm != OBSERVED]  # those of people need their database
    parts = [b for seed in range(2) for b in augmented_beats(patient(seed), WINDOW, rng, invented)]
    beats = Beats.concatenate(parts)
    return BeatClassifier(epochs=20, batch_size=8).fit(beats, beats.symbols)


def test_beats_of_people_it_has_not_seen_are_classified(classifier: BeatClassifier) -> None:
    beats, classes = first_lead(patient(11))
    predicted = classifier.predict(beats)
    for name in "NSV":
        assert (predicted[classes == name] == name).mean() > 0.7, name


def test_probabilities_add_up_and_agree_with_the_class(classifier: BeatClassifier) -> None:
    beats, _ = first_lead(patient(12))
    probability = classifier.predict_proba(beats)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert (classifier.classes_[probability.argmax(axis=1)] == classifier.predict(beats)).all()


def test_a_saved_classifier_gives_the_same(classifier: BeatClassifier, tmp_path: Path) -> None:
    beats, _ = first_lead(patient(13))
    classifier.save(tmp_path / "model", name="test", window=WINDOW)
    loaded = BeatClassifier.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.predict_proba(beats), classifier.predict_proba(beats), atol=1e-4)
    assert loaded.window == WINDOW
    assert (tmp_path / "model" / "network.onnx").stat().st_size < 250_000


def test_what_fit_knows_need_not_be_given_to_save(classifier: BeatClassifier, tmp_path: Path) -> None:
    made = classifier.save(tmp_path / "mine")
    assert (made.manifest.name, made.manifest.window) == ("mine", WINDOW)


def test_arrays_are_refused_with_what_to_give(classifier: BeatClassifier) -> None:
    for call in (classifier.predict, lambda X: BeatClassifier().fit(X, ["N", "N"])):
        with pytest.raises(ParameterError, match="X is a ndarray; give a Beats"):
            call(np.zeros((2, 96)))


def test_no_beats_have_no_class(classifier: BeatClassifier) -> None:
    beats, _ = first_lead(patient(11))
    assert classifier.predict(beats[:0]).shape == (0,)
    assert classifier.predict_proba(beats[:0]).shape == (0, len(CLASSES))


def test_two_leads_per_beat_are_refused(classifier: BeatClassifier) -> None:
    with pytest.raises(ParameterError, match="2 leads per beat"):
        classifier.predict(Beats.of(np.zeros((3, 2, 96)), fs=120))


def test_one_class_per_beat_is_required() -> None:
    pytest.importorskip("torch")
    with pytest.raises(ParameterError, match="2 entries for 3 beats"):
        BeatClassifier().fit(Beats.of(np.zeros((3, 1, 96)), fs=120), ["N", "V"])


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(ArtifactError, match="give one of kind beat-classifier"):
        BeatClassifier.load(model_folder("beat-autoencoder"))


@pytest.fixture(scope="module")
def shipped() -> BeatClassifier:
    return BeatClassifier.load(model_folder("beat-classifier"))


def test_the_shipped_one_recognises_simulated_ventricular_beats(shipped: BeatClassifier) -> None:
    beats, classes = first_lead(patient(21))
    predicted = shipped.predict(beats)
    assert (predicted[classes == "V"] == "V").mean() > 0.9
    assert (predicted[classes == "N"] == "N").mean() > 0.9


def test_the_shipped_one_holds_on_a_person_it_has_not_seen(shipped: BeatClassifier, data_dir: Path) -> None:
    if not (data_dir / "mitdb" / "233.hea").is_file():
        pytest.skip("ECTOPY_DATA_DIR has no record 233 of mitdb")
    beats, classes = first_lead(load_record("233"))
    predicted = shipped.predict(beats)
    assert (predicted[classes == "V"] == "V").mean() > 0.95
    assert (predicted[classes == "N"] == "N").mean() > 0.98


def test_the_shipped_one_is_small(shipped: BeatClassifier) -> None:
    assert (model_folder("beat-classifier") / "network.onnx").stat().st_size < 250_000
    assert shipped.window == WINDOW


def test_it_clones_like_any_estimator() -> None:
    assert clone(BeatClassifier(channels=8)).channels == 8


def test_features_of_beats_are_classified_like_beats(classifier: BeatClassifier) -> None:
    beats, _ = first_lead(patient(11))
    features = beat_features(beats, WINDOW.before)
    np.testing.assert_array_equal(classifier.predict_features(features), classifier.predict_proba(beats))


def test_recordings_are_classified_each_by_itself(classifier: BeatClassifier) -> None:
    parts = [first_lead(patient(seed))[0] for seed in (11, 12)]
    named = [replace(part, records=np.full(len(part), name)) for part, name in zip(parts, "ba", strict=True)]
    together = classifier.predict_proba(Beats.concatenate(named))
    apart = [classifier.predict_proba(part) for part in named]
    np.testing.assert_allclose(together, np.concatenate(apart), atol=1e-6)


def test_what_a_beat_is_depends_on_the_beats_around_it() -> None:
    """A mark means a supraventricular beat where the previous beat has none: no beat alone shows it."""
    pytest.importorskip("torch")

    def of(seed: int) -> TrainingSequence:
        rng = np.random.default_rng(seed)
        marked = rng.random(900) < 0.5
        first = marked & ~np.append(False, marked[:-1])
        features = rng.normal(size=(900, 6)).astype(np.float32)
        features[:, 0] += 4 * marked
        return TrainingSequence(features, np.where(first, "S", "N"))

    asked, sequences = of(9), [of(seed) for seed in range(6)]
    found = {}
    for dilations in ((1,), ()):
        options = {"channels": 16, "epochs": 30, "batch_size": 4, "dilations": dilations}
        probabilities = BeatClassifier(**options).fit_sequences(sequences).predict_features(asked.features)
        found[dilations] = roc_auc_score(asked.classes == "S", probabilities[:, 1])
    assert found[1,] > found[()] + 0.1
