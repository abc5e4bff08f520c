"""Figures of beats, of training, and the overview."""

from __future__ import annotations

import io
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from ectopy.plotting.beats import plot_beat
from ectopy.report.figures import plot_history, plot_overview, plot_score_timeline


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_beat_and_reconstruction_are_told_apart_without_colour(ax):
    original = np.sin(np.linspace(0, 6, 96))
    plot_beat(ax, original, 0.5 * original, fs=120, before=36)
    first, second = ax.lines
    np.testing.assert_array_equal(first.get_ydata(), original)
    np.testing.assert_array_equal(second.get_ydata(), 0.5 * original)
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_xdata()[36] == 0
    assert np.diff(first.get_xdata()[:2]) == pytest.approx(1000 / 120)
    assert len(ax.collections) == 1


@pytest.mark.parametrize("highest", [3.0, 300.0])
def test_threshold_and_highest_score_are_drawn(ax, highest):
    scores = np.full(50_000, 0.5)
    scores[31_234] = highest
    plot_score_timeline(ax, np.arange(50_000.0), scores, 1.0, 50_000.0)
    assert highest in np.concatenate([line.get_ydata() for line in ax.lines])
    low, high = ax.get_ylim()
    assert low < 1.0 < highest < high
    assert any(set(line.get_ydata()) == {1.0} for line in ax.lines)


def test_history_marks_the_epoch_that_was_kept(ax):
    plot_history(ax, SimpleNamespace(train=(3.0, 2.0, 1.0), validation=(3.0, 1.5, 2.0), best_epoch=1))
    kept = ax.lines[-1]
    assert (kept.get_xdata()[0], kept.get_ydata()[0]) == (2, 1.5)


@pytest.mark.parametrize("highest", [0.1003, 0.14, 0.3, 1.0, 9.0, 200.0, 1e5])
def test_labels_of_losses_do_not_collide_and_are_not_too_few(ax, highest):
    losses = tuple(np.geomspace(highest, 0.1, 9))
    plot_history(ax, SimpleNamespace(train=losses, validation=losses, best_epoch=8))
    ax.figure.draw_without_rendering()
    low, high = ax.get_ylim()
    shown = [tick for tick in ax.yaxis.get_major_ticks() if low <= tick.get_loc() <= high]
    heights = sorted((box.y0, box.y1) for box in (tick.label1.get_window_extent() for tick in shown))
    assert len({tick.label1.get_text() for tick in shown}) == len(shown) >= 2
    assert all(below[1] <= above[0] for below, above in itertools.pairwise(heights))


@pytest.mark.parametrize(
    "changes", [{}, {"odd": ()}, {"n_beats": 0, "odd": ()}, {"duration": 5.5, "odd": ()}]
)
def test_overview_can_be_drawn_of_any_analysis(make_analysis, changes):
    image = io.BytesIO()
    plot_overview(make_analysis(**changes)).savefig(image, dpi=50)
    assert len(image.getvalue()) > 5000
