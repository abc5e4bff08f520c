"""The bytes of WFDB signal files, to whole numbers: every storage format of signal(5), any stretch of it.

Samples of all signals in a file follow each other frame by frame. Some formats pack a few of them into a
group of bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError

Digital = npt.NDArray[np.int32]
_Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Storage:
    """How samples are packed: so many in so many bytes, by which function, and which value says *missing*."""

    samples: int
    n_bytes: int
    unpack: Callable[[_Bytes], Digital]
    missing: int | None


def _signed(values: npt.NDArray[np.int32], bits: int) -> Digital:
    """Read the lowest bits as a number in two's complement."""
    shift = np.int32(32 - bits)
    return np.asarray((values << shift) >> shift, np.int32)


def _as(kind: str, zero: int = 0) -> Callable[[_Bytes], Digital]:
    def unpack(content: _Bytes) -> Digital:
        samples = content.view(kind).astype(np.int32)
        return np.subtract(samples, np.int32(zero), out=samples) if zero else samples

    return unpack


def _unpack_24(content: _Bytes) -> Digital:
    parts = content.reshape(-1, 3).astype(np.int32)
    return _signed(parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16, 24)


def _unpack_212(content: _Bytes) -> Digital:
    low, other = (content.view([("low", "<i2"), ("other", "u1")])[name] for name in ("low", "other"))
    low = np.ascontiguousarray(low)
    samples = np.empty((len(low), 2), np.int32)
    samples[:, 0] = low << np.int16(4) >> np.int16(4)  # the upper four bits are the other sample's, and
    samples[:, 1] = low >> np.int16(4) & np.int16(~0xFF) | other  # its sign
    return samples.ravel()


def _unpack_310(content: _Bytes) -> Digital:
    first, second = content.view("<u2").reshape(-1, 2).astype(np.int32).T
    third = (first >> 11 & 0x1F) | (second >> 11 & 0x1F) << 5
    return _signed(np.column_stack([first >> 1 & 0x3FF, second >> 1 & 0x3FF, third]).ravel(), 10)


def _unpack_311(content: _Bytes) -> Digital:
    word = content.view("<u4").astype(np.int64)
    return _signed(
        np.column_stack([word >> shift & 0x3FF for shift in (0, 10, 20)]).ravel().astype(np.int32), 10
    )


RAW: Final = {
    "8": Storage(1, 1, _as("i1"), None),
    "16": Storage(1, 2, _as("<i2"), -(2**15)),
    "24": Storage(1, 3, _unpack_24, -(2**23)),
    "32": Storage(1, 4, _as("<i4"), -(2**31)),
    "61": Storage(1, 2, _as(">i2"), -(2**15)),
    "80": Storage(1, 1, _as("u1", 2**7), -(2**7)),
    "160": Storage(1, 2, _as("<u2", 2**15), -(2**15)),
    "212": Storage(2, 3, _unpack_212, -(2**11)),
    "310": Storage(3, 4, _unpack_310, -(2**9)),
    "311": Storage(3, 4, _unpack_311, -(2**9)),
}
"""Formats without compression."""

COMPRESSED: Final = {"508": (8, -(2**7)), "516": (16, -(2**15)), "524": (24, -(2**23))}
"""FLAC formats: bits of a sample, and the value that says *missing*."""

DIFFERENCES: Final = "8"
"""The format that stores what changes from sample to sample, so that it is read from its start."""

FORMATS: Final = tuple(sorted({*RAW, *COMPRESSED}, key=int))
"""WFDB signal formats that are read."""


def missing_value(name: str) -> int | None:
    """Return the sample that stands for a missing one in a format; None where there is none."""
    return COMPRESSED[name][1] if name in COMPRESSED else RAW[name].missing


def stored_samples(path: Path, name: str, offset: int) -> int:
    """Count the samples that a file without compression has room for, after so many bytes."""
    storage = RAW[name]
    return max(0, (path.stat().st_size - offset) * storage.samples // storage.n_bytes)


def read_raw(path: Path, name: str, offset: int, start: int, stop: int) -> Digital:
    """Read samples ``start`` to ``stop`` of a file without compression, counted over all its signals.

    Parameters
    ----------
    path : Path
        The signal file.
    name : str
        One of `RAW`.
    offset : int
        Bytes before the first sample.
    start, stop : int
        First sample, and the one after the last.

    Returns
    -------
    ndarray of int32, shape (n,)
        Fewer than asked for where the file ends.

    Raises
    ------
    RecordError
        If the file cannot be read.
    """
    storage = RAW[name]
    group = start // storage.samples
    n_groups = -(-stop // storage.samples) - group
    try:
        with path.open("rb") as file:
            file.seek(offset + group * storage.n_bytes)
            content = file.read(n_groups * storage.n_bytes)
    except OSError as error:
        raise RecordError(
            f"signal file {path}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    content += bytes(-len(content) % storage.n_bytes)
    skip = start - group * storage.samples
    return storage.unpack(np.frombuffer(content, np.uint8))[skip : skip + stop - start]


def flac_frames(path: Path) -> tuple[int, int]:
    """Return samples a channel and channels of a compressed file.

    Raises
    ------
    RecordError
        If it is no FLAC file.
    """
    import soundfile  # type: ignore[import-untyped]  # needed for these formats only

    try:
        info = soundfile.info(str(path))
    except RuntimeError as error:
        raise RecordError(f"signal file {path} is no FLAC file ({error}); get it again") from error
    return int(info.frames), int(info.channels)


def read_flac(path: Path, name: str, start: int, stop: int) -> Digital:
    """Read samples ``start`` to ``stop`` of every signal of a compressed file, shape (n, n_signals).

    Raises
    ------
    RecordError
        If it is no FLAC file, is damaged, or has finer samples than its format says.
    """
    import soundfile

    bits = COMPRESSED[name][0]
    try:
        with soundfile.SoundFile(str(path)) as file:
            stored = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}.get(file.subtype, 99)
            if stored > bits:
                raise RecordError(
                    f"signal file {path} has samples of {file.subtype}, not {bits} bits; correct the header"
                )
            file.seek(start)
            samples = file.read(stop - start, dtype="int32", always_2d=True)
    except RuntimeError as error:
        raise RecordError(f"signal file {path} cannot be decoded ({error}); get it again") from error
    return np.asarray(samples >> np.int32(32 - stored))
