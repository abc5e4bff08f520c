"""The Creighton University Ventricular Tachyarrhythmia Database: hearts on their way into fibrillation.

Source: Nolle et al., CREI-GARD, a new concept in computerized arrhythmia monitoring systems, Computers in
Cardiology 13:515-518, 1986.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ectopy.datasets.catalog import dataset, folder, locate_file
from ectopy.errors import unknown_option
from ectopy.io.registry import open_record
from ectopy.record import Record

CUDB_RECORDS: Final = tuple(sorted(file[:-4] for file in dataset("cudb").files if file.endswith(".hea")))
"""Names of the records whose checksums are known, each of another person."""


def cudb_records() -> tuple[str, ...]:
    """Return the names of those records that are at hand, in order."""
    here = folder("cudb")
    return tuple(name for name in CUDB_RECORDS if (here / f"{name}.hea").is_file())


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
