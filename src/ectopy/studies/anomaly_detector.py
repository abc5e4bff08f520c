"""How the shipped anomaly detector is made and measured.

It learns from the normal beats of MIT-BIH DS1 and is measured on DS2 (de Chazal et al. 2004): other people,
but for one man who is record 201 in DS1 and 202 in DS2. Every lead counts as an example of its own, so that
the network takes one lead of any name; no patient gives more than a fixed number of beats, so that no one
person is what "normal" looks like.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.artifact import Manifest, WindowSpec
from ectopy.beats.alignment import cut_aligned
from ectopy.beats.normalisation import normalise
from ectopy.beats.windows import Beats, beats_of, condition, window_centres
from ectopy.datasets.catalog import dataset as described
from ectopy.datasets.mitbih import load_records
from ectopy.errors import RecordError
from ectopy.estimators.detector import BeatAnomalyDetector
from ectopy.evaluation.ranking import auroc
from ectopy.evaluation.uncertainty import RankFigure, bootstrap
from ectopy.labels import aami_classes
from ectopy.records.record import Record

WINDOW: Final = WindowSpec(fs=120, before=48, after=48)
"""0.4 s before the R peak and 0.4 s from it on: P wave to T wave, and the end of the T wave before."""

NETWORK: Final = "conv"

EPOCHS: Final = 25

MOST_BEATS: Final = 600
"""Beats that one patient gives at the most, from each lead."""

HELD_OUT: Final = 0.5
"""Share of the patients that stop the training and calibrate the threshold: a handful at least for each."""

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
    learned = training_beats(load_records("ds1"), seed)
    detector = BeatAnomalyDetector(
        NETWORK,
        normalisation="own",
        validation_fraction=HELD_OUT,
        epochs=epochs,
        seed=seed,
        progress=progress,
    ).fit(learned)
    saved = detector.save(
        out,
        name=f"{NETWORK}-autoencoder",
        window=WINDOW,
        training={
            "dataset": "mitdb DS1",
            "licence": described("mitdb").licence,
            "patients": sorted(set(learned.patients.tolist())),
            "beats": len(learned),
            "label_scheme": SCHEME,
            "seed": seed,
            "command": command,
        },
        metrics={"mitdb DS2": measure(detector, load_records("ds2"))},
    )
    return saved.manifest


def training_beats(records: Iterable[Record], seed: int) -> Beats:
    """Return normal beats, one lead each, no patient with more than `MOST_BEATS` from a lead."""
    rng = np.random.default_rng(seed)
    parts = []
    for record in records:
        beats, classes = labelled_beats(record)
        normal = np.flatnonzero(classes == "N")
        chosen = np.sort(rng.permutation(normal)[:MOST_BEATS])
        parts += [one_lead(beats[chosen], lead) for lead in range(len(record.leads))]
    return Beats.concatenate(parts)


def labelled_beats(record: Record) -> tuple[Beats, npt.NDArray[np.str_]]:
    """Return the annotated beats of a record and their AAMI classes."""
    if record.annotations is None:
        raise RecordError(f"record {record.name} has no reference annotations; give one with an atr file")
    marks = record.annotations.beats()
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
    parts = [(one_lead(beats, 0), classes) for beats, classes in map(labelled_beats, records)]
    beats = Beats.concatenate([beats for beats, _ in parts])
    classes = np.concatenate([classes for _, classes in parts])
    judged = np.isin(classes, ("N", "S", "V", "F"))
    beats, classes = beats[judged], classes[judged]
    scores = detector.anomaly_score(beats)
    abnormal, flagged = classes != "N", scores > detector.threshold_
    own = normalise(beats.waveforms, "own", beats.records).waveforms
    return {
        "beats": {name: int((classes == name).sum()) for name in "NSVF"},
        "autoencoder": _ranked(scores, classes, beats.patients),
        "distance from own beat, no network": _ranked(np.abs(own).mean(axis=(1, 2)), classes, beats.patients),
        "false_alarm_rate": float(flagged[~abnormal].mean()),
        "sensitivity": {name: float(flagged[classes == name].mean()) for name in "SVF"},
    }


def _ranked(
    scores: npt.NDArray[np.float32], classes: npt.NDArray[np.str_], patients: npt.NDArray[np.str_]
) -> dict[str, Any]:
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
