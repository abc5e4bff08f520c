"""How the shipped QRS detector is made and measured.

It is trained on what `ectopy.recipes.qrs_training_set` lists (MIT-BIH DS1, people of other databases,
simulated hearts) and measured on DS2; `benchmarks/beyond.py` measures it on people of the others that were
kept apart. The published split has one flaw: records 201 (DS1) and 202 (DS2) are from one person.
`cross_validate` measures the recipe on patients of DS1 by detectors that have not seen them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.mitbih import NOISES, RECORD_SETS, load_noise, load_record, load_records
from ectopy.evaluation.ec57.beat_reports import BeatComparison
from ectopy.evaluation.ec57.beats import compare_beats
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import MANIFEST, Limitation, Manifest
from ectopy.models.qrs_detector import detect_qrs
from ectopy.recipes.qrs_training import train_qrs
from ectopy.recipes.qrs_training_set import learned_examples
from ectopy.record import Annotations, Record

LEARNED_FROM: Final = ("mitdb", "nstdb", "qtdb", "ludb", "ptbxl", "cinc2017", "cudb", "arrdb")
"""Datasets that people, noise or rhythms are learned from."""

ROWS: Final = 180_000
"""Examples of ten seconds that are drawn: many seen seldom teach more than few seen often."""

EPOCHS: Final = 4
"""Passes over them."""

LIMITATIONS: Final = (
    Limitation(
        about="beats",
        text="Ventricular flutter and fibrillation have no beats; those detected there mean nothing.",
    ),
    Limitation(
        about="beats",
        text="P waves of a long standstill may pass for beats, most of all narrow ones and on a single lead.",
    ),
)
"""What reports say beside rates and counts."""

N_FOLDS: Final = 4
"""Parts that the records of DS1 are divided into for `cross_validate`."""


def train_detector(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a QRS detector on DS1 and people of other databases, measure it on DS2, and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the examples.
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
        If one of the datasets that it learns from is not available.
    """
    records, noises = list(load_records("ds1")), training_noises()
    made = train_qrs(
        records,
        noises,
        out,
        examples=learned_examples(records, noises, seed),
        rows=ROWS,
        epochs=epochs,
        seed=seed,
        training=provenance(command),
        progress=progress,
    )
    return measured(made).manifest


def training_noises() -> list[npt.NDArray[np.float32]]:
    """Return the half of the recorded noise that is for training."""
    return [load_noise(name, "train") for name in NOISES]


def provenance(command: str) -> dict[str, Any]:
    """Return where the data come from, for the manifest."""
    return {
        "dataset": "mitdb DS1, first half of nstdb bw em ma; training people of qtdb, ludb, ptbxl, cinc2017,"
        " cudb; rhythms of arrdb",
        "licence": {name: dataset_of(name).licence for name in LEARNED_FROM},
        "command": command,
    }


def measured(made: Artifact) -> Artifact:
    """Measure a detector on DS2, with one lead and with two, and write the figures into its manifest."""
    rows = {
        f"mitdb DS2, {n_leads} lead(s)": summarise(
            evaluate_record(record, n_leads, made) for record in load_records("ds2")
        ).figures
        for n_leads in (1, 2)
    }
    files = {name: (made.folder / name).read_bytes() for name in made.manifest.files}
    told = {"metrics": rows, "limitations": LIMITATIONS}
    return artifact.save(made.folder, made.manifest.model_copy(update=told), files)


def cross_validate(
    folder: Path, *, epochs: int = EPOCHS, seed: int = 0, progress: bool = False
) -> dict[int, Summary]:
    """Measure the detector on each patient of DS1 by one that has not seen them.

    Parameters
    ----------
    folder : Path
        Where the detectors are kept, as ``fold-0`` to ``fold-3``; those that exist are not trained again.
    epochs, seed, progress
        As for `train_detector`.

    Returns
    -------
    dict of int to Summary
        Number of leads → figures.
    """
    names = RECORD_SETS["ds1"]
    rows: dict[int, list[BeatComparison]] = {1: [], 2: []}
    for fold in range(N_FOLDS):
        place = folder / f"fold-{fold}"
        if (place / MANIFEST).exists():
            model = artifact.load(place)
        else:
            others = list(load_records(name for i, name in enumerate(names) if i % N_FOLDS != fold))
            examples = learned_examples(others, training_noises(), seed)
            model = train_qrs(
                others,
                training_noises(),
                place,
                examples=examples,
                rows=ROWS,
                epochs=epochs,
                seed=seed,
                progress=progress,
            )
        for n_leads, comparisons in rows.items():
            comparisons.extend(
                evaluate_record(load_record(name), n_leads, model) for name in names[fold::N_FOLDS]
            )
    return {n_leads: summarise(comparisons) for n_leads, comparisons in rows.items()}


def evaluate_record(record: Record, n_leads: int, model: Artifact | None = None) -> BeatComparison:
    """Compare the beats detected on the first leads of a record with its reference beats.

    Parameters
    ----------
    record : Record
        With annotations.
    n_leads : int
        Leads that the detector is given.
    model : Artifact, optional
        The detector; the shipped one by default.

    Returns
    -------
    BeatComparison
        By EC57: one to one within 150 ms, after five minutes, outside ventricular flutter.

    Raises
    ------
    RecordError
        If the record has no annotations.
    """
    marks = record.reference_annotations()
    samples = detect_qrs(record.signal[:, :n_leads], record.fs, model=model)
    detected = Annotations(samples, np.full(len(samples), "N"), fs=record.fs)
    reference = replace(marks, fs=record.fs)
    return compare_beats(reference, detected, fs=record.fs, record=record.name, length=record.n_samples)


@dataclass(frozen=True, eq=False)
class Summary:
    """Figures of a detector on several records.

    Parameters
    ----------
    records : tuple of BeatComparison
        Record by record.
    """

    records: tuple[BeatComparison, ...]

    @property
    def gross(self) -> BeatComparison:
        """All records as if they were one."""
        return replace(
            self.records[0],
            record="all",
            rows=np.concatenate([record.rows for record in self.records]),
            columns=np.concatenate([record.columns for record in self.records]),
            reference_marks=np.concatenate([record.reference_marks for record in self.records]),
            test_marks=np.concatenate([record.test_marks for record in self.records]),
        )

    @property
    def figures(self) -> dict[str, float | int | None]:
        """Gross and average sensitivity and positive predictivity in percent, and counts of errors."""
        gross = self.gross
        return {
            "records": len(self.records),
            "beats": gross.qrs_sensitivity.whole,
            "Se": _rounded(gross.qrs_sensitivity.percent),
            "+P": _rounded(gross.qrs_predictivity.percent),
            "average Se": _mean([record.qrs_sensitivity.percent for record in self.records]),
            "average +P": _mean([record.qrs_predictivity.percent for record in self.records]),
            **error_counts(gross),
            "VEB": gross.count("V", "nsvfqox"),
        }

    @property
    def errors_by_record(self) -> dict[str, dict[str, int]]:
        """Missed and extra beats, the worst record first; records without errors are left out."""
        counts = {record.record: error_counts(record) for record in self.records}
        worst = sorted(counts, key=lambda name: -counts[name]["missed"] - counts[name]["extra"])
        return {name: counts[name] for name in worst if counts[name]["missed"] or counts[name]["extra"]}


def summarise(records: Iterable[BeatComparison]) -> Summary:
    """Return the figures of several records."""
    return Summary(tuple(records))


def error_counts(comparison: BeatComparison) -> dict[str, int]:
    """Return the numbers of missed beats, extra beats and missed ventricular beats."""
    return {
        "missed": comparison.count("NSVFQ", "ox"),
        "extra": comparison.count("OX", "nsvfq"),
        "VEB missed": comparison.count("V", "ox"),
    }


def _rounded(percent: float | None) -> float | None:
    return None if percent is None else round(percent, 3)


def _mean(percents: Sequence[float | None]) -> float | None:
    known = [percent for percent in percents if percent is not None]
    return _rounded(float(np.mean(known))) if known else None
