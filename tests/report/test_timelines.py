"""What runs over the whole recording loses no peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from ectopy.report.timelines import (
    plot_heart_rate,
    plot_intervals,
    plot_poincare,
    plot_quality,
    plot_score_timeline,
    thin,
)
from ectopy.signal.quality import Quality, Span


@pytest.fixture
def ax():
    return Figure().add_subplot()


@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(0, 3000))
def test_thinning_keeps_the_extremes_of_every_stretch(seed, n_bins, n):
    rng = np.random.default_rng(seed)
    times, values = np.sort(rng.uniform(0, 100, n)), rng.normal(size=n)
    values[rng.random(n) < 0.1] = np.nan
    chosen = thin(times, values, 100.0, n_bins)
    assert np.all(np.diff(chosen) > 0)
    assert np.isfinite(values[chosen]).all()
    assert len(chosen) <= 3 * n_bins
    kept = set(chosen.tolist())
    for stretch in range(n_bins):
        inside = np.flatnonzero(((times / 100 * n_bins).astype(int) == stretch) & np.isfinite(values))
        if len(inside):
            assert {inside[np.argmin(values[inside])], inside[np.argmax(values[inside])]} <= kept


@pytest.mark.parametrize("highest", [3.0, 300.0])
def test_threshold_and_highest_score_are_drawn(ax, highest):
    scores = np.full(50_000, 0.5)
    scores[31_234] = highest
    plot_score_timeline(ax, np.arange(50_000.0), scores, 1.0, 50_000.0)
    drawn = np.concatenate([line.get_ydata() for line in ax.lines])
    assert highest in drawn
    low, high = ax.get_ylim()
    assert low < 1.0 < high
    assert high > highest
    assert any(set(line.get_ydata()) == {1.0} for line in ax.lines)
    assert [text.get_text() for text in ax.get_legend().get_texts()][1] == "abnormal (1)"


def test_scores_that_are_all_missing_are_no_error(ax):
    plot_score_timeline(ax, np.arange(5.0), np.full(5, np.nan), 1.0, 5.0)
    assert ax.get_ylim()[1] > 1.0


def test_heart_rate_is_that_of_the_intervals(ax):
    times = np.arange(0, 120, 0.5)
    plot_heart_rate(ax, times, np.full(len(times), 0.5), 120.0)
    _, smooth = ax.lines
    assert set(smooth.get_ydata()) == {120.0}


def test_heart_rate_leaves_a_gap_where_there_is_no_beat(ax):
    times = np.concatenate([np.arange(0.0, 30), np.arange(60.0, 90)])
    plot_heart_rate(ax, times, np.ones(60), 90.0)
    assert np.isnan(ax.lines[1].get_ydata()).sum() == 3


def test_short_spans_stay_visible_and_many_are_merged(ax):
    noisy = [Span(t, t + 0.5, "V1", Quality.NOISY) for t in np.arange(0, 86400, 2.0)]
    plot_quality(ax, [*noisy, Span(40000, 40000.1, "II", Quality.MISSING)], ["II", "V1"], 86400.0)
    paths = [bars.get_paths() for bars in ax.collections if len(bars.get_paths())]
    assert 2 <= sum(map(len, paths)) < 3000
    assert [label.get_text() for label in ax.get_yticklabels()] == ["II", "V1"]


@pytest.mark.parametrize("n", [0, 1, 2, 500])
def test_rhythm_figures_take_any_number_of_beats(ax, n):
    rr = np.random.default_rng(0).normal(0.8, 0.3, n).astype(np.float32)
    rr[:1] = np.nan
    plot_intervals(ax, rr, rr < 0.5)
    plot_poincare(Figure().add_subplot(), rr)
