"""Episodes of the shipped pipeline on people kept apart, beside a simple rule: a section of beyond.json.

MIT-BIH DS1 (its records 201 and 203 were learned from) and DS2 as ``epicmp`` compares them; CinC 2017, the
recordings kept apart by `ectopy.datasets.people`, by the label of the whole recording; the healthy people of
``nsrdb``; and S beats that are told inside reference fibrillation and flutter. The simple rule, beside each
figure, is the root mean square of successive differences of 31 intervals, divided by their mean (Dash et al.,
Ann Biomed Eng 37(9), 2009: above 0.1 is fibrillation), without those beside ventricular beats, made into
stretches as the model's opinion is.

``python benchmarks/beyond_episodes.py PART …`` prints one part of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_parts import ATRIAL_CLASSES
from ectopy.analysis.pipeline import analyze
from ectopy.analysis.result import Analysis
from ectopy.beats.rr import median_rr
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.nsrdb import load_nsrdb_record, nsrdb_records
from ectopy.evaluation.ec57 import compare_episodes
from ectopy.evaluation.ec57.episode_reports import EpisodeComparison
from ectopy.features.prematurity import mean_nearby
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

UNUSABLE = 0.5
"""Share of usable signal below which a recording counts as told to be too noisy."""

LABELS = "NAO~"


def measure() -> dict[str, Any]:
    return {name: part() for name, part in PARTS.items()}


def holter(names: str, *, one_lead: bool = False) -> dict[str, Any]:
    """Compare the episodes of records with the reference, after the first five minutes."""
    compared: dict[str, list[EpisodeComparison]] = {
        name: [] for name in ("model", "model, -x", "simple rule")
    }
    told = {"before": 0, "after": 0, "seconds": 0.0}
    by_record: dict[str, Any] = {}
    for record in load_records(names):
        analysis = _analysed(record.select(record.leads[:1]) if one_lead else record)
        reference = record.reference_annotations()
        options = {"record": record.name, "length": record.n_samples}
        marks = analysis.annotations()
        model = compare_episodes(reference, marks, "AF", **options)
        compared["model"].append(model)
        compared["model, -x"].append(
            compare_episodes(reference, marks, "AF", without_flutter=True, corrected=True, **options)
        )
        ruled = replace(analysis, episodes=simple_episodes(analysis)).annotations()
        compared["simple rule"].append(compare_episodes(reference, ruled, "AF", **options))
        counts = s_inside(analysis, reference)
        told = {key: told[key] + counts[key] for key in told}
        if model.duration_sensitivity.whole or model.duration_predictivity.whole:
            by_record[record.name] = _figures([model])
    return {
        **{name: _figures(found) for name, found in compared.items()},
        "by record": by_record,
        "S per hour of AF": _per_hour(told["after"], told["seconds"]),
        "S per hour of AF, had no episode been found": _per_hour(told["before"], told["seconds"]),
    }


def handheld() -> dict[str, Any]:
    """Say which recordings of people kept apart hold fibrillation, by label."""
    rows = {label: {"n": 0, "model": 0, "simple rule": 0, "too noisy": 0} for label in LABELS}
    for entry in load_cinc2017_table():
        if entry.kept_apart:
            analysis = _analysed(load_cinc2017_record(entry))
            row = rows[entry.label]
            row["n"] += 1
            row["model"] += _fibrillates(analysis.episodes)
            row["simple rule"] += _fibrillates(simple_episodes(analysis))
            row["too noisy"] += analysis.usable_share < UNUSABLE
    return {
        "recordings": rows,
        "AF F1": {name: _f1(rows, name) for name in ("model", "simple rule")},
        "called AF, percent": {
            name: {label: round(100 * row[name] / row["n"], 2) for label, row in rows.items()}
            for name in ("model", "simple rule")
        },
    }


def healthy() -> dict[str, Any]:
    """Count episodes of fibrillation in healthy people, none of whom has any."""
    hours, found, ruled = 0.0, {}, {}
    for name in nsrdb_records():
        analysis = _analysed(load_nsrdb_record(name))
        hours += analysis.record.duration / 3600
        for told, episodes in ((found, analysis.episodes), (ruled, simple_episodes(analysis))):
            lengths = [each.seconds(analysis.record.fs) for each in episodes if each.kind in ATRIAL_KINDS]
            told[name] = {"episodes": len(lengths), "seconds": round(sum(lengths), 1)}
    return {"hours": round(hours, 2), "model": found, "simple rule": ruled}


def simple_episodes(analysis: Analysis) -> tuple[Episode, ...]:
    """Return the episodes of atrial fibrillation by the simple rule."""
    telling = np.isin(analysis.classes, ATRIAL_CLASSES)
    rr = np.where(telling & np.append(False, telling[:-1])[: len(telling)], analysis.rr, np.nan)
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


def _f1(rows: dict[str, dict[str, int]], name: str) -> float:
    told = sum(rows[label][name] for label in "NAO")
    return round(2 * rows["A"][name] / max(1, told + rows["A"]["n"]), 4)


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
    "mitdb DS1": lambda: holter("ds1"),
    "mitdb DS2": lambda: holter("ds2"),
    "mitdb DS2, one lead": lambda: holter("ds2", one_lead=True),
    "cinc2017, people kept apart": handheld,
    "nsrdb": healthy,
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        print(json.dumps({part: PARTS[part]()}, indent=1), flush=True)
