"""The QT Database: some thirty beats of each of 105 excerpts, their P, QRS and T marked by hand.

Source: Laguna et al., A database for evaluation of algorithms for measurement of QT and other waveform
intervals in the ECG, Computers in Cardiology 24:673-676, 1997. The excerpts were taken from seven other
databases, so a person may stand in those too: `qtdb_patient` says who.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from ectopy.beats.wave_marks import WaveMarks
from ectopy.datasets.catalog import dataset, locate_file, records_at_hand
from ectopy.errors import unknown_option
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations
from ectopy.record import Record

QTDB_RECORDS: Final = tuple(sorted(file[:-4] for file in dataset("qtdb").files if file.endswith(".q1c")))
"""Names of the records whose waves were marked by hand and whose checksums are known."""

_EUROPEAN: Final = re.compile(r"sele(\d{4})")
_ST_CHANGE: Final = re.compile(r"sel(3\d\d)")
_NORMAL_SINUS: Final = re.compile(r"sel(1[67]\d{3})")
_TRAINING_NUMBERS: Final = range(100, 200)
_VALIDATION_NUMBERS: Final = range(200, 500)


def qtdb_records() -> tuple[str, ...]:
    """Return the names of those records that are at hand, in order."""
    return records_at_hand("qtdb", QTDB_RECORDS, ".q1c")


def qtdb_patient(name: str) -> str:
    """Return whose heart a record shows, by the name of the database that it was taken from.

    Examples
    --------
    >>> qtdb_patient("sel16265"), qtdb_patient("sele0104"), qtdb_patient("sel301")
    ('nsrdb-16265', 'edb-e0104', 'stdb-301')
    """
    for pattern, database in ((_NORMAL_SINUS, "nsrdb-"), (_EUROPEAN, "edb-e"), (_ST_CHANGE, "stdb-")):
        found = pattern.fullmatch(name)
        if found:
            return f"{database}{found[1]}"
    return f"qtdb-{name}"


def qtdb_part(name: str) -> str:
    """Return which part of the QT Database a record belongs to.

    People of the European ST-T Database are divided by runs of consecutive numbers, since neighbouring
    numbers may be one person: e01 to learn from, e02 to e04 to choose by, the others to test. Of the ST
    Change Database (one record a person) the even numbers are learned from. People of the Normal Sinus
    Rhythm Database, who may be met again as ``nsrdb``, and people of any other database are never learned
    from.

    Parameters
    ----------
    name : str
        A record of the database.

    Returns
    -------
    str
        ``"train"``, ``"validation"`` or ``"test"``.

    Examples
    --------
    >>> [qtdb_part(name) for name in ("sele0104", "sele0210", "sele0509")]
    ['train', 'validation', 'test']
    >>> [qtdb_part(name) for name in ("sel302", "sel301", "sel16265", "sel100")]
    ['train', 'test', 'test', 'test']
    """
    european, st_change = _EUROPEAN.fullmatch(name), _ST_CHANGE.fullmatch(name)
    if european and int(european[1]) in _TRAINING_NUMBERS:
        return "train"
    if european and int(european[1]) in _VALIDATION_NUMBERS:
        return "validation"
    if st_change and int(st_change[1]) % 2 == 0:
        return "train"
    return "test"


def load_qtdb_record(name: str) -> Record:
    """Read a record of the QT Database, with its beats.

    Parameters
    ----------
    name : str
        One of `QTDB_RECORDS`.

    Returns
    -------
    Record
        Two leads of 15 min at 250 Hz; its ``patient`` tells who is also in another database.

    Raises
    ------
    ParameterError
        If there is no such record.
    DatasetError
        If the record is not at hand.
    """
    if name not in QTDB_RECORDS:
        raise unknown_option("name", name, QTDB_RECORDS)
    record = open_record(locate_file("qtdb", f"{name}.hea"))
    return replace(record, name=name, patient=qtdb_patient(name))


def load_qtdb_waves(name: str) -> WaveMarks:
    """Read where the first annotator (``q1c``) saw the waves, looking at both leads.

    Parameters
    ----------
    name : str
        One of `QTDB_RECORDS`.

    Returns
    -------
    WaveMarks
        In samples at 250 Hz. Between the marked beats there may be others, which are not marked.

    Raises
    ------
    ParameterError
        If there is no such record.
    DatasetError
        If the marks are not at hand.
    """
    if name not in QTDB_RECORDS:
        raise unknown_option("name", name, QTDB_RECORDS)
    path = locate_file("qtdb", f"{name}.q1c")
    return WaveMarks.from_annotations(read_annotations(path.with_suffix(""), "q1c"))
