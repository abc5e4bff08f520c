"""Intervals over patients."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from ectopy.errors import ParameterError
from ectopy.evaluation import confusion, metrics
from ectopy.evaluation.uncertainty import CountFigure, RankFigure, bootstrap, compare, patient_weights
from ectopy.labels import AAMI_CLASSES


def simulated(n_beats, n_patients, seed=0, spread=0.5):
    """Beats whose patients differ in how well they are judged."""
    rng = np.random.default_rng(seed)
    patients = rng.integers(0, n_patients, n_beats)
    positive = rng.random(n_beats) < 0.3
    shift = 1 + spread * rng.normal(size=n_patients)
    scores = rng.normal(size=n_beats) + positive * shift[patients]
    return scores, positive, patients.astype(str)


def figure_of(scores, positive, patients, figure):
    return CountFigure(
        confusion.grouped_confusion(positive, scores > 0.5, patients, ["False", "True"]), figure
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_weighted_figures_are_those_of_the_drawn_beats(seed, n_patients):
    rng = np.random.default_rng(seed)
    patients = rng.choice(list("abcde"[:n_patients]), 30)
    reference, predicted = rng.choice(AAMI_CLASSES, (2, 30))
    scores, positive = rng.integers(0, 6, 30), rng.random(30) < 0.4
    counted = CountFigure(
        confusion.grouped_confusion(reference, predicted, patients, AAMI_CLASSES), metrics.accuracy
    )
    ranked = [RankFigure.of(scores, positive, patients, name) for name in ("auroc", "auprc")]
    weights = patient_weights(len(counted.patients), 5, seed)
    for i, row in enumerate(weights):
        drawn = naive.drawn_rows(patients, counted.patients, row)
        assert counted.under(weights)[i] == pytest.approx(naive.accuracy(reference[drawn], predicted[drawn]))
        for fast, slow in zip(ranked, (naive.auroc, naive.auprc), strict=True):
            expected = slow(scores[drawn].tolist(), positive[drawn].tolist())
            assert fast.under(weights)[i] == pytest.approx(expected, nan_ok=True)


def test_a_mean_over_classes_is_undefined_for_drawings_that_lose_one():
    grouped = confusion.grouped_confusion(["N", "N", "V"], ["N", "V", "V"], ["a", "b", "c"])
    drawn = np.array([[1.0, 1, 1], [2, 1, 0]])
    assert np.isnan(CountFigure(grouped, metrics.macro_f1).under(drawn)).tolist() == [False, True]
    assert np.isnan(CountFigure(grouped, metrics.accuracy).under(drawn)).tolist() == [False, False]


def test_every_drawing_has_as_many_patients_as_there_are():
    weights = patient_weights(22, 500, seed=1)
    assert (weights.sum(axis=1) == 22).all()
    np.testing.assert_allclose(weights.mean(axis=0), 1, atol=0.2)


def test_a_thousand_replicates_of_fifty_thousand_beats_take_under_two_seconds():
    scores, positive, patients = simulated(50_000, 48)
    start = time.process_time()
    bootstrap(RankFigure.of(scores, positive, patients))
    bootstrap(figure_of(scores, positive, patients, metrics.macro_f1))
    assert time.process_time() - start < 2


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    truth = bootstrap(figure_of(*simulated(200_000, 2000, seed=99), metrics.balanced_accuracy)).value
    covered = 0
    for seed in range(100):
        interval = bootstrap(
            figure_of(*simulated(3000, 40, seed), metrics.balanced_accuracy), n_replicates=300
        )
        covered += interval.low <= truth <= interval.high
    assert 85 <= covered <= 99


def test_drawing_patients_is_wider_than_drawing_beats():
    scores, positive, patients = simulated(2000, 12, spread=1.0)
    over_patients = bootstrap(RankFigure.of(scores, positive, patients))
    over_beats = bootstrap(RankFigure.of(scores, positive, np.arange(2000)))
    assert over_patients.high - over_patients.low > 1.5 * (over_beats.high - over_beats.low)


def test_one_patient_says_nothing_about_the_next():
    interval = bootstrap(RankFigure.of(*simulated(100, 1)))
    assert math.isnan(interval.low)
    assert str(interval).endswith("(-)")


def test_the_same_seed_gives_the_same_interval():
    figure = RankFigure.of(*simulated(300, 10))
    assert bootstrap(figure, seed=3) == bootstrap(figure, seed=3)
    assert bootstrap(figure, seed=3) != bootstrap(figure, seed=4)


def test_a_model_does_not_differ_from_itself():
    figure = RankFigure.of(*simulated(300, 10))
    found = compare(figure, figure)
    assert (found.difference.low, found.difference.high, found.share) == (0, 0, 0.5)


def test_pairing_sees_a_small_difference_that_single_intervals_hide():
    scores, positive, patients = simulated(4000, 20, spread=1.0)
    noise = np.random.default_rng(5).normal(size=4000)
    good, poor = (RankFigure.of(s, positive, patients) for s in (scores, scores + 0.4 * noise))
    assert bootstrap(good).low < bootstrap(poor).value
    found = compare(good, poor)
    assert found.difference.low > 0
    assert found.share > 0.99
    assert found.difference.value == pytest.approx(found.first - found.second)


def test_models_tested_on_different_patients_are_not_compared():
    first = RankFigure.of([1, 2], [True, False], ["a", "b"])
    second = RankFigure.of([1, 2], [True, False], ["a", "c"])
    with pytest.raises(ParameterError, match="test both on the same beats"):
        compare(first, second)


def test_impossible_options_are_refused():
    figure = RankFigure.of([1, 2], [True, False], ["a", "b"])
    with pytest.raises(ParameterError, match="level=95"):
        bootstrap(figure, level=95)
    with pytest.raises(ParameterError, match="n_replicates=0"):
        bootstrap(figure, n_replicates=0)
    with pytest.raises(ParameterError, match="patients has 1 entries"):
        RankFigure.of([1, 2], [True, False], ["a"])
