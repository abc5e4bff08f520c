"""What each part of the beat classifier contributes, on patients of DS1: results/classifier_cv.json.

Every patient of DS1 is classified by models that were trained on the others: on the recording (first lead,
second lead, mean of both; reference R peaks), and on augmented recordings in rhythms that DS1 lacks. Parts
are left out one at a time, from a network that was trained for half the time; a logistic regression on the
same features is the baseline. Needs ``mitdb``; DS2 is not used.
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
from ectopy.features.table import beat_features
from ectopy.labels import aami_classes
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.recipes import beat_classifier as study
from ectopy.recipes.beat_classifier import EPOCHS, SCHEME, WINDOW
from ectopy.record import Record
from ectopy.training.loop import one_thread
from ectopy.training.rhythm_augmentation import N_UNCHANGED, NOISE_SHARE
from ectopy.training.rhythm_scripts import RHYTHMS
from ectopy.training.sequences import CLASSES, WEIGHTS, TrainingSequence, weights

RESULT = Path(__file__).parent / "results" / "classifier_cv.json"
N_FOLDS = 4
SEED = 7
"""Of the augmented test recordings: not those that a shipped classifier was trained on."""

TEST_RHYTHMS = ("sick sinus", "sick sinus", "tachycardia", "fibrillation", "flutter", "block")
Floats = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Case:
    """Features of beats of one patient, with their classes."""

    features: Floats
    classes: npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Patient:
    """What is tested of a record: two leads, and augmented recordings by rhythm."""

    record: Record
    leads: tuple[Case, Case]
    augmented: list[tuple[str, Case]]


@dataclass(frozen=True, eq=False)
class Variant:
    """A classifier with something left out, or the baseline."""

    name: str
    without: tuple[str, ...] = ()
    noise_share: float = NOISE_SHARE
    dilations: tuple[int, ...] = BeatClassifier().dilations
    epochs: int = EPOCHS // 2
    linear: bool = False


VARIANTS = (
    Variant("as shipped", epochs=EPOCHS),
    Variant("half the time"),
    Variant("logistic regression", linear=True),
    Variant("without neighbouring beats", dilations=()),
    Variant("without added noise", noise_share=0.0),
    Variant("without augmented sick sinus", without=("sick sinus",)),
)


def patient(record: Record) -> Patient:
    """Compute the features of one record; the test recordings are the same for all variants."""
    augmented = study.draw_beats(record, SEED, 0, TEST_RHYTHMS, NOISE_SHARE)[N_UNCHANGED:]
    rhythms = TEST_RHYTHMS if len(augmented) == len(TEST_RHYTHMS) else ()
    cases = [_case(beats) for beats in augmented]
    return Patient(
        record, (_case(_on(record, 0)), _case(_on(record, 1))), list(zip(rhythms, cases, strict=False))
    )


def training_sequences(record: Record, variant: Variant) -> list[TrainingSequence]:
    """Return what a variant is trained on from one record: never the draw that is tested."""
    rhythms = [rhythm for rhythm in RHYTHMS if rhythm not in variant.without]
    draws = range(1, 1 + study.N_DRAWS)
    return study.training_sequences(record, SEED, draws, rhythms, variant.noise_share)


def _on(record: Record, lead: int) -> Beats:
    assert record.annotations is not None
    marks = record.annotations.beats()
    beats = cut_beats(record, marks.samples, WINDOW, aami_classes(marks.symbols, SCHEME))
    return replace(beats, waveforms=beats.waveforms[:, [lead]])


def _case(beats: Beats) -> Case:
    return Case(beat_features(beats, WINDOW.before), beats.symbols)


def learn(known: Sequence[TrainingSequence], variant: Variant) -> Callable[[Floats], Floats]:
    """Train a variant; return a function from features to probabilities."""
    if variant.linear:
        return _linear(known)
    return (
        BeatClassifier(epochs=variant.epochs, dilations=variant.dilations)
        .fit_sequences(known)
        .predict_features
    )


def _linear(known: Sequence[TrainingSequence]) -> Callable[[Floats], Floats]:
    counts = np.concatenate(weights(known))
    chosen = np.flatnonzero(counts)[::10]
    rows = np.concatenate([one.features for one in known])[chosen]
    names = np.concatenate([one.classes for one in known])[chosen]
    number = np.array([CLASSES.index(str(name)) for name in names])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    model.fit(rows, number, logisticregression__sample_weight=counts[chosen])
    return lambda features: model.predict_proba(features).astype(np.float32)


def confusion(classes: npt.NDArray[np.str_], probability: Floats) -> Counts:
    """Return counts (reference, predicted) of `CLASSES`; beats of other classes are left out."""
    table = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    known = np.isin(classes, CLASSES)
    number = np.array([CLASSES.index(str(name)) for name in classes[known]], dtype=np.int64)
    np.add.at(table, (number, probability[known].argmax(axis=1)), 1)
    return table


def evaluate(variant: Variant, patients: dict[str, Patient]) -> dict[str, Any]:
    """Classify every patient by a variant that was trained on the others."""
    sequences = {name: training_sequences(one.record, variant) for name, one in patients.items()}
    names = list(patients)
    tables: dict[str, dict[str, Counts]] = {}
    for fold in (names[i::N_FOLDS] for i in range(N_FOLDS)):
        classify = learn([one for name in names if name not in fold for one in sequences[name]], variant)
        tables.update({name: _tables(patients[name], classify) for name in fold})
    cases = sorted({case for table in tables.values() for case in table})
    figures = {case: _figures(sum(t[case] for t in tables.values() if case in t)) for case in cases}
    return {**figures, "records": {name: tables[name]["lead 1"].tolist() for name in names}}


def _tables(one: Patient, classify: Callable[[Floats], Floats]) -> dict[str, Counts]:
    first, second = (classify(case.features) for case in one.leads)
    classes = one.leads[0].classes
    tables = {
        "lead 1": confusion(classes, first),
        "lead 2": confusion(classes, second),
        "both leads": confusion(classes, (first + second) * np.float32(0.5)),
    }
    for rhythm, case in one.augmented:
        table = confusion(case.classes, classify(case.features))
        tables[f"augmented {rhythm}"] = tables.get(f"augmented {rhythm}", 0) + table
    return tables


def _figures(table: Counts) -> dict[str, float]:
    n, s = CLASSES.index("N"), CLASSES.index("S")
    scores = {f"{name} F1": round(float(f1(table)[i]), 4) for i, name in enumerate(CLASSES) if name != "N"}
    return {
        **scores,
        "S Se": round(float(table[s, s] / max(1, table[s].sum())), 4),
        "S +P": round(float(table[s, s] / max(1, table[:, s].sum())), 4),
        "N as S": round(float(table[n, s] / max(1, table[n].sum())), 5),
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
            figures = evaluate(variant, patients)
            print(variant.name, figures["lead 1"], figures.get("augmented sick sinus"), flush=True)
            _write(variant.name, figures)


def _write(name: str, figures: dict[str, Any]) -> None:
    known = json.loads(RESULT.read_text(encoding="utf-8"))["variants"] if RESULT.is_file() else {}
    known[name] = figures
    ordered = {variant.name: known[variant.name] for variant in VARIANTS if variant.name in known}
    result = {"folds": N_FOLDS, "weights": dict(WEIGHTS), "variants": ordered}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
