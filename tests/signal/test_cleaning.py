"""What no heart can have drawn goes; every heartbeat stays."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.signal.cleaning import clean, clean_reach


def heart(fs: float, width: float = 0.01, seconds: float = 20.0, phase: float = 0.0) -> np.ndarray:
    """A QRS of q, r and s every 0.8 s, its R wave a Gaussian of this standard deviation in seconds."""
    away = (np.arange(round(seconds * fs)) / fs + phase) % 0.8 - 0.4
    waves = ((-0.2, -2.7, 0.9), (1.5, 0.0, 1.0), (-0.3, 2.7, 0.9))
    return sum(a * np.exp(-0.5 * ((away / width - c) / s) ** 2) for a, c, s in waves).astype(np.float32)


@pytest.mark.parametrize("fs", [50, 100, 125, 128, 200, 250, 360, 500, 1000])
@pytest.mark.parametrize("width", [0.005, 0.01, 0.03])
def test_no_heartbeat_is_touched_however_narrow_and_wherever_it_is_sampled(fs: float, width: float):
    for phase in np.arange(0, 1, 0.1) / fs:
        beats = heart(fs, width, phase=phase)
        assert clean(beats, fs) is beats


@pytest.mark.parametrize(("fs", "length"), [(125, 1), (250, 1), (360, 1), (500, 1), (1000, 2)])
@pytest.mark.parametrize("height", [-8.0, 0.6, 8.0])
def test_pacing_spikes_are_bridged(fs: int, length: int, height: float):
    beats = heart(fs)
    paced = beats.copy()
    for beat in np.arange(0.4, 19, 0.8):
        start = round((beat - 0.2) * fs)
        paced[start : start + length] += height
    np.testing.assert_allclose(clean(paced, fs), beats, atol=0.05)


@pytest.mark.parametrize("value", [-32.768, 1000.0, 1e37, np.inf, -np.inf, np.nan])
def test_a_sample_that_stands_for_nothing_is_bridged(value: float):
    beats = heart(250)
    beats[1003] = value
    assert abs(clean(beats, 250)[1003] - (beats[1002] + beats[1004]) / 2) < 1e-6


@pytest.mark.parametrize(("fs", "length"), [(125, 1), (250, 2), (500, 4), (1000, 10)])
@pytest.mark.parametrize("value", [-32.768, np.nan])
def test_ten_milliseconds_that_stand_for_nothing_are_bridged(fs: int, length: int, value: float):
    beats = heart(fs)
    lost = beats.copy()
    for start in np.arange(0.1, 19, 0.27):
        lost[round(start * fs) : round(start * fs) + length] = value
    found = clean(lost, fs)
    assert np.abs(found - beats).max() < 0.35 * beats.max()


@pytest.mark.parametrize("value", [-32.768, 1e37])
def test_a_stretch_that_no_electrode_delivers_is_missing(value: float):
    beats = heart(250) - 4
    beats[1000:1100] = value
    found = clean(beats, 250)
    assert np.isnan(found[1000:1100]).all()
    np.testing.assert_array_equal(np.delete(found, slice(1000, 1100)), np.delete(beats, slice(1000, 1100)))


def test_an_offset_of_hundreds_of_millivolts_is_no_fault():
    beats = heart(250) + 280
    assert clean(beats, 250) is beats or np.array_equal(clean(beats, 250), beats)


def test_a_piece_gives_what_the_whole_gives():
    rng = np.random.default_rng(0)
    whole = rng.normal(0, 0.05, (40_000, 2)).astype(np.float32)
    whole[rng.integers(0, len(whole), 300), rng.integers(0, 2, 300)] += rng.choice([-40, 3, 1e37], 300)
    for start in range(500, len(whole), 997):
        whole[start : start + start % 4] = np.nan
    found, reach = clean(whole, 250), clean_reach(250)
    assert np.isnan(found).sum() < 300
    for first, last in ((0, 9000), (3333, 9999), (15_001, 40_000)):
        start = max(0, first - reach)
        piece = clean(whole[start : last + reach], 250, start=start)
        np.testing.assert_array_equal(piece[first - start : last - start], found[first:last])


def test_a_signal_without_samples_is_refused():
    with pytest.raises(ParameterError, match="shape"):
        clean(np.zeros((0, 2)), 250)
