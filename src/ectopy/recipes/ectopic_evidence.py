"""How the shipped evidence model is made: from ectopic beats that are known, and from artefact that is none.

In the recordings of the challenge of 2017 that experts labelled normal, hardly a beat is ectopic, so what the
classifier calls so there is artefact. Ectopic beats that are annotated (MIT-BIH DS1, people of the QT
Database) are shown in strips of all lengths, as they are and with recorded noise, so that what the classifier
makes of that noise is learned too. Nobody is learned from who is kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import most_probable
from ectopy.analysis.beat_parts import JudgedBeats
from ectopy.analysis.pipeline import Pipeline
from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.mitbih import load_noise, load_records
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.errors import require_extra
from ectopy.features.ectopic_evidence import EVIDENCE, ClassifiedBeats, ectopic_evidence
from ectopy.labels import ECTOPIC, MATCH_WINDOW, aami_classes
from ectopy.models import artifact
from ectopy.models.ectopic_evidence import KIND
from ectopy.models.manifest import Limitation, Manifest
from ectopy.record import Record

EPOCHS: Final = 30
"""Passes over the beats; with twice as many, networks are surer of people than they may be."""

LOST: Final = {"S": 0.02, "V": 0.02, "F": 0.05}
"""Share of the ectopic beats of each class in strips without added noise that may be doubted."""

FOLDS: Final = 4
REPEATS: Final = 3
"""Parts that people are divided into, and how often, to choose how much evidence a beat needs."""

LIMITATIONS: Final = (
    Limitation(
        about="V",
        text="A single ectopic beat that stands in noise may be doubted and not be judged, above all in a"
        " short recording.",
    ),
)
"""What reports say beside the counts."""

_STRIPS: Final = ((12.0, 8, False), (30.0, 16, False), (300.0, 3, False), (30.0, 10, True))
"""Seconds of the strips of each lead, how many, and whether noise is added."""

_NOISES: Final = ("em", "em", "ma", "bw")
_LOUDNESS: Final = (0.1, 1.0)
"""Standard deviation of the noise, in heights of the QRS complex."""

_QRS: Final = 0.11
"""Seconds on each side of an R peak that hold the QRS complex."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class EvidenceRows:
    """What is learned from; one row per beat that was called ectopic.

    Parameters
    ----------
    evidence : ndarray of float32, shape (n, n_features)
        From `ectopy.features.ectopic_evidence`.
    predicted : ndarray of str, shape (n,)
        S, V or F.
    ectopic : ndarray of bool, shape (n,)
        Whether it is an ectopic beat of any class.
    noisy : ndarray of bool, shape (n,)
        Whether noise was added.
    people : ndarray of str, shape (n,)
        Whose it is.
    """

    evidence: Floats
    predicted: npt.NDArray[np.str_]
    ectopic: npt.NDArray[np.bool_]
    noisy: npt.NDArray[np.bool_]
    people: npt.NDArray[np.str_]

    @classmethod
    def concatenate(cls, parts: list[EvidenceRows]) -> EvidenceRows:
        """Join rows."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))

    def __getitem__(self, rows: npt.NDArray[np.bool_]) -> EvidenceRows:
        return EvidenceRows(*(column[rows] for column in vars(self).values()))

    @property
    def weights(self) -> Floats:
        """Weight of each row: both answers count the same, and a person with their square root of rows."""
        _, person, counts = np.unique(self.people, return_inverse=True, return_counts=True)
        weights = 1 / np.sqrt(counts[person])
        for answer in (self.ectopic, ~self.ectopic):
            weights[answer] /= max(weights[answer].sum(), 1e-9)
        return (weights * len(weights)).astype(np.float32)


def train_evidence(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train the evidence model and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the beats.
    seed : int
        Of all random numbers.
    command : str
        What the user typed, for the manifest.
    progress : bool
        Draw a progress bar.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    DatasetError
        If ``cinc2017``, ``mitdb``, ``qtdb`` or ``nstdb`` is not at hand.
    MissingExtraError
        If torch is not installed.
    """
    require_extra("torch", "train")
    pipeline = replace(Pipeline.shipped(), evidence=None)
    rows = EvidenceRows.concatenate([*normal_rows(pipeline), *annotated_rows(pipeline, seed)])
    return fit_evidence(rows, out, epochs=epochs, seed=seed, command=command, progress=progress)


def normal_rows(pipeline: Pipeline) -> Iterator[EvidenceRows]:
    """Yield what is called ectopic in recordings labelled normal, of people that are not kept apart."""
    for entry in load_cinc2017_table():
        if entry.label == "N" and not entry.kept_apart:
            yield _rows(pipeline, load_cinc2017_record(entry), noisy=False)


def annotated_rows(pipeline: Pipeline, seed: int) -> Iterator[EvidenceRows]:
    """Yield what is called ectopic in strips of people whose beats are annotated."""
    rng = np.random.default_rng(seed)
    noises = {name: load_noise(name, "train") for name in set(_NOISES)}
    learned = (load_qtdb_record(name) for name in qtdb_records() if qtdb_part(name) == "train")
    for record in (*load_records("ds1"), *learned):
        for lead in record.leads:
            for seconds, number, noisy in _STRIPS:
                for _ in range(number):
                    strip = _strip(record.select([lead]), seconds, rng)
                    yield _rows(pipeline, _with_noise(strip, noises, rng) if noisy else strip, noisy=noisy)


def _strip(record: Record, seconds: float, rng: np.random.Generator) -> Record:
    start = float(rng.uniform(0, record.duration - seconds))
    return record.slice(start, start + seconds)


def _with_noise(strip: Record, noises: dict[str, Floats], rng: np.random.Generator) -> Record:
    """Lay a burst of recorded noise over a strip."""
    noise = noises[_NOISES[int(rng.integers(len(_NOISES)))]]
    noise = noise[:, int(rng.integers(noise.shape[1]))]
    first = int(rng.integers(0, len(noise) - strip.n_samples))
    burst = np.zeros(strip.n_samples, np.float32)
    start, stop = np.sort(rng.integers(0, strip.n_samples, 2))
    inside = slice(start, max(stop, start + round(2 * strip.fs)))
    part = noise[first : first + strip.n_samples]
    burst[inside] = ((part - part.mean()) / max(float(part.std()), 1e-6))[inside]
    low, high = np.log(_LOUDNESS)
    loud = np.float32(np.exp(rng.uniform(low, high)) * _qrs_height(strip))
    return replace(strip, signal=strip.signal + loud * burst[:, np.newaxis])


def _qrs_height(strip: Record) -> float:
    half = round(_QRS * strip.fs)
    tops = strip.reference_annotations().beats().samples
    heights = [np.ptp(strip.signal[max(0, top - half) : top + half, 0]) for top in tops.tolist()]
    return float(np.median(heights)) if heights else 1.0


def _rows(pipeline: Pipeline, record: Record, *, noisy: bool) -> EvidenceRows:
    """Return the evidence for each beat that is called ectopic in a recording of one lead."""
    beats = pipeline.findings(record).beats
    predicted = classified_beats(beats, pipeline.classifier.classes_)
    rows = predicted.ectopic
    return EvidenceRows(
        ectopic_evidence(predicted),
        predicted.classes[rows],
        _is_ectopic(beats.samples[rows], record),
        np.full(len(rows), noisy),
        np.full(len(rows), record.patient),
    )


def classified_beats(beats: JudgedBeats, names: npt.NDArray[np.str_]) -> ClassifiedBeats:
    """Return the beats of a recording of one part as the evidence is taken from them."""
    classes = most_probable(names, beats.probabilities, ~np.isnan(beats.scores))
    return ClassifiedBeats(
        beats.waveforms, beats.rr, classes, beats.probabilities.max(axis=1, initial=0), beats.artefact
    )


def _is_ectopic(samples: npt.NDArray[np.int64], record: Record) -> npt.NDArray[np.bool_]:
    """Return at which samples an ectopic beat is annotated; nowhere, where nothing is annotated at all."""
    if record.annotations is None or not len(record.annotations.beats()):
        return np.zeros(len(samples), np.bool_)
    marks = record.annotations.beats()
    apart = np.abs(samples[:, np.newaxis] - marks.samples)
    nearest = apart.argmin(axis=1)
    ectopic = np.isin(aami_classes(marks.symbols, "aami"), ECTOPIC)
    return ectopic[nearest] & (apart.min(axis=1, initial=len(record.signal)) <= MATCH_WINDOW * record.fs)


def fit_evidence(
    rows: EvidenceRows, out: Path, *, epochs: int, seed: int, command: str = "", progress: bool = False
) -> Manifest:
    """Fit the networks, choose from how much evidence on a beat is believed, and write both."""
    import torch

    from ectopy.training.export import to_onnx

    held_out = cross_validated(rows, epochs, seed)
    network = fitted_network(rows, epochs, seed, progress=progress)
    least = {name: round(least_probability(rows, held_out, name), 4) for name in ECTOPIC}
    example = np.zeros((2, len(EVIDENCE)), np.float32)
    content = to_onnx(network, example, ["probability"], free={0: torch.export.Dim("n")})
    manifest = Manifest(
        name="ectopic-evidence",
        kind=KIND,
        normalisation="ectopic-evidence",
        classes=("artefact", "ectopic"),
        parameters={"features": [feature.name for feature in EVIDENCE], "least": least},
        training={
            "dataset": "cinc2017 (label N), mitdb DS1, qtdb, nstdb (first half)",
            "licence": {name: dataset_of(name).licence for name in ("cinc2017", "mitdb", "qtdb", "nstdb")},
            "beats": len(rows.predicted),
            "seed": seed,
            "epochs": epochs,
            "command": command,
        },
        metrics=doubted_shares(rows, held_out, least),
        limitations=LIMITATIONS,
        versions={name: version(name) for name in ("ectopy", "numpy", "torch", "onnx")},
    )
    return artifact.save(out, manifest, {artifact.NETWORK: content}).manifest


def fitted_network(rows: EvidenceRows, epochs: int, seed: int, *, progress: bool = False) -> Any:
    """Return networks that learned from rows."""
    from ectopy.networks.ectopic_evidence import EvidenceNetwork, evidence_loss
    from ectopy.training.loop import Schedule, fit_network, one_thread, seeded

    with seeded(seed):
        network = EvidenceNetwork(len(EVIDENCE))
    arrays = (rows.evidence, rows.ectopic.astype(np.float32), rows.weights)
    some = tuple(column[::20] for column in arrays)
    schedule = Schedule(
        epochs=epochs, batch_size=256, learning_rate=5e-3, patience=epochs, weight_decay=1e-2, min_delta=-1e9
    )
    with one_thread():
        fit_network(network, evidence_loss, arrays, some, schedule=schedule, seed=seed, progress=progress)
    return network


def cross_validated(rows: EvidenceRows, epochs: int, seed: int) -> Floats:
    """Return the mean probability that each beat is ectopic by networks that have not seen its person."""
    from ectopy.training.loop import apply_network

    names = np.unique(rows.people)
    person = np.searchsorted(names, rows.people)
    total = np.zeros(len(person), np.float32)
    for repeat in range(REPEATS):
        fold = np.random.default_rng([seed, repeat]).permutation(len(names))[person] % FOLDS
        for number in range(FOLDS):
            asked = fold == number
            network = fitted_network(rows[~asked], epochs, seed)
            total[asked] += apply_network(network, rows.evidence[asked])[0]
    return total / np.float32(REPEATS)


def least_probability(rows: EvidenceRows, probability: Floats, name: str) -> float:
    """Return the probability that all but `LOST` of the known ectopic beats called so reach."""
    known = rows.ectopic & ~rows.noisy & (rows.predicted == name)
    return float(np.quantile(probability[known], LOST[name]))


def doubted_shares(rows: EvidenceRows, probability: Floats, least: dict[str, float]) -> dict[str, Any]:
    """Return, class by class, how many beats are doubted by networks that have not seen their person."""
    doubted = probability < np.array([least[name] for name in rows.predicted])
    annotated = ~np.char.startswith(rows.people, "cinc2017")
    groups = {
        "ectopic beats": rows.ectopic & ~rows.noisy,
        "ectopic beats in added noise": rows.ectopic & rows.noisy,
        "other beats and artefact": annotated & ~rows.ectopic & ~rows.noisy,
        "other beats and artefact in added noise": annotated & ~rows.ectopic & rows.noisy,
        "recordings labelled normal": ~annotated,
    }
    return {
        f"doubted of what was called {name}, cross-validated by person": {
            group: {
                "beats": int((mask & (rows.predicted == name)).sum()),
                "doubted": round(float(doubted[mask & (rows.predicted == name)].mean()), 4)
                if (mask & (rows.predicted == name)).any()
                else None,
            }
            for group, mask in groups.items()
        }
        for name in ECTOPIC
    }
