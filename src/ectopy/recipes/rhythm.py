"""How the shipped rhythm model is made and measured.

It learns atrial fibrillation from handheld recordings (CinC 2017), from MIT-BIH DS1, and from the intervals
of people under anaesthesia (VitalDB Arrhythmia Database), never from a person who is kept apart
(`ectopy.datasets.people`). Threshold and shortest episode were compared on a third of those people, by a
model that had not seen them. DS2 was looked at several times: what `analysis.atrial_rhythm` asks of known
intervals and premature beats was added after it, so its figures are not those of an unseen test. Flutter is
learned as fibrillation where the labels do not part the two, and left out where they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_parts import PartCutter
from ectopy.analysis.extraction import BeatExtractor
from ectopy.analysis.leads import preferred_order
from ectopy.analysis.located_beats import locate
from ectopy.beats.windows import DEFAULT_WINDOW
from ectopy.datasets.arrdb import BeatSequence, arrdb_cases, load_arrdb_beats
from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.mitbih import load_records
from ectopy.features.atrial import ATRIAL_FEATURES, N_INTERVALS, atrial_features, interval_features
from ectopy.models import artifact
from ectopy.models.manifest import Limitation, Manifest
from ectopy.models.qrs_detector import default_model
from ectopy.models.rhythm import APART, CLASSES, GAP, KIND, MOST, REACH, SHORTEST, THRESHOLD
from ectopy.record import Annotations, Record
from ectopy.training.rhythm_rows import LENGTH, UNSURE, RhythmRecording, rhythm_rows

WINDOW: Final = DEFAULT_WINDOW

EPOCHS: Final = 8
"""Passes over the rows; chosen on training people."""

BATCH: Final = 32
"""Rows per step."""

LEARNING_RATE: Final = 3e-3
WEIGHT_DECAY: Final = 1e-2

MOST_OF_A_LABEL: Final = 700
"""Recordings of one label of CinC 2017 that are learned from at the most, the first of the table."""

N_WATCHED: Final = 100
"""Rows of which the loss is recorded as validation loss."""

FEWEST: Final = 5
"""Beats of a recording that is learned from, at the least."""

SLACK: Final = 0.15
"""Seconds by which a rhythm mark may stand behind the first beat that it is about."""

_LONGEST: Final = 3.0
"""Seconds beyond which beats of the VitalDB database may have been left out of the marks."""

_DATASETS: Final = ("cinc2017", "mitdb", "arrdb")


LIMITATIONS: Final = (
    Limitation(
        about="episodes",
        text="Atrial flutter is called fibrillation where its intervals are irregular, and is missed"
        " where they are not.",
    ),
    Limitation(
        about="episodes",
        text="Frequent ectopic beats, bigeminy and multifocal rhythms can be taken for fibrillation.",
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
    waveforms : ndarray of float32, shape (n_beats, n_times)
        In mV, cut as `WINDOW` says.
    readable : ndarray of bool, shape (n_beats,)
        Whether the whole QRS complex is there, outside artefact.
    """

    samples: npt.NDArray[np.int64]
    rr: npt.NDArray[np.float32]
    waveforms: npt.NDArray[np.float32]
    readable: npt.NDArray[np.bool_]


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
    recordings = [*handheld_recordings(), *holter_recordings(), *interval_recordings()]
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
    from ectopy.networks.rhythm import rhythm_loss, rhythm_network
    from ectopy.training import loop
    from ectopy.training.export import in_half, in_two_dimensions, to_onnx

    learned = list(recordings)
    rows = rhythm_rows(learned, WINDOW.fs, WINDOW.before, seed)
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
    round_to_half(network)
    example = np.zeros((1, LENGTH, len(ATRIAL_FEATURES)), np.float32)
    content = in_half(to_onnx(network, example, ["probability"], free={1: Dim("n_beats")}))
    manifest = _manifest(learned, seed, command)
    return artifact.save(Path(out), manifest, {artifact.NETWORK: in_two_dimensions(content)}).manifest


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


def handheld_recordings() -> Iterator[RhythmRecording]:
    """Yield recordings of CinC 2017 whose people are not kept apart; a label is that of all beats."""
    seen = dict.fromkeys("ANO", 0)
    for entry in load_cinc2017_table():
        if entry.kept_apart or entry.label not in seen or seen[entry.label] >= MOST_OF_A_LABEL:
            continue
        seen[entry.label] += 1
        found = find_beats(load_cinc2017_record(entry))
        label = np.full(len(found.samples), entry.label == "A", np.int8)
        yield from of_beats(f"cinc2017 {entry.label}", found, label)


def holter_recordings() -> Iterator[RhythmRecording]:
    """Yield the records of MIT-BIH DS1; atrial flutter and ventricular flutter are not learned from."""
    for record in load_records("ds1"):
        found = find_beats(record)
        rhythm = rhythm_at(record.reference_annotations(), found.samples, record.fs)
        labels = np.where(rhythm == "(AFIB", 1, 0).astype(np.int8)
        labels[np.isin(rhythm, ("(AFL", "(VFL"))] = UNSURE
        yield from of_beats("mitdb", found, labels)


def interval_recordings() -> Iterator[RhythmRecording]:
    """Yield people of the VitalDB Arrhythmia Database who are not kept apart: intervals without signal."""
    for case in arrdb_cases():
        sequence = load_arrdb_beats(case)
        if not sequence.kept_apart:
            yield of_sequence(sequence)


def of_beats(group: str, found: FoundBeats, labels: npt.NDArray[np.int8]) -> Iterator[RhythmRecording]:
    """Yield the beats of a recording to learn from, if there are enough of them."""
    judged, windows = found.readable, found.waveforms
    if len(judged) < FEWEST:
        return
    rr = np.where(judged & np.append(False, judged[:-1]), found.rr, np.float32(np.nan))
    features = atrial_features(rr, windows, judged, WINDOW.fs, WINDOW.before)
    usual = np.median(np.ptp(windows[:, WINDOW.before - 10 : WINDOW.before + 11], axis=1))
    yield RhythmRecording(group, rr, labels, features, windows / np.float32(max(usual, 1e-6)), judged)


def of_sequence(sequence: BeatSequence) -> RhythmRecording:
    """Return the intervals of one person; a ventricular beat is given another QRS shape, as it would have."""
    bad = sequence.unreadable | np.append(False, sequence.unreadable[:-1])
    rr = np.diff(sequence.times, prepend=np.nan).astype(np.float32)
    rr[bad | (rr > _LONGEST)] = np.nan
    features = np.zeros((len(rr), len(ATRIAL_FEATURES)), np.float32)
    features[:, :N_INTERVALS] = interval_features(rr)
    rng = np.random.default_rng(len(rr))
    shape = 1 - np.abs(rng.normal(0, 0.02, len(rr)))
    shape = np.where(sequence.beats == "V", rng.uniform(-0.5, 0.8, len(rr)), shape)
    features[:, N_INTERVALS] = np.where(sequence.unreadable, 0, shape)
    features[:, N_INTERVALS + 1] = ~sequence.unreadable
    labels = sequence.fibrillating.astype(np.int8)
    labels[np.isin(sequence.rhythms, ("", "Unclassifiable", "VT"))] = UNSURE
    return RhythmRecording("arrdb", rr, labels, features, np.empty((len(rr), 0), np.float32), ~bad)


def find_beats(record: Record) -> FoundBeats:
    """Return the beats of a recording as an analysis finds them, on the lead that shows each best."""
    order = preferred_order(record.leads)
    extractor = BeatExtractor(record.fs, len(order), WINDOW, default_model())
    cutter = PartCutter()
    parts = list(cutter.push(extractor.push(record.signal[:, order])))
    parts += [*cutter.push(extractor.flush()), *cutter.flush()]
    blind = extractor.quality.blind()
    located = [locate(cut, record.fs, WINDOW, blind)[core] for cut, core in parts]
    if not located:
        nothing = np.empty(0, np.float32)
        return FoundBeats(np.empty(0, np.int64), nothing, nothing[:, np.newaxis], np.empty(0, np.bool_))
    return FoundBeats(
        np.concatenate([part.beats.samples for part in located]),
        np.concatenate([part.beats.rr for part in located]),
        np.concatenate([part.beats.waveforms[:, 0] for part in located]),
        np.concatenate([part.readable for part in located]),
    )


def rhythm_at(marks: Annotations, samples: npt.NDArray[np.int64], fs: float) -> npt.NDArray[np.str_]:
    """Return the text of the rhythm mark that is about each sample; ``(N`` before the first."""
    changes = np.flatnonzero(marks.symbols == "+")
    names = np.array(["(N", *(marks.aux[i].rstrip("\0") for i in changes)])
    return names[np.searchsorted(marks.samples[changes], samples + round(SLACK * fs), side="right")]
