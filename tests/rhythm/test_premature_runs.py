"""What counts as premature: early against near beats of the same rhythm."""

from __future__ import annotations

import numpy as np

from ectopy.rhythm.premature_runs import premature, unmistakable


def kept(rr: np.ndarray, called: np.ndarray) -> np.ndarray:
    return premature(np.asarray(rr, np.float32), called, ~called)


def test_a_sinus_that_quickens_under_exercise_is_no_ectopy() -> None:
    rr = np.concatenate([np.full(60, 0.86), np.linspace(0.86, 0.46, 60), np.full(100, 0.46)])
    assert not kept(rr, np.arange(220) > 70).any()


def test_breathing_is_no_ectopy() -> None:
    rr = 0.95 + 0.1 * np.sin(np.arange(200) * 2 * np.pi / 7)
    assert not kept(rr, rr < 0.9).any()


def test_the_beat_that_ends_a_pause_is_no_ectopy() -> None:
    rr = np.tile([1.6, 0.8, 0.8], 40)
    assert not kept(rr, rr > 1)[1:].any()


def test_an_atrial_run_stays_to_its_last_beat() -> None:
    rr = np.full(200, 0.85)
    rr[100], rr[101:140], rr[140] = 0.55, 0.4, 1.0
    called = np.isin(np.arange(200), np.arange(100, 140))
    np.testing.assert_array_equal(kept(rr, called), called)


def test_runs_stay_where_most_beats_are_premature() -> None:
    rr = np.tile([1.8] + [0.62] * 9, 30)
    called = rr < 1
    np.testing.assert_array_equal(kept(rr, called), called)


def test_a_run_stays_though_the_classifier_missed_some_of_its_beats() -> None:
    rr = np.full(200, 0.85)
    rr[100], rr[101:140], rr[140] = 0.55, 0.4, 1.0
    called = np.isin(np.arange(200), np.arange(100, 140)) & ~np.isin(np.arange(200), [100, 107, 108, 120])
    np.testing.assert_array_equal(kept(rr, called), called)


def test_a_ventricular_beat_in_exercise_makes_no_run_of_what_follows() -> None:
    rr = np.concatenate([np.full(60, 0.86), np.linspace(0.86, 0.46, 60), np.full(100, 0.46)])
    rr[150], rr[151] = 0.36, 0.56
    called = (np.arange(220) > 70) & (np.arange(220) != 150)
    assert not premature(rr, called, np.arange(220) <= 70).any()


def test_two_marks_on_one_sample_are_no_error() -> None:
    assert premature(np.array([0.8, 0.8, 0.0, 0.0, 0.8]), np.arange(5) == 3, np.arange(5) != 3).sum() <= 1


def test_where_the_interval_is_unknown_the_classifier_is_believed() -> None:
    rr = np.full(30, 0.8)
    rr[[0, 12]] = np.nan
    called = np.isin(np.arange(30), [0, 12, 20])
    assert np.flatnonzero(kept(rr, called)).tolist() == [0, 12]


def test_ventricular_beats_and_their_pauses_do_not_hide_an_atrial_one() -> None:
    rr = np.full(60, 0.8)
    rr[30], rr[31], rr[33] = 0.5, 1.1, 0.55
    called, normal = np.arange(60) == 33, ~np.isin(np.arange(60), [30, 33])
    assert premature(rr, called, normal)[33]


def test_a_recording_does_not_begin_with_ectopy_that_is_no_faster_than_what_follows() -> None:
    rr = np.full(100, 0.8)
    rr[0] = np.nan
    assert not kept(rr, np.arange(100) < 10)[1:].any()


def test_a_recording_may_begin_within_an_atrial_run() -> None:
    rr = np.where(np.arange(100) < 10, 0.4, 0.8)
    rr[0], rr[10] = np.nan, 1.0
    called = np.arange(100) < 10
    np.testing.assert_array_equal(kept(rr, called), called)


def test_the_sinus_beat_after_an_interpolated_ventricular_one_is_not_premature() -> None:
    rr = np.full(60, 0.9)
    rr[30], rr[31] = 0.55, 0.45
    called, wide = np.arange(60) == 31, np.arange(60) == 30
    assert not premature(rr, called, ~called & ~wide, ventricular=wide).any()


def test_an_atrial_beat_long_after_a_ventricular_one_stays() -> None:
    rr = np.full(60, 0.9)
    rr[30], rr[31], rr[32] = 0.75, 0.55, 1.3
    called, wide = np.arange(60) == 31, np.arange(60) == 30
    assert premature(rr, called, ~called & ~wide, ventricular=wide)[31]


def test_a_sinus_that_is_called_to_work_within_six_beats_is_no_ectopy() -> None:
    rr = np.concatenate([np.full(40, 1.05), np.linspace(0.97, 0.6, 6), np.full(60, 0.58), np.full(20, 1.05)])
    assert not kept(rr, (np.arange(len(rr)) > 42) & (np.arange(len(rr)) < 106)).any()


def test_a_run_behind_the_usual_p_waves_is_of_the_sinus() -> None:
    rr = np.tile([1.5, 0.8, 0.78, 0.77, 0.76, 0.76], 20)
    called = rr < 1
    assert not premature(rr, called, ~called, np.arange(120) % 3 > 0).any()
    assert premature(rr, called, ~called, np.arange(120) % 9 == 4).mean() > 0.7


def test_a_beat_that_no_breath_brings_as_early_is_unmistakable() -> None:
    rr = 0.85 + 0.15 * np.sin(np.arange(60) * 2 * np.pi / 5)
    normal = np.ones(60, bool)
    assert not unmistakable(rr, normal).any()
    rr[30] *= 0.5
    assert np.flatnonzero(unmistakable(rr, normal)).tolist() == [30]
    split = np.insert(rr, 45, rr[45] / 2)
    split[46] /= 2
    assert np.flatnonzero(unmistakable(split, np.ones(61, bool))).tolist() == [30]
    normal[29] = False
    assert not unmistakable(rr, normal).any()


def test_a_long_run_may_begin_with_a_small_step() -> None:
    rr = np.concatenate([np.full(40, 0.85), np.full(30, 0.72), np.full(20, 0.85)])
    called = (np.arange(90) >= 40) & (np.arange(90) < 70)
    np.testing.assert_array_equal(kept(rr, called), called)
