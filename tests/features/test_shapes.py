"""The products of matrices that compare shapes, held to loops over beats and shifts."""

from __future__ import annotations

import numpy as np
import pytest
from tests import naive_shapes as naive

from ectopy.beats.template import quick_median, usual_beat
from ectopy.features import intervals, shapes

FS, PEAK, N_TIMES = 120.0, 48, 96


def heart(n: int, seed: int = 0) -> np.ndarray:
    """Beats whose R peaks lie some samples apart, some of them wide, one flat, each with its own offset."""
    rng = np.random.default_rng(seed)
    time = np.arange(N_TIMES) - PEAK
    width = np.where(rng.random(n) < 0.2, 8.0, 2.5)[:, np.newaxis]
    qrs = np.exp(-0.5 * ((time - rng.integers(-3, 4, (n, 1))) / width) ** 2)
    t_wave = 0.3 * np.exp(-0.5 * ((time - 30) / 6) ** 2)
    windows = qrs + t_wave + rng.normal(0, 0.01, (n, N_TIMES)) + rng.normal(0, 0.3, (n, 1))
    windows[0] = 0.25
    return windows.astype(np.float32)


def test_every_part_is_compared_at_every_shift() -> None:
    windows = heart(60)
    template = usual_beat(windows)
    parts = [shapes._span(seconds, FS, PEAK, N_TIMES) for seconds in shapes.PARTS.values()]
    best, ratio = shapes._best_correlations(windows.T, template, parts)
    for row, part in enumerate(parts):
        expected = [naive.best_correlation(each, template, part, shapes._PART_SHIFTS) for each in windows[1:]]
        np.testing.assert_allclose(np.stack([best, ratio], axis=-1)[row, 1:], expected, atol=1e-5)


@pytest.mark.parametrize("seconds", [shapes.WIDE, (-0.40, -0.10), (0.10, 0.40)])
def test_beats_are_moved_to_where_their_qrs_lies_on_the_usual_one(seconds: tuple[float, float]) -> None:
    windows, reach = heart(50, seed=1), round(shapes.MAX_SHIFT * FS)
    wide = shapes._span(seconds, FS, PEAK, N_TIMES)
    expected = naive.aligned(windows, wide, reach, shapes._SHIFT_COST)
    np.testing.assert_allclose(shapes._aligned(windows.T, wide, reach).T, expected, atol=1e-6)


def test_similar_intervals_are_counted() -> None:
    rr = np.log(np.random.default_rng(2).choice([0.5, 0.52, 0.8, 0.83], 300))
    expected = naive.similarity(rr, rr, intervals.NEARBY, intervals.SIMILAR)
    np.testing.assert_allclose(intervals.share_of_similar(rr, rr), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("shape", "axis"), [((7, 5), 0), ((8, 5), 1), ((1, 3), 0), ((300, 4), 0), ((301, 4), 0), ((2, 400), 1)]
)
def test_the_quick_median_is_that_of_numpy(shape: tuple[int, int], axis: int) -> None:
    values = np.random.default_rng(3).normal(size=shape).astype(np.float32).round(1)
    np.testing.assert_array_equal(quick_median(values, axis), np.median(values, axis=axis))
