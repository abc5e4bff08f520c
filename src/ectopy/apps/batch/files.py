"""Files of this machine and of object stores, listed alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ectopy.errors import ParameterError, install_command, require_extra

_HEAD: Final = 4096
_STAMPS: Final = ("ETag", "etag", "md5Hash", "LastModified", "mtime", "updated", "created")
"""What file systems call that which changes when a file does, the surest first."""


@dataclass(frozen=True)
class Entry:
    """A file.

    Parameters
    ----------
    path : str
        As it was found, with ``/`` between folders.
    location : str
        Absolute path, or URI.
    n_bytes : int
        Its length.
    stamp : str
        What changes when the file does.
    read : callable, optional
        Number of bytes → the first of its content, where it lies in an archive.
    """

    path: str
    location: str
    n_bytes: int
    stamp: str
    read: Callable[[int], bytes] | None = None

    def head(self) -> bytes:
        """Return its first bytes."""
        if self.read is not None:
            return self.read(_HEAD)
        with open_file(self.location) as file:
            content: bytes = file.read(_HEAD)
        return content


def is_remote(text: str) -> bool:
    """Tell whether a text is a URI."""
    return "://" in text


def file_system(uri: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URI, and the path in it.

    Raises
    ------
    MissingExtraError
        If a package for that protocol is not installed.
    ParameterError
        If nobody knows the protocol.
    """
    fsspec = require_extra("fsspec", "batch")
    try:
        system, path = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        raise ParameterError(f"{uri}: {error}; install it with: {install_command('cloud')}") from error
    except ValueError as error:
        raise ParameterError(f"{uri}: {error}; check what stands before ://") from error
    return system, path


def open_file(location: str) -> Any:
    """Open a file of any place for reading."""
    if is_remote(location):
        system, path = file_system(location)
        return system.open(path, "rb")
    return Path(location).open("rb")


def read_text(location: str) -> str:
    """Return the text of a file of any place.

    Raises
    ------
    ParameterError
        If it cannot be read, or is no text.
    """
    try:
        with open_file(location) as file:
            return str(file.read(), "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ParameterError(f"{location}: the list cannot be read ({_reason(error)}); check it") from error


def walk(text: str) -> list[Entry] | None:
    """Return all files below a folder, by path; None where it is no folder."""
    if is_remote(text):
        return _walk_remote(text)
    root = Path(text)
    if not root.is_dir():
        return None
    return sorted(_scan(root.as_posix()), key=lambda entry: entry.path)


def children(text: str) -> list[Entry]:
    """Return the files of one stem: the file itself, and those beside it that differ in their endings."""
    if is_remote(text):
        uri, _, name = text.rpartition("/")
        families = _remote_folder(uri)
    else:
        folder, name = Path(text).parent, Path(text).name
        plain = folder == Path() and not text.startswith("./")
        families = _folder("" if plain else f"{folder.as_posix()}/".replace("//", "/"))
    return [entry for stem in dict.fromkeys((_stem(name), name)) for entry in families.get(stem, [])]


def forget_folders() -> None:
    """Look into every folder again when it is asked for."""
    _folder.cache_clear()
    _remote_folder.cache_clear()


@lru_cache(maxsize=16)
def _folder(prefix: str) -> dict[str, list[Entry]]:
    """Return the files of a folder by their stems."""
    families: dict[str, list[Entry]] = {}
    try:
        with os.scandir(prefix or ".") as entries:
            for each in entries:
                if not each.is_dir():
                    families.setdefault(_stem(each.name), []).append(
                        _local_entry(f"{prefix}{each.name}", each)
                    )
    except OSError:
        return {}
    return families


@lru_cache(maxsize=16)
def _remote_folder(uri: str) -> dict[str, list[Entry]]:
    system, path = file_system(uri)
    families: dict[str, list[Entry]] = {}
    try:
        listed = system.ls(path, detail=True)
    except (OSError, NotImplementedError):
        return {}
    for each in listed:
        if each.get("type") != "directory":
            entry = _remote_entry(system, each)
            families.setdefault(_stem(PurePosixPath(entry.path).name), []).append(entry)
    return families


def named(text: str) -> Entry:
    """Return the file of that name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    for entry in children(text):
        if entry.path == text:
            return entry
    raise ParameterError(f"{text}: no such file; check the path")


def absolute(path: str) -> str:
    """Return a path that means the same from every folder."""
    return path if is_remote(path) else Path(path).absolute().as_posix()


def _scan(folder: str) -> Iterator[Entry]:
    with os.scandir(folder) as entries:
        for each in entries:
            path = f"{folder.rstrip('/')}/{each.name}".removeprefix("./")
            if each.is_dir(follow_symlinks=False):
                if not each.name.startswith("."):
                    yield from _scan(path)
            elif not each.is_dir():
                yield _local_entry(path, each)


def _local_entry(path: str, found: os.DirEntry[str]) -> Entry:
    try:
        status = found.stat()
    except OSError:  # a link to nowhere: opening it says so
        return Entry(path, absolute(path), 0, "gone")
    return Entry(path, absolute(path), status.st_size, str(status.st_mtime_ns))


def _walk_remote(text: str) -> list[Entry] | None:
    system, path = file_system(text)
    try:
        if system.isfile(path):
            return None
        found = system.find(path, detail=True)
    except (OSError, NotImplementedError) as error:
        raise ParameterError(
            f"{text}: cannot be listed ({_reason(error)}); check address and rights"
        ) from error
    return [_remote_entry(system, found[name]) for name in sorted(found)] or None


def _remote_entry(system: Any, info: dict[str, Any]) -> Entry:
    uri = system.unstrip_protocol(info["name"])
    stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
    return Entry(uri, uri, int(info.get("size") or 0), stamp)


def _stem(path: str) -> str:
    return path[: len(path) - len(PurePosixPath(path).suffix)]


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:200] or type(error).__name__
