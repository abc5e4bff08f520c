"""The Lobachevsky University Database: P, QRS and T on twelve leads of 200 people.

Source: Kalyakulina et al., LUDB: a new open-access validation tool for electrocardiogram delineation
algorithms, IEEE Access 8:186181-186190, 2020.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pandas as pd

from ectopy.beats.wave_marks import WaveMarks
from ectopy.datasets.catalog import dataset, locate_file
from ectopy.errors import DatasetError, unknown_option
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations
from ectopy.record import Record

LUDB_RECORDS: Final = tuple(
    sorted((Path(file).stem for file in dataset("ludb").files if file.endswith(".hea")), key=int)
)
"""Names of the 200 records, each of another person."""

LUDB_LEADS: Final = ("i", "ii", "iii", "avr", "avl", "avf", "v1", "v2", "v3", "v4", "v5", "v6")
"""The leads of every record; each has marks of its own."""


def ludb_part(name: str) -> str:
    """Return which part of LUDB a person belongs to, by the last digit of the record's number.

    Parameters
    ----------
    name : str
        One of `LUDB_RECORDS`.

    Returns
    -------
    str
        ``"test"`` for numbers that end in 0 or 5 (40 people), ``"validation"`` in 1 (20), ``"train"`` else
        (140).

    Raises
    ------
    ParameterError
        If there is no such record.

    Examples
    --------
    >>> [ludb_part(name) for name in ("10", "11", "12")]
    ['test', 'validation', 'train']
    """
    if name not in LUDB_RECORDS:
        raise unknown_option("name", name, LUDB_RECORDS)
    return {"0": "test", "5": "test", "1": "validation"}.get(name[-1], "train")


def load_ludb_record(name: str) -> Record:
    """Read a record of LUDB.

    Parameters
    ----------
    name : str
        One of `LUDB_RECORDS`.

    Returns
    -------
    Record
        Twelve leads of 10 s at 500 Hz.

    Raises
    ------
    ParameterError
        If there is no such record.
    DatasetError
        If the record is not at hand.
    """
    if name not in LUDB_RECORDS:
        raise unknown_option("name", name, LUDB_RECORDS)
    record = open_record(locate_file("ludb", f"data/{name}.hea"))
    return replace(record, name=f"ludb-{name}", patient=f"ludb-{name}")


def ludb_paced() -> frozenset[str]:
    """Return the records of people with a pacemaker, whether its spikes show or not.

    Raises
    ------
    DatasetError
        If ``ludb.csv`` is not at hand or not what was published.
    """
    path = locate_file("ludb", "ludb.csv")
    try:
        table = pd.read_csv(path, dtype=str)
        paced = table.loc[table["Cardiac pacing"].notna(), "ID"]
    except (ValueError, KeyError) as error:
        raise DatasetError(f"{path}: cannot be read ({error}); get the published file") from error
    return frozenset(paced)


def load_ludb_waves(name: str, lead: str) -> WaveMarks:
    """Read where cardiologists saw the waves of one lead of LUDB.

    Parameters
    ----------
    name : str
        One of `LUDB_RECORDS`.
    lead : str
        One of `LUDB_LEADS`.

    Returns
    -------
    WaveMarks
        In samples at 500 Hz. The first and the last beat are often left out.

    Raises
    ------
    ParameterError
        If there is no such record or lead.
    DatasetError
        If the marks are not at hand.
    """
    if name not in LUDB_RECORDS:
        raise unknown_option("name", name, LUDB_RECORDS)
    if lead not in LUDB_LEADS:
        raise unknown_option("lead", lead, LUDB_LEADS)
    path = locate_file("ludb", f"data/{name}.{lead}")
    return WaveMarks.from_annotations(read_annotations(path.with_suffix(""), lead))
