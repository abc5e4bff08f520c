"""A batch from beginning to end: what is done already stays, what is left is shared out, what is old goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from ectopy.apps.batch.division import Part, PartSize, divide
from ectopy.apps.batch.inputs import Input, find_inputs
from ectopy.apps.batch.manifest import Run, claim
from ectopy.apps.batch.parts import (
    Plan,
    part_facts,
    parts_done,
    remove_others,
    start_parts,
)
from ectopy.apps.batch.recording import RecordingAnalysis
from ectopy.apps.batch.rows import AnalysisOptions
from ectopy.apps.batch.schema import TABLES, columns
from ectopy.apps.batch.store import Store, store_at
from ectopy.apps.batch.watch import NOBODY, Totals, Watch
from ectopy.engines.engine import Engine
from ectopy.engines.worker import Limits
from ectopy.errors import ParameterError

RESULT: Final = "summary.json"

LIMITS: Final = Limits(seconds=3600, n_bytes=4 << 30)
"""Of each recording: two weeks of three leads take a quarter of either."""


@dataclass(frozen=True)
class Batch:
    """What is asked of a batch.

    Parameters
    ----------
    given : sequence of str
        As `ectopy.apps.batch.inputs.find_inputs` takes it, as are ``include`` and ``path_column``.
    out : str
        Path or URI of the output.
    options : AnalysisOptions
        How each recording is analysed.
    limits : Limits
        What each recording may take.
    part_size : PartSize, optional
        How long parts are; chosen by the list when it is seen for the first time.
    shard : tuple of int
        Which share of the parts, counted from 1, and of how many: for several batches side by side.
    force : bool
        Take a place that holds another run.
    retry_errors : bool
        Do the parts again in which recordings could not be analysed.
    start : callable, optional
        Takes the options and returns what turns an input into rows; picklable.
    """

    given: Sequence[str]
    out: str
    include: Sequence[str] = ()
    path_column: str = ""
    options: AnalysisOptions = field(default_factory=AnalysisOptions)
    limits: Limits = LIMITS
    part_size: PartSize | None = None
    shard: tuple[int, int] = (1, 1)
    force: bool = False
    retry_errors: bool = False
    start: Callable[[AnalysisOptions], Callable[[Input], Any]] = RecordingAnalysis


def run_batch(batch: Batch, engine: Engine, watch: Watch = NOBODY) -> Totals:
    """Analyse many recordings into tables.

    What an earlier run of the same batch has done is not done again. The tables are the same, byte for byte,
    however often the batch was interrupted, whoever did which part, and in which order.

    Parameters
    ----------
    batch : Batch
        What is asked.
    engine : Engine
        What shares the work.
    watch : Watch
        Is told of what happens.

    Returns
    -------
    Totals
        Of the whole output.

    Raises
    ------
    ParameterError
        If nothing is to be analysed, the output is another run's, or the shard is none.
    ArtifactError
        If a model is absent or damaged.
    OSError
        If the output cannot be written.
    """
    share, shares = batch.shard
    if not 1 <= share <= shares:
        raise ParameterError(f"shard={share}/{shares} is no share; give 1/{shares} to {shares}/{shares}")
    store = store_at(batch.out)
    inputs, carried = with_carried(
        find_inputs(batch.given, include=batch.include, path_column=batch.path_column)
    )
    pipeline = batch.options.pipeline()
    run = Run.of(batch.options, pipeline, batch.given, batch.include)
    size = claim(store, run, PartSize.fitting(inputs), asked=batch.part_size, force=batch.force)
    parts = list(divide(inputs, size, f"{run.key}{json.dumps(carried)}"))
    done = parts_done(store, TABLES)
    if batch.retry_errors:
        done -= {name for name in done if part_facts(store, name).get("errors")}
    left = [
        part for number, part in enumerate(parts) if part.name not in done and number % shares == share - 1
    ]
    plan = Plan(
        out=batch.out,
        start=partial(_started, batch.start, batch.options),
        classes=tuple(pipeline.classifier.classes_.tolist()),
        carried=carried,
        limits=batch.limits,
    )
    _do(left, plan, engine, watch, Totals.of(parts, done))
    if not parts_done(store, TABLES).issuperset(part.name for part in parts):
        return Totals.of(parts, parts_done(store, TABLES))  # others do the rest
    return _finished(store, parts)


def _do(left: Sequence[Part], plan: Plan, engine: Engine, watch: Watch, totals: Totals) -> None:
    with watch.watching(totals):
        if left:
            with closing(engine.map(start_parts(plan), left)) as results:
                for _, done in results:
                    watch.part(done)


def _finished(store: Store, parts: Sequence[Part]) -> Totals:
    """Remove what is old, and write what there is."""
    remove_others(store, TABLES, {part.name for part in parts})
    facts = [part_facts(store, part.name) for part in parts]
    totals = Totals(
        parts=len(parts),
        parts_done=len(parts),
        recordings=sum(len(part.inputs) for part in parts),
        recordings_done=sum(each["recordings"] for each in facts),
        errors=sum(each["errors"] for each in facts),
        beats=sum(each["beats"] for each in facts),
    )
    with store.draft(RESULT) as path:
        path.write_text(json.dumps(totals.to_dict(), indent=2) + "\n", "utf-8")
    return totals


def _started(
    start: Callable[[AnalysisOptions], Callable[[Input], Any]], options: AnalysisOptions
) -> Callable[[Input], Any]:
    return start(options)


def with_carried(inputs: Sequence[Input]) -> tuple[list[Input], dict[str, str]]:
    """Return the inputs with columns that do not clash with those of ``recordings``, and the columns' types.

    A column whose name is taken gets ``input_`` before it.
    """
    taken = {column.name for column in columns()["recordings"]}
    names = dict.fromkeys(name for each in inputs for name in each.carried)
    renamed = {name: f"input_{name}" if name in taken else name for name in names}
    types = {new: _arrow_type_of([each.carried.get(old) for each in inputs]) for old, new in renamed.items()}
    if not names:
        return list(inputs), {}
    texts = {new for new, kind in types.items() if kind == "string"}
    return [replace(each, carried=_renamed(each.carried, renamed, texts)) for each in inputs], types


def _renamed(carried: Mapping[str, Any], names: Mapping[str, str], texts: set[str]) -> dict[str, Any]:
    return {
        names[name]: str(value) if names[name] in texts and value is not None else value
        for name, value in carried.items()
    }


def _arrow_type_of(values: Sequence[Any]) -> str:
    """Return the name of the Arrow type that holds all values; text where no other does."""
    kinds = {type(value) for value in values if value is not None}
    for python, arrow in (
        (bool, "bool"),
        (int, "int64"),
        (float, "double"),
        (datetime, "timestamp[us]"),
        (date, "date32"),
    ):
        if kinds == {python} or (python is float and kinds == {int, float}):
            return arrow
    return "string"
