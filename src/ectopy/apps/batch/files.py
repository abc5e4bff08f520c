"""Files of this machine and of object stores, listed alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeVar

from ectopy.errors import ParameterError, install_command, reason_of, require_extra

_HEAD: Final = 4096
_STAMPS: Final = ("ETag", "etag", "md5Hash", "LastModified", "Last-Modified", "mtime", "updated", "created")
"""What file systems call that which changes when a file does, the surest first."""

_ASKED_AT_ONCE: Final = 16
"""Files of a store that are asked for side by side, each of which may take a tenth of a second."""

_ATTEMPTS: Final = 6
"""Of each request to an object store: one of ten fails, and a million such requests get through."""

_PAUSE: Final = 0.1
"""Seconds before the second attempt; twice as many before each other one."""

_FINAL: Final = (FileNotFoundError, NotImplementedError, PermissionError)
_REFUSED: Final = (401, 403, 404, 405, 410)
"""What a store says to a request that will not be granted another time either; numbers are those of HTTP."""

T = TypeVar("T")


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
        return str(patiently(lambda: _content(location)), "utf-8-sig")
    except Exception as error:  # each store has errors of its own
        raise ParameterError(
            f"{location}: the list cannot be read ({why_refused(error)}); check it"
        ) from error


def _content(location: str) -> bytes:
    with open_file(location) as file:
        content: bytes = file.read()
    return content


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
        return _remote_children(text)
    folder, name = Path(text).parent, Path(text).name
    plain = folder == Path() and not text.startswith("./")
    families = _folder("" if plain else f"{folder.as_posix()}/".replace("//", "/"))
    return [entry for stem in dict.fromkeys((without_suffix(name), name)) for entry in families.get(stem, [])]


def _remote_children(uri: str) -> list[Entry]:
    """Return the files of one stem in a store; where it lists none, those of a WFDB record are asked for."""
    system, _ = file_system(uri)
    folder, _, name = uri.rpartition("/")
    listed = _remote_folder(f"{folder}/")
    found = [each for stem in dict.fromkeys((without_suffix(name), name)) for each in listed.get(stem, [])]
    if found:
        return _remote_entries(system, found)
    stem = without_suffix(name)
    asked = dict.fromkeys((name, *(f"{each}{end}" for each in (name, stem) for end in (".hea", ".dat"))))
    return _remote_entries(system, [{"name": file_system(f"{folder}/{each}")[1]} for each in asked])


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
                if not _is_folder(each):
                    families.setdefault(without_suffix(each.name), []).append(
                        _local_entry(f"{prefix}{each.name}", each)
                    )
    except OSError:
        return {}
    return families


@lru_cache(maxsize=16)
def _remote_folder(uri: str) -> dict[str, list[dict[str, Any]]]:
    """Return what a store tells of the files of a folder, by their stems; nothing where it lists none."""
    system, path = file_system(uri)
    families: dict[str, list[dict[str, Any]]] = {}
    try:
        listed = patiently(lambda: system.ls(path, detail=True))
    except Exception:  # each store has errors of its own: a file may be there though nobody may list
        return {}
    for each in listed:
        if each.get("type") != "directory":
            families.setdefault(without_suffix(PurePosixPath(each["name"]).name), []).append(each)
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
            elif not _is_folder(each):
                yield _local_entry(path, each)


def _is_folder(found: os.DirEntry[str]) -> bool:
    try:
        return found.is_dir()
    except OSError:  # a link in a circle: opening it says so
        return False


def _local_entry(path: str, found: os.DirEntry[str]) -> Entry:
    try:
        status = found.stat()
    except OSError:  # a link to nowhere: opening it says so
        return Entry(path, absolute(path), 0, "gone")
    return Entry(path, absolute(path), status.st_size, str(status.st_mtime_ns))


def _walk_remote(text: str) -> list[Entry] | None:
    system, path = file_system(text)
    if is_web(text) and not text.endswith("/"):
        return None
    try:
        if not is_web(text) and system.isfile(path):
            return None
        found = patiently(lambda: system.find(path, detail=True))
    except Exception as error:  # each store has errors of its own
        raise ParameterError(
            f"{text}: cannot be listed ({why_refused(error)}); check address and rights"
        ) from error
    plain = [found[name] for name in sorted(found) if not is_web(text) or not set("?#") & set(name)]
    return _remote_entries(system, plain) or None


def is_web(uri: str) -> bool:
    """Tell whether a URI is of the web; a folder there is a page of links, its address ends with ``/``."""
    return uri.startswith(("http://", "https://"))


def _remote_entries(system: Any, infos: Sequence[dict[str, Any]]) -> list[Entry]:
    """Return files of a store; what a listing does not tell of one, such as its length, is asked for."""
    from concurrent.futures import ThreadPoolExecutor

    if all(info.get("size") is not None for info in infos):
        return [_remote_entry(system, info) for info in infos]
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
        told = list(pool.map(lambda info: _told(system, info), infos))
    return [_remote_entry(system, info) for info in told if info]


def _told(system: Any, info: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a store says of a file; None where it has none of that name."""
    if info.get("size") is not None:
        return info
    try:
        found: dict[str, Any] = patiently(lambda: system.info(info["name"]))
    except FileNotFoundError:
        return None
    is_folder = found.get("type") == "directory" or found.get("mimetype") == "text/html"
    return None if is_folder else found


def _remote_entry(system: Any, info: dict[str, Any]) -> Entry:
    uri = system.unstrip_protocol(info["name"])
    stamp = next((str(info[name]) for name in _STAMPS if info.get(name)), "")
    return Entry(uri, uri, int(info.get("size") or 0), stamp)


def _is_final(error: Exception) -> bool:
    """Tell whether a request that failed would fail again."""
    cause = error.__cause__ or error  # fsspec finds no file behind a web address whatever the reason was
    if type(cause).__module__.startswith("aiohttp"):
        return getattr(cause, "status", None) in _REFUSED
    return isinstance(error, _FINAL)


def patiently(request: Callable[[], T]) -> T:
    """Make a request to a store, several times where it fails, unless nothing is there or none may see it."""
    for attempt in range(_ATTEMPTS - 1):
        try:
            return request()
        except Exception as error:  # each store has errors of its own
            if _is_final(error):
                raise
            time.sleep(_PAUSE * 2**attempt)
    return request()


def without_suffix(path: str) -> str:
    """Return a path without the ending of its name."""
    return path[: len(path) - len(PurePosixPath(path).suffix)]


def why_refused(error: Exception) -> str:
    """Say in a few words why a request to a store failed."""
    cause = error.__cause__ or error
    return getattr(cause, "strerror", None) or reason_of(cause)
