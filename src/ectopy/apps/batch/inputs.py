"""What a batch is asked to analyse: a sorted list of recordings, each with what tells whether it changed."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ectopy.apps.batch.files import (
    Entry,
    children,
    forget_folders,
    is_remote,
    is_web,
    named,
    walk,
    without_suffix,
)
from ectopy.apps.batch.input_tables import Listed, listed_records, path_table
from ectopy.apps.batch.members import SEPARATOR, is_archive, members
from ectopy.errors import ParameterError
from ectopy.io.registry import formats

_COMPRESSED: Final = (".gz", ".bz2", ".xz")
_HEADER: Final = ".hea"
_SEGMENT: Final = re.compile(r"(.+)_(\d{4}|layout)")
"""Names of the segments of a WFDB record, of which the record's own header speaks."""


_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Input:
    """A recording to be analysed.

    Parameters
    ----------
    recording : str
        What tables call it: path or URI as it was found, with ``!`` and its name if it lies in an archive.
    location : str
        Absolute path, or URI, of its file or of the archive.
    identity : str
        Sizes and times of its files, which tell whether it changed.
    n_bytes : int
        Of all its files.
    member : str
        Its name in the archive; empty where it lies in none.
    carried : mapping
        Column → value, from a table of paths.
    """

    recording: str
    location: str
    identity: str
    n_bytes: int
    member: str = ""
    carried: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)


def find_inputs(given: Sequence[str], *, include: Sequence[str] = (), path_column: str = "") -> list[Input]:
    """Return the recordings that a command line speaks of, by name, each once.

    Parameters
    ----------
    given : sequence of str
        Files, folders, patterns, ``@list.txt``, CSV or parquet tables of paths, WFDB ``RECORDS``, archives,
        and URIs of any of these.
    include : sequence of str
        Patterns of the files to take out of folders and archives; by default those of known formats.
    path_column : str
        Column of the tables that holds the paths; ``path`` by default.

    Raises
    ------
    ParameterError
        If something does not exist, a list cannot be read, a column is missing, or nothing is left.
    MissingExtraError
        If a package is needed that is not installed.
    """
    search = _Search(tuple(include), path_column)
    forget_folders()
    found: dict[str, Input] = {}
    for text in given:
        there = list(search.of(text))
        if not there:
            hint = f" that matches --include {' '.join(include)}" if include else ""
            raise ParameterError(f"{text}: no recording{hint} there; check the path, or give --include")
        for each in there:
            if each.carried or each.recording not in found:
                found[each.recording] = each
    return [found[name] for name in sorted(found)]


@dataclass(frozen=True)
class _Search:
    include: tuple[str, ...]
    path_column: str

    def of(self, text: str) -> Iterator[Input]:
        """Find the recordings that one argument speaks of."""
        if text.startswith("@"):
            yield from self._each(listed_records(text[1:]))
        elif _is_pattern(text):
            for path in _matches(text):
                yield from self.of(path)
        elif PurePosixPath(text).name == "RECORDS":
            yield from self._each(listed_records(text))
        elif (table := path_table(text, self.path_column)) is not None:
            yield from self._each(table)
        elif is_archive(text):
            entry = named(text)
            yield from _in_archive(entry, self.include)
        else:
            yield from self._stored(text)

    def _each(self, listed: Iterable[Listed]) -> Iterator[Input]:
        for each in listed:
            for found in self.of(each.path):
                yield replace(found, carried=each.carried)

    def _stored(self, text: str) -> Iterator[Input]:
        entries = walk(text)
        if entries is None:
            yield _single(text)
            return
        archives = [entry for entry in entries if is_archive(entry.path) and not self.include]
        yield from _recordings(entries, self.include, text)
        for entry in archives:
            yield from _in_archive(entry, self.include)


def _is_pattern(text: str) -> bool:
    return glob.has_magic(text) and (is_remote(text) or not Path(text).exists())


def _matches(pattern: str) -> list[str]:
    if not is_remote(pattern):
        return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - a pattern may be absolute
    import fsspec

    system, path = fsspec.core.url_to_fs(pattern)
    return [system.unstrip_protocol(match) for match in sorted(system.glob(path))]


def _single(text: str) -> Input:
    """Return the recording of a path that is no folder, or of a WFDB record without ``.hea``."""
    beside = children(text)
    by_path = {entry.path: entry for entry in beside}
    for path in (text, f"{text}{_HEADER}"):
        if path in by_path:
            return _input(by_path[path], beside)
    hint = "; the address of a folder ends with /" if is_web(text) else ""
    raise ParameterError(f"{text}: no such recording; check the path{hint}")


def _recordings(entries: Sequence[Entry], include: Sequence[str], root: str) -> Iterator[Input]:
    """Yield what is a recording among the files of a folder or archive, and not a part of another."""
    chosen = {entry.path: entry for entry in entries if _is_wanted(entry.path, include, root)}
    families: dict[str, list[Entry]] = {}
    for entry in entries:
        families.setdefault(without_suffix(entry.path), []).append(entry)
    for path, entry in chosen.items():
        header = f"{without_suffix(path)}{_HEADER}"
        if path != header and header in chosen:
            continue
        if not _is_segment(path, chosen):
            yield _input(entry, families[without_suffix(path)])


def _is_wanted(path: str, include: Sequence[str], root: str) -> bool:
    pure = PurePosixPath(path)
    if pure.name.startswith("."):
        return False
    if include:
        below = PurePosixPath(path.removeprefix(root.rstrip("/") + "/"))
        return any(below.match(pattern) or pure.match(pattern) for pattern in include)
    name = pure.name.casefold()
    for suffix in _COMPRESSED:
        name = name.removesuffix(suffix)
    return name.endswith(_suffixes())


def _suffixes() -> tuple[str, ...]:
    return tuple({suffix for each in formats() for suffix in each.suffixes} - {".dat"})


def _is_segment(path: str, chosen: Mapping[str, Entry]) -> bool:
    match = _SEGMENT.fullmatch(without_suffix(path)) if path.endswith(_HEADER) else None
    whole = chosen.get(f"{match[1]}{_HEADER}") if match else None
    return whole is not None and b"/" in whole.head().split(b"\n", 1)[0]


def _input(entry: Entry, beside: Iterable[Entry]) -> Input:
    """Return a recording with all its files: of a WFDB header those of its stem."""
    files = [entry]
    if entry.path.endswith(_HEADER):
        files = [each for each in beside if without_suffix(each.path) == without_suffix(entry.path)]
    return Input(
        recording=entry.path,
        location=entry.location,
        identity=" ".join(
            f"{file.n_bytes}@{file.stamp}" for file in sorted(files, key=lambda file: file.path)
        ),
        n_bytes=sum(file.n_bytes for file in files),
    )


def _in_archive(archive: Entry, include: Sequence[str]) -> Iterator[Input]:
    entries = members(archive)
    for found in _recordings(entries, include, ""):
        yield replace(
            found,
            recording=f"{archive.path}{SEPARATOR}{found.recording}",
            location=archive.location,
            member=found.recording,
            identity=f"{found.identity} in {archive.n_bytes}@{archive.stamp}",
        )
