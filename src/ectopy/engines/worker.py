"""A process of ours that is watched: it may fail, hang or eat memory, and the work goes on."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar

from ectopy.errors import EctopyError, require_extra

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
R = TypeVar("R")

_Reply: TypeAlias = tuple[bool, Any, str]
"""Whether an item was done, its result or the error, and where the error arose."""

_LAST: Final = 10.0
"""Seconds that are waited for a process that was killed: the system may still write out what it held."""

_LOOK: Final = 0.2
"""Seconds between two looks at the memory of a process."""

_STARTS: Final = 3
"""Times that a process is started before it is given up: anything may kill one."""

_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_environment = threading.Lock()
"""Held while a process is started, which takes over the environment of this one."""


class WorkerStopped(Exception):  # noqa: N818 - not the fault of who asked
    """A process did not give back the result of an item: it ended, took too long or took too much memory."""


class WorkerDied(WorkerStopped):
    """It ended."""


class TimeLimit(WorkerStopped):
    """It took too long."""


class MemoryLimit(WorkerStopped):
    """It took too much memory."""


class WorkerClosed(WorkerStopped):
    """It was closed while it worked."""


class WorkerStartError(EctopyError):
    """A process cannot even begin to work, whatever the item."""


@dataclass(frozen=True)
class Limits:
    """What an item may take.

    Parameters
    ----------
    seconds : float, optional
        On the clock.
    n_bytes : int, optional
        Of memory, of the whole process (resident set).
    """

    seconds: float | None = None
    n_bytes: int | None = None


UNLIMITED: Final = Limits()


class Worker(Generic[T, R]):
    """A process that does one item after the other; it is started when it is needed, and again if it ended.

    Parameters
    ----------
    start : callable
        Is called in the process, and returns what turns an item into a result. Picklable.
    limits : Limits
        Of each item.
    method : str
        How the process is started: ``spawn`` is safe everywhere; ``fork`` is quick where nothing but the
        calling thread runs.
    threads : int, optional
        How many threads the process's linear algebra may use; as many as this process's by default.
    main : bool
        Whether a spawned process imports the program that this one runs, as what is defined there needs.

    Examples
    --------
    >>> from functools import partial
    >>> worker = Worker(partial(getattr, str, "upper"))
    >>> worker("mlii")
    'MLII'
    >>> worker.close()
    """

    def __init__(
        self,
        start: Callable[[], Callable[[T], R]],
        limits: Limits = UNLIMITED,
        *,
        method: str = "spawn",
        threads: int | None = None,
        main: bool = True,
    ) -> None:
        self._start, self._limits, self._method, self._threads = start, limits, method, threads
        self._main = main
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._ready = False
        self._closed = threading.Event()
        self._changing = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Number of the process; None where none runs."""
        return None if self._process is None else self._process.pid

    def warm(self) -> None:
        """Start the process, and do not wait until it is ready."""
        with self._changing:  # a process that is closed while it starts would run on
            if self._process is not None or self._closed.is_set():
                return
            context = get_context(self._method)
            ours, theirs = context.Pipe()
            with _environment, _threads_in_environment(self._threads), _main_program(self._main):
                process = context.Process(  # type: ignore[attr-defined]
                    target=_serve, args=(theirs, self._start), daemon=True
                )
                process.start()
            theirs.close()
            self._process, self._pipe, self._ready = process, ours, False

    def __call__(self, item: T) -> R:
        """Do an item.

        Raises
        ------
        WorkerStopped
            If the process did not give back a result; the next item gets a new process.
        Exception
            What the work raised.
        """
        self._make_ready()
        try:
            done, value, trace = self._asked(item)
        except BaseException:
            self._stop()
            raise
        if done:
            return value
        raise value from RuntimeError(f"in a process of its own:\n{trace}")

    def close(self) -> None:
        """End the process; whoever waits for it gets `WorkerClosed`."""
        self._closed.set()
        with self._changing:
            process = self._process
        if process is not None:
            with suppress(OSError, ValueError):
                process.kill()
                process.join(_LAST)

    def _make_ready(self) -> None:
        """Wait until a process is ready; a slow start is no item's fault, nor is one that fails."""
        reason = ""
        for _ in range(_STARTS):
            self.warm()
            if self._ready:
                return
            if self._pipe is None or self._process is None:
                raise WorkerClosed("closed")
            try:
                reason = self._pipe.recv()
            except (EOFError, ConnectionResetError):
                self._process.join()
                reason = _how_it_ended(self._process.exitcode)
                self._stop()
                continue
            self._ready = not reason
            break
        if self._closed.is_set():
            raise WorkerClosed("closed")
        if not self._ready:
            raise WorkerStartError(f"a process that shares the work cannot start: {reason}")

    def _asked(self, item: T) -> _Reply:
        pipe, process = self._pipe, self._process
        if pipe is None or process is None:
            raise WorkerClosed("closed")
        try:
            pipe.send(item)
            self._await(pipe, process)
            return pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError) as error:
            process.join()
            if self._closed.is_set():
                raise WorkerClosed("closed") from error
            raise WorkerDied(_how_it_ended(process.exitcode)) from error

    def _await(self, pipe: Connection, process: BaseProcess) -> None:
        """Wait until there is something to receive, or the end of it."""
        seconds, n_bytes = self._limits.seconds, self._limits.n_bytes
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            looking = left if n_bytes is None else min(_LOOK, _LOOK if left is None else left)
            if pipe in wait([pipe, process.sentinel], looking) or not process.is_alive():
                return
            if n_bytes is not None and resident(process.pid) > n_bytes:
                raise MemoryLimit(f"it took more than {n_bytes >> 20} MB of memory")
            if end is not None and time.monotonic() >= end:
                raise TimeLimit(f"it took longer than {seconds:g} s")

    def _stop(self) -> None:
        with self._changing:
            process, pipe = self._process, self._pipe
            self._process = self._pipe = None
        if process is not None:
            process.kill()
            process.join()
        if pipe is not None:
            pipe.close()


def resident(pid: int | None) -> int:
    """Return how many bytes of memory a process holds; 0 if it is gone."""
    psutil = require_extra("psutil", "batch")
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        return f"its process was ended by signal {-code}"
    return f"its process ended with status {code}"


@contextmanager
def _threads_in_environment(threads: int | None) -> Iterator[None]:
    """Have a process that is started now hold its linear algebra to so many threads."""
    if threads is None:
        yield
        return
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _main_program(shown: bool) -> Iterator[None]:
    """Have a process that is started now import this one's program, or not: that of Ray takes its time."""
    main = vars(sys.modules["__main__"])
    hidden: dict[str, Any] = (
        {} if shown else {name: main[name] for name in ("__file__", "__spec__") if name in main}
    )
    main.update(dict.fromkeys(hidden))
    try:
        yield
    finally:
        main.update(hidden)


def _serve(pipe: Connection, start: Callable[[], Callable[[Any], Any]]) -> None:
    """Do one item after the other, until nobody asks any more."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it is told, and ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    work: Callable[[Any], Any] = str
    failed = ""
    try:
        work = start()
    except Exception as error:
        failed = f"{type(error).__name__}: {error}"
    with suppress(BrokenPipeError):
        pipe.send(failed)
    if failed:
        return
    while True:
        try:
            item = pipe.recv()
        except (EOFError, OSError):
            return
        with suppress(BrokenPipeError):
            pipe.send(_done(work, item))


def _done(work: Callable[[Any], Any], item: Any) -> _Reply:
    try:
        return True, work(item), ""
    except Exception as error:
        return _failure(error)


def _failure(error: Exception) -> _Reply:
    """Return an error as it is sent: a plain one, if it does not survive the way between processes."""
    trace = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:
        return False, RuntimeError(f"{type(error).__name__}: {error}"), trace
    return False, error, trace


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
