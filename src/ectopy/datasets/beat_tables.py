"""Text files with one heartbeat per line: its class and its samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from ectopy.errors import DatasetError


@dataclass(frozen=True)
class TableLayout:
    """Layout of a text file of beats.

    Parameters
    ----------
    classes : tuple of str
        Names of the classes, in the order of their numbers.
    n_times : int
        Samples in a beat.
    first_class : int
        Number of the first class.
    class_column : int
        Column of the class: 0 if it comes before the samples, -1 if after them.
    delimiter : str
        Separator of the numbers, as a regular expression; white space by default.
    """

    classes: tuple[str, ...]
    n_times: int
    first_class: int = 0
    class_column: int = -1
    delimiter: str = r"\s+"


def read_beat_table(path: Path, layout: TableLayout) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.str_]]:
    """Read the beats of a text file and the names of their classes.

    Parameters
    ----------
    path : Path
        The file.
    layout : TableLayout
        Its layout.

    Returns
    -------
    waveforms : ndarray of float32, shape (n_beats, 1, n_times)
        The samples, as in the file.
    classes : ndarray of str, shape (n_beats,)
        Name of each beat's class.

    Raises
    ------
    DatasetError
        If the file is empty, a line has too few or too many columns, a field is no finite number, or a class
        is unknown.
    """
    table = _read_numbers(path, layout)
    numbers = table[:, layout.class_column]
    index = numbers.astype(np.int64) - layout.first_class
    wrong = np.flatnonzero((numbers % 1 != 0) | (index < 0) | (index >= len(layout.classes)))
    if len(wrong):
        last = layout.first_class + len(layout.classes) - 1
        raise DatasetError(
            f"{path}: line {wrong[0] + 1} has class {numbers[wrong[0]]:g}, not one of"
            f" {layout.first_class} to {last}; get the published file"
        )
    waveforms = np.delete(table, layout.class_column, axis=1).astype(np.float32)
    return waveforms[:, np.newaxis], np.array(layout.classes)[index]


def _read_numbers(path: Path, layout: TableLayout) -> npt.NDArray[np.float64]:
    """Read a rectangular text table of finite numbers, or raise an error that says what is wrong."""
    try:
        table = pd.read_csv(path, sep=layout.delimiter, header=None, dtype=np.float64).to_numpy()
    except ValueError as error:
        reason = str(error).splitlines()[0]
        raise DatasetError(f"{path}: {reason}; get the published file") from error
    columns = layout.n_times + 1
    if table.shape[1] != columns:
        raise DatasetError(f"{path}: {table.shape[1]} columns, not {columns}; get the published file")
    invalid = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if len(invalid):
        raise DatasetError(
            f"{path}: line {invalid[0] + 1} lacks a value, or holds an infinite one; get the published file"
        )
    return table
