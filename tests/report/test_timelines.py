"""What runs over the whole recording loses no peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import Drawn
from ectopy.report.timelines import TimeAxis, draw_ectopy, draw_heart_rate, draw_quality, draw_scores, thin
from ectopy.signal.quality import Quality, Span


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
def test_threshold_and_highest_score_are_drawn(highest):
    scores = np.full(50_000, 0.5)
    scores[31_234] = highest
    drawn = Drawn(draw_scores(np.arange(50_000.0), scores, 1.0, TimeAxis(50_000.0)))
    frame, threshold = drawn.lines("axis")[0], drawn.lines("limit")[0]
    top, bottom = frame[:, 1].min(), frame[:, 1].max()
    flag, spots = drawn.lines("flag")[0], drawn.lines("spot")
    assert top < flag[:, 1].min() < flag[:, 1].max() < threshold[0, 1] < spots[0][0, 1] < bottom
    share = (flag[0, 0] - frame[:, 0].min()) / np.ptp(frame[:, 0])
    assert share == pytest.approx(31_234 / 50_000, abs=1e-3)
    assert {"normal (49,999)", "abnormal (1)", "threshold (1)"} <= set(drawn.texts())


def test_the_threshold_lies_between_the_ticks_beside_it():
    drawn = Drawn(draw_scores(np.arange(5.0), np.arange(5.0), 2.0, TimeAxis(5.0)))
    level = drawn.lines("limit")[0][0, 1]
    grid = [line[0, 1] for line in drawn.lines("grid")]  # 0, 1, 2, 3, 4
    assert level == pytest.approx(grid[2], abs=0.03)


def test_scores_that_are_all_missing_are_no_error():
    drawn = Drawn(draw_scores(np.arange(5.0), np.full(5, np.nan), 1.0, TimeAxis(5.0)))
    assert "threshold (1)" in drawn.texts()


def test_heart_rate_is_that_of_the_intervals():
    times = np.arange(0, 120, 0.5)
    drawn = Drawn(draw_heart_rate(times, np.full(len(times), 0.5), TimeAxis(120.0)))
    smooth, rates = drawn.lines("smooth")[0], [dot[0, 1] for dot in drawn.lines("speck")]
    assert np.ptp(smooth[:, 1]) == 0
    assert set(rates[:-1]) == {smooth[0, 1]}
    ticks = [text for text in drawn.texts() if text.isdigit()]
    assert smooth[0, 1] == pytest.approx(drawn.lines("grid")[ticks.index("120")][0, 1], abs=0.03)


def test_heart_rate_leaves_a_gap_where_there_is_no_beat():
    times = np.concatenate([np.arange(0.0, 30), np.arange(60.0, 90)])
    drawn = Drawn(draw_heart_rate(times, np.ones(60), TimeAxis(90.0)))
    before, after = drawn.lines("smooth")[:2]
    frame = drawn.lines("axis")[0]
    second = np.ptp(frame[:, 0]) / 90
    assert before[-1, 0] - frame[0, 0] == pytest.approx(25 * second, abs=0.05)
    assert after[0, 0] - frame[0, 0] == pytest.approx(65 * second, abs=0.05)


def test_ventricular_beats_go_up_and_supraventricular_ones_down():
    classes = np.array(["N"] * 50 + ["V"] * 4 + ["S"] * 2 + ["F"] * 3)
    drawn = Drawn(draw_ectopy(np.linspace(0, 9.9, len(classes)), classes, TimeAxis(10.0)))
    middle = drawn.lines("axis")[0][0, 1]
    up = [box for name in ("V", "F") for box in drawn.lines(f"class{name}")[:-1]]
    down = drawn.lines("classS")[:-1]  # the last of each is its sample in the key
    assert all(box[:, 1].max() <= middle for box in up)
    assert all(box[:, 1].min() >= middle for box in down)
    assert {"V (4)", "F (3)", "S (2)"} <= set(drawn.texts())


def test_short_spans_stay_visible_and_many_are_merged():
    noisy = [Span(t, t + 0.5, "V1", Quality.NOISY) for t in np.arange(0, 86400, 2.0)]
    spans = [*noisy, Span(40000, 40000.1, "II", Quality.MISSING)]
    drawn = Drawn(draw_quality(spans, ["II", "V1"], TimeAxis(86400.0)))
    (missing, *_) = drawn.lines("fault-missing")
    assert 0.1 < np.ptp(missing[:, 0]) < 0.5
    assert 2 <= len(drawn.lines("fault-noisy")) < 3000
    assert {"II", "V1", "missing", "flat", "clipped", "noisy"} <= set(drawn.texts())


def test_numbers_stand_beside_every_height_of_the_ectopic_beats():
    """Whatever the highest count, more than the zero line says how many beats there were."""
    for highest in range(1, 120):
        times, classes = np.full(highest, 30.5), np.full(highest, "V")
        drawn = Drawn(draw_ectopy(times, classes, TimeAxis(60)))
        counts = [int(text) for text in drawn.texts() if text.isdigit()]
        assert {0} < set(counts), highest
        assert max(counts) <= 1.15 * max(highest, 4)
