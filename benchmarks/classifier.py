"""What each part of the beat classifier is worth, on patients of DS1: benchmarks/results/classifier_cv.json.

Every patient of DS1 is judged by classifiers that learned from the others: on the recording (first lead,
second lead, mean of both; reference R peaks), and on replays of it in rhythms that DS1 lacks. Parts are left
out one at a time, from a network that learned for half the time, and a logistic regression on the same
features stands beside. Needs ``mitdb``; DS2 is not touched.
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

from ectopy.beats.windows import Beats, cut_beats
from ectopy.datasets.mitbih import load_records
from ectopy.evaluation.metrics import f1
from ectopy.features.morphology import context_features
from ectopy.labels import aami_classes
from ectopy.models.beat_classifier import CLASSES, WEIGHTS, BeatClassifier, Lesson, weights
from ectopy.recipes import beat_classifier as study
from ectopy.recipes.beat_classifier import EPOCHS, SCHEME, WINDOW
from ectopy.record import Record
from ectopy.training.loop import one_thread
from ectopy.training.rhythm_augmentation import N_PLAIN, NOISY
from ectopy.training.rhythm_scripts import KINDS

RESULT = Path(__file__).parent / "results" / "classifier_cv.json"
N_FOLDS = 4
SEED = 7
"""Of the replays: not those that a shipped classifier learned from."""

TRIED = ("sick sinus", "sick sinus", "tachycardia", "fibrillation", "flutter", "block")
Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Case:
    """Beats of one patient to be judged, described, with their classes."""

    features: Floats
    classes: npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Patient:
    """What is judged of a record: two leads, and replays by kind."""

    record: Record
    leads: tuple[Case, Case]
    replays: list[tuple[str, Case]]


@dataclass(frozen=True, eq=False)
class Variant:
    """A classifier with something left out, or another one."""

    name: str
    without: tuple[str, ...] = ()
    noisy: float = NOISY
    gaps: tuple[int, ...] = BeatClassifier().gaps
    epochs: int = EPOCHS // 2
    linear: bool = False


VARIANTS = (
    Variant("as shipped", epochs=EPOCHS),
    Variant("half the time"),
    Variant("logistic regression", linear=True),
    Variant("without the beats around", gaps=()),
    Variant("without added noise", noisy=0.0),
    Variant("without replayed sick sinus", without=("sick sinus",)),
)


def patient(record: Record) -> Patient:
    """Describe one record; what it is judged on is the same for all variants."""
    again = study.drawn(record, SEED, 0, TRIED, NOISY)[N_PLAIN:]
    tried = TRIED if len(again) == len(TRIED) else ()
    cases = [_case(beats) for beats in again]
    return Patient(
        record, (_case(_on(record, 0)), _case(_on(record, 1))), list(zip(tried, cases, strict=False))
    )


def lessons(record: Record, variant: Variant) -> list[Lesson]:
    """Return what a variant learns from one record: never the draw that is judged."""
    kinds = [kind for kind in KINDS if kind not in variant.without]
    return study.lessons(record, SEED, range(1, 1 + study.N_DRAWS), kinds, variant.noisy)


def _on(record: Record, lead: int) -> Beats:
    assert record.annotations is not None
    marks = record.annotations.beats()
    beats = cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols, SCHEME))
    return replace(beats, waveforms=beats.waveforms[:, [lead]])


def _case(beats: Beats) -> Case:
    return Case(context_features(beats, WINDOW.before), beats.symbols)


def learn(known: Sequence[Lesson], variant: Variant) -> Callable[[Floats], Floats]:
    """Train a variant; return what gives probabilities for features."""
    if variant.linear:
        return _linear(known)
    return BeatClassifier(epochs=variant.epochs, gaps=variant.gaps).fit_lessons(known).predict_described


def _linear(known: Sequence[Lesson]) -> Callable[[Floats], Floats]:
    counts = np.concatenate(weights(known))
    chosen = np.flatnonzero(counts)[::10]
    rows = np.concatenate([one.features for one in known])[chosen]
    names = np.concatenate([one.classes for one in known])[chosen]
    number = np.array([CLASSES.index(str(name)) for name in names])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    model.fit(rows, number, logisticregression__sample_weight=counts[chosen])
    return lambda features: model.predict_proba(features).astype(np.float32)


def confusion(classes: npt.NDArray[np.str_], probability: Floats) -> Counts:
    """Return counts (reference, called) of `CLASSES`; beats of other classes are left out."""
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    known = np.isin(classes, CLASSES)
    number = np.array([CLASSES.index(str(name)) for name in classes[known]], dtype=np.int64)
    np.add.at(table, (number, probability[known].argmax(axis=1)), 1)
    return table


def judge(variant: Variant, patients: dict[str, Patient]) -> dict[str, Any]:
    """Judge everybody by a variant that has not seen them."""
    told = {name: lessons(one.record, variant) for name, one in patients.items()}
    names = list(patients)
    tables: dict[str, dict[str, Counts]] = {}
    for fold in (names[i::N_FOLDS] for i in range(N_FOLDS)):
        said = learn([one for name in names if name not in fold for one in told[name]], variant)
        tables.update({name: _judged(patients[name], said) for name in fold})
    kinds = sorted({kind for table in tables.values() for kind in table})
    figures = {kind: _figures(sum(t[kind] for t in tables.values() if kind in t)) for kind in kinds}
    return {**figures, "records": {name: tables[name]["lead 1"].tolist() for name in names}}


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


def _figures(table: Counts) -> dict[str, float]:
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
    names = [variant.name for variant in VARIANTS]
    parser.add_argument("--only", nargs="*", choices=names, default=names, help="the others stay as they are")
    options = parser.parse_args()
    chosen = [variant for variant in VARIANTS if variant.name in options.only]
    patients = {record.name: patient(record) for record in load_records("ds1")}
    with one_thread():
        for variant in chosen:
            figures = judge(variant, patients)
            print(variant.name, figures["lead 1"], figures.get("replayed sick sinus"), flush=True)
            _write(variant.name, figures)


def _write(name: str, figures: dict[str, Any]) -> None:
    known = json.loads(RESULT.read_text(encoding="utf-8"))["variants"] if RESULT.is_file() else {}
    known[name] = figures
    ordered = {variant.name: known[variant.name] for variant in VARIANTS if variant.name in known}
    result = {"folds": N_FOLDS, "weights": dict(WEIGHTS), "variants": ordered}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
