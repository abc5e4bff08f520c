"""A task says what it found beside a baseline, and says so when the baseline wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from ectopy.evaluation.uncertainty import Interval
from ectopy.tasks.result import ComparedFigure, TrainedTask


def task(model: float | Interval | None, baseline: float | None) -> TrainedTask:
    figures = (ComparedFigure("AUROC", model, baseline), ComparedFigure("accuracy", float("nan"), 0.5))
    training = {"labels": {"N": 3, "": 1}, "records": ["a", "b"]}
    return TrainedTask(
        Path("out/mine"), "A detector", figures, "distance", "4 beats", ("few people",), training=training
    )


def test_the_card_has_figures_facts_and_notes() -> None:
    card = task(Interval(0.9, 0.8, 0.95, 0.95, 5, 100), 0.7).card(["scores"])
    assert card.startswith("# mine\n")
    assert "| AUROC | 0.9000 (0.8000 to 0.9500) | 0.7000 |" in card
    assert "| accuracy | - | 0.5000 |" in card
    assert "- labels: 3 N, 1 without label" in card
    assert "- Few people." in card
    assert "![scores](scores.png)" in card
    assert "baseline" not in card
    assert "not for diagnosis" in card


@pytest.mark.parametrize(("model", "wins"), [(0.9, False), (0.7, True), (0.6, True), (None, False)])
def test_it_says_so_where_the_baseline_wins(model: float | None, wins: bool) -> None:
    told = task(model, 0.7)
    assert ("the baseline (distance) does as well or better by AUROC" in told.verdict) == wins
    assert told.metrics()["notes"] == ["few people", *filter(None, [told.verdict])]
    assert told.metrics()["figures"]["accuracy"]["model"] is None
