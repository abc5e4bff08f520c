"""A user's own file of beats, one per row: CSV and other text, NPZ, or the ``.ts`` of archives.

::

    CSV    a header or none; a column with the label; any number of samples; patient and part where known
    NPZ    waveforms (n_beats, n_times) or (n_beats, n_leads, n_times); labels, patients, parts; fs
    .ts    values with commas, leads with colons, the label last (sktime, aeon, tsml)
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.datasets.beat_columns import Columns, read_csv, read_npz, read_ts
from ectopy.errors import DatasetError, ParameterError

READERS: Final = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".txt": read_csv,
    ".npz": read_npz,
    ".ts": read_ts,
}
"""Ending of a file → what reads it."""

MIN_TIMES: Final = 8
"""Samples that a beat has at least: less is a table of features, not of waveforms."""

UNKNOWN_FS: Final = float("nan")
"""Rate of beats whose file does not say it."""


@dataclass(frozen=True, eq=False)
class BeatFile:
    """Beats of a file, and what the file says of each.

    Parameters
    ----------
    beats : Beats
        ``symbols`` holds the labels, ``patients`` the groups, empty where not given; ``fs`` is NaN where the
        rate is not known, and ``peak`` None.
    parts : ndarray of str, shape (n_beats,)
        ``train`` or ``test`` where the file divides its beats, empty otherwise.
    notes : tuple of str
        What was decided in reading, for the user to check.
    """

    beats: Beats
    parts: npt.NDArray[np.str_]
    notes: tuple[str, ...] = field(default=())


def read_beats(path: Path | str, columns: Columns | None = None, *, fs: float | None = None) -> BeatFile:
    r"""Read a file of beats.

    Parameters
    ----------
    path : Path or str
        Of kind ``.csv``, ``.tsv``, ``.txt`` (``.gz`` too), ``.npz`` or ``.ts``.
    columns : Columns, optional
        Which columns, or arrays of an NPZ, hold label, patient and part.
    fs : float, optional
        Rate of the samples in Hz; an NPZ may hold it.

    Returns
    -------
    BeatFile

    Raises
    ------
    DatasetError
        If the file is absent, empty, of another kind, or not a table of beats of one length without gaps.
    ParameterError
        If it has no column of a given name, or the rate is no positive number.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "beats.csv"
    ...     rows = ["kind," + ",".join(f"t{i}" for i in range(8)), "N,0,0,1,5,1,0,0,0", "V,0,2,4,5,4,2,0,0"]
    ...     _ = path.write_text("\n".join(rows))
    ...     read = read_beats(path, Columns(labels="kind"), fs=100)
    >>> read.beats.symbols.tolist(), read.beats.shape
    (['N', 'V'], (2, 1, 8))
    """
    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{path}: no such file; give a file of beats ({', '.join(READERS)})")
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if ending.lower() not in READERS:
        raise DatasetError(
            f"{path}: beats are not read from files of kind {ending or 'without ending'!r};"
            f" give one of {', '.join(READERS)}"
        )
    table = READERS[ending.lower()](path, columns or Columns())
    _check_waveforms(path, table.waveforms)
    rate = fs if fs is not None else table.fs
    if rate is not None and not (np.isfinite(rate) and rate > 0):
        raise ParameterError(f"{path}: fs={rate:g} is no rate; give samples a second, above 0 (--fs)")
    beats = Beats.of(
        table.waveforms,
        fs=UNKNOWN_FS if rate is None else rate,
        symbols=table.labels,
        patients=table.patients,
        records=table.patients,
    )
    parts = np.full(len(beats), "") if table.parts is None else _known_parts(path, table.parts)
    return BeatFile(beats, parts, table.notes)


def with_peak(read: BeatFile, seconds: float | None) -> BeatFile:
    """Return the beats with the place of their R peak.

    Parameters
    ----------
    read : BeatFile
        With a known rate; beats of unknown rate are returned as they are.
    seconds : float, optional
        From the first sample of each beat to its R peak; where the median beat is furthest from its own
        median by default.

    Returns
    -------
    BeatFile

    Raises
    ------
    ParameterError
        If the peak is not inside the beats, or was given without a rate.
    """
    beats, n_times = read.beats, read.beats.shape[2]
    if np.isnan(beats.fs):
        if seconds is not None:
            raise ParameterError(f"peak={seconds:g} s says nothing without a rate; give --fs too")
        return read
    if seconds is not None:
        peak = round(seconds * beats.fs)
        if not 0 <= peak < n_times:
            raise ParameterError(
                f"peak={seconds:g} s is outside the beats, which last {n_times / beats.fs:g} s;"
                " give seconds from the first sample to the R peak"
            )
        return replace(read, beats=replace(beats, peak=peak))
    peak = highest_sample(beats.waveforms)
    note = (
        f"the R peak was taken to be sample {peak} of {n_times} ({peak / beats.fs:.3f} s), where the median"
        " beat is highest; give --peak if it is elsewhere"
    )
    return replace(read, beats=replace(beats, peak=peak), notes=(*read.notes, note))


def highest_sample(waveforms: npt.NDArray[np.float32]) -> int:
    """Return the index at which the median beat is furthest from its own median, the mean over the leads."""
    median = np.median(waveforms, axis=0)
    return int(np.abs(median - np.median(median, axis=1, keepdims=True)).mean(axis=0).argmax())


def _check_waveforms(path: Path, waveforms: npt.NDArray[np.float32]) -> None:
    if not len(waveforms):
        raise DatasetError(f"{path}: no beats; give one row per beat")
    if waveforms.shape[2] < MIN_TIMES:
        raise DatasetError(
            f"{path}: {waveforms.shape[2]} samples per beat are no waveform; give at least {MIN_TIMES}"
        )
    if not np.ptp(waveforms, axis=2).any():
        raise DatasetError(f"{path}: all beats are flat; give waveforms as they were recorded")
    wrong = np.flatnonzero(~np.isfinite(waveforms).all(axis=(1, 2)))
    if len(wrong):
        raise DatasetError(
            f"{path}: beat {wrong[0] + 1} lacks a sample, or holds an infinite one (first of {len(wrong)});"
            " leave such beats out, or fill them in"
        )


def _known_parts(path: Path, parts: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    lower = np.char.lower(np.char.strip(parts))
    unknown = sorted(set(lower.tolist()) - {"train", "test"})
    if unknown:
        raise DatasetError(f"{path}: a beat is of part {unknown[0]!r}; write train or test")
    return lower
