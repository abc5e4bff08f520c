"""A value in one file: a ``.npz`` of arrays beside one of JSON, with a version, and never a pickle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnalysisError
from ectopy.io.atomic import draft

FORMAT: Final = "ectopy analysis"
FORMAT_VERSION: Final = "1.0"
"""Version of the file that this code writes: major.minor. A newer minor version only adds to it."""

SUFFIX: Final = ".analysis.npz"
"""Of the name of every such file."""

_HEAD: Final = "header"
_UNREADABLE: Final = (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, TypeError)
"""What NumPy, zip and JSON raise on a file that is cut off, changed, or something else."""


@dataclass(frozen=True, eq=False)
class Archive:
    """What is in a file: JSON values by name, and arrays by name."""

    values: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]


def write_archive(path: Path, content: Archive) -> None:
    """Write a file as a whole or not at all."""
    head = {"format": FORMAT, "version": FORMAT_VERSION, "values": content.values}
    text = json.dumps(head, ensure_ascii=False).encode()
    members: dict[str, Any] = {_HEAD: np.frombuffer(text, np.uint8), **content.arrays}
    with draft(path) as unfinished, unfinished.open("wb") as file:
        np.savez_compressed(file, **members)


def read_archive(path: Path) -> Archive:
    """Read what `write_archive` wrote.

    Raises
    ------
    AnalysisError
        If there is no such file, it is damaged or something else, or of a newer version.
    """
    if not path.is_file():
        raise AnalysisError(f"{path} is no file; give one that Analysis.save wrote")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            head = json.loads(stored[_HEAD].tobytes())
            if head["format"] != FORMAT:
                raise ValueError(f"its format is {head['format']!r}")
            _check_version(path, str(head["version"]))
            arrays = {name: stored[name] for name in stored.files if name != _HEAD}
            return Archive(dict(head["values"]), arrays)
    except AnalysisError:
        raise
    except _UNREADABLE as error:
        raise damaged(path, error) from error


def damaged(path: Path, error: object) -> AnalysisError:
    """Return the error for a file that cannot be understood."""
    reason = " ".join(str(error).split()) or type(error).__name__
    return AnalysisError(f"{path} is damaged or no saved analysis ({reason}); analyse the recording again")


def _check_version(path: Path, version: str) -> None:
    if int(version.split(".")[0]) > int(FORMAT_VERSION.split(".")[0]):
        raise AnalysisError(
            f"{path}: version {version} of the file is newer than {FORMAT_VERSION};"
            " upgrade with: pip install --upgrade ectopy"
        )
