"""A part of a batch: its recordings one after the other in a watched process, its tables at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Final, TypeAlias

from ectopy.apps.batch.division import Part
from ectopy.apps.batch.inputs import Input
from ectopy.apps.batch.rows import Rows
from ectopy.apps.batch.store import Store, store_at
from ectopy.apps.batch.table_writer import TableWriter
from ectopy.engines.worker import (
    Limits,
    MemoryLimit,
    TimeLimit,
    Worker,
    WorkerClosed,
    WorkerDied,
    WorkerStartError,
    WorkerStopped,
)
from ectopy.errors import EctopyError
from ectopy.io.atomic import FULL
from ectopy.io.safe_names import file_stem

DONE: Final = "_parts"
"""Folder of a file for each part whose tables are all in their places."""

PAGES: Final = "pages"

_ATTEMPTS: Final = {WorkerDied: 3, MemoryLimit: 2, TimeLimit: 1}
"""How often a recording is tried before what stopped it is its own fault.

Anything may kill a process once, and what it held before may have been too much; nothing but the recording
makes it last long.
"""

StartWork: TypeAlias = Callable[[], Callable[[Input], Rows]]


@dataclass(frozen=True)
class Failure:
    """What went wrong with a recording."""

    recording: str
    kind: str
    message: str


@dataclass(frozen=True)
class Plan:
    """What all parts have in common.

    Parameters
    ----------
    out : str
        Where the output goes.
    start : callable
        Makes what turns an `Input` into `Rows`; picklable.
    classes : tuple of str
        What the classifier tells apart.
    carried : mapping
        Name → Arrow type of the columns that come from the input.
    limits : Limits
        Of each recording.
    """

    out: str
    start: StartWork
    classes: tuple[str, ...]
    carried: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class PartDone:
    """What is known of a part whose tables are in their places."""

    name: str
    n_recordings: int
    n_beats: int
    failures: tuple[Failure, ...]
    seconds: float


class PartRunner:
    """Does one part after the other, in a process that keeps its models.

    Parameters
    ----------
    plan : Plan
        What all parts have in common.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._store = store_at(plan.out)
        self._worker: Worker[Input, Rows] = Worker(plan.start, plan.limits, threads=1, main=False)
        self._worker.warm()

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def __call__(self, part: Part) -> PartDone:
        """Analyse the recordings of a part, and put its tables in their places.

        Raises
        ------
        OSError
            If the output cannot be written, or no space is left.
        """
        began = time.monotonic()
        failures: list[Failure] = []
        writer = TableWriter(self._plan.classes, self._plan.carried)
        names = [table_file(table, part) for table in writer.tables]
        with self._store.drafts([*names, f"{DONE}/{part.name}.json"]) as (*tables, done), writer:
            files = writer.open(dict(zip(writer.tables, tables, strict=True)))
            for item in part.inputs:
                outcome = self._attempted(item)
                if isinstance(outcome, Failure):
                    failures.append(outcome)
                    writer.add_error(asdict(outcome))
                else:
                    writer.add(item.recording, outcome, self._page(part, item, outcome))
            writer.close()
            digests = {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
            facts = {
                "recordings": len(part.inputs),
                "errors": len(failures),
                "beats": writer.n_beats,
                "sha256": digests,
            }
            done.write_text(json.dumps(facts, indent=1), "utf-8")
        return PartDone(
            part.name, len(part.inputs), writer.n_beats, tuple(failures), time.monotonic() - began
        )

    def _attempted(self, item: Input) -> Rows | Failure:
        """Analyse a recording, again where it may not be to blame that it failed."""
        stops: dict[type, int] = {}
        while True:
            try:
                return self._worker(item)
            except (WorkerClosed, WorkerStartError):
                raise
            except WorkerStopped as error:
                stops[type(error)] = stops.get(type(error), 0) + 1
                if stops[type(error)] >= _ATTEMPTS[type(error)]:
                    return Failure(item.recording, type(error).__name__, str(error))
            except Exception as error:
                if isinstance(error, OSError) and error.errno in FULL:
                    raise
                return _failure(item, error)

    def _page(self, part: Part, item: Input, rows: Rows) -> str | None:
        if rows.page is None:
            return None
        digest = sha256(item.recording.encode()).hexdigest()[:8]
        name = f"{PAGES}/{part.name}/{file_stem(rows.recording['record'])}-{digest}.html"
        with self._store.draft(name) as path:
            path.write_text(rows.page, "utf-8")
        return name


def table_file(table: str, part: Part) -> str:
    """Return the name of the file of a part in a table."""
    return f"{table}/part-{part.name}.parquet"


def parts_done(store: Store, tables: Sequence[str]) -> set[str]:
    """Return the names of the parts whose tables are all in their places."""
    marked = {name.removesuffix(".json") for name in store.names(DONE)}
    for table in tables:
        marked &= {name.removeprefix("part-").removesuffix(".parquet") for name in store.names(table)}
    return marked


def remove_others(store: Store, tables: Sequence[str], wanted: set[str]) -> int:
    """Remove what is left of parts that are none any more; return how many there were."""
    others = {name.removesuffix(".json") for name in store.names(DONE)} - wanted
    for name in others:
        store.remove(f"{DONE}/{name}.json")
    for name in _stale(store, tables, wanted):
        store.remove(name)
    return len(others)


def start_parts(plan: Plan) -> partial[PartRunner]:
    """Return what makes the runner of an engine's lane."""
    return partial(PartRunner, plan)


def _stale(store: Store, tables: Sequence[str], wanted: set[str]) -> Iterator[str]:
    for table in tables:
        for name in store.names(table):
            if name.removeprefix("part-").removesuffix(".parquet") not in wanted and name.endswith(
                ".parquet"
            ):
                yield f"{table}/{name}"
    yield from (f"{PAGES}/{name}" for name in store.names(PAGES) if name not in wanted)


def _failure(item: Input, error: Exception) -> Failure:
    message = " ".join(str(error).split())
    if not isinstance(error, EctopyError):
        message = f"{message or type(error).__name__} (a defect of ectopy; please report it)"
    return Failure(item.recording, type(error).__name__, message)


def part_facts(store: Store, name: str) -> dict[str, Any]:
    """Return what stands in the file that says that a part is done."""
    content = store.read(f"{DONE}/{name}.json")
    facts: dict[str, Any] = json.loads(content) if content else {}
    return facts
