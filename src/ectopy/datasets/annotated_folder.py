"""A user's own folder of WFDB records with annotated beats, of any rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ectopy.beats.alignment import cut_aligned
from ectopy.beats.windows import QRS_HALF, Beats, WindowSpec, beats_of, condition, window_centres
from ectopy.errors import DatasetError, ParameterError
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations
from ectopy.labels import aami_classes
from ectopy.record import Record

UNCLASSIFIABLE: Final = "Q"
"""AAMI class of paced, unclassifiable and half-recorded beats: they neither train nor test."""


@dataclass(frozen=True, eq=False)
class AnnotatedFolder:
    """Records with annotated beats.

    Parameters
    ----------
    records : tuple of Record
        By name; ``patient`` as the table of people says, the name of the record otherwise.
    parts : tuple of str
        ``train`` or ``test`` for each, empty where nobody says.
    notes : tuple of str
        What was left out.
    """

    records: tuple[Record, ...]
    parts: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_folder(
    folder: Path | str, people: Path | str | None = None, *, annotator: str = "atr"
) -> AnnotatedFolder:
    """Read the WFDB records of a folder that have annotations.

    Parameters
    ----------
    folder : Path or str
        With ``NAME.hea``, the signals, and ``NAME.ANNOTATOR``.
    people : Path or str, optional
        CSV with the columns ``record`` and ``patient``, and ``split`` (``train`` or ``test``) where the parts
        are to be these. Without it each record is a patient of its own.
    annotator : str
        Ending of the annotation files.

    Returns
    -------
    AnnotatedFolder

    Raises
    ------
    DatasetError
        If there is no folder, no record in it, none with annotated beats or none that was recorded where
        they are, or the table of people lacks a column or a record.
    RecordError
        If a record cannot be read.
    AnnotationError
        If its annotations are damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder; give one of WFDB records")
    headers = sorted(folder.glob("*.hea"))
    if not headers:
        raise DatasetError(f"{folder}: no WFDB record (NAME.hea) in it; ectopy convert writes some")
    marked = [header for header in headers if header.with_suffix(f".{annotator}").is_file()]
    if not marked:
        raise DatasetError(
            f"{folder}: none of its {len(headers)} records has annotations NAME.{annotator}; give"
            " --annotator with their ending"
        )
    table = None if people is None else _read_people(Path(people))
    records, parts, missing = [], [], 0
    for header in marked:
        record = open_record(header, annotator=annotator)
        if record.annotations is None:  # it is damaged, and reading it alone says how
            read_annotations(header, annotator)
        beats = record.reference_annotations().beats()
        if len(beats) == 0:
            continue
        if not qrs_recorded(record.signal, beats.samples, record.fs).any():
            missing += 1
            continue
        patient, part = (record.name, "") if table is None else _row_of(table, record.name, Path(str(people)))
        records.append(replace(record, patient=patient))
        parts.append(part)
    if not records and missing:
        raise DatasetError(f"{folder}: no record has signal where its beats are; give records that have")
    if not records:
        raise DatasetError(f"{folder}: no annotation of its records marks a beat; give annotated beats")
    left_out = {
        "annotated beats": len(headers) - len(records) - missing,
        "signal where its beats are": missing,
    }
    notes = tuple(f"{n} records without {what} were left out" for what, n in left_out.items() if n)
    return AnnotatedFolder(tuple(records), tuple(parts), notes)


def qrs_recorded(
    signal: npt.NDArray[np.float32], samples: npt.NDArray[np.int64], fs: float
) -> npt.NDArray[np.bool_]:
    """Say of which beats the whole QRS was recorded, lead by lead.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        NaN where missing.
    samples : ndarray of int64, shape (n_beats,)
        Indices of the R peaks.
    fs : float
        In Hz.

    Returns
    -------
    ndarray of bool, shape (n_beats, n_leads)

    Examples
    --------
    >>> signal = np.zeros((400, 1), np.float32)
    >>> signal[200:] = np.nan
    >>> qrs_recorded(signal, np.array([100, 190, 300]), 250)[:, 0].tolist()
    [True, False, False]
    """
    missing = np.cumsum(np.vstack([np.zeros_like(signal[:1]), ~np.isfinite(signal)]), axis=0, dtype=np.int64)
    half = round(QRS_HALF * fs)
    first, last = (np.clip(samples + shift, 0, len(signal)) for shift in (-half, half + 1))
    return np.asarray((missing[last] == missing[first]) & (last > first)[:, np.newaxis])


def cut_records(records: Iterable[Record], window: WindowSpec, *, scheme: str = "aami") -> Beats:
    """Cut the annotated beats of records, each lead as a recording of its own.

    Parameters
    ----------
    records : iterable of Record
        With annotations, of any rate.
    window : WindowSpec
        How to cut; every recording is brought to its rate.
    scheme : {"aami", "bxb"}
        How WFDB symbols map to classes.

    Returns
    -------
    Beats
        Of one lead; ``symbols`` holds the AAMI classes, `UNCLASSIFIABLE` where the QRS was not wholly
        recorded on that lead; ``records`` the name of record and lead.
    """
    parts = []
    for record in records:
        marks = record.reference_annotations().beats()
        conditioned = condition(record.signal, record.fs, window.fs)
        waveforms, _ = cut_aligned(conditioned, window_centres(marks.samples, record.fs, window.fs), window)
        classes = aami_classes(marks.symbols, scheme)
        beats = beats_of(record, marks.samples, waveforms, window.fs, classes, peak=window.before)
        recorded = qrs_recorded(record.signal, marks.samples, record.fs)
        for column, lead in enumerate(record.leads):
            names = np.full(len(beats), f"{record.name}/{lead}")
            known = np.where(recorded[:, column], classes, UNCLASSIFIABLE)
            parts.append(replace(beats, waveforms=beats.waveforms[:, [column]], records=names, symbols=known))
    return Beats.concatenate(parts)


def window_in_seconds(before: float, after: float, fs: float) -> WindowSpec:
    """Return the window of so many seconds around the R peak, at a rate.

    Raises
    ------
    ParameterError
        If the window is empty, negative, or longer than five seconds.

    Examples
    --------
    >>> window_in_seconds(0.25, 0.5, 200)
    WindowSpec(fs=200.0, before=50, after=100)
    """
    if not (before >= 0 and after > 0 and before + after <= 5 and fs > 0):
        raise ParameterError(
            f"a window from {before:g} s before the R peak to {after:g} s after it, at {fs:g} Hz, is not"
            " possible; give seconds above 0, 5 at most together"
        )
    return WindowSpec(fs=fs, before=round(before * fs), after=max(1, round(after * fs)))


def parts_of_beats(folder: AnnotatedFolder, beats: Beats) -> npt.NDArray[np.str_]:
    """Return the part of each beat that was cut from the records of a folder."""
    part = {record.name: part for record, part in zip(folder.records, folder.parts, strict=True)}
    names = np.array([str(name).rsplit("/", 1)[0] for name in beats.records])
    return np.array([part[name] for name in names], dtype=np.str_)


def _read_people(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{path}: cannot be read ({' '.join(str(error).split())}); give a CSV with the columns record and"
            " patient"
        ) from error
    for name in ("record", "patient"):
        if name not in table.columns:
            raise DatasetError(
                f"{path}: no column {name!r}; give the columns record and patient, and split where the parts"
                " are known"
            )
    return table.set_index("record")


def _row_of(table: pd.DataFrame, name: str, path: Path) -> tuple[str, str]:
    if name not in table.index:
        raise DatasetError(f"{path}: no row for record {name}; give one per record")
    row = table.loc[[name]].iloc[0]
    part = str(row.get("split", "")).strip().lower()
    if part not in ("", "train", "test"):
        raise DatasetError(f"{path}: record {name} is of split {part!r}; write train or test")
    return str(row["patient"]), part
