"""How the shipped delineator is made and measured.

It learns from LUDB and from the marks of the QT Database, with noise of the first half of the Noise Stress
Test Database. People are kept apart by `ludb_part` and `qtdb_part`: everything about it was chosen on those
of the validation parts, and those of the test parts are for ``benchmarks/delineation.py`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.wave_marks import WaveMarks
from ectopy.datasets.ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.mitbih import NOISES, NSTDB_FS, load_noise
from ectopy.datasets.qtdb import load_qtdb_record, load_qtdb_waves, qtdb_part, qtdb_records
from ectopy.errors import require_extra
from ectopy.evaluation.delineation import (
    MARK_NAMES,
    MarkMatches,
    better_lead,
    compare_waves,
    delineation_figures,
)
from ectopy.labels import MATCH_WINDOW
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.delineator import KIND, delineate
from ectopy.models.manifest import Manifest
from ectopy.models.wave_assembly import LeastConfidence
from ectopy.models.wave_candidates import N_TIMES, PIECE
from ectopy.record import Record
from ectopy.signal.resampling import resample
from ectopy.training.delineation_examples import (
    FS,
    DelineationExamples,
    delineation_example,
    silent_examples,
)

if TYPE_CHECKING:
    from torch import nn

EPOCHS: Final = 60
"""Passes over the examples."""

_STRETCH: Final = 8.0
"""Seconds of the QT Database that a row is centred on."""

_REPEATED: Final = 2
"""How often each row of the QT Database stands among the examples, which are few beside those of LUDB."""

_AROUND: Final = 20.0
"""Seconds before the first and after the last mark of the QT Database that are read."""


def train_delineator(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a delineator, measure it on the people of the validation parts, and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the examples.
    seed : int
        Of everything random.
    command : str
        What the user typed, for the manifest.
    progress : bool
        Draw a progress bar.

    Returns
    -------
    Manifest
        What was written, with the figures on the validation people.

    Raises
    ------
    DatasetError
        If ``ludb``, ``qtdb`` or ``nstdb`` is not at hand.
    MissingExtraError
        If torch is not installed.
    """
    require_extra("torch", "train")
    from ectopy.networks.delineation import DelineationNetwork, DelineationShape
    from ectopy.networks.delineation_loss import DelineationLoss, as_tensors
    from ectopy.training.loop import Schedule, fit_network, one_thread, seeded

    noises = training_noises()
    rows = training_examples(noises)
    shape = DelineationShape()
    with seeded(seed):
        network = DelineationNetwork(shape)
    schedule = Schedule(epochs=epochs, batch_size=32, learning_rate=5e-3, patience=epochs)
    with one_thread():
        history = fit_network(
            network,
            DelineationLoss(as_tensors(noises)),
            rows.arrays,
            validation_examples().arrays,
            schedule=schedule,
            seed=seed,
            progress=progress,
        )
    manifest = Manifest(
        name="delineator",
        kind=KIND,
        normalisation="wave-conditioning",
        classes=("P", "QRS", "T"),
        parameters={"least_confidence": asdict(LeastConfidence()), "shape": asdict(shape)},
        training={
            **_learned_from(rows),
            "seed": seed,
            "schedule": asdict(schedule),
            "loss": history.train,
            "validation_loss": history.validation,
            "command": command,
        },
        versions={name: version(name) for name in ("ectopy", "numpy", "scipy", "torch", "onnx")},
    )
    return measured(artifact.save(out, manifest, {artifact.NETWORK: _to_onnx(network)})).manifest


def _to_onnx(network: nn.Module) -> bytes:
    """Export the network for any number of leads, and any number of whole pieces."""
    from torch.export import Dim

    from ectopy.training.export import to_onnx

    example = np.zeros((2, N_TIMES), dtype=np.float32)
    return to_onnx(network, example, ["waves"], free={0: Dim("n"), 1: PIECE * Dim("pieces")})


def measured(made: Artifact) -> Artifact:
    """Measure a delineator on the validation people, and write the figures into its manifest."""
    metrics = {"ludb validation, all leads": ludb_figures("validation", made)}
    for name, better in (("single leads", False), ("better lead", True)):
        metrics[f"qtdb validation, {name}"] = qtdb_figures("validation", made, better=better)
    files = {name: (made.folder / name).read_bytes() for name in made.manifest.files}
    return artifact.save(made.folder, made.manifest.model_copy(update={"metrics": metrics}), files)


def ludb_figures(part: str, model: Artifact | None = None) -> dict[str, Any]:
    """Return how a delineator does on each lead of the people of one part of LUDB."""
    records = [
        [
            _compare_lead(record, column, waves, None, model)
            for column, lead in enumerate(LUDB_LEADS)
            if len(waves := load_ludb_waves(name, lead))
        ]
        for name in LUDB_RECORDS
        if ludb_part(name) == part
        for record in [load_ludb_record(name)]
    ]
    return _short(records)


def qtdb_figures(part: str, model: Artifact | None = None, *, better: bool = False) -> dict[str, Any]:
    """Return how a delineator does on one part of the QT Database, by lead or on the better one."""
    records = []
    for name in (name for name in qtdb_records() if qtdb_part(name) == part):
        record, waves, known = marked_excerpt(name)
        leads = [_compare_lead(record, i, waves, known, model) for i in range(len(record.leads))]
        records.append([better_lead(leads)] if better else leads)
    return _short(records)


def marked_excerpt(name: str) -> tuple[Record, WaveMarks, list[tuple[float, float]]]:
    """Return the marked part of a record of the QT Database, the marks, and where every beat has some.

    Parameters
    ----------
    name : str
        A record of the database.
    """
    record, waves = load_qtdb_record(name), load_qtdb_waves(name)
    known = known_stretches(record, waves)
    start = max(0, int(known[0][0] / record.fs - _AROUND))
    first = round(start * record.fs)
    excerpt = record.slice(start, known[-1][1] / record.fs + _AROUND)
    moved = WaveMarks(waves.waves, waves.onsets - first, waves.peaks - first, waves.ends - first)
    return excerpt, moved, [(begin - first, end - first) for begin, end in known]


def training_examples(noises: Sequence[npt.NDArray[np.float32]]) -> DelineationExamples:
    """Return what is learned from: LUDB, the QT Database more than once, and noise alone."""
    return DelineationExamples.concatenate(
        [ludb_examples("train"), *_REPEATED * [qtdb_examples("train")], silent_examples(noises)]
    )


def validation_examples() -> DelineationExamples:
    """Return what the best epoch is chosen by."""
    return DelineationExamples.concatenate(
        [ludb_examples("validation"), *_REPEATED * [qtdb_examples("validation")]]
    )


def ludb_examples(part: str) -> DelineationExamples:
    """Return a row for each lead of the people of one part of LUDB."""
    rows = []
    for name in (name for name in LUDB_RECORDS if ludb_part(name) == part):
        record = load_ludb_record(name)
        for column, lead in enumerate(LUDB_LEADS):
            waves = load_ludb_waves(name, lead)
            if len(waves):
                known = [(_first(waves), _last(waves))]
                rows.append(
                    delineation_example(
                        record.signal[:, column], record.fs, waves, known, record.n_samples / 2
                    )
                )
    return DelineationExamples.concatenate(rows)


def qtdb_examples(part: str) -> DelineationExamples:
    """Return rows of both leads around the marked beats of the people of one part of the QT Database."""
    rows = []
    for name in (name for name in qtdb_records() if qtdb_part(name) == part):
        record, waves = load_qtdb_record(name), load_qtdb_waves(name)
        known = known_stretches(record, waves)
        for centre in _centres(known, _STRETCH * record.fs):
            rows += [delineation_example(lead, record.fs, waves, known, centre) for lead in record.signal.T]
    return DelineationExamples.concatenate(rows)


def known_stretches(record: Record, waves: WaveMarks) -> list[tuple[float, float]]:
    """Return between which samples every beat of a record of the QT Database is marked.

    Parameters
    ----------
    record : Record
        With its beats.
    waves : WaveMarks
        The marked ones.
    """
    peaks = waves.of("QRS").peaks
    beats = record.annotations.beats().samples if record.annotations else np.empty(0)
    apart = np.abs(beats[:, None] - peaks).min(axis=1) if len(beats) else np.empty(0)
    unmarked = beats[apart > MATCH_WINDOW * record.fs]
    starts = [_first(waves[_of_beat(waves, peaks, i)]) for i in range(len(peaks))]
    stops = [_last(waves[_of_beat(waves, peaks, i)]) for i in range(len(peaks))]
    stretches = [(starts[0], stops[0])]
    for i in range(1, len(peaks)):
        between = np.any((unmarked > peaks[i - 1]) & (unmarked < peaks[i]))
        if between or peaks[i] - peaks[i - 1] > 3 * record.fs:
            stretches.append((starts[i], stops[i]))
        else:
            stretches[-1] = (stretches[-1][0], stops[i])
    return stretches


def training_noises() -> list[npt.NDArray[np.float32]]:
    """Return the half of the recorded noises that may be learned from, at 250 Hz."""
    return [resample(load_noise(name, "train"), NSTDB_FS, FS) for name in NOISES]


def _learned_from(rows: DelineationExamples) -> dict[str, Any]:
    ludb = [name for name in LUDB_RECORDS if ludb_part(name) == "train"]
    qtdb = [name for name in qtdb_records() if qtdb_part(name) == "train"]
    return {
        "dataset": "ludb, qtdb q1c, first half of nstdb bw em ma",
        "licence": "ODC-By 1.0",
        "ludb": ludb,
        "qtdb": qtdb,
        "patients": len(ludb) + len(qtdb),
        "rows": len(rows.leads),
    }


def _compare_lead(
    record: Record,
    column: int,
    waves: WaveMarks,
    known: list[tuple[float, float]] | None,
    model: Artifact | None,
) -> dict[str, MarkMatches]:
    """Delineate one lead as if there were no other, and compare it with its marks."""
    lead = record.leads[column]
    alone = Record(record.signal[:, column : column + 1], record.fs, (lead,), name=record.name)
    return compare_waves(waves, delineate(alone, model=model).wave_marks(lead), record.fs, known)


def _short(records: Sequence[Sequence[dict[str, MarkMatches]]]) -> dict[str, Any]:
    """Return the figures that a manifest has room for."""
    figures = delineation_figures(records)
    kept = ("Se 150 ms", "+P 150 ms", "mean error ms", "sd ms")
    rows = {name: {key: figures[name][key] for key in kept} for name in MARK_NAMES}
    return rows | {wave: figures[wave] for wave in ("P", "QRS", "T")}


def _of_beat(waves: WaveMarks, peaks: npt.NDArray[np.float64], i: int) -> npt.NDArray[np.bool_]:
    """Say which waves belong to beat `i`: a P wave to the next QRS complex, all others to the last one."""
    after = np.searchsorted(peaks, waves.peaks, side="right") - 1
    owner: npt.NDArray[np.intp] = np.where(waves.waves == "P", after + 1, after)
    return np.asarray(owner == i)


def _first(waves: WaveMarks) -> float:
    return float(np.nanmin([waves.onsets, waves.peaks]))


def _last(waves: WaveMarks) -> float:
    return float(np.nanmax([waves.ends, waves.peaks]))


def _centres(known: Sequence[tuple[float, float]], length: float) -> Iterator[float]:
    """Yield middles of rows that together show every known stretch."""
    until = -np.inf
    for start, stop in known:
        place = max(start, until)
        while place < stop:
            yield place + length / 2
            place += length
            until = place
