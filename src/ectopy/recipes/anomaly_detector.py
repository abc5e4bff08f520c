"""How the shipped anomaly detector is made and measured.

It is trained on the normal beats of MIT-BIH DS1 and measured on DS2 (de Chazal et al. 2004): other people,
except for one who is record 201 in DS1 and 202 in DS2. Every lead is a separate example, so that the network
takes one lead of any name; the number of beats per patient is limited, so that no single person defines what
is normal.

Network, score, normalisation and false-alarm rate were chosen by cross-validation over the patients of DS1:
by the sensitivity to V, as the mean over patients and in the worst patient, at a threshold that promises 2 %
false alarms on the normal beats of other patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import isclose
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.alignment import cut_aligned
from ectopy.beats.normalisation import normalise, relative_scores, template_correlation
from ectopy.beats.windows import DEFAULT_WINDOW, Beats, beats_of, condition, window_centres
from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.mitbih import load_records
from ectopy.errors import CalibrationError
from ectopy.evaluation.ranking import auroc
from ectopy.evaluation.uncertainty import RankFigure, bootstrap
from ectopy.labels import aami_classes
from ectopy.models import artifact
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import Manifest
from ectopy.models.threshold import ConformalThreshold
from ectopy.record import Record

WINDOW: Final = DEFAULT_WINDOW
"""0.4 s before the R peak and 0.4 s from it on: P wave to T wave, and the end of the previous T wave."""

NAME: Final = "beat-autoencoder"

NETWORK: Final = "shortcut"

EPOCHS: Final = 30

BATCH_SIZE: Final = 128

MAX_BEATS: Final = 300
"""Beats of one patient on each lead, at most."""

STOPPING: Final = 0.15
"""Share of the patients whose loss stops the training."""

THRESHOLD: Final = ConformalThreshold(0.02)
"""Promised share of false alarms among the normal beats of a new patient, on average over patients."""

SAME: Final = 1e-5
"""Two thresholds that differ by less of their value are one: sums of float32 depend on the processor."""

SCHEME: Final = "aami"

FALSE_ALARMS: Final = 0.05
"""Share of false alarms at which the sensitivity is reported."""


def train_detector(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train an anomaly detector on DS1, measure it on DS2, and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        At most this many passes over the beats.
    seed : int
        Of all random numbers.
    command : str
        Command of the user, for the manifest.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Manifest
        What was written, with the figures on DS2.

    Raises
    ------
    DatasetError
        If the dataset is not available.
    """
    chosen_beats = training_beats(load_records("ds1"), seed)
    detector = untrained_detector(epochs, seed, progress=progress)
    detector.fit(chosen_beats.beats, normal=chosen_beats.training_mask)
    saved = detector.save(
        out,
        name=NAME,
        window=WINDOW,
        training={
            "dataset": "mitdb DS1",
            "licence": dataset_of("mitdb").licence,
            "patients": sorted(set(chosen_beats.beats.patients.tolist())),
            "beats": int(chosen_beats.training_mask.sum()),
            "label_scheme": SCHEME,
            "seed": seed,
            "command": command,
        },
        metrics={"mitdb DS2": measure(detector, load_records("ds2"))},
    )
    return saved.manifest


def calibrate(folder: Path, out: Path | None = None) -> Artifact:
    """Put the calibration scores beside a model that `train_detector` wrote before models held them.

    The networks of the folds are trained again from the seed in the manifest, on the patients of DS1 only;
    the network, the threshold and everything else of the model stay as they are.

    Parameters
    ----------
    folder : Path
        The model.
    out : Path, optional
        Where to write it; in place by default.

    Returns
    -------
    Artifact
        As written.

    Raises
    ------
    CalibrationError
        If the scores do not give the threshold of the model, so that they are not those it was made with.
    DatasetError
        If the dataset is not available.
    """
    detector = BeatAnomalyDetector.load(folder)
    chosen_beats = training_beats(load_records("ds1"), int(detector.manifest.training["seed"]))
    scores = detector.calibration_scores(chosen_beats.beats, normal=chosen_beats.training_mask)
    threshold = detector.original_threshold.learn(scores)
    if not isclose(threshold, detector.threshold_, rel_tol=SAME):
        raise CalibrationError(
            f"model {folder}: calibration gives the threshold {threshold:g}, the model has"
            f" {detector.threshold_:g}; train it again with: {detector.manifest.training.get('command')}"
        )
    kept = {name: (folder / name).read_bytes() for name in detector.manifest.files}
    files = kept | {artifact.CALIBRATION: artifact.array_file(scores)}
    return artifact.save(out or folder, detector.manifest, files)


def untrained_detector(epochs: int = EPOCHS, seed: int = 0, *, progress: bool = False) -> BeatAnomalyDetector:
    """Return the detector that is shipped, before training."""
    return BeatAnomalyDetector(
        NETWORK,
        threshold=THRESHOLD,
        normalisation="template",
        epochs=epochs,
        batch_size=BATCH_SIZE,
        validation_fraction=STOPPING,
        seed=seed,
        progress=progress,
    )


@dataclass(frozen=True, eq=False)
class TrainingBeats:
    """Beats that the detector is trained on.

    Parameters
    ----------
    beats : Beats
        Every annotated beat, one lead each; abnormal beats contribute to the patient template only.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes.
    training_mask : ndarray of bool, shape (n_beats,)
        The normal beats to learn from: at most `MAX_BEATS` per recording and lead.
    """

    beats: Beats
    classes: npt.NDArray[np.str_]
    training_mask: npt.NDArray[np.bool_]


def training_beats(records: Iterable[Record], seed: int) -> TrainingBeats:
    """Return the beats of recordings, each lead separately, and choose those to learn from."""
    rng = np.random.default_rng(seed)
    parts: list[Beats] = []
    classes: list[npt.NDArray[np.str_]] = []
    training_mask: list[npt.NDArray[np.bool_]] = []
    for record in records:
        beats, names = labelled_beats(record)
        chosen = np.zeros(len(beats), bool)
        chosen[rng.permutation(np.flatnonzero(names == "N"))[:MAX_BEATS]] = True
        for lead in range(len(record.leads)):
            parts.append(one_lead(beats, lead))
            classes.append(names)
            training_mask.append(chosen)
    return TrainingBeats(Beats.concatenate(parts), np.concatenate(classes), np.concatenate(training_mask))


def labelled_beats(record: Record) -> tuple[Beats, npt.NDArray[np.str_]]:
    """Return the annotated beats of a record and their AAMI classes."""
    marks = record.reference_annotations().beats()
    conditioned = condition(record.signal, record.fs, WINDOW.fs)
    waveforms, _ = cut_aligned(conditioned, window_centres(marks.samples, record.fs, WINDOW.fs), WINDOW)
    beats = beats_of(record, marks.samples, waveforms, WINDOW.fs, marks.symbols, peak=WINDOW.before)
    return beats, aami_classes(marks.symbols, SCHEME)


def one_lead(beats: Beats, lead: int) -> Beats:
    """Return the same beats with one of their leads only, each lead a record of its own."""
    records = np.char.add(beats.records, f"/{lead}")
    return replace(beats, waveforms=beats.waveforms[:, [lead]], records=records)


def measure(detector: BeatAnomalyDetector, records: Iterable[Record]) -> dict[str, Any]:
    """Measure how well a detector tells N from S, V and F, on the first lead and reference R peaks.

    Returns
    -------
    dict
        AUROC and AUPRC with intervals by patient and sensitivity at 5 % false alarms, beside those of the
        simple baseline; and at the threshold of the detector the sensitivity by class and the share of false
        alarms.
    """
    beats, classes = evaluation_beats(records)
    normalised = normalise(beats.waveforms, "template", beats.records)
    correlation = template_correlation(beats.waveforms, normalised.offset)
    deviation = relative_scores(np.abs(normalised.waveforms).mean(axis=(1, 2)), correlation, beats.records)
    scores = detector.anomaly_score(beats)
    flagged = scores > detector.threshold_
    return {
        "beats": {name: int((classes == name).sum()) for name in "NSVF"},
        "autoencoder": ranking_figures(scores, classes, beats.patients),
        "distance from patient template, no network": ranking_figures(deviation, classes, beats.patients),
        "false_alarm_rate": float(flagged[classes == "N"].mean()),
        "sensitivity": {name: float(flagged[classes == name].mean()) for name in "SVF"},
    }


def evaluation_beats(records: Iterable[Record]) -> tuple[Beats, npt.NDArray[np.str_]]:
    """Return the beats of classes N, S, V and F on the first lead, and their classes."""
    parts = [(one_lead(beats, 0), classes) for beats, classes in map(labelled_beats, records)]
    beats = Beats.concatenate([beats for beats, _ in parts])
    classes = np.concatenate([classes for _, classes in parts])
    counted = np.isin(classes, ("N", "S", "V", "F"))
    return beats[counted], classes[counted]


def ranking_figures(
    scores: npt.NDArray[np.float32], classes: npt.NDArray[np.str_], patients: npt.NDArray[np.str_]
) -> dict[str, Any]:
    """Return how well scores rank abnormal beats above normal ones, with intervals by patient."""
    abnormal = classes != "N"
    at_rate = np.quantile(scores[~abnormal], 1 - FALSE_ALARMS)
    return {
        "auroc": asdict(bootstrap(RankFigure.of(scores, abnormal, patients, "auroc"))),
        "auprc": asdict(bootstrap(RankFigure.of(scores, abnormal, patients, "auprc"))),
        "auroc of a class against N": {
            name: auroc(scores[of_two], classes[of_two] == name)
            for name in "SVF"
            if (of_two := np.isin(classes, ("N", name))).any()
        },
        "sensitivity at 5 % false alarms": float((scores[abnormal] > at_rate).mean()),
    }
