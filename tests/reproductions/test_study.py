"""What a reproduced study hands back says how sure it is, and what is missing."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ectopy.reproductions.study import Estimate, Race, Row, Run, Settings

ROW = Row("accuracy", 0.947, Estimate(0.95), Estimate.of_seeds([0.8, 0.9, 1.0]), "5 seeds", headline=True)


def test_the_interval_over_seeds_is_students():
    estimate = Estimate.of_seeds([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.7764451 * math.sqrt(2.5 / 5)
    assert estimate.value == 3
    assert (estimate.low, estimate.high) == pytest.approx((3 - half, 3 + half))
    assert estimate.over == "seeds"


def test_one_run_claims_no_interval():
    estimate = Estimate.of_seeds([0.9])
    assert math.isnan(estimate.low)
    assert estimate.shown(2) == "0.90"


def test_a_quick_run_has_one_seed_and_a_whole_one_five():
    assert Settings(Path("out"), seed=3).seeds == (3, 4, 5, 6, 7)
    assert Settings(Path("out"), seed=3, quick=True).seeds == (3,)


def test_the_published_and_the_measured_figures_stand_in_one_row():
    assert ROW.line() == "| accuracy | 0.9470 | 0.9500 | 0.9000 (0.6516 to 1.1484, 3 seeds) | 5 seeds |"
    assert Row("AUC").line() == "| AUC | - | - | - |  |"


def test_a_race_that_was_not_run_to_its_end_gives_a_bound_or_nothing():
    reached, given_up = Run(10.0, 3, 0.95, reached=True), Run(100.0, 2, 0.9, reached=False)
    assert Race("accuracy", 0.94, Run(100.0, 9, 0.94, reached=True), reached).line().endswith("| 0.100 |")
    bound = Race("accuracy", 0.94, given_up, reached).line()
    assert bound.endswith("| below 0.100 |")
    assert "not reached: 0.9000" in bound
    assert Race("accuracy", 0.94, reached, given_up).line().endswith("| - |")
