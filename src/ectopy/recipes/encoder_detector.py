"""How the shipped anomaly detector is calibrated and measured: the beat encoder's doubt, at a promised rate.

Nothing is trained here: the score is that of the shipped beat encoder, brought to one level in all people
(`ectopy.models.encoder_detector`). The threshold follows from normal beats of training people of four
databases, scored in whole analyses: it is the lowest at which, in each database, the mean over people of the
share of beats that are flagged is no more than promised. DS1 without record 201 (whose person is tested as
202), people of the QT Database to learn from, people of CinC 2017 with a normal rhythm and of LUDB in sinus
rhythm without ectopic beats. Level and limits were chosen on the same people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.pipeline import Pipeline
from ectopy.analysis.result import Analysis
from ectopy.beats.normalisation import normalise, relative_scores, template_correlation
from ectopy.beats.windows import Beats
from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, ludb_part
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.nsrdb import load_nsrdb_record, nsrdb_records
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS1, DS2, mitdb_patient
from ectopy.labels import aami_classes
from ectopy.models.encoder_detector import RATES, EncoderDetector
from ectopy.models.manifest import Limitation, Manifest
from ectopy.models.registry import DEFAULT_AUTOENCODER, DEFAULT_ENCODER, model_folder
from ectopy.models.threshold import DEFAULT_THRESHOLD
from ectopy.models.trained_detector import TrainedDetector
from ectopy.models.trained_encoder import TrainedEncoder
from ectopy.recipes.anomaly_detector import SCHEME, labelled_beats, one_lead, ranking_figures
from ectopy.record import Record

NAME: Final = "anomaly-detector"

EPOCHS: Final = 1
"""Passes over the recordings."""

_PROMISE: Final = DEFAULT_THRESHOLD.false_alarm_rate

FEWEST: Final = 5
"""Normal beats of a person at least, for a share of them to be counted."""

STEADY: Final = 0.05
"""Share of false alarms above which people are counted."""

DATASET: Final = (
    "normal beats of mitdb DS1 without record 201, qtdb (people to learn from), ludb (people not tested),"
    " cinc2017 (people not kept apart)"
)

DATASETS: Final = ("mitdb", "qtdb", "ludb", "cinc2017")

METHODS: Final = ("beat encoder", "autoencoder", "distance from patient template, no network")

Floats = npt.NDArray[np.float32]
Scores = dict[str, list[Floats]]
"""Method → scores of the normal beats of each person."""

LIMITATIONS: Final = (
    Limitation(
        about="shape",
        text="The 2 % of the threshold is a promise on average over people: of some, one normal beat in ten"
        " is flagged, of others hardly any.",
    ),
    Limitation(
        about="shape",
        text="Beats of a person whose heart conducts in two ways (intermittent bundle branch block,"
        " pre-excitation) and beats beside artefact may be flagged; so may the first beat of a recording, of"
        " which nobody knows whether it came early.",
    ),
    Limitation(
        about="shape",
        text="Where most beats of half an hour are abnormal, they are what is usual; fusion beats are missed"
        " more often than others.",
    ),
)


@dataclass(frozen=True, eq=False)
class People:
    """Recordings of people whose normal beats are known.

    Parameters
    ----------
    name : str
        Database and who of it.
    records : iterable of Record
        One after another.
    marked : bool
        Whether experts marked each beat; else all beats that an analysis judges are normal.
    """

    name: str
    records: Iterable[Record]
    marked: bool = False


def train_encoder_detector(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Calibrate the shipped encoder's score, measure it on people kept apart, and write the detector.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs, seed, progress
        As for the other recipes; nothing here depends on them.
    command : str
        Command of the user, for the manifest.

    Returns
    -------
    Manifest
        What was written, with the figures.

    Raises
    ------
    DatasetError
        If a dataset is not available.
    """
    encoder = TrainedEncoder.load(model_folder(DEFAULT_ENCODER))
    learned = {each.name: normal_scores(each, encoder) for each in training_people()}
    curves = {
        method: thresholds({name: each[method] for name, each in learned.items()}) for method in METHODS
    }
    detector = EncoderDetector.of_encoder(encoder, curves[METHODS[0]])
    promised = {
        method: float(np.interp(np.log(_PROMISE), np.log(RATES), curve)) for method, curve in curves.items()
    }
    apart = {each.name: normal_scores(each, encoder) for each in people_apart()}
    saved = detector.save(
        out,
        NAME,
        training={
            "dataset": DATASET,
            "licence": {name: dataset_of(name).licence for name in DATASETS},
            "records": learned_records(),
            "people": {name: len(each[METHODS[0]]) for name, each in learned.items()},
            "labels": "which beats are normal, for the threshold",
            "command": command,
        },
        metrics={
            "promised false-alarm rate": _PROMISE,
            "false alarms, people to learn from": realised(learned, promised),
            "false alarms, people kept apart": realised(apart, promised),
            "mitdb DS2": measure(detector, promised, load_records("ds2")),
        },
        limitations=LIMITATIONS,
    )
    return saved.manifest


def training_people() -> Iterator[People]:
    """Yield the people that the threshold is learned from."""
    yield People("mitdb DS1", load_records(learned_records()), marked=True)
    yield People("qtdb", _qtdb({"train"}), marked=True)
    yield People("ludb", _ludb(lambda name: ludb_part(name) != "test"))
    yield People("cinc2017 N", _cinc2017(kept_apart=False))


def learned_records() -> list[str]:
    """Return the records of DS1 whose person is not tested in DS2."""
    tested = {mitdb_patient(name) for name in DS2}
    return [name for name in DS1 if mitdb_patient(name) not in tested]


def people_apart() -> Iterator[People]:
    """Yield people that neither the encoder nor the threshold has learned from."""
    yield People("mitdb DS2", load_records("ds2"), marked=True)
    yield People("qtdb", _qtdb({"validation", "test"}), marked=True)
    yield People("ludb", _ludb(lambda name: ludb_part(name) == "test"))
    yield People("cinc2017 N", _cinc2017(kept_apart=True))
    yield People("nsrdb", (load_nsrdb_record(name) for name in nsrdb_records()))


def _qtdb(parts: set[str]) -> Iterator[Record]:
    return (load_qtdb_record(name) for name in qtdb_records() if qtdb_part(name) in parts)


def _ludb(chosen: Callable[[str], bool]) -> Iterator[Record]:
    """Yield people of LUDB in sinus rhythm, of whom the diagnoses name no ectopic and no paced beat."""
    for record in map(load_ludb_record, filter(chosen, LUDB_RECORDS)):
        told = " ".join(record.comments).lower()
        if "sinus" in told and "extrasystol" not in told and "pacing" not in told:
            yield record


def _cinc2017(*, kept_apart: bool) -> Iterator[Record]:
    for row in load_cinc2017_table():
        if row.label == "N" and row.kept_apart == kept_apart:
            yield load_cinc2017_record(row)


def normal_scores(people: People, encoder: TrainedEncoder) -> Scores:
    """Analyse recordings, and return the scores of the normal beats of each person, by every method."""
    pipeline = replace(
        Pipeline.shipped(detector=DEFAULT_AUTOENCODER),
        detector=EncoderDetector.of_encoder(encoder, np.zeros(len(RATES))),
    )
    autoencoder = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    found: dict[str, Scores] = {}
    for record in people.records:
        marks = record.reference_annotations().beats() if people.marked else None
        analysis = pipeline.run(record, None if marks is None else marks.samples, waves=False)
        normal = ~np.isnan(analysis.scores)
        if marks is not None:
            normal &= aami_classes(marks.symbols, SCHEME) == "N"
        mine = found.setdefault(record.patient, {method: [] for method in METHODS})
        for method, scores in zip(METHODS, _by_method(analysis, autoencoder), strict=True):
            mine[method].append(scores[normal])
    joined = [{method: np.concatenate(parts) for method, parts in mine.items()} for mine in found.values()]
    kept = [mine for mine in joined if len(mine[METHODS[0]]) >= FEWEST]
    return {method: [mine[method] for mine in kept] for method in METHODS}


def _by_method(analysis: Analysis, autoencoder: TrainedDetector) -> tuple[Floats, Floats, Floats]:
    if not len(analysis.beats):
        return (analysis.scores,) * 3
    leads = analysis.beat_leads
    return (
        analysis.scores,
        autoencoder.score_beats(analysis.beats, leads).scores,
        template_distance(analysis.beats, leads),
    )


def template_distance(beats: Beats, sources: npt.NDArray[Any]) -> Floats:
    """Return how far beats are from the patient template, relative to the usual beats of the person."""
    normalised = normalise(beats.waveforms, "template", sources)
    correlation = template_correlation(beats.waveforms, normalised.offset)
    return relative_scores(np.abs(normalised.waveforms).mean(axis=(1, 2)), correlation, sources)


def thresholds(scores: dict[str, list[Floats]]) -> npt.NDArray[np.float64]:
    """Return the threshold at each of `RATES`.

    Parameters
    ----------
    scores : dict of str to list of ndarray
        Database → scores of the normal beats of each person.

    Returns
    -------
    ndarray of float64, shape (61,)
        The lowest score at which, in each database, the mean over people of the share of beats above it is no
        more than the rate.

    Examples
    --------
    >>> people = [np.arange(100.0), np.arange(100.0) + 100]
    >>> float(thresholds({"one": people})[-1])  # at a rate of one half
    99.0
    """
    return np.max([_mean_quantiles(people) for people in scores.values()], axis=0)


def _mean_quantiles(people: list[Floats]) -> npt.NDArray[np.float64]:
    """Return quantiles of scores of which each person has the same weight."""
    values = np.concatenate(people).astype(np.float64)
    weights = np.concatenate([np.full(len(each), 1 / (len(each) * len(people))) for each in people])
    order = np.argsort(-values)
    above = np.cumsum(weights[order]) - weights[order]
    places = np.searchsorted(above, RATES * (1 + 1e-9), side="right") - 1
    return values[order][places]


def realised(scores: dict[str, Scores], promised: dict[str, float]) -> dict[str, Any]:
    """Return the share of false alarms of each method in each database, over people and over beats."""
    return {
        name: {method: _false_alarms(people[method], promised[method]) for method in METHODS}
        for name, people in scores.items()
    }


def _false_alarms(people: list[Floats], threshold: float) -> dict[str, float]:
    shares = np.array([(each > threshold).mean() for each in people])
    return {
        "people": len(people),
        "beats": sum(map(len, people)),
        "mean over people": float(shares.mean()),
        "share of all beats": float((np.concatenate(people) > threshold).mean()),
        "worst person": float(shares.max()),
        f"people above {STEADY:.0%}": float((shares > STEADY).mean()),
    }


def measure(
    detector: EncoderDetector, promised: dict[str, float], records: Iterable[Record]
) -> dict[str, Any]:
    """Measure how well each method tells N from S, V and F, on the first lead and reference R peaks.

    Returns
    -------
    dict
        By method AUROC and AUPRC with intervals by patient, and at its calibrated threshold the sensitivity
        by class and the share of false alarms.
    """
    autoencoder = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    parts: list[tuple[npt.NDArray[Any], ...]] = []
    for beats, classes in map(labelled_beats, records):
        first = one_lead(beats, 0)
        each = (
            detector.anomaly_score(first),
            autoencoder.anomaly_score(first),
            template_distance(first, first.records),
        )
        counted = np.isin(classes, list("NSVF"))
        parts.append(tuple(column[counted] for column in (*each, classes, first.patients)))
    *scores, classes, patients = (np.concatenate(column) for column in zip(*parts, strict=True))
    return {"beats": {name: int((classes == name).sum()) for name in "NSVF"}} | {
        method: ranking_figures(each, classes, patients) | _at_threshold(each > promised[method], classes)
        for method, each in zip(METHODS, scores, strict=True)
    }


def _at_threshold(flagged: npt.NDArray[np.bool_], classes: npt.NDArray[np.str_]) -> dict[str, Any]:
    return {
        "false_alarm_rate": float(flagged[classes == "N"].mean()),
        "sensitivity": {name: float(flagged[classes == name].mean()) for name in "SVF"},
    }
