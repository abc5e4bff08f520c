"""Scores of several networks become one on the scale of p-values, held-out and new beats alike."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.errors import CalibrationError
from ectopy.models.cross_conformal import CrossConformal
from ectopy.models.threshold import ConformalThreshold, QuantileThreshold


def normal_scores(n: int, members: int, seed: int = 0) -> np.ndarray:
    """Return scores of normal beats by networks that agree in part, (n, members)."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, 1)) + 0.5 * rng.normal(size=(n, members))).astype(np.float32)


@pytest.fixture
def ranks() -> CrossConformal:
    scores = normal_scores(500, 5)
    folds = np.arange(500) % 5
    return CrossConformal(folds, scores[np.arange(500), folds], 5)


def test_the_score_is_the_logarithm_of_the_share_of_normal_beats_that_look_so_abnormal(ranks) -> None:
    new = normal_scores(4000, 5, seed=1)
    scores = ranks.combined(new)
    for p in (0.3, 0.1, 0.03):
        assert p / 4 < (scores > -np.log10(p)).mean() < 1.2 * p  # networks that disagree make it cautious
    assert ranks.combined(new[:1] * 0 + 99)[0] > 3


def test_it_counts_by_hand() -> None:
    ranks = CrossConformal(np.repeat([0, 1], 10), np.arange(20, dtype=np.float32), 2)
    # of the first network's beats 2 score 8 or more, of the second's 3 score 17 or more: rank between 5 and 6
    p = 10.0 ** -ranks.combined(np.array([[8, 17]], np.float32))[0] * 21
    assert 5 < p < 6


def test_a_higher_score_of_any_network_never_lowers_the_anomaly_score(ranks) -> None:
    low = normal_scores(200, 5, seed=2)
    for member in range(5):
        high = low.copy()
        high[:, member] += 0.3
        assert (ranks.combined(high) >= ranks.combined(low)).all()


def test_held_out_beats_are_spread_as_new_ones(ranks) -> None:
    held, new = ranks.held_out(), ranks.combined(normal_scores(4000, 5, seed=3))
    for q in (0.5, 0.8, 0.9):
        assert np.quantile(held, q) == pytest.approx(np.quantile(new, q), abs=0.3)


def test_the_threshold_of_a_promise_is_its_logarithm_and_others_learn_from_held_out_beats(ranks) -> None:
    assert ranks.threshold(ConformalThreshold(0.02)) == pytest.approx(-np.log10(0.02))
    assert ranks.threshold(QuantileThreshold(0.9)) == pytest.approx(np.quantile(ranks.held_out(), 0.9))
    with pytest.raises(CalibrationError, match="at least 999"):
        ranks.threshold(ConformalThreshold(0.001))


def test_it_is_written_and_read(ranks) -> None:
    again = CrossConformal.of_file(ranks.file())
    new = normal_scores(20, 5, seed=4)
    np.testing.assert_array_equal(again.combined(new), ranks.combined(new))
    with pytest.raises(CalibrationError, match="is not by folds"):
        CrossConformal.of_file(ranks.scores)


def test_a_fold_without_normal_beats_says_nothing() -> None:
    ranks = CrossConformal(np.zeros(30, np.int64), np.arange(30, dtype=np.float32), 2)
    first, second = ranks.combined(np.array([[10, 0], [10, 99]], np.float32))
    assert first == second
