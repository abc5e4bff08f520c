"""How a table of beats is laid out, and its readers: text with separators, NPZ, and ``.ts``."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ectopy.errors import DatasetError, ParameterError

SEPARATORS: Final = (",", ";", "\t")

WAVEFORM_ARRAYS: Final = ("waveforms", "beats", "X", "x", "data", "signals", "arr_0")
"""Names under which an NPZ may hold its beats; the first that is there."""

FS_ARRAYS: Final = ("fs", "sampling_rate", "sfreq")
"""Names under which an NPZ may hold their rate in Hz."""

Strings = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Columns:
    """Which columns of a table, or arrays of an NPZ, are no samples.

    Parameters
    ----------
    labels, groups, split : str
        Name of the column with the label, the patient, and the part (``train`` or ``test``) of each beat; in
        a table without header its number, from 0, or from −1 at the end. Empty: there is none.
    drop : tuple of str
        Other columns that are no samples.
    """

    labels: str = ""
    groups: str = ""
    split: str = ""
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class BeatTable:
    """What a reader found; one row per beat.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
    labels, patients, parts : ndarray of str, shape (n_beats,), or None
    fs : float or None
        In Hz.
    notes : tuple of str
        What was decided in reading.
    """

    waveforms: npt.NDArray[np.float32]
    labels: Strings | None = None
    patients: Strings | None = None
    parts: Strings | None = None
    fs: float | None = None
    notes: tuple[str, ...] = ()


def read_csv(path: Path, columns: Columns) -> BeatTable:
    """Read a text file with a beat per line.

    Raises
    ------
    DatasetError
        If lines differ in length, or a column that is left for samples holds text.
    ParameterError
        If there is no such column.
    """
    first = _first_line(path)
    separator = max(SEPARATORS, key=first.count) if any(map(first.count, SEPARATORS)) else r"\s+"
    fields = first.split() if separator == r"\s+" else first.split(separator)
    has_header = not all(map(_is_number, fields))
    try:
        table = pd.read_csv(path, sep=separator, header=0 if has_header else None, skipinitialspace=True)
    except (ValueError, OSError, EOFError) as error:
        raise DatasetError(f"{path}: {_reason(error)}; give one beat per line, all of one length") from error
    names = [str(name) for name in table.columns]
    table.columns = pd.Index(names)
    taken = {kind: _column(path, names, getattr(columns, kind)) for kind in ("labels", "groups", "split")}
    dropped = [_column(path, names, name) for name in columns.drop]
    notes: tuple[str, ...] = ()
    if has_header and names[0].startswith("Unnamed: 0") and names[0] not in taken.values():
        dropped.append(names[0])
        notes = ("the first column has no name and was taken for the numbers of the rows",)
    samples = table.drop(columns=[name for name in (*taken.values(), *dropped) if name])
    return BeatTable(
        _samples(path, samples)[:, np.newaxis],
        labels=_texts(path, table, taken["labels"], "label"),
        patients=_texts(path, table, taken["groups"], "patient"),
        parts=_texts(path, table, taken["split"], "part"),
        notes=notes,
    )


def read_npz(path: Path, columns: Columns) -> BeatTable:
    """Read the arrays of an NPZ; no pickle is opened.

    Raises
    ------
    DatasetError
        If it is damaged, has no array of beats, or arrays differ in length.
    ParameterError
        If there is no array of a given name.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays: dict[str, npt.NDArray[Any]] = {name: content[name] for name in content.files}
    except (OSError, ValueError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        raise DatasetError(
            f"{path}: is no NPZ of plain arrays; write it again with numpy.savez, all beats of one length"
        ) from error
    name = next((each for each in WAVEFORM_ARRAYS if each in arrays), None)
    if name is None:
        raise DatasetError(
            f"{path}: holds {', '.join(arrays) or 'nothing'}; call the beats {WAVEFORM_ARRAYS[0]},"
            " of shape (n_beats, n_times) or (n_beats, n_leads, n_times)"
        )
    waveforms = arrays[name]
    if waveforms.ndim not in (2, 3) or waveforms.dtype.kind not in "fiu":
        raise DatasetError(
            f"{path}: {name} is {waveforms.dtype} of shape {waveforms.shape}; give numbers of shape"
            " (n_beats, n_times) or (n_beats, n_leads, n_times)"
        )
    rate = next((float(arrays[each].ravel()[0]) for each in FS_ARRAYS if each in arrays), None)
    found = {
        kind: _array(path, arrays, getattr(columns, kind), len(waveforms))
        for kind in ("labels", "groups", "split")
    }
    return BeatTable(
        np.asarray(waveforms[:, np.newaxis] if waveforms.ndim == 2 else waveforms, np.float32),
        labels=found["labels"],
        patients=found["groups"],
        parts=found["split"],
        fs=rate,
    )


def read_ts(path: Path, columns: Columns) -> BeatTable:
    """Read a ``.ts`` file of time series with class labels.

    Raises
    ------
    DatasetError
        If it has no data, holds time stamps, or its series differ in length.
    ParameterError
        If columns of patients or parts are asked for; the format has none.
    """
    if columns.groups or columns.split or columns.drop:
        raise ParameterError(f"{path}: a .ts file says neither patients nor parts; give a CSV or an NPZ")
    lines = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    header = [line for line in lines if line.startswith("@")]
    rows = [line for line in lines if line and line[0] not in "@#%"]
    if any(line.lower().split() == ["@timestamps", "true"] for line in header):
        raise DatasetError(f"{path}: series with time stamps are not read; write evenly sampled values")
    is_labelled = any(line.lower().startswith("@classlabel true") for line in header)
    series: list[list[list[float]]] = []
    labels: list[str] = []
    for number, row in enumerate(rows, start=1):
        leads = row.split(":")
        if is_labelled:
            labels.append(leads.pop().strip())
        values = [[_ts_number(path, number, text) for text in lead.split(",")] for lead in leads]
        lengths = {len(lead) for lead in values} | {len(series[0][0]) if series else len(values[0])}
        if len(lengths) > 1 or (series and len(values) != len(series[0])):
            raise DatasetError(
                f"{path}: series {number} has another length, or other leads, than those before; cut all"
                " alike"
            )
        series.append(values)
    if not series:
        raise DatasetError(f"{path}: no series below @data; give one per line")
    return BeatTable(np.array(series, np.float32), labels=np.array(labels) if is_labelled else None)


def _first_line(path: Path) -> str:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8", errors="replace") as file:
            line = str(next((each for each in file if each.strip()), ""))
    except (OSError, EOFError) as error:
        raise DatasetError(f"{path}: {_reason(error)}; give a text file, a beat per line") from error
    if not line:
        raise DatasetError(f"{path}: is empty; give one beat per line")
    return line.strip().lstrip("\ufeff")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()).removeprefix("Error tokenizing data. C error: ")


def _column(path: Path, names: Sequence[str], asked: str) -> str:
    """Return the name of a column that was asked for by name or by number; empty where none was."""
    if not asked or asked in names:
        return asked
    if asked.lstrip("-").isdigit() and -len(names) <= int(asked) < len(names):
        return names[int(asked)]
    shown = ", ".join([*names[:4], *([f"… {names[-1]}"] if len(names) > 4 else names[4:])])
    raise ParameterError(f"{path}: no column {asked!r}; its columns are {shown}")


def _texts(path: Path, table: pd.DataFrame, name: str, what: str) -> Strings | None:
    """Return a column as texts, whole numbers without a point."""
    if not name:
        return None
    column = table[name]
    missing = np.flatnonzero(column.isna().to_numpy())
    if len(missing):
        raise DatasetError(
            f"{path}: beat {missing[0] + 1} has no {what} in column {name!r}; give every beat one, and all"
            " beats one length"
        )
    if column.dtype.kind == "f" and (column % 1 == 0).all():
        column = column.astype(np.int64)
    return column.astype(str).to_numpy().astype(np.str_)


def _samples(path: Path, table: pd.DataFrame) -> npt.NDArray[np.float32]:
    if not len(table):
        raise DatasetError(f"{path}: no beats; give one row per beat")
    for name in table.columns:
        if table[name].dtype.kind not in "fiu":
            numbers = pd.to_numeric(table[name], errors="coerce")
            row = int(np.flatnonzero(numbers.isna().to_numpy())[0]) if numbers.isna().any() else 0
            raise DatasetError(
                f"{path}: column {name!r} holds {str(table[name].iloc[row])!r} (beat {row + 1}), which is no"
                " sample; mend it, or if the column holds no samples, name it (--labels, --groups, --split)"
                " or leave it out (--drop)"
            )
    values: npt.NDArray[np.float32] = table.to_numpy(np.float32)
    gaps = ~np.isfinite(values)
    ends = np.flatnonzero(gaps.any(axis=1) & gaps[:, -1:].any(axis=1))
    if len(ends):
        present = int(np.flatnonzero(~gaps[ends[0]])[-1]) + 1 if (~gaps[ends[0]]).any() else 0
        raise DatasetError(
            f"{path}: beat {ends[0] + 1} ends after {present} of {values.shape[1]} samples; cut all beats to"
            " one length, or pad them"
        )
    return values


def _array(path: Path, arrays: dict[str, npt.NDArray[Any]], name: str, n_beats: int) -> Strings | None:
    if not name:
        return None
    if name not in arrays:
        raise ParameterError(f"{path}: no array {name!r}; it holds {', '.join(arrays)}")
    values = arrays[name].ravel()
    if len(values) != n_beats:
        raise DatasetError(f"{path}: {name} has {len(values)} entries for {n_beats} beats; give one per beat")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise DatasetError(f"{path}: {name} lacks a value; give every beat one")
        if (values % 1 == 0).all():
            values = values.astype(np.int64)
    return values.astype(np.str_)


def _ts_number(path: Path, number: int, text: str) -> float:
    if text.strip() == "?":
        return float("nan")
    try:
        return float(text)
    except ValueError as error:
        raise DatasetError(
            f"{path}: series {number} holds {text.strip()!r}, no number; give values with commas between"
        ) from error
