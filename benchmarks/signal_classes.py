"""Where ventricular fibrillation is named, where artefact is, and which recordings are too noisy.

The whole first stage of an analysis is run over the recordings; every figure says of whom it is: people that
the signal classifier learned from, or people kept apart.

    python benchmarks/signal_classes.py --out benchmarks/results/signal_classes.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ectopy.analysis.signal_marks import SignalMarks
from ectopy.beats.windows import DEFAULT_WINDOW, condition
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.cudb import UNCLEAR, audited_onset, audited_stretches, cudb_records, load_cudb_record
from ectopy.datasets.mitbih import MITDB_RECORDS, load_record
from ectopy.datasets.nsrdb import load_nsrdb_record, nsrdb_records
from ectopy.datasets.people import kept_apart
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS1
from ectopy.models.artifact import Artifact
from ectopy.models.registry import DEFAULT_SIGNAL, model_folder
from ectopy.models.signal_classifier import default_model, load
from ectopy.record import Record
from ectopy.signal.cleaning import clean

WITHIN = 10.0
"""Seconds of the audited onset within which an episode must begin."""


def marks_of(record: Record, model: Artifact) -> tuple[list[tuple[float, float]], float, float]:
    """Return the episodes in seconds, the noisiness, and the share of the samples that no lead shows."""
    marks = SignalMarks(record.fs, DEFAULT_WINDOW.fs, len(record.leads), model)
    marks.push(condition(clean(record.signal, record.fs), record.fs, DEFAULT_WINDOW.fs))
    marks.flush()
    spans = marks.fibrillation(record.n_samples) / record.fs
    bits = marks.take(0, record.n_samples)
    hidden = 0.0 if bits is None else float(((bits & 32) > 0).all(axis=1).mean())
    return [(float(start), float(stop)) for start, stop in spans], marks.noisiness, hidden


def fibrillation_onsets(model: Artifact) -> dict[str, Any]:
    """Return, person by person of the Creighton database, what was named."""
    rows = {}
    for name in cudb_records():
        episodes, _, hidden = marks_of(load_cudb_record(name), model)
        onset = audited_onset(name)
        delays = [start - onset for start, stop in episodes if onset is not None and stop > onset - WITHIN]
        stretches = audited_stretches(name)
        right = [(each.start - 1, each.stop + 1) for each in stretches if each.label != UNCLEAR]
        unclear = [(each.start - 1, each.stop + 1) for each in stretches if each.label == UNCLEAR]
        rows[name] = {
            "kept_apart": kept_apart(f"cudb-{name}"),
            "onset_s": onset,
            "delay_s": round(delays[0], 1) if delays else None,
            "within_10_s": bool(delays) and abs(delays[0]) <= WITHIN,
            "covered": round(_covered(right, episodes), 3),
            "false_s": round(sum(b - a for a, b in episodes) - _overlap(episodes, [*right, *unclear]), 1),
            "episodes": [[round(a, 1), round(b, 1)] for a, b in episodes],
            "unreadable": round(hidden, 3),
        }
    groups = {
        group: [row for row in rows.values() if row["kept_apart"] == apart and row["onset_s"] is not None]
        for group, apart in (("kept apart", True), ("learned from", False))
    }
    named = {
        group: {"people": len(each), "within_10_s": sum(row["within_10_s"] for row in each)}
        for group, each in groups.items()
    }
    return {"named": named, "people": rows}


def false_fibrillation(model: Artifact) -> dict[str, Any]:
    """Return the fibrillation that is named where there is none, and the share that no lead shows."""
    sets: dict[str, Iterator[Record]] = {
        "nsrdb": (load_nsrdb_record(name) for name in nsrdb_records()),
        "mitdb DS1 (learned from)": (load_record(name) for name in DS1),
        "mitdb others": (load_record(name) for name in MITDB_RECORDS if name not in DS1),
        "qtdb kept apart": (load_qtdb_record(name) for name in qtdb_records() if qtdb_part(name) != "train"),
    }
    return {name: _false_alarms(records, model) for name, records in sets.items()}


def _false_alarms(records: Iterable[Record], model: Artifact) -> dict[str, Any]:
    hours, found, hidden = 0.0, {}, {}
    for record in records:
        episodes, _, share = marks_of(record, model)
        hours += record.duration / 3600
        hidden[record.name] = round(share, 4)
        marked = [] if record.annotations is None else _marked(record)
        wrong = [(a, b) for a, b in episodes if _overlap([(a, b)], marked) < 0.5 * (b - a)]
        if wrong:
            found[record.name] = [[round(a, 1), round(b, 1)] for a, b in wrong]
    worst = dict(sorted(hidden.items(), key=lambda item: -item[1])[:8])
    return {
        "hours": round(hours, 1),
        "episodes": found,
        "unreadable": round(float(np.mean(list(hidden.values()))), 4),
        "worst": worst,
    }


def noisy_recordings(model: Artifact) -> dict[str, Any]:
    """Return what is hidden in recordings of the challenge, by label.

    Which of them are told to be too noisy, ``beyond_episodes.py`` says. Of those that were learned from,
    every third is measured.
    """
    result = {}
    for group, apart in (("kept apart", True), ("learned from", False)):
        entries = [entry for entry in load_cinc2017_table() if entry.kept_apart == apart]
        entries = entries[:: 1 if apart else 3]
        figures = [marks_of(load_cinc2017_record(entry), model) for entry in entries]
        found = list(zip(entries, figures, strict=True))
        hidden = {label: [each[2] for entry, each in found if entry.label == label] for label in "NAO~"}
        result[group] = {
            "recordings": len(entries),
            "fibrillation": {entry.name: entry.label for entry, (episodes, _, _) in found if episodes},
            "unreadable": {label: round(float(np.mean(each)), 4) for label, each in hidden.items() if each},
        }
    return result


def _marked(record: Record) -> list[tuple[float, float]]:
    marks = record.reference_annotations()
    starts, stops = (marks.samples[marks.symbols == mark] / record.fs for mark in "[]")
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def _overlap(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> float:
    return sum(max(0.0, min(b, d) - max(a, c)) for a, b in one for c, d in other)


def _covered(right: list[tuple[float, float]], episodes: list[tuple[float, float]]) -> float:
    total = sum(b - a for a, b in right)
    return min(1.0, _overlap(right, episodes) / total) if total else 1.0


def card_table(figures: dict[str, Any]) -> str:
    """Return the figures of the model card."""
    rows = ["| what | of whom | figure |", "|---|---|---|"]
    for group, each in figures["fibrillation"]["named"].items():
        rows.append(
            f"| fibrillation named within 10 s of the audited onset | `cudb`, {group} |"
            f" {each['within_10_s']} of {each['people']} people |"
        )
    for name, each in figures["false fibrillation"].items():
        count = sum(map(len, each["episodes"].values()))
        rows.append(
            f"| fibrillation where there is none | `{name}`, {each['hours']:g} h | {count} episodes |"
        )
        rows.append(f"| unreadable in every lead | `{name}` | {each['unreadable']:.2%} |")
    return "\n".join(rows)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/signal_classes.json"))
    parser.add_argument("--model", type=Path)
    model = load(parser.parse_args().model) if parser.parse_args().model else default_model()
    figures = {
        "fibrillation": fibrillation_onsets(model),
        "false fibrillation": false_fibrillation(model),
        "noisy recordings": noisy_recordings(model),
    }
    parser.parse_args().out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if parser.parse_args().model is None:
        card = model_folder(DEFAULT_SIGNAL) / "README.md"
        before, _, rest = card.read_text(encoding="utf-8").partition("<!-- figures -->")
        after = rest.partition("<!-- end -->")[2]
        table = card_table(figures)
        card.write_text(f"{before}<!-- figures -->\n{table}\n<!-- end -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
