"""Pictures of classes and decisions show what is there, and say what is not."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from ectopy.plotting.confusion import plot_confusion
from ectopy.plotting.decisions import ReconstructedBeat, plot_beats, plot_losses
from ectopy.plotting.exploration import plot_class_samples, plot_variability, rolling


def texts(figure: Figure) -> str:
    figure.canvas.draw()
    return " ".join(text.get_text() for text in figure.findobj(match=lambda each: hasattr(each, "get_text")))


def test_each_class_has_a_row_and_its_number_of_beats() -> None:
    classes = {"N": np.random.default_rng(0).normal(size=(30, 20)), "V": np.ones((2, 20))}
    figure = plot_class_samples(classes, fs=100)
    shown = [ax for ax in figure.axes if ax.has_data()]
    assert len(shown) == 5 + 2
    assert all(not ax.axison for ax in figure.axes if not ax.has_data())
    assert "V\n(2 beats)" in texts(figure)


def test_variability_is_drawn_around_the_rolling_mean() -> None:
    ramp = np.tile(np.arange(20.0), (4, 1))
    mean, deviation = rolling(ramp, 5)
    np.testing.assert_allclose(mean[0, 2:-2], np.arange(2, 18))
    np.testing.assert_allclose(deviation[0, 2:-2], np.sqrt(2))
    axes = plot_variability({"N": ramp, "V": -ramp, "S": ramp, "F": ramp}).axes
    assert [ax.has_data() for ax in axes] == [True] * 4 + [False] * 2


def test_kinds_without_beats_get_no_empty_row() -> None:
    beat = ReconstructedBeat("score 1", np.arange(9.0), np.arange(9.0) + 1)
    figure = plot_beats({"right": [beat, beat], "wrong": []})
    assert len(figure.axes) == 2
    assert "no beats: wrong" in texts(figure)
    assert texts(plot_beats({"right": [], "wrong": []})).count("no beats: right; wrong") == 1


def test_scores_of_a_part_without_beats_are_left_out() -> None:
    figure = Figure()
    scores = np.random.default_rng(0).normal(size=100)
    plot_losses(figure.subplots(), {"normal": scores, "tested": scores, "abnormal": scores[:0]}, 9.0, "score")
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["normal (100)", "tested (100)", "threshold (9)"]
    assert figure.axes[0].get_xlim()[1] > 9


def test_a_confusion_matrix_has_its_counts() -> None:
    figure = Figure()
    plot_confusion(figure.subplots(), ("N", "V"), np.array([[1200, 3], [0, 0]]))
    assert "1,200" in texts(figure)
