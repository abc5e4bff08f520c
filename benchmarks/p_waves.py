"""What P waves tell of rhythm and class on the people of DS1, to benchmarks/results/p_waves.json.

Needs the databases ``mitdb``, ``ludb``, ``qtdb`` and ``nsrdb``. Three questions, none of which touches marks
of test people:

- How often a P wave is marked where there is none: beats of DS1 in atrial fibrillation and flutter, and leads
  of LUDB people outside the test part who have fibrillation.
- What P waves add to RR intervals: logistic regression, each person judged by the others, on DS1 (first
  lead, reference beats): beats in fibrillation against sinus rhythm, and S against N.
- How often conduction events are suspected: simulated third-degree, 2:1 and first-degree block and sinus
  rhythm; DS1, the people of LUDB and of the QT Database outside the test parts (four of LUDB have
  third-degree block: 34, 74, 104 and 111), and those of the Normal Sinus Rhythm Database.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ectopy.beats.p_waves import P_COLUMNS, p_evidence
from ectopy.beats.waves import Waves
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, ludb_part
from ectopy.datasets.mitbih import load_record
from ectopy.datasets.nsrdb import load_nsrdb_record, nsrdb_records
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS1
from ectopy.models.artifact import NETWORK
from ectopy.models.delineator import default_delineator, delineate
from ectopy.record import Record
from ectopy.rhythm.conduction import CONDUCTION_KINDS, conduction_events
from ectopy.simulation.conduction import BLOCKS, simulate_block

RESULT = Path(__file__).parent / "results" / "p_waves.json"
FIBRILLATING = ("8", "38", "44", "51", "83", "88", "93", "96", "101", "109", "112", "129", "173")
"""People of LUDB outside the test part whose rhythm is atrial fibrillation by ``ludb.csv``."""

AROUND = 21
"""Beats whose RR intervals and P waves tell the rhythm."""

FITTED = 4
"""One beat in so many is learned from: all of them say nothing more."""

HEARTS = 12
SECONDS = 60.0

Floats = npt.NDArray[np.float64]


def rhythm_of(record: Record) -> npt.NDArray[np.str_]:
    """Return the name of the rhythm at each beat."""
    marks = record.reference_annotations()
    changes = [(sample, text.strip("\0")) for sample, text in zip(marks.samples, marks.aux, strict=True)]
    starts = np.array([sample for sample, text in changes if text.startswith("(")])
    names = np.array([text for _, text in changes if text.startswith("(")])
    return names[np.searchsorted(starts, marks.beats().samples, side="right") - 1]


def nearby(values: Floats) -> Floats:
    """Return the mean of the values of the beats around each, NaN left out."""
    known = np.isfinite(values).astype(float)
    sums = uniform_filter1d(np.nan_to_num(values), AROUND, mode="nearest")
    return np.asarray(sums / np.maximum(uniform_filter1d(known, AROUND, mode="nearest"), 1e-9))


def features(record: Record, waves: Waves) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the features of a rhythm and of a class, by RR intervals, and what P waves add to each."""
    rr = np.diff(waves.r_peaks, prepend=np.nan) / waves.fs
    usual = np.maximum(nearby(rr), 0.2)
    after = np.append(rr[1:], np.nan)
    changes = np.abs(np.diff(rr, prepend=np.nan)) / usual
    evidence = p_evidence(waves)
    table = np.nan_to_num(np.column_stack([evidence[name] for name in P_COLUMNS]))
    by_rhythm = np.column_stack([usual, nearby(changes), nearby(changes**2)])
    by_beat = np.nan_to_num(np.column_stack([rr / usual, after / usual, usual]), nan=1.0)
    shares = np.column_stack([nearby(column) for column in table.T])
    differences = np.column_stack([table - shares, table[:, 1:3]])
    return np.nan_to_num(by_rhythm), shares, by_beat, differences


def left_out(rows: list[Floats], labels: list[npt.NDArray[np.bool_]]) -> dict[str, Any]:
    """Return areas under the curve where each person is judged by a regression on all others."""
    scores = []
    for person, mine in enumerate(rows):
        others = [i for i in range(len(rows)) if i != person]
        model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=500))
        model.fit(
            np.concatenate([rows[i] for i in others])[::FITTED],
            np.concatenate([labels[i] for i in others])[::FITTED],
        )
        scores.append(model.decision_function(mine))
    both = [
        roc_auc_score(label, score)
        for label, score in zip(labels, scores, strict=True)
        if 9 < label.sum() < len(label) - 9
    ]
    pooled = roc_auc_score(np.concatenate(labels), np.concatenate(scores))
    return {
        "area, all beats": round(float(pooled), 4),
        "area, mean of people with both": round(float(np.mean(both)), 4),
        "people with both": len(both),
    }


def added(records: list[Record], waves: list[Waves]) -> dict[str, Any]:
    """Answer what P waves add to RR intervals."""
    tables = [features(record, each) for record, each in zip(records, waves, strict=True)]
    rhythms = [rhythm_of(record) for record in records]
    symbols = [record.reference_annotations().beats().symbols for record in records]
    questions = {
        "fibrillation against sinus rhythm": (
            0,
            [np.isin(each, ("(AFIB", "(N")) for each in rhythms],
            [each == "(AFIB" for each in rhythms],
        ),
        "S against N": (
            2,
            [np.isin(each, list("NLRAaJS")) for each in symbols],
            [np.isin(each, list("AaJS")) for each in symbols],
        ),
    }
    results: dict[str, Any] = {}
    for question, (column, chosen, labels) in questions.items():
        kept = [i for i, mask in enumerate(chosen) if mask.sum() > 50]
        truth = [labels[i][chosen[i]] for i in kept]
        sets: dict[str, Callable[[int], Floats]] = {
            "RR": lambda i, c=column: tables[i][c],
            "P": lambda i, c=column: tables[i][c + 1],
            "RR and P": lambda i, c=column: np.column_stack([tables[i][c], tables[i][c + 1]]),
        }
        results[question] = {
            "beats": [int(sum(len(each) for each in truth)), int(sum(each.sum() for each in truth))],
            **{name: left_out([rows(i)[chosen[i]] for i in kept], truth) for name, rows in sets.items()},
        }
    return results


def marked(records: list[Record], waves: list[Waves]) -> dict[str, Any]:
    """Count P marks where there is no P wave."""
    rows: dict[str, Any] = {}
    for record, each in zip(records, waves, strict=True):
        rhythms = rhythm_of(record)
        for name in ("(AFIB", "(AFL"):
            if (rhythms == name).any():
                rows[f"{record.name} {name[1:]}"] = share(each, rhythms == name)
    return {"beats with P, %": rows}


def share(waves: Waves, chosen: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Return how many beats there are, and in how many of a hundred P is marked, by lead and on all."""
    leads = {
        lead: round(100 * float(np.isfinite(waves.mark("p_peak", lead)[chosen]).mean()), 2)
        for lead in waves.leads
    }
    together = round(100 * float(np.isfinite(waves.mark("p_peak")[chosen]).mean()), 2)
    return {"beats": int(chosen.sum()), **leads, "all leads together": together}


def fibrillating() -> dict[str, Any]:
    """Count P marks on the leads of the people of LUDB in fibrillation."""
    assert all(ludb_part(name) != "test" for name in FIBRILLATING)
    waves = [delineate(load_ludb_record(name)) for name in FIBRILLATING if name in LUDB_RECORDS]
    by_lead = np.concatenate([np.isfinite(each.lead_marks[:, :, 1]).ravel() for each in waves])
    together = np.concatenate([np.isfinite(each.mark("p_peak")) for each in waves])
    return {
        "people": len(waves),
        "beats": len(together),
        "beats with P, %, single leads": round(100 * float(by_lead.mean()), 2),
        "beats with P, %, all leads together": round(100 * float(together.mean()), 2),
    }


def simulated() -> dict[str, Any]:
    """Count simulated hearts in which each kind of event is suspected."""
    rows = {}
    hearts = [(block, block, False) for block in BLOCKS] + [("third-degree, wide QRS", BLOCKS[-1], True)]
    for name, block, wide in hearts:
        for seconds in (SECONDS, 10.0):
            counts: Counter[str] = Counter()
            for seed in range(HEARTS):
                record = simulate_block(block, seconds, wide=wide, seed=seed)
                waves = delineate(record, record.reference_annotations().samples)
                counts.update({event.kind for event in conduction_events(waves)})
            rows[f"{name}, {seconds:g} s"] = {"hearts": HEARTS} | {
                kind: counts[kind] for kind in CONDUCTION_KINDS
            }
    return rows


def suspected(names: list[str], waves: list[Waves]) -> dict[str, Any]:
    """Count the events of real recordings, by name where there are any."""
    counts = {
        name: dict(Counter(event.kind for event in conduction_events(each)))
        for name, each in zip(names, waves, strict=True)
    }
    return {
        "recordings": len(names),
        "hours": round(sum(each.r_peaks[-1] / each.fs for each in waves) / 3600, 2),
        "events": {name: kinds for name, kinds in counts.items() if kinds},
    }


def main() -> None:
    records = [load_record(name) for name in DS1]
    both = [delineate(record, record.reference_annotations().beats().samples) for record in records]
    first = [
        delineate(record.select(record.leads[:1]), record.reference_annotations().beats().samples)
        for record in records
    ]
    quiet = [name for name in qtdb_records() if qtdb_part(name) != "test"]
    seen = [name for name in LUDB_RECORDS if ludb_part(name) != "test"]
    normal = nsrdb_records()
    result = {
        "network_sha256": default_delineator().manifest.files[NETWORK],
        "fibrillation, DS1": marked(records, both),
        "fibrillation, LUDB": fibrillating(),
        "what P waves add, DS1": added(records, first),
        "conduction, simulated": simulated(),
        "conduction, DS1": suspected(list(DS1), both),
        "conduction, qtdb": suspected(quiet, [delineate(load_qtdb_record(name)) for name in quiet]),
        "conduction, ludb": suspected(seen, [delineate(load_ludb_record(name)) for name in seen]),
        "conduction, nsrdb": suspected(list(normal), [delineate(load_nsrdb_record(name)) for name in normal]),
    }
    text = json.dumps(result, indent=1) + "\n"
    print(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
