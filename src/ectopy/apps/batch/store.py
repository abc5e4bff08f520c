"""Where the output of a batch lies, here or in an object store: files appear whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

from ectopy.apps.batch.files import file_system, is_remote, patiently
from ectopy.errors import ParameterError
from ectopy.io.atomic import draft, files_in_order


class Store(Protocol):
    """A place for files; names are relative, with ``/`` between folders."""

    def draft(self, name: str) -> Any:
        """Give a local path to write to; at the end of the context the file is in its place."""
        ...

    def drafts(self, names: Sequence[str]) -> Any:
        """Give local paths to write to; at the end of the context the files are in their places.

        The last one comes last, and is gone while others change.
        """
        ...

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted; none where there is no folder."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file or folder, if it is there."""
        ...


def store_at(place: str) -> Store:
    """Return the store at a path or URI.

    Raises
    ------
    ParameterError
        If a file stands there, or the protocol is unknown.
    MissingExtraError
        If its package is not installed.
    """
    if is_remote(place):
        file_system(place)
        return RemoteStore(place.rstrip("/"))
    if Path(place).exists() and not Path(place).is_dir():
        raise ParameterError(f"out={place}: a file stands there; choose a folder")
    return LocalStore(Path(place).absolute())


@dataclass(frozen=True)
class LocalStore:
    """A folder of this machine, or of a file system that many share."""

    root: Path

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """Give a path beside the place of the file."""
        with draft(self.root / name) as unfinished:
            yield unfinished

    @contextmanager
    def drafts(self, names: Sequence[str]) -> Iterator[tuple[Path, ...]]:
        """Give paths on the same disk."""
        with files_in_order(self.root, names) as unfinished:
            yield unfinished

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted."""
        path = self.root / folder
        return sorted(each.name for each in path.iterdir()) if path.is_dir() else []

    def remove(self, name: str) -> None:
        """Remove a file or folder, if it is there."""
        import shutil

        path = self.root / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # another batch beside this one may be at it
        else:
            path.unlink(missing_ok=True)


@dataclass(frozen=True)
class RemoteStore:
    """A folder of an object store, by its URI; each request is tried several times."""

    root: str

    @contextmanager
    def draft(self, name: str) -> Iterator[Path]:
        """Give a path of this machine; what was written there is put in its place by one request."""
        with self.drafts([name]) as (path,):
            yield path

    @contextmanager
    def drafts(self, names: Sequence[str]) -> Iterator[tuple[Path, ...]]:
        """Give paths of this machine; what was written there is put in its place, a request for each."""
        with tempfile.TemporaryDirectory(prefix="ectopy-batch-") as scratch:
            paths = tuple(Path(scratch) / str(number) for number in range(len(names)))
            yield paths
            if len(names) > 1:
                self.remove(names[-1])
            for path, name in zip(paths, names, strict=True):
                patiently(partial(self._system.put_file, str(path), self._at(name)))

    def read(self, name: str) -> bytes | None:
        """Return what a file holds; None where there is none."""
        try:
            content: bytes = patiently(lambda: self._system.cat_file(self._at(name)))
        except FileNotFoundError:
            return None
        return content

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, sorted."""
        self._system.invalidate_cache()
        try:
            found = patiently(lambda: self._system.ls(self._at(folder), detail=False))
        except FileNotFoundError:
            return []
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def remove(self, name: str) -> None:
        """Remove a file or folder, if it is there."""
        try:
            patiently(lambda: self._system.rm(self._at(name), recursive=True))
        except FileNotFoundError:
            return

    @cached_property
    def _system(self) -> Any:
        return file_system(self.root)[0]

    def _at(self, name: str) -> str:
        return f"{file_system(self.root)[1]}/{name}"
