from __future__ import annotations

import numpy as np
import pytest

from ectopy.features.prematurity import EARLINESS, earliness


def column(rr: np.ndarray, name: str) -> np.ndarray:
    return earliness(np.asarray(rr, np.float32))[:, EARLINESS.index(name)]


def test_a_run_of_tachycardia_is_early_to_its_last_beat() -> None:
    rr = np.full(300, 1.0)
    rr[100:160] = 0.5
    assert (column(rr, "before to mean of 301")[100:160] < np.log(0.7)).all()
    assert column(rr, "before to median of 21")[130] == pytest.approx(0)


def test_pauses_are_due_where_two_of_three_beats_are_early() -> None:
    rr = np.tile([0.6, 0.6, 1.2], 60)
    to_long = column(rr, "before to long of 101")
    assert to_long[90:93] == pytest.approx(np.log([0.5, 0.5, 1.0]), abs=1e-5)


def test_coupled_beats_have_company_and_those_of_fibrillation_have_none() -> None:
    bigeminy = np.tile([0.6, 1.2], 100)
    fibrillation = 0.8 * np.exp(0.25 * np.random.default_rng(0).standard_normal(200))
    assert np.median(column(bigeminy, "company of before")) > 0.4
    assert np.median(column(fibrillation, "company of before")) < 0.2


def test_fibrillation_is_without_order_and_coupled_beats_are_not() -> None:
    sinus = np.exp(0.05 * np.sin(np.arange(300) / 4))
    bigeminy = np.tile([0.6, 1.2], 150)
    fibrillation = 0.8 * np.exp(0.25 * np.random.default_rng(0).standard_normal(300))
    turns = [np.median(column(rr, "turns of 101")) for rr in (sinus, fibrillation, bigeminy)]
    assert turns[0] < 0.3 < turns[1] < 0.8 < turns[2]
    memory = [np.median(column(rr, "memory of 101")) for rr in (sinus, fibrillation, bigeminy)]
    assert memory[0] < 0.2
    assert memory[1:] == pytest.approx([1, 2], abs=0.2)
    usual = [np.median(column(rr, "usual company of 101")) for rr in (fibrillation, bigeminy)]
    assert usual[0] < 0.2 < 0.4 < usual[1]


def test_no_beat_sees_further_than_it_says() -> None:
    rr = np.random.default_rng(1).uniform(0.5, 1.2, 800).astype(np.float32)
    np.testing.assert_allclose(earliness(rr)[300:400], earliness(rr[140:560])[160:260], atol=1e-5)


@pytest.mark.parametrize("rr", [[], [np.nan], [np.nan, 1.0], [0.0, 50.0, np.nan]])
def test_few_or_unknown_intervals_give_numbers(rr: list[float]) -> None:
    table = earliness(np.array(rr, np.float32))
    assert table.shape == (len(rr), len(EARLINESS))
    assert np.isfinite(table).all()
