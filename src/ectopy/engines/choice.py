"""An engine by its name, as commands are asked for it."""

from __future__ import annotations

from typing import Final

from ectopy.engines.engine import Engine
from ectopy.engines.local import LocalEngine, processors
from ectopy.errors import ParameterError, unknown_option

ENGINES: Final = ("local", "ray")


def engine_of(
    name: str = "local", jobs: int | None = None, *, address: str = "", n_bytes: int | None = None
) -> Engine:
    """Return the engine of that name.

    Parameters
    ----------
    name : {"local", "ray"}
        Which.
    jobs : int, optional
        How many tasks it does side by side; by default as many as it has processors.
    address : str
        Of a Ray cluster.
    n_bytes : int, optional
        Memory that a task may take, for where it is placed.

    Raises
    ------
    ParameterError
        If there is no such engine, or it cannot be had so.
    MissingExtraError
        If its package is not installed.
    """
    if name not in ENGINES:
        raise unknown_option("engine", name, ENGINES)
    if name == "ray":
        from ectopy.engines.ray import RayEngine, cluster_processors

        return RayEngine(jobs or cluster_processors(address), address, n_bytes)
    if address:
        raise ParameterError(f"address={address!r} is of no use to the local engine; add --engine ray")
    return LocalEngine(jobs or processors())
