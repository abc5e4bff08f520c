"""The files of a study: ``metrics.json``, with what it was measured by, and ``table.md``."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from ectopy.io.atomic import draft
from ectopy.reproductions.study import Reproduction, Settings

METRICS_FILE: Final = "metrics.json"
TABLE_FILE: Final = "table.md"

_PACKAGE: Final = Path(__file__).parents[1]


@dataclass
class Cost:
    """What a study took.

    Parameters
    ----------
    seconds : float
        On the wall.
    processor_seconds : float
        Of all threads together.
    """

    seconds: float = 0.0
    processor_seconds: float = 0.0


@contextmanager
def measured_cost() -> Iterator[Cost]:
    """Measure what the block takes; known once it has ended."""
    cost, wall, processor = Cost(), perf_counter(), process_time()
    yield cost
    cost.seconds, cost.processor_seconds = perf_counter() - wall, process_time() - processor


@dataclass(frozen=True)
class Provenance:
    """Where the figures of a study come from.

    Parameters
    ----------
    study, command : str
        Its name, and what runs it again.
    quick : bool
        Whether the figures mean nothing.
    seeds : tuple of int
        Of the runs.
    seconds, processor_seconds : float
        What it took, on the wall and of all threads together.
    version : str
        Of ectopy.
    commit : str or None
        Of the checkout that it ran from, ``-dirty`` at its end where files had been changed; None outside a
        checkout, or where it was not recorded.
    processor : str or None
        Model of the processor; None where it was not recorded.
    threads : int
        That the networks were trained with.
    """

    study: str
    command: str
    quick: bool
    seeds: tuple[int, ...]
    seconds: float
    processor_seconds: float
    version: str
    commit: str | None
    processor: str | None
    threads: int

    @classmethod
    def of(cls, name: str, settings: Settings, cost: Cost, threads: int) -> Provenance:
        """Describe a run of a study on this machine."""
        return cls(
            study=name,
            command=f"ectopy reproduce {name}" + (" --quick" if settings.quick else ""),
            quick=settings.quick,
            seeds=settings.seeds,
            seconds=round(cost.seconds, 1),
            processor_seconds=round(cost.processor_seconds, 1),
            version=version("ectopy"),
            commit=checked_out_commit(),
            processor=processor_model(),
            threads=threads,
        )


def write_reproduction(found: Reproduction, provenance: Provenance, folder: Path) -> None:
    """Write ``metrics.json`` and ``table.md`` of a study.

    Parameters
    ----------
    found : Reproduction
        What it found.
    provenance : Provenance
        Where the figures come from.
    folder : Path
        Where to.
    """
    fields = {**vars(provenance), **vars(found)}
    with draft(folder / METRICS_FILE) as path:
        path.write_bytes(to_json(fields, indent=1, inf_nan_mode="null", fallback=_as_python) + b"\n")
    warning = "**Quick run on simulated beats: its figures mean nothing.**\n\n" if provenance.quick else ""
    with draft(folder / TABLE_FILE) as path:
        path.write_text(warning + found.table(), encoding="utf-8")


def read_metrics(path: Path) -> tuple[Provenance, Reproduction]:
    """Read what `write_reproduction` wrote.

    Parameters
    ----------
    path : Path
        A ``metrics.json``.

    Returns
    -------
    Provenance, Reproduction

    Raises
    ------
    pydantic.ValidationError
        If a field is missing, or of another type.
    """
    fields = from_json(path.read_bytes())
    return TypeAdapter(Provenance).validate_python(fields), TypeAdapter(Reproduction).validate_python(fields)


def checked_out_commit() -> str | None:
    """Return the commit ectopy runs from, ``-dirty`` where files were changed; None where it is installed."""
    git = shutil.which("git")
    if git is None or _git(git, "rev-parse", "--show-prefix") != "src/ectopy/":
        return None
    return _git(git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


def _git(git: str, *arguments: str) -> str | None:
    done = subprocess.run(  # noqa: S603 - git, by arguments of this module
        [git, *arguments], cwd=_PACKAGE, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def processor_model() -> str:
    """Return what the processor calls itself, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _as_python(value: Any) -> Any:
    """Return an array or a number of NumPy as what JSON can hold."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")
