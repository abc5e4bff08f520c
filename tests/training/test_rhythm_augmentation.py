"""Augmented recordings: beats where they are said to be, in the rhythm that was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.windows import WindowSpec
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm
from ectopy.training.rhythm_augmentation import (
    EXCERPT_BEATS,
    N_UNCHANGED,
    AnnotatedSignal,
    augment,
    augmented_beats,
)
from ectopy.training.rhythm_scripts import RHYTHMS, write_script

WINDOW = WindowSpec(fs=120, before=48, after=48)


def test_another_draw_gives_other_rhythms_of_the_same_recording() -> None:
    record = simulate(1000, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    first, second = (augmented_beats(record, WINDOW, np.random.default_rng(seed)) for seed in (0, 1))
    assert len(first) == len(second) == 3 + len(RHYTHMS)
    for one, other in zip(first[3:], second[3:], strict=True):
        assert len(one) == len(other) == EXCERPT_BEATS
        assert (one.samples != other.samples).any()
    np.testing.assert_array_equal(first[0].symbols, second[0].symbols)


def test_beats_are_marked_at_other_places_of_the_qrs_from_draw_to_draw() -> None:
    record = simulate(1000, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    draws = [augmented_beats(record, WINDOW, np.random.default_rng(seed))[0].samples for seed in range(12)]
    off = (np.stack(draws) - np.median(draws, axis=0)) / WINDOW.fs
    assert 0.01 < np.median(off, axis=1).std() < 0.04
    assert off.std(axis=1).max() < 0.01


def test_in_sick_sinus_most_beats_may_be_premature() -> None:
    peaks = np.arange(100, 40_000, 100)
    recording = AnnotatedSignal(np.zeros((40_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    augmented = [augment(recording, 120, "sick sinus", np.random.default_rng(seed)) for seed in range(8)]
    assert max((one.classes == "S").mean() for one in augmented) > 0.6
    for one in augmented:
        intervals = np.diff(one.peaks, prepend=one.peaks[0] - 100)
        premature = one.classes == "S"
        assert np.median(intervals[premature]) < 0.9 * np.median(intervals[~premature])


@pytest.mark.parametrize("rhythm", ["block", "rate"])
def test_irregular_rhythms_hold_no_premature_beat(rhythm: str) -> None:
    peaks = np.arange(100, 12_000, 100)
    recording = AnnotatedSignal(np.zeros((12_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    augmented = augment(recording, 120, rhythm, np.random.default_rng(3))
    assert set(augmented.classes) == {"N"}
    assert np.ptp(np.diff(augmented.peaks)) > 5


@pytest.mark.parametrize("rhythm", ["fibrillation", "flutter"])
def test_beats_are_premature_outside_fibrillation_only(rhythm: str) -> None:
    intervals, classes = np.full(300, 100.0), np.full(300, "N")
    scripts = [write_script(intervals, classes, rhythm, np.random.default_rng(seed)) for seed in range(20)]
    assert any((script.classes == "S").any() for script in scripts)
    for script in scripts:
        inside = script.atrial_waves > 0
        assert inside.any()
        assert set(script.classes[inside]) == {"N"}
        assert np.abs(script.p_scale[inside]).max() < 0.2
    assert np.median([np.ptp(script.intervals[script.atrial_waves > 0]) for script in scripts]) > 30


def test_flutter_is_conducted_at_one_phase_of_its_wave() -> None:
    """What precedes the QRS is the same in all beats, as if it were a P wave."""
    peaks = np.arange(100, 60_000, 100)
    recording = AnnotatedSignal(np.zeros((60_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    correlation = {}
    for rhythm in ("flutter", "fibrillation"):
        found = []
        for seed in range(6):
            augmented = augment(recording, 120, rhythm, np.random.default_rng(seed))
            before = augmented.signal[augmented.peaks[20:-20, np.newaxis] + np.arange(-30, -5), 0]
            before = before[before.std(axis=1) > 1e-3]
            found.append(np.abs(np.corrcoef(before, before.mean(axis=0))[-1]).mean())
        correlation[rhythm] = np.median(found)
    assert correlation["flutter"] > correlation["fibrillation"] + 0.3


@pytest.mark.parametrize("rhythm", sorted(set(RHYTHMS)))
def test_every_beat_is_where_the_augmented_signal_says(rhythm: str) -> None:
    peaks = np.arange(100, 6000, 100)
    impulses = np.zeros((6100, 2), np.float32)
    impulses[peaks] = 1
    classes = np.full(len(peaks), "N")
    augmented = augment(AnnotatedSignal(impulses, peaks, classes), 120, rhythm, np.random.default_rng(1))
    assert len(augmented.peaks) == len(peaks)
    assert (augmented.signal[augmented.peaks, 0] > 0.8).all()
    assert (np.diff(augmented.peaks) > 30).all()


def test_supraventricular_beats_are_premature() -> None:
    peaks = np.arange(100, 12_000, 100)
    recording = AnnotatedSignal(np.zeros((12_100, 2), np.float32), peaks, np.full(len(peaks), "N"))
    augmented = augment(recording, 120, "single", np.random.default_rng(3))
    intervals = np.diff(augmented.peaks, prepend=augmented.peaks[0] - 100)
    premature = augmented.classes == "S"
    assert premature.any()
    assert intervals[premature].max() < np.median(intervals[~premature])


def test_premature_beats_of_a_sick_sinus_follow_the_sinus_or_keep_a_rate_of_their_own() -> None:
    wandering = 100 + 30 * np.sin(np.arange(600) / 60)
    spreads = []
    for seed in range(30):
        script = write_script(wandering, np.full(600, "N"), "sick sinus", np.random.default_rng(seed))
        premature = script.intervals[script.classes == "S"]
        spreads.append(premature.std() / premature.mean())
    steady = np.array(spreads) < 0.12
    assert 0.3 < steady.mean() < 0.9
    assert max(spreads) > 0.2


def test_p_waves_of_sinus_beats_are_unchanged_in_most_scripts_and_small_in_some() -> None:
    intervals, classes = np.full(300, 100.0), np.full(300, "N")
    scripts = [
        write_script(intervals, classes, "sick sinus", np.random.default_rng(seed)) for seed in range(40)
    ]
    sizes = np.array([np.median(script.p_scale[script.classes == "N"]) for script in scripts])
    assert 0.1 < (sizes < 1).mean() < 0.4
    assert sizes.min() < 0.5


def test_a_premature_beat_may_come_from_another_focus() -> None:
    wave = np.exp(-0.5 * ((np.arange(100) - 82) / 3) ** 2)
    peaks = np.arange(100, 24_000, 100)
    level = np.tile(wave, 241)[:, np.newaxis].repeat(2, axis=1).astype(np.float32)
    recording = AnnotatedSignal(level, peaks, np.full(len(peaks), "N"))
    before = np.arange(-33, -8)
    correlation = []
    for seed in range(12):
        augmented = augment(recording, 120, "single", np.random.default_rng(seed))
        premature = augmented.peaks[augmented.classes == "S"]
        found = np.median(augmented.signal[premature[:, np.newaxis] + before, 0], axis=0)
        correlation.append(np.corrcoef(found, level[peaks[5] + before, 0])[0, 1])
    assert min(correlation) < 0
    assert max(correlation) > 0.9


def test_noise_is_added_to_augmented_parts_and_to_nothing_else() -> None:
    record = simulate(1000, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    quiet, loud = (
        augmented_beats(record, WINDOW, np.random.default_rng(5), RHYTHMS, noisy) for noisy in (0.0, 1.0)
    )
    for one, other in zip(quiet[:N_UNCHANGED], loud[:N_UNCHANGED], strict=True):
        np.testing.assert_array_equal(one.waveforms, other.waveforms)
    rough = [
        [np.abs(np.diff(part.waveforms, n=2)).mean() for part in parts[N_UNCHANGED:]]
        for parts in (quiet, loud)
    ]
    assert np.mean(rough[1]) > 1.05 * np.mean(rough[0])
