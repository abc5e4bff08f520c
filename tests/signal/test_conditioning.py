"""Levelling and scaling, and resampling by blocks."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.signal.block_resampling import BlockResampler
from ectopy.signal.conditioning import condition, condition_reach
from ectopy.signal.resampling import resample

N = 64 * 120
MARGIN = 400
"""Samples at either end where the baseline is that of an array that ends."""


@pytest.fixture
def spikes() -> np.ndarray:
    seconds = np.arange(N) / 250
    return np.exp(-(((seconds % 0.8) - 0.4) ** 2) / (2 * 0.012**2)).astype(np.float32)[None]


@pytest.mark.parametrize("gain", [0.2, 1.0, 20.0])
def test_size_and_offset_do_not_matter(spikes: np.ndarray, gain: float) -> None:
    inner = slice(MARGIN, -MARGIN)
    moved = condition(gain * spikes + 7 * gain, 250)
    np.testing.assert_allclose(moved[0, inner], condition(spikes, 250)[0, inner], atol=5e-3)


def test_missing_samples_are_zero_and_do_not_count(spikes: np.ndarray) -> None:
    lead = spikes + 3
    lead[0, 2000:3000] = np.nan
    conditioned = condition(lead, 250)
    assert not conditioned[0, 2000:3000].any()
    before = slice(MARGIN, 1900)
    np.testing.assert_allclose(conditioned[0, before], condition(spikes, 250)[0, before], atol=0.03)


def test_nothing_becomes_of_silence() -> None:
    lead = np.full((1, N), 0.4, np.float32)
    lead[0, [*range(64), *range(N - 64, N)]] = np.nan  # a recording begins and ends
    assert not condition(lead, 250).any()


def test_its_reach_is_finite(spikes: np.ndarray) -> None:
    reach = condition_reach(250)
    changed = spikes.copy()
    changed[0, : 64 * 10] = 5.0
    same = condition(changed, 250)[0, 64 * 10 + reach :]
    np.testing.assert_allclose(same, condition(spikes, 250)[0, 64 * 10 + reach :], atol=1e-5)


@pytest.mark.parametrize("fs", [128.0, 200.0, 250.0, 257.0, 360.0, 500.0, 1000.0])
def test_blocks_are_resampled_as_recordings_are(fs: float) -> None:
    resampler = BlockResampler.of(fs, 250.0)
    lead = np.random.default_rng(0).normal(size=resampler.n_samples(3000)).astype(np.float32)
    expected = resample(lead[resampler.reach :], fs, 250.0)
    inner = slice(100, min(3000, len(expected)) - 100)
    np.testing.assert_allclose(resampler(lead, 3000)[inner], expected[inner], atol=2e-5)
