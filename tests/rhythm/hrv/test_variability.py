"""Heart rate variability, held to slow, obvious counts and to series whose figures are known."""

from __future__ import annotations

import itertools
import math
from dataclasses import fields

import numpy as np
import pytest
from scipy.signal import lombscargle

from ectopy.errors import ParameterError
from ectopy.rhythm.hrv import heart_rate_variability, hourly_variability
from ectopy.rhythm.hrv.frequency_domain import band_powers, spectrum
from ectopy.rhythm.hrv.nonlinear import dfa_alpha1, sample_entropy
from ectopy.rhythm.hrv.responses import deceleration_capacity, turbulence
from ectopy.rhythm.hrv.windows import full_windows


def _series(n=1500, seed=0):
    """Times and NN intervals of a heart that varies, a tenth of the intervals unknown."""
    rng = np.random.default_rng(seed)
    rr = 0.8 + 0.05 * np.sin(np.arange(n) / 15) + rng.normal(0, 0.02, n)
    nn = np.where(rng.random(n) < 0.1, np.nan, rr)
    return np.cumsum(rr), nn


def test_the_figures_are_those_of_an_obvious_count():
    times, nn = _series()
    figures = heart_rate_variability(times, nn, duration=float(times[-1]))
    ms = [1000 * value for value in nn if not math.isnan(value)]
    mean = sum(ms) / len(ms)
    pairs = [(1000 * a, 1000 * b) for a, b in itertools.pairwise(nn) if a > 0 and b > 0]
    steps = [b - a for a, b in pairs]
    assert figures.n_nn == len(ms)
    assert figures.mean_nn == pytest.approx(mean)
    assert figures.sdnn == pytest.approx(math.sqrt(sum((x - mean) ** 2 for x in ms) / (len(ms) - 1)))
    assert figures.rmssd == pytest.approx(math.sqrt(sum(step**2 for step in steps) / len(steps)))
    assert figures.pnn50 == pytest.approx(sum(abs(step) > 50 for step in steps) / len(steps))
    assert figures.nn_share == pytest.approx(sum(ms) / 1000 / times[-1])


def test_sdann_and_the_sdnn_index_are_over_five_minutes():
    times, nn = _series()
    groups = {}
    for at, interval in zip(times, nn, strict=True):
        if not math.isnan(interval):
            groups.setdefault(int(at // 300), []).append(1000 * interval)
    figures = heart_rate_variability(times, nn, duration=float(times[-1]))
    assert figures.sdann == pytest.approx(np.std([np.mean(group) for group in groups.values()], ddof=1))
    assert figures.sdnn_index == pytest.approx(np.mean([np.std(group, ddof=1) for group in groups.values()]))


def test_an_unknown_interval_ends_a_difference_but_moves_no_other_figure():
    times = np.arange(1, 9) * 1.0
    nn = np.array([1.0, 1.1, np.nan, 1.0, 1.0, np.nan, 0.7, 0.7])
    figures = heart_rate_variability(times, nn, duration=8)
    assert figures.rmssd == pytest.approx(math.sqrt((100**2 + 0 + 0) / 3))


@pytest.mark.parametrize(("hz", "band"), [(0.02, "vlf"), (0.1, "lf"), (0.25, "hf")])
def test_a_swing_of_the_rate_has_its_power_in_its_band(hz, band):
    at, times = 0.0, []
    while at < 900:
        at += 0.8 + 0.03 * math.sin(2 * math.pi * hz * at)
        times.append(at)
    nn = np.diff([0, *times])
    figures = heart_rate_variability(times, nn, duration=at)
    assert getattr(figures, band) == pytest.approx(30**2 / 2, rel=0.1)
    assert getattr(figures, band) > 0.9 * (figures.vlf + figures.lf + figures.hf)


def test_the_spectrum_is_lombs():
    times, nn = _series(400)
    at, ms = times[np.isfinite(nn)], 1000 * nn[np.isfinite(nn)]
    frequencies, density = spectrum(at, ms)
    level = ms - np.polyval(np.polyfit(at - at[0], ms, 1), at - at[0])
    power = lombscargle(at - at[0], level, 2 * np.pi * frequencies)
    np.testing.assert_allclose(density, 2 * power * ms.sum() / 1000 / len(ms), rtol=1e-9)


def test_the_spectrum_bears_the_gaps_of_ectopic_beats():
    times, nn = _series(3000)
    whole = np.diff(np.concatenate([[0], times]))
    with_gaps = band_powers(full_windows(times[np.isfinite(nn)], 1000 * nn[np.isfinite(nn)]))
    without = band_powers(full_windows(times, 1000 * whole))
    # A tenth of the intervals missing at random spreads a tenth of the strong slow swing over all bands.
    floor = 0.1 * without.vlf * (0.15 - 0.04) / 0.6
    assert without.lf < with_gaps.lf < without.lf + 1.5 * floor


def test_a_window_with_too_few_intervals_does_not_count():
    times, nn = _series(1500)
    assert heart_rate_variability(times, nn, duration=1200).n_windows == 4
    first = np.flatnonzero(times < 300)
    nn[first[::2]] = np.nan
    assert heart_rate_variability(times, nn, duration=1200).n_windows == 3


def test_alpha_1_tells_noise_from_a_random_walk():
    steps = np.random.default_rng(3).normal(0, 10, 4000)
    assert dfa_alpha1(800 + steps) == pytest.approx(0.5, abs=0.12)
    assert dfa_alpha1(800 + np.cumsum(steps)) == pytest.approx(1.5, abs=0.1)
    assert dfa_alpha1(np.full(100, 800.0)) is None


def test_sample_entropy_counts_alike_pairs():
    nn = 800 + 30 * np.sin(np.arange(80) / 3) + np.random.default_rng(5).normal(0, 5, 80)
    limit = 0.2 * nn.std(ddof=1)
    alike = {2: 0, 3: 0}
    for (one, other), length in itertools.product(itertools.combinations(range(78), 2), (2, 3)):
        alike[length] += all(abs(nn[one + k] - nn[other + k]) <= limit for k in range(length))
    assert sample_entropy(nn) == pytest.approx(math.log(alike[2] / alike[3]))


def test_deceleration_capacity_is_the_mean_slowing():
    nn = np.array([800, 800, 820, 830, 1000, 900, np.nan, 850.0])
    changes = [(820 + 830 - 800 - 800) / 4, (830 + 1000 - 820 - 800) / 4]
    assert deceleration_capacity(nn) == pytest.approx(np.mean(changes))


def _with_premature_beats(n, slope):
    rr, classes = [], []
    for _ in range(n):
        after = [760 + slope * k for k in range(8)] + [760 + 8 * slope] * 7
        rr += [800.0] * 6 + [500.0, 1100.0] + after
        classes += ["N"] * 6 + ["V"] + ["N"] * 16
    return np.array([800.0, *rr]), np.array(["N", *classes])


def test_turbulence_has_its_onset_and_slope():
    found = turbulence(*_with_premature_beats(6, slope=5.0))
    assert found.n_beats == 6
    assert found.onset == pytest.approx(100 * (760 + 765 - 1600) / 1600)
    assert found.slope == pytest.approx(5.0)


def test_turbulence_needs_five_premature_beats_in_sinus_rhythm():
    assert turbulence(*_with_premature_beats(4, slope=5.0)) is None
    rr, classes = _with_premature_beats(6, slope=5.0)
    assert turbulence(rr, np.where(np.arange(len(classes)) % 10 == 3, "S", classes)) is None


def test_hours_are_measured_each_for_itself():
    times, nn = _series(8000)
    hours = hourly_variability(times, nn, duration=float(times[-1]))
    inside = (times >= 3600) & (times < 7200)
    expected = heart_rate_variability(times[inside] - 3600, nn[inside], duration=times[-1] - 3600)
    assert len(hours) == 2
    assert hours[1].sdnn == pytest.approx(expected.sdnn)
    assert hours[1].nn_share == pytest.approx(expected.nn_share)


@pytest.mark.parametrize("nn", [[], [np.nan], [np.nan, 0.8]])
def test_too_few_intervals_leave_figures_unknown(nn):
    figures = heart_rate_variability(np.arange(len(nn)) + 1.0, nn, duration=3)
    unknown = {each.name for each in fields(figures) if getattr(figures, each.name) is None}
    assert {"sdnn", "rmssd", "lf", "dfa_alpha1", "sample_entropy", "turbulence_slope"} <= unknown


@pytest.mark.parametrize(
    ("times", "nn", "duration", "words"),
    [
        ([1.0, 2.0], [1.0], 2, "one of each a beat"),
        ([2.0, 1.0], [1.0, 1.0], 2, "times do not rise"),
        ([1.0, 2.0], [1.0, -1.0], 2, "not above 0 s"),
        ([1.0, 2.0], [1.0, 1.0], 0, "duration"),
    ],
)
def test_bad_input_is_named(times, nn, duration, words):
    with pytest.raises(ParameterError, match=words):
        heart_rate_variability(times, nn, duration)
