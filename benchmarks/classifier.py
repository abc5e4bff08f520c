"""What each part of the beat classifier is worth, on patients of DS1: benchmarks/results/classifier_cv.json.

Every patient of DS1 is judged by classifiers that learned from the others: on the recording (first lead,
second lead, mean of both; reference R peaks), and on replays of it in rhythms that DS1 lacks. What decides
how much depends on chance is measured over seeds, each with replays of its own; other parts are left out one
at a time, with the first seed, and a logistic regression on the same features stands beside. Needs ``mitdb``;
DS2 is not touched.
"""

from __future__ import annotations

import argparse
import json
import zlib
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
from ectopy.estimators.classifier import CLASSES, WEIGHTS, BeatClassifier, TrainingBeats, weights
from ectopy.evaluation.metrics import f1
from ectopy.labels import aami_classes
from ectopy.records.record import Record
from ectopy.studies.beat_classifier import SCHEME, WINDOW, replayed

RESULT = Path(__file__).parent / "results" / "classifier_cv.json"
N_FOLDS = 8
N_SEEDS = 3
N_DRAWS = BeatClassifier().members
DRAWN = 7
"""Seed of the replays: not those that a shipped classifier learned from."""

N_PLAIN = 3
"""Two leads and a mixture of them, before any replay; a recording without a sinus is always replayed."""

TRIED = ("sick sinus", "sick sinus", "tachycardia", "fibrillation", "flutter", "block")
Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Case:
    """Beats of one patient to be judged, described, with their classes."""

    features: Floats
    classes: npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Lesson:
    """Beats of one patient to learn from, and what they were replayed as, if at all."""

    kind: str
    beats: TrainingBeats


@dataclass(frozen=True, eq=False)
class Patient:
    """What is learned from one record, by seed and draw, and what is judged of it."""

    lessons: list[list[list[Lesson]]]
    leads: tuple[Case, Case]
    replays: list[tuple[str, Case]]


@dataclass(frozen=True, eq=False)
class Variant:
    """A classifier with something left out, or another one; trained with so many seeds."""

    name: str
    blank: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    options: dict[str, Any] | None = None
    linear: bool = False
    n_draws: int = N_DRAWS
    n_seeds: int = 1


VARIANTS = (
    Variant("as shipped", n_seeds=N_SEEDS),
    Variant("one member", options={"members": 1}, n_draws=1, n_seeds=N_SEEDS),
    Variant("members share one draw", n_draws=1, n_seeds=N_SEEDS),
    Variant("logistic regression", linear=True, n_draws=1),
    Variant("without replayed sick sinus", without=("sick sinus",)),
    Variant("without replayed tachycardia", without=("tachycardia",)),
    Variant("without replayed flutter and block", without=("flutter", "block")),
    Variant("without what is left when the T wave is off", blank=("rest",)),
    Variant("without company of intervals", blank=("company",)),
    Variant("without means of intervals", blank=("before to mean", "after to mean", "interval", "pace")),
    Variant("without families", blank=("family", "earliness of family")),
    Variant("a third as wide", options={"hidden": 40}),
)


def patient(record: Record, n_seeds: int) -> Patient:
    """Describe one record; what it is judged on is the same for all seeds."""
    again = classified_beats(record, WINDOW, np.random.default_rng(zlib.crc32(record.name.encode())), TRIED)
    tried = TRIED if len(again) == N_PLAIN + len(TRIED) else ()
    return Patient(
        [[_lessons(record, seed, draw) for draw in range(N_DRAWS)] for seed in range(n_seeds)],
        (_case(_on(record, 0)), _case(_on(record, 1))),
        [(kind, _case(beats)) for kind, beats in zip(tried, again[N_PLAIN:], strict=False)],
    )


def _lessons(record: Record, seed: int, draw: int) -> list[Lesson]:
    parts = replayed(record, DRAWN, N_DRAWS * seed + draw)
    kinds = KINDS if len(parts) == N_PLAIN + len(KINDS) else ("",)
    return [Lesson(kind, part) for kind, part in zip(("",) * N_PLAIN + kinds, parts, strict=True)]


def _on(record: Record, lead: int) -> Beats:
    assert record.annotations is not None
    marks = record.annotations.beats()
    beats = cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols, SCHEME))
    return replace(beats, waveforms=beats.waveforms[:, [lead]])


def _case(beats: Beats) -> Case:
    return Case(context_features(beats, WINDOW.before), beats.symbols)


def learn(known: Sequence[Patient], variant: Variant, seed: int) -> Callable[[Floats], Floats]:
    """Train a variant; return what gives probabilities for features."""
    blank = [i for i, name in enumerate(CONTEXT_FEATURES) if name.startswith(variant.blank or ("\0",))]
    draws = [_draw(known, variant, seed, draw, blank) for draw in range(variant.n_draws)]
    if variant.linear:
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
        number = np.array([CLASSES.index(str(name)) for name in draws[0].classes])
        counts = weights(number, draws[0].patients)
        model.fit(draws[0].features, number, logisticregression__sample_weight=counts)
        return lambda rows: model.predict_proba(_blanked(rows, blank)).astype(np.float32)
    classifier = BeatClassifier(seed=seed, **(variant.options or {})).fit_described(*draws)
    return lambda rows: classifier.predict_described(_blanked(rows, blank))


def _draw(
    known: Sequence[Patient], variant: Variant, seed: int, draw: int, blank: Sequence[int]
) -> TrainingBeats:
    lessons = [lesson for one in known for lesson in one.lessons[seed][draw]]
    joined = TrainingBeats.concatenate([each.beats for each in lessons if each.kind not in variant.without])
    return replace(joined, features=_blanked(joined.features, blank))


def _blanked(features: Floats, columns: Sequence[int]) -> Floats:
    blanked = features.copy()
    blanked[:, columns] = 0
    return blanked


def confusion(classes: npt.NDArray[np.str_], probability: Floats) -> Counts:
    """Return counts (reference, called) of `CLASSES`; beats of other classes are left out."""
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    known = np.isin(classes, CLASSES)
    number = np.array([CLASSES.index(str(name)) for name in classes[known]], dtype=np.int64)
    np.add.at(table, (number, probability[known].argmax(axis=1)), 1)
    return table


def judge(variant: Variant, patients: dict[str, Patient]) -> dict[str, Any]:
    """Judge everybody by a variant that has not seen them, once for each seed."""
    runs = [_judge_once(variant, patients, seed) for seed in range(variant.n_seeds)]
    figures = {}
    for kind in sorted({kind for tables in runs[0].values() for kind in tables}):
        counts = np.stack([[t[kind] for t in tables.values() if kind in t] for tables in runs])
        figures[kind] = _over_seeds([_figures(table) for table in counts.sum(axis=1)])
        if variant.n_seeds > 1:
            figures[kind]["sd of S Se over seeds, mean over patients"] = _spread(counts)
    return {**figures, "records": {name: table["lead 1"].tolist() for name, table in runs[0].items()}}


def _judge_once(variant: Variant, patients: dict[str, Patient], seed: int) -> dict[str, dict[str, Counts]]:
    names = list(patients)
    tables: dict[str, dict[str, Counts]] = {}
    for fold in (names[i::N_FOLDS] for i in range(N_FOLDS)):
        said = learn([p for name, p in patients.items() if name not in fold], variant, seed)
        tables.update({name: _judged(patients[name], said) for name in fold})
    return {name: tables[name] for name in names}


def _judged(one: Patient, said: Callable[[Floats], Floats]) -> dict[str, Counts]:
    first, second = (said(case.features) for case in one.leads)
    classes = one.leads[0].classes
    tables = {
        "lead 1": confusion(classes, first),
        "lead 2": confusion(classes, second),
        "both leads": confusion(classes, (first + second) * np.float32(0.5)),
    }
    for kind, case in one.replays:
        table = confusion(case.classes, said(case.features))
        tables[f"replayed {kind}"] = tables.get(f"replayed {kind}", 0) + table
    return tables


def _over_seeds(runs: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Return mean and runs of each figure, and the standard deviation of several."""
    table: dict[str, Any] = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        table[name] = {"mean": round(float(np.mean(values)), 5), "runs": values}
        if len(values) > 1:
            table[name]["sd"] = round(float(np.std(values, ddof=1)), 5)
    return table


def _spread(counts: Counts) -> float:
    """Return how much the S beats found in one patient depend on the seed; counts (seed, patient, …)."""
    s = CLASSES.index("S")
    beats = counts[..., s, :].sum(axis=-1)
    some = beats[0] > 0
    found = counts[:, some, s, s] / beats[:, some]
    return round(float(found.std(axis=0, ddof=1).mean()), 5)


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
    parser.add_argument("--only", nargs="*", default=[v.name for v in VARIANTS])
    options = parser.parse_args()
    chosen = [variant for variant in VARIANTS if variant.name in options.only]
    n_seeds = max(variant.n_seeds for variant in chosen)
    patients = {record.name: patient(record, n_seeds) for record in load_records("ds1")}
    result: dict[str, Any] = {"folds": N_FOLDS, "weights": dict(WEIGHTS), "variants": {}}
    for variant in chosen:
        figures = judge(variant, patients)
        result["variants"][variant.name] = figures
        print(variant.name, figures["lead 1"], figures.get("replayed sick sinus"), flush=True)
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
