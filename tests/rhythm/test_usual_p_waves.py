"""Which beats have the P wave of the normal ones: what tells a block from atrial bigeminy."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.windows import Beats
from ectopy.rhythm.premature_runs import premature
from ectopy.rhythm.usual_p_waves import usual_p_waves

TIME = np.arange(-48, 48) / 120


def bump(at: float, width: float, height: float) -> np.ndarray:
    return height * np.exp(-0.5 * ((TIME - at) / width) ** 2)


QRS = bump(0, 0.012, 1.0)
SINUS = QRS + bump(-0.16, 0.02, 0.15)


def same(wave: np.ndarray, normal: np.ndarray = SINUS) -> bool:
    beats = Beats.of(np.stack([normal] * 9 + [wave])[:, np.newaxis], fs=120)
    return bool(usual_p_waves(beats, 48, np.zeros(10, np.int64), np.arange(10) < 9)[-1])


def test_a_p_wave_of_another_focus_or_none_is_not_the_usual_one() -> None:
    assert same(SINUS)
    assert not same(QRS + bump(-0.16, 0.02, -0.15))
    assert not same(QRS)


def test_slow_conduction_takes_the_p_wave_from_the_qrs_and_leaves_it_the_usual_one() -> None:
    assert same(QRS + bump(-0.24, 0.02, 0.15))


@pytest.mark.parametrize(("slope", "sign"), [(0.0, 1), (0.6, 1), (0.0, -1)])
def test_a_p_wave_on_the_last_t_wave_or_on_a_slope_is_the_usual_one(slope: float, sign: int) -> None:
    cycle = 0.55
    rr = np.tile(np.array([2 * cycle, cycle, cycle], np.float32), 12)
    on_t = rr < 1
    t_wave, last_t = bump(0.28, 0.045, 0.35), bump(0.28 - cycle, 0.045, 0.35)
    windows = np.tile(SINUS + t_wave, (36, 1))
    windows[on_t] = QRS + t_wave + last_t + sign * bump(-0.16, 0.02, 0.15) + slope * TIME
    beats = Beats.of(windows[:, np.newaxis], fs=120, rr=rr)
    found = usual_p_waves(beats, 48, np.zeros(36, np.int64), ~on_t)
    assert found[on_t].all() == (sign > 0)


def test_the_p_wave_beside_a_high_qrs_complex_is_seen() -> None:
    low = QRS + bump(-0.16, 0.02, 0.035)
    assert same(low, normal=low)
    assert not same(QRS, normal=low)


def test_where_no_p_wave_can_be_seen_none_is_the_usual_one() -> None:
    assert not same(QRS, normal=QRS)


def test_each_lead_is_compared_with_itself() -> None:
    beats = Beats.of(np.stack([SINUS] * 9 + [-SINUS] * 9)[:, np.newaxis], fs=120)
    assert usual_p_waves(beats, 48, np.repeat([0, 1], 9), np.ones(18, bool)).all()


def test_the_beats_between_the_pauses_of_a_block_are_conducted_and_those_of_bigeminy_premature() -> None:
    for block in ([1.6, 0.8], [1.6, 0.8, 0.8], [1.5, 0.9, 0.8]):
        rr = np.tile(block, 40)
        called = np.arange(len(rr)) % len(block) > 0
        assert not premature(rr, called, ~called, np.ones(len(rr), bool))[8:].any()
        assert premature(rr, called, ~called, np.zeros(len(rr), bool))[called].mean() > 0.9


def test_windows_without_room_for_a_p_wave_show_none() -> None:
    short = np.stack([SINUS] * 10)[:, np.newaxis, 25:]
    beats = Beats.of(short, fs=120)
    assert not usual_p_waves(beats, 23, np.zeros(10, np.int64), np.ones(10, bool)).any()
