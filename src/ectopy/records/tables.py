"""Recordings in tables: CSV text and NumPy's NPZ."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ectopy.errors import RecordError
from ectopy.records.csv_layout import CsvLayout, first_text, look_at
from ectopy.records.drafts import draft
from ectopy.records.leads import unique_names
from ectopy.records.rates import agreed_fs, fs_from_times, seconds
from ectopy.records.record import Record

_MOST_MILLIVOLTS: Final = 50.0
"""Spread of a lead, from 1st to 99th percentile, beyond which its samples are no millivolts."""


def read_csv(path: Path | str, fs: float | None = None) -> Record:
    r"""Read a recording from a table of text: one row a sample, one column a lead.

    Separator (comma, semicolon or tab), lead names, units and a column of times are found by looking. Units
    stand in the names, as in ``II (uV)``, or in a second line; without any, samples are taken as mV. Empty
    cells are missing samples, and columns in units of other quantities are left out.

    Parameters
    ----------
    path : Path or str
        The file.
    fs : float, optional
        Sampling frequency in Hz; it outranks a column of times, and is needed where there is none.

    Returns
    -------
    Record
        Samples in mV.

    Raises
    ------
    RecordError
        If the file is missing or empty, a cell holds text where a number belongs, a unit is unknown, samples
        spread too far to be mV, or the sampling frequency is neither given nor to be had from times at even
        steps.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.csv"
    >>> _ = path.write_text("\n".join(["time (ms),II (uV)", "0,500", "4,", "8,-250"]))
    >>> record = read_csv(path)
    >>> record.fs, record.leads, record.signal[:, 0].tolist()
    (250.0, ('II',), [0.5, nan, -0.25])
    """
    path = Path(path)
    layout = look_at(path)
    if fs is None and layout.time is None:
        agreed_fs(str(path), None, None)
    frame = _load(path, layout)
    return Record(
        signal=_signal(path, layout, frame),
        fs=_fs(path, layout, frame) if fs is None else fs,
        leads=unique_names(layout.columns[place].name for place in layout.leads),
        name=path.stem,
        comments=layout.comments,
    )


def write_csv(record: Record, path: Path | str) -> Path:
    """Write a recording as a table of text: times in seconds, leads in mV, missing samples empty.

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
    """
    path = Path(path)
    table = pd.DataFrame(record.signal, columns=[f"{lead} (mV)" for lead in record.leads])
    table.insert(0, "time (s)", np.arange(record.n_samples) / record.fs)
    with draft(path) as unfinished:
        table.to_csv(unfinished, index=False, float_format="%.9g")
    return path


def read_npz(path: Path | str, fs: float | None = None) -> Record:
    """Read a recording from a NumPy archive.

    Parameters
    ----------
    path : Path or str
        An archive with ``signal`` in mV, shape (n_samples, n_leads) or (n_samples,), and, where known, ``fs``
        in Hz, ``leads`` and ``name``.
    fs : float, optional
        Sampling frequency in Hz, where the archive has none.

    Returns
    -------
    Record

    Raises
    ------
    RecordError
        If the file is missing, damaged, holds pickled objects or no numeric ``signal``, or the sampling
        frequency is unknown or contradicts `fs`.
    """
    path = Path(path)
    arrays = _load_arrays(path)
    signal = arrays.get("signal")
    if signal is None or signal.dtype.kind not in "fiu" or signal.ndim == 0:
        raise RecordError(
            f"{path}: no array of numbers called 'signal' among {sorted(arrays)};"
            " save it with numpy.savez(path, signal=..., fs=...)"
        )
    signal = signal[:, np.newaxis] if signal.ndim == 1 else signal
    leads = np.atleast_1d(arrays.get("leads", np.full(signal.shape[1], "")))
    stated = arrays.get("fs")
    return Record(
        signal=signal.astype(np.float32),
        fs=agreed_fs(str(path), None if stated is None else _only_number(path, stated), fs),
        leads=unique_names(str(lead) for lead in leads),
        name=str(arrays.get("name", path.stem)),
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
    >>> read_npz(write_npz(record, Path(tempfile.mkdtemp()) / "flat.npz")).duration
    2.0
    """
    path = Path(path)
    with draft(path) as unfinished, unfinished.open("wb") as file:
        np.savez(file, signal=record.signal, fs=record.fs, leads=np.array(record.leads), name=record.name)
    return path


def _load(path: Path, layout: CsvLayout) -> pd.DataFrame:
    try:
        return pd.read_csv(
            path,
            sep=layout.separator,
            quotechar=layout.quote,
            decimal=layout.decimal,
            encoding=layout.encoding,
            header=None,
            skiprows=layout.n_header,
            names=list(layout.types),
            dtype=dict(layout.types),
            na_values=["-"],
            skipinitialspace=True,
        )
    except ValueError as error:
        place = first_text(path, layout) or f"{path}: not readable as a table ({str(error).strip()})"
        raise RecordError(f"{place}; correct the file") from error


def _signal(path: Path, layout: CsvLayout, frame: pd.DataFrame) -> npt.NDArray[np.float32]:
    signal = np.empty((len(frame), len(layout.leads)), dtype=np.float32)
    for i, (place, factor) in enumerate(layout.leads.items()):
        signal[:, i] = frame[place].to_numpy()
        signal[:, i] *= factor
        column = layout.columns[place]
        if column.unit is None and _spread(signal[:, i]) > _MOST_MILLIVOLTS:
            raise RecordError(
                f"{path}: column {column.name or place + 1} spreads over {_spread(signal[:, i]):.4g},"
                f" too far for mV; name the unit of the column, as in '{column.name or 'II'} (uV)'"
            )
    return signal


def _spread(samples: npt.NDArray[np.float32]) -> float:
    """Return the range of most samples, NaN where all are missing."""
    thinned = samples[:: max(1, len(samples) // 100_000)]
    present = thinned[np.isfinite(thinned)]
    return float(np.ptp(np.percentile(present, [1, 99]))) if len(present) else np.nan


def _fs(path: Path, layout: CsvLayout, frame: pd.DataFrame) -> float:
    times = frame[layout.time]
    source = f"{path}: column {layout.columns[layout.time or 0].name!r}"
    if times.empty or times.isna().any():
        raise RecordError(f"{source}: times are missing; pass fs (--fs) instead")
    scale = layout.time_scale
    return fs_from_times(source, times.to_numpy() * scale if scale else seconds(source, times))


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
