"""P and T waves are told from beats; early beats, low ones and those on a T wave stay."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.beats.stray_waves import stray_waves

FS, PEAK = 120, 60
TIME = np.arange(-PEAK, PEAK) / FS


def wave(height: float, centre: float, width: float) -> npt.NDArray[np.float64]:
    return np.asarray(height * np.exp(-0.5 * ((TIME - centre) / width) ** 2))


QRS = wave(1, 0, 0.01) + wave(-0.2, 0.028, 0.01)
BEAT = wave(0.15, -0.17, 0.022) + QRS + wave(0.3, 0.3, 0.05)


def stray(window: npt.NDArray[np.float64], rr: float) -> bool:
    windows = np.stack([BEAT] * 20 + [window]).astype(np.float32)[:, np.newaxis]
    found = stray_waves(windows, np.append(np.full(20, 0.8), rr), FS, PEAK)
    assert not found[:20].any()
    return bool(found[-1])


@pytest.mark.parametrize("size", [0.8, 1.0, 1.2])
def test_a_p_wave_without_a_qrs_is_stray(size: float) -> None:
    assert stray(wave(0.15 * size, 0, 0.022), 0.8)


def test_a_p_wave_whose_qrs_was_missed_is_kept_in_its_place() -> None:
    assert not stray(wave(0.15, 0, 0.022) + np.roll(QRS, round(0.17 * FS)), 0.8)


def test_a_t_wave_is_stray_where_it_comes_when_it_should() -> None:
    t_wave = wave(0.3, 0, 0.05)
    assert stray(t_wave, 0.3)
    assert not stray(t_wave + QRS, 0.3)
    assert not stray(wave(0.3, 0, 0.025) + wave(0.1, 0.25, 0.04), 0.6)


@pytest.mark.parametrize("others", [3, 20])
@pytest.mark.parametrize("rr", [0.3, 0.45, 0.58])
def test_a_gentle_wave_that_no_t_wave_follows_is_stray_however_tall(rr: float, others: int) -> None:
    ventricular = wave(1.2, 0, 0.04) + wave(-0.3, 0.26, 0.05)
    for last, is_stray in ((wave(1.2, 0, 0.04), True), (ventricular, False)):
        windows = np.stack([BEAT - wave(0.3, 0.3, 0.05)] * others + [last]).astype(np.float32)
        found = stray_waves(windows[:, np.newaxis], np.append(np.full(others, 0.9), rr), FS, PEAK)
        assert found.tolist() == [False] * others + [is_stray]


@pytest.mark.parametrize("rr", [0.7, 1.3])
def test_a_p_wave_anywhere_is_stray_and_a_small_qrs_is_not(rr: float) -> None:
    assert stray(wave(0.4, 0, 0.03), rr)
    assert not stray(0.4 * QRS, rr)
    assert not stray(wave(0.4, 0, 0.03) + wave(0.1, 0.26, 0.05), rr)


def test_low_and_early_beats_stay() -> None:
    assert not stray(0.4 * QRS, 0.35)
    assert not stray(BEAT, 0.35)


@pytest.mark.parametrize("rr", [0.2, 0.28, 0.36])
def test_the_beats_of_a_fast_rhythm_stay(rr: float) -> None:
    fast = sum(np.roll(QRS, round(beat * rr * FS)) for beat in (-1, 0, 1))
    windows = np.stack([fast] * 20).astype(np.float32)[:, np.newaxis]
    assert not stray_waves(windows, np.full(20, rr), FS, PEAK).any()


def test_beats_stay_where_few_come_as_soon_as_a_t_wave_and_most_hardly_later() -> None:
    rr = np.where(np.arange(40) % 5 == 0, 0.40, 0.42)
    wide = wave(1, -0.02, 0.02) + wave(0.8, 0.05, 0.02)
    fast = np.stack([wide + np.roll(wide, round(each * FS)) for each in rr]).astype(np.float32)
    assert not stray_waves(fast[:, np.newaxis], rr, FS, PEAK).any()


def test_a_few_beats_tell_no_usual_one() -> None:
    assert not stray_waves(np.zeros((7, 1, 120), np.float32), np.full(7, 0.8), FS, PEAK).any()


@pytest.mark.parametrize(("before", "after"), [(30, 30), (20, 60), (4, 60), (60, 8)])
def test_short_windows_tell_what_they_can_and_take_no_beat_for_a_wave(before: int, after: int) -> None:
    windows = np.stack([BEAT] * 20 + [wave(0.15, 0, 0.022)]).astype(np.float32)
    cut = windows[:, np.newaxis, PEAK - before : PEAK + after]
    found = stray_waves(cut, np.full(21, 0.8), FS, before)
    assert not found[:20].any()
    assert found[-1] == (min(before, after) >= 20)
