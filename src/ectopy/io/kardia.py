"""Recordings of AliveCor Kardia: files of its devices (ATC), and the JSON of its service.

Sources: AliveCor's "Alive File Format Specification" and what developers.kardia.com says of recordings.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from ectopy.errors import RecordError
from ectopy.io.recording import Recording
from ectopy.io.registry import OpenOptions
from ectopy.io.strips import Strip, recording_of

_SIGN: Final = b"ALIVE\0\0\0"
_LEADS_OF_BLOCKS: Final = {
    b"ecg ": "I",
    b"ecg2": "II",
    b"ecg3": "III",
    b"ecg4": "aVR",
    b"ecg5": "aVL",
    b"ecg6": "aVF",
}
_LEADS_OF_KEYS: Final = {
    "leadI": "I",
    "leadII": "II",
    "leadIII": "III",
    "AVR": "aVR",
    "AVL": "aVL",
    "AVF": "aVF",
}
_FORMAT: Final = struct.Struct("<BHHBH")
"""Kind of samples, sampling frequency in Hz, nanovolts of a step, flags, reserved."""

_NANOVOLT: Final = 1e-6
_BLOCK_HEAD: Final = 8
_CHECKSUM: Final = 4


def open_kardia(path: Path, options: OpenOptions) -> Recording:
    """Open a recording of AliveCor Kardia: an ATC file, or the service's JSON with the unfiltered signal.

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
        If the file is damaged, cut short, or holds no signal of a stated size.
    """
    content = path.read_bytes()
    return (
        _open_atc(path, options, content) if content.startswith(_SIGN) else _open_json(path, options, content)
    )


def _open_atc(path: Path, options: OpenOptions, content: bytes) -> Recording:
    blocks = dict(_blocks(path, content))
    if len(blocks.get(b"fmt ", b"")) < _FORMAT.size:
        raise RecordError(f"{path}: says nothing of its samples; get the file again")
    _, fs, resolution, _, _ = _FORMAT.unpack_from(blocks[b"fmt "])
    strips = [
        Strip(
            lead,
            "mV",
            np.frombuffer(blocks[key][: len(blocks[key]) // 2 * 2], "<i2") * (resolution * _NANOVOLT),
        )
        for key, lead in _LEADS_OF_BLOCKS.items()
        if key in blocks
    ]
    recorded = blocks.get(b"info", b"")[:32].split(b"\0")[0].decode("latin-1")
    return recording_of(path, options, strips, float(fs), start=_start(recorded))


def _blocks(path: Path, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of each block; each ends in the sum of its bytes."""
    place = len(_SIGN) + 4
    while place + _BLOCK_HEAD <= len(content):
        name, length = content[place : place + 4], int.from_bytes(content[place + 4 : place + 8], "little")
        end = place + _BLOCK_HEAD + length
        if end + _CHECKSUM > len(content):
            raise RecordError(f"{path}: cut short in block {name.decode('latin-1')!r}; get the file again")
        if sum(content[place:end]) % 2**32 != int.from_bytes(content[end : end + _CHECKSUM], "little"):
            raise RecordError(f"{path}: block {name.decode('latin-1')!r} is damaged; get the file again")
        yield name, content[place + _BLOCK_HEAD : end]
        place = end + _CHECKSUM


def _open_json(path: Path, options: OpenOptions, content: bytes) -> Recording:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path}: no JSON that is whole ({error}); get the file again") from error
    if "data12L" in document:
        raise RecordError(f"{path}: a Kardia 12L recording does not say its scale; export it as PDF or HL7")
    raw = _inside(_inside(document, "data"), "raw")
    samples, resolution = _inside(raw, "samples"), raw.get("amplitudeResolution")
    if not samples:
        raise RecordError(f"{path}: no unfiltered signal (data.raw.samples); ask the service for it")
    step = resolution * _NANOVOLT if isinstance(resolution, int | float) and resolution > 0 else None
    strips = [
        Strip(
            _LEADS_OF_KEYS.get(key, key),
            "mV" if step else "",
            _numbers(path, key, values) * (step or 1.0),
        )
        for key, values in samples.items()
    ]
    fs = raw.get("frequency")
    return recording_of(
        path,
        options,
        strips,
        float(fs) if isinstance(fs, int | float) else None,
        patient=str(document.get("patientID") or ""),
        start=_start(str(document.get("recordedAt") or "")),
        named=any(document.get(key) for key in ("firstName", "lastName", "dob")),
    )


def _inside(document: Any, key: str) -> dict[str, Any]:
    found = document.get(key) if isinstance(document, dict) else None
    return found if isinstance(found, dict) else {}


def _numbers(path: Path, lead: str, values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        samples = np.array(values, np.float64)
    except (TypeError, ValueError) as error:
        raise RecordError(
            f"{path}: samples of {lead} are no numbers ({error}); get the file again"
        ) from error
    if samples.ndim != 1:
        raise RecordError(f"{path}: samples of {lead} are no list of numbers; get the file again")
    return samples


def _start(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return None
