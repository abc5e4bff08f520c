"""The VitalDB Arrhythmia Database: the beats and rhythms of people under anaesthesia, without their signals.

Source: Eun et al., VitalDB Arrhythmia Database, PhysioNet, 2026; the signals are those of VitalDB (Lee et al.
Scientific Data 9:279, 2022). Beats inside atrial fibrillation or flutter are called S there; they are no
ectopy.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.catalog import folder, locate_file
from ectopy.datasets.people import kept_apart
from ectopy.errors import DatasetError

FIBRILLATION: Final = "AFIB/AFL"
"""Rhythm label of atrial fibrillation and flutter."""

ARRDB_BEATS: Final = ("N", "S", "V", "U")
"""Beat types: normal, supraventricular, ventricular, unclassifiable."""

_FILE: Final = re.compile(r"Annotation_file_(\d+)\.csv")
_TIME, _BEAT, _RHYTHM, _BAD = "time_second", "beat_type", "rhythm_label", "bad_signal_quality"


@dataclass(frozen=True, eq=False)
class BeatSequence:
    """The beats of one person, in time.

    Parameters
    ----------
    patient : str
        Whose they are.
    times : ndarray of float64, shape (n_beats,)
        Seconds, rising.
    beats : ndarray of str, shape (n_beats,)
        One of `ARRDB_BEATS`.
    rhythms : ndarray of str, shape (n_beats,)
        The rhythm around the beat (``N``, ``AFIB/AFL``, ``SND``, ``SVTA``, ``VT``, ``AVB``, ``MAT``,
        ``SR-mPVC-BT`` …); empty where nobody says.
    unreadable : ndarray of bool, shape (n_beats,)
        Whether the signal was bad there, so that beats may be missing.
    """

    patient: str
    times: npt.NDArray[np.float64]
    beats: npt.NDArray[np.str_]
    rhythms: npt.NDArray[np.str_]
    unreadable: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.times)

    @property
    def fibrillating(self) -> npt.NDArray[np.bool_]:
        """Which beats lie in atrial fibrillation or flutter."""
        return np.asarray(self.rhythms == FIBRILLATION)

    @property
    def kept_apart(self) -> bool:
        """Whether the person is tested on and never learned from, see `ectopy.datasets.people`."""
        return kept_apart(self.patient)


def arrdb_cases() -> tuple[int, ...]:
    """Return the case numbers of the annotation files that are at hand, rising."""
    found = (_FILE.fullmatch(path.name) for path in folder("arrdb").glob("Annotation_file_*.csv"))
    return tuple(sorted(int(match[1]) for match in found if match))


def load_arrdb_beats(case: int) -> BeatSequence:
    """Read the beats of one case.

    Rows without a beat type (starts and stops of bad signal, unmarked beats in noise) are left out.

    Parameters
    ----------
    case : int
        One of `arrdb_cases`.

    Returns
    -------
    BeatSequence

    Raises
    ------
    DatasetError
        If the file is not at hand or not what was published.
    """
    path = locate_file("arrdb", f"Annotation_file_{case}.csv")
    rows = [row for row in _rows(path) if row[_BEAT] in ARRDB_BEATS]
    try:
        times = np.array([float(row[_TIME]) for row in rows])
    except ValueError as error:
        raise DatasetError(f"{path}: a row cannot be read ({error}); get the published file") from error
    order = np.argsort(times, kind="stable")

    def column(name: str) -> npt.NDArray[np.str_]:
        return np.array([row[name] for row in rows], dtype=np.str_)[order]

    return BeatSequence(
        patient=f"arrdb-{case}",
        times=times[order],
        beats=column(_BEAT),
        rhythms=column(_RHYTHM),
        unreadable=np.char.lower(column(_BAD)) == "true",
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        table = csv.DictReader(file)
        absent = {_TIME, _BEAT, _RHYTHM, _BAD} - set(table.fieldnames or ())
        if absent:
            raise DatasetError(f"{path}: no column {', '.join(sorted(absent))}; get the published file")
        return [{name: value or "" for name, value in row.items() if name} for row in table]
