"""What each part of the beat classifier is worth, on patients of DS1: benchmarks/results/classifier_cv.json.

Every patient of DS1 is judged by classifiers that learned from the others: on the recording (first lead,
second lead, mean of both; reference R peaks), and on replays of it in rhythms that DS1 lacks. Parts are left
out one at a time, and a logistic regression on the same features stands beside. Needs ``mitdb``; DS2 is not
touched.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ectopy.beats.context import CONTEXT_FEATURES, context_features
from ectopy.beats.windows import Beats, cut_beats
from ectopy.datasets.mitbih import load_records
from ectopy.estimators.beat_replays import KINDS, classified_beats
from ectopy.estimators.classifier import (
    CLASSES,
    WEIGHTS,
    BeatClassifier,
    TrainingBeats,
    choose_training_beats,
    weights,
)
from ectopy.evaluation.metrics import f1
from ectopy.labels import aami_classes
from ectopy.records.record import Record
from ectopy.studies.beat_classifier import SCHEME, WINDOW

RESULT = Path(__file__).parent / "results" / "classifier_cv.json"
N_FOLDS = 8
N_PLAIN = 5
"""Two leads and three mixtures of them, before any replay; a recording without a sinus is always replayed."""

TRIED = ("sick sinus", "tachycardia", "fibrillation", "flutter", "block")
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Case:
    """Beats of one patient to be judged, described, with their classes."""

    features: Floats
    classes: npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Patient:
    """What is learned from one record, and what is judged of it."""

    learned: dict[str, TrainingBeats]
    leads: tuple[Case, Case]
    replays: dict[str, Case]


@dataclass(frozen=True, eq=False)
class Variant:
    """A classifier with something left out, or another one."""

    name: str
    blank: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    options: dict[str, Any] | None = None
    linear: bool = False


VARIANTS = (
    Variant("as shipped"),
    Variant("logistic regression", linear=True),
    Variant("without replayed sick sinus", without=("sick sinus",)),
    Variant("without replayed tachycardia", without=("tachycardia",)),
    Variant("without replayed flutter and block", without=("flutter", "block")),
    Variant("without what is left when the T wave is off", blank=("rest",)),
    Variant("without company of intervals", blank=("company",)),
    Variant("without means of intervals", blank=("before to mean", "after to mean", "interval", "pace")),
    Variant("without families", blank=("family", "earliness of family")),
    Variant("a third as wide", options={"hidden": 40}),
    Variant("twice the epochs", options={"epochs": 12}),
)


def patient(record: Record, seed: int) -> Patient:
    """Describe one record."""
    rng = np.random.default_rng([seed, 1, int(record.name)])
    again = classified_beats(record, WINDOW, rng, kinds=TRIED)
    played = dict(zip(TRIED, again[N_PLAIN::2], strict=True)) if len(again) > N_PLAIN + 2 else {}
    return Patient(
        _learned(record, seed),
        (_case(_on(record, 0)), _case(_on(record, 1))),
        {kind: _case(beats) for kind, beats in played.items()},
    )


def _learned(record: Record, seed: int) -> dict[str, TrainingBeats]:
    """Return what is learned from a record, by what it was replayed as."""
    rng = np.random.default_rng([seed, 0, int(record.name)])
    beats = classified_beats(record, WINDOW, rng)
    parts = {"": beats[:N_PLAIN]} if len(beats) > N_PLAIN + 2 else {"": beats}
    for i, kind in enumerate(KINDS if len(parts[""]) == N_PLAIN else ()):
        parts[kind] = parts.get(kind, []) + beats[N_PLAIN + 2 * i : N_PLAIN + 2 * i + 2]
    return {
        kind: TrainingBeats.concatenate(
            [choose_training_beats(part, part.symbols, peak=WINDOW.before, seed=seed) for part in beats]
        )
        for kind, beats in parts.items()
    }


def _on(record: Record, lead: int) -> Beats:
    assert record.annotations is not None
    marks = record.annotations.beats()
    beats = cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols, SCHEME))
    return replace(beats, waveforms=beats.waveforms[:, [lead]])


def _case(beats: Beats) -> Case:
    return Case(context_features(beats, WINDOW.before), beats.symbols)


def learn(parts: Sequence[TrainingBeats], variant: Variant, seed: int) -> Callable[[Floats], Floats]:
    """Train a variant; return what gives probabilities for features."""
    joined = TrainingBeats.concatenate(parts)
    blank = [i for i, name in enumerate(CONTEXT_FEATURES) if name.startswith(variant.blank or ("\0",))]
    features = _blanked(joined.features, blank)
    if variant.linear:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
        number = np.array([CLASSES.index(str(name)) for name in joined.classes])
        counts = weights(number, joined.patients)
        model.fit(features, number, logisticregression__sample_weight=counts)
        return lambda rows: model.predict_proba(_blanked(rows, blank)).astype(np.float32)
    classifier = BeatClassifier(seed=seed, **(variant.options or {}))
    classifier.fit_described(replace(joined, features=features))
    return lambda rows: classifier.predict_described(_blanked(rows, blank))


def _blanked(features: Floats, columns: Sequence[int]) -> Floats:
    blanked = features.copy()
    blanked[:, columns] = 0
    return blanked


def confusion(classes: npt.NDArray[np.str_], probability: Floats) -> npt.NDArray[np.int64]:
    """Return counts (reference, called) of `CLASSES`; beats of other classes are left out."""
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    known = np.isin(classes, CLASSES)
    number = np.array([CLASSES.index(str(name)) for name in classes[known]], dtype=np.int64)
    np.add.at(table, (number, probability[known].argmax(axis=1)), 1)
    return table


def judge(variant: Variant, patients: dict[str, Patient], seed: int) -> dict[str, Any]:
    """Judge everybody by a variant that has not seen them."""
    names = list(patients)
    tables: dict[str, dict[str, npt.NDArray[np.int64]]] = {}
    for fold in (names[i::N_FOLDS] for i in range(N_FOLDS)):
        known = [p for name, p in patients.items() if name not in fold]
        said = learn(
            [part for p in known for kind, part in p.learned.items() if kind not in variant.without],
            variant,
            seed,
        )
        for name in fold:
            tables[name] = _judged(patients[name], said)
    kinds = sorted({kind for table in tables.values() for kind in table})
    total = {kind: sum(t[kind] for t in tables.values() if kind in t) for kind in kinds}
    figures = {kind: _figures(np.asarray(table)) for kind, table in total.items()}
    return {**figures, "records": {name: table["lead 1"].tolist() for name, table in tables.items()}}


def _judged(one: Patient, said: Callable[[Floats], Floats]) -> dict[str, npt.NDArray[np.int64]]:
    first, second = (said(case.features) for case in one.leads)
    classes = one.leads[0].classes
    return {
        "lead 1": confusion(classes, first),
        "lead 2": confusion(classes, second),
        "both leads": confusion(classes, (first + second) * np.float32(0.5)),
        **{f"replayed {kind}": confusion(c.classes, said(c.features)) for kind, c in one.replays.items()},
    }


def _figures(table: npt.NDArray[np.int64]) -> dict[str, float]:
    n, s = CLASSES.index("N"), CLASSES.index("S")
    scores = {f"{name} F1": round(float(f1(table)[i]), 4) for i, name in enumerate(CLASSES) if name != "N"}
    return {
        **scores,
        "S Se": round(float(table[s, s] / max(1, table[s].sum())), 4),
        "S +P": round(float(table[s, s] / max(1, table[:, s].sum())), 4),
        "N called S": round(float(table[n, s] / max(1, table[n].sum())), 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[v.name for v in VARIANTS])
    options = parser.parse_args()
    patients = {record.name: patient(record, options.seed) for record in load_records("ds1")}
    result = {"seed": options.seed, "folds": N_FOLDS, "weights": dict(WEIGHTS), "variants": {}}
    for variant in VARIANTS:
        if variant.name in options.only:
            figures = judge(variant, patients, options.seed)
            result["variants"][variant.name] = figures
            print(variant.name, figures["lead 1"], figures["both leads"], flush=True)
            RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
