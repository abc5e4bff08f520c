"""Jumps are those of medians everywhere, though medians are taken only where the level may jump."""

import numpy as np
import pytest
from scipy.ndimage import median_filter

from ectopy.signal import jumps, quality
from ectopy.simulation import simulate


def troubled(fs: float, seed: int) -> np.ndarray:
    """Return beats whose level wanders and jumps, shape (1, n_samples)."""
    rng = np.random.default_rng(seed)
    x = simulate(120, fs, ("II",), seed=seed).signal[:, 0] + 0.6 * np.sin(np.arange(120 * fs) / fs)
    for at in rng.integers(0, len(x), 8):
        x[at : at + int(rng.integers(10, 20 * fs))] += rng.choice([-1, 1]) * rng.uniform(0.3, 2)
    return x[np.newaxis].astype(np.float32)


@pytest.mark.parametrize("rate", [30, 62.5])
@pytest.mark.parametrize("seed", range(3))
def test_changes_that_may_be_jumps_are_those_of_all_medians(rate: float, seed: int):
    x = troubled(rate, seed)
    width, apart = round(0.36 * rate) | 1, round(0.25 * rate)
    level = np.pad(median_filter(x[0], width, mode="nearest"), apart, mode="edge")
    expected = np.abs(level[2 * apart :] - level[: -2 * apart])
    found = jumps._level_changes(x, rate)[0]
    assert (expected > jumps.ARTEFACT_FLOOR).any()
    np.testing.assert_array_equal(found[found > 0], expected[found > 0])
    assert expected[found == 0].max() < jumps.ARTEFACT_FLOOR


@pytest.mark.parametrize("noise", [0.01, 0.03, 0.05])
def test_blocks_that_are_surely_quiet_change_no_flag(noise: float, monkeypatch: pytest.MonkeyPatch):
    record = simulate(120, 360, ("II", "V1"), seed=3)
    loud = np.repeat(np.random.default_rng(0).uniform(0, 2, 120), 360)[:, np.newaxis]
    signal = record.signal + noise * loud * np.random.default_rng(1).normal(size=record.signal.shape)
    flags = quality.assess(signal, 360)
    monkeypatch.setattr(quality, "_QUIET", np.float32(-1))
    np.testing.assert_array_equal(flags, quality.assess(signal, 360))


@pytest.mark.parametrize(("size", "slowness"), [(5, 0.8), (-8, 0.5), (4, 1.2)])
def test_the_slow_return_after_a_pop_is_no_jump(size: float, slowness: float):
    signal = simulate(60, 250, ("II",), seed=1).signal.copy()
    since = np.arange(len(signal) - 30 * 250) / 250
    signal[30 * 250 :, 0] += size * np.exp(-since / slowness)
    disturbed = np.flatnonzero(quality.assess(signal, 250)[:, 0] & quality.Quality.ARTEFACT) / 250
    assert len(disturbed)
    assert np.abs(disturbed - 30).max() < 0.4


@pytest.mark.parametrize("fs", [128, 360])
@pytest.mark.parametrize(("size", "rate"), [(2.0, 0.3), (3.0, 0.2), (3.0, 0.5), (5.0, 0.15)])
def test_wander_however_large_is_no_jump(fs: int, size: float, rate: float):
    record = simulate(60, fs, ("II",), seed=1)
    times = np.arange(record.n_samples)[:, np.newaxis] / fs
    flags = quality.assess(record.signal + size * np.sin(2 * np.pi * rate * times), fs)
    assert np.mean((flags & quality.Quality.ARTEFACT) > 0) < 0.06
