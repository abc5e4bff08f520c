"""Copies of beats differ a little from them, keep their normalisation, and follow from the seed."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.normalisation import normalise
from ectopy.training.beat_variation import varied


def beats(n_times: int = 60) -> np.ndarray:
    time = np.linspace(-1, 1, n_times)
    waves = np.exp(-((time / 0.2) ** 2)) * np.ones((5, 2, 1))
    return normalise(waves.astype(np.float32), "zscore").waveforms


def test_copies_are_near_the_beats_and_none_is_the_beat() -> None:
    made = varied(beats(), 3, "zscore", np.random.default_rng(0))
    assert made.shape == (20, 2, 60)
    np.testing.assert_array_equal(made[:5], beats())
    for copy in made[5:]:
        correlation = np.corrcoef(copy[0], beats()[0, 0])[0, 1]
        assert 0.8 < correlation < 1
        np.testing.assert_allclose(copy.std(axis=-1), 1, rtol=1e-4)


def test_the_leads_of_a_beat_are_changed_alike() -> None:
    made = varied(beats(), 1, "zscore", np.random.default_rng(0))
    np.testing.assert_allclose(made[:, 0], made[:, 1], atol=1e-5)


def test_the_seed_decides() -> None:
    first, second = (varied(beats(), 1, "zscore", np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("n_times", [1, 2, 3])
def test_the_shortest_windows_are_varied_too(n_times: int) -> None:
    assert np.isfinite(
        varied(np.ones((2, 1, n_times), np.float32), 1, "none", np.random.default_rng(0))
    ).all()
