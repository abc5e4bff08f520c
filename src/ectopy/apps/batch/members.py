"""Recordings in archives: which files a ZIP or tar archive holds, and how they are taken out."""

from __future__ import annotations

import tarfile
import weakref
import zipfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, Any, Final

from ectopy.apps.batch.files import Entry, open_file
from ectopy.errors import ParameterError, RecordError

SEPARATOR: Final = "!"
"""Between an archive and a file in it."""

_TAR: Final = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_BROKEN: Final = (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, RuntimeError, NotImplementedError)


def is_archive(path: str) -> bool:
    """Tell by its name whether a file is an archive."""
    return path.casefold().endswith((".zip", *_TAR))


def members(archive: Entry) -> list[Entry]:
    """Return the files in an archive, by name.

    Raises
    ------
    ParameterError
        If it cannot be read.
    """
    try:
        opened = open_archive(archive.location)
        return sorted(opened.entries(), key=lambda entry: entry.path)
    except _BROKEN as error:
        raise ParameterError(f"{archive.path}: the archive cannot be read ({error}); get it again") from error


@lru_cache(maxsize=1)
def open_archive(location: str) -> Archive:
    """Open an archive; the last one stays open, as its files are asked for one after the other."""
    file = open_file(location)
    try:
        is_tar = location.casefold().endswith(_TAR)
        inner = (
            tarfile.open(fileobj=file, mode="r:*")  # noqa: SIM115 - stays open
            if is_tar
            else zipfile.ZipFile(file)
        )
    except BaseException:
        file.close()
        raise
    archive = Archive(location, inner)
    weakref.finalize(archive, file.close)
    return archive


@dataclass(frozen=True, eq=False)
class Archive:
    """An open archive."""

    location: str
    file: tarfile.TarFile | zipfile.ZipFile

    def entries(self) -> Sequence[Entry]:
        """Return its files."""
        if isinstance(self.file, zipfile.ZipFile):
            found = [
                (info.filename, info.file_size, str(info.CRC))
                for info in self.file.infolist()
                if not info.is_dir() and not info.filename.startswith("__MACOSX/")
            ]
        else:
            found = [
                (info.name, info.size, str(info.mtime)) for info in self.file.getmembers() if info.isfile()
            ]
        return [
            Entry(name, self.location, n_bytes, stamp, partial(self._head, name))
            for name, n_bytes, stamp in found
        ]

    def open(self, name: str) -> IO[bytes]:
        """Open a file in it.

        Raises
        ------
        RecordError
            If there is no such file, or the archive is damaged.
        """
        try:
            stream: Any = (
                self.file.open(name)
                if isinstance(self.file, zipfile.ZipFile)
                else self.file.extractfile(name)
            )
        except (KeyError, *_BROKEN) as error:
            raise RecordError(f"{self.location}{SEPARATOR}{name}: cannot be taken out ({error})") from error
        if stream is None:
            raise RecordError(f"{self.location}{SEPARATOR}{name}: is no file; check the archive")
        return stream

    def extract(self, name: str, target: Path) -> None:
        """Copy a file of it to a place of this machine; errors as of `open`."""
        try:
            with closing(self.open(name)) as stream, target.open("wb") as file:
                while chunk := stream.read(1 << 20):
                    file.write(chunk)
        except _BROKEN as error:
            raise RecordError(
                f"{self.location}{SEPARATOR}{name}: cannot be taken out ({error}); get the archive again"
            ) from error

    def _head(self, name: str, n_bytes: int) -> bytes:
        with closing(self.open(name)) as stream:
            return stream.read(n_bytes)
