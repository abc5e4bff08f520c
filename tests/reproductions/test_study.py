"""What a reproduced study hands back is written whole, and says what is missing."""

from __future__ import annotations

import json
import math
from pathlib import Path
from time import process_time

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.reproductions.study import (
    Cost,
    Estimate,
    Race,
    Reproduction,
    Row,
    Run,
    Settings,
    Stopwatch,
    write_reproduction,
)

ROW = Row("accuracy", 0.947, Estimate(0.95), Estimate.of_seeds([0.8, 0.9, 1.0]), "5 seeds", headline=True)


def found(**options: object) -> Reproduction:
    return Reproduction("Title", "Source", "As published.", "By patient.", (ROW,), **options)


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


def test_what_is_undefined_is_null_in_the_file_and_a_dash_in_the_table(tmp_path: Path):
    write_reproduction("s", found(details={"auc": np.float32("nan")}), Settings(tmp_path), Cost(2.0, 1.0))
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["details"]["auc"] is None
    assert metrics["rows"][0]["reproduced"]["low"] is None
    assert metrics["rows"][0]["strict"]["runs"] == [0.8, 0.9, 1.0]
    assert metrics["seeds"] == [0, 1, 2, 3, 4]
    assert (metrics["seconds"], metrics["processor_seconds"]) == (2, 1)


def test_a_quick_run_says_on_its_page_that_it_measures_nothing(tmp_path: Path):
    write_reproduction("s", found(), Settings(tmp_path, quick=True), Cost(2.0, 1.0))
    assert (tmp_path / "table.md").read_text().startswith("**Quick run")
    assert json.loads((tmp_path / "metrics.json").read_text())["quick"] is True
    write_reproduction("s", found(), Settings(tmp_path), Cost(2.0, 1.0))
    assert (tmp_path / "table.md").read_text().startswith("# Title")


def test_a_race_that_was_not_run_to_its_end_gives_a_bound_or_nothing():
    reached, given_up = Run(10.0, 3, 0.95, reached=True), Run(100.0, 2, 0.9, reached=False)
    assert Race("accuracy", 0.94, Run(100.0, 9, 0.94, reached=True), reached).line().endswith("| 0.100 |")
    bound = Race("accuracy", 0.94, given_up, reached).line()
    assert bound.endswith("| below 0.100 |")
    assert "not reached: 0.9000" in bound
    assert Race("accuracy", 0.94, reached, given_up).line().endswith("| - |")


def test_looking_is_not_timed():
    def look(network: object) -> float:
        start = process_time()
        while process_time() < start + 0.2:
            pass
        return 1.0

    watch = Stopwatch(look, target=2.0)
    for _ in range(2):
        assert not watch(None)
    assert watch.run.seconds < 0.1
    assert (watch.run.epochs, watch.run.figure, watch.run.reached) == (2, 1.0, False)


@pytest.mark.parametrize(("higher", "figure", "reached"), [(True, 0.95, True), (False, 0.95, False)])
def test_the_clock_stops_at_the_figure_whichever_way_is_better(higher: bool, figure: float, reached: bool):
    watch = Stopwatch(lambda network: figure, target=0.9, higher=higher)
    assert watch(None) is reached
    assert watch.run.reached is reached


def test_a_training_that_takes_too_long_is_given_up():
    watch = Stopwatch(lambda network: 0.0, target=1.0, limit=1e-9)
    assert watch(None)
    assert not watch.run.reached
    with pytest.raises(ParameterError, match="limit=0"):
        Stopwatch(lambda network: 0.0, target=1.0, limit=0)
