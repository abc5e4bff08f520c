"""Recordings in MATLAB files without a WFDB header beside them."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError, require_extra
from ectopy.io.mat5 import read_mat5
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip, recording_of

_RATES: Final = frozenset(
    {"fs", "srate", "freq", "frequency", "rate", "sfreq", "sf", "samplerate", "samplingrate"}
    | {"samplefrequency", "samplingfrequency", "sampfreq", "samplefreq", "sampfrequency"}
)
_NAMES: Final = frozenset(
    {"leads", "leadnames", "lead", "labels", "channels", "channelnames", "channames", "signames"}
)
_UNITS: Final = frozenset({"unit", "units", "sigunits"})
_SIGNALS: Final = ("signal", "ecg", "val", "data", "ecgdata", "x", "y")
"""Names of variables, in small letters and without underscores, that recordings are kept under."""

_DEEPEST: Final = 4
"""Structs in structs that are looked into."""

_MOST_LEADS: Final = 512
_BOMB: Final = 1200
"""Bytes that no compression makes of one: deflate reaches 1032."""

_ALLOWED: Final = 1 << 20
"""Bytes that variables may take in any file."""


def open_mat(path: Path, options: OpenOptions) -> Recording:
    """Open a MATLAB file: the array of samples in it, and what else tells rate, names and unit.

    The samples are the numeric array that is called as samples are (``signal``, ``ECG``, ``val``, ``data``
    …), or else the largest; the longer side of it is time. Structs are looked into.

    Parameters
    ----------
    path : Path
        A MATLAB file of version 5 to 7.3.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the file is damaged, it holds no array of samples, or nobody says the sampling frequency.
    """
    variables = dict(_flat(_variables(path)))
    name, samples = _samples(path, variables)
    labels = _texts(variables, _NAMES)
    units = _texts(variables, _UNITS)
    n_leads = samples.shape[1]
    strips = [
        Strip(
            labels[i] if len(labels) == n_leads else name if n_leads == 1 else "",
            (units[i] if len(units) == n_leads else units[0] if len(units) == 1 else ""),
            samples[:, i].astype(np.float32),
        )
        for i in range(n_leads)
    ]
    return recording_of(path, options, strips, _rate(variables))


@dataclass(frozen=True)
class _Size:
    """How much a variable takes, as the file announces it."""

    n_bytes: int


def _variables(path: Path) -> Mapping[str, Any]:
    with path.open("rb") as stream:
        is_newest = stream.read(10) == b"MATLAB 7.3"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that hold no samples
        return _newest(path) if is_newest else _older(path)


def _older(path: Path) -> Mapping[str, Any]:
    size = path.stat().st_size
    try:
        return read_mat5(path.read_bytes(), _ALLOWED + _BOMB * size)
    except (ValueError, zlib.error) as error:
        raise RecordError(f"{path}: a damaged MATLAB file ({error}); get the file again") from error


def _newest(path: Path) -> Mapping[str, Any]:
    reader = require_extra("pymatreader", "formats")
    import h5py

    sizes = []
    with h5py.File(path, "r") as file:
        file.visititems(
            lambda _, item: sizes.append(_Size(item.nbytes)) if isinstance(item, h5py.Dataset) else None
        )
    _check_size(path, sum(each.n_bytes for each in sizes))
    return reader.read_mat(str(path))


def _check_size(path: Path, announced: int) -> None:
    if announced > _ALLOWED + _BOMB * path.stat().st_size:
        raise RecordError(f"{path}: announces {announced / 2**20:.0f} MB of variables, more than it can hold")


def _flat(variables: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the variables that are no structs, by their bare names."""
    for name, value in variables.items():
        if isinstance(value, Mapping):
            if depth < _DEEPEST:
                yield from _flat(value, depth + 1)
        elif not name.startswith("__"):
            yield str(name), value


def _samples(path: Path, variables: Mapping[str, Any]) -> tuple[str, npt.NDArray[np.number]]:
    arrays = {name: each for name, value in variables.items() if (each := _matrix(value)) is not None}
    if not arrays:
        raise RecordError(f"{path}: no array of samples among {sorted(variables)[:20]}; save one as 'signal'")
    matching = [name for wanted in _SIGNALS for name in arrays if _key(name) == wanted]
    name = matching[0] if matching else max(arrays, key=lambda each: arrays[each].size)
    return name, arrays[name]


def _matrix(value: Any) -> npt.NDArray[np.number] | None:
    """Return an array of samples with time along its rows, None if it is none."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu" or value.ndim > 2 or value.size < 2:
        return None
    matrix = value.reshape(-1, 1) if value.ndim == 1 else value
    matrix = matrix.T if matrix.shape[1] > matrix.shape[0] else matrix
    return matrix if 0 < matrix.shape[1] <= _MOST_LEADS else None


def _rate(variables: Mapping[str, Any]) -> float | None:
    for name, value in variables.items():
        number = np.asarray(value)
        if _key(name) in _RATES and number.size == 1 and number.dtype.kind in "fiu":
            return float(number.item())
    return None


def _texts(variables: Mapping[str, Any], keys: frozenset[str]) -> list[str]:
    for name, value in variables.items():
        if _key(name) in keys:
            texts = [value] if isinstance(value, str) else np.atleast_1d(np.asarray(value, object)).tolist()
            if texts and all(isinstance(text, str) for text in texts):
                return [text.strip() for text in texts]
    return []


def _key(name: str) -> str:
    return name.casefold().replace("_", "")
