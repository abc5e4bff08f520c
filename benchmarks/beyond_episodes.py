"""Episodes of the shipped pipeline on people kept apart, beside a simple rule: a section of beyond.json.

MIT-BIH DS2 as ``epicmp`` compares it; CinC 2017, the recordings kept apart by `ectopy.datasets.people`, by
the label of the whole recording, and which are told to be too noisy; the healthy people of ``nsrdb``; and S
beats that are told inside reference fibrillation and flutter. The simple rule, beside each figure, is the
root mean square of successive differences of 31 intervals, divided by their mean (Dash et al., Ann Biomed
Eng 37(9), 2009: above 0.1 is fibrillation), without those beside ventricular beats, made into stretches as
the model's opinion is.

``python benchmarks/beyond_episodes.py PART …`` prints one part of it.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.analysis.pipeline import analyze
from ectopy.analysis.result import Analysis
from ectopy.beats.rr import median_rr
from ectopy.datasets.cinc2017 import CinC2017Entry, load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.mitbih import load_record
from ectopy.datasets.nsrdb import load_nsrdb_record, nsrdb_records
from ectopy.datasets.splits import DS1, DS2
from ectopy.evaluation.ec57 import compare_episodes
from ectopy.evaluation.ec57.episode_reports import EpisodeComparison
from ectopy.features.atrial import atrial_intervals
from ectopy.features.intervals import mean_nearby
from ectopy.models.rhythm import fibrillating
from ectopy.record import Annotations, Record
from ectopy.rhythm.episodes import (
    ATRIAL_FIBRILLATION,
    ATRIAL_KINDS,
    Episode,
    inside_episodes,
)
from ectopy.signal.filters import runs

REACH = 15
"""Beats on either side that the simple rule looks at."""

IRREGULAR = 0.1
"""Successive differences by the mean interval above which the simple rule says fibrillation."""

PROCESSES = 8
"""Recordings measured side by side."""

LABELS = "NAO~"

TOLD = ("model", "simple rule", "too noisy")
"""What is told of a handheld recording."""

SPLITS = {"ds1": DS1, "ds2": DS2}


def measure() -> dict[str, Any]:
    found = {}
    for name, part in PARTS.items():
        found[name] = part()
        print(json.dumps({name: found[name]}), flush=True)
    _pool().shutdown()  # the processor time of its processes is counted once they have ended
    return found


@dataclass(frozen=True)
class HolterFigures:
    """What the shipped model and the simple rule found in one record, and S beats in fibrillation."""

    name: str
    compared: dict[str, EpisodeComparison]
    s_beats: dict[str, float]


def holter(names: str, *, one_lead: bool = False) -> dict[str, Any]:
    """Compare the episodes of records with the reference, after the first five minutes."""
    found = _side_by_side(partial(_holter_record, one_lead=one_lead), SPLITS[names])
    counts = {key: sum(each.s_beats[key] for each in found) for key in found[0].s_beats}
    return {
        **{name: _figures([each.compared[name] for each in found]) for name in found[0].compared},
        "by record": {
            each.name: _figures([each.compared["model"]]) | _false_seconds(each.compared["model"])
            for each in found
            if any(share.whole for share in each.compared["model"].figures.values())
        },
        "S per hour of AF": _per_hour(counts["after"], counts["seconds"]),
        "S per hour of AF, had no episode been found": _per_hour(counts["before"], counts["seconds"]),
    }


def _holter_record(name: str, one_lead: bool) -> HolterFigures:
    record = load_record(name)
    analysis = _analysed(record.select(record.leads[:1]) if one_lead else record)
    reference = record.reference_annotations()
    ruled = replace(analysis, episodes=simple_episodes(analysis))
    compared = {
        heading: compare_episodes(
            reference, each.annotations(), "AF", record=name, length=record.n_samples, **options
        )
        for heading, each, options in (
            ("model", analysis, {}),
            ("model, -x", analysis, {"without_flutter": True, "corrected": True}),
            ("simple rule", ruled, {}),
            ("simple rule, -x", ruled, {"without_flutter": True, "corrected": True}),
        )
    }
    return HolterFigures(name, compared, s_inside(analysis, reference))


def handheld() -> dict[str, Any]:
    """Say which recordings of people kept apart hold fibrillation or are too noisy, by label."""
    rows = {label: dict.fromkeys(("n", *TOLD), 0) for label in LABELS}
    entries = [entry for entry in load_cinc2017_table() if entry.kept_apart]
    for entry, told in zip(entries, _side_by_side(_handheld_recording, entries), strict=True):
        rows[entry.label]["n"] += 1
        for name in TOLD:
            rows[entry.label][name] += told[name]
    return {
        "recordings": rows,
        "AF F1": {name: _f1(rows, name, "A", "NAO") for name in ("model", "simple rule")},
        "too noisy F1": _f1(rows, "too noisy", "~", LABELS),
        "told, percent": {
            name: {label: round(100 * row[name] / row["n"], 2) for label, row in rows.items()}
            for name in TOLD
        },
    }


def _handheld_recording(entry: CinC2017Entry) -> dict[str, bool]:
    analysis = _analysed(load_cinc2017_record(entry))
    told = (_fibrillates(analysis.episodes), _fibrillates(simple_episodes(analysis)), analysis.too_noisy)
    return dict(zip(TOLD, told, strict=True))


def healthy() -> dict[str, Any]:
    """Count episodes of fibrillation in healthy people, none of whom has any."""
    names = list(nsrdb_records())
    found = _side_by_side(_healthy_record, names)
    columns = {
        name: {person: each[name] for person, each in zip(names, found, strict=True)}
        for name in ("model", "simple rule")
    }
    return {"hours": round(sum(each["hours"] for each in found), 2), **columns}


def _healthy_record(name: str) -> dict[str, Any]:
    analysis = _analysed(load_nsrdb_record(name))
    fs = analysis.record.fs
    row: dict[str, Any] = {"hours": analysis.record.duration / 3600}
    for told, episodes in (("model", analysis.episodes), ("simple rule", simple_episodes(analysis))):
        lengths = [each.seconds(fs) for each in episodes if each.kind in ATRIAL_KINDS]
        row[told] = {"episodes": len(lengths), "seconds": round(sum(lengths), 1)}
    return row


def _side_by_side(measure_one: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    return list(_pool().map(measure_one, items, chunksize=max(1, len(items) // (20 * PROCESSES))))


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"))


def simple_episodes(analysis: Analysis) -> tuple[Episode, ...]:
    """Return the episodes of atrial fibrillation by the simple rule."""
    intervals = atrial_intervals(analysis.rr, analysis.classes)
    rr = np.where(intervals.between, intervals.rr, np.float32(np.nan))
    squares = _mean_nearby(np.diff(rr, prepend=np.nan) ** 2)
    irregular = np.sqrt(squares) / np.maximum(median_rr(rr, REACH), 1e-3) > IRREGULAR
    inside = fibrillating(irregular.astype(np.float32))
    bounds = np.append(analysis.beats.samples, analysis.record.n_samples or 0)
    return tuple(
        Episode(ATRIAL_FIBRILLATION, int(bounds[start]), int(bounds[stop]))
        for start, stop in zip(*runs(inside), strict=True)
    )


def s_inside(analysis: Analysis, reference: Annotations) -> dict[str, float]:
    """Count S beats inside reference fibrillation and flutter, before and after episodes are heeded."""
    stretches = list(_reference_stretches(reference, analysis.record.n_samples or 0))
    inside = inside_episodes(analysis.beats.samples, stretches, (ATRIAL_FIBRILLATION,))
    return {
        "before": int((inside & (replace(analysis, episodes=()).classes == "S")).sum()),
        "after": int((inside & (analysis.classes == "S")).sum()),
        "seconds": sum(each.seconds(analysis.record.fs) for each in stretches),
    }


def _reference_stretches(reference: Annotations, n_samples: int) -> Iterator[Episode]:
    changes = np.flatnonzero(reference.symbols == "+")
    stops = np.append(reference.samples[changes[1:]], n_samples)
    for change, stop in zip(changes, stops, strict=True):
        if reference.aux[change].rstrip("\0") in ("(AFIB", "(AFL"):
            yield Episode(ATRIAL_FIBRILLATION, int(reference.samples[change]), int(stop))


def _analysed(record: Record) -> Analysis:
    return analyze(record, waves=False)


def _fibrillates(episodes: Sequence[Episode]) -> bool:
    return any(each.kind in ATRIAL_KINDS for each in episodes)


def _f1(rows: dict[str, dict[str, int]], name: str, wanted: str, among: str) -> float:
    told = sum(rows[label][name] for label in among)
    return round(2 * rows[wanted][name] / max(1, told + rows[wanted]["n"]), 4)


def _false_seconds(compared: EpisodeComparison) -> dict[str, float]:
    share = compared.duration_predictivity
    return {"false seconds": round((share.whole - share.part) / compared.fs, 1)}


def _figures(compared: Sequence[EpisodeComparison]) -> dict[str, Any]:
    """Return gross figures in percent."""
    figures = {}
    for name in compared[0].figures:
        shares = [each.figures[name] for each in compared]
        part, whole = sum(share.part for share in shares), sum(share.whole for share in shares)
        figures[name] = round(100 * part / whole, 2) if whole else None
    return figures


def _per_hour(count: float, seconds: float) -> float | None:
    return round(3600 * count / seconds, 1) if seconds else None


def _mean_nearby(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    known = np.isfinite(values)
    total = mean_nearby(np.where(known, values, 0), REACH)
    return total / np.maximum(mean_nearby(known, REACH), 1 / (2 * REACH + 1))


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "mitdb DS2": lambda: holter("ds2"),
    "mitdb DS2, one lead": lambda: holter("ds2", one_lead=True),
    "cinc2017, people kept apart": handheld,
    "nsrdb": healthy,
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        print(json.dumps({part: PARTS[part]()}, indent=1), flush=True)
