"""Work shared by several processes, and arithmetic that stays in the thread that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from ectopy.engines.engine import Engine
from ectopy.engines.local import LocalEngine
from ectopy.engines.worker import Worker, WorkerDied, WorkerStartError
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
    engine: Engine | None = None,
    method: str = "spawn",
) -> Iterator[R]:
    """Do the same to every item, in several processes at a time.

    With one job, or one item, the work is done in this process. Other processes are spawned, unless asked
    otherwise: that is the same on every system, and safe beside threads.

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
    engine : Engine, optional
        What shares the work, in place of ``jobs`` processes of this machine.
    method : str
        How processes are started; see `ectopy.engines.worker.Worker`.

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
    engine = engine or LocalEngine(max(1, min(jobs, len(items))) if jobs > 0 else jobs)
    in_one = isinstance(engine, LocalEngine) and (engine.jobs == 1 or len(items) < 2)
    results = _one_by_one(work, items, name) if in_one else _shared(work, items, engine, method, name)
    return iter(_shown(results, len(items), progress))


def _one_by_one(work: Callable[[T], R], items: Iterable[T], name: Callable[[T], str]) -> Iterator[R]:
    for item in items:
        with _named(name(item)):
            result = work(item)
        yield result


def _shared(
    work: Callable[[T], R], items: Sequence[T], engine: Engine, method: str, name: Callable[[T], str]
) -> Iterator[R]:
    """Put results in the order of the items, and an error where its item stands."""
    ended: dict[int, R | _Failed] = {}
    with closing(engine.map(partial(_Attempts, work, method), items)) as results:
        for number, item in enumerate(items):
            while number not in ended:
                other, result = next(results)
                ended[other] = result
            result = ended.pop(number)
            if isinstance(result, _Failed):
                with _named(name(item)):
                    raise _told(result.error, engine.jobs)
            yield result


@dataclass(frozen=True)
class _Failed:
    error: Exception


class _Attempts(Generic[T, R]):
    """Does items in a process of its own; an error is a result, so that those before it are seen first."""

    def __init__(self, work: Callable[[T], R], method: str) -> None:
        self._worker: Worker[T, R] = Worker(partial(_itself, work), method=method)
        self._worker.warm()
        self.close = self._worker.close

    def __call__(self, item: T) -> R | _Failed:
        try:
            return self._worker(item)
        except Exception as error:
            return _Failed(error)


def _itself(work: T) -> T:
    return work


@contextmanager
def _named(item: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(f"at work on {item}")
        raise


def _told(error: Exception, jobs: int) -> Exception:
    if not isinstance(error, WorkerDied | WorkerStartError):
        return error
    told = ParameterError(
        f"jobs={jobs}: a process ended before its work was done, most likely for want of memory;"
        " give fewer jobs"
    )
    told.__cause__ = error
    return told


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
