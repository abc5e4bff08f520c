"""How much a few answers of a reviewer teach: benchmarks/results/review_learning.json.

``python benchmarks/review_learning.py`` analyses the records of MIT-BIH DS2 with the shipped pipeline, lets a
reviewer who knows the reference labels answer 0 to 50 questions about each, accepts every suggestion, and
counts F1 of S, V and F against the reference (150 ms, from the first second on; what was not detected counts
as missed). Four ways to ask: the question ectopy chooses, answered for its beat or for all beats like it (by
their majority; one answer either way); beats at random; and all beats of the first five minutes, as the
patient-specific protocol has it, those minutes left out of the figures of all four.

``--cost`` measures the processor time of a day instead: recounting it after edits, and adapting to it.

``--records ds1`` does the same on the people on whom the constants were chosen, whose classifier is made too
sure by having learned from them; ``--cache FOLDER`` keeps the analyses for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ectopy.analysis.edits import (
    AddBeat,
    DeleteBeats,
    Entry,
    MarkSpan,
    Relabel,
    RelabelCluster,
    recount,
)
from ectopy.analysis.pipeline import analyze
from ectopy.analysis.result import Analysis
from ectopy.analysis.saved_source import SavedSource
from ectopy.analysis.suggestions import Learner
from ectopy.beats.windows import Beats
from ectopy.datasets.catalog import locate
from ectopy.datasets.mitbih import RECORD_SETS
from ectopy.evaluation.matching import match_beats
from ectopy.features.table import BEAT_FEATURES
from ectopy.io.wfdb.files import read_annotations
from ectopy.labels import MATCH_WINDOW, aami_classes
from ectopy.models.adaptation import BeatSpace, adapt
from ectopy.simulation import simulate as simulated

RESULT = Path(__file__).parent / "results" / "review_learning.json"
CLASSES = ("S", "V", "F")
BUDGETS = (0, 5, 10, 20, 50)
LEARNING_PERIOD = 300.0
FEWEST = 10
"""Reference beats of a class that a person has at the least for its F1 to count as that person's worst."""

NO_BEAT = "?"
"""Answer about a beat that is none: it is taken away, and teaches nothing."""


@dataclass(frozen=True, eq=False)
class Person:
    """The beats found in a record, and what they are by the reference; empty where it has none there."""

    name: str
    analysis: Analysis
    truth: np.ndarray
    missed: np.ndarray
    missed_at: np.ndarray

    def answer(self, beats: np.ndarray) -> str:
        """Return the label of the majority of some beats."""
        names, counts = np.unique(self.truth[beats], return_counts=True)
        return str(names[counts.argmax()]) or NO_BEAT


def person(name: str, folder: Path, cache: Path | None) -> Person:
    saved = cache / f"{name}.analysis.npz" if cache else None
    analysis = Analysis.load(saved) if saved and saved.exists() else analyze(folder / name)
    if saved and not saved.exists():
        analysis.save(saved)
    reference = read_annotations(folder / name).beats()
    classes = aami_classes(reference.symbols, "aami")
    found = match_beats(reference.samples, analysis.beats.samples, round(MATCH_WINDOW * analysis.record.fs))
    truth = np.full(len(analysis.beats), "", "<U1")
    truth[found.pairs[:, 1]] = classes[found.pairs[:, 0]]
    return Person(name, analysis, truth, classes[found.missed], reference.samples[found.missed])


Asking = Callable[[Person, Learner, int], Iterator[dict[int, str]]]
"""Gives the labels after each answer."""


def chosen_beats(who: Person, learner: Learner, most: int) -> Iterator[dict[int, str]]:
    labels: dict[int, str] = {}
    for _ in range(most):
        question = learner.next_question(labels)
        if question is not None:
            labels[question.beat] = who.answer(np.array([question.beat]))
        yield labels


def chosen_groups(who: Person, learner: Learner, most: int) -> Iterator[dict[int, str]]:
    labels: dict[int, str] = {}
    for _ in range(most):
        question = learner.next_question(labels)
        if question is not None:
            new = [beat for beat in question.beats if beat not in labels]
            labels |= dict.fromkeys(new, who.answer(np.array(new)))
        yield labels


def random_beats(who: Person, learner: Learner, most: int) -> Iterator[dict[int, str]]:
    labels: dict[int, str] = {}
    order = np.random.default_rng(int(who.name)).permutation(learner.rows)
    for beat in order[:most].tolist():
        labels[beat] = who.answer(np.array([beat]))
        yield labels


WAYS: dict[str, Asking] = {
    "chosen beats": chosen_beats,
    "chosen groups": chosen_groups,
    "random beats": random_beats,
}


def first_minutes(who: Person) -> dict[int, str]:
    inside = np.flatnonzero(who.analysis.judged & ~_after(who))
    return {beat: who.answer(np.array([beat])) for beat in inside.tolist()}


def _after(who: Person) -> np.ndarray:
    return who.analysis.beats.samples >= LEARNING_PERIOD * who.analysis.record.fs


def counts(who: Person, classes: np.ndarray, *, late: bool) -> np.ndarray:
    """Return true positives, false positives and false negatives of each class, shape (n_classes, 3)."""
    keep = _after(who) if late else np.ones(len(classes), np.bool_)
    missed = who.missed[who.missed_at >= LEARNING_PERIOD * who.analysis.record.fs * late]
    rows = []
    for name in CLASSES:
        real, said = (who.truth == name) & keep, (classes == name) & keep
        lost = (real & ~said).sum() + (missed == name).sum()
        rows.append([(real & said).sum(), (said & ~real).sum(), lost])
    return np.array(rows, np.int64)


def accepted(
    who: Person, learner: Learner, labels: dict[int, str], *, suggestions: bool = True
) -> np.ndarray:
    """Return the classes after all suggestions were accepted."""
    classes = np.array(who.analysis.classes)
    if suggestions and labels:
        for suggestion in learner.suggest(labels):
            classes[list(suggestion.beats)] = suggestion.symbol
    for beat, symbol in labels.items():
        classes[beat] = symbol
    return classes


def simulate(who: Person) -> dict[str, dict[str, np.ndarray]]:
    """Return way → "answers" or "answers, late" → counts."""
    learner = Learner(who.analysis)
    found: dict[str, dict[str, np.ndarray]] = {}

    def note(way: str, answers: object, classes: np.ndarray) -> None:
        found.setdefault(way, {})[str(answers)] = counts(who, classes, late=False)
        found[way][f"{answers}, after 5 min"] = counts(who, classes, late=True)

    for way, ask in WAYS.items():
        note(way, 0, np.array(who.analysis.classes))
        for number, labels in enumerate(ask(who, learner, max(BUDGETS)), start=1):
            if number in BUDGETS:
                note(way, number, accepted(who, learner, labels))
                if way == "chosen groups":
                    note("groups alone", number, accepted(who, learner, labels, suggestions=False))
    labels = first_minutes(who)
    note("first 5 min", "all", accepted(who, learner, labels))
    found["first 5 min"]["n_labels"] = np.array(len(labels))
    return found


def f1(row: np.ndarray) -> float | None:
    right, wrong, lost = row.tolist()
    return round(2 * right / (2 * right + wrong + lost), 4) if right + lost else None


def worst(row: np.ndarray) -> float | None:
    """Return the lowest F1 of the classes of which a person has enough beats."""
    known = [f1(each) for each in row if each[0] + each[2] >= FEWEST]
    return min((each for each in known if each is not None), default=None)


def summed(people: dict[str, dict[str, dict[str, np.ndarray]]]) -> dict[str, dict[str, dict[str, object]]]:
    result: dict[str, dict[str, dict[str, object]]] = {}
    for way, budgets in next(iter(people.values())).items():
        for budget in budgets:
            if budget == "n_labels":
                result[way][budget] = {
                    "mean": float(np.mean([each[way][budget] for each in people.values()]))
                }
                continue
            tables = {name: each[way][budget] for name, each in people.items()}
            total = np.sum(list(tables.values()), axis=0)
            lowest = [value for value in map(worst, tables.values()) if value is not None]
            result.setdefault(way, {})[budget] = {
                **{name: f1(row) for name, row in zip(CLASSES, total, strict=True)},
                "median worst class": round(float(np.median(lowest)), 4),
                "people with a class to count": len(lowest),
            }
    return result


def measure(names: list[str], cache: Path | None) -> dict[str, object]:
    folder = locate("mitdb")
    people: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for name in names:
        began = sum(os.times()[:2])
        people[name] = simulate(person(name, folder, cache))
        print(f"{name}: {sum(os.times()[:2]) - began:.1f} s", flush=True)
    per_person = {
        name: {
            way: {
                budget: {cls: f1(row) for cls, row in zip(CLASSES, table, strict=True)}
                for budget, table in budgets.items()
                if budget in ("0", "20", "50", "all, after 5 min")
            }
            for way, budgets in found.items()
        }
        for name, found in people.items()
    }
    return {"records": names, "all": summed(people), "people": per_person}


def a_day(n_beats: int = 110_000) -> Analysis:
    """Return an analysis of a day whose beats are drawn by lot, without windows."""
    short = analyze(simulated(60, 250, ("II", "V1"), seed=4), waves=False)
    rng = np.random.default_rng(0)
    peaks = np.cumsum(rng.normal(0.78, 0.03, n_beats).clip(0.4)) * short.record.fs
    record = replace(SavedSource.of(short.record, ""), n_samples=int(peaks[-1]) + 500)
    beats = Beats.of(
        np.zeros((n_beats, 1, 96), np.float32),
        fs=120,
        samples=np.rint(peaks),
        rr=np.diff(peaks, prepend=np.nan) / short.record.fs,
        r_peaks=peaks,
    )
    return replace(
        short,
        record=record,
        beats=beats,
        beat_leads=np.full(n_beats, "II"),
        quality=np.full(n_beats, "good"),
        scores=np.zeros(n_beats, np.float32),
        probabilities=np.eye(4, dtype=np.float32)[rng.choice(4, n_beats, p=[0.9, 0.03, 0.06, 0.01])],
        clusters=rng.integers(0, 12, n_beats),
        episodes=(),
    )


def some_edits(n_edits: int, n_beats: int) -> list[Entry]:
    """Return edits of every kind that changes beats."""
    rng, now = np.random.default_rng(0), datetime.now(UTC)
    entries = []
    for number in range(1, n_edits + 1):
        beats = rng.integers(0, n_beats, 20)
        start = int(beats[0]) * 190
        edit = (
            Relabel(beats, "V"),
            RelabelCluster(int(rng.integers(12)), "N"),
            AddBeat(start, "V"),
            DeleteBeats(beats[:2]),
            MarkSpan(start, start + 500, "artefact"),
        )[number % 5]
        entries.append(Entry(number, "ada", now, edit))
    return entries


def milliseconds(work: Callable[[], object]) -> float:
    """Return the processor time of the fastest of five runs."""
    times = []
    for _ in range(5):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return round(1000 * min(times), 1)


def cost() -> dict[str, object]:
    day = a_day()
    n_beats = len(day.beats)
    rng = np.random.default_rng(0)
    space = BeatSpace.of(rng.normal(size=(n_beats, len(BEAT_FEATURES))).astype(np.float32), day.probabilities)
    rows = rng.permutation(n_beats)[:20]
    return {
        "beats": n_beats,
        "recount after an edit, ms": milliseconds(lambda: recount(day, some_edits(1, n_beats))),
        "recount after 100 edits, ms": milliseconds(lambda: recount(day, some_edits(100, n_beats))),
        "adapt to 20 labels and choose a question, ms": milliseconds(
            lambda: adapt(space, rows, rows % 4).next_beat()
        ),
    }


def write(found: dict[str, object]) -> None:
    before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    RESULT.write_text(json.dumps({**before, **found}, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cost", action="store_true", help="measure the processor time of a day instead")
    parser.add_argument(
        "--records", default="ds2", choices=RECORD_SETS, help="set of records; ds2 by default"
    )
    parser.add_argument("--cache", type=Path, help="folder of saved analyses")
    options = parser.parse_args()
    if options.cost:
        write({"a day": cost()})
        return
    found = measure(list(RECORD_SETS[options.records]), options.cache)
    for way, budgets in found["all"].items():
        print(way, json.dumps(budgets))
    if options.records == "ds2":
        write(found)


if __name__ == "__main__":
    main()
