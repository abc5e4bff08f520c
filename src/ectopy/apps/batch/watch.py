"""What people and machines see of a running batch: a bar, a log of JSON lines, a file for Prometheus."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from ectopy.apps.batch.division import Part
from ectopy.apps.batch.parts import PartDone
from ectopy.io.atomic import draft

_EVERY: Final = 1.0
"""Seconds between two writings of the figures for Prometheus."""

_HELP: Final = {
    "recordings": "Recordings of the batch.",
    "recordings_done": "Recordings that are analysed, or could not be.",
    "errors": "Recordings that could not be analysed, of this run.",
    "beats": "Beats found, in this run.",
    "parts": "Parts of the batch.",
    "parts_done": "Parts whose tables are in their places.",
}


@dataclass(frozen=True)
class Totals:
    """How far a batch is.

    Parameters
    ----------
    parts, parts_done : int
        Parts of the list, and those whose tables are in their places.
    recordings, recordings_done : int
        The same of recordings.
    errors, beats : int
        Recordings that could not be analysed, and beats found.
    """

    parts: int
    parts_done: int
    recordings: int
    recordings_done: int
    errors: int = 0
    beats: int = 0

    @classmethod
    def of(cls, parts: Sequence[Part], done: set[str]) -> Totals:
        """Return the totals of a list of parts of which some are done."""
        ready = [part for part in parts if part.name in done]
        return cls(len(parts), len(ready), _count(parts), _count(ready))

    def plus(self, part: PartDone) -> Totals:
        """Return the totals once a part is done."""
        return replace(
            self,
            parts_done=self.parts_done + 1,
            recordings_done=self.recordings_done + part.n_recordings,
            errors=self.errors + len(part.failures),
            beats=self.beats + part.n_beats,
        )

    def to_dict(self) -> dict[str, int]:
        """Return the figures by name."""
        return asdict(self)


class Watch:
    """Tells of a batch.

    Parameters
    ----------
    bar : bool
        Draw a bar on standard error.
    log : Path, optional
        Where a line of JSON goes for each part and each recording that could not be analysed.
    metrics : Path, optional
        Where the figures go in the text format of Prometheus, once a second at most.
    """

    def __init__(self, *, bar: bool = False, log: Path | None = None, metrics: Path | None = None) -> None:
        self._bar, self._log_path, self._metrics_path = bar, log, metrics
        self._totals = Totals(0, 0, 0, 0)
        self._log: IO[str] | None = None
        self._progress: Any = None
        self._task: Any = None
        self._began = self._written = 0.0

    @contextmanager
    def watching(self, totals: Totals) -> Iterator[None]:
        """Be told of what happens inside the block."""
        self._totals, self._began = totals, time.monotonic()
        self._open()
        self._say("start", **totals.to_dict())
        try:
            yield
            self._say("end", **self._totals.to_dict())
        except BaseException as error:
            self._say("stop", kind=type(error).__name__, message=" ".join(str(error).split()))
            raise
        finally:
            self._write_metrics()
            if self._progress is not None:
                self._progress.stop()
            if self._log is not None:
                self._log.close()
                self._log = None

    def part(self, part: PartDone) -> None:
        """Tell of a part that is done."""
        self._totals = self._totals.plus(part)
        for failure in part.failures:
            self._say("error", **asdict(failure))
        self._say(
            "part",
            part=part.name,
            recordings=part.n_recordings,
            beats=part.n_beats,
            errors=len(part.failures),
            seconds=round(part.seconds, 3),
        )
        if self._progress is not None:
            self._progress.update(
                self._task, completed=self._totals.recordings_done, errors=self._totals.errors
            )
        if time.monotonic() - self._written > _EVERY:
            self._write_metrics()

    def _open(self) -> None:
        if self._log_path is not None:
            self._log_path.parent.mkdir(parents=True, exist_ok=True)
            self._log = self._log_path.open("a", encoding="utf-8")
        if self._bar:
            self._progress = _progress()
            self._task = self._progress.add_task(
                "recordings",
                total=self._totals.recordings,
                completed=self._totals.recordings_done,
                errors=0,
            )
            self._progress.start()

    def _say(self, event: str, **facts: Any) -> None:
        if self._log is not None:
            line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **facts}
            self._log.write(json.dumps(line) + "\n")
            self._log.flush()

    def _write_metrics(self) -> None:
        self._written = time.monotonic()
        if self._metrics_path is not None:
            with draft(self._metrics_path) as path:
                path.write_text(prometheus(self._totals, self._written - self._began), "utf-8")


NOBODY: Final = Watch()
"""Tells nobody."""


def prometheus(totals: Totals, seconds: float) -> str:
    """Return figures in the text format of Prometheus.

    Examples
    --------
    >>> print(prometheus(Totals(4, 1, 100, 25), 5.0).splitlines()[2])
    ectopy_batch_parts 4
    """
    figures: dict[str, float] = {**totals.to_dict(), "seconds": round(seconds, 1)}
    lines = []
    for name, value in figures.items():
        metric = f"ectopy_batch_{name}"
        lines += [f"# HELP {metric} {_HELP.get(name, 'Seconds since this run began.')}"]
        lines += [f"# TYPE {metric} gauge", f"{metric} {value}"]
    return "\n".join(lines) + "\n"


def _count(parts: Sequence[Part]) -> int:
    return sum(len(part.inputs) for part in parts)


def _progress() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:.1f}/s")

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[errors]} errors"),
        console=Console(stderr=True),
        speed_estimate_period=60,
    )
