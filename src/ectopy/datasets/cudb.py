"""The Creighton University Ventricular Tachyarrhythmia Database: hearts on their way into fibrillation.

Source: Nolle et al., CREI-GARD, a new concept in computerized arrhythmia monitoring systems, Computers in
Cardiology 13:515-518, 1986. The publisher marks the first onset of a tachyarrhythmia and nothing after it;
``cudb_audit.csv`` beside this module says, by our own reading of every recording, where the ventricles
fibrillate or flutter and where nobody can tell.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Final

from ectopy.datasets.catalog import dataset, locate_file, records_at_hand
from ectopy.errors import unknown_option
from ectopy.io.registry import open_record
from ectopy.record import Record

CUDB_RECORDS: Final = tuple(sorted(file[:-4] for file in dataset("cudb").files if file.endswith(".hea")))
"""Names of the records whose checksums are known, each of another person."""


FIBRILLATION: Final = "fibrillation"
UNCLEAR: Final = "unclear"


@dataclass(frozen=True)
class AuditedStretch:
    """A part of a recording that was read again.

    Parameters
    ----------
    record : str
        Name of the recording.
    start, stop : float
        In seconds.
    label : str
        ``"fibrillation"``: of the ventricles, or flutter without QRS. ``"unclear"``: fast ventricular
        tachycardia, artefact or agony, where any name would be arguable. Outside all stretches the heart
        beats or stands still.
    reason : str
        What is seen there.
    """

    record: str
    start: float
    stop: float
    label: str
    reason: str


def audited_stretches(name: str) -> tuple[AuditedStretch, ...]:
    """Return what our own reading found in a recording, by time.

    Parameters
    ----------
    name : str
        One of `CUDB_RECORDS`.

    Examples
    --------
    >>> [(each.start, each.stop) for each in audited_stretches("cu34") if each.label == FIBRILLATION]
    [(118.4, 131.2), (387.8, 430.4)]
    """
    text = (files("ectopy.datasets") / "cudb_audit.csv").read_text(encoding="utf-8")
    return tuple(
        AuditedStretch(
            row["record"], float(row["start_s"]), float(row["stop_s"]), row["label"], row["reason"]
        )
        for row in csv.DictReader(text.splitlines())
        if row["record"] == name
    )


def audited_onset(name: str) -> float | None:
    """Return the seconds until the ventricles first fibrillate or flutter, or None if they never do.

    Examples
    --------
    >>> audited_onset("cu28"), audited_onset("cu14")
    (496.8, None)
    """
    starts = [each.start for each in audited_stretches(name) if each.label == FIBRILLATION]
    return min(starts, default=None)


def cudb_records() -> tuple[str, ...]:
    """Return the names of those records that are at hand, in order."""
    return records_at_hand("cudb", CUDB_RECORDS)


def load_cudb_record(name: str) -> Record:
    """Read a record, with its marks.

    Parameters
    ----------
    name : str
        One of `CUDB_RECORDS`.

    Returns
    -------
    Record
        One lead of 8.5 min at 250 Hz. ``N`` marks a beat, whatever its class; the first ``[`` or ``]``
        stands as a rule where the tachyarrhythmia begins, and nothing is marked after it. Stretches before
        it are unmarked in places.

    Raises
    ------
    ParameterError
        If there is no such record.
    DatasetError
        If the record is not at hand.
    """
    if name not in CUDB_RECORDS:
        raise unknown_option("name", name, CUDB_RECORDS)
    record = open_record(locate_file("cudb", f"{name}.hea"))
    return replace(record, name=name, patient=f"cudb-{name}")


def arrhythmia_onset(record: Record) -> float | None:
    """Return the seconds into the recording of the first rhythm mark, or None where there is none."""
    marks = record.annotations
    first = [] if marks is None else marks.samples[marks.symbols == "["]
    return float(first[0] / record.fs) if len(first) else None
