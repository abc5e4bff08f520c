"""Beats of one shape end up at one place, and only those are moved."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.alignment import REACH, cut_aligned
from ectopy.beats.windows import WindowSpec

WINDOW = WindowSpec(fs=120, before=48, after=48)
PEAKS = np.arange(100, 100 + 60 * 120, 120)


def lead(width: float = 3.0, wide: tuple[int, ...] = (), apart: int = 6) -> np.ndarray:
    """Two-wave beats, one a second; those in ``wide`` are single, wide and upside down."""
    time = np.arange(PEAKS[-1] + 200)
    level = np.zeros(len(time))
    for number, peak in enumerate(PEAKS):
        if number in wide:
            level -= 2 * np.exp(-(((time - peak) / 12) ** 2))
        else:
            level += np.exp(-(((time - peak) / width) ** 2)) - 0.8 * np.exp(
                -(((time - peak - apart) / width) ** 2)
            )
    return level.astype(np.float32)


def lags_of(signal: np.ndarray, marks: np.ndarray) -> np.ndarray:
    return cut_aligned(signal[:, np.newaxis], marks, WINDOW)[1][:, 0]


@pytest.mark.parametrize("apart", [6, 9])
def test_marks_on_another_wave_of_the_qrs_are_brought_back(apart: int):
    marks = PEAKS.copy()
    marks[::3] += apart
    np.testing.assert_array_equal(marks + lags_of(lead(apart=apart), marks), PEAKS)


def test_marks_that_stand_well_are_left_alone():
    assert not lags_of(lead(), PEAKS).any()


def test_a_beat_of_another_shape_stays_where_it_was_found():
    marks = PEAKS.copy()
    marks[7] += 3
    lags = lags_of(lead(wide=(7,)), marks)
    assert not lags.any()


def test_nothing_is_moved_farther_than_the_reach():
    marks = PEAKS + np.random.default_rng(0).integers(-30, 31, len(PEAKS))
    assert np.abs(lags_of(lead(), marks)).max() <= round(REACH * WINDOW.fs)


def test_each_lead_is_cut_where_it_fits_its_own_beat():
    marks = PEAKS.copy()
    marks[::3] += 6
    level = np.stack([lead(), np.roll(lead(), 4)], axis=1)
    waveforms, lags = cut_aligned(level, marks, WINDOW)
    np.testing.assert_allclose(waveforms, waveforms[:1].repeat(len(marks), axis=0), atol=1e-6)
    assert waveforms.shape == (len(marks), 2, WINDOW.n_times)
    np.testing.assert_array_equal(lags[::3] - lags[1], -6)


@pytest.mark.parametrize("n", [0, 1])
def test_few_beats_are_cut_too(n):
    waveforms, lags = cut_aligned(lead()[:, np.newaxis], PEAKS[:n], WINDOW)
    assert waveforms.shape == (n, 1, WINDOW.n_times)
    assert lags.shape == (n, 1)
