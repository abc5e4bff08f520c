"""Figures of compression, denoising and few labels."""

from __future__ import annotations

import numpy as np

from ectopy.reproductions.dense_autoencoder.figures import (
    draw_denoised,
    draw_denoising,
    draw_few_labels,
    draw_rate_distortion,
)


def test_the_published_point_stands_only_where_the_measure_is_the_published_one():
    curve = (np.array([20.0, 40.0]), np.array([1.0, 2.0]))
    left, right = draw_rate_distortion({"a": curve, "b": curve}, {"a": curve, "b": curve}, (32.25, 2.73)).axes
    assert "published" in left.get_legend_handles_labels()[1]
    assert "published" not in right.get_legend_handles_labels()[1]
    styles = [{line.get_label(): line.get_marker() for line in ax.lines} for ax in (left, right)]
    assert styles[0]["a"] == styles[1]["a"] != styles[0]["b"]


def test_every_method_has_a_mark_at_every_noise():
    figure = draw_denoising(
        {"a": np.array([90.0, 80.0]), "b": np.array([70.0, 60.0])}, ("bw", "em"), "cos (%)"
    )
    marks = [line for line in figure.axes[0].lines if line.get_label() in ("a", "b")]
    assert [line.get_ydata().tolist() for line in marks] == [[90.0, 80.0], [70.0, 60.0]]
    assert (marks[0].get_xdata() != marks[1].get_xdata()).all()


def test_the_clean_signal_lies_behind_every_result():
    segments = {"clean": np.zeros((2, 50), np.float32), "a": np.ones((2, 50), np.float32)}
    axes = draw_denoised({**segments, "b": segments["a"]}, ("bw", "em"), 100.0, 40).axes
    assert len(axes) == 4
    for ax in axes:
        clean, denoised = ax.lines
        assert (clean.get_ydata() == 0).all()
        assert (denoised.get_ydata() == 1).all()
        assert len(denoised.get_xdata()) == 40


def test_intervals_are_drawn_where_there_are_any():
    values = np.array([[0.5, 0.4, 0.7], [0.6, np.nan, np.nan]])
    (ax,) = draw_few_labels({"raw beats": values}, (0.01, 1.0)).axes
    bars = ax.collections[0].get_segments()
    assert bars[0][:, 1].tolist() == [0.4, 0.7]
    assert bars[1][:, 1].tolist() == [0.6, 0.6]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1%", "100%"]
