"""The engine of many machines: an actor a lane, on whatever nodes a Ray cluster has or gets."""

from __future__ import annotations

import math
import socket
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ectopy.engines.engine import Start
from ectopy.errors import ParameterError, reason_of, require_extra

T = TypeVar("T")
R = TypeVar("R")

_RETRIES: Final = 5
"""Times that a task is done again whose machine or actor was lost; tasks must bear that."""

_KNOCK: Final = 10.0
"""Seconds in which the head of a cluster has to take a connection."""

_ABOVE: Final = 256 << 20
"""Bytes that a lane needs beside what its tasks may take: its own Python, and Ray's part of it."""


@dataclass(frozen=True)
class RayEngine:
    """Runs tasks side by side on a Ray cluster.

    A task goes to a lane when the lane asks for it, so none waits in the cluster; lanes for which there is no
    room yet wait for a node to come, and an autoscaler sees them wait. What tasks give back is small and goes
    straight to this process.

    Parameters
    ----------
    jobs : int
        Lanes.
    address : str
        Of a cluster; empty for one on this machine that ends with this process.
    n_bytes : int, optional
        Memory that each lane's tasks may take; nodes get no more lanes than fit.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    ParameterError
        If ``jobs`` is not positive, or the cluster does not answer.
    """

    jobs: int
    address: str = ""
    n_bytes: int | None = None

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise ParameterError(f"jobs={self.jobs} can do no work; give 1 or more")
        connect(self.address, self.jobs)

    def map(self, start: Start[T, R], tasks: Iterable[T]) -> Generator[tuple[int, R], None, None]:
        """Do tasks side by side; see `ectopy.engines.engine.Engine.map`."""
        import ray

        lane: Any = ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=_RETRIES, **self._memory())(
            _Lane
        )
        lanes = [lane.remote(start) for _ in range(self.jobs)]
        left = enumerate(tasks)
        asked: dict[Any, tuple[Any, int]] = {each.ready.remote(): (each, -1) for each in lanes}
        try:
            while asked:
                ended, _ = ray.wait(list(asked), num_returns=1)
                each, number = asked.pop(ended[0])
                result = _got(ended[0])
                if number >= 0:
                    yield number, result
                if (following := next(left, None)) is not None:
                    asked[each.do.remote(following[1])] = (each, following[0])
                else:
                    asked = {ref: of for ref, of in asked.items() if of[1] >= 0}  # lanes that nobody needs
        finally:
            for each in lanes:
                ray.kill(each)

    def _memory(self) -> dict[str, Any]:
        if self.n_bytes is None or not self.address:
            return {}
        return {"memory": math.ceil(self.n_bytes + _ABOVE)}


class _Lane:
    """What works on a node: a runner, made there."""

    def __init__(self, start: Start[Any, Any]) -> None:
        self._runner = start()

    def ready(self) -> None:
        """Answer once there is a place for it."""

    def do(self, task: Any) -> Any:
        """Do a task."""
        return self._runner(task)


def connect(address: str, jobs: int) -> None:
    """Join a cluster, or begin one on this machine; nothing if that has been done.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    ParameterError
        If the cluster does not answer.
    """
    ray = require_extra("ray", "cluster")
    if ray.is_initialized():
        return
    try:
        if address:
            _knock(address)
            ray.init(address=address, log_to_driver=False, logging_level="error")
        else:
            ray.init(num_cpus=jobs, include_dashboard=False, log_to_driver=False, logging_level="error")
    except (OSError, RuntimeError, ValueError) as error:
        raise ParameterError(
            f"address={address!r}: no Ray cluster answers there ({reason_of(error)}); if it asks for a"
            " token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
        ) from error


def _knock(address: str) -> None:
    """Raise at once if no program listens at a host and port: Ray would try for more than a minute."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK).close()


def cluster_processors(address: str) -> int:
    """Return how many processors a cluster has now; errors as of `connect`."""
    from ectopy.engines.local import processors

    connect(address, processors())
    import ray

    resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    return max(1, int(resources.get("CPU", 1)))


def _got(reference: Any) -> Any:
    """Return a result, or raise what the task raised and not what Ray makes of it."""
    import ray

    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, Exception) else error from None
