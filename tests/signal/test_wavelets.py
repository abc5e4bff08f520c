"""Wavelets: the transform is the textbook's, and denoising keeps the beats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.signal import denoise, dwt_approximation, universal_threshold


def noisy_beats(n_leads: int = 1) -> tuple[np.ndarray, np.ndarray]:
    clean = np.exp(-(((np.arange(7201) % 300 - 150) / 6) ** 2))
    clean = np.column_stack([clean] * n_leads)
    return clean, clean + np.random.default_rng(0).normal(scale=0.05, size=clean.shape)


def test_the_haar_approximation_is_the_scaled_mean_of_pairs() -> None:
    x = np.arange(8.0)
    np.testing.assert_allclose(dwt_approximation(x, "haar"), (x[::2] + x[1::2]) / np.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(dwt_approximation(x, "haar", level=3), [x.sum() / np.sqrt(8)], rtol=1e-6)


def test_time_may_be_any_axis() -> None:
    beats = np.random.default_rng(0).normal(size=(5, 2, 140)).astype(np.float32)
    level_2 = dwt_approximation(beats, "db2", level=2, axis=-1)
    assert level_2.shape[:2] == (5, 2)
    assert level_2.dtype == np.float32
    np.testing.assert_array_equal(level_2[3, 1], dwt_approximation(beats[3, 1], "db2", level=2))


def test_a_coefficient_is_made_of_the_samples_it_says() -> None:
    level, m, k = 3, 8, 30
    n = 2**level
    x = np.random.default_rng(0).normal(size=600)
    first, last = n * k - (n - 1) * (m - 2), n * k + n - 1
    coefficient = dwt_approximation(x, "db4", level=level)[k]
    for sample, matters in ((first - 1, False), (first, True), (last, True), (last + 1, False)):
        moved = x.copy()
        moved[sample] += 1000
        assert (dwt_approximation(moved, "db4", level=level)[k] != coefficient) == matters


def test_denoising_takes_noise_out_and_keeps_the_peaks() -> None:
    clean, noisy = noisy_beats(2)
    denoised = denoise(noisy)
    assert denoised.shape == noisy.shape
    assert np.std(denoised - clean) < 0.7 * np.std(noisy - clean)
    np.testing.assert_allclose(denoised[150::300].mean(), 1, atol=0.15)


def test_a_threshold_of_zero_changes_nothing() -> None:
    _, noisy = noisy_beats()
    np.testing.assert_allclose(denoise(noisy, threshold=0), noisy, atol=1e-5)


def test_the_threshold_follows_the_noise_and_not_the_beats() -> None:
    clean, noisy = noisy_beats(2)
    expected = 0.05 * np.sqrt(2 * np.log(len(clean)))
    np.testing.assert_allclose(universal_threshold(noisy), expected, rtol=0.1)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda x: dwt_approximation(x, "db99"), "wavelet='db99'"),
        (lambda x: dwt_approximation(x, "morl"), "wavelet='morl'"),
        (lambda x: dwt_approximation(x, level=0), "level=0"),
        (lambda x: dwt_approximation(x, level=9), "level=9"),
        (lambda x: denoise(x, level=9), "level=9"),
        (lambda x: denoise(x, threshold=-0.1), "threshold=-0.1"),
        (lambda x: denoise(x * np.nan), "missing"),
        (lambda x: universal_threshold(x[:3]), "3 samples"),
    ],
)
def test_what_cannot_be_is_refused_by_name(call: Callable[[np.ndarray], np.ndarray], named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        call(np.ones(200))
