"""What is written is what was given, to a fiftieth of a millimetre, in characters that a page may hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn import UNITS, Drawn, points
from ectopy.report.svg import COLUMN, boxes, decimated, dots, drawing, line, path, text

SEEDS = st.integers(0, 2**31)


@given(SEEDS, st.integers(0, 300), st.floats(0, 0.5))
def test_a_line_goes_through_its_points_and_stops_at_gaps(seed, n, gaps):
    rng = np.random.default_rng(seed)
    x, y = np.cumsum(rng.uniform(0, 3, n)), rng.normal(scale=20, size=n)
    y[rng.random(n) < gaps] = np.nan
    drawn = points(line(x, y))
    finite = np.isfinite(y)
    assert len(drawn) == np.count_nonzero(np.diff(finite.astype(int), prepend=0) == 1)
    if drawn:
        through = np.concatenate([piece[:2] if len(piece) == 1 else piece for piece in drawn])
        alone = np.array([tuple(place) for place in np.column_stack([x, y])[finite]])
        through = through[np.flatnonzero(np.any(np.diff(through, axis=0, prepend=np.inf) != 0, axis=1))]
        kept = np.rint(alone * UNITS) / UNITS
        kept = kept[np.flatnonzero(np.any(np.diff(kept, axis=0, prepend=np.inf) != 0, axis=1))]
        np.testing.assert_allclose(through, kept)


@given(SEEDS, st.integers(2, 2000), st.sampled_from([100.0, 250.0, 360.0, 500.0, 1000.0]))
def test_decimating_keeps_every_extreme_to_a_column(seed, n, fs):
    x = np.arange(n) / fs * 25
    y = np.random.default_rng(seed).normal(size=n).cumsum()
    kept_x, kept_y = decimated(x, y)
    assert np.all(np.diff(kept_x) > 0)
    assert (kept_x[0], kept_x[-1]) == (x[0], x[-1])
    assert (kept_y.min(), kept_y.max()) == (y.min(), y.max())
    assert len(kept_x) <= max(2 * (x[-1] / COLUMN + 2), 2 * len(x) / 2 + 8)
    for i in range(0, n, 7):
        near = np.abs(kept_x - x[i]) <= 2 * max(COLUMN, x[1])
        assert kept_y[near].min() <= y[i] <= kept_y[near].max()


def test_equal_dots_are_drawn_once():
    assert [tuple(dot[0]) for dot in points(dots(np.array([1.0, 3.0, 1.0]), np.ones(3)))] == [(1, 1), (3, 1)]


def test_boxes_of_no_height_are_left_out():
    lefts = np.array([0.0, 1.0])
    (box,) = points(boxes(lefts, np.array([2.0, 1.0]), lefts + 1, np.array([2.0, 3.0])))
    assert {tuple(corner) for corner in box} == {(1, 1), (2, 1), (2, 3), (1, 3)}


@pytest.mark.parametrize("evil", ['"><script>x</script>', "a & b", "\x1b[2J", "Größe-心電図"])
def test_names_are_text_and_nothing_else(evil):
    svg = drawing(10, 5, evil, path("ink", "M0 0h5"), text(1, 1, evil))
    assert "<script" not in svg
    assert "\x1b" not in svg
    assert list(Drawn(svg).texts()) == [evil.replace("\x1b", r"\x1b")]
