"""How the shipped anomaly detector is made and measured.

It learns from the normal beats of MIT-BIH DS1 and is measured on DS2 (de Chazal et al. 2004): other people,
but for one man who is record 201 in DS1 and 202 in DS2. Every lead counts as an example of its own, so that
the network takes one lead of any name; no patient gives more than a fixed number of beats, so that no one
person is what "normal" looks like.

What was chosen (network, score, what a score is measured against, the rate of false alarms) was chosen by
cross-validation over the patients of DS1: the sensitivity to V, as the mean over patients and as that of the
worst one, at a threshold that promises 2 % of the normal beats of the other patients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.alignment import cut_aligned
from ectopy.beats.normalisation import normalise, own_likeness, relative
from ectopy.beats.windows import DEFAULT_WINDOW, Beats, beats_of, condition, window_centres
from ectopy.datasets.catalog import dataset as described
from ectopy.datasets.mitbih import load_records
from ectopy.evaluation.ranking import auroc
from ectopy.evaluation.uncertainty import RankFigure, bootstrap
from ectopy.labels import aami_classes
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.artifact import Manifest
from ectopy.models.threshold import ConformalThreshold
from ectopy.record import Record

WINDOW: Final = DEFAULT_WINDOW
"""0.4 s before the R peak and 0.4 s from it on: P wave to T wave, and the end of the T wave before."""

NAME: Final = "beat-autoencoder"

NETWORK: Final = "shortcut"

EPOCHS: Final = 30

BATCH_SIZE: Final = 128

MOST_BEATS: Final = 300
"""Beats that one patient gives at the most, from each lead."""

STOPPING: Final = 0.15
"""Share of the patients that stop the training."""

CALLED_ABNORMAL: Final = ConformalThreshold(0.02)
"""The promise: this share of the normal beats of a new patient, on average over patients."""

SCHEME: Final = "aami"

FALSE_ALARMS: Final = 0.05
"""Share of normal beats called abnormal at which the sensitivity is reported."""


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
        Of everything random.
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
        If the dataset is not at hand.
    """
    material = training_beats(load_records("ds1"), seed)
    detector = detector_of(epochs, seed, progress=progress)
    detector.fit(material.beats, normal=material.taught)
    saved = detector.save(
        out,
        name=NAME,
        window=WINDOW,
        training={
            "dataset": "mitdb DS1",
            "licence": described("mitdb").licence,
            "patients": sorted(set(material.beats.patients.tolist())),
            "beats": int(material.taught.sum()),
            "label_scheme": SCHEME,
            "seed": seed,
            "command": command,
        },
        metrics={"mitdb DS2": measure(detector, load_records("ds2"))},
    )
    return saved.manifest


def detector_of(epochs: int = EPOCHS, seed: int = 0, *, progress: bool = False) -> BeatAnomalyDetector:
    """Return the detector that is shipped, before it has learned."""
    return BeatAnomalyDetector(
        NETWORK,
        threshold=CALLED_ABNORMAL,
        normalisation="own",
        epochs=epochs,
        batch_size=BATCH_SIZE,
        validation_fraction=STOPPING,
        seed=seed,
        progress=progress,
    )


@dataclass(frozen=True, eq=False)
class TrainingBeats:
    """What the detector learns from.

    Parameters
    ----------
    beats : Beats
        Every annotated beat, one lead each; a recording's abnormal beats help to show its normal one.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes.
    taught : ndarray of bool, shape (n_beats,)
        The normal beats to learn from: at most `MOST_BEATS` of a recording and lead.
    """

    beats: Beats
    classes: npt.NDArray[np.str_]
    taught: npt.NDArray[np.bool_]


def training_beats(records: Iterable[Record], seed: int) -> TrainingBeats:
    """Return the beats of recordings, each lead by itself, and choose those to learn from."""
    rng = np.random.default_rng(seed)
    parts: list[Beats] = []
    classes: list[npt.NDArray[np.str_]] = []
    taught: list[npt.NDArray[np.bool_]] = []
    for record in records:
        beats, named = labelled_beats(record)
        chosen = np.zeros(len(beats), bool)
        chosen[rng.permutation(np.flatnonzero(named == "N"))[:MOST_BEATS]] = True
        for lead in range(len(record.leads)):
            parts.append(one_lead(beats, lead))
            classes.append(named)
            taught.append(chosen)
    return TrainingBeats(Beats.concatenate(parts), np.concatenate(classes), np.concatenate(taught))


def labelled_beats(record: Record) -> tuple[Beats, npt.NDArray[np.str_]]:
    """Return the annotated beats of a record and their AAMI classes."""
    marks = record.reference_annotations().beats()
    level = condition(record.signal, record.fs, WINDOW.fs)
    waveforms, _ = cut_aligned(level, window_centres(marks.samples, record.fs, WINDOW.fs), WINDOW)
    beats = beats_of(record, marks.samples, waveforms, WINDOW.fs, marks.symbols)
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
        simple baseline; and at the detector's own threshold the sensitivity by class and the share of normal
        beats called abnormal.
    """
    beats, classes = judged_beats(records)
    own = normalise(beats.waveforms, "own", beats.records)
    distance = np.abs(own.waveforms).mean(axis=(1, 2))
    beside = relative(distance, own_likeness(beats.waveforms, own.offset), beats.records)
    scores = detector.anomaly_score(beats)
    flagged = scores > detector.threshold_
    return {
        "beats": {name: int((classes == name).sum()) for name in "NSVF"},
        "autoencoder": ranked(scores, classes, beats.patients),
        "distance from own beat, no network": ranked(beside, classes, beats.patients),
        "false_alarm_rate": float(flagged[classes == "N"].mean()),
        "sensitivity": {name: float(flagged[classes == name].mean()) for name in "SVF"},
    }


def judged_beats(records: Iterable[Record]) -> tuple[Beats, npt.NDArray[np.str_]]:
    """Return the beats of classes N, S, V and F on the first lead, and their classes."""
    parts = [(one_lead(beats, 0), classes) for beats, classes in map(labelled_beats, records)]
    beats = Beats.concatenate([beats for beats, _ in parts])
    classes = np.concatenate([classes for _, classes in parts])
    judged = np.isin(classes, ("N", "S", "V", "F"))
    return beats[judged], classes[judged]


def ranked(
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
