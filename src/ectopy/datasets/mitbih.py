"""The MIT-BIH Arrhythmia Database and the Noise Stress Test Database that goes with it.

Source: Moody & Mark, IEEE Eng Med Biol 20(3):45-50, 2001; Moody et al., Computers in Cardiology 11, 1984.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from ectopy.datasets.catalog import dataset, locate_file
from ectopy.datasets.splits import DS1, DS2, mitdb_patient
from ectopy.errors import unknown_option
from ectopy.io.registry import open_record
from ectopy.record import Record

MITDB_RECORDS: Final = tuple(sorted(file[:-4] for file in dataset("mitdb").files if file.endswith(".hea")))
"""Names of the 48 records."""

NSTDB_FS: Final = 360.0
"""Samples of the recorded noise per second, as many as of the records."""

PACED: Final = ("102", "104", "107", "217")
"""Records of patients with a pacemaker, which EC57 leaves out of evaluation."""

RECORD_SETS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "all": MITDB_RECORDS,
        "unpaced": tuple(name for name in MITDB_RECORDS if name not in PACED),
        "paced": PACED,
        "ds1": DS1,
        "ds2": DS2,
    }
)
"""Named sets of records."""

NOISES: Final[Mapping[str, str]] = MappingProxyType(
    {"bw": "baseline wander", "em": "electrode motion", "ma": "muscle"}
)
"""The recorded noises of the Noise Stress Test Database."""

NoisePart = Literal["train", "test"]

_EXCERPT: Final = Path(__file__).parent / "excerpt" / "228x.hea"


def load_record(name: str) -> Record:
    """Read a record of MIT-BIH with its reference annotations.

    Parameters
    ----------
    name : str
        One of `MITDB_RECORDS`.

    Returns
    -------
    Record
        Two leads at 360 Hz; its ``patient`` tells that 201 and 202 are from one person.

    Raises
    ------
    ParameterError
        If there is no such record.
    DatasetError
        If the record has not been downloaded.
    """
    if name not in MITDB_RECORDS:
        raise unknown_option("name", name, MITDB_RECORDS)
    record = open_record(locate_file("mitdb", f"{name}.hea"))
    return replace(record, name=name, patient=mitdb_patient(name))


def load_records(names: str | Iterable[str]) -> Iterator[Record]:
    """Read records of MIT-BIH one after the other.

    Parameters
    ----------
    names : str or iterable of str
        A set of `RECORD_SETS` (``"ds1"``, ``"ds2"``, ``"unpaced"`` …) or names of records.

    Returns
    -------
    iterator of Record
        Each is read on demand.

    Raises
    ------
    ParameterError
        If there is no such set.
    """
    if isinstance(names, str):
        if names not in RECORD_SETS:
            raise unknown_option("names", names, RECORD_SETS)
        names = RECORD_SETS[names]
    return (load_record(name) for name in names)


def load_excerpt() -> Record:
    """Read the thirty seconds of a real heart that are part of ectopy: record 228 from 27:30 on.

    Returns
    -------
    Record
        Two leads at 360 Hz with the beat marks of the database, under the Open Data Commons Attribution
        License 1.0 (Moody and Mark 2001; PhysioNet, doi 10.13026/C2F305).

    Examples
    --------
    >>> record = load_excerpt()
    >>> record.leads, record.duration, (record.annotations.beats().symbols == "V").sum()
    (('MLII', 'V1'), 30.0, np.int64(8))
    """
    return replace(open_record(_EXCERPT), patient=mitdb_patient("228"))


def load_noise(name: str, part: NoisePart = "train") -> npt.NDArray[np.float32]:
    """Read recorded noise of the Noise Stress Test Database.

    The recording is divided in the middle, so that noise of training is never used in a test.

    Parameters
    ----------
    name : {"bw", "em", "ma"}
        Baseline wander, electrode motion or muscle.
    part : {"train", "test"}
        First or second 15 minutes.

    Returns
    -------
    ndarray of float32, shape (325000, 2)
        Two channels at 360 Hz in mV, by the nominal gain of 200 units/mV: the noise was not calibrated.

    Raises
    ------
    ParameterError
        If there is no such noise or part.
    DatasetError
        If the noise has not been downloaded.
    """
    if name not in NOISES:
        raise unknown_option("name", name, NOISES)
    if part not in ("train", "test"):
        raise unknown_option("part", part, ("train", "test"))
    signal = open_record(locate_file("nstdb", f"{name}.hea"), leads=("noise1", "noise2")).signal
    middle = len(signal) // 2
    return signal[:middle] if part == "train" else signal[middle:]
