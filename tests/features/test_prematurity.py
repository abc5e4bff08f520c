from __future__ import annotations

import numpy as np
import pytest

from ectopy.features.prematurity import PREMATURITY, prematurity_features

NAMES = [feature.name for feature in PREMATURITY]


def column(rr: np.ndarray, name: str) -> np.ndarray:
    return prematurity_features(np.asarray(rr, np.float32))[:, NAMES.index(name)]


def test_a_run_of_tachycardia_is_premature_to_its_last_beat() -> None:
    rr = np.full(300, 1.0)
    rr[100:160] = 0.5
    assert (column(rr, "rr_to_mean_301")[100:160] < np.log(0.7)).all()
    assert column(rr, "rr_to_median_21")[130] == pytest.approx(0)


def test_pauses_are_due_where_two_of_three_beats_are_premature() -> None:
    rr = np.tile([0.6, 0.6, 1.2], 60)
    to_long = column(rr, "rr_to_p80_101")
    assert to_long[90:93] == pytest.approx(np.log([0.5, 0.5, 1.0]), abs=1e-5)


def test_coupled_beats_have_similar_intervals_and_those_of_fibrillation_have_not() -> None:
    bigeminy = np.tile([0.6, 1.2], 100)
    fibrillation = 0.8 * np.exp(0.25 * np.random.default_rng(0).standard_normal(200))
    assert np.median(column(bigeminy, "rr_similarity")) > 0.4
    assert np.median(column(fibrillation, "rr_similarity")) < 0.2


def test_intervals_of_fibrillation_are_disordered_and_those_of_coupled_beats_are_not() -> None:
    sinus = np.exp(0.05 * np.sin(np.arange(300) / 4))
    bigeminy = np.tile([0.6, 1.2], 150)
    fibrillation = 0.8 * np.exp(0.25 * np.random.default_rng(0).standard_normal(300))
    turns = [np.median(column(rr, "turning_point_ratio_101")) for rr in (sinus, fibrillation, bigeminy)]
    assert turns[0] < 0.3 < turns[1] < 0.8 < turns[2]
    memory = [
        np.median(column(rr, "successive_difference_ratio_101")) for rr in (sinus, fibrillation, bigeminy)
    ]
    assert memory[0] < 0.2
    assert memory[1:] == pytest.approx([1, 2], abs=0.2)
    usual = [np.median(column(rr, "median_rr_similarity_101")) for rr in (fibrillation, bigeminy)]
    assert usual[0] < 0.2 < 0.4 < usual[1]


def test_no_beat_depends_on_others_further_away_than_stated() -> None:
    rr = np.random.default_rng(1).uniform(0.5, 1.2, 800).astype(np.float32)
    np.testing.assert_allclose(
        prematurity_features(rr)[300:400], prematurity_features(rr[140:560])[160:260], atol=1e-5
    )


@pytest.mark.parametrize("rr", [[], [np.nan], [np.nan, 1.0], [0.0, 50.0, np.nan]])
def test_few_or_unknown_intervals_give_numbers(rr: list[float]) -> None:
    table = prematurity_features(np.array(rr, np.float32))
    assert table.shape == (len(rr), len(PREMATURITY))
    assert np.isfinite(table).all()
