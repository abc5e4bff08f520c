"""How the shipped beat classifier is made and measured.

It is trained on MIT-BIH DS1 and on people of the QT Database, as recorded and with rhythm augmentation, part
of it with the rhythms of people under anaesthesia (`arrdb`). DS2 is opened by
``benchmarks/beat_classifier.py`` only, for models that are finished: with the R peaks of the reference, as
publications do, and in the whole analysis. Features, size and weights were chosen on people of DS1 by a
classifier that has not seen them (``benchmarks/classifier.py``). DS2 had been looked at with earlier
classifiers, and some of the augmentation is for what they could not do there, so its figures are not those of
an unseen test. The published split has one flaw: records 201 (DS1) and 202 (DS2) are from one person.
"""

from __future__ import annotations

import tempfile
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.pipeline import Pipeline
from ectopy.beats.windows import DEFAULT_WINDOW, Beats, cut_beats
from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.evaluation.class_metrics import LABELS, NONE, ClassMetrics
from ectopy.evaluation.matching import match_beats
from ectopy.evaluation.metrics import f1, positive_predictivity, sensitivity
from ectopy.labels import MATCH_WINDOW, aami_classes
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.manifest import Limitation, Manifest
from ectopy.record import Record
from ectopy.training.rhythm_augmentation import N_UNCHANGED, NOISE_SHARE, augmented_beats
from ectopy.training.rhythm_scripts import RHYTHMS
from ectopy.training.sequences import CLASSES, TrainingSequence

WINDOW: Final = DEFAULT_WINDOW

SCHEME: Final = "aami"
"""Scheme of the labels, see `ectopy.labels`; most publications on this split use it."""

EPOCHS: Final = 6
"""Passes over the beats; chosen on patients of DS1."""

N_DRAWS: Final = 3
"""Times that each record is augmented with every rhythm."""

LIMITATIONS: Final = (
    Limitation(
        about="S",
        text="Beats after pauses of a block, in fibrillation and in flutter are taken for premature ones, and"
        " premature ones for those; beats of atrial origin that are not premature count as normal.",
    ),
    Limitation(about="S", text="Aberrant (wide) supraventricular beats are mostly called ventricular."),
    Limitation(
        about="V", text="Electrode motion and wide aberrant beats can be taken for ventricular beats."
    ),
    Limitation(
        about="F",
        text="Most fusion beats are called normal or ventricular; few people have taught what they are.",
    ),
    Limitation(
        about="N",
        text="Paced beats are told by the spikes of the pacemaker only; where the recording shows none, they"
        " are given one of these classes, which then means little.",
    ),
)
"""What reports say beside the counts of each class."""


@dataclass(frozen=True, eq=False)
class PredictedClasses:
    """Classes of the beats of one record, by the reference and by a classifier.

    Parameters
    ----------
    record, patient : str
        Which recording, and of whom.
    reference, predicted : ndarray of str, shape (n,)
        One of `ectopy.evaluation.class_metrics.LABELS` each.
    """

    record: str
    patient: str
    reference: npt.NDArray[np.str_]
    predicted: npt.NDArray[np.str_]


def train_classifier(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a beat classifier and write it; ``benchmarks/beat_classifier.py`` measures it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the beats.
    seed : int
        Of all random numbers.
    command : str
        Command of the user, for the manifest.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    DatasetError
        If ``mitdb``, ``qtdb`` or ``arrdb`` is not available.
    """
    records = training_records()
    fitted = fit_classifier(records, seed, epochs=epochs, progress=progress)
    saved = fitted.save(
        out,
        name="beat-classifier",
        window=WINDOW,
        label_scheme=SCHEME,
        training={
            "dataset": "mitdb DS1, qtdb (people to learn from), rhythms of arrdb (people not kept apart)",
            "licence": {name: dataset_of(name).licence for name in ("mitdb", "qtdb", "arrdb")},
            "patients": sorted({record.patient for record in records}),
            "label_scheme": SCHEME,
            "seed": seed,
            "command": command,
        },
        metrics={"speed": {"microseconds per beat": microseconds_per_beat(fitted, records[:5])}},
    )
    return with_metrics(saved, saved.manifest.metrics)


def training_records() -> list[Record]:
    """Return the recordings that are learned from: DS1, and people of the QT Database."""
    return [
        *load_records("ds1"),
        *(load_qtdb_record(name) for name in qtdb_records() if qtdb_part(name) == "train"),
    ]


def with_metrics(made: Artifact, metrics: Mapping[str, Any]) -> Manifest:
    """Write figures, and what the classifier is known to get wrong, into the manifest of an artifact."""
    files = {name: (made.folder / name).read_bytes() for name in made.manifest.files}
    changes = {"metrics": dict(metrics), "limitations": LIMITATIONS}
    return artifact.save(made.folder, made.manifest.model_copy(update=changes), files).manifest


def fit_classifier(
    records: Sequence[Record], seed: int, *, epochs: int = EPOCHS, progress: bool = False
) -> BeatClassifier:
    """Train a classifier on records, as recorded and augmented."""
    from ectopy.training.loop import one_thread

    classifier = BeatClassifier(peak=WINDOW.before, epochs=epochs, seed=seed, progress=progress)
    with one_thread():
        return classifier.fit_sequences(
            [sequence for record in records for sequence in training_sequences(record, seed)]
        )


def training_sequences(
    record: Record,
    seed: int,
    draws: Iterable[int] = range(N_DRAWS),
    rhythms: Sequence[str] = RHYTHMS,
    noise_share: float = NOISE_SHARE,
) -> list[TrainingSequence]:
    """Return what is learned from one record: both leads and a mixture of them, and augmented parts."""
    sequences: list[TrainingSequence] = []
    for number, draw in enumerate(draws):
        parts = draw_beats(record, seed, draw, rhythms, noise_share)
        if not number:
            sequences += [TrainingSequence.of(part, WINDOW.before) for part in parts[:N_UNCHANGED]]
        sequences += [
            TrainingSequence.of(part, WINDOW.before, augmented=True) for part in parts[N_UNCHANGED:]
        ]
    return sequences


def draw_beats(
    record: Record, seed: int, draw: int, rhythms: Sequence[str], noise_share: float
) -> list[Beats]:
    """Return the beats of a record, as recorded and augmented; each draw gives others."""
    rng = np.random.default_rng([seed, draw, zlib.crc32(record.name.encode())])
    return augmented_beats(record, WINDOW, rng, rhythms, noise_share)


def predict(
    classifier: BeatClassifier, record: Record, features: Sequence[npt.NDArray[np.float32]]
) -> PredictedClasses:
    """Classify the reference beats of a record by the mean of the probabilities on each lead."""
    probabilities = np.mean([classifier.predict_features(each) for each in features], axis=0)
    reference = aami_classes(record.reference_annotations().beats().symbols, SCHEME)
    predicted = np.array(CLASSES)[probabilities.argmax(axis=1)]
    known = reference != "Q"
    return PredictedClasses(record.name, record.patient, reference[known], predicted[known])


def predict_detected(pipeline: Pipeline, record: Record) -> PredictedClasses:
    """Analyse a record, and match the classes of the detected beats with those of the reference."""
    marks = record.reference_annotations().beats()
    analysis = pipeline.run(record, waves=False)
    matching = match_beats(marks.samples, analysis.beats.samples, round(MATCH_WINDOW * record.fs))
    reference = np.append(aami_classes(marks.symbols, SCHEME), NONE)[matching.reference]
    predicted = np.where(analysis.judged, analysis.classes, NONE)
    known = reference != "Q"
    return PredictedClasses(
        record.name, record.patient, reference[known], np.append(predicted, NONE)[matching.test][known]
    )


def microseconds_per_beat(classifier: BeatClassifier, records: Iterable[Record]) -> float:
    """Return the processor time that classification takes, from windows to classes, by the saved artifact."""
    beats = [_reference_beats(record, 0) for record in records]
    with tempfile.TemporaryDirectory() as folder:
        classifier.save(Path(folder) / "model", name="timed", window=WINDOW)
        shipped = BeatClassifier.load(Path(folder) / "model")
        shipped.predict(beats[0])
        start = time.process_time()
        for part in beats:
            shipped.predict(part)
        return 1e6 * (time.process_time() - start) / sum(map(len, beats))


def summarise(rows: Sequence[PredictedClasses]) -> dict[str, Any]:
    """Return the figures of S, V and F, with intervals by patient, and where the errors are.

    Returns
    -------
    dict
        Gross confusion matrix; Se, +P and F1 of each class, F1 with its interval; for V also +P and F1 as
        EC57 counts, where a fusion beat taken for ventricular is no error; and the records with most errors.
    """
    metrics = _class_metrics(rows)
    counts = metrics.by_record.gross.counts
    figures: dict[str, Any] = {"confusion": {"labels": list(LABELS), "counts": counts.tolist()}}
    for name in CLASSES[1:]:
        figures[name] = {
            "Se": metrics.figures[f"Se {name}"].value,
            "+P": metrics.figures[f"+P {name}"].value,
            "F1": asdict(metrics.figures[f"F1 {name}"]),
        }
    figures["V, fusion beats left out"] = dict(metrics.ventricular_without_fusion)
    figures["records with most errors"] = metrics.records_with_most_errors
    return figures


def over_seeds(runs: Sequence[Sequence[PredictedClasses]]) -> dict[str, Any]:
    """Return mean and standard deviation of Se, +P and F1 over classifiers that differ in their seed."""
    counts = np.stack([_class_metrics(rows).by_record.gross.counts for rows in runs])
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


def _class_metrics(rows: Sequence[PredictedClasses]) -> ClassMetrics:
    return ClassMetrics(
        np.concatenate([row.reference for row in rows]),
        np.concatenate([row.predicted for row in rows]),
        np.concatenate([np.full(len(row.predicted), row.record) for row in rows]),
        np.concatenate([np.full(len(row.predicted), row.patient) for row in rows]),
    )
