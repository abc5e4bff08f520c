"""How the shipped beat classifier is made and measured.

It learns from MIT-BIH DS1, as recorded and replayed as patients that DS1 lacks, and is measured on DS2, with
the reference's R peaks, as publications do, and with the beats that the program finds itself. Its features,
size and weights were chosen by judging patients of DS1, and replays of them, by a classifier that has not
seen them (``benchmarks/classifier.py``). DS2 had been looked at before, with earlier classifiers, and what
they could not do there, name premature beats where they are the usual ones and leave those of fibrillation
alone, is what many of the replays are for: the figures on DS2 are not those of a test that nobody had seen.
The published split has one flaw: records 201 (DS1) and 202 (DS2) are of one man.
"""

from __future__ import annotations

import os
import tempfile
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import extract_beats
from ectopy.beats.windows import DEFAULT_WINDOW, Beats, cut_beats
from ectopy.datasets.catalog import dataset as described
from ectopy.datasets.mitbih import load_records
from ectopy.evaluation.class_metrics import LABELS, NONE, ClassMetrics
from ectopy.evaluation.matching import match_beats
from ectopy.evaluation.metrics import f1, positive_predictivity, sensitivity
from ectopy.features.morphology import context_features
from ectopy.labels import MATCH_WINDOW, aami_classes
from ectopy.models.artifact import Manifest
from ectopy.models.beat_classifier import CLASSES, BeatClassifier, Lesson
from ectopy.parallel import parallel_map
from ectopy.record import Record
from ectopy.training.rhythm_augmentation import N_PLAIN, NOISY, classified_beats
from ectopy.training.rhythm_scripts import KINDS

WINDOW: Final = DEFAULT_WINDOW

SCHEME: Final = "aami"

EPOCHS: Final = 8

N_DRAWS: Final = 9
"""Times that each record is replayed."""

N_SEEDS: Final = 5
"""Classifiers that are trained to say how much depends on chance; the first of them is kept."""

_BOTH: Final = (0, 1)


@dataclass(frozen=True, eq=False)
class Judged:
    """Beats of one record and what was said about them.

    Parameters
    ----------
    record, patient : str
    reference, called : ndarray of str, shape (n,)
        One of `ectopy.evaluation.class_metrics.LABELS` each.
    """

    record: str
    patient: str
    reference: npt.NDArray[np.str_]
    called: npt.NDArray[np.str_]


def train_classifier(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a beat classifier on DS1, measure it on DS2, and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the beats.
    seed : int
        Of everything random; the four next ones are used to say how much depends on it.
    command : str
        What the user typed, for the manifest.
    progress : bool
        Draw a progress bar.

    Returns
    -------
    Manifest
        What was written, with the figures on DS2.

    Raises
    ------
    DatasetError
        If ``mitdb`` is not at hand.
    """
    learned = list(load_records("ds1"))
    fitted = _fit_all(learned, range(seed, seed + N_SEEDS), epochs, progress)
    tested = list(load_records("ds2"))
    features = [[describe(record, lead) for lead in _BOTH] for record in tested]
    runs = [[judge(c, r, f[:1]) for r, f in zip(tested, features, strict=True)] for c in fitted]
    both = [[judge(c, r, f) for r, f in zip(tested, features, strict=True)] for c in fitted]
    found = [judge_found(fitted[0], record) for record in tested]
    saved = fitted[0].save(
        out,
        name="beat-classifier",
        window=WINDOW,
        label_scheme=SCHEME,
        training={
            "dataset": "mitdb DS1",
            "licence": described("mitdb").licence,
            "patients": sorted({record.patient for record in learned}),
            "label_scheme": SCHEME,
            "seed": seed,
            "command": command,
        },
        metrics={
            "mitdb DS2, reference R peaks": summarise(runs[0]),
            f"mitdb DS2, reference R peaks, mean of {N_SEEDS} seeds": over_seeds(runs),
            "mitdb DS2, reference R peaks, two leads": summarise(both[0]),
            f"mitdb DS2, reference R peaks, two leads, mean of {N_SEEDS} seeds": over_seeds(both),
            "mitdb DS2, beats found by ectopy": summarise(found),
            "speed": {"microseconds a beat": microseconds_a_beat(fitted[0], tested[:5])},
        },
    )
    return saved.manifest


def _fit_all(
    records: Sequence[Record], seeds: Sequence[int], epochs: int, progress: bool
) -> list[BeatClassifier]:
    """Train one classifier for each seed, as many at a time as there are processors."""
    jobs = min(len(seeds), os.cpu_count() or 1)
    work = partial(fit_classifier, records, epochs=epochs)
    return list(parallel_map(work, seeds, jobs=jobs, progress="training" if progress else None))


def fit_classifier(records: Sequence[Record], seed: int, *, epochs: int = EPOCHS) -> BeatClassifier:
    """Train a classifier on records, as recorded and replayed."""
    from ectopy.training.loop import one_thread

    classifier = BeatClassifier(peak=WINDOW.before, epochs=epochs, seed=seed)
    with one_thread():
        return classifier.fit_lessons([lesson for record in records for lesson in lessons(record, seed)])


def lessons(
    record: Record,
    seed: int,
    draws: Iterable[int] = range(N_DRAWS),
    kinds: Sequence[str] = KINDS,
    noisy: float = NOISY,
) -> list[Lesson]:
    """Return what is learned from one record: both leads, mixtures of them, and replays."""
    return [
        Lesson.of(part, WINDOW.before, made=i >= N_PLAIN)
        for draw in draws
        for i, part in enumerate(drawn(record, seed, draw, kinds, noisy))
    ]


def drawn(record: Record, seed: int, draw: int, kinds: Sequence[str], noisy: float) -> list[Beats]:
    """Return the beats of a record, as recorded and replayed; each draw plays others."""
    rng = np.random.default_rng([seed, draw, zlib.crc32(record.name.encode())])
    return classified_beats(record, WINDOW, rng, kinds, noisy)


def describe(record: Record, lead: int) -> npt.NDArray[np.float32]:
    """Return the features of the reference's beats on one lead, shape (n_beats, n_features)."""
    return context_features(_reference_beats(record, lead), WINDOW.before)


def judge(classifier: BeatClassifier, record: Record, features: Sequence[npt.NDArray[np.float32]]) -> Judged:
    """Name the reference's beats of a record by the mean of what is said of their features on each lead."""
    said = np.mean([classifier.predict_described(each) for each in features], axis=0)
    reference = aami_classes(record.reference_annotations().beats().symbols, SCHEME)
    called = np.array(CLASSES)[said.argmax(axis=1)]
    known = reference != "Q"
    return Judged(record.name, record.patient, reference[known], called[known])


def judge_found(classifier: BeatClassifier, record: Record) -> Judged:
    """Find the beats of a record, as an analysis does, name them, and set them beside the reference's."""
    marks = record.reference_annotations().beats()
    found = extract_beats(record, WINDOW)
    called = classifier.predict(found.beats, sources=found.leads)
    matching = match_beats(marks.samples, found.beats.samples, round(MATCH_WINDOW * record.fs))
    reference = np.append(aami_classes(marks.symbols, SCHEME), NONE)[matching.reference]
    known = reference != "Q"
    return Judged(
        record.name, record.patient, reference[known], np.append(called, NONE)[matching.test][known]
    )


def microseconds_a_beat(classifier: BeatClassifier, records: Iterable[Record]) -> float:
    """Return the processor time that naming takes, windows to classes, by the artifact as it ships."""
    beats = [_reference_beats(record, 0) for record in records]
    with tempfile.TemporaryDirectory() as folder:
        classifier.save(Path(folder) / "model", name="timed", window=WINDOW)
        shipped = BeatClassifier.load(Path(folder) / "model")
        shipped.predict(beats[0])
        began = time.process_time()
        for part in beats:
            shipped.predict(part)
        return 1e6 * (time.process_time() - began) / sum(map(len, beats))


def summarise(rows: Sequence[Judged]) -> dict[str, Any]:
    """Return the figures of S, V and F, with intervals by patient, and where the errors are.

    Returns
    -------
    dict
        Gross confusion matrix; Se, +P and F1 of each class, F1 with its interval; for V also +P and F1 as
        EC57 counts, where a fusion beat called ventricular is no error; and the records with most errors.
    """
    found = _naming(rows)
    counts = found.by_record.gross.counts
    figures: dict[str, Any] = {"confusion": {"labels": list(LABELS), "counts": counts.tolist()}}
    for name in CLASSES[1:]:
        figures[name] = {
            "Se": found.figures[f"Se {name}"].value,
            "+P": found.figures[f"+P {name}"].value,
            "F1": asdict(found.figures[f"F1 {name}"]),
        }
    figures["V, fusion beats left out"] = dict(found.ventricular_without_fusion)
    figures["records with most errors"] = found.records_with_most_errors
    return figures


def over_seeds(runs: Sequence[Sequence[Judged]]) -> dict[str, Any]:
    """Return mean and standard deviation of Se, +P and F1 over classifiers that differ in their seed."""
    counts = np.stack([_naming(rows).by_record.gross.counts for rows in runs])
    table: dict[str, Any] = {}
    for i, name in enumerate(CLASSES[1:], start=1):
        values = {
            "Se": sensitivity(counts)[:, i],
            "+P": positive_predictivity(counts)[:, i],
            "F1": f1(counts)[:, i],
        }
        table[name] = {
            key: {"mean": float(value.mean()), "sd": float(value.std(ddof=1)), "runs": value.tolist()}
            for key, value in values.items()
        }
    return table


def _reference_beats(record: Record, lead: int) -> Beats:
    samples = record.reference_annotations().beats().samples
    return cut_beats(record.select([record.leads[lead]]), samples, WINDOW)


def _naming(rows: Sequence[Judged]) -> ClassMetrics:
    return ClassMetrics(
        np.concatenate([row.reference for row in rows]),
        np.concatenate([row.called for row in rows]),
        np.concatenate([np.full(len(row.called), row.record) for row in rows]),
        np.concatenate([np.full(len(row.called), row.patient) for row in rows]),
    )
