"""Recordings written in any format of the registry that is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from ectopy.errors import ParameterError, RecordError, unknown_option
from ectopy.io.recording import FileSource
from ectopy.io.registry import Format, formats, function_at
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record, Source

OTHERWISE: Final = (".bdf", ".tsv")
"""Suffixes of files that are read with a format that is written, and hold what is not: 24 bits, tabs."""


class LoadedSource(Source, Protocol):
    """A source that can be read into memory whole."""

    def load(self) -> Record:
        """Read all of it."""


def format_to_write(path: Path, name: str | None = None) -> Format:
    """Return the format that a file is to have: of a name, or by its suffix; WFDB where there is none.

    Raises
    ------
    ParameterError
        If no format that is written has that name or suffix.
    """
    written = {each.name: each for each in formats() if each.write}
    if name is not None:
        if name not in written:
            raise unknown_option("to", name, written)
        return written[name]
    suffix = path.suffix.casefold()
    for each in written.values():
        if (suffix in each.suffixes and suffix not in OTHERWISE) or (not suffix and each.name == "wfdb"):
            return each
    endings = ", ".join(each.suffixes[0] for each in written.values())
    raise ParameterError(
        f"OUT={path}: no format is written as {suffix}; end it in {endings}, or name one (--to)"
    )


def write_record(record: Record, path: Path, target: Format, *, force: bool = False) -> Path:
    """Write a recording in a format, and return the file.

    Raises
    ------
    RecordError
        If a file stands there and `force` is false, or the format cannot hold the recording.
    """
    _check_free(path, force)
    options = {"force": force} if target.name == "wfdb" else {}
    written: Path = function_at(target.write)(record, path, **options)
    return written


def write_source(
    source: LoadedSource, path: Path, target: Format, like: FileSource, *, force: bool = False
) -> Path:
    """Write what was made of a file in a format, and return the file.

    Parameters
    ----------
    source : LoadedSource
        What to write; WFDB is written piece by piece, other formats from memory.
    path : Path
        Where to.
    target : Format
        See `format_to_write`.
    like : FileSource
        Of which it was made; see `write_as_wfdb`.
    force : bool
        Replace what stands there.

    Returns
    -------
    Path
        The file; of WFDB the header.

    Raises
    ------
    RecordError
        If a file stands there and `force` is false, or the format cannot hold the recording.
    """
    if target.name == "wfdb":
        return write_as_wfdb(source, path, like, force=force)
    _check_free(path, force)
    return write_record(replace(source.load(), name=path.stem), path, target, force=force)


def write_as_wfdb(source: Source, path: Path, like: FileSource, *, force: bool = False) -> Path:
    """Write a source as a WFDB record, piece by piece, with the counts per mV of the file it was made from.

    Parameters
    ----------
    source : Source
        What to write.
    path : Path
        Where to.
    like : FileSource
        Whose counts are kept, lead by lead, where its file states whole ones; steps are 1 µV else.
    force : bool
        Replace a record of that name.

    Returns
    -------
    Path
        The header file.

    Raises
    ------
    RecordError
        If a record of that name exists and `force` is false, or the format cannot hold the recording.
    """
    whole = [(scale[0], round(scale[1])) for scale in like.scales if scale and scale[1] == round(scale[1])]
    return write_wfdb(source, path, scales=whole if len(whole) == len(source.leads) else None, force=force)


def _check_free(path: Path, force: bool) -> None:
    if path.is_dir():
        raise RecordError(f"{path} is a folder; name a file in it")
    if path.exists() and not force:
        raise RecordError(f"{path} exists; give another name, or force it to be replaced (--force)")
