"""PhysioNet/CinC Challenge 2017: short single-lead recordings, a rhythm label each.

Source: Clifford et al., AF classification from a short single lead ECG recording: the PhysioNet/Computing in
Cardiology Challenge 2017, Computing in Cardiology 44, 2017.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from ectopy.datasets.catalog import locate_file
from ectopy.datasets.people import kept_apart
from ectopy.errors import DatasetError
from ectopy.io.registry import open_record
from ectopy.record import Record

CINC2017_LABELS: Final = MappingProxyType(
    {"N": "normal sinus rhythm", "A": "atrial fibrillation", "O": "another rhythm", "~": "too noisy"}
)
"""What the labels of ``REFERENCE-v3.csv`` stand for."""


@dataclass(frozen=True)
class CinC2017Entry:
    """One recording of the challenge's training set.

    Parameters
    ----------
    name : str
        Its name, such as ``"A00001"``.
    label : str
        One of `CINC2017_LABELS`; nobody marked the beats.
    """

    name: str
    label: str

    @property
    def patient(self) -> str:
        """Whose heart it is; the publisher does not say, so each recording counts as another person's."""
        return f"cinc2017-{self.name}"

    @property
    def kept_apart(self) -> bool:
        """Whether it is tested on and never learned from, see `ectopy.datasets.people`."""
        return kept_apart(self.patient)


def load_cinc2017_table() -> tuple[CinC2017Entry, ...]:
    """List the recordings of the challenge's training set that are at hand, with their labels.

    Returns
    -------
    tuple of CinC2017Entry
        In the order of ``REFERENCE-v3.csv``, only those whose files are there.

    Raises
    ------
    DatasetError
        If the table is not at hand or not what was published.
    """
    path = locate_file("cinc2017", "REFERENCE-v3.csv")
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    wrong = [row for row in rows if len(row) != 2 or row[1] not in CINC2017_LABELS]
    if wrong:
        raise DatasetError(
            f"{path}: row {','.join(wrong[0])!r} is no name and label ({', '.join(CINC2017_LABELS)});"
            " get the published file"
        )
    here = {file.stem for file in path.parent.glob("*.hea")}
    return tuple(CinC2017Entry(name, label) for name, label in rows if name in here)


def load_cinc2017_record(entry: CinC2017Entry | str) -> Record:
    """Read a recording of the challenge's training set.

    Parameters
    ----------
    entry : CinC2017Entry or str
        A row of `load_cinc2017_table`, or the recording's name.

    Returns
    -------
    Record
        One lead of 9 to 61 s at 300 Hz.

    Raises
    ------
    DatasetError
        If its files are not at hand.
    """
    row = entry if isinstance(entry, CinC2017Entry) else CinC2017Entry(entry, "")
    record = open_record(locate_file("cinc2017", f"{row.name}.hea"))
    return replace(record, name=row.name, patient=row.patient)
