"""Files written next to the report: annotations, tables of beats and events, a summary."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from ectopy.analysis.result import Analysis
from ectopy.io.atomic import draft
from ectopy.io.wfdb.files import write_annotations
from ectopy.report.html import write_report

ANNOTATOR: Final = "ectopy"
"""Suffix of the annotation files."""


@dataclass(frozen=True)
class Outputs:
    """Paths of the files of one analysis."""

    annotations: Path
    beats: Path
    events: Path
    summary: Path
    report: Path


def write_outputs(analysis: Analysis, folder: Path) -> Outputs:
    """Write all results of an analysis.

    Parameters
    ----------
    analysis : Analysis
        Analysis of one recording, whose name the files get.
    folder : Path
        Where to write; made if missing. Files of an earlier analysis are replaced.

    Returns
    -------
    Outputs
        ``NAME.ectopy``, ``NAME.beats.csv``, ``NAME.events.csv``, ``NAME.summary.json`` and
        ``NAME.report.html``.
    """
    name = analysis.record.name
    summary = folder / f"{name}.summary.json"
    with draft(summary) as unfinished:
        unfinished.write_text(summary_json(analysis) + "\n", encoding="utf-8")
    table, events = folder / f"{name}.beats.csv", folder / f"{name}.events.csv"
    for path, rows in ((table, beat_table(analysis)), (events, event_table(analysis))):
        with draft(path) as unfinished:
            rows.to_csv(unfinished, index=False, float_format="%.4f")
    return Outputs(
        annotations=write_annotations(folder / name, analysis.annotations(), ANNOTATOR),
        beats=table,
        events=events,
        summary=summary,
        report=write_report(analysis, folder / f"{name}.report.html"),
    )


def summary_json(analysis: Analysis, indent: int | None = 2) -> str:
    """Return the summary of an analysis as JSON text, on one line without indent; undefined is null."""
    return json.dumps(asdict(analysis.summary()), indent=indent, ensure_ascii=False, allow_nan=False)


def beat_table(analysis: Analysis) -> pd.DataFrame:
    """Return one row per beat: position, class, probability of each class, score, RR, signal quality."""
    samples = analysis.beats.samples
    names = enumerate(analysis.class_names)
    return pd.DataFrame(
        {
            "sample": samples,
            "time_s": samples / analysis.record.fs,
            "symbol": analysis.symbols,
            "class": analysis.classes,
            **{f"p_{name}": analysis.probabilities[:, column] for column, name in names},
            "anomaly_score": analysis.scores,
            "threshold": np.full(len(samples), analysis.threshold),
            "rr_s": analysis.beats.rr,
            "quality": analysis.quality,
            "lead": analysis.beat_leads,
            "cluster": analysis.families,
        }
    )


def event_table(analysis: Analysis) -> pd.DataFrame:
    """Return one row per event: kind, start, stop, first and last beat, ectopic beats, rate."""
    events = analysis.events
    return pd.DataFrame(
        {
            "kind": [event.kind for event in events],
            "start_s": [event.start for event in events],
            "stop_s": [event.stop for event in events],
            "first_beat": [event.first for event in events],
            "last_beat": [event.last for event in events],
            "n_ectopic": [event.n_ectopic for event in events],
            "beats_per_minute": [event.rate for event in events],
        }
    )
