"""A detector's scores of held-out beats come from models that did not see them."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.evaluation.ranking import auroc
from ectopy.reproductions.ecg5000.density import averaged, cross_fit, fit_density, fit_neighbours, hold_out


def cluster(n: int, centre: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(centre, 1, (n, 6)).astype(np.float32)


def test_no_normal_beat_is_scored_by_a_model_that_learned_it():
    normal = np.arange(40, dtype=np.float32)[:, np.newaxis]

    def remembers(learned, held_out, seed):
        assert not np.isin(held_out, learned).any()
        return lambda beats: np.isin(beats[:, 0], learned).astype(float)

    found = cross_fit(remembers, normal, normal, 5, seed=0)
    assert found.held_out.max() == 0
    np.testing.assert_allclose(found.tested, 0.8)  # four folds of five know each beat
    assert hold_out(remembers, normal, normal, 0.25, seed=0).held_out.tolist() == [0.0] * 10


def test_held_out_scores_do_not_depend_on_what_is_judged():
    normal = cluster(60, 0, 0)
    one = cross_fit(fit_neighbours, normal, cluster(5, 4, 1), 3, seed=2)
    other = cross_fit(fit_neighbours, normal, cluster(9, -3, 2), 3, seed=2)
    np.testing.assert_array_equal(one.held_out, other.held_out)


def test_density_gives_a_rare_normal_shape_its_place_where_distance_does_not():
    """Nine normal beats in ten lie wide, one in ten narrow and far; an anomaly lies between."""
    rng = np.random.default_rng(0)
    common, rare = rng.normal(0, 1, (900, 2)), rng.normal((9, 0), 0.1, (100, 2))
    score = fit_density(lambda beats: beats.astype(float), np.concatenate([common, rare]), seed=0)
    between = rng.normal((5.5, 0), 0.2, (50, 2))
    scores = np.concatenate([score(rare), score(between)])
    assert auroc(scores, np.repeat([False, True], [100, 50])) > 0.95


def test_one_member_that_finds_a_beat_impossible_does_not_decide_alone():
    learned = np.linspace(0, 1, 101)[:, np.newaxis].astype(np.float32)

    def alarmist(beats):
        return np.where(beats[:, 0] > 2, 1e12, beats[:, 0])

    def plain(beats):
        return beats[:, 0].astype(float)

    tested = np.array([[0.5], [3.0]], np.float32)
    together = averaged([plain, alarmist], learned)(tested)
    assert together[0] == pytest.approx(0, abs=1e-6)
    assert together[1] < 20
