"""A threshold is refused when there is too little to learn it from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.errors import CalibrationError, ParameterError
from ectopy.evaluation.calibration import check_calibration_size, required_calibration_size, youden_threshold


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 5000))
def test_the_required_size_is_the_smallest_whose_largest_score_is_rare_enough(inverse):
    n = required_calibration_size(1 / inverse)
    assert 1 / (n + 1) <= 1 / inverse
    assert 1 / n > 1 / inverse


def test_too_few_beats_are_refused_with_the_number_it_takes():
    check_calibration_size(99, 0.01)
    with pytest.raises(CalibrationError, match="give at least 99, or ask for"):
        check_calibration_size(98, 0.01)


@pytest.mark.parametrize("rate", [0, 1, -0.1, 5])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(ParameterError, match="false_alarm_rate"):
        required_calibration_size(rate)


def test_youden_finds_the_best_balance_among_all_thresholds():
    rng = np.random.default_rng(0)
    abnormal = rng.random(300) < 0.3
    scores = np.round(rng.normal(size=300) + abnormal, 1)

    def balance(limit):
        return np.mean(scores[abnormal] > limit) - np.mean(scores[~abnormal] > limit)

    assert balance(youden_threshold(scores, abnormal)) == pytest.approx(max(balance(s) for s in scores))


@pytest.mark.parametrize(("abnormal", "said"), [(True, "0 normal and 3"), (False, "3 normal and 0")])
def test_one_class_is_refused(abnormal, said):
    with pytest.raises(CalibrationError, match=said):
        youden_threshold([1, 2, 3], [abnormal] * 3)


def test_useless_scores_still_give_a_number():
    assert np.isfinite(youden_threshold([1, 1], [True, False]))
