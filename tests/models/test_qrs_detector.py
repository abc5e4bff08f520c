from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.errors import ParameterError
from ectopy.models.qrs_detector import QRS_REACH, detect_qrs

WAVES = (
    (-0.18, 0.12, 0.025),
    (-0.02, -0.1, 0.008),
    (0.0, 1.0, 0.010),
    (0.025, -0.2, 0.009),
    (0.28, 0.3, 0.05),
)
"""Seconds from the R peak, millivolts and width of P, Q, R, S and T."""


def heart(
    fs: float, seconds: float = 40, n_leads: int = 1, seed: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return an ECG with baseline wander and a little noise, and its R peaks in seconds."""
    rng = np.random.default_rng(seed)
    peaks = 0.5 + np.cumsum(rng.uniform(0.65, 1.0, int(seconds / 0.8)))
    peaks = peaks[peaks < seconds - 0.6]
    times = np.arange(0, seconds, 1 / fs)
    after = np.searchsorted(peaks, times)[:, None]
    since = times[:, None] - peaks[np.clip(after - [1, 0], 0, len(peaks) - 1)]
    one = sum(size * np.exp(-0.5 * ((since - at) / width) ** 2).sum(axis=1) for at, size, width in WAVES)
    wander = 0.3 * np.sin(2 * np.pi * 0.25 * times)
    gains = np.where(np.arange(n_leads) % 3 == 1, -0.7, 1.0)
    return (one + wander)[:, None] * gains + rng.normal(0, 0.01, (len(times), n_leads)), peaks


def assert_found(found: npt.NDArray[np.int64], peaks: npt.NDArray[np.float64], fs: float) -> None:
    """Every peak once, within 40 ms, and nothing else."""
    assert len(found) == len(peaks)
    assert np.abs(found / fs - peaks).max() < 0.04


@pytest.mark.parametrize("fs", [50, 73.3, 100, 128, 250, 257, 360, 500, 1000, 10_000])
def test_every_rate_gives_every_beat(fs: float) -> None:
    signal, peaks = heart(fs)
    assert_found(detect_qrs(signal, fs), peaks, fs)


@pytest.mark.parametrize("n_leads", [1, 2, 3, 12])
def test_any_number_of_leads(n_leads: int) -> None:
    signal, peaks = heart(250, n_leads=n_leads)
    assert_found(detect_qrs(signal, 250), peaks, 250)


@pytest.mark.parametrize("gain", [-1, 0.2, -4, 1])
def test_polarity_and_size_do_not_matter(gain: float) -> None:
    signal, peaks = heart(360)
    assert_found(detect_qrs(gain * signal + 50 * gain, 360), peaks, 360)


def test_peaks_are_sharp() -> None:
    signal, peaks = heart(500)
    assert np.abs(detect_qrs(signal, 500) / 500 - peaks).max() < 0.005


@pytest.mark.parametrize("bad", [np.nan, 0.0, 3.0, np.inf])
def test_a_dead_lead_does_no_harm(bad: float) -> None:
    signal, peaks = heart(360, n_leads=2)
    signal[:, 1] = bad
    assert_found(detect_qrs(signal, 360), peaks, 360)


def test_a_lead_that_falls_off_is_replaced_by_the_other() -> None:
    signal, peaks = heart(360, seconds=60, n_leads=2)
    signal[: 20 * 360, 0] = np.nan
    signal[40 * 360 :, 1] = 0
    assert_found(detect_qrs(signal, 360), peaks, 360)


@pytest.mark.parametrize("level", [0.0, -5.0, np.nan, 1e3])
@pytest.mark.parametrize("n_leads", [1, 2])
def test_silence_on_nothing(level: float, n_leads: int) -> None:
    assert not len(detect_qrs(np.full((36_000, n_leads), level), 360))


def test_silence_on_the_noise_of_an_idle_amplifier() -> None:
    rng = np.random.default_rng(0)
    assert not len(detect_qrs(rng.normal(1.0, 0.003, 36_000), 360))


def test_a_gap_silences_only_itself() -> None:
    signal, peaks = heart(360, seconds=60)
    signal += 4
    signal[20 * 360 : 30 * 360] = np.nan
    kept = peaks[(peaks < 19.8) | (peaks > 30.2)]
    found = detect_qrs(signal, 360)
    assert not ((found > 20.1 * 360) & (found < 29.9 * 360)).any()
    outside = found[(found < 19.8 * 360) | (found > 30.2 * 360)]
    assert_found(outside, kept, 360)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 17, 100, 360])
def test_short_signals_are_no_trouble(n_samples: int) -> None:
    found = detect_qrs(np.random.default_rng(0).normal(size=n_samples), 360)
    assert found.dtype == np.int64
    assert ((found >= 0) & (found < n_samples)).all()


def test_beats_rise_and_keep_their_distance_even_in_noise() -> None:
    found = detect_qrs(np.random.default_rng(0).normal(size=(72_000, 2)), 360, threshold=0.05)
    assert (np.diff(found) > 0.05 * 360).all()


@pytest.mark.parametrize(("fs", "n_leads"), [(360, 1), (250, 2), (128, 1), (257, 1)])
def test_a_piece_with_its_margin_gives_the_beats_of_the_whole(fs: int, n_leads: int) -> None:
    rng = np.random.default_rng(fs)
    signal, _ = heart(fs, seconds=700, n_leads=n_leads)
    signal += rng.normal(0, 0.25, signal.shape)
    signal[100 * fs : 103 * fs] = np.nan
    whole = detect_qrs(signal, fs)
    reach = int(QRS_REACH * fs)
    for _ in range(8):
        first = int(rng.integers(len(signal)))
        last = first + int(rng.integers(60 * fs))
        start, stop = max(0, first - reach), min(len(signal), last + reach)
        found = detect_qrs(signal[start:stop], fs, start=start) + start
        np.testing.assert_array_equal(
            found[(found >= first) & (found < last)], whole[(whole >= first) & (whole < last)]
        )


@pytest.mark.parametrize(
    ("signal", "options"),
    [
        (np.zeros(100), {"fs": 0}),
        (np.zeros(100), {"fs": 1e9}),
        (np.zeros(100), {"fs": float("nan")}),
        (np.zeros((2, 3, 4)), {"fs": 360}),
        (np.zeros((100, 0)), {"fs": 360}),
        (np.zeros(100), {"fs": 360, "threshold": 0}),
        (np.zeros(100), {"fs": 360, "threshold": 1.0}),
        (np.zeros(100), {"fs": 360, "start": -1}),
    ],
)
def test_what_cannot_be_is_refused(signal: npt.NDArray[np.float64], options: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        detect_qrs(signal, **options)  # type: ignore[arg-type]
