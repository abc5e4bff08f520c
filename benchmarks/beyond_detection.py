"""R peaks, by ectopy and by three other packages on the same files.

- ``mitdb``: all 48 records by EC57; ectopy's network has learned from the 22 of DS1.
- ``qtdb``, ``ludb``: the people of `qtdb_part` and `ludb_part` ``test``; each lead alone, of ``qtdb`` both
  together too; of ``ludb`` between the first and the last mark of the lead.
- ``cudb``: people kept apart, up to five seconds before the mark of the arrhythmia, without the stretches of
  `audited_stretches` and `UNMARKED`, which were looked at.
- ``cinc2017``: recordings kept apart, which nobody marked: how far ectopy and the others agree.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from ectopy.datasets import load_records
from ectopy.datasets.cinc2017 import CinC2017Entry, load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.cudb import arrhythmia_onset, audited_stretches, cudb_records, load_cudb_record
from ectopy.datasets.ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.people import kept_apart
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.evaluation.ec57.beats import compare_beats
from ectopy.evaluation.matching import match_beats
from ectopy.labels import MATCH_WINDOW
from ectopy.models.qrs_detector import default_model, detect_qrs
from ectopy.recipes.qrs_detector import summarise
from ectopy.record import Record

Detector = Callable[[np.ndarray, float], np.ndarray]

GROSS = 0.1
"""Share of beats from which a disagreement is one to look at."""

BEFORE_ARRHYTHMIA = 5.0

UNMARKED: dict[str, tuple[tuple[float, float, str], ...]] = {
    "cu14": ((38.6, 39.6, "the amplifier is at its stop"),),
    "cu29": ((61.8, 66.2, "motion hides the beats, and none is marked"),),
}
"""Record of ``cudb`` → stretches without marks where beats may be, beside the audited ones: seconds, why."""


SEEN = {
    "sel301": "the mark at 0.01 s is of a beat half of which was not recorded; the others are spikes and"
    " jumps of an electrode, on one lead or on both, between beats",
    "sel307": "a spike of an electrode",
    "sele0612": "an electrode moved",
    "15": "the lead jumps twice by 0.4 mV",
    "45": "a pacemaker of both chambers: the mark stands on the QRS complex, 0.1 to 0.2 s after the spike",
    "90": "a pacemaker: complexes of 0.2 mV that begin with a burst of noise",
    "95": "a pacemaker: complexes of 0.2 mV on a wandering lead",
    "105": "an early complex, smaller than the T wave before it",
    "110": "complexes of 0.1 mV beside a swing of 0.9 mV",
    "120": "complexes of 0.1 mV beside a swing of 0.8 mV",
    "cu05": "marks on early P waves that no QRS complex follows; small waves in a ventricular run without"
    " a mark",
    "cu14": "small sharp waves between slow broad beats",
    "cu19": "muscle noise as large as the beats, and tall T waves in it",
    "cu29": "an electrode moved",
    "cu32": "paced: wide complexes 0.1 s after a spike, of which one in twenty is not believed",
}
"""Person → what the errors of the shipped detector are, as seen in the recording; only of those looked at."""


@dataclass(frozen=True)
class Marked:
    """Leads whose beats are known between two times."""

    name: str
    signal: np.ndarray
    fs: float
    beats: np.ndarray
    start: float
    stop: float
    unknown: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Counts:
    """Beats, and where some were missed or detected where there is none."""

    name: str
    n_beats: int
    n_matched: int
    missed: tuple[float, ...]
    extra: tuple[float, ...]


def ectopy(signal: np.ndarray, fs: float) -> np.ndarray:
    return detect_qrs(signal, fs)


def gqrs(signal: np.ndarray, fs: float) -> np.ndarray:
    from wfdb.processing import gqrs_detect

    return np.asarray(gqrs_detect(_plain(signal), fs=fs), dtype=np.int64)


def sleepecg(signal: np.ndarray, fs: float) -> np.ndarray:
    import sleepecg

    return np.asarray(sleepecg.detect_heartbeats(_plain(signal), fs), dtype=np.int64)


def neurokit2(signal: np.ndarray, fs: float) -> np.ndarray:
    import neurokit2 as nk

    clean = nk.ecg_clean(_plain(signal), sampling_rate=round(fs))
    return np.asarray(nk.ecg_peaks(clean, sampling_rate=round(fs))[1]["ECG_R_Peaks"], dtype=np.int64)


PEERS: dict[str, Detector] = {"gqrs": gqrs, "sleepecg": sleepecg, "neurokit2": neurokit2}


def _plain(signal: np.ndarray) -> np.ndarray:
    """Return the first lead without missing samples, as packages other than ectopy need it."""
    lead = np.asarray(signal[:, 0], dtype=np.float64)
    known = np.flatnonzero(np.isfinite(lead))
    return np.interp(np.arange(len(lead)), known, lead[known]) if len(known) else np.zeros(len(lead))


def attempt(detector: Detector, signal: np.ndarray, fs: float) -> np.ndarray:
    """Detect beats; none where a package fails on a recording."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.unique(detector(signal, fs))
        except (ValueError, IndexError, ZeroDivisionError):
            return np.zeros(0, dtype=np.int64)


def judged(marked: Marked, found: np.ndarray) -> Counts:
    """Match beats within 150 ms; those within a window of the ends may be found or not."""
    window = round(MATCH_WINDOW * marked.fs)
    matching = match_beats(marked.beats, found, window)
    n_matched = sum(_inside(marked, marked.beats[reference]) for reference, _ in matching.pairs)
    missed = [marked.beats[i] for i in matching.missed if _inside(marked, marked.beats[i])]
    extra = [found[i] for i in matching.extra if _inside(marked, found[i])]
    seconds = [tuple(round(float(s / marked.fs), 2) for s in each) for each in (missed, extra)]
    return Counts(marked.name, int(n_matched) + len(missed), int(n_matched), *seconds)


def _inside(marked: Marked, sample: float) -> bool:
    time = sample / marked.fs
    return marked.start <= time <= marked.stop and not any(a <= time <= b for a, b in marked.unknown)


def figures(counts: Iterable[Counts]) -> dict[str, Any]:
    every = list(counts)
    matched = sum(each.n_matched for each in every)
    missed, extra = (sum(len(getattr(each, name)) for each in every) for name in ("missed", "extra"))
    return {
        "leads": len(every),
        "beats": matched + missed,
        "Se": percent(matched, matched + missed),
        "+P": percent(matched, matched + extra),
        "missed": missed,
        "extra": extra,
    }


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 3) if whole else None


def errors(counts: Iterable[Counts]) -> dict[str, dict[str, list[float]]]:
    """Return the times in seconds of all errors, lead by lead; leads without any are left out."""
    return {
        each.name: {"missed": list(each.missed), "extra": list(each.extra)}
        for each in counts
        if each.missed or each.extra
    }


def qtdb(part: str = "test") -> Iterator[Marked]:
    for name in qtdb_records():
        if qtdb_part(name) == part:
            record = load_qtdb_record(name)
            for lead in range(len(record.leads)):
                yield _whole(record, [lead], f"{name}/{lead}")


def qtdb_pairs(part: str = "test") -> Iterator[Marked]:
    for name in qtdb_records():
        if qtdb_part(name) == part:
            yield _whole(load_qtdb_record(name), [0, 1], name)


def _whole(record: Record, leads: list[int], name: str) -> Marked:
    beats = record.reference_annotations().beats().samples
    first, last = beats[0] / record.fs, beats[-1] / record.fs
    edge = 2 * MATCH_WINDOW  # the annotators begin and end where they like
    return Marked(name, record.signal[:, leads], record.fs, beats, first - edge, last + edge)


def ludb(part: str = "test") -> Iterator[Marked]:
    for name in LUDB_RECORDS:
        if ludb_part(name) != part:
            continue
        record = load_ludb_record(name)
        for lead in LUDB_LEADS:
            waves = load_ludb_waves(name, lead)
            places = np.concatenate([waves.onsets, waves.peaks, waves.ends]) / record.fs
            column = [each.lower() for each in record.leads].index(lead)
            yield Marked(
                f"{name}/{lead}",
                record.signal[:, [column]],
                record.fs,
                np.rint(waves.of("QRS").peaks).astype(np.int64),
                float(np.nanmin(places)),
                float(np.nanmax(places)),
            )


def cudb(apart: bool = True) -> Iterator[Marked]:
    for name in cudb_records():
        record = load_cudb_record(name)
        if kept_apart(record.patient) != apart:
            continue
        onset = arrhythmia_onset(record)
        stop = record.duration if onset is None else onset - BEFORE_ARRHYTHMIA
        beats = record.reference_annotations().beats().samples
        yield Marked(name, record.signal, record.fs, beats, 0.5, stop, _spans(name))


def _spans(name: str) -> tuple[tuple[float, float], ...]:
    """Return the stretches of which nobody can say where the beats are."""
    audited = tuple((each.start, each.stop) for each in audited_stretches(name))
    return audited + tuple((start, stop) for start, stop, _ in UNMARKED.get(name, ()))


SETS: dict[str, Callable[[], Iterator[Marked]]] = {
    "qtdb, each lead": qtdb,
    "qtdb, both leads": qtdb_pairs,
    "ludb, each lead": ludb,
    "cudb before the arrhythmia": cudb,
}


def shipped() -> dict[str, Any]:
    """Measure ectopy: two leads where a set gives them together, and every error by its time."""
    result: dict[str, Any] = {"network_sha256": default_model().manifest.files["network.onnx"]}
    for n_leads in (1, 2):
        result[f"mitdb, {n_leads} lead(s), EC57"] = mitdb(ectopy, n_leads)
    for title, leads in SETS.items():
        counts = [judged(each, attempt(ectopy, each.signal, each.fs)) for each in leads()]
        wrong = errors(counts)
        seen = {name: SEEN[name] for name in sorted({each.split("/")[0] for each in wrong}) if name in SEEN}
        result[title] = {**figures(counts), "errors, seconds": wrong, "errors, as seen": seen}
    return result


def others() -> dict[str, Any]:
    """Measure the other packages, which take one lead."""
    result: dict[str, Any] = {"packages": packages()}
    for name, detector in PEERS.items():
        rows: dict[str, Any] = {"mitdb, 1 lead(s), EC57": mitdb(detector, 1)}
        for title, leads in SETS.items():
            if title != "qtdb, both leads":
                rows[title] = figures(
                    judged(each, attempt(detector, each.signal, each.fs)) for each in leads()
                )
        result[name] = rows
    return result


def packages() -> dict[str, str]:
    return {name: version({"gqrs": "wfdb"}.get(name, name)) for name in PEERS}


def mitdb(detector: Detector, n_leads: int) -> dict[str, Any]:
    return summarise(by_ec57(record, n_leads, detector) for record in load_records("all")).figures


def by_ec57(record: Record, n_leads: int, detector: Detector) -> Any:
    found = attempt(detector, record.signal[:, :n_leads], record.fs)
    marks = record.reference_annotations()
    return compare_beats(marks, found, fs=record.fs, record=record.name, length=record.n_samples)


def cinc2017() -> dict[str, Any]:
    """Compare the beats of two detectors, label by label: twice their pairs among all beats of both."""
    pairs = [("ectopy", other) for other in ("gqrs", "sleepecg", "neurokit2")] + [("gqrs", "sleepecg")]
    agreed: dict[str, list[float]] = {}
    gross: dict[str, dict[str, int]] = {}
    labels: dict[str, int] = {}
    for entry in load_cinc2017_table():
        if not entry.kept_apart:
            continue
        labels[entry.label] = labels.get(entry.label, 0) + 1
        found = _found(entry)
        for one, other in pairs:
            agreed.setdefault(f"{entry.label}: {one} and {other}", []).append(
                agreement(found[one], found[other])
            )
        apart = max(agreement(found["ectopy"], found[other]) for other in ("gqrs", "sleepecg"))
        if entry.label == "N" and apart < 1 - GROSS:
            gross[entry.name] = {name: len(beats) for name, beats in found.items()}
    return {
        "packages": packages(),
        "recordings": labels,
        "agreement, mean %": {key: round(100 * float(np.mean(each)), 2) for key, each in agreed.items()},
        "N with more than 10 % of ectopy's beats apart from both gqrs's and sleepecg's": gross,
    }


def _found(entry: CinC2017Entry) -> dict[str, np.ndarray]:
    record = load_cinc2017_record(entry)
    detectors = {"ectopy": ectopy, **PEERS}
    return {name: attempt(each, record.signal, record.fs) for name, each in detectors.items()}


def agreement(one: np.ndarray, other: np.ndarray, fs: float = 300.0) -> float:
    if not len(one) and not len(other):
        return 1.0
    paired = len(match_beats(one, other, math.floor(MATCH_WINDOW * fs)).pairs)
    return 2 * paired / (len(one) + len(other))
