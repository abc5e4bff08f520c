"""Recordings in compressed files: gz, bz2, xz and zip, decompressed into a folder that goes when they do."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Final

from ectopy.errors import RecordError, reason_of
from ectopy.io.recording import Decode, Samples

_MOST_BYTES: Final = 8 << 30
"""Larger ones are decompressed by people who know that they want it."""

_BOMB: Final = (200, 256 << 20)
"""A file may become so many times as long, or so many bytes: flat text becomes 100 times as long, an ECG 20
times."""

_MOST_FILES: Final = 2000
_CHUNK: Final = 1 << 20
_SIGNS: Final = {
    b"\x1f\x8b": ".gz",
    b"BZh": ".bz2",
    b"\xfd7zXZ\x00": ".xz",
    b"PK\x03\x04": ".zip",
    b"PK\x05\x06": ".zip",  # one that holds nothing
}
_SIDE_FILES: Final = frozenset({".dat", ".atr", ".xws", ".qrs", ".md", ".pdf", ".html", ".png", ".jpg"})
"""In an archive beside a recording, and none themselves."""

_BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    NotImplementedError,
)
_PASSWORD: Final = RuntimeError


class ScratchFolder:
    """A folder that is removed when nobody holds it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="ectopy-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, eq=False)
class Unpacked:
    """How samples are decoded whose file lies in a folder of scratch, which lasts as long as this does."""

    decode: Decode
    folder: ScratchFolder

    def __call__(self, channels: Sequence[int], start: int, stop: int) -> Samples:
        """Decode samples ``start`` to ``stop`` of some channels."""
        return self.decode(channels, start, stop)


def compression(head: bytes) -> str | None:
    """Return the usual suffix of a compressed file by its first bytes; None where it is not compressed.

    Examples
    --------
    >>> compression(gzip.compress(b"time,ecg")), compression(b"time,ecg")
    ('.gz', None)
    """
    return next((suffix for sign, suffix in _SIGNS.items() if head.startswith(sign)), None)


def is_numpy_archive(path: Path) -> bool:
    """Tell whether a ZIP archive is one of arrays, as NumPy writes them."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (*_BROKEN, _PASSWORD):
        return path.suffix.casefold() == ".npz"
    return bool(names) and all(name.endswith(".npy") for name in names)


def decompressed_head(path: Path, suffix: str, most: int) -> tuple[bytes, float]:
    """Return the first bytes of what a compressed file holds, and about which share of the whole they are.

    Raises
    ------
    RecordError
        If the file is damaged.
    """
    with _damage(path):
        if suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                infos = [info for info in archive.infolist() if not info.is_dir()]
                with archive.open(infos[0]) as stream:
                    content = stream.read(most)
            return content, min(1.0, len(content) / max(1, infos[0].file_size))
        with path.open("rb") as file, _open(file, suffix) as stream:
            content = stream.read(most)
            share = file.tell() / path.stat().st_size
    return content, 1.0 if len(content) < most else min(1.0, share)


def decompress(path: Path, suffix: str, folder: Path) -> Path:
    """Decompress a file into a folder, and return the recording in it.

    Parameters
    ----------
    path : Path
        The file.
    suffix : str
        What `compression` said.
    folder : Path
        Where to.

    Returns
    -------
    Path
        Named like the file without its suffix; of an archive, the one recording in it.

    Raises
    ------
    RecordError
        If the file is damaged, becomes far larger than a recording does, or holds several recordings or none.
    """
    limit = min(_MOST_BYTES, max(_BOMB[1], _BOMB[0] * path.stat().st_size))
    with _damage(path):
        if suffix == ".zip":
            return _from_archive(path, folder, limit)
        name = path.name[: -len(path.suffix)] if path.suffix.casefold() == suffix else path.name
        target = folder / (Path(name).name or "recording")
        with path.open("rb") as file, _open(file, suffix) as stream:
            _copy(path, stream, target, limit)
        return target


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise RecordError(f"{path}: cannot be decompressed ({reason_of(error)}); get it again") from error
    except _PASSWORD as error:
        raise RecordError(
            f"{path}: cannot be decompressed ({reason_of(error)}); unpack it yourself"
        ) from error


def _open(file: BinaryIO, suffix: str) -> BufferedIOBase:
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if suffix == ".bz2" else lzma.LZMAFile(file)


def _copy(path: Path, stream: IO[bytes] | BufferedIOBase, target: Path, limit: int) -> int:
    """Copy a stream into a file, and stop where it grows beyond all measure."""
    written = 0
    with target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > limit:
                raise RecordError(
                    f"{path}: it holds more than {limit / 2**20:,.0f} MiB, far more than a recording of its"
                    f" size;"
                    " unpack it yourself"
                )
            file.write(chunk)
    return written


def _from_archive(path: Path, folder: Path, limit: int) -> Path:
    with zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        infos = [info for info in infos if not info.filename.startswith("__MACOSX/")]
        if len(infos) > _MOST_FILES:
            raise RecordError(f"{path}: {len(infos)} files in an archive are too many; unpack it yourself")
        left = limit
        files = []
        for info in infos:
            target = folder / PurePosixPath(info.filename.replace("\\", "/")).name
            if target.exists() or not target.name:
                raise RecordError(f"{path}: two files in it are called {target.name!r}; unpack it yourself")
            with archive.open(info) as stream:
                left -= _copy(path, stream, target, left)
            files.append(target)
    headers = [file for file in files if file.suffix.casefold() == ".hea"]
    recordings = headers or [file for file in files if file.suffix.casefold() not in _SIDE_FILES]
    if len(recordings) != 1:
        names = ", ".join(file.name for file in recordings[:5]) or "nothing"
        raise RecordError(f"{path}: an archive of one recording is read, and this holds {names}; unpack it")
    return recordings[0]
