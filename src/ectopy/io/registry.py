"""Open a recording of any format that ectopy reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ectopy.errors import RecordError
from ectopy.io.csv import read_csv
from ectopy.io.npz import read_npz
from ectopy.io.rates import agreed_fs
from ectopy.io.wfdb.files import read_wfdb
from ectopy.io.wfdb.headers import record_stem
from ectopy.record import Record

_HEAD: Final = 4096
_ZIP: Final = b"PK\x03\x04"
_SEPARATORS: Final = re.compile(r"[,;\t]")


def open_record(path: Path | str, *, fs: float | None = None, annotator: str = "atr") -> Record:
    r"""Read a recording, whatever its format: WFDB, CSV or NPZ.

    The format is found from what the file holds, not from its name. A WFDB record may be named by its header,
    by one of its other files, or without an extension.

    Parameters
    ----------
    path : Path or str
        The recording.
    fs : float, optional
        Sampling frequency in Hz, where the file does not tell.
    annotator : str
        Which annotations of a WFDB record come along as reference marks, if their file exists.

    Returns
    -------
    Record
        Samples in mV, NaN where missing.

    Raises
    ------
    RecordError
        If the file is missing, empty, damaged or of an unknown format, or its sampling frequency is unknown.
    AnnotationError
        If the annotations are there and damaged.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "strip.txt"
    >>> _ = path.write_text("II\n0.01\n-0.02\n")
    >>> open_record(path, fs=250).leads
    ('II',)
    """
    path = Path(path)
    if path.is_file():
        head = _head(path)
        if head.startswith(_ZIP):
            return read_npz(path, fs)
        if _is_table(head) and not _is_header(head):
            return read_csv(path, fs)
    stem = record_stem(path)
    if not Path(f"{stem}.hea").is_file():
        raise _nothing_to_read(path)
    record = read_wfdb(stem, annotator)
    agreed_fs(f"{stem}.hea", record.fs, fs)
    return record


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


def _is_header(head: bytes) -> bool:
    """Tell whether a file begins with a record line of WFDB: a name and a number of signals."""
    lines = [line.split() for line in _lines(head) if not line.startswith("#")]
    names_and_counts = bool(lines) and len(lines[0]) > 1 and lines[0][1].isdecimal()
    return names_and_counts and not _is_number(lines[0][0] if len(lines) == 1 else lines[1][0])


def _is_table(head: bytes) -> bool:
    """Tell whether a file is text, and among its first lines is one that is mostly numbers."""
    rows = [[cell for cell in _SEPARATORS.split(line) if cell] for line in _lines(head)[:5]]
    return b"\0" not in head and any(2 * sum(map(_is_number, row)) >= len(row) > 0 for row in rows)


def _lines(head: bytes) -> list[str]:
    return [line for line in head.decode("latin-1").splitlines() if line.strip()]


def _is_number(text: str) -> bool:
    try:
        float(text.strip("'\" "))
    except ValueError:
        return False
    return True


def _nothing_to_read(path: Path) -> RecordError:
    """Say why a path is no recording."""
    if path.is_dir():
        return RecordError(f"{path} is a folder; give one of the recordings in it")
    if not path.is_file():
        return RecordError(f"{path}: no such recording; check the path")
    head = _head(path)
    if not head.strip():
        return RecordError(f"{path}: the file is empty; get it again")
    if _is_header(head):
        return RecordError(f"{path}: a WFDB header has to be called NAME.hea; rename it")
    return RecordError(f"{path}: neither a WFDB record nor a table in CSV or NPZ; convert it to one of them")
