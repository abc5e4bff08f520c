"""From samples, as they come, to R peaks, quality flags and the conditioned signal, block by block.

Each of the three steps works on blocks of a fixed size on a grid that hangs on the first sample of the
recording, and sees its reach beyond them. However the samples arrive, whole, in chunks or in packets of a
stream, a step is handed the same arrays, and so gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Number = TypeVar("Number", bound=np.generic)

_FEW: Final = 50_000
"""Samples, of all blocks together, that are worked through sooner than two threads are started."""


@dataclass(frozen=True, eq=False)
class Step:
    """One way of working through a signal.

    Parameters
    ----------
    size : int
        Samples in a block.
    reach : int
        Samples on each side of a block that have a say in its result.
    work : callable
        ``work(part, before, after, start)`` → result: a block with ``before`` and ``after`` samples of its
        neighbours, less than ``reach`` at the ends of the recording, and the index of its first own sample.
    """

    size: int
    reach: int
    work: Callable[[Samples, int, int, int], Any]


@dataclass(frozen=True, eq=False)
class Block:
    """What a step made of the samples ``start`` to ``stop``."""

    step: int
    start: int
    stop: int
    result: Any


class SignalBlocks:
    """Keeps as much of a signal as its steps still need, and runs each as soon as it can.

    The samples of a lead lie side by side in what a step is handed: they are worked on lead by lead.

    Parameters
    ----------
    n_leads : int
        Columns of the signal.
    steps : Step
        What is to be done with it.

    Examples
    --------
    >>> blocks = SignalBlocks(1, Step(4, 1, lambda part, before, after, start: float(part.sum())))
    >>> [block.result for block in blocks.push(np.ones((6, 1), np.float32))]
    [5.0]
    >>> [(block.start, block.stop, block.result) for block in blocks.flush()]
    [(4, 6, 3.0)]
    """

    def __init__(self, n_leads: int, *steps: Step) -> None:
        self._steps = steps
        self._done = [0] * len(steps)
        self._kept = np.empty((n_leads, 0), np.float32)
        self._first = 0
        self._waiting: list[Samples] = []
        self._workers = ThreadPoolExecutor(2)
        self.n_samples = 0

    def push(self, *samples: Samples) -> Iterator[Block]:
        """Take samples, each of shape (n, n_leads), and yield the blocks that are complete with them."""
        self._waiting += samples
        self.n_samples += sum(map(len, samples))
        yield from self._run(ended=False)

    def flush(self) -> Iterator[Block]:
        """Yield the blocks that are left, now that no sample will follow."""
        yield from self._run(ended=True)

    def _run(self, ended: bool) -> Iterator[Block]:
        """Work through every block that is complete; where there are several, two at a time."""
        waiting: list[tuple[int, int, int, Callable[[], Any]]] = []
        for number, step in enumerate(self._steps):
            while self._ready(number, ended):
                start = self._done[number]
                stop = min(start + step.size, self.n_samples)
                before, after = min(step.reach, start), min(step.reach, self.n_samples - stop)
                part = self._part(start - before, stop + after)
                self._done[number] = stop
                waiting.append((number, start, stop, partial(step.work, part, before, after, start)))
        n_samples = sum(stop - start for _, start, stop, _ in waiting)
        results = self._results([work for *_, work in waiting], side_by_side=n_samples > _FEW)
        for (number, start, stop, _), result in zip(waiting, results, strict=True):
            yield Block(number, start, stop, result)
        self._forget()

    def _results(self, works: Sequence[Callable[[], Any]], *, side_by_side: bool) -> Iterator[Any]:
        """Return what each does, in order; NumPy and onnxruntime let several threads run at once."""
        if len(works) < 2 or not side_by_side:
            return (work() for work in works)
        doing = [self._workers.submit(work) for work in works]
        return (each.result() for each in doing)

    def _ready(self, number: int, ended: bool) -> bool:
        step, start = self._steps[number], self._done[number]
        if ended:
            return start < self.n_samples
        return start + step.size + step.reach <= self.n_samples

    def _part(self, start: int, stop: int) -> Samples:
        if self._waiting:
            self._kept = lead_by_lead(self._kept, *self._waiting)
            self._waiting.clear()
        return self._kept[:, start - self._first : stop - self._first].T

    def _forget(self) -> None:
        """Drop what no step will ask for again, once it is more than what is kept."""
        needed = min(done - step.reach for done, step in zip(self._done, self._steps, strict=True))
        surplus = needed - self._first
        if surplus > self._kept.shape[1] // 2 and not self._waiting:
            self._kept = self._kept[:, surplus:].copy()
            self._first += surplus


def lead_by_lead(kept: npt.NDArray[Number], *following: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Append arrays of shape (n, n_leads) to one of shape (n_leads, n), and return all as the latter.

    Examples
    --------
    >>> lead_by_lead(np.array([[1, 2], [5, 6]]), np.array([[3, 7]])).tolist()
    [[1, 2, 3], [5, 6, 7]]
    """
    n_kept = kept.shape[1]
    joined = np.empty((len(kept), n_kept + sum(map(len, following))), kept.dtype)
    return np.concatenate([kept, *(each.T for each in following)], axis=1, out=joined)
