"""Filters: what passes, what stops, and that every wave stays where it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.errors import ParameterError
from ectopy.signal import (
    bandpass,
    bandpass_reach,
    fill_missing,
    notch,
    notch_reach,
    rational_ratio,
    resample,
    resample_reach,
)

Floats = npt.NDArray[np.float32]
RATES = (128, 250, 360, 500, 1000)


def sine(hz: float, fs: float, seconds: float = 20) -> Floats:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * fs)) / fs, dtype=np.float32)


def gain(function: Callable[[Floats], Floats], hz: float, fs: float, reach: int) -> float:
    """Amplitude that comes out for an amplitude of one, away from the ends."""
    return float(np.std(function(sine(hz, fs))[reach:-reach]) * np.sqrt(2))


@pytest.mark.parametrize("fs", RATES)
@pytest.mark.parametrize("hz", [1, 5, 15, 34])
def test_the_band_passes_within_one_percent(fs: int, hz: float) -> None:
    assert gain(lambda x: bandpass(x, fs), hz, fs, bandpass_reach(fs)) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("fs", RATES)
@pytest.mark.parametrize("hz", [0.05, 0.2, 50, 60])
def test_wander_and_mains_are_outside_the_band(fs: int, hz: float) -> None:
    assert np.abs(bandpass(sine(hz, fs), fs)[bandpass_reach(fs) : -bandpass_reach(fs)]).max() < 0.01


def test_a_constant_offset_of_the_electrodes_vanishes_up_to_the_ends() -> None:
    assert np.abs(bandpass(np.full(3600, 300.0), 360)).max() < 1e-3


def test_an_open_side_lets_everything_on_it_pass() -> None:
    reach = bandpass_reach(360)
    assert gain(lambda x: bandpass(x, 360, high=None), 150, 360, reach) == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(bandpass(np.ones(3600), 360, low=None), 1, rtol=1e-5)
    ecg = sine(7, 360)
    np.testing.assert_allclose(bandpass(ecg, 360, low=None, high=None), ecg, atol=1e-6)


@pytest.mark.parametrize("mains", [50, 60])
def test_the_notch_takes_mains_out_and_its_neighbours_not(mains: int) -> None:
    fs, reach = 360, notch_reach(360, mains)
    for off in (-0.4, 0, 0.4):
        assert gain(lambda x: notch(x, fs, mains), mains + off, fs, reach) < 0.01
    for hz in (10, mains - 2, mains + 2, 2 * mains):
        assert gain(lambda x: notch(x, fs, mains), hz, fs, reach) == pytest.approx(1, abs=0.01)


def test_the_notch_takes_as_many_harmonics_as_asked_and_present() -> None:
    fs, reach = 360, notch_reach(360, 50)
    assert gain(lambda x: notch(x, fs, 50, harmonics=2), 100, fs, reach) < 0.01
    assert gain(lambda x: notch(x, fs, 50, harmonics=2), 150, fs, reach) == pytest.approx(1, abs=0.01)
    np.testing.assert_array_equal(
        notch(sine(9, fs), fs, 50, harmonics=3), notch(sine(9, fs), fs, 50, harmonics=40)
    )


@pytest.mark.parametrize(
    "function",
    [lambda x: bandpass(x, 360), lambda x: notch(x, 360, 60), lambda x: bandpass(x, 360, 5, 15)],
    ids=["bandpass", "notch", "narrow"],
)
def test_a_symmetric_wave_stays_symmetric_and_in_place(function: Callable[[Floats], Floats]) -> None:
    times = np.arange(-3000, 3001) / 360
    filtered = function(np.exp(-((times / 0.02) ** 2)))
    assert np.argmax(filtered) == 3000
    np.testing.assert_allclose(filtered, filtered[::-1], atol=1e-6)


def test_filtering_is_convolution_of_the_signal_carried_on_at_its_ends() -> None:
    x = np.random.default_rng(0).normal(size=20_000).astype(np.float32) + 5
    reach = bandpass_reach(250, 1, 30)
    padded = np.pad(x, reach, mode="edge")
    impulse = np.zeros(2 * reach + 1)
    impulse[reach] = 1
    kernel = bandpass(np.pad(impulse, reach), 250, 1, 30)[reach:-reach]
    np.testing.assert_allclose(bandpass(x, 250, 1, 30), np.convolve(padded, kernel, "valid"), atol=2e-5)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: bandpass(x, 360),
        lambda x: notch(x, 360),
        lambda x: resample(x, 360, 250),
        lambda x: fill_missing(x, 360),
    ],
    ids=["bandpass", "notch", "resample", "fill_missing"],
)
def test_leads_do_not_meet(function: Callable[[Floats], Floats]) -> None:
    leads = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    together = function(leads)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, np.column_stack([function(lead) for lead in leads.T]))


@pytest.mark.parametrize(("fs", "target_fs"), [(360, 120), (360, 125), (257, 360), (128, 120), (1000, 250)])
def test_a_resampled_wave_is_the_wave_at_the_mapped_times(fs: int, target_fs: int) -> None:
    ratio, reach = rational_ratio(fs, target_fs), resample_reach(fs, target_fs)
    x = sine(17, fs)
    resampled = resample(x, fs, target_fs)
    assert len(resampled) == ratio.length(len(x))
    at = ratio.source(np.arange(len(resampled)))
    inside = (at >= reach) & (at < len(x) - reach)
    np.testing.assert_allclose(resampled[inside], np.sin(2 * np.pi * 17 * at[inside] / fs), atol=0.01)
    np.testing.assert_allclose(ratio.target(at), np.arange(len(resampled)), atol=1e-6)


@pytest.mark.parametrize("hz", [62, 75, 110, 170])
def test_what_the_lower_rate_cannot_hold_does_not_come_through(hz: float) -> None:
    assert np.abs(resample(sine(hz, 360), 360, 120)[30:-30]).max() < 0.01


def test_the_same_rate_gives_the_samples_back_and_a_constant_stays_one() -> None:
    x = np.ones(100, dtype=np.float32)
    assert resample(x, 360, 360) is x
    np.testing.assert_allclose(resample(np.full(1000, 2.5), 360, 250), 2.5, rtol=1e-3)


def test_a_peak_may_be_looked_up_after_a_day() -> None:
    ratio = rational_ratio(257, 120)
    assert ratio.source(ratio.target(257 * 86_400)) == pytest.approx(257 * 86_400, abs=1e-6)


def filled_by_hand(x: list[float], reach: int) -> list[float]:
    known = [i for i, value in enumerate(x) if np.isfinite(value)]
    filled = []
    for i in range(len(x)):
        near = [k for k in known if abs(k - i) <= reach]
        filled.append(x[min(near, key=lambda k: (abs(k - i), k))] if near else 0.0)
    return filled


@given(
    st.lists(
        st.one_of(st.integers(1, 99).map(float), st.just(np.nan), st.just(np.inf)), min_size=1, max_size=40
    ),
    st.integers(0, 12),
)
@settings(max_examples=200, deadline=None)
def test_a_gap_takes_the_nearest_sample_within_hold(x: list[float], reach: int) -> None:
    np.testing.assert_array_equal(fill_missing(x, fs=10, hold=reach / 10 + 0.01), filled_by_hand(x, reach))


def test_nothing_missing_costs_no_copy() -> None:
    x = np.ones((50, 2), dtype=np.float32)
    assert fill_missing(x, 360) is x


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda x: bandpass(x, 0), "fs=0"),
        (lambda x: bandpass(x, -360), "fs=-360"),
        (lambda x: bandpass(x, float("nan")), "fs=nan"),
        (lambda x: bandpass(x, 80), "high=40"),
        (lambda x: bandpass(x, 360, 40, 0.5), "low=40"),
        (lambda x: bandpass(x, 360, -1), "low=-1"),
        (lambda x: bandpass(x, 360, 1e-6), "low=1e-06"),
        (lambda x: bandpass(x[:, None, None], 360), "shape"),
        (lambda x: bandpass(x[:0], 360), "shape"),
        (lambda x: bandpass(x * np.nan, 360), "fill_missing"),
        (lambda x: notch(x, 100, 50), "mains=50"),
        (lambda x: notch(x, 360, 50, harmonics=0), "harmonics=0"),
        (lambda x: resample(x, 360, 0), "target_fs=0"),
        (lambda x: resample(x, 1e9, 120), "target_fs=120"),
        (lambda x: fill_missing(x, 360, hold=-1), "hold=-1"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call: Callable[[Floats], Floats], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        call(np.ones(100, dtype=np.float32))


@pytest.mark.parametrize("n_samples", [1, 2, 7])
def test_a_signal_shorter_than_the_filter_is_filtered(n_samples: int) -> None:
    x = np.ones(n_samples)
    assert bandpass(x, 360).shape == (n_samples,)
    assert notch(x, 360).shape == (n_samples,)
    assert resample(x, 360, 120).shape == (-(-n_samples // 3),)
