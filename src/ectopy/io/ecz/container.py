"""The file around the chunks: header, index and checksums."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from struct import Struct
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError, RecordError, reason_of
from ectopy.io.ecz.chunks import CODINGS, Coding, LeadCoding
from ectopy.io.ecz.integers import N_CLASSES
from ectopy.io.sniffing import ECZ_SIGNATURE
from ectopy.io.wfdb.annotation_codes import decode, encode
from ectopy.record import MAX_FS, Annotations

VERSION: Final = (1, 0)
CHUNK: Final = 8192
"""Samples of each lead in a chunk: 23 s at 360 Hz."""

_FRONT: Final = Struct("<2B2I")
_FOOT: Final = Struct("<Q2I4s")
_END: Final = b"ECZ."
_ENTRY: Final = np.dtype([("n_bytes", "<u4"), ("crc", "<u4")])
_MOST_HEADER: Final = 1 << 24
_MOST_LEADS: Final = 4096
_MOST_SAMPLES: Final = 1 << 40

Index = npt.NDArray[np.void]


@dataclass(frozen=True)
class Header:
    """What a compressed recording says of itself.

    Parameters
    ----------
    name, patient : str
        What it is called, and whose heart it is; the latter may be empty.
    n_samples : int
        Of each lead.
    coding : Coding
        How its chunks are coded, with rate and leads.
    chunk : int
        Samples of each lead in a chunk.
    start : datetime, optional
        When the first sample was taken.
    comments : tuple of str
        Free text.
    marks : Annotations, optional
        Reference marks.
    """

    name: str
    n_samples: int
    coding: Coding
    chunk: int = CHUNK
    patient: str = ""
    start: datetime | None = None
    comments: tuple[str, ...] = ()
    marks: Annotations | None = None

    @property
    def n_chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.n_samples // self.chunk)

    def length(self, chunk: int) -> int:
        """Return the samples of a chunk."""
        return min(self.chunk, self.n_samples - chunk * self.chunk)


@dataclass(frozen=True, eq=False)
class EczFile:
    """A compressed recording on disk whose header and index were checked.

    Parameters
    ----------
    path : Path
        The file.
    header : Header
        What it says of itself.
    index : ndarray, shape (n_chunks,)
        ``n_bytes`` and ``crc`` of each chunk.
    first : int
        Where the first chunk begins.
    """

    path: Path
    header: Header
    index: Index
    first: int

    def read(self, chunks: range) -> list[bytes]:
        """Return the bytes of consecutive chunks, each checked.

        Raises
        ------
        RecordError
            If the file was changed, or a chunk is damaged.
        """
        sizes = self.index["n_bytes"].astype(np.int64)
        with self.path.open("rb") as file:
            file.seek(self.first + int(sizes[: chunks.start].sum()))
            contents = [file.read(int(sizes[chunk])) for chunk in chunks]
        for chunk, content in zip(chunks, contents, strict=True):
            if zlib.crc32(content) != self.index["crc"][chunk]:
                seconds = chunk * self.header.chunk / self.header.coding.fs
                raise RecordError(
                    f"{self.path}: chunk {chunk} at {seconds:.0f} s is damaged (its checksum differs);"
                    " get the file again, or read other parts of it"
                )
        return contents


def write_file(file: IO[bytes], header: Header, chunks: Iterable[bytes]) -> None:
    """Write a compressed recording, chunk by chunk."""
    head = zlib.compress(json.dumps(_to_json(header), ensure_ascii=False).encode())
    marks = zlib.compress(encode(header.marks)) if header.marks is not None else b""
    front = head + marks
    file.write(ECZ_SIGNATURE + _FRONT.pack(*VERSION, len(front), zlib.crc32(front)))
    file.write(front)
    entries = []
    for content in chunks:
        file.write(content)
        entries.append((len(content), zlib.crc32(content)))
    index = np.array(entries, _ENTRY).tobytes()
    begin = file.tell()
    file.write(index + _FOOT.pack(begin, len(entries), zlib.crc32(index), _END))


def open_file(path: Path) -> EczFile:
    """Read header and index of a compressed recording, and check them.

    Raises
    ------
    RecordError
        If the file is cut short or damaged, or of a newer major version of the format.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(len(ECZ_SIGNATURE))
        front = file.read(_FRONT.size)
        if len(front) < _FRONT.size:
            raise RecordError(f"{path}: cut short in its header; get the file again")
        major, minor, length, crc = _FRONT.unpack(front)
        if major > VERSION[0]:
            raise RecordError(
                f"{path}: it has version {major}.{minor} of the format, and this ectopy reads up to"
                f" {VERSION[0]}; install a newer ectopy"
            )
        content = file.read(min(length, _MOST_HEADER))
        first = file.tell()
        if len(content) < length or zlib.crc32(content) != crc:
            raise RecordError(f"{path}: cut short or damaged in its header; get the file again")
        index = _read_index(path, file, size, first)
    header = _from_bytes(path, content)
    if len(index) != header.n_chunks:
        raise RecordError(
            f"{path}: {len(index)} chunks are there, and {header.n_samples} samples make {header.n_chunks};"
            " get the file again"
        )
    return EczFile(path, header, index, first)


def _read_index(path: Path, file: IO[bytes], size: int, first: int) -> Index:
    file.seek(max(first, size - _FOOT.size))
    foot = file.read()
    begin, n_chunks, crc, end = _FOOT.unpack(foot) if len(foot) == _FOOT.size else (0, 0, 0, b"")
    if end != _END or begin + n_chunks * _ENTRY.itemsize + _FOOT.size != size or begin < first:
        raise RecordError(f"{path}: cut short or damaged at its end; get the whole file")
    file.seek(begin)
    content = file.read(n_chunks * _ENTRY.itemsize)
    index = np.frombuffer(content, _ENTRY)
    if zlib.crc32(content) != crc or first + int(index["n_bytes"].sum(dtype=np.int64)) != begin:
        raise RecordError(f"{path}: its index is damaged; get the file again")
    return index


def _to_json(header: Header) -> dict[str, Any]:
    return {
        "name": header.name,
        "patient": header.patient,
        "n_samples": header.n_samples,
        "chunk": header.chunk,
        "fs": header.coding.fs,
        "coding": header.coding.kind,
        "leads": [asdict(lead) for lead in header.coding.leads],
        "start": header.start.isoformat() if header.start else None,
        "comments": list(header.comments),
    }


def _from_bytes(path: Path, content: bytes) -> Header:
    """Read the header, whatever it holds."""
    try:
        inflating = zlib.decompressobj()
        values = json.loads(inflating.decompress(content, _MOST_HEADER))
        header = _header(values, _marks(inflating.unused_data))
    except (ValueError, TypeError, KeyError, RecursionError, zlib.error, AnnotationError) as error:
        raise RecordError(
            f"{path}: its header is damaged ({reason_of(error)}); get the file again"
        ) from error
    _check(path, header)
    return header


def _marks(content: bytes) -> Annotations | None:
    return decode(zlib.decompressobj().decompress(content, _MOST_HEADER)) if content else None


def _header(values: dict[str, Any], marks: Annotations | None) -> Header:
    leads = tuple(
        LeadCoding(
            str(lead["name"]),
            str(lead["unit"]),
            float(lead["gain"]),
            float(lead["baseline"]),
            float(lead["step"]),
            tuple(int(each) for each in lead["floors"]),
        )
        for lead in values["leads"]
    )
    return Header(
        name=str(values["name"]),
        n_samples=int(values["n_samples"]),
        coding=Coding(str(values["coding"]), float(values["fs"]), leads),
        chunk=int(values["chunk"]),
        patient=str(values["patient"]),
        start=datetime.fromisoformat(values["start"]) if values["start"] else None,
        comments=tuple(str(comment) for comment in values["comments"]),
        marks=marks,
    )


def _check(path: Path, header: Header) -> None:
    """Refuse a header that no writer makes, and one that would take more memory than it has chunks."""
    coding = header.coding
    fine = (
        coding.kind in CODINGS
        and 0 < coding.fs <= MAX_FS
        and 0 < header.n_samples <= _MOST_SAMPLES
        and 0 < header.chunk <= 1 << 20
        and 0 < len(coding.leads) <= _MOST_LEADS
        and all(_is_possible(lead) for lead in coding.leads)
    )
    if not fine:
        raise RecordError(f"{path}: its header says what is not possible; get the file again")


def _is_possible(lead: LeadCoding) -> bool:
    numbers = (lead.gain, lead.baseline, lead.step)
    return (
        all(map(math.isfinite, numbers))
        and lead.gain != 0
        and lead.step > 0
        and all(0 <= floor < N_CLASSES for floor in lead.floors)
    )


def chunks_of(header: Header, start: int, stop: int) -> Iterator[range]:
    """Yield the chunks that hold samples ``start`` to ``stop``, a few at a time."""
    first, last = start // header.chunk, -(-stop // header.chunk)
    for chunk in range(first, last, _AT_ONCE):
        yield range(chunk, min(chunk + _AT_ONCE, last))


_AT_ONCE: Final = 32
"""Chunks that are decoded together."""
