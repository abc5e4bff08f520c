"""The MIT-BIH Normal Sinus Rhythm Database: Holter recordings of healthy people, without marks.

Source: Goldberger et al., PhysioBank, PhysioToolkit, and PhysioNet, Circulation 101(23):e215-e220, 2000. Its
people are also those of the records ``sel16*`` and ``sel17*`` of the QT Database. No model learns from them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ectopy.datasets.catalog import dataset, locate_file, records_at_hand
from ectopy.errors import unknown_option
from ectopy.io.registry import open_record
from ectopy.record import Record

NSRDB_RECORDS: Final = tuple(sorted(file[:-4] for file in dataset("nsrdb").files if file.endswith(".hea")))
"""Names of the records whose checksums are known, each of another person."""


def nsrdb_records() -> tuple[str, ...]:
    """Return the names of those records that are at hand, in order."""
    return records_at_hand("nsrdb", NSRDB_RECORDS)


def load_nsrdb_record(name: str) -> Record:
    """Read a record.

    Parameters
    ----------
    name : str
        One of `NSRDB_RECORDS`.

    Returns
    -------
    Record
        Two leads at 128 Hz; some begin with calibration pulses.

    Raises
    ------
    ParameterError
        If there is no such record.
    DatasetError
        If the record is not at hand.
    """
    if name not in NSRDB_RECORDS:
        raise unknown_option("name", name, NSRDB_RECORDS)
    record = open_record(locate_file("nsrdb", f"{name}.hea"))
    return replace(record, name=name, patient=f"nsrdb-{name}")
