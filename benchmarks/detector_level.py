"""What is usual for a person, taken off the encoder's doubt in several ways: results/detector_level.json.

``python benchmarks/detector_level.py`` compares them on training people only: those of the recipe of the
anomaly detector (`ectopy.recipes.encoder_detector`), scored in whole analyses. Every way has its threshold by
the rule of the recipe, at a promised 2 % of false alarms, from the same people; what it finds is counted on
those of MIT-BIH DS1. Neither DS2 nor anybody who is kept apart is looked at.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.analysis.pipeline import Pipeline
from ectopy.beats.normalisation import source_blocks
from ectopy.evaluation.ranking import auroc
from ectopy.labels import aami_classes
from ectopy.models.encoder_detector import RATES, EncoderDetector, log_odds
from ectopy.models.registry import DEFAULT_AUTOENCODER, DEFAULT_ENCODER, model_folder
from ectopy.models.trained_detector import TrainedDetector
from ectopy.models.trained_encoder import CHANGES, TrainedEncoder
from ectopy.recipes.encoder_detector import FEWEST, People, template_distance, thresholds, training_people

RESULT = Path(__file__).parent / "results" / "detector_level.json"
PROMISE = 0.02
QUANTILES = (0.5, 0.65, 0.75, 0.85)
LIMITS = (0.0, 0.5, 1.0, np.inf)
"""Limits of what is taken off, as decimal logarithms of odds."""

FEW = 10
"""Ectopic beats of a class that a person has at least, for the share of them that is found to be counted."""

Floats = npt.NDArray[np.float64]
Table = dict[str, npt.NDArray[Any]]


class PlainDetector(EncoderDetector):
    """The encoder's log-odds as they are."""

    def score_features(self, features: Any, sources: object = None) -> Any:
        """Return the log-odds."""
        return log_odds(self.run_features(features)[CHANGES]) if len(features) else np.zeros(0, np.float32)


def analysed(people: People, pipeline: Pipeline, autoencoder: TrainedDetector) -> Table:
    """Return log-odds, other scores, class, person and source of every judged beat."""
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    for number, record in enumerate(people.records):
        marks = record.reference_annotations().beats() if people.marked else None
        found = pipeline.run(record, None if marks is None else marks.samples, waves=False)
        if not len(found.beats):
            continue
        judged, leads = ~np.isnan(found.scores), found.beat_leads
        n = len(judged)
        classes = np.full(n, "N") if marks is None else aami_classes(marks.symbols, "aami")
        columns = (
            found.scores,
            autoencoder.score_beats(found.beats, leads).scores,
            template_distance(found.beats, leads),
            classes,
            np.full(n, record.patient),
            np.char.add(f"{number}/", leads),
        )
        parts.append(tuple(column[judged] for column in columns))
    names = ("odds", "autoencoder", "distance", "class", "person", "source")
    return dict(zip(names, (np.concatenate(column) for column in zip(*parts, strict=True)), strict=True))


def levelled(table: Table, quantile: float, limit: float) -> Floats:
    """Return log-odds less a quantile of those of the same recording and lead."""
    odds = table["odds"].astype(np.float64)
    for rows in source_blocks(len(odds), table["source"]):
        odds[rows] -= np.clip(np.quantile(table["odds"][rows], quantile), -limit, limit)
    return odds


def figures(tables: dict[str, Table], scores: dict[str, Floats]) -> dict[str, Any]:
    """Return false alarms of the worst people, and what is found on DS1, at the promised rate."""
    normal = {
        name: [scores[name][rows] for rows in of_people(table, "N", FEWEST)] for name, table in tables.items()
    }
    threshold = float(np.interp(np.log(PROMISE), np.log(RATES), thresholds(normal)))
    ds1, mine = tables["mitdb DS1"], scores["mitdb DS1"]
    found: dict[str, Any] = {
        name: {
            "mean over people": float(np.mean(shares := [(each > threshold).mean() for each in people])),
            "worst people": sorted(map(float, shares), reverse=True)[:3],
        }
        for name, people in normal.items()
    }
    for name in "VS":
        of_two = np.isin(ds1["class"], ["N", name])
        shares = [(mine[rows] > threshold).mean() for rows in of_people(ds1, name, FEW)]
        found[name] = {
            "AUROC": auroc(mine[of_two], ds1["class"][of_two] == name),
            "found, of all": float((mine[ds1["class"] == name] > threshold).mean()),
            "found, mean over people": float(np.mean(shares)),
        }
    return found


def of_people(table: Table, name: str, fewest: int) -> list[npt.NDArray[np.int64]]:
    """Return the rows of a class, person by person, of those who have enough of them."""
    chosen = np.flatnonzero(table["class"] == name)
    people, numbers = np.unique(table["person"][chosen], return_inverse=True)
    rows = [chosen[numbers == number] for number in range(len(people))]
    return [each for each in rows if len(each) >= fewest]


def main() -> None:
    """Write the figures."""
    encoder = TrainedEncoder.load(model_folder(DEFAULT_ENCODER))
    detector = PlainDetector.of_encoder(encoder, np.zeros(len(RATES)))
    pipeline = replace(Pipeline.shipped(detector=DEFAULT_AUTOENCODER), detector=detector)
    autoencoder = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    tables = {each.name: analysed(each, pipeline, autoencoder) for each in training_people()}
    ways = {
        f"quantile {quantile:g}, limit {limit:g}": {
            name: levelled(table, quantile, limit) for name, table in tables.items()
        }
        for quantile in QUANTILES
        for limit in LIMITS
        if limit or quantile == QUANTILES[0]
    }
    plain = ways.pop(f"quantile {QUANTILES[0]:g}, limit 0")
    others = {
        what: {name: table[what].astype(np.float64) for name, table in tables.items()}
        for what in ("autoencoder", "distance")
    }
    joined = {
        f"{way}, and the logarithm of the {what}": {
            name: scores + np.log10(np.maximum(tables[name][what], 1e-3))
            for name, scores in ways[way].items()
        }
        for way in ("quantile 0.75, limit 0.5",)
        for what in ("autoencoder", "distance")
    }
    every = {"plain": plain, **ways, **joined, **others}
    result = {"promise": PROMISE, "ways": {name: figures(tables, scores) for name, scores in every.items()}}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
