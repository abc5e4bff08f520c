"""Figures of a confusion matrix."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

import naive
from ectopy.errors import ParameterError
from ectopy.evaluation import confusion, metrics
from ectopy.labels import AAMI_CLASSES

pairs_of_classes = st.lists(
    st.tuples(st.sampled_from(AAMI_CLASSES), st.sampled_from(AAMI_CLASSES)), min_size=1, max_size=40
)


@settings(max_examples=50, deadline=None)
@given(pairs_of_classes)
def test_every_figure_of_a_class_is_what_counting_beats_gives(pairs):
    reference, predicted = zip(*pairs, strict=True)
    counts = confusion.confusion_matrix(reference, predicted, AAMI_CLASSES).counts
    assert counts.tolist() == naive.confusion(reference, predicted, AAMI_CLASSES)
    for i, name in enumerate(AAMI_CLASSES):
        expected = naive.class_figures(reference, predicted, name)
        found = {title: figure(counts)[i] for title, figure in metrics.PER_CLASS.items()}
        assert found == pytest.approx(expected, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(pairs_of_classes)
def test_overall_figures_are_what_counting_beats_gives(pairs):
    reference, predicted = zip(*pairs, strict=True)
    counts = confusion.confusion_matrix(reference, predicted, AAMI_CLASSES).counts
    together = (reference, predicted, AAMI_CLASSES)
    assert metrics.accuracy(counts) == pytest.approx(naive.accuracy(reference, predicted))
    assert metrics.macro_f1(counts) == pytest.approx(naive.macro_f1(*together))
    assert metrics.balanced_accuracy(counts) == pytest.approx(naive.balanced_accuracy(*together))
    assert metrics.cohen_kappa(counts) == pytest.approx(naive.kappa(*together), nan_ok=True)
    assert metrics.j_kappa(counts) == pytest.approx(naive.j_kappa(*together), nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(pairs_of_classes)
def test_agrees_with_scikit_learn_where_it_has_the_figure(pairs):
    reference, predicted = zip(*pairs, strict=True)
    counts = confusion.confusion_matrix(reference, predicted).counts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            "accuracy": sklearn_metrics.accuracy_score(reference, predicted),
            "balanced accuracy": sklearn_metrics.balanced_accuracy_score(reference, predicted),
            "macro-F1": sklearn_metrics.f1_score(reference, predicted, average="macro"),
            "kappa": sklearn_metrics.cohen_kappa_score(reference, predicted),
        }
    found = {name: float(figure(counts)) for name, figure in metrics.OVERALL.items()}
    assert found == pytest.approx(expected, nan_ok=True)


def test_leading_axes_are_treated_alike():
    counts = np.random.default_rng(0).integers(0, 9, (4, 3, 5, 5))
    for figure in (*metrics.PER_CLASS.values(), *metrics.OVERALL.values(), metrics.j_kappa):
        np.testing.assert_allclose(figure(counts)[2, 1], figure(counts[2, 1]))


def test_j_kappa_is_one_for_a_perfect_classifier_and_undefined_without_ventricular_beats():
    assert metrics.j_kappa(np.diag([90, 5, 4, 1, 0])) == pytest.approx(1.0)
    assert math.isnan(metrics.j_kappa(np.diag([90, 5, 0, 1, 0])))


def test_undefined_is_a_dash_and_zero_is_a_zero():
    text = str(confusion.confusion_matrix(["N", "N"], ["N", "V"], labels=("N", "V", "F")))
    normal, ventricular, fusion = (line.split() for line in text.splitlines()[1:])
    assert normal[5:7] == ["0.5000", "1.0000"]
    assert ventricular[5:7] == ["-", "0.0000"]
    assert fusion[5:7] == ["-", "-"]
    assert "nan" not in text


def test_gross_weighs_beats_and_average_weighs_records():
    reference, predicted = ["V"] * 4 + ["V"], ["V"] * 4 + ["N"]
    grouped = confusion.grouped_confusion(reference, predicted, ["a"] * 4 + ["b"], labels=("N", "V"))
    assert metrics.sensitivity(grouped.gross.counts)[1] == pytest.approx(0.8)
    assert grouped.average(metrics.sensitivity)[1] == pytest.approx(0.5)
    assert math.isnan(grouped.average(metrics.sensitivity)[0])


def test_groups_add_up_to_the_gross_matrix():
    rng = np.random.default_rng(0)
    reference, predicted = rng.choice(AAMI_CLASSES, (2, 500))
    records = rng.choice(["100", "101", "102"], 500)
    grouped = confusion.grouped_confusion(reference, predicted, records, AAMI_CLASSES)
    for i, record in enumerate(grouped.groups):
        chosen = records == record
        expected = sklearn_metrics.confusion_matrix(reference[chosen], predicted[chosen], labels=AAMI_CLASSES)
        np.testing.assert_array_equal(grouped.counts[i], expected)


def test_a_class_that_labels_lack_is_refused_by_name():
    with pytest.raises(ParameterError, match="class 'F' occurs but is none of labels"):
        confusion.confusion_matrix(["N", "F"], ["N", "N"], labels=("N", "V"))


def test_different_lengths_are_refused():
    with pytest.raises(ParameterError, match="2, 1 and 2 entries"):
        confusion.confusion_matrix(["N", "F"], ["N"])


def test_false_alarms_per_hour_is_undefined_where_nothing_was_recorded():
    np.testing.assert_allclose(metrics.false_alarms_per_hour([6, 0, 3], [1800, 3600, 0]), [12, 0, np.nan])


def test_never_naming_a_rare_class_is_nearly_always_right_against_the_rest():
    counts = confusion.confusion_matrix(["N"] * 97 + ["F"] * 3, ["N"] * 99 + ["F"], ("N", "F")).counts
    np.testing.assert_allclose(metrics.accuracy_against_rest(counts), [0.98, 0.98])
    never = np.array([[97, 0], [3, 0]])
    assert metrics.accuracy_against_rest(never)[1] == pytest.approx(0.97)
    assert metrics.f1(never)[1] == 0
    assert np.isnan(metrics.accuracy_against_rest(np.zeros((2, 2)))).all()
