"""Recordings in NumPy's files: NPZ archives with names and sampling frequency, NPY arrays without."""

from __future__ import annotations

import math
import warnings
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path
from tokenize import TokenError
from typing import IO, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError, reason_of
from ectopy.io.atomic import draft
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Recording, channels_of, decode_array
from ectopy.io.sentinels import forget_sentinels
from ectopy.record import Record

Array = npt.NDArray[np.generic]

_SIGNAL: Final = (
    "signal",
    "signals",
    "ecg",
    "ekg",
    "data",
    "x",
    "val",
    "p_signal",
    "samples",
    "waveform",
    "arr_0",
)
_FS: Final = (
    "fs",
    "sfreq",
    "sampling_rate",
    "sampling_frequency",
    "sample_rate",
    "samplerate",
    "srate",
    "freq",
    "frequency",
    "hz",
)
_LEADS: Final = (
    "leads",
    "lead_names",
    "channels",
    "channel_names",
    "ch_names",
    "sig_name",
    "names",
    "columns",
    "labels",
)
_UNIT: Final = ("unit", "units")
_MOST_LEADS: Final = 128
"""More columns than this are samples: the array lies on its side."""

_MOST_BYTES: Final = 8 << 30
_BOMB: Final = (1000, 64 << 20)
"""An array may have so many times the bytes of its archive, or so many: zeros shrink to a thousandth."""

_LAST_LETTER: Final = 0x10FFFF
"""Code of the last letter of Unicode."""

_BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    SyntaxError,
    MemoryError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    TokenError,
)
"""What zipfile and NumPy raise for files that are damaged."""


def open_npz(path: Path | str, fs: float | None = None) -> Recording:
    """Open a recording in a NumPy archive.

    Parameters
    ----------
    path : Path or str
        An archive with ``signal`` in mV, shape (n_samples, n_leads) or (n_samples,), and, where known, ``fs``
        in Hz, ``leads``, ``unit`` and ``name``; usual other names of these are understood.
    fs : float, optional
        Sampling frequency in Hz, where the archive has none.

    Returns
    -------
    Recording
        Its notes say if the array lay on its side.

    Raises
    ------
    RecordError
        If the file is missing, damaged, holds pickled objects or no numeric ``signal``, or the sampling
        frequency is unknown or contradicts `fs`.
    """
    path = Path(path)
    arrays = _load_arrays(path)
    signal = _of(arrays, _SIGNAL)
    if signal is None and len(arrays) == 1:
        signal = next(iter(arrays.values()))
    if signal is None or signal.dtype.kind not in "fiu":
        raise RecordError(
            f"{path}: no array of numbers called 'signal' among {sorted(arrays)[:20]};"
            " save it with numpy.savez(path, signal=..., fs=...)"
        )
    stated = _of(arrays, _FS)
    names = _of(arrays, _LEADS)
    unit = _of(arrays, _UNIT)
    return array_recording(
        path,
        signal,
        agreed_fs(str(path), None if stated is None else _only_number(path, stated), fs),
        None if names is None else [_text(name) for name in np.atleast_1d(names).ravel()[:_MOST_LEADS]],
        "mV"
        if unit is None and "signal" in arrays
        else _text(np.atleast_1d(unit).ravel()[0])
        if unit is not None
        else "",
        name=_text(arrays["name"].ravel()[0]) if "name" in arrays and arrays["name"].size else path.stem,
    )


def open_npy(path: Path | str, fs: float | None = None) -> Recording:
    """Open an array of samples, (n_samples, n_leads) or on its side, whose sampling frequency is given.

    Parameters
    ----------
    path : Path or str
        The file.
    fs : float, optional
        Sampling frequency in Hz; the file has none.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the file is damaged, holds no numbers, or `fs` is not given.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            array = _read_array(path, file, path.stat().st_size)
    except _BROKEN as error:
        raise RecordError(f"{path}: not readable as an array ({reason_of(error)}); save it again") from error
    if array.dtype.kind not in "fiu":
        raise RecordError(f"{path}: an array of {array.dtype} holds no samples; save numbers")
    return array_recording(path, array, agreed_fs(str(path), None, fs), None, "")


def array_recording(
    path: Path, signal: Array, fs: float, names: list[str] | None, unit: str, name: str = ""
) -> Recording:
    """Return an array of samples as a recording; one with few rows and many columns lies on its side.

    Raises
    ------
    RecordError
        If the array has no sample, too many dimensions, or another number of names than leads.
    """
    shape = signal.shape
    signal = np.squeeze(signal) if signal.ndim > 2 else signal
    if signal.ndim not in (1, 2) or signal.size == 0:
        raise RecordError(f"{path}: signal has shape {shape} and holds no sample; save (n_samples, n_leads)")
    signal = signal[:, np.newaxis] if signal.ndim == 1 else signal
    on_its_side = signal.shape[0] < signal.shape[1] and (
        signal.shape[1] > _MOST_LEADS
        or (names is not None and len(names) == signal.shape[0] != signal.shape[1])
    )
    if on_its_side:
        signal = signal.T
    if signal.shape[1] > _MOST_LEADS:
        raise RecordError(f"{path}: signal has shape {shape}; save (n_samples, n_leads)")
    names = names if names is not None else [""] * signal.shape[1]
    if len(names) != signal.shape[1]:
        raise RecordError(f"{path}: {len(names)} lead names for {signal.shape[1]} leads; give one per column")
    with np.errstate(over="ignore", invalid="ignore"):
        samples = signal.astype(np.float32)
    samples[~np.isfinite(samples)] = np.nan
    note = (f"The array of shape {shape} was turned, to have a row for each sample.",) if on_its_side else ()
    return Recording(
        name=name or path.stem,
        channels=channels_of(names, [unit] * len(names), fs, len(samples)),
        decode=decode_array(samples),
        notes=(*note, *forget_sentinels(samples)),
    )


def write_npz(record: Record, path: Path | str) -> Path:
    """Write signal, sampling frequency, lead names and name of a recording as a NumPy archive.

    Parameters
    ----------
    record : Record
        What to write.
    path : Path or str
        Where to; a file there is replaced.

    Returns
    -------
    Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> record = Record(np.zeros((500, 1), np.float32), fs=250, leads=("II",), name="flat")
    >>> open_npz(write_npz(record, Path(tempfile.mkdtemp()) / "flat.npz")).channels
    (Channel(name='II', unit='mV', fs=250.0, n_samples=500),)
    """
    path = Path(path)
    with draft(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, signal=record.signal, fs=record.fs, leads=np.array(record.leads), name=record.name)
    return path


def _load_arrays(path: Path) -> dict[str, Array]:
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {}
            for info in archive.infolist():
                if info.filename.endswith(".npy"):
                    with archive.open(info) as file:
                        arrays[info.filename.removesuffix(".npy")] = _read_array(path, file, info.file_size)
            return arrays
    except FileNotFoundError as error:
        raise RecordError(f"{path}: no such file; check the path") from error
    except _BROKEN as error:
        raise RecordError(
            f"{path}: not readable as an NPZ archive of plain arrays ({reason_of(error)}); save it again"
        ) from error


def _read_array(path: Path, file: IO[bytes], announced: int) -> Array:
    """Read an array after checking that what it announces can be there."""
    most = min(_MOST_BYTES, max(_BOMB[1], _BOMB[0] * path.stat().st_size))
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of headers that Python 2 wrote
        shape, by_columns, dtype = read(file)
    n_bytes = math.prod(shape) * dtype.itemsize
    if dtype.hasobject:
        raise ValueError("it holds pickled objects")
    if min(shape, default=1) < 0 or n_bytes > min(most, announced):
        raise ValueError(f"an array of shape {shape} does not fit into it")
    content = file.read(n_bytes)
    if len(content) < n_bytes:
        raise ValueError("it is cut short")
    if (
        dtype.kind == "U"
        and np.frombuffer(content, dtype.byteorder.replace("|", "=") + "u4").max(initial=0) > _LAST_LETTER
    ):
        raise ValueError("it holds a text with letters that no alphabet has")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if by_columns else "C")


def _of(arrays: dict[str, Array], names: tuple[str, ...]) -> Array | None:
    known = {name.casefold(): array for name, array in reversed(arrays.items())}
    return next((known[name] for name in names if name in known), None)


def _only_number(path: Path, array: Array) -> float:
    if array.size != 1 or array.dtype.kind not in "fiu":
        raise RecordError(f"{path}: 'fs' is {repr(array.tolist())[:80]}; save one number, in Hz")
    return float(array.ravel()[0])


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
