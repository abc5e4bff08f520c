"""AUROC, AUPRC and the curves under them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

import naive
from ectopy.errors import ParameterError
from ectopy.evaluation.ranking import auprc, auroc, threshold_curve

scored = st.lists(st.tuples(st.integers(-4, 4), st.booleans()), min_size=1, max_size=40)


@settings(max_examples=50, deadline=None)
@given(scored)
def test_areas_are_what_comparing_pairs_gives_ties_included(beats):
    scores, positive = zip(*beats, strict=True)
    assert auroc(scores, positive) == pytest.approx(naive.auroc(scores, positive), nan_ok=True)
    assert auprc(scores, positive) == pytest.approx(naive.auprc(scores, positive), nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(scored.filter(lambda beats: len({positive for _, positive in beats}) == 2))
def test_areas_agree_with_scikit_learn(beats):
    scores, positive = zip(*beats, strict=True)
    assert auroc(scores, positive) == pytest.approx(sklearn_metrics.roc_auc_score(positive, scores))
    assert auprc(scores, positive) == pytest.approx(sklearn_metrics.average_precision_score(positive, scores))


def test_a_weight_counts_a_beat_as_often():
    rng = np.random.default_rng(0)
    scores, positive, times = rng.integers(0, 9, 60), rng.random(60) < 0.3, rng.integers(0, 4, 60)
    weighted = threshold_curve(scores, positive, times)
    assert weighted.auroc == pytest.approx(auroc(np.repeat(scores, times), np.repeat(positive, times)))
    assert weighted.auprc == pytest.approx(auprc(np.repeat(scores, times), np.repeat(positive, times)))


def test_the_curve_counts_beats_with_at_least_the_threshold():
    curve = threshold_curve([3, 3, 2, 1], [True, False, True, False])
    assert curve.thresholds.tolist() == [3, 2, 1]
    assert curve.sensitivity.tolist() == [0.5, 1, 1]
    assert curve.false_positive_rate.tolist() == [0.5, 0.5, 1]
    assert curve.positive_predictivity.tolist() == [0.5, 2 / 3, 0.5]


def test_one_class_leaves_auroc_undefined():
    assert math.isnan(auroc([1, 2], [True, True]))
    assert math.isnan(auprc([1, 2], [False, False]))


@pytest.mark.parametrize(
    ("scores", "positive", "message"),
    [
        ([1.0, math.nan], [True, False], "1 NaN of 2"),
        ([1.0], [True, False], "shapes"),
        ([], [], "at least one beat"),
    ],
)
def test_what_cannot_be_ranked_is_refused(scores, positive, message):
    with pytest.raises(ParameterError, match=message):
        auroc(scores, positive)
