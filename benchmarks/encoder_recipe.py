"""Whether the encoder's recipe gives on a CPU what is shipped: benchmarks/results/encoder_recipe.json.

``ectopy train --recipe encoder --seed 0 --out FOLDER`` (15 minutes of processor time) makes an encoder;
``python benchmarks/encoder_recipe.py FOLDER …`` sets it beside the shipped one, on people of DS1 alone (first
lead, reference R peaks, without record 201). Probe and nearest neighbours learn from 5 % of the labels, drawn
five times, of four fifths of the people and are tested on the others, fold by fold; the doubt of the encoder
(`BeatEncoder.anomaly_score`) needs no label. All these people are among those whose beats, without labels,
every encoder has learned from.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ectopy.beats.windows import cut_beats
from ectopy.evaluation.ranking import auroc
from ectopy.labels import aami_classes
from ectopy.models.beat_encoder import BeatEncoder
from ectopy.models.registry import DEFAULT_ENCODER, model_folder
from ectopy.reproductions.dense_autoencoder.few_labels import (
    CLASSES,
    confusion_of,
    draw_labels,
    labelled_records,
)
from ectopy.training.loop import one_thread
from scarce_labels import BALANCED, FOLDS, NEIGHBOURS, SETTINGS, Set, figures, read, regression

RESULT = Path(__file__).parent / "results" / "encoder_recipe.json"
SHARE = 0.05
COLUMN = "encoder"

Classes = npt.NDArray[np.int64]


def predicted(model: Any, train: Set, learned: Classes, tested: Classes) -> Classes:
    """Return the classes of beats by a model of labelled ones."""
    table = train.columns[COLUMN]
    return np.asarray(model.fit(table[learned], train.beats.classes[learned]).predict(table[tested]))


def with_few_labels(train: Set) -> dict[str, Any]:
    """Return macro-F1 of the linear probe and of the nearest neighbours, each draw."""
    beats, table = train.beats, train.columns[COLUMN]
    folds = list(GroupKFold(FOLDS, shuffle=True, random_state=0).split(beats.classes, groups=beats.patients))
    runs: dict[str, list[dict[str, Any]]] = {"linear probe": [], "nearest neighbours": []}
    for seed in SETTINGS.seeds:
        found = {name: np.zeros(len(beats.classes), np.int64) for name in runs}
        for people, tested in folds:
            rows = people[draw_labels(beats[people], SHARE, seed)]
            probe = regression(table, beats.classes, rows, seed, balanced=BALANCED[COLUMN])
            found["linear probe"][tested] = probe.predict(table[tested])
            nearest = make_pipeline(StandardScaler(), KNeighborsClassifier(NEIGHBOURS))
            found["nearest neighbours"][tested] = predicted(nearest, train, rows, tested)
        for name, classes in found.items():
            runs[name].append(figures([confusion_of(beats, classes)]))
    return {
        name: {
            "macro-F1": float(np.mean([run["value"] for run in each])),
            "each": [round(run["value"], 4) for run in each],
            "F1": {label: float(np.mean([run["F1"][label] for run in each])) for label in CLASSES},
        }
        for name, each in runs.items()
    }


def without_labels(encoder: BeatEncoder) -> dict[str, float]:
    """Return the AUROC of the encoder's doubt, of all classes and of each against N."""
    parts = []
    for record in labelled_records("ds1", SETTINGS):
        marks = record.reference_annotations().beats()
        beats = cut_beats(record.select(record.leads[:1]), marks.samples, encoder.window)
        classes = aami_classes(marks.symbols, "aami")
        counted = np.isin(classes, CLASSES)
        parts.append((encoder.anomaly_score(beats)[counted], classes[counted]))
    scores, classes = (np.concatenate(column) for column in zip(*parts, strict=True))
    one_of = {name: np.isin(classes, ("N", name)) for name in "SVF"}
    each = {name: auroc(scores[rows], classes[rows] == name) for name, rows in one_of.items()}
    return {"S, V and F": auroc(scores, classes != "N")} | each


def main() -> None:
    """Write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    found = {}
    with one_thread():
        for folder in (model_folder(DEFAULT_ENCODER), *parser.parse_args().folders):
            encoder = BeatEncoder.load(folder)
            seed = encoder.manifest.training["seed"]
            name = "shipped" if folder == model_folder(DEFAULT_ENCODER) else f"recipe on a CPU, seed {seed}"
            train = read("ds1", encoder)
            found[name] = with_few_labels(train) | {"AUROC without labels": without_labels(encoder)}
            print(name, json.dumps(found[name]), flush=True)
    RESULT.write_text(json.dumps({"mitdb DS1, people apart, 5 % of the labels": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
