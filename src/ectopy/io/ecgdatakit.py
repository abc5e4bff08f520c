"""Formats that the ecgdatakit package parses: its leads as strips, its errors as ours."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ectopy.errors import RecordError
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip, recording_of


def parsed(path: Path, parser: Any) -> Any:
    """Return what a parser of ecgdatakit makes of a file.

    Raises
    ------
    RecordError
        If it cannot read the file.
    """
    from ecgdatakit.exceptions import ECGDataKitError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are no matter here
        try:
            return parser.parse(path)
        except ECGDataKitError as error:
            raise RecordError(f"{path}: {_one_line(error, path)}; get the file again") from error


def strips_of(record: Any) -> list[Strip]:
    """Return the leads in the units of the file."""
    strips = []
    for lead in record.leads:
        stored = np.asarray(lead.samples, np.float64)
        samples = stored * lead.resolution + lead.offset if lead.is_raw and lead.resolution_unit else stored
        first = lead.annotations.get("start_sample")
        strips.append(Strip(lead.label, lead.resolution_unit or lead.units, samples, int(first or 1) - 1))
    return strips


def recording_from(path: Path, options: OpenOptions, record: Any, strips: list[Strip]) -> Recording:
    """Return strips of one rate with what the record says around them.

    Raises
    ------
    RecordError
        If the leads have several rates.
    """
    rates = {lead.sampling_rate for lead in record.leads}
    if len(rates) > 1:
        raise RecordError(f"{path}: its leads have several rates ({sorted(rates)} Hz); convert it")
    person, moment = record.patient, record.recording.date
    return recording_of(
        path,
        options,
        strips,
        float(rates.pop()) if rates else None,
        patient=person.patient_id or "",
        start=None if moment is None else moment.replace(tzinfo=None),
        named=bool(person.first_name or person.last_name or person.birth_date),
    )


def _one_line(error: Exception, path: Path) -> str:
    return " ".join(str(error).replace(str(path), "the file").split())
