"""A QRS detector of a user's own annotated recordings, measured on people kept apart."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from ectopy.errors import DatasetError, ParameterError
from ectopy.evaluation.matching import match_beats
from ectopy.labels import MATCH_WINDOW
from ectopy.models import artifact
from ectopy.models.qrs_detector import detect_qrs
from ectopy.recipes.qrs_training import BATCH_SIZE, EPOCHS, train_qrs
from ectopy.recipes.qrs_training_set import COPIES
from ectopy.record import Record
from ectopy.signal.filters import bandpass, fill_missing
from ectopy.signal.resampling import resample
from ectopy.simulation.noise import Noise, add_noise
from ectopy.tasks.data import TrainingData
from ectopy.tasks.effort import epochs_for
from ectopy.tasks.pictures import history_figure
from ectopy.tasks.result import ComparedFigure, TrainedTask, people_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHORTEST: Final = 21.0
"""Seconds of a recording that is learned from: the network learns pieces of 20 s."""

FEWEST: Final = 20
"""Beats to train on at least; a few marks in a long recording teach that the others are no beats."""

STEPS: Final = 300
"""Steps of the training at least, however few recordings there are."""

NOISE_SECONDS: Final = 120.0

NOISES: Final = (Noise(0.2, 0, 0, 0), Noise(0, 0.02, 0.1, 0), Noise(0.1, 0, 0, 0.3))
"""What is added to copies of the recordings: wander, muscle and mains, electrode motion; in mV."""

STEEP: Final = (5.0, 15.0)
"""Band in Hz in which a QRS stands out."""

STEEP_SECONDS: Final = 0.12
REFRACTORY: Final = 0.25
"""Seconds over which steepness is averaged, and that two beats are apart, in the baseline."""

HIGH: Final = (0.98, 0.3)
"""The baseline's threshold: this share of that quantile of the steepness."""

BASELINE: Final = "steepness over a threshold"

Samples = npt.NDArray[np.int64]


@dataclass(frozen=True)
class QrsOptions:
    """How to train a QRS detector.

    Parameters
    ----------
    epochs : int, optional
        Passes over the examples; the recipe's own number by default.
    seed : int
        Of everything random.
    progress : bool
        Show a progress bar.
    command : str
        What the user called, for the manifest.
    """

    epochs: int | None = None
    seed: int = 0
    progress: bool = False
    command: str = ""


def train_qrs_detector(data: TrainingData, out: Path, options: QrsOptions | None = None) -> TrainedTask:
    """Train a QRS detector on the people to train on, measure it on the others, and write it.

    Parameters
    ----------
    data : TrainingData
        From a folder of records.
    out : Path
        Folder for the artifact and its card; it appears whole or not at all.
    options : QrsOptions, optional
        How.

    Returns
    -------
    TrainedTask

    Raises
    ------
    MissingExtraError
        If torch is not installed.
    ArtifactError
        If the folder holds something else.
    ParameterError
        If there are no records.
    DatasetError
        If none to train on is long enough.
    """
    options = options or QrsOptions()
    artifact.check_free(out)
    if not data.records:
        raise ParameterError("task='qrs' finds beats in recordings; give --records FOLDER")
    train, test = (_records_of(data, rows) for rows in (data.split.train, data.split.test))
    n_beats = _n_beats(train)
    if n_beats < FEWEST:
        raise ParameterError(
            f"{n_beats} annotated beats are too few to train on; give at least {FEWEST}, and mark every beat"
        )
    alike = [_prepared(record, train[0].fs) for record in train if record.duration >= SHORTEST]
    if not alike:
        raise DatasetError(
            f"all {len(train)} records to train on are shorter than {SHORTEST:g} s; give longer ones"
        )
    training = {**data.source, "seed": options.seed, "command": options.command}
    with tempfile.TemporaryDirectory() as folder:
        made = train_qrs(
            alike,
            _noises(alike[0].fs, options.seed),
            Path(folder) / out.name,
            epochs=options.epochs or epochs_for(_n_examples(alike), BATCH_SIZE, EPOCHS, STEPS),
            seed=options.seed,
            training=training,
            progress=options.progress,
        )
        result = _measured(data, test, made, out, training)
        files = {name: (made.folder / name).read_bytes() for name in made.manifest.files}
        manifest = made.manifest.model_copy(update={"name": out.name, "metrics": result.metrics()})
        artifact.save(out, manifest, files, result.files(_pictures(made)))
    return result


def _n_examples(records: Sequence[Record]) -> int:
    """Return about how many examples of ten seconds the recipe draws from records, copies included."""
    return round(2 * COPIES * sum(record.duration // SHORTEST for record in records))


def _n_beats(records: Sequence[Record]) -> int:
    return sum(len(record.reference_annotations().beats()) for record in records)


def _records_of(data: TrainingData, rows: Samples) -> list[Record]:
    names = {str(name).rsplit("/", 1)[0] for name in np.unique(data.beats.records[rows])}
    return [record for record in data.records if record.name in names]


def _prepared(record: Record, fs: float) -> Record:
    """Return a record at one rate, with its first two leads, or its only one twice."""
    columns = [0, min(1, len(record.leads) - 1)]
    signal, marks = record.signal[:, columns], record.reference_annotations()
    if record.fs != fs:
        signal = resample(fill_missing(signal, record.fs), record.fs, fs)
        marks = replace(marks, fs=record.fs).at_rate(fs)
    return Record(
        signal, fs, ("first", "second"), name=record.name, patient=record.patient, annotations=marks
    )


def _noises(fs: float, seed: int) -> list[npt.NDArray[np.float32]]:
    """Simulate noise of each kind on two leads."""
    noises = []
    for number, noise in enumerate(NOISES):
        signal = np.zeros((round(NOISE_SECONDS * fs), 2), np.float32)
        add_noise(signal, fs, noise, np.random.SeedSequence([seed, number]))
        noises.append(signal)
    return noises


def _measured(
    data: TrainingData, test: Sequence[Record], made: artifact.Artifact, out: Path, training: dict[str, Any]
) -> TrainedTask:
    ours = _shares(test, lambda record: detect_qrs(record.signal, record.fs, model=made))
    shipped = _shares(test, lambda record: detect_qrs(record.signal, record.fs))
    plain = _shares(test, lambda record: steep_peaks(record.signal[:, 0], record.fs))
    figures = [ComparedFigure(name, ours[place], plain[place]) for place, name in enumerate(("Se", "+P"))]
    figures += [
        ComparedFigure(f"{name} of the shipped detector, for comparison", shipped[place])
        for place, name in enumerate(("Se", "+P"))
    ]
    n_beats = _n_beats(test)
    n_people = len({record.patient for record in test})
    return TrainedTask(
        out,
        "A QRS detector",
        tuple(figures),
        BASELINE,
        f"{n_beats} beats of {people_of(n_people)} kept apart, within {MATCH_WINDOW * 1000:.0f} ms; split:"
        f" {data.split.label}",
        (*data.notes, "noise of the training was simulated"),
        (f"ectopy analyze RECORDING --qrs {out}",),
        training,
    )


def _shares(records: Sequence[Record], detect: Callable[[Record], Samples]) -> tuple[float, float]:
    """Return sensitivity and positive predictivity over all beats."""
    hits = n_true = n_found = 0
    for record in records:
        reference, found = record.reference_annotations().beats().samples, detect(record)
        matching = match_beats(reference, found, round(MATCH_WINDOW * record.fs))
        hits += len(matching.pairs)
        n_true, n_found = n_true + len(reference), n_found + len(found)
    return hits / max(1, n_true), hits / max(1, n_found)


def steep_peaks(lead: npt.NDArray[np.float32], fs: float) -> Samples:
    """Find beats where a lead is steep: the baseline without learning, after Pan and Tompkins (1985).

    Parameters
    ----------
    lead : ndarray of float32, shape (n_samples,)
        In mV, NaN where missing.
    fs : float
        Its rate in Hz.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Rising.
    """
    filtered = bandpass(fill_missing(lead[:, np.newaxis], fs), fs, low=STEEP[0], high=STEEP[1])[:, 0]
    steepness = uniform_filter1d(np.square(np.gradient(filtered)), max(1, round(STEEP_SECONDS * fs)))
    quantile, share = HIGH
    found = find_peaks(
        steepness, height=share * np.quantile(steepness, quantile), distance=max(1, round(REFRACTORY * fs))
    )[0]
    return np.asarray(found, np.int64)


def _pictures(made: artifact.Artifact) -> dict[str, Figure]:
    from ectopy.training.loop import History

    losses = tuple(made.manifest.training["loss"])
    held = tuple(made.manifest.training["validation_loss"])
    return {"history": history_figure(History(losses, held, int(np.argmin(held))))}
