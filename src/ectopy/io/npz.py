"""Recordings in NumPy's NPZ archives."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.atomic import draft
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Recording, channels_of, decode_array
from ectopy.record import Record


def open_npz(path: Path | str, fs: float | None = None) -> Recording:
    """Open a recording in a NumPy archive.

    Parameters
    ----------
    path : Path or str
        An archive with ``signal`` in mV, shape (n_samples, n_leads) or (n_samples,), and, where known, ``fs``
        in Hz, ``leads`` and ``name``.
    fs : float, optional
        Sampling frequency in Hz, where the archive has none.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the file is missing, damaged, holds pickled objects or no numeric ``signal``, or the sampling
        frequency is unknown or contradicts `fs`.
    """
    path = Path(path)
    arrays = _load_arrays(path)
    signal = arrays.get("signal")
    if signal is None or signal.dtype.kind not in "fiu":
        raise RecordError(
            f"{path}: no array of numbers called 'signal' among {sorted(arrays)};"
            " save it with numpy.savez(path, signal=..., fs=...)"
        )
    if signal.ndim not in (1, 2):
        raise RecordError(f"{path}: signal has shape {signal.shape}; save (n_samples, n_leads)")
    signal = signal[:, np.newaxis] if signal.ndim == 1 else signal
    names = np.atleast_1d(arrays.get("leads", np.full(signal.shape[1], "")))
    if len(names) != signal.shape[1]:
        raise RecordError(f"{path}: {len(names)} lead names for {signal.shape[1]} leads; give one per column")
    stated = arrays.get("fs")
    return Recording(
        name=str(arrays.get("name", path.stem)),
        channels=channels_of(
            [str(name) for name in names],
            ["mV"] * len(names),
            agreed_fs(str(path), None if stated is None else _only_number(path, stated), fs),
            len(signal),
        ),
        decode=decode_array(signal),
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


def _load_arrays(path: Path) -> dict[str, npt.NDArray[np.generic]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise RecordError(f"{path}: no such file; check the path") from error
    except (
        OSError,
        ValueError,
        EOFError,
        AttributeError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise RecordError(
            f"{path}: not readable as an NPZ archive of plain arrays ({error!r}); save it again"
        ) from error


def _only_number(path: Path, array: npt.NDArray[np.generic]) -> float:
    if array.size != 1 or array.dtype.kind not in "fiu":
        raise RecordError(f"{path}: 'fs' is {array.tolist()!r}; save one number, in Hz")
    return float(array.item())
