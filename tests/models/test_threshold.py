"""Thresholds learn from normal scores, keep their promise, and refuse what teaches nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.errors import CalibrationError, ParameterError
from ectopy.models.threshold import (
    RULES,
    ConformalThreshold,
    MadThreshold,
    QuantileThreshold,
    SigmaThreshold,
    threshold_from_dict,
    threshold_to_dict,
)


@pytest.mark.parametrize("rule", RULES.values())
@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        (np.ones(5), "too few"),
        (np.r_[np.arange(99.0), np.nan], "not finite"),
        (np.full(200, 0.3), "all 0.3"),
    ],
)
def test_every_rule_refuses_scores_that_teach_nothing(rule, scores, reason):
    with pytest.raises(CalibrationError, match=reason):
        rule().learn(scores)


@pytest.mark.parametrize("rule", RULES.values())
def test_every_rule_survives_the_way_to_a_manifest_and_back(rule):
    assert threshold_from_dict(threshold_to_dict(rule())) == rule()


def test_an_unknown_rule_lists_the_known():
    with pytest.raises(ParameterError, match="conformal"):
        threshold_from_dict({"rule": "by eye"})


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), rate=st.sampled_from([0.01, 0.05, 0.1]))
def test_the_conformal_promise_holds_on_new_normal_beats(seed, rate):
    rng = np.random.default_rng(seed)
    exceeded = [
        (rng.gamma(2, size=400) > ConformalThreshold(rate).learn(rng.gamma(2, size=300))).mean()
        for _ in range(60)
    ]
    assert np.mean(exceeded) <= rate + 4 * np.std(exceeded) / np.sqrt(len(exceeded))


def test_too_few_beats_for_a_rate_are_told_how_many_it_needs():
    with pytest.raises(CalibrationError, match="at least 999"):
        ConformalThreshold(0.001).learn(np.arange(998.0))
    assert ConformalThreshold(0.001).learn(np.arange(999.0)) == 998.0


def test_rules_agree_with_their_definitions():
    scores = np.random.default_rng(0).normal(5, 2, 10_000)
    assert SigmaThreshold(2).learn(scores) == pytest.approx(scores.mean() + 2 * scores.std())
    assert MadThreshold(2).learn(scores) == pytest.approx(5 + 2 * 2, abs=0.2)
    assert QuantileThreshold(0.9).learn(scores) == pytest.approx(np.quantile(scores, 0.9))


def test_a_few_abnormal_beats_hardly_move_the_robust_rule():
    normal = np.random.default_rng(0).normal(1, 0.1, 500)
    spoilt = np.r_[normal, np.full(20, 50.0)]
    moved = MadThreshold().learn(spoilt) - MadThreshold().learn(normal)
    assert moved < 0.05 < SigmaThreshold().learn(spoilt) - SigmaThreshold().learn(normal)


@pytest.mark.parametrize(
    "threshold",
    [QuantileThreshold(1.0), SigmaThreshold(0), MadThreshold(-1), ConformalThreshold(0)],
)
def test_parameters_out_of_range_are_refused(threshold):
    with pytest.raises(ParameterError, match="out of range"):
        threshold.learn(np.arange(100.0))
