"""A touched electrode steps from one sample to the next; no heartbeat does."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.signal.filters import bandpass
from ectopy.signal.quality import Quality, assess
from ectopy.signal.steps import find_square_edges, find_steps
from ectopy.simulation import simulate


@pytest.mark.parametrize("fs", [250, 360, 500])
@pytest.mark.parametrize("height", [-3, 1.5])
def test_a_pop_is_found_wherever_it_falls_outside_a_qrs_complex(fs, height):
    record = simulate(60, fs, ("II",), seed=5, name="pops")
    signal, beats = record.signal[:, 0].copy(), record.annotations.beats().samples
    places = (np.linspace(5, 55, 9) * fs).astype(int)
    for place in places:
        signal[place:] += height * np.exp(-np.arange(len(signal) - place) / fs / 0.6).astype(np.float32)
    between = places[np.abs(places[:, None] - beats).min(axis=1) > 0.05 * fs]
    found = find_steps(signal, fs)
    assert set(between) <= set(found) <= set(places)
    assert len(between) > 6
    disturbed = (assess(signal, fs) & np.uint8(Quality.ARTEFACT)) > 0
    assert disturbed[between].all()


@pytest.mark.parametrize("fs", [125, 250, 500])
def test_beats_hold_no_step(fs):
    assert not len(find_steps(simulate(60, fs, ("II",), seed=5, name="beats").signal[:, 0], fs))


def test_missing_samples_hold_no_step():
    signal = np.zeros(1000, np.float32)
    signal[500:] = np.nan
    assert not len(find_steps(signal, 250))
    assert not len(find_steps(signal[:5], 250))


@pytest.mark.parametrize("fs", [128, 250, 1000])
@pytest.mark.parametrize(("rate", "height"), [(1.0, 1.0), (2.0, 0.5), (0.7, -0.3)])
@pytest.mark.parametrize("lowest", [None, 0.5])
def test_edges_of_calibration_pulses_are_found_filtered_or_not(fs, rate, height, lowest):
    times = np.arange(20 * fs) / fs
    pulses = height * ((times * rate) % 1 < 0.5)
    signal = pulses + np.random.default_rng(0).normal(0, 0.005, len(times))
    if lowest is not None:
        signal = bandpass(signal[:, None], fs, low=lowest, high=None)[:, 0]
    edges = np.flatnonzero(np.diff(pulses)) + 1
    found = find_square_edges(signal.astype(np.float32), fs)
    assert set(found) <= {place + late for place in edges for late in (-1, 0, 1)}
    assert len(found) >= 0.9 * len(edges)


@pytest.mark.parametrize("fs", [128, 250, 500])
def test_beats_have_no_square_edge(fs):
    assert not len(find_square_edges(simulate(60, fs, ("II",), seed=5, name="beats").signal[:, 0], fs))


def test_an_r_wave_that_falls_below_its_beginning_within_a_sample_is_no_step() -> None:
    wave = np.array(
        [0.02, 0.12, 0.22, 0.47, 0.76, 0.95, 1.12, 1.48, 1.98, 2.06, 1.8, 1.55, 1.36, 1.05, 0.6, 0.44, -0.35]
    )
    signal = np.full(250, -0.25, np.float32)
    signal[:100], signal[100 : 100 + len(wave)] = 0.0, wave
    assert not len(find_steps(signal, 250))
