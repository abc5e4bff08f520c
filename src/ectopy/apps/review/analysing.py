"""Analyses that are started from the page, one at a time, in a process that tells how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.apps.review.opened import note_seen
from ectopy.apps.review.worklist import Place
from ectopy.derived import DerivedSource
from ectopy.engines.worker import Worker, WorkerClosed, WorkerStopped
from ectopy.errors import EctopyError

_READ: Final = 0.9
"""Share of an analysis that is over when the last sample has been read: the rest are clusters and waves."""


@dataclass(frozen=True)
class Progress:
    """How an analysis goes: ``waiting``, ``running`` with the share that is done, or ``failed`` and why."""

    state: str
    share: float = 0.0
    message: str = ""


class Analyses:
    """Analyses recordings one after the other.

    Parameters
    ----------
    done : callable
        Is called with each place whose analysis has been saved.
    """

    def __init__(self, done: Callable[[Place], None]) -> None:
        self._done = done
        self._worker: Worker[Place, None] = Worker(_start, threads=1, main=False)
        self._queue: SimpleQueue[Place | None] = SimpleQueue()
        self._progress: dict[str, Progress] = {}
        self._lock = Lock()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def start(self, place: Place) -> None:
        """Analyse a recording as soon as those before are done, unless it is among them."""
        with self._lock:
            if self._progress.get(place.key, Progress("failed")).state != "failed":
                return
            self._progress[place.key] = Progress("waiting")
        self._queue.put(place)

    def progress(self, place: Place) -> Progress | None:
        """Return how the analysis of a recording goes; None where none was asked for, or it is over."""
        with self._lock:
            known = self._progress.get(place.key)
        if known is None or known.state != "running":
            return known
        return replace(known, share=_read_share(place))

    def close(self) -> None:
        """End the process."""
        self._queue.put(None)
        self._worker.close()

    def _run(self) -> None:
        while (place := self._queue.get()) is not None:
            self._set(place, Progress("running"))
            try:
                self._worker(place)
                self._done(place)
            except WorkerClosed:
                return
            except (EctopyError, OSError, WorkerStopped) as error:
                self._set(place, Progress("failed", message=str(error)))
            else:
                self._set(place, None)

    def _set(self, place: Place, progress: Progress | None) -> None:
        with self._lock:
            if progress is None:
                self._progress.pop(place.key, None)
            else:
                self._progress[place.key] = progress


def _start() -> Callable[[Place], None]:
    """Load the models; runs in the process."""
    from ectopy.analysis.pipeline import shipped_pipeline
    from ectopy.io.registry import open_source

    pipeline = shipped_pipeline()

    def analyse(place: Place) -> None:
        place.cache.mkdir(parents=True, exist_ok=True)
        source = open_source(place.recording)
        analysis = pipeline.run(WatchedSource(source, _progress_file(place)))
        whole = replace(analysis, record=source, path=str(place.recording))
        whole.save(place.analysis)
        note_seen(place, whole)
        _progress_file(place).unlink(missing_ok=True)

    return analyse


@dataclass(frozen=True, eq=False)
class WatchedSource(DerivedSource):
    """A source that notes in a file how much of it has been read."""

    file: Path

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples, and note the share of the recording that lies before them."""
        self.file.write_text(f"{start / max(1, self.source.n_samples or 0):.4f}")
        return self.source.read(start, stop)


def _progress_file(place: Place) -> Path:
    return place.cache / "progress"


def _read_share(place: Place) -> float:
    try:
        return _READ * float(_progress_file(place).read_text())
    except (OSError, ValueError):
        return 0.0
