"""The engine of one machine: a thread a lane, whose runner has processes of its own."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, Generic, TypeVar

from ectopy.engines.engine import Runner, Start
from ectopy.errors import ParameterError

T = TypeVar("T")
R = TypeVar("R")


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class LocalEngine:
    """Runs tasks side by side on this machine.

    Runners are made before any thread is started, and are called from threads: what keeps a processor busy
    belongs into a `ectopy.engines.worker.Worker`.

    Parameters
    ----------
    jobs : int
        Runners that work side by side.

    Raises
    ------
    ParameterError
        If ``jobs`` is not positive.
    """

    jobs: int

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise ParameterError(f"jobs={self.jobs} can do no work; give 1 or more")

    def map(self, start: Start[T, R], tasks: Iterable[T]) -> Generator[tuple[int, R], None, None]:
        """Do tasks side by side; see `ectopy.engines.engine.Engine.map`."""
        shared: _Shared[T, R] = _Shared(iter(tasks))
        runners = [start() for _ in range(self.jobs)]
        lanes = [Thread(target=shared.run, args=(runner,), daemon=True) for runner in runners]
        for lane in lanes:
            lane.start()
        try:
            yield from shared.results(len(lanes))
        finally:
            shared.stopped.set()
            for runner in runners:
                runner.close()
            for lane in lanes:
                lane.join()


class _Shared(Generic[T, R]):
    """What the lanes share: the tasks that are left, the results, and whether to stop."""

    def __init__(self, tasks: Iterator[T]) -> None:
        self.stopped = Event()
        self._tasks = enumerate(tasks)
        self._lock = Lock()
        self._ended: SimpleQueue[Any] = SimpleQueue()

    def run(self, runner: Runner[T, R]) -> None:
        """Do one task after the other."""
        try:
            with suppress(StopIteration):
                while not self.stopped.is_set():
                    with self._lock:
                        number, task = next(self._tasks)
                    self._ended.put((number, runner(task)))
        except BaseException as error:
            self._ended.put(error)
        else:
            self._ended.put(None)

    def results(self, lanes: int) -> Iterator[tuple[int, R]]:
        """Yield what the lanes give until all have come to their end."""
        while lanes:
            ended = self._ended.get()
            if isinstance(ended, BaseException):
                raise ended
            if ended is None:
                lanes -= 1
            else:
                yield ended
