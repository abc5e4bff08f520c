"""How the shipped rhythm model is made and measured.

It learns atrial fibrillation from handheld recordings (CinC 2017), from MIT-BIH DS1, and from the intervals
of people under anaesthesia (VitalDB Arrhythmia Database), never from a person who is kept apart
(`ectopy.datasets.people`). It is shown what an analysis shows it: the beats that the shipped QRS detector
finds and the classes that the shipped models give them, so it is learned again when they change. What it
looks at, its rows and its threshold were chosen on those people, each judged by a model that had not seen a
third of them. DS2 was looked at several times: what `analysis.atrial_rhythm` asks of known intervals and
premature beats was added after it, so its figures are not those of an unseen test. Flutter is learned as
fibrillation where the labels do not part the two, and left out where they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import NOT_JUDGED, most_probable
from ectopy.analysis.beat_reader import BeatReader
from ectopy.analysis.judging import judge
from ectopy.analysis.leads import preferred_order
from ectopy.analysis.located_beats import LocatedBeats
from ectopy.analysis.pipeline import Pipeline
from ectopy.beats.windows import DEFAULT_WINDOW
from ectopy.datasets.arrdb import BeatSequence, arrdb_cases, load_arrdb_beats
from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.mitbih import load_records
from ectopy.features.atrial import ATRIAL_FEATURES
from ectopy.models import artifact
from ectopy.models.manifest import Limitation, Manifest
from ectopy.models.rhythm import APART, CLASSES, FEW, GAP, KIND, MOST, MOST_OF_FEW, REACH, SHORTEST, THRESHOLD
from ectopy.record import Annotations, Record
from ectopy.training.rhythm_rows import LENGTH, UNSURE, RhythmRecording, rhythm_rows

if TYPE_CHECKING:
    from ectopy.networks.beat_classifier import ClassifierNetwork

WINDOW: Final = DEFAULT_WINDOW

EPOCHS: Final = 8
"""Passes over the rows; chosen on training people."""

BATCH: Final = 32
"""Rows per step."""

LEARNING_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 1e-2

LABELS: Final = "NAO"
"""Labels of CinC 2017 that say something of the rhythm."""

N_WATCHED: Final = 100
"""Rows of which the loss is recorded as validation loss."""

FEWEST: Final = 5
"""Beats of a recording that is learned from, at the least."""

SLACK: Final = 0.15
"""Seconds by which a rhythm mark may stand behind the first beat that it is about."""

_LONGEST: Final = 3.0
"""Seconds beyond which beats of the VitalDB database may have been left out of the marks."""

_VENTRICULAR: Final = ("V", "U")
"""Beats of the VitalDB database that the ventricles begin, or of unknown origin."""

_DATASETS: Final = ("cinc2017", "mitdb", "arrdb")


LIMITATIONS: Final = (
    Limitation(
        about="episodes",
        text="Atrial flutter is called fibrillation where its intervals are irregular, and is missed"
        " where they are not.",
    ),
    Limitation(
        about="episodes",
        text="Frequent premature atrial beats and multifocal rhythms can be taken for fibrillation,"
        " and so can ventricular beats in noise that are not recognised.",
    ),
    Limitation(
        about="episodes",
        text="Fibrillation of fewer than 30 beats, or with regular beats (complete block, a pacemaker),"
        " is missed.",
    ),
)
"""What reports say beside the episodes."""


@dataclass(frozen=True, eq=False)
class FoundBeats:
    """The beats of one recording.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes, ``?`` where not judged.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        In mV, cut as `WINDOW` says, on the lead that shows each best.
    """

    samples: npt.NDArray[np.int64]
    rr: npt.NDArray[np.float32]
    classes: npt.NDArray[np.str_]
    waveforms: npt.NDArray[np.float32]


def train_rhythm(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a rhythm model and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the rows.
    seed : int
        Of all random numbers.
    command : str
        Command of the user, for the manifest.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Manifest
        What was written; ``python benchmarks/beyond.py --only episodes`` measures it.

    Raises
    ------
    DatasetError
        If ``cinc2017``, ``mitdb`` or ``arrdb`` is not available.
    """
    pipeline = Pipeline.shipped()
    recordings = [*handheld_recordings(pipeline), *holter_recordings(pipeline), *interval_recordings()]
    return fit(recordings, out, epochs=epochs, seed=seed, command=command, progress=progress)


def fit(
    recordings: Iterable[RhythmRecording],
    out: Path,
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    command: str = "",
    progress: bool = False,
) -> Manifest:
    """Train a rhythm model on recordings and write it; parameters as of `train_rhythm`."""
    from torch.export import Dim

    from ectopy.networks.beat_context import round_to_half
    from ectopy.training.export import to_onnx
    from ectopy.training.onnx_layout import in_half, in_two_dimensions

    learned = list(recordings)
    network = fitted_network(learned, epochs=epochs, seed=seed, progress=progress)
    round_to_half(network)
    example = np.zeros((1, LENGTH, len(ATRIAL_FEATURES)), np.float32)
    content = in_half(to_onnx(network, example, ["probability"], free={1: Dim("n_beats")}))
    manifest = _manifest(learned, seed, command)
    return artifact.save(Path(out), manifest, {artifact.NETWORK: in_two_dimensions(content)}).manifest


def fitted_network(
    recordings: Sequence[RhythmRecording], *, epochs: int = EPOCHS, seed: int = 0, progress: bool = False
) -> ClassifierNetwork:
    """Return a network that has learned from recordings; parameters as of `train_rhythm`."""
    from ectopy.networks.rhythm import rhythm_loss, rhythm_network
    from ectopy.training import loop

    rows = rhythm_rows(recordings, WINDOW.fs, WINDOW.before, seed)
    arrays = (rows.features, rows.labels, rows.weights)
    watched = [column[:: max(1, len(column) // N_WATCHED)] for column in arrays]
    schedule = loop.Schedule(
        epochs=epochs,
        batch_size=BATCH,
        learning_rate=LEARNING_RATE,
        patience=epochs,
        weight_decay=WEIGHT_DECAY,
    )
    with loop.one_thread():
        with loop.seeded(seed):
            network = rhythm_network()
        loop.fit_network(
            network, rhythm_loss, arrays, watched, schedule=schedule, seed=seed, progress=progress
        )
    return network


def _manifest(learned: list[RhythmRecording], seed: int, command: str) -> Manifest:
    groups, counts = np.unique([each.group for each in learned], return_counts=True)
    return Manifest(
        name="rhythm",
        kind=KIND,
        window=WINDOW,
        normalisation="atrial-features",
        classes=CLASSES,
        parameters={
            "features": list(ATRIAL_FEATURES),
            "reach_beats": REACH,
            "threshold": THRESHOLD,
            "shortest_beats": SHORTEST,
            "shortest_share": MOST,
            "few_beats": FEW,
            "few_share": MOST_OF_FEW,
            "gap_beats": GAP,
            "apart_beats": APART,
        },
        training={
            "dataset": "cinc2017, mitdb DS1, arrdb",
            "licence": "; ".join(dataset_of(name).licence for name in _DATASETS),
            "people": "those not kept apart (ectopy.datasets.people)",
            "recordings": dict(zip(groups.tolist(), counts.tolist(), strict=True)),
            "seed": seed,
            "command": command,
        },
        limitations=LIMITATIONS,
        versions={package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
    )


def handheld_recordings(pipeline: Pipeline) -> Iterator[RhythmRecording]:
    """Yield recordings of CinC 2017 whose people are not kept apart; a label is that of all beats."""
    for entry in load_cinc2017_table():
        if not entry.kept_apart and entry.label in LABELS:
            found = find_beats(load_cinc2017_record(entry), pipeline)
            label = np.full(len(found.samples), entry.label == "A", np.int8)
            yield from of_beats(f"cinc2017 {entry.label}", entry.patient, found, label)


def holter_recordings(pipeline: Pipeline) -> Iterator[RhythmRecording]:
    """Yield the records of MIT-BIH DS1 with both leads and with either.

    Atrial flutter and ventricular flutter are not learned from.
    """
    for record in load_records("ds1"):
        for leads in (record.leads, *([lead] for lead in record.leads)):
            found = find_beats(record.select(leads), pipeline)
            rhythm = rhythm_at(record.reference_annotations(), found.samples, record.fs)
            labels = np.where(rhythm == "(AFIB", 1, 0).astype(np.int8)
            labels[np.isin(rhythm, ("(AFL", "(VFL"))] = UNSURE
            yield from of_beats("mitdb", record.patient, found, labels)


def interval_recordings() -> Iterator[RhythmRecording]:
    """Yield people of the VitalDB Arrhythmia Database who are not kept apart: intervals without signal."""
    for case in arrdb_cases():
        sequence = load_arrdb_beats(case)
        if not sequence.kept_apart:
            yield of_sequence(sequence)


def of_beats(
    group: str, patient: str, found: FoundBeats, labels: npt.NDArray[np.int8]
) -> Iterator[RhythmRecording]:
    """Yield the beats of a recording to learn from, if there are enough of them."""
    if len(found.samples) < FEWEST:
        return
    qrs = found.waveforms[:, WINDOW.before - 10 : WINDOW.before + 11]
    usual = np.float32(max(np.median(np.ptp(qrs, axis=1)), 1e-6))
    yield RhythmRecording(group, patient, found.rr, found.classes, labels, found.waveforms / usual)


def of_sequence(sequence: BeatSequence) -> RhythmRecording:
    """Return the intervals of one person; a beat is V, not judged, or N: the atria decide its time."""
    unreadable = sequence.unreadable
    rr = np.diff(sequence.times, prepend=np.nan).astype(np.float32)
    rr[unreadable | np.append(False, unreadable[:-1]) | (rr > _LONGEST)] = np.nan
    ventricular = np.isin(sequence.beats, _VENTRICULAR)
    classes = np.where(unreadable, NOT_JUDGED, np.where(ventricular, "V", "N"))
    labels = sequence.fibrillating.astype(np.int8)
    labels[np.isin(sequence.rhythms, ("", "Unclassifiable", "VT"))] = UNSURE
    return RhythmRecording("arrdb", sequence.patient, rr, classes, labels, np.empty((len(rr), 0), np.float32))


def find_beats(record: Record, pipeline: Pipeline) -> FoundBeats:
    """Return the beats of a recording as an analysis shows them to the rhythm model, without asking it."""
    order = preferred_order(record.leads)
    reader = BeatReader(pipeline, record.fs, len(order), WINDOW)
    parts = [*reader.push(record.signal[:, order]), *reader.flush()]
    blind = reader.extractor.quality.blind()
    found = [_found(reader.locate(cut, blind), core, pipeline) for cut, core in parts]
    if not found:
        nothing = np.empty(0, np.float32)
        return FoundBeats(np.empty(0, np.int64), nothing, np.empty(0, "<U1"), nothing[:, np.newaxis])
    return FoundBeats(*(np.concatenate(column) for column in zip(*map(_columns, found), strict=True)))


def _found(located: LocatedBeats, core: slice, pipeline: Pipeline) -> FoundBeats:
    """Return the beats of one part with their classes, as `ectopy.analysis.running` judges them."""
    scores, probabilities = judge(located, pipeline.detector, pipeline.classifier, located, pipeline.evidence)
    classes = most_probable(pipeline.classifier.classes_, probabilities, ~np.isnan(scores))
    beats = located.beats
    return FoundBeats(beats.samples[core], beats.rr[core], classes[core], beats.waveforms[core, 0])


def _columns(found: FoundBeats) -> tuple[npt.NDArray[Any], ...]:
    return found.samples, found.rr, found.classes, found.waveforms


def rhythm_at(marks: Annotations, samples: npt.NDArray[np.int64], fs: float) -> npt.NDArray[np.str_]:
    """Return the text of the rhythm mark that is about each sample; ``(N`` before the first."""
    changes = np.flatnonzero(marks.symbols == "+")
    names = np.array(["(N", *(marks.aux[i].rstrip("\0") for i in changes)])
    return names[np.searchsorted(marks.samples[changes], samples + round(SLACK * fs), side="right")]
