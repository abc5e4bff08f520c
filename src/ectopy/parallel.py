"""Work shared by several processes, and arithmetic that stays in the thread that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Lock
from typing import Any, Final, TypeVar

from ectopy.errors import ParameterError

T = TypeVar("T")
R = TypeVar("R")


def parallel_map(
    work: Callable[[T], R],
    items: Sequence[T],
    *,
    jobs: int = 1,
    progress: str | None = None,
    name: Callable[[T], str] = str,
) -> Iterator[R]:
    """Do the same to every item, in several processes at a time.

    With one job, or one item, the work is done in this process. Other processes are spawned, not forked: that
    is the same on every system, and safe beside threads.

    Parameters
    ----------
    work : callable
        Item → result. With more than one job it must be a function of a module, or a `functools.partial` of
        one.
    items : sequence
        What to work on; with more than one job items and results must be picklable.
    jobs : int
        How many processes share the work.
    progress : str, optional
        Title of a progress bar on standard error; by default none is drawn.
    name : callable
        Item → what errors call it.

    Yields
    ------
    object
        The result of each item, in the order of the items.

    Raises
    ------
    ParameterError
        If ``jobs`` is not positive, or a process ended before its work was done.
    Exception
        What ``work`` raised, with a note that names the item; what has not begun by then is not begun.

    Examples
    --------
    >>> list(parallel_map(len, ["MLII", "V1"]))
    [4, 2]
    """
    if jobs < 1:
        raise ParameterError(f"jobs={jobs} can do no work; give 1 or more")
    in_one = jobs == 1 or len(items) < 2
    results = _one_by_one(work, items, name) if in_one else _shared(work, items, jobs, name)
    return iter(_shown(results, len(items), progress))


def _one_by_one(work: Callable[[T], R], items: Iterable[T], name: Callable[[T], str]) -> Iterator[R]:
    for item in items:
        with _named(name(item)):
            result = work(item)
        yield result


def _shared(work: Callable[[T], R], items: Sequence[T], jobs: int, name: Callable[[T], str]) -> Iterator[R]:
    pool = ProcessPoolExecutor(min(jobs, len(items)), mp_context=get_context("spawn"))
    try:
        futures = [pool.submit(work, item) for item in items]
        for future, item in zip(futures, items, strict=True):
            with _named(name(item)):
                result = _result(future, jobs)
            yield result
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _named(item: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"at work on {item}")
        raise


def _result(future: Future[R], jobs: int) -> R:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise ParameterError(
            f"jobs={jobs}: a process ended before its work was done, most likely for want of memory;"
            " give fewer jobs"
        ) from error


def _shown(results: Iterator[R], total: int, progress: str | None) -> Iterable[R]:
    if progress is None:
        return results
    from rich.console import Console  # slow to import
    from rich.progress import track

    return track(results, progress, total, console=Console(stderr=True))


class _OneBlasThread:
    """Keeps the linear algebra of NumPy in the calling thread while anybody asks for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asking = 0
        self._libraries: Any = None
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            self._asking += 1
            if self._asking == 1:
                self._limit = self._known_libraries().limit(limits=1)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._asking -= 1
            if not self._asking:
                self._limit.restore_original_limits()

    def _known_libraries(self) -> Any:
        """Return the libraries of linear algebra that NumPy has loaded; looking them up takes a while."""
        if self._libraries is None:
            import numpy  # noqa: F401  # loads the library that is meant
            from threadpoolctl import ThreadpoolController

            self._libraries = ThreadpoolController().select(user_api="blas")
        return self._libraries


one_blas_thread: Final = _OneBlasThread()
"""Context in which products of matrices are computed by the thread that asks for them.

The products of an analysis are small, and threads of its own share them out already: waking others for each
costs more than they do. The setting is that of the whole process; several threads may ask for it at a time,
and the last to leave restores what was before.
"""
