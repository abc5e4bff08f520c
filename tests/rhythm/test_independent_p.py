"""P waves of a rhythm of their own, in hearts whose every wave is known."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.models.delineator import delineate
from ectopy.rhythm.conduction import conduction_events
from ectopy.rhythm.independent_p import independent_p_cycles
from ectopy.simulation.conduction import simulate_block

FS = 250.0
SECONDS = 60.0
RATES = [(0.6, 1.3), (0.72, 1.7), (0.85, 1.25), (0.9, 1.9), (0.5, 1.05)]
"""Seconds between P waves, and between the beats of an escape rhythm."""


def rhythm(cycle: float, seed: int, jitter: float = 0.02) -> np.ndarray:
    steps = cycle * (1 + jitter * np.random.default_rng(seed).standard_normal(round(SECONDS / cycle)))
    times = 0.6 + np.cumsum(steps)
    return times[times < SECONDS - 1]


def bumps(times: np.ndarray, height: float, width: float, at: float = 0.0) -> np.ndarray:
    seconds = np.arange(round(SECONDS * FS)) / FS
    return sum(height * np.exp(-(((seconds - time - at) / width) ** 2) / 2) for time in times)


def heart(p: np.ndarray, r: np.ndarray, *, wide: bool = False, noise: float = 0.01) -> np.ndarray:
    """Return a lead with P waves of 0.12 mV at some times and beats with T waves at others."""
    beats = bumps(r, 1.0, 0.04 if wide else 0.012) + bumps(r, -0.3 if wide else 0.25, 0.06, 0.3)
    lead = bumps(p, 0.12, 0.025) + beats
    noisy = lead + noise * np.random.default_rng(5).standard_normal(len(lead))
    return noisy[:, None].astype(np.float32)


def found(signal: np.ndarray, r: np.ndarray, pr: np.ndarray | None = None) -> np.ndarray:
    beats = np.rint(r * FS).astype(np.int64)
    unseen = np.full(len(r), np.nan)
    return independent_p_cycles(
        lambda start, stop: signal[start:stop], beats, unseen if pr is None else pr, FS
    )


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(("pp", "rr"), RATES)
def test_the_cycle_of_the_atria_is_measured(pp: float, rr: float, wide: bool) -> None:
    r = rhythm(rr, 1, 0.01)
    cycles = found(heart(rhythm(pp, 2), r, wide=wide), r)
    assert np.isfinite(cycles).mean() > 0.8
    np.testing.assert_allclose(np.nanmedian(cycles), pp, rtol=0.04)


@pytest.mark.parametrize("rr", [0.9, 1.1, 1.4])
def test_p_waves_that_are_conducted_have_none(rr: float) -> None:
    """Even if nobody saw them, and if the sinus rhythm breathes."""
    r = rhythm(rr, 3, 0.04)
    assert np.isnan(found(heart(r - 0.17, r), r)).all()


def test_every_other_p_wave_conducted_is_none() -> None:
    p = rhythm(0.7, 4)
    r = p[::2] + 0.17
    assert np.isnan(found(heart(p, r), r)).all()


def test_flutter_is_none() -> None:
    r = rhythm(1.1, 5, 0.01)
    assert np.isnan(found(heart(rhythm(0.22, 6, 0.005), r), r)).all()


def test_noise_is_none() -> None:
    r = rhythm(1.2, 7, 0.01)
    assert np.isnan(found(heart(r[:0], r, noise=0.05), r)).all()


def test_irregular_and_fast_beats_are_not_looked_at() -> None:
    p = rhythm(0.6, 8)
    irregular = np.cumsum(np.random.default_rng(1).uniform(0.7, 1.8, 40))
    irregular = irregular[irregular < SECONDS - 1]
    assert np.isnan(found(heart(p, irregular), irregular)).all()
    fast = rhythm(0.75, 9, 0.01)
    assert np.isnan(found(heart(p, fast), fast)).all()


def test_steady_pr_intervals_are_conduction() -> None:
    r = rhythm(1.3, 1, 0.01)
    assert np.isnan(found(heart(rhythm(0.6, 2), r), r, np.full(len(r), 0.16))).all()


def test_a_handful_of_beats_and_missing_signal_have_none() -> None:
    r = rhythm(1.3, 1, 0.01)
    signal = heart(rhythm(0.6, 2), r)
    assert np.isnan(found(signal, r[:5])).all()
    assert len(found(signal, r[:0])) == 0
    assert np.isnan(found(np.full_like(signal, np.nan), r)).all()


@pytest.mark.parametrize("wide", [False, True])
def test_nearly_every_heart_in_third_degree_block_is_told(wide: bool) -> None:
    kinds = []
    for seed in range(40, 46):
        record = simulate_block("third-degree", SECONDS, wide=wide, seed=seed)
        waves = delineate(record, record.reference_annotations().samples)
        kinds.append({event.kind for event in conduction_events(waves)})
    assert sum("AV dissociation" in each for each in kinds) >= 5


@pytest.mark.parametrize("block", ["none", "first-degree", "2:1"])
def test_no_other_heart_is(block: str) -> None:
    for seed in range(40, 44):
        record = simulate_block(block, SECONDS, seed=seed)
        waves = delineate(record, record.reference_annotations().samples)
        assert "AV dissociation" not in {event.kind for event in conduction_events(waves)}
