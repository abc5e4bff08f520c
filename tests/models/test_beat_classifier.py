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
from ectopy.features.morphology import context_features
from ectopy.labels import aami_classes
from ectopy.models.beat_classifier import CLASSES, RECORDED, BeatClassifier, Lesson, weights
from ectopy.models.registry import model_folder
from ectopy.record import Record
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm
from ectopy.training.rhythm_augmentation import N_PLAIN, STRETCH, Take, classified_beats, replay
from ectopy.training.rhythm_scripts import KINDS, compose

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
    parts = [b for seed in range(2) for b in classified_beats(patient(seed), WINDOW, rng)]
    beats = Beats.concatenate(parts)
    return BeatClassifier(epochs=20, batch_size=8).fit(beats, beats.symbols)


def test_beats_of_people_it_has_not_seen_are_named(classifier: BeatClassifier) -> None:
    beats, classes = first_lead(patient(11))
    called = classifier.predict(beats)
    for name in "NSV":
        assert (called[classes == name] == name).mean() > 0.7, name


def test_probabilities_add_up_and_agree_with_the_class(classifier: BeatClassifier) -> None:
    beats, _ = first_lead(patient(12))
    probability = classifier.predict_proba(beats)
    np.testing.assert_allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert (classifier.classes_[probability.argmax(axis=1)] == classifier.predict(beats)).all()


def test_a_saved_classifier_says_the_same(classifier: BeatClassifier, tmp_path: Path) -> None:
    beats, _ = first_lead(patient(13))
    classifier.save(tmp_path / "model", name="test", window=WINDOW)
    loaded = BeatClassifier.load(tmp_path / "model")
    np.testing.assert_allclose(loaded.predict_proba(beats), classifier.predict_proba(beats), atol=1e-4)
    assert loaded.window == WINDOW
    assert (tmp_path / "model" / "network.onnx").stat().st_size < 200_000


def test_no_beats_have_no_class(classifier: BeatClassifier) -> None:
    beats, _ = first_lead(patient(11))
    assert classifier.predict(beats[:0]).shape == (0,)
    assert classifier.predict_proba(beats[:0]).shape == (0, len(CLASSES))


def test_two_leads_a_beat_are_refused(classifier: BeatClassifier) -> None:
    with pytest.raises(ParameterError, match="2 leads a beat"):
        classifier.predict(Beats.of(np.zeros((3, 2, 96)), fs=120))


def test_a_class_a_beat_is_asked_for() -> None:
    pytest.importorskip("torch")
    with pytest.raises(ParameterError, match="2 entries for 3 beats"):
        BeatClassifier().fit(Beats.of(np.zeros((3, 1, 96)), fs=120), ["N", "V"])


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(ArtifactError, match="give one of kind beat-classifier"):
        BeatClassifier.load(model_folder("beat-autoencoder"))


@pytest.fixture(scope="module")
def shipped() -> BeatClassifier:
    return BeatClassifier.load(model_folder("beat-classifier"))


def test_the_shipped_one_names_simulated_ventricular_beats(shipped: BeatClassifier) -> None:
    beats, classes = first_lead(patient(21))
    called = shipped.predict(beats)
    assert (called[classes == "V"] == "V").mean() > 0.9
    assert (called[classes == "N"] == "N").mean() > 0.9


def test_the_shipped_one_keeps_its_word_on_a_person_it_has_not_seen(
    shipped: BeatClassifier, data_dir: Path
) -> None:
    if not (data_dir / "mitdb" / "233.hea").is_file():
        pytest.skip("ECTOPY_DATA_DIR has no record 233 of mitdb")
    beats, classes = first_lead(load_record("233"))
    called = shipped.predict(beats)
    assert (called[classes == "V"] == "V").mean() > 0.95
    assert (called[classes == "N"] == "N").mean() > 0.98


def test_the_shipped_one_is_small(shipped: BeatClassifier) -> None:
    assert (model_folder("beat-classifier") / "network.onnx").stat().st_size < 200_000
    assert shipped.window == WINDOW


def test_it_clones_like_any_estimator() -> None:
    assert clone(BeatClassifier(channels=8)).channels == 8


def test_described_beats_are_named_like_beats(classifier: BeatClassifier) -> None:
    beats, _ = first_lead(patient(11))
    features = context_features(beats, WINDOW.before)
    np.testing.assert_array_equal(classifier.predict_described(features), classifier.predict_proba(beats))


def test_recordings_are_judged_each_by_itself(classifier: BeatClassifier) -> None:
    parts = [first_lead(patient(seed))[0] for seed in (11, 12)]
    named = [replace(part, records=np.full(len(part), name)) for part, name in zip(parts, "ba", strict=True)]
    together = classifier.predict_proba(Beats.concatenate(named))
    apart = [classifier.predict_proba(part) for part in named]
    np.testing.assert_allclose(together, np.concatenate(apart), atol=1e-6)


def test_what_a_beat_is_depends_on_the_beats_around_it() -> None:
    """A mark means a supraventricular beat where the beat before has none: no beat alone tells them apart."""
    pytest.importorskip("torch")

    def of(seed: int) -> Lesson:
        rng = np.random.default_rng(seed)
        marked = rng.random(900) < 0.5
        first = marked & ~np.append(False, marked[:-1])
        features = rng.normal(size=(900, 6)).astype(np.float32)
        features[:, 0] += 4 * marked
        return Lesson(features, np.where(first, "S", "N"))

    asked, taught = of(9), [of(seed) for seed in range(6)]
    found = {}
    for gaps in ((1,), ()):
        options = {"channels": 16, "epochs": 30, "batch_size": 4, "gaps": gaps}
        said = BeatClassifier(**options).fit_lessons(taught).predict_described(asked.features)
        found[gaps] = roc_auc_score(asked.classes == "S", said[:, 1])
    assert found[1,] > found[()] + 0.1


def test_a_recording_counts_by_the_root_of_its_beats_and_more_than_what_was_made_of_one() -> None:
    def of(n: int, *, made: bool) -> Lesson:
        return Lesson(np.zeros((n, 1), np.float32), np.full(n, "N"), made)

    few, many, made = (
        part.sum() for part in weights([of(100, made=False), of(400, made=False), of(100, made=True)])
    )
    assert many == pytest.approx(2 * few)
    assert few == pytest.approx(RECORDED * made)


def test_beats_of_other_names_weigh_nothing() -> None:
    [weight] = weights([Lesson(np.zeros((3, 1), np.float32), np.array(["N", "Q", "V"]))])
    assert (weight > 0).tolist() == [True, False, True]


def test_another_draw_plays_other_patients_from_the_same_recording() -> None:
    record = simulate(1000, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    first, second = (classified_beats(record, WINDOW, np.random.default_rng(seed)) for seed in (0, 1))
    assert len(first) == len(second) == 3 + len(KINDS)
    for one, other in zip(first[3:], second[3:], strict=True):
        assert len(one) == len(other) == STRETCH
        assert (one.samples != other.samples).any()
    np.testing.assert_array_equal(first[0].symbols, second[0].symbols)


def test_beats_are_marked_in_other_places_of_the_qrs_from_draw_to_draw() -> None:
    record = simulate(1000, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    draws = [classified_beats(record, WINDOW, np.random.default_rng(seed))[0].samples for seed in range(12)]
    off = (np.stack(draws) - np.median(draws, axis=0)) / WINDOW.fs
    assert 0.01 < np.median(off, axis=1).std() < 0.04
    assert off.std(axis=1).max() < 0.01


def test_replayed_sick_sinus_makes_premature_beats_the_usual_ones() -> None:
    peaks = np.arange(100, 40_000, 100)
    take = Take(np.zeros((40_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    plays = [replay(take, 120, "sick sinus", np.random.default_rng(seed)) for seed in range(8)]
    assert max((play.classes == "S").mean() for play in plays) > 0.6
    for play in plays:
        intervals = np.diff(play.peaks, prepend=play.peaks[0] - 100)
        early = play.classes == "S"
        assert np.median(intervals[early]) < 0.9 * np.median(intervals[~early])


@pytest.mark.parametrize("kind", ["block", "pace"])
def test_irregular_rhythms_hold_no_premature_beat(kind: str) -> None:
    peaks = np.arange(100, 12_000, 100)
    take = Take(np.zeros((12_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    again = replay(take, 120, kind, np.random.default_rng(3))
    assert set(again.classes) == {"N"}
    assert np.ptp(np.diff(again.peaks)) > 5


@pytest.mark.parametrize("kind", ["fibrillation", "flutter"])
def test_beats_are_premature_outside_fibrillation_only(kind: str) -> None:
    intervals, classes = np.full(300, 100.0), np.full(300, "N")
    scores = [compose(intervals, classes, kind, np.random.default_rng(seed)) for seed in range(20)]
    assert any((score.classes == "S").any() for score in scores)
    for score in scores:
        inside = score.flutter > 0
        assert inside.any()
        assert set(score.classes[inside]) == {"N"}
        assert np.abs(score.p_waves[inside]).max() < 0.2
    assert np.median([np.ptp(score.steps[score.flutter > 0]) for score in scores]) > 30


def test_a_fluttering_atrium_conducts_at_one_place_of_its_wave() -> None:
    """What comes before the QRS is alike in all beats, as if it were a P wave."""
    peaks = np.arange(100, 60_000, 100)
    take = Take(np.zeros((60_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    likeness = {}
    for kind in ("flutter", "fibrillation"):
        found = []
        for seed in range(6):
            again = replay(take, 120, kind, np.random.default_rng(seed))
            before = again.level[again.peaks[20:-20, np.newaxis] + np.arange(-30, -5), 0]
            before = before[before.std(axis=1) > 1e-3]
            found.append(np.abs(np.corrcoef(before, before.mean(axis=0))[-1]).mean())
        likeness[kind] = np.median(found)
    assert likeness["flutter"] > likeness["fibrillation"] + 0.3


@pytest.mark.parametrize("kind", sorted(set(KINDS)))
def test_a_replay_puts_every_beat_where_it_says(kind: str) -> None:
    peaks = np.arange(100, 6000, 100)
    impulses = np.zeros((6100, 2), np.float32)
    impulses[peaks] = 1
    classes = np.full(len(peaks), "N")
    again = replay(Take(impulses, peaks, classes), 120, kind, np.random.default_rng(1))
    assert len(again.peaks) == len(peaks)
    assert (again.level[again.peaks, 0] > 0.8).all()
    assert (np.diff(again.peaks) > 30).all()


def test_replayed_supraventricular_beats_are_early() -> None:
    peaks = np.arange(100, 12_000, 100)
    take = Take(np.zeros((12_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    again = replay(take, 120, "single", np.random.default_rng(3))
    intervals = np.diff(again.peaks, prepend=again.peaks[0] - 100)
    early = again.classes == "S"
    assert early.any()
    assert intervals[early].max() < np.median(intervals[~early])


def test_premature_beats_of_a_sick_sinus_follow_the_sinus_or_keep_a_pace_of_their_own() -> None:
    wandering = 100 + 30 * np.sin(np.arange(600) / 60)
    spreads = []
    for seed in range(30):
        score = compose(wandering, np.full(600, "N"), "sick sinus", np.random.default_rng(seed))
        early = score.steps[score.classes == "S"]
        spreads.append(early.std() / early.mean())
    steady = np.array(spreads) < 0.12
    assert 0.3 < steady.mean() < 0.9
    assert max(spreads) > 0.2


def test_p_waves_of_due_beats_are_there_in_most_replays_and_small_in_some() -> None:
    intervals, classes = np.full(300, 100.0), np.full(300, "N")
    scores = [compose(intervals, classes, "sick sinus", np.random.default_rng(seed)) for seed in range(40)]
    sizes = np.array([np.median(score.p_waves[score.classes == "N"]) for score in scores])
    assert 0.1 < (sizes < 1).mean() < 0.4
    assert sizes.min() < 0.5


def test_a_premature_beat_may_come_from_elsewhere_in_the_atria() -> None:
    wave = np.exp(-0.5 * ((np.arange(100) - 82) / 3) ** 2)
    peaks = np.arange(100, 24_000, 100)
    level = np.tile(wave, 241)[:, np.newaxis].repeat(2, axis=1).astype(np.float32)
    take = Take(level, peaks, np.full(len(peaks), "N"))
    before = np.arange(-33, -8)
    likeness = []
    for seed in range(12):
        again = replay(take, 120, "single", np.random.default_rng(seed))
        early = again.peaks[again.classes == "S"]
        found = np.median(again.level[early[:, np.newaxis] + before, 0], axis=0)
        likeness.append(np.corrcoef(found, level[peaks[5] + before, 0])[0, 1])
    assert min(likeness) < 0
    assert max(likeness) > 0.9


def test_noise_is_added_to_replays_and_to_nothing_else() -> None:
    record = simulate(1000, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    quiet, loud = (
        classified_beats(record, WINDOW, np.random.default_rng(5), KINDS, noisy) for noisy in (0.0, 1.0)
    )
    for one, other in zip(quiet[:N_PLAIN], loud[:N_PLAIN], strict=True):
        np.testing.assert_array_equal(one.waveforms, other.waveforms)
    rough = [
        [np.abs(np.diff(part.waveforms, n=2)).mean() for part in parts[N_PLAIN:]] for parts in (quiet, loud)
    ]
    assert np.mean(rough[1]) > 1.05 * np.mean(rough[0])
