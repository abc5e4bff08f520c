"""Count the people and the beats that are told to be paced, of those that are and those that are not.

    python benchmarks/pacing.py

Needs ``mitdb``, ``ptbxl`` and ``ludb``; writes ``benchmarks/results/pacing.json``. A person is paced where
experts say so, whether spikes show or not: three of LUDB and one of PTB-XL have hardly any. The limits of
`ectopy.signal.pacing_spikes` were chosen on all of these people. The baseline is what is told from spikes of
a single sample alone, as `ectopy.signal.cleaning` takes them out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from unittest import mock

import numpy as np

import ectopy
from ectopy.analysis.result import Analysis
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, ludb_paced
from ectopy.datasets.mitbih import RECORD_SETS, load_record
from ectopy.datasets.ptbxl import load_ptbxl_record, load_ptbxl_table
from ectopy.evaluation.matching import match_beats
from ectopy.record import Record

RESULT: Final = Path(__file__).parent / "results" / "pacing.json"
METHOD: Final = "ectopy.analysis.extraction.pacing_spikes"
PACED: Final = ("/", "f")
"""Paced, and fusion of paced and normal."""

MATCH_SECONDS: Final = 0.15


def of_wide_spikes(record: Record) -> Analysis:
    """Analyse a recording."""
    return ectopy.analyze(record, waves=False)


def of_single_samples(record: Record) -> Analysis:
    """Analyse a recording without looking for spikes wider than a sample."""
    with mock.patch(METHOD, return_value=np.empty(0, np.intp)):
        return of_wide_spikes(record)


WAYS: Final = {"told": of_wide_spikes, "told, single samples alone": of_single_samples}


def strips(dataset: str) -> Iterator[tuple[Record, bool]]:
    """Yield the strips of twelve leads of a dataset, and whether the person has a pacemaker."""
    if dataset == "ludb":
        paced = ludb_paced()
        yield from ((load_ludb_record(name), name in paced) for name in LUDB_RECORDS)
    else:
        yield from ((load_ptbxl_record(entry), "PACE" in entry.statements) for entry in load_ptbxl_table())


def people(dataset: str) -> dict[str, dict[str, int]]:
    """Count people, and those of whom any beat is told to be paced."""
    totals = {kind: {"people": 0, **dict.fromkeys(WAYS, 0)} for kind in ("paced", "others")}
    for record, paced in strips(dataset):
        total = totals["paced" if paced else "others"]
        total["people"] += 1
        for way, analyse in WAYS.items():
            total[way] += int((analyse(record).symbols == "/").any())
    return totals


def beats(name: str) -> dict[str, dict[str, int]]:
    """Count the beats of a record of MIT-BIH, and those that are told to be paced."""
    record = load_record(name)
    assert record.annotations is not None  # every record of MIT-BIH has them
    marks = record.annotations.beats()
    paced = np.isin(marks.symbols, PACED)
    kinds = {"paced": paced, "others": ~paced}
    totals = {kind: {"beats": int(rows.sum())} for kind, rows in kinds.items()}
    for way, analyse in WAYS.items():
        analysis = analyse(record)
        reference, detected = match_beats(
            marks.samples, analysis.beats.samples, round(MATCH_SECONDS * record.fs)
        ).pairs.T
        told = np.zeros(len(marks.samples), bool)
        told[reference] = analysis.symbols[detected] == "/"
        for kind, rows in kinds.items():
            totals[kind][way] = int((told & rows).sum())
    return totals


def main() -> None:
    """Measure everything and write it down."""
    result = {
        "people": {dataset: people(dataset) for dataset in ("ptbxl", "ludb")},
        "beats": {name: beats(name) for name in RECORD_SETS["paced"]},
    }
    print(json.dumps(result, indent=2))
    RESULT.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
