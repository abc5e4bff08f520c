"""PTB-XL: 12-lead ECGs of 10 s with the diagnoses of cardiologists.

Source: Wagner et al., PTB-XL, a large publicly available electrocardiography dataset, Scientific Data 7:154,
2020.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd

from ectopy.datasets.catalog import locate_file
from ectopy.errors import DatasetError
from ectopy.io.registry import open_record
from ectopy.record import Record

PTBXL_SUPERCLASSES: Final = ("NORM", "MI", "STTC", "CD", "HYP")
"""Normal, myocardial infarction, ST/T change, conduction disturbance, hypertrophy."""

_COLUMNS: Final = ("ecg_id", "patient_id", "strat_fold", "scp_codes", "filename_hr")


@dataclass(frozen=True)
class PTBXLEntry:
    """One recording of PTB-XL.

    Parameters
    ----------
    ecg_id : int
        Number of the recording.
    patient : str
        Name of the patient.
    strat_fold : int
        The authors' fold, 1 to 10, disjoint in patients; they test on 10 and validate on 9.
    superclasses : tuple of str
        Those of `PTBXL_SUPERCLASSES` that a diagnosis belongs to, in that order; none, one or several.
    filename : str
        Path of the 500 Hz record in the dataset's folder, without extension.
    statements : tuple of str
        The SCP-ECG codes it was given, such as ``NORM``, ``AFIB`` and ``PACE``.
    """

    ecg_id: int
    patient: str
    strat_fold: int
    superclasses: tuple[str, ...]
    filename: str
    statements: tuple[str, ...]

    @property
    def is_normal(self) -> bool:
        """Whether the one diagnosis is a normal ECG."""
        return self.superclasses == ("NORM",)


def load_ptbxl_table() -> tuple[PTBXLEntry, ...]:
    """List the recordings of PTB-XL that are present.

    A diagnosis counts whatever its likelihood, as in the code of the authors.

    Returns
    -------
    tuple of PTBXLEntry
        In the order of ``ptbxl_database.csv``, only those whose record files are there.

    Raises
    ------
    DatasetError
        If the tables are not at hand or not what was published.
    """
    path = locate_file("ptbxl", "ptbxl_database.csv")
    table = _read_table(path, _COLUMNS)
    diagnoses = _diagnoses(locate_file("ptbxl", "scp_statements.csv"))
    try:
        entries = [
            PTBXLEntry(number, str(patient), fold, _superclasses(codes, diagnoses), filename, tuple(codes))
            for number, patient, fold, codes, filename in zip(
                table["ecg_id"].astype(int).tolist(),
                table["patient_id"].astype(int).tolist(),
                table["strat_fold"].astype(int).tolist(),
                map(ast.literal_eval, table["scp_codes"].astype(str)),
                table["filename_hr"].astype(str).tolist(),
                strict=True,
            )
        ]
    except (ValueError, SyntaxError, TypeError) as error:
        raise DatasetError(f"{path}: a row cannot be read ({error}); get the published file") from error
    return tuple(entry for entry in entries if _is_here(path.parent / entry.filename))


def load_ptbxl_record(entry: PTBXLEntry) -> Record:
    """Read a recording of PTB-XL at 500 Hz, its patient set.

    Parameters
    ----------
    entry : PTBXLEntry
        A row of `load_ptbxl_table`.

    Returns
    -------
    Record
        Twelve leads, 10 s.

    Raises
    ------
    DatasetError
        If its files are not at hand.
    """
    record = open_record(locate_file("ptbxl", f"{entry.filename}.hea"))
    return replace(record, patient=entry.patient)


def _read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path}: {str(error).splitlines()[0]}; get the published file") from error
    absent = [name for name in columns if name not in table]
    if absent:
        raise DatasetError(f"{path}: no column {', '.join(absent)}; get the published file")
    return table


def _diagnoses(path: Path) -> Mapping[str, str]:
    """Map each SCP code that is a diagnosis to its superclass."""
    table = _read_table(path, ("diagnostic", "diagnostic_class"))
    table = table.set_index(table.columns[0])
    chosen = table.loc[table["diagnostic"] == 1, "diagnostic_class"]
    return {str(code): str(name) for code, name in chosen.items()}


def _superclasses(codes: Iterable[str], diagnoses: Mapping[str, str]) -> tuple[str, ...]:
    """Return the superclasses of SCP codes."""
    present = {diagnoses[code] for code in codes if code in diagnoses}
    return tuple(name for name in PTBXL_SUPERCLASSES if name in present)


def _is_here(record: Path) -> bool:
    return all(record.with_name(record.name + extension).is_file() for extension in (".hea", ".dat"))
