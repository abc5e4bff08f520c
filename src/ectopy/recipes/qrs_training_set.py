"""What the shipped QRS detector learns from: real hearts, the situations they lack, and simulated ones.

People of DS1 and the paced ones (``mitdb``), of the training parts of ``qtdb`` and ``ludb``, of folds 1 to
8 of ``ptbxl``, and those of ``cinc2017``, ``cudb`` and ``arrdb`` whom `ectopy.datasets.people.kept_apart`
leaves to learn from; noise of the first half of ``nstdb``. Nobody of DS2, of the other parts, or of
``nsrdb`` is among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.arrdb import arrdb_cases, load_arrdb_beats
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.cudb import arrhythmia_onset, cudb_records, load_cudb_record
from ectopy.datasets.ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.people import kept_apart
from ectopy.datasets.ptbxl import load_ptbxl_record, load_ptbxl_table
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.record import Record
from ectopy.signal.cleaning import clean
from ectopy.signal.resampling import resample
from ectopy.training.qrs_consensus import undoubted_beats
from ectopy.training.qrs_examples import LOUD_NOISE, QrsExamples, idle_examples, noise_bursts, qrs_examples
from ectopy.training.qrs_simulation import simulated
from ectopy.training.qrs_situations import (
    NO_SPANS,
    Situation,
    Spans,
    Strip,
    blocked,
    cut,
    disturbed,
    join_strips,
)

SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "ds1": 0.352,
        "ds1 loud": 0.095,
        "paced": 0.07,
        "ds1 blocked": 0.058,
        "ds1 cut": 0.044,
        "ds1 disturbed": 0.058,
        "ds1 fast": 0.022,
        "qtdb": 0.037,
        "qtdb blocked": 0.022,
        "qtdb cut": 0.015,
        "qtdb disturbed": 0.015,
        "ludb": 0.022,
        "ludb blocked": 0.022,
        "ptbxl": 0.029,
        "cinc2017": 0.029,
        "cudb": 0.015,
        "simulated": 0.088,
        "idle": 0.007,
    }
)
"""Share of each kind among the examples; the people of DS1 are marked best, and seven of ten."""

SIMULATED: Final = 1500
"""Simulated recordings."""

REPLAYS: Final = ((1.0, False), (0.88, False), (1.14, False), (1.0, True), (0.95, True))
"""Speed at which each copy of a recording of DS1 is played, and whether noise is added to it.

A heart that beats 14 % faster has shorter waves too, as a change of speed makes them."""

COPIES: Final = 13
"""About how many times `record_examples` plays each recording in all."""

LUDB_PAIRS: Final = 6
PTBXL_PAIRS: Final = 4
"""Pairs of leads drawn from each twelve."""

CINC_RECORDINGS: Final = 1000
"""Recordings of normal rhythm that are looked through for undoubted beats."""

LEARNED_FOLDS: Final = range(1, 9)
"""Folds of PTB-XL, after its authors: 9 is to choose by, 10 to test."""

STRIP_EDGE: Final = 0.4
"""Seconds at either end of a strip of PTB-XL in which `undoubted_beats` says nothing of half beats."""

UNMARKED: Final = 2.5
"""Seconds without a mark of ``cudb`` from which on beats may stand unmarked."""

DOUBTED_CUDB: Final = ("cu28", "cu31", "cu35")
"""Records of ``cudb`` whose marks before the arrhythmia are wrong over long stretches."""

BEFORE_ARRHYTHMIA: Final = 5.0
"""Seconds before the mark of the arrhythmia in which it may have begun."""

_STRIPS_AT_ONCE: Final = 40


def learned_examples(
    records: Sequence[Record], noises: Sequence[npt.NDArray[np.float32]], seed: int
) -> dict[str, QrsExamples]:
    """Make the examples of every kind of `SHARES`.

    Parameters
    ----------
    records : sequence of Record
        Of DS1, or those of it that may be learned from.
    noises : sequence of ndarray of float32, each of shape (n_samples, n_leads)
        Recorded noise in mV at the rate of the records.
    seed : int
        Of all random numbers.

    Returns
    -------
    dict of str to QrsExamples
        By kind.

    Raises
    ------
    DatasetError
        If one of the datasets is not available.
    """
    rng = np.random.default_rng(seed)
    return {
        **record_examples(records, noises, rng),
        "paced": _paced(noises, rng),
        **_qtdb(noises, rng),
        **_ludb(rng),
        "ptbxl": _joined(_ptbxl_strips(rng), rng),
        "cinc2017": _joined(_cinc2017_strips(rng), rng),
        "cudb": _examples(_cudb()),
        "simulated": _simulated(rng),
    }


def record_examples(
    records: Sequence[Record], noises: Sequence[npt.NDArray[np.float32]], rng: np.random.Generator
) -> dict[str, QrsExamples]:
    """Play recordings as they are, slower, faster and with noise, and in the situations they lack."""
    found = {"idle": [idle_examples(noises, records[0].fs, rng)]}

    def add(kind: str, situation: Situation, factor: float = 1.0, noisy: bool = False) -> None:
        noise = noise_bursts(situation.record, noises, rng) if noisy else None
        made = qrs_examples(situation.record, factor=factor, noise=noise, unknown=situation.unknown)
        found.setdefault(kind, []).append(made)

    for record in records:
        for factor, noisy in REPLAYS:
            add("ds1", Situation(record), factor if factor == 1 else factor * rng.uniform(0.97, 1.03), noisy)
        loud = noise_bursts(record, noises, rng, level=LOUD_NOISE)
        found.setdefault("ds1 loud", []).append(qrs_examples(record, noise=loud))
        for kind, change in (("blocked", blocked), ("cut", cut), ("disturbed", disturbed)):
            add(f"ds1 {kind}", change(record, rng))
            add(f"ds1 {kind}", change(record, rng), rng.uniform(0.8, 1.3))
        for part, least in ((0, 1.3), (1, 1.8)):
            half = record.slice(part * record.duration / 2, (part + 1) * record.duration / 2)
            add("ds1 fast", Situation(half), least * rng.uniform(1, 1.45))
    return {kind: QrsExamples.concatenate(parts) for kind, parts in found.items()}


def draw(examples: Mapping[str, QrsExamples], n: int, rng: np.random.Generator) -> QrsExamples:
    """Draw `n` examples, of each kind its share, and of each a half at random.

    Parameters
    ----------
    examples : mapping of str to QrsExamples
        By kind; those that are absent leave their share to the others.
    n : int
        How many.
    rng : Generator
        Draws.

    Returns
    -------
    QrsExamples
        Half as long as what they are drawn from.
    """
    kinds = [kind for kind in SHARES if kind in examples and len(examples[kind].leads)]
    shares = np.array([SHARES[kind] for kind in kinds])
    counts = rng.multinomial(n, shares / shares.sum())
    rows = [
        examples[kind].halves(rng.integers(len(examples[kind].leads), size=count), rng)
        for kind, count in zip(kinds, counts, strict=True)
        if count
    ]
    return QrsExamples.concatenate(rows)


def _examples(situations: Iterable[Situation]) -> QrsExamples:
    return QrsExamples.concatenate([qrs_examples(each.record, unknown=each.unknown) for each in situations])


def _simulated(rng: np.random.Generator) -> QrsExamples:
    every = (load_arrdb_beats(case) for case in arrdb_cases())
    rhythms = [beats for beats in every if not beats.kept_apart and len(beats) > 100]
    return _examples(simulated(rng, rhythms) for _ in range(SIMULATED))


def _paced(noises: Sequence[npt.NDArray[np.float32]], rng: np.random.Generator) -> QrsExamples:
    """Play the paced people of MIT-BIH, who are in neither half of the published split."""
    return QrsExamples.concatenate(
        [
            qrs_examples(record, factor=factor, noise=noise_bursts(record, noises, rng) if noisy else None)
            for record in load_records("paced")
            for factor, noisy in (
                (1.0, False),
                (rng.uniform(0.8, 0.95), False),
                (rng.uniform(0.9, 1.1), True),
                (rng.uniform(1.05, 1.3), True),
            )
        ]
    )


def _qtdb(noises: Sequence[npt.NDArray[np.float32]], rng: np.random.Generator) -> dict[str, QrsExamples]:
    names = [name for name in qtdb_records() if qtdb_part(name) == "train"]
    records = [load_qtdb_record(name) for name in names]
    slow = [resample(noise, 360.0, records[0].fs) for noise in noises]
    plain = [
        qrs_examples(record, factor=factor, noise=noise_bursts(record, slow, rng) if factor != 1 else None)
        for record in records
        for factor in (1.0, rng.uniform(0.75, 1.4))
    ]
    return {
        "qtdb": QrsExamples.concatenate(plain),
        "qtdb blocked": _examples(blocked(record, rng) for record in records),
        "qtdb cut": _examples(cut(record, rng) for record in records),
        "qtdb disturbed": _examples(disturbed(record, rng) for record in records),
    }


def _ludb(rng: np.random.Generator) -> dict[str, QrsExamples]:
    whole, emptied = [], []
    for name in LUDB_RECORDS:
        if ludb_part(name) != "train":
            continue
        record = load_ludb_record(name)
        for _ in range(LUDB_PAIRS):
            pair = rng.permutation(len(LUDB_LEADS))[:2]
            marks = load_ludb_waves(name, record.leads[pair[0]].lower())
            strip = Strip.of(record.signal[:, pair], record.fs, marks)
            if len(strip.beats) > 2:  # fewer say too little of the rest
                whole.append(strip)
                emptied.append(strip.without_qrs(marks, rng))
    return {"ludb": _joined(whole, rng), "ludb blocked": _joined(emptied, rng)}


def _ptbxl_strips(rng: np.random.Generator) -> Iterator[Strip]:
    """Yield pairs of leads with the beats that all twelve leads together show without doubt."""
    for entry in load_ptbxl_table():
        if entry.strat_fold not in LEARNED_FOLDS:
            continue
        record = load_ptbxl_record(entry)
        beats = undoubted_beats(clean(record.signal, record.fs), record.fs)  # paced people too
        if beats is None:
            continue
        for _ in range(PTBXL_PAIRS):
            pair = rng.permutation(len(record.leads))[:2]
            yield Strip(record.signal[:, pair], record.fs, beats, _edges(record))


def _cinc2017_strips(rng: np.random.Generator) -> Iterator[Strip]:
    """Yield recordings of normal rhythm whose beats are beyond doubt, their one lead twice."""
    entries = [each for each in load_cinc2017_table() if each.label == "N" and not each.kept_apart]
    for index in rng.permutation(len(entries))[:CINC_RECORDINGS]:
        record = load_cinc2017_record(entries[index])
        beats = undoubted_beats(record.signal, record.fs)
        if beats is not None:
            yield Strip(np.repeat(record.signal, 2, axis=1), record.fs, beats, _edges(record))


def _edges(record: Record) -> Spans:
    return np.array([[0.0, STRIP_EDGE], [record.duration - STRIP_EDGE, record.duration]])


def _cudb() -> Iterator[Situation]:
    """Yield the part of each recording before its arrhythmia, the one lead twice."""
    for name in cudb_records():
        record = load_cudb_record(name)
        if kept_apart(record.patient) or name in DOUBTED_CUDB:
            continue
        onset = arrhythmia_onset(record) or record.duration
        before = record.slice(0, max(onset - BEFORE_ARRHYTHMIA, 0))
        if before.duration > 60:
            twice = Record(
                np.repeat(before.signal, 2, axis=1),
                before.fs,
                ("0", "1"),
                name=name,
                annotations=before.reference_annotations(),
            )
            yield Situation(twice, _unmarked(before))


def _unmarked(record: Record) -> Spans:
    """Return the stretches between marks, in seconds, that are too long for a pause."""
    beats = record.reference_annotations().beats().samples / record.fs
    edges = np.concatenate([[0.0], beats, [record.duration]])
    long = np.flatnonzero(np.diff(edges) > UNMARKED)
    return np.stack([edges[long], edges[long + 1]], axis=1) if len(long) else NO_SPANS


def _joined(strips: Iterable[Strip], rng: np.random.Generator) -> QrsExamples:
    """Put strips on end, some forty at a time, each time at another speed."""
    every = list(strips)
    groups = np.array_split(rng.permutation(len(every)), max(1, len(every) // _STRIPS_AT_ONCE))
    parts = []
    for group in groups:
        joined = join_strips([every[i] for i in group], rng)
        parts.append(qrs_examples(joined.record, factor=rng.uniform(0.87, 1.18), unknown=joined.unknown))
    return QrsExamples.concatenate(parts)
