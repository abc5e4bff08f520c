"""Recordings written in any format of the registry that is written."""

from __future__ import annotations

from pathlib import Path

from ectopy.errors import ParameterError, RecordError, unknown_option
from ectopy.io.registry import Format, formats, function_at
from ectopy.record import Record


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
        if suffix in each.suffixes or (not suffix and each.name == "wfdb"):
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
    if path.exists() and not force:
        raise RecordError(f"{path} exists; give another name, or force it to be replaced (--force)")
    options = {"force": force} if target.name == "wfdb" else {}
    written: Path = function_at(target.write)(record, path, **options)
    return written
