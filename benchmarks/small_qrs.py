"""R peaks on single leads of PTB-XL, by the size of their QRS complexes: benchmarks/results/small_qrs.json.

Needs ``ptbxl``, which has no marks of beats. What counts as a beat is what ectopy detects on the twelve leads
together and, alone, on lead II or two others. People of folds 1 to 8 were learned from and rules chosen on
folds 1 to 9; fold 10 is kept apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from beyond_detection import Counts, Marked, figures, judged
from ectopy.datasets.ptbxl import load_ptbxl_record, load_ptbxl_table
from ectopy.labels import MATCH_WINDOW
from ectopy.models.qrs_detector import default_model, detect_qrs
from ectopy.record import Record

RESULT = Path(__file__).parent / "results" / "small_qrs.json"
PARTS = {"folds 1 to 9": range(1, 10), "fold 10, kept apart": range(10, 11)}
SIZES = {"below 0.2 mV": (0.0, 0.2), "0.2 to 0.3 mV": (0.2, 0.3), "0.3 mV and more": (0.3, np.inf)}
"""Median height of the QRS complexes of a lead, from lowest to highest within 0.06 s of the R peak."""

HALF_QRS = 0.06
MANY_MISSED, MANY_EXTRA = 2, 1
"""Errors of a lead of ten seconds above which it is counted as wrong."""


def beats_of(record: Record, alone: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the beats of twelve leads, and what they show together that too few of them show alone."""
    together = detect_qrs(record.signal, record.fs)
    near = round(MATCH_WINDOW * record.fs)
    shown = np.array([np.isin(together, around(found, near)) for found in alone])
    sure = shown[[name.upper() for name in record.leads].index("II")] | (shown.sum(axis=0) >= 2)
    return together[sure], together[~sure]


def around(samples: np.ndarray, reach: int) -> np.ndarray:
    return (samples[:, np.newaxis] + np.arange(-reach, reach + 1)).ravel()


def size_of(lead: np.ndarray, beats: np.ndarray, fs: float) -> float:
    half = round(HALF_QRS * fs)
    inside = beats[(beats >= half) & (beats < len(lead) - half)]
    complexes = lead[inside[:, np.newaxis] + np.arange(-half, half + 1)]
    return float(np.median(np.ptp(complexes, axis=1))) if len(inside) else 0.0


def leads(folds: range) -> Iterator[tuple[float, Counts]]:
    """Yield the size of the QRS complexes of each lead, and the errors of the detector on it."""
    for entry in load_ptbxl_table():
        if entry.strat_fold not in folds:
            continue
        record = load_ptbxl_record(entry)
        alone = [detect_qrs(lead, record.fs) for lead in record.signal.T]
        beats, doubtful = beats_of(record, alone)
        unknown = tuple((s / record.fs - MATCH_WINDOW, s / record.fs + MATCH_WINDOW) for s in doubtful)
        for number, found in enumerate(alone):
            lead = record.signal[:, [number]]
            name = f"{entry.ecg_id}/{record.leads[number]}"
            inside = (MATCH_WINDOW, record.duration - MATCH_WINDOW)
            marked = Marked(name, lead, record.fs, beats, *inside, unknown)
            yield size_of(lead[:, 0], beats, record.fs), judged(marked, found)


def measured(folds: range) -> dict[str, Any]:
    every = list(leads(folds))
    result: dict[str, Any] = {}
    for title, (low, high) in SIZES.items():
        counts = [each for size, each in every if low <= size < high]
        wrong = [each.name for each in counts if is_wrong(each)]
        result[title] = {**figures(counts), "leads wrong": len(wrong), "which": wrong}
    return result


def is_wrong(counts: Counts) -> bool:
    return len(counts.missed) > MANY_MISSED or len(counts.extra) > MANY_EXTRA


def main() -> None:
    result: dict[str, Any] = {
        "command": "python benchmarks/small_qrs.py",
        "network_sha256": default_model().manifest.files["network.onnx"],
        "wrong": f"more than {MANY_MISSED} beats missed or more than {MANY_EXTRA} that is none",
    }
    result |= {part: measured(folds) for part, folds in PARTS.items()}
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
