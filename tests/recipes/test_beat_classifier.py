from __future__ import annotations

import numpy as np
import pytest

from ectopy.recipes.beat_classifier import PredictedClasses, over_seeds, predict, summarise
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm


def rows(predicted: str, reference: str = "NNNNSSVVFF", name: str = "a") -> PredictedClasses:
    return PredictedClasses(name, name, np.array(list(reference)), np.array(list(predicted)))


def test_figures_are_those_of_the_gross_counts() -> None:
    figures = summarise([rows("NNNSSSVVFV"), rows("NNNNSNVVFF", name="b")])
    assert figures["S"]["Se"] == pytest.approx(3 / 4)
    assert figures["S"]["+P"] == pytest.approx(3 / 4)
    assert figures["V"]["+P"] == pytest.approx(4 / 5)
    assert figures["V, fusion beats left out"]["+P"] == 1
    assert figures["F"]["F1"]["value"] == pytest.approx(6 / 7)


def test_records_with_many_errors_are_listed_with_what_was_taken_for_what() -> None:
    figures = summarise([rows("V" * 30, "N" * 30), rows("N" * 30, "N" * 30, name="b")])
    assert figures["records with most errors"] == {"a": {"N called V": 30}}


def test_the_mean_over_seeds_keeps_each_run() -> None:
    table = over_seeds([[rows("NNNNSSVVFF")], [rows("NNNNSNVVFF")]])
    assert table["S"]["Se"]["runs"] == [1.0, 0.5]
    assert table["S"]["Se"]["mean"] == pytest.approx(0.75)


class Opinion:
    """Says of each lead what stands in its only column."""

    def predict_features(self, features: np.ndarray) -> np.ndarray:
        return np.stack([1 - features[:, 0], features[:, 0], 0 * features[:, 0], 0 * features[:, 0]], axis=1)


def test_two_leads_vote_by_their_mean() -> None:
    record = simulate(20, 360, ("MLII", "V1"), rhythm=Rhythm(), seed=0, name="p")
    assert record.annotations is not None
    first, second = (np.full((len(record.annotations.beats()), 1), value) for value in (0.4, 0.9))
    assert set(predict(Opinion(), record, [first]).predicted) == {"N"}  # type: ignore[arg-type]
    assert set(predict(Opinion(), record, [first, second]).predicted) == {"S"}  # type: ignore[arg-type]


def test_classes_are_set_beside_those_of_the_reference() -> None:
    record = simulate(60, 360, ("MLII",), rhythm=Rhythm(ventricular=0.3), seed=0, name="p")
    assert record.annotations is not None
    symbols = record.annotations.beats().symbols
    row = predict(Opinion(), record, [np.zeros((len(symbols), 1))])  # type: ignore[arg-type]
    assert (row.reference == "V").sum() == (symbols == "V").sum() > 0
