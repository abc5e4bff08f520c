"""Figures of a reproduced classifier."""

from __future__ import annotations

import numpy as np

from ectopy.evaluation.confusion import confusion_matrix
from ectopy.reproductions.wavelet_cnn.figures import draw_classes, draw_confusions, draw_histories
from ectopy.training.loop import History


def test_every_count_stands_in_its_cell_and_a_class_without_beats_is_no_error():
    matrix = confusion_matrix(["N"] * 1200 + ["V"] * 3, ["N"] * 1200 + ["V", "V", "N"], ("N", "V", "Q"))
    figure = draw_confusions({"one": matrix, "other": matrix})
    ax = figure.axes[1]
    assert ax.get_title(loc="left") == "other"
    cells = {text.get_position(): text.get_text() for text in ax.texts}
    assert cells[(0, 0)] == "1,200"
    assert cells[(0, 1)] == "1"
    assert cells[(1, 0)] == "0"
    assert [label.get_text() for label in ax.get_yticklabels()] == ["N\n1,200", "V\n3", "Q\n0"]


def test_a_method_looks_the_same_in_every_panel():
    values = np.array([1.0, 0.1])
    figure = draw_classes({"error": {"a": values, "b": values}, "F1": {"b": values}}, ("N", "V"), ("error",))
    left, right = figure.axes
    assert (left.get_yscale(), right.get_yscale()) == ("log", "linear")
    shown = {line.get_label(): line for line in left.lines}
    again = next(line for line in right.lines if line.get_label() == "b")
    assert again.get_marker() == shown["b"].get_marker() != shown["a"].get_marker()
    np.testing.assert_array_equal(again.get_xdata(), shown["b"].get_xdata())


def test_each_training_has_its_axes():
    history = History((1.0, 0.5), (1.1, 0.6), 1)
    figure = draw_histories({"one": history, "two": history, "three": history})
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["one", "two", "three", ""]
