"""What counts as premature: early against near beats of the same rhythm."""

from __future__ import annotations

import numpy as np
import pytest

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


def test_the_sinus_beat_after_a_ventricular_one_that_set_it_anew_is_not_premature() -> None:
    rr = np.full(60, 0.9)
    rr[30], rr[31], rr[32] = 0.75, 0.55, 1.3
    called, wide = np.arange(60) == 31, np.arange(60) == 30
    assert not premature(rr, called, ~called & ~wide, ventricular=wide).any()


def test_an_atrial_run_after_a_ventricular_beat_stays() -> None:
    rr = np.full(60, 0.9)
    rr[30], rr[31:34], rr[34] = 0.75, 0.55, 1.3
    called, wide = np.isin(np.arange(60), [31, 32, 33]), np.arange(60) == 30
    np.testing.assert_array_equal(premature(rr, called, ~called & ~wide, ventricular=wide), called)


def test_a_block_that_drops_some_beats_makes_nothing_premature() -> None:
    rng = np.random.default_rng(0)
    atrial = np.cumsum(0.6 * (1 + 0.01 * rng.standard_normal(200)))
    rr = np.diff(atrial[np.arange(200) % 7 > 0])
    called = rr < 0.9
    assert not kept(rr, called)[6:].any()
    sick = np.where(called, rr, 1.25 * rr)  # a sinus that stands still for a cycle and a half
    assert kept(sick, called)[called].mean() > 0.9


def test_nobody_s_first_beat_is_premature_behind_the_usual_p_wave() -> None:
    rr = np.where(np.arange(40) % 5 == 4, 1.2, 0.6)
    rr[0] = np.nan
    called = rr != 1.2
    assert not premature(rr, called, ~called, np.ones(40, bool)).any()


@pytest.mark.parametrize(("faster", "stays"), [(0.85, False), (0.8, False), (0.7, True)])
def test_a_long_run_hardly_faster_than_what_came_before_is_a_sinus(faster: float, stays: bool) -> None:
    rr = np.where(np.arange(200) < 100, 0.8, faster * 0.8)
    called = np.isin(np.arange(200), np.arange(100, 160))
    assert kept(rr, called).sum() == (60 if stays else 0)


def test_a_slow_recording_does_not_begin_with_a_tachycardia() -> None:
    rr = np.full(60, 0.85)
    rr[0] = np.nan
    called = np.arange(60) > 0
    assert not kept(rr, called).any()
    assert kept(rr / 2, called)[1:].all()


def test_a_sinus_that_is_called_to_work_within_six_beats_is_no_ectopy() -> None:
    rr = np.concatenate([np.full(40, 1.05), np.linspace(0.97, 0.6, 6), np.full(60, 0.58), np.full(20, 1.05)])
    assert not kept(rr, (np.arange(len(rr)) > 42) & (np.arange(len(rr)) < 106)).any()


def test_a_run_behind_the_usual_p_waves_is_of_the_sinus() -> None:
    rr = np.tile([1.2, 0.72, 0.71, 0.7, 0.7, 0.69], 20)
    called = rr < 1
    assert not premature(rr, called, ~called, np.arange(120) % 3 > 0).any()
    assert premature(rr, called, ~called, np.arange(120) % 9 == 4).mean() > 0.7


@pytest.mark.parametrize(("cycle", "stays"), [(0.9, False), (0.62, True)])
def test_a_sinus_at_rest_between_its_pauses_is_no_run(cycle: float, stays: bool) -> None:
    rr = np.tile(np.append(2.4 * cycle, np.full(8, cycle)), 20)
    called = rr == cycle
    assert kept(rr, called)[9:].any() == stays


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


def test_a_long_run_may_begin_with_small_steps() -> None:
    rr = np.concatenate([np.full(40, 0.85), [0.74], np.full(29, 0.62), np.full(20, 0.85)])
    called = (np.arange(90) >= 40) & (np.arange(90) < 70)
    np.testing.assert_array_equal(kept(rr, called), called)
