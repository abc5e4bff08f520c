"""Recordings in tables of text: comma-separated values and their kin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ectopy.errors import RecordError
from ectopy.io.atomic import draft
from ectopy.io.csv_layout import CsvLayout, first_text, look_at
from ectopy.io.rates import agreed_fs, fs_from_times, seconds
from ectopy.io.recording import Recording, channels_of, decode_array
from ectopy.record import Record


def open_csv(path: Path | str, fs: float | None = None) -> Recording:
    r"""Open a recording in a table of text: one row per sample, one column per channel.

    Separator (comma, semicolon or tab), lead names, units and a column of times are found by looking. Units
    stand in the names, as in ``II (uV)``, or in a second line. Empty cells are
    missing samples.

    Parameters
    ----------
    path : Path or str
        The file.
    fs : float, optional
        Sampling frequency in Hz; it outranks a column of times, and is needed where there is none.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the file is missing or empty, a cell holds text where a number belongs, or the sampling frequency
        is neither given nor to be had from times at even steps.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.csv"
    >>> _ = path.write_text("\n".join(["time (ms),II (uV)", "0,500", "4,", "8,-250"]))
    >>> recording = open_csv(path)
    >>> recording.channels
    (Channel(name='II', unit='uV', fs=250.0, n_samples=3),)
    >>> recording.decode([0], 0, 3)[:, 0].tolist()
    [500.0, nan, -250.0]
    """
    path = Path(path)
    layout = look_at(path)
    if fs is None and layout.time is None:
        agreed_fs(str(path), None, None)
    frame = _load(path, layout)
    columns = [layout.columns[place] for place in layout.channels]
    return Recording(
        name=path.stem,
        channels=channels_of(
            [column.name for column in columns],
            [column.unit or "" for column in columns],
            _fs(path, layout, frame) if fs is None else fs,
            len(frame),
        ),
        decode=decode_array(_samples(path, layout, frame)),
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


def _samples(path: Path, layout: CsvLayout, frame: pd.DataFrame) -> npt.NDArray[np.float32]:
    samples = np.empty((len(frame), len(layout.channels)), dtype=np.float32)
    for i, place in enumerate(layout.channels):
        samples[:, i] = frame[place].to_numpy()
    return samples


def _fs(path: Path, layout: CsvLayout, frame: pd.DataFrame) -> float:
    times = frame[layout.time]
    source = f"{path}: column {layout.columns[layout.time or 0].name!r}"
    if times.empty or times.isna().any():
        raise RecordError(f"{source}: times are missing; pass fs (--fs) instead")
    scale = layout.time_scale
    return fs_from_times(source, times.to_numpy() * scale if scale else seconds(source, times))
