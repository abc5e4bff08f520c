"""Which beats are in fibrillation: irregular atria, not ventricular beats, however many are recognised."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.analysis.atrial_rhythm import AtrialRhythm, among_irregular, atrial_rhythm
from ectopy.beats.windows import DEFAULT_WINDOW, Beats

RATES = (0.55, 0.75, 1.0)
"""Seconds of a sinus interval: 109, 80 and 60 beats/min."""

GROUPS = {"bigeminy": 2, "trigeminy": 3, "quadrigeminy": 4}
"""Beats from one ventricular beat to the next."""

N_BEATS = 180


def bump(center: float, width: float) -> np.ndarray:
    times = (np.arange(DEFAULT_WINDOW.n_times) - DEFAULT_WINDOW.before) / DEFAULT_WINDOW.fs
    return np.exp(-0.5 * ((times - center) / width) ** 2)


NARROW = bump(0, 0.012) - 0.25 * bump(0.035, 0.012) + 0.2 * bump(0.26, 0.05)
WIDE = 1.3 * bump(0.01, 0.045) - 0.4 * bump(0.2, 0.06)
P_WAVE = 0.12 * bump(-0.15, 0.02)


def told(rr: np.ndarray, called: np.ndarray, waveforms: np.ndarray) -> np.ndarray:
    """Return which beats are told to be in fibrillation, by the shipped model."""
    return rhythm_of(rr, called, waveforms).fibrillating


def rhythm_of(rr: np.ndarray, called: np.ndarray, waveforms: np.ndarray) -> AtrialRhythm:
    """Return what the shipped model says of beats."""
    samples = np.round(np.cumsum(rr) * DEFAULT_WINDOW.fs).astype(np.int64)
    beats = Beats.of(
        waveforms[:, np.newaxis].astype(np.float32),
        fs=DEFAULT_WINDOW.fs,
        samples=samples,
        r_peaks=samples.astype(np.float64),
        rr=rr.astype(np.float32),
    )
    return atrial_rhythm(beats, called, DEFAULT_WINDOW, None)


def shown(ventricular: np.ndarray, noise: float, rng: np.random.Generator, *, p_waves: bool) -> np.ndarray:
    """Return windows of beats under noise."""
    normal = NARROW + P_WAVE if p_waves else NARROW
    waves = np.where(ventricular[:, np.newaxis], WIDE, normal)
    return waves + noise * rng.standard_normal((len(ventricular), 96))


def called(ventricular: np.ndarray, missed: float, rng: np.random.Generator) -> np.ndarray:
    """Return classes, with a share of the ventricular beats taken for normal ones."""
    return np.where(ventricular & (rng.random(len(ventricular)) >= missed), "V", "N")


def grouped(size: int, base: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return intervals of sinus rhythm with a ventricular beat in each group, and which beats those are."""
    ventricular = np.arange(N_BEATS) % size == size - 1
    rr = base * (1 + 0.02 * rng.standard_normal(N_BEATS))
    early = 0.62 + 0.03 * rng.standard_normal(N_BEATS)
    pause = np.append(False, ventricular[:-1])
    rr[ventricular] *= early[ventricular]
    rr[pause] *= 2 - early[np.flatnonzero(pause) - 1]
    return rr, ventricular


@pytest.mark.parametrize("missed", [0.0, 1 / 3])
@pytest.mark.parametrize("base", RATES)
@pytest.mark.parametrize("group", GROUPS)
def test_ventricular_beats_in_groups_are_no_fibrillation(group, base, missed):
    for noise in (0.02, 0.12):
        rng = np.random.default_rng(3)
        rr, ventricular = grouped(GROUPS[group], base, rng)
        waves = shown(ventricular, noise, rng, p_waves=True)
        assert not told(rr, called(ventricular, missed, rng), waves).any(), noise


@pytest.mark.parametrize("base", RATES)
def test_ventricular_beats_at_any_time_are_no_fibrillation(base):
    rng = np.random.default_rng(4)
    ventricular = rng.random(N_BEATS) < 0.2
    ventricular[1:] &= ~ventricular[:-1]
    rr = base * (1 + 0.02 * rng.standard_normal(N_BEATS))
    early = rng.uniform(0.5, 0.75, N_BEATS)
    pause = np.append(False, ventricular[:-1])
    rr[ventricular] *= early[ventricular]
    rr[pause] *= 2 - early[np.flatnonzero(pause) - 1]
    waves = shown(ventricular, 0.1, rng, p_waves=True)
    assert not told(rr, called(ventricular, 1 / 3, rng), waves).any()


@pytest.mark.parametrize("missed", [0.0, 1 / 3])
@pytest.mark.parametrize("base", RATES)
def test_fibrillation_with_a_fifth_of_ventricular_beats_is_still_told(base, missed):
    rng = np.random.default_rng(5)
    rr = np.clip(base * rng.gamma(20, 1 / 20, N_BEATS), 0.3, 2.0)
    ventricular = rng.random(N_BEATS) < 0.2
    rr[ventricular] = np.clip(0.55 * base + 0.03 * rng.standard_normal(ventricular.sum()), 0.3, None)
    waves = shown(ventricular, 0.05, rng, p_waves=False)
    assert told(rr, called(ventricular, missed, rng), waves).mean() > 0.8


def with_premature_beats(rr: np.ndarray, named: slice) -> tuple[np.ndarray, np.ndarray]:
    """Return intervals and classes with every eighth beat of a stretch premature."""
    early = np.arange(len(rr))[named][4::8]
    seconds = rr.copy()
    seconds[early] *= 0.65
    classes = np.full(len(rr), "N")
    classes[early] = "S"
    return seconds, classes


def test_irregular_beats_too_few_for_an_episode_are_not_premature():
    rng = np.random.default_rng(6)
    rr = 0.8 * (1 + 0.02 * rng.standard_normal(N_BEATS))
    inside = slice(80, 106)
    rr[inside] = np.clip(0.6 * rng.gamma(16, 1 / 16, 26), 0.3, 2.0)
    rr, classes = with_premature_beats(rr, inside)
    p = np.ones(N_BEATS, bool)
    p[inside] = False
    waves = NARROW + np.where(p[:, np.newaxis], P_WAVE, 0) + 0.02 * rng.standard_normal((N_BEATS, 96))
    found = rhythm_of(rr, classes, waves)
    assert not found.fibrillating.any()
    assert found.doubted[classes == "S"].all()


@pytest.mark.parametrize("p_waves", [True, False])
def test_premature_beats_of_a_regular_heart_stay(p_waves):
    rng = np.random.default_rng(7)
    rr, classes = with_premature_beats(0.8 * (1 + 0.03 * rng.standard_normal(N_BEATS)), slice(0, N_BEATS))
    waves = shown(np.zeros(N_BEATS, bool), 0.05, rng, p_waves=p_waves)
    assert not rhythm_of(rr, classes, waves).doubted.any()


def test_runs_of_premature_beats_stay():
    rng = np.random.default_rng(8)
    rr, classes = 0.85 * (1 + 0.03 * rng.standard_normal(N_BEATS)), np.full(N_BEATS, "N")
    for first in range(20, N_BEATS - 10, 15):
        rr[first : first + 6] = 0.4
        classes[first : first + 6] = "S"
    waves = shown(np.zeros(N_BEATS, bool), 0.05, rng, p_waves=True)
    assert not rhythm_of(rr, classes, waves).doubted.any()


def test_among_hardly_any_normal_beats_in_a_row_nothing_is_doubted():
    rr = np.tile(np.array([0.8, 0.5, 1.1], np.float32), 40)
    normal = np.arange(120) % 3 != 1
    assert not among_irregular(rr, normal, np.flatnonzero(~normal)).any()
    assert among_irregular(rr, np.ones(120, bool), np.array([0, 60, 119])).all()


def test_unknown_intervals_are_not_irregular():
    rr = np.full(120, 0.8, np.float32)
    rr[::3] = np.nan
    assert not among_irregular(rr, np.ones(120, bool), np.arange(120)).any()
    assert not among_irregular(rr[:1], np.ones(1, bool), np.array([0])).any()
    assert not len(among_irregular(rr[:0], np.ones(0, bool), np.array([], int)))


@pytest.mark.parametrize("turns", [5.0, 4.4, 1.0])
def test_intervals_that_come_in_turns_are_no_fibrillation(turns: float) -> None:
    """Of breathing, and of a block that drops one beat in four."""
    rng = np.random.default_rng(0)
    beats = np.arange(N_BEATS)
    rr = 0.7 + 0.12 * np.sin(beats * 2 * np.pi / turns) if turns > 1 else np.tile([1.2, 0.82, 0.72], 60)
    waveforms = shown(np.zeros(N_BEATS, bool), 0.02, rng, p_waves=False)
    rr = rr * (1 + 0.01 * rng.standard_normal(N_BEATS))
    assert not told(rr, np.full(N_BEATS, "N"), waveforms).any()
    assert told(rng.permutation(rr), np.full(N_BEATS, "N"), waveforms).mean() > 0.9
