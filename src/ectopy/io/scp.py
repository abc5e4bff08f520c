"""Resting ECGs in the SCP-ECG format.

Source: EN 1064:2005, "Standard communication protocol: computer-assisted electrocardiography". The package
ecgdatakit undoes its compression.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ecgdatakit.parsing.parsers.scp_ecg import SCPECGParser

from ectopy.errors import RecordError
from ectopy.io.ecgdatakit import parsed, recording_from, strips_of
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions

_SECTION_HEADER: Final = 16
_LEADS_SECTION: Final = 3
_DESCRIPTION: Final = struct.Struct("<IIB")
"""First and last sample, and code, of a lead."""


def open_scp(path: Path, options: OpenOptions) -> Recording:
    """Open an SCP-ECG record: its rhythm data.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the record is damaged, or compressed in a way that is not read.
    """
    _check_lengths(path)
    record = parsed(path, SCPECGParser())
    return recording_from(path, options, record, strips_of(record))


def _check_lengths(path: Path) -> None:
    """Refuse a record that announces more samples than it has bits, before anybody makes room for them."""
    data = path.read_bytes()
    for begin, end in _lead_ranges(data):
        if end > 8 * len(data) or begin < 1 or end < begin:
            raise RecordError(
                f"{path}: announces samples {begin} to {end} of a lead in {len(data)} bytes;"
                " get the file again"
            )


def _lead_ranges(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield first and last sample of each lead that any section 3 describes."""
    length = int.from_bytes(data[10:14], "little")
    for place in range(6 + _SECTION_HEADER, min(6 + length, len(data)) - 9, 10):
        section, size, index = struct.unpack_from("<HII", data, place)
        body = data[index - 1 + _SECTION_HEADER : index - 1 + size] if index else b""
        if section == _LEADS_SECTION and len(body) > 2:
            for i in range(min(body[0], (len(body) - 2) // _DESCRIPTION.size)):
                begin, end, _ = _DESCRIPTION.unpack_from(body, 2 + i * _DESCRIPTION.size)
                yield begin, end
