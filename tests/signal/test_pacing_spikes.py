"""Spikes that a recorder's filters have widened, told from everything else that is steep."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.signal.pacing_spikes import LOWEST_FS, pacing_spikes


def waves(fs: float, *bumps: tuple[float, float, float], seconds: float = 2.0) -> np.ndarray:
    """Draw bell-shaped bumps of a height in mV, at a time and with a standard deviation in seconds."""
    times = np.arange(round(seconds * fs)) / fs
    return sum(
        (height * np.exp(-0.5 * ((times - at) / width) ** 2) for height, at, width in bumps),
        np.zeros(len(times)),
    ).astype(np.float32)


PACED = ((0.8, 1.0, 0.0015), (-1.5, 1.08, 0.025), (0.6, 1.35, 0.06))
"""A spike, the wide QRS complex that it paces, and its T wave."""


@pytest.mark.parametrize("fs", [250, 360, 500, 1000])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_spike_before_a_wide_qrs_is_found_where_it_is(fs, sign):
    tops = pacing_spikes(sign * waves(fs, *PACED), fs)
    assert len(tops)
    assert np.abs(tops / fs - 1).max() <= 0.004


@pytest.mark.parametrize("width", [0.007, 0.01, 0.02])
def test_a_narrow_qrs_is_no_spike(width):
    assert not len(pacing_spikes(waves(500, (2.0, 1.0, width), (-0.5, 1.03, width)), 500))


def test_a_notch_in_a_qrs_is_no_spike():
    assert not len(pacing_spikes(waves(500, (1.2, 1.0, 0.018), (-0.5, 1.005, 0.0015)), 500))


def test_muscle_noise_holds_no_spikes():
    noise = 0.15 * np.random.default_rng(0).standard_normal(50_000).astype(np.float32)
    assert len(pacing_spikes(noise, 500)) < 5


def test_too_few_samples_a_second_show_no_spikes():
    assert not len(pacing_spikes(waves(LOWEST_FS - 1, *PACED), LOWEST_FS - 1))


def test_missing_samples_hide_only_the_spikes_beside_them():
    lead = np.concatenate([waves(500, *PACED), waves(500, *PACED)])
    lead[:400] = np.nan
    np.testing.assert_array_equal(pacing_spikes(lead, 500), [500, 1500])
    lead[1497:1503] = np.nan
    np.testing.assert_array_equal(pacing_spikes(lead, 500), [500])


def test_a_part_of_a_lead_gives_the_spikes_of_the_whole():
    lead = np.tile(waves(500, *PACED), 5)
    whole, reach = pacing_spikes(lead, 500), 110
    part = pacing_spikes(lead[1400 - reach : 3700 + reach], 500) + 1400 - reach
    np.testing.assert_array_equal(
        part[(part >= 1400) & (part < 3700)], whole[(whole >= 1400) & (whole < 3700)]
    )


def test_a_rate_that_is_none_is_refused():
    with pytest.raises(ParameterError, match="fs"):
        pacing_spikes(waves(500), 0)
