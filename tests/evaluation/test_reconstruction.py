"""PRD and its relatives."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from ectopy.errors import ParameterError
from ectopy.evaluation import reconstruction

millivolts = st.integers(-200, 200).map(lambda count: count / 100)
two_signals = st.integers(2, 20).flatmap(
    lambda n: st.tuples(*(st.lists(millivolts, min_size=n, max_size=n) for _ in range(2)))
)


@settings(max_examples=50, deadline=None)
@given(two_signals)
def test_prd_and_prdn_are_what_the_definition_says(signals):
    assert reconstruction.prd(*signals) == pytest.approx(naive.prd(*signals), nan_ok=True)
    if np.ptp(signals[0]) > 0:
        assert reconstruction.prdn(*signals) == pytest.approx(naive.prdn(*signals))


def test_an_offset_flatters_prd_but_not_prdn():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    y = x + 0.1 * rng.normal(size=200)
    assert reconstruction.prd(x + 10, y + 10) < reconstruction.prd(x, y) / 5
    assert reconstruction.prdn(x + 10, y + 10) == pytest.approx(reconstruction.prdn(x, y))


def test_figures_are_of_the_last_axis():
    x, y = np.random.default_rng(0).normal(size=(2, 3, 2, 50))
    for figure in (
        reconstruction.prd,
        reconstruction.prdn,
        reconstruction.ssd,
        reconstruction.max_abs_distance,
        reconstruction.cosine_similarity,
        reconstruction.snr,
    ):
        assert figure(x, y).shape == (3, 2)
        assert figure(x, y)[1, 0] == pytest.approx(figure(x[1, 0], y[1, 0]))


def test_a_perfect_reconstruction():
    x = np.array([1.0, -2.0, 1.0])
    assert reconstruction.prd(x, x) == reconstruction.ssd(x, x) == reconstruction.max_abs_distance(x, x) == 0
    assert reconstruction.cosine_similarity(x, x) == pytest.approx(1)
    assert reconstruction.snr(x, x) == math.inf


def test_ten_times_less_noise_is_20_db_better():
    clean, noise = np.random.default_rng(0).normal(size=(2, 100))
    assert reconstruction.snr_improvement(clean, clean + noise, clean + noise / 10) == pytest.approx(20)
    assert reconstruction.snr_improvement(clean, clean + noise, clean + noise) == pytest.approx(0)


def test_what_is_undefined_is_nan_without_a_warning():
    zero, x = np.zeros(3), np.ones(3)
    assert math.isnan(reconstruction.prd(zero, x))
    assert math.isnan(reconstruction.prdn(x, zero))
    assert math.isnan(reconstruction.cosine_similarity(zero, x))
    assert math.isnan(reconstruction.snr(zero, x))
    assert math.isnan(reconstruction.snr_improvement(x, x, zero))


def test_compression_is_counted_in_bits():
    assert reconstruction.compression_ratio(320, 11, 32, 32) == pytest.approx(3.4375)
    with pytest.raises(ParameterError, match="above zero"):
        reconstruction.compression_ratio(320, 11, 0, 8)


def test_different_shapes_are_refused():
    with pytest.raises(ParameterError, match="equal shapes"):
        reconstruction.prd(np.zeros(3), np.zeros((2, 3)))
