"""A watched process gives results back, or says why not, and the next item gets another one."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing.context import ForkProcess
from threading import Event, Thread, Timer
from typing import Any

import pytest

from ectopy.engines.choice import engine_of
from ectopy.engines.local import LocalEngine
from ectopy.engines.worker import (
    Limits,
    TimeLimit,
    Worker,
    WorkerClosed,
    WorkerDied,
    WorkerStartError,
)
from ectopy.errors import ParameterError, RecordError

Quick = Callable[..., "Worker[Any, Any]"]


@pytest.fixture
def quick() -> Iterator[Quick]:
    made: list[Worker[Any, Any]] = []

    def make(work: Callable[[Any], Any], limits: Limits | None = None) -> Worker[Any, Any]:
        made.append(Worker(lambda: work, limits or Limits(), method="fork"))
        return made[-1]

    yield make
    for worker in made:
        worker.close()


def test_a_process_that_ends_is_replaced(quick: Quick):
    worker = quick(lambda item: os._exit(item) if item else os.getpid())
    first = worker(0)
    with pytest.raises(WorkerDied, match="ended with status 7"):
        worker(7)
    assert worker(0) not in {first, os.getpid()}


def test_what_takes_too_long_is_ended_and_what_waits_is_not(quick: Quick):
    worker = quick(time.sleep, Limits(seconds=0.5))
    assert worker(0.01) is None
    time.sleep(0.6)
    assert worker(0.01) is None
    with pytest.raises(TimeLimit, match=r"longer than 0\.5 s"):
        worker(60)


def test_an_error_comes_back_as_it_was_raised_and_says_where(quick: Quick):
    def work(item: str) -> None:
        raise RecordError(f"{item}: damaged")

    with pytest.raises(RecordError, match="a: damaged") as caught:
        quick(work)("a")
    assert "in work" in str(caught.value.__cause__)


def test_an_error_that_cannot_be_sent_is_told_in_words(quick: Quick):
    class UnknownError(Exception):  # of a function: cannot be pickled
        pass

    def work(item: str) -> None:
        raise UnknownError(item)

    with pytest.raises(RuntimeError, match="UnknownError: a"):
        quick(work)("a")


def test_who_waits_for_a_worker_that_is_closed_is_told(quick: Quick):
    worker = quick(time.sleep)
    Timer(0.3, worker.close).start()
    with pytest.raises(WorkerClosed):
        worker(60)
    with pytest.raises(WorkerClosed):
        worker(0)


def test_a_start_that_fails_is_no_fault_of_an_item():
    worker: Worker[str, str] = Worker(partial(int, "x"), method="fork")
    with pytest.raises(WorkerStartError, match="cannot start: ValueError: invalid literal"):
        worker("a")


def test_an_error_of_a_lane_ends_the_others_at_once():
    class Lane:
        def __init__(self) -> None:
            self.worker: Worker[float, None] = Worker(lambda: time.sleep, method="fork")
            self.close = self.worker.close

        def __call__(self, task: float) -> None:
            if task < 0:
                raise ParameterError("negative")
            self.worker(task)

    began = time.monotonic()
    with pytest.raises(ParameterError, match="negative"):
        list(LocalEngine(2).map(Lane, [60, -1]))
    assert time.monotonic() - began < 30


def test_a_worker_that_is_closed_while_its_process_starts_leaves_none_behind(monkeypatch):
    starting, closing, begun = Event(), Event(), []
    start = ForkProcess.start

    def slowly(process: ForkProcess) -> None:
        starting.set()
        closing.wait(0.2)
        start(process)
        begun.append(process)

    monkeypatch.setattr(ForkProcess, "start", slowly)
    worker: Worker[float, None] = Worker(lambda: time.sleep, method="fork")
    lane = Thread(target=worker.warm)
    lane.start()
    starting.wait(10)
    worker.close()
    lane.join(10)
    assert [process.is_alive() for process in begun] == [False]


def test_an_engine_is_had_by_its_name():
    assert engine_of("local", 3) == LocalEngine(3)
    assert engine_of().jobs >= 1
    with pytest.raises(ParameterError, match="jobs=0 can do no work"):
        LocalEngine(0)
