"""Work on recordings that fails as recordings do: the name of a recording says how."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ectopy.apps.batch.inputs import Input
from ectopy.apps.batch.rows import AnalysisOptions, Rows


@dataclass(frozen=True)
class Hostile:
    """Hands back rows made of the name of a recording, at once, or misbehaves.

    A recording called ``crash…`` ends the process, ``hang…`` never ends, ``eat…`` fills memory, ``defect…``
    raises what no recording should, ``full…`` finds no space left, ``pid…`` leaves its process in a file
    beside itself and waits a moment.
    """

    options: AnalysisOptions

    def __call__(self, item: Input) -> Rows:
        name = Path(item.location).stem
        if name.startswith("crash"):
            os._exit(3)
        if name.startswith("hang"):
            time.sleep(600)
        if name.startswith("eat"):
            held = np.ones(100 << 20)
            time.sleep(600)
            held.sum()
        if name.startswith("defect"):
            raise KeyError("fs")
        if name.startswith("full"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "scratch")
        if name.startswith("pid"):
            Path(item.location).with_suffix(".pid").write_text(str(os.getpid()))
            time.sleep(0.05)
        return made_up(item, name)


@dataclass(frozen=True)
class Forgiving:
    """The same, but nothing goes wrong."""

    options: AnalysisOptions

    def __call__(self, item: Input) -> Rows:
        return made_up(item, Path(item.location).stem)


@dataclass(frozen=True)
class Unstartable:
    """Work that cannot begin."""

    options: AnalysisOptions

    def __post_init__(self) -> None:
        raise ValueError("no such model")


def made_up(item: Input, name: str) -> Rows:
    """Return rows of as many beats as a name has letters."""
    n_beats = len(name)
    return Rows(
        recording={"record": name, "n_beats": n_beats, "n_bytes": item.n_bytes, **item.carried},
        beats={
            "sample": np.arange(n_beats),
            "class": np.full(n_beats, "N"),
            "rr_s": np.full(n_beats, np.nan),
        },
        events={"kind": [], "start_s": []},
        episodes={"kind": []},
    )
