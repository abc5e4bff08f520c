"""Measure beat classifiers in the whole analysis: results/beat_classifier.json, and the shipped manifest.

The beats are those that ectopy detects; the way is that of every user,
`ectopy.analysis.pipeline.Pipeline.run`. MIT-BIH DS2 with both leads and with the first one, the mean of
classifiers that differ in their seed, and the counts of each person; then how many beats an hour are called S
and V in healthy people (``nsrdb``, and those of ``qtdb`` whose marked beats are all normal), with every run
and pause that is reported there; and the same in handheld recordings that experts labelled normal (people of
``cinc2017`` that are kept apart), with and without the model that doubts ectopic beats. The first model is
the shipped one, and its figures go into its manifest. Nothing is trained: ``ectopy train --recipe classifier
--seed N --out FOLDER`` makes a model. Needs ECTOPY_DATA_DIR.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ectopy.analysis.pipeline import Pipeline
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.nsrdb import load_nsrdb_record, nsrdb_records
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.evaluation.class_metrics import LABELS
from ectopy.models import artifact
from ectopy.models.registry import DEFAULT_CLASSIFIER, model_folder
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.recipes.beat_classifier import (
    PredictedClasses,
    over_seeds,
    predict_detected,
    summarise,
    with_metrics,
)
from ectopy.record import Record
from ectopy.wording import clock

RESULT = Path(__file__).parent / "results" / "beat_classifier.json"
NORMAL = frozenset("N")
Choice = Callable[[Record], Record]


PARTS = ("ds2", "ds2, one lead", "nsrdb", "nsrdb, one lead", "qtdb", "qtdb, one lead", "cinc2017")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    shipped = model_folder(DEFAULT_CLASSIFIER)
    parser.add_argument(
        "models", nargs="*", type=Path, default=[shipped], help="folders, the shipped one first"
    )
    parser.add_argument("--only", nargs="*", choices=PARTS, default=PARTS, help="the others stay as they are")
    options = parser.parse_args()
    pipelines = [
        replace(Pipeline.shipped(), classifier=TrainedClassifier.load(each)) for each in options.models
    ]
    for part in options.only:
        name, _, leads = part.partition(", ")
        figures = MEASURES[name](pipelines, [_first_lead, _as_recorded][not leads])
        known = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
        result = known | {f"{title}{', ' * bool(leads)}{leads}": value for title, value in figures.items()}
        RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        made = artifact.load(options.models[0])
        with_metrics(made, made.manifest.metrics | shown(result))
        print(json.dumps(shown(figures)), flush=True)


def _as_recorded(record: Record) -> Record:
    return record


def _first_lead(record: Record) -> Record:
    return record.select(record.leads[:1])


def shown(result: dict[str, Any]) -> dict[str, Any]:
    """Return the figures that a manifest keeps: no lists of events, no counts of each person."""
    return {name: part.get("summary", part) for name, part in result.items() if "by person" not in name}


def ds2(pipelines: Sequence[Pipeline], choose: Choice) -> dict[str, Any]:
    """Return the figures of DS2: of the first model, of each person, and the mean over all models."""
    records = [choose(record) for record in load_records("ds2")]
    runs = [[predict_detected(pipeline, record) for record in records] for pipeline in pipelines]
    title = "mitdb DS2, beats detected by ectopy"
    figures = {title: summarise(runs[0]), f"{title}, by person": by_person(runs[0])}
    return figures | ({f"{title}, mean of {len(runs)} seeds": over_seeds(runs)} if len(runs) > 1 else {})


def by_person(rows: Iterable[PredictedClasses]) -> dict[str, dict[str, int]]:
    """Return for each record what was taken for what, where it is not a normal beat called normal."""
    return {
        row.record: {
            f"{reference} called {predicted}": int(n)
            for reference in LABELS
            for predicted in LABELS
            if reference + predicted != "NN"
            and (n := ((row.reference == reference) & (row.predicted == predicted)).sum())
        }
        for row in rows
    }


def nsrdb(pipelines: Sequence[Pipeline], choose: Choice) -> dict[str, Any]:
    """Return the false alarms of the first model in `nsrdb`."""
    return {"nsrdb": alarms(pipelines[0], (choose(load_nsrdb_record(name)) for name in nsrdb_records()))}


def qtdb(pipelines: Sequence[Pipeline], choose: Choice) -> dict[str, Any]:
    """Return the false alarms of the first model in people of `qtdb` with normal beats only."""
    return {"qtdb sinus people": alarms(pipelines[0], (choose(record) for record in sinus_people()))}


def cinc2017(pipelines: Sequence[Pipeline], choose: Choice) -> dict[str, Any]:
    """Return the false alarms of the first model in handheld recordings labelled normal."""
    entries = [entry for entry in load_cinc2017_table() if entry.label == "N" and entry.kept_apart]
    title = "cinc2017 N, kept apart"
    believing = replace(pipelines[0], evidence=None)
    return {
        f"{title}{words}": alarmed_recordings(pipeline, map(load_cinc2017_record, entries))
        for words, pipeline in (("", pipelines[0]), (", nothing doubted", believing))
    }


def alarmed_recordings(pipeline: Pipeline, records: Iterable[Record]) -> dict[str, Any]:
    """Return S, V and F an hour, and of how many recordings any is told."""
    found, hours = [], 0.0
    for record in records:
        classes = pipeline.run(record, waves=False).classes
        found.append([int((classes == name).sum()) for name in ("S", "V", "F", "?")] + [len(classes)])
        hours += record.duration / 3600
    counts = np.array(found)
    totals = counts.sum(axis=0)
    return {
        "recordings": len(found),
        "hours": round(hours, 2),
        "an hour": {name: round(float(totals[i] / hours), 2) for i, name in enumerate("SVF")},
        "recordings with": {name: round(float((counts[:, i] > 0).mean()), 4) for i, name in enumerate("SVF")},
        "share not judged": round(float(totals[3] / totals[4]), 4),
    }


def sinus_people() -> list[Record]:
    """Return the records of `qtdb` that nothing learned from, all of whose marked beats are normal."""
    records = [load_qtdb_record(name) for name in qtdb_records() if qtdb_part(name) != "train"]
    return [one for one in records if set(one.reference_annotations().beats().symbols.tolist()) <= NORMAL]


def alarms(pipeline: Pipeline, records: Iterable[Record]) -> dict[str, Any]:
    """Return S and V an hour, over all records and of each, and the runs and pauses that are reported."""
    rows: dict[str, dict[str, int]] = {}
    events, hours = [], 0.0
    for record in records:
        analysis = pipeline.run(record, waves=False)
        hours += record.duration / 3600
        rows[record.name] = {name: int((analysis.classes == name).sum()) for name in ("S", "V", "F", "?")}
        events += [f"{record.name} {clock(e.start, 1)}: {e.kind}" for e in analysis.events]
    total = {name: float(np.round(sum(row[name] for row in rows.values()) / hours, 3)) for name in ("S", "V")}
    return {"summary": {"hours": round(hours, 2), "an hour": total}, "beats": rows, "events": events}


MEASURES = {"ds2": ds2, "nsrdb": nsrdb, "qtdb": qtdb, "cinc2017": cinc2017}


if __name__ == "__main__":
    main()
