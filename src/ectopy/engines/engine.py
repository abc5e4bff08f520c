"""What an engine is: lanes side by side, each of which runs one task after the other.

A *runner* is what does the tasks of one lane. It is made in the place where it works (a thread of this
process, an actor on another machine) by a picklable function without arguments, so that what is slow to make,
models above all, is made once a lane.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Protocol, TypeAlias, TypeVar

TaskT = TypeVar("TaskT", contravariant=True)
ResultT = TypeVar("ResultT", covariant=True)
T = TypeVar("T")
R = TypeVar("R")


class Runner(Protocol[TaskT, ResultT]):
    """Does one task at a time."""

    def __call__(self, task: TaskT, /) -> ResultT:
        """Do a task."""
        ...

    def close(self) -> None:
        """Let go of processes and files, from any thread, at any moment."""
        ...


Start: TypeAlias = Callable[[], Runner[T, R]]
"""What makes a runner."""


class Engine(Protocol):
    """Shares tasks among runners."""

    @property
    def jobs(self) -> int:
        """How many runners work side by side."""
        ...

    def map(self, start: Start[T, R], tasks: Iterable[T]) -> Generator[tuple[int, R], None, None]:
        """Do tasks side by side.

        Parameters
        ----------
        start : callable
            Makes a runner.
        tasks : iterable
            A task is asked for when a runner is free to do it.

        Yields
        ------
        int
            Number of a task, counted from 0; tasks come as they end.
        object
            Its result.

        Raises
        ------
        Exception
            What a runner raised; no other task is begun then.
        """
        ...
