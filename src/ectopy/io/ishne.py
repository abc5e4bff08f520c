"""Holter recordings in the ISHNE format.

Source: F. Badilini, "The ISHNE Holter Standard Output File Format", Ann. Noninvasive Electrocardiol. 3, 1998.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Recording, Samples, channels_of
from ectopy.io.registry import OpenOptions

_LEADS: Final = (
    *("", "bipolar", "X", "Y", "Z", "I", "II", "III", "aVR", "aVL", "aVF"),
    *("V1", "V2", "V3", "V4", "V5", "V6", "ES", "AS", "AI"),
)
"""Names of the leads by their code."""

_MOST_LEADS: Final = 12
_FIXED: Final = struct.Struct("<4i h 40s 40s 20s 2h 3h 3h 3h 3h h 12h 12h 12h h 40s h 80s 80s 88s")
"""The header of fixed length, behind magic number and checksum."""

_HEADER_AT: Final = 10
_MISSING: Final = -(2**15)
_NANOVOLT: Final = 1e-6
"""Millivolts; resolutions are in nanovolts."""

_BLOCK: Final = 1 << 18
"""Samples of all leads that are scaled at a time."""


def open_ishne(path: Path, options: OpenOptions) -> Recording:
    """Open a Holter recording in the ISHNE format.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording
        Nothing is decoded yet.

    Raises
    ------
    RecordError
        If the file holds annotations only, is cut short, or its header is damaged.
    """
    with path.open("rb") as stream:
        head = stream.read(_HEADER_AT + _FIXED.size)
    if head.startswith(b"ANN"):
        raise RecordError(
            f"{path}: an ISHNE file of annotations without samples; give the ECG file beside it"
        )
    if len(head) < _HEADER_AT + _FIXED.size:
        raise RecordError(f"{path}: cut short in its header; get the file again")
    fields = _FIXED.unpack_from(head, _HEADER_AT)
    announced, begin = fields[1], fields[3]
    first_name, last_name, code = (_text(field) for field in fields[5:8])
    born, day, clock = fields[10:13], fields[13:16], fields[19:22]
    n_leads, codes, resolutions, fs = fields[22], fields[23:35], fields[47:59], fields[61]
    if not 0 < n_leads <= _MOST_LEADS or begin < len(head):
        raise RecordError(
            f"{path}: header states {n_leads} leads, samples at byte {begin}; get the file again"
        )
    n_samples = _n_samples(path, announced, begin, n_leads)
    stored = np.memmap(path, "<i2", "r", begin, (n_samples, n_leads))
    return Recording(
        name=path.stem,
        channels=channels_of(
            [_LEADS[each] if 0 <= each < len(_LEADS) else "" for each in codes[:n_leads]],
            ["mV" if each > 0 else "" for each in resolutions[:n_leads]],
            agreed_fs(str(path), float(fs), options.fs),
            n_samples,
        ),
        decode=_Decoder(
            stored, np.array([max(each, 0) * _NANOVOLT or 1 for each in resolutions[:n_leads]], np.float32)
        ),
        patient=code,
        start=_start(day, clock),
        named=bool(first_name or last_name or born[2] > 0),
    )


def _n_samples(path: Path, announced: int, begin: int, n_leads: int) -> int:
    """Return the samples of each lead; some recorders count those of all leads together in the header."""
    there = max(0, path.stat().st_size - begin) // 2
    n_samples = announced if announced * n_leads <= there else announced // n_leads
    if announced <= 0:
        raise RecordError(f"{path}: header states {announced} samples; get the file again")
    if announced * n_leads > there and announced != there:
        raise RecordError(
            f"{path}: cut short: its header states {announced} samples of {n_leads} leads and"
            f" {there // n_leads} are there; get the file again"
        )
    return n_samples


@dataclass(frozen=True, eq=False)
class _Decoder:
    """Scales samples where they lie in the file, piece by piece."""

    stored: npt.NDArray[np.int16]
    scales: npt.NDArray[np.float32]

    def __call__(self, channels: Sequence[int], start: int, stop: int) -> Samples:
        part, columns = self.stored[max(0, start) : max(0, stop)], list(channels)
        samples = np.empty((len(part), len(columns)), np.float32)
        for first in range(0, len(part), _BLOCK):
            piece = part[first : first + _BLOCK, columns]
            scaled = samples[first : first + _BLOCK]
            np.multiply(piece, self.scales[columns], out=scaled)
            scaled[piece == _MISSING] = np.nan
        return samples


def _start(day: tuple[int, ...], clock: tuple[int, ...]) -> datetime | None:
    try:
        return datetime(day[2], day[1], day[0], clock[0], clock[1], clock[2])
    except (ValueError, OverflowError):
        return None


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("latin-1").strip()
