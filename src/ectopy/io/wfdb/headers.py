"""WFDB header files: what a record consists of, checked before any of its other files is opened.

The grammar is that of header(5) of the WFDB documentation. Headers are read here rather than by the wfdb
package because a header is what strangers send: every name in it must stay inside its folder, a number that
is no number must be an error (not a default), and a unit of ``µV`` must not lose its ``µ``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

from ectopy.errors import RecordError
from ectopy.io.recording import unique_names
from ectopy.record import MAX_FS

DEFAULT_FS: Final = 250.0
"""Frames per second where a header is silent, by header(5)."""

DEFAULT_GAIN: Final = 200.0
"""Counts per millivolt where a header is silent or says 0, by header(5)."""

_INTEGER: Final = re.compile(r"\d{1,15}")

GAP: Final = "~"
"""Name of a segment that was not recorded."""

_RATE: Final = re.compile(r"\d{1,9}(\.\d*)?|\.\d+")
_SIGNAL_LINE: Final = re.compile(
    r"""(?P<file>\S+) \s+ (?P<format>\d{1,4})
    (x(?P<per_frame>\d{1,6}))? (:(?P<skew>\d{1,9}))? (\+(?P<offset>\d{1,15}))?
    (\s+ (?P<gain>-?(\d+(\.\d*)?|\.\d+)(e[-+]?\d{1,2})?) (\((?P<baseline>-?\d{1,15})\))? (/(?P<unit>\S+))?
    (\s+ \d{1,4} (\s+ (?P<zero>-?\d{1,15}) (\s+ (?P<first>-?\d{1,15}) (\s+ -?\d{1,15} (\s+ -?\d{1,15}
    (\s+ (?P<name>.+))? )? )? )? )? )? )?""",
    re.VERBOSE,
)
"""File and format, then gain(baseline)/unit, then resolution, zero, first value, checksum and block size."""


@dataclass(frozen=True)
class SignalLine:
    """One signal of a header: where its samples are and what they mean.

    Parameters
    ----------
    file : str
        Name of the signal file.
    format : str
        WFDB storage format, for example ``"212"``.
    per_frame : int
        Samples in each frame.
    skew : int
        Frames that this signal lies too late in the file.
    offset : int
        Bytes (samples in a compressed file) before the first sample.
    unit : str
        Physical unit.
    name : str
        What is recorded; unique in the header.
    gain, baseline : float
        Stored counts in a unit, and at zero.
    first : int
        Value before the first difference, where differences are stored.
    """

    file: str
    format: str
    per_frame: int
    skew: int
    offset: int
    unit: str
    name: str
    gain: float = DEFAULT_GAIN
    baseline: float = 0.0
    first: int = 0


@dataclass(frozen=True)
class Segment:
    """One segment line of a multi-segment header: a record, or `GAP`, and its length in frames."""

    name: str
    n_frames: int


@dataclass(frozen=True)
class Header:
    """What a WFDB header says.

    Parameters
    ----------
    stem : Path
        The header file without ``.hea``.
    fs : float
        Frames per second.
    n_frames : int or None
        Length in frames; None where the header does not say.
    signals : tuple of SignalLine
        Empty in a multi-segment header.
    segments : tuple of Segment
        Empty in a single-segment header.
    start : datetime or None
        When the first sample was taken; None where time or date are absent or none of the calendar.
    comments : tuple of str
        Text of the comment lines.
    """

    stem: Path
    fs: float
    n_frames: int | None
    signals: tuple[SignalLine, ...]
    segments: tuple[Segment, ...]
    start: datetime | None
    comments: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the record."""
        return self.stem.name

    def inside(self, name: str) -> Path:
        """Return the path of a file that this header names, refusing any outside its folder.

        Raises
        ------
        RecordError
            If the name, or a link of that name, leads out of the folder of the header.
        """
        if "\0" in name:
            raise RecordError(f"record {self.name}: its header names a file {name!r}; correct the header")
        path = self._folder / name
        if not path.resolve().is_relative_to(self._folder):
            raise RecordError(
                f"record {self.name}: its header points to {name!r}, outside {self._folder};"
                " put the file beside the header and name it there"
            )
        return path

    @cached_property
    def _folder(self) -> Path:
        return self.stem.parent.resolve()


@dataclass(frozen=True)
class RecordLine:
    """The first line of a header.

    Parameters
    ----------
    fs : float
        Frames per second.
    n_frames : int or None
        Length in frames; None where the header does not say.
    clock, date : str
        Time of day (``H:M:S``) and date (``DD/MM/YYYY``) of the first sample; empty where it does not say.
    """

    fs: float
    n_frames: int | None
    clock: str
    date: str


def record_stem(path: Path | str) -> Path:
    """Return the path of a record without the extension of any of its files.

    Parameters
    ----------
    path : Path or str
        A record with or without ``.hea``, ``.dat``, ``.atr`` or another extension.

    Examples
    --------
    >>> record_stem("mitdb/100.hea").as_posix()
    'mitdb/100'
    """
    path = Path(path)
    if path.suffix in {".hea", ".dat"}:
        return path.with_suffix("")
    has_header = path.suffix and path.with_suffix(".hea").is_file()
    return path.with_suffix("") if has_header and not Path(f"{path}.hea").is_file() else path


def read_header(stem: Path | str) -> Header:
    """Read a WFDB header and check every number in it.

    Parameters
    ----------
    stem : Path or str
        The header file without ``.hea``.

    Returns
    -------
    Header

    Raises
    ------
    RecordError
        If the file is missing, empty or no header, has no signal, or its sampling frequency is not possible.
    """
    stem = Path(stem)
    lines, comments = _lines(stem)
    fields = lines[0].split()
    _, _, n_segments = fields[0].partition("/")
    counts = [*fields[1:2], *([n_segments] if n_segments else [])]
    if len(fields) < 2 or not all(_INTEGER.fullmatch(count) for count in counts):
        raise RecordError(f"{stem}.hea: line {lines[0]!r} is no WFDB record line; give a WFDB header")
    n_signals = int(fields[1])
    if n_signals == 0:
        raise RecordError(f"record {stem.name}: its header lists no signal (0 leads); give one with a lead")
    body = lines[1:]
    if len(body) != int(n_segments or n_signals):
        raise RecordError(
            f"record {stem.name}: its header announces {n_segments or n_signals} lines and has {len(body)};"
            " correct it, or get the whole header"
        )
    return Header(
        stem=stem,
        fs=_fs(stem.name, fields[2]) if len(fields) > 2 else DEFAULT_FS,
        n_frames=_length(stem.name, fields[3:4]),
        signals=() if n_segments else _with_unique_names([_signal(stem.name, line) for line in body]),
        segments=tuple(_segment(stem.name, line) for line in body) if n_segments else (),
        start=_start(fields[4:6] if fields[3:4] and _INTEGER.fullmatch(fields[3]) else fields[3:5]),
        comments=comments,
    )


def read_record_line(stem: Path | str) -> RecordLine:
    """Read what a WFDB header says of the record as a whole, whatever it says of signals.

    Parameters
    ----------
    stem : Path or str
        The header file without ``.hea``.

    Returns
    -------
    RecordLine

    Raises
    ------
    RecordError
        If the file is missing or empty, or its sampling frequency or length is not possible.
    """
    stem = Path(stem)
    fields = _lines(stem)[0][0].split()
    return RecordLine(
        fs=_fs(stem.name, fields[2]) if len(fields) > 2 else DEFAULT_FS,
        n_frames=_count(stem.name, "length", fields[3], least=0) if len(fields) > 3 else None,
        clock=fields[4] if len(fields) > 4 else "",
        date=fields[5] if len(fields) > 5 else "",
    )


def _lines(stem: Path) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines that say something, and the comments."""
    try:
        content = Path(f"{stem}.hea").read_bytes()
    except OSError as error:
        raise RecordError(f"{stem}.hea: no such header ({error.strerror}); check the path") from error
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    stripped = [line.strip() for line in text.splitlines()]
    lines = [line for line in stripped if line and not line.startswith("#")]
    if not lines:
        raise RecordError(f"{stem}.hea: the header is empty; get the whole file")
    return lines, tuple(line.strip("# \t") for line in stripped if line.startswith("#"))


def _fs(name: str, field: str) -> float:
    """Read ``frequency[/counter[(base)]]``."""
    text = re.split(r"[/(]", field)[0]
    fs = float(text) if _RATE.fullmatch(text) else math.nan
    if not 0 < fs <= MAX_FS:
        raise RecordError(
            f"record {name}: sampling frequency {text} Hz is not possible;"
            f" correct the header to one above 0 and up to {MAX_FS:g} Hz"
        )
    return fs


def _count(name: str, what: str, text: str, least: int = 1) -> int:
    if not _INTEGER.fullmatch(text) or int(text) < least:
        raise RecordError(f"record {name}: {what} {text!r} in its header is no number of samples; correct it")
    return int(text)


def _length(name: str, field: list[str]) -> int | None:
    """Read the length in frames; 0 says that nobody counted, and a date in its place that nobody wrote it."""
    if not field or re.search(r"\d[-/:.]\w", field[0]):
        return None
    return _count(name, "length", field[0], least=0)


def _segment(name: str, line: str) -> Segment:
    fields = line.split()
    if len(fields) < 2 or not _INTEGER.fullmatch(fields[1]):
        raise RecordError(f"record {name}: segment line {line!r} is not NAME LENGTH; correct the header")
    return Segment(fields[0], int(fields[1]))


def _signal(name: str, line: str) -> SignalLine:
    match = _SIGNAL_LINE.fullmatch(line)
    if match is None:
        raise RecordError(f"record {name}: signal line {line!r} is not as WFDB writes it; correct the header")
    return SignalLine(
        file=match["file"],
        format=match["format"],
        per_frame=_count(name, "samples per frame", match["per_frame"] or "1"),
        skew=int(match["skew"] or 0),
        offset=int(match["offset"] or 0),
        unit=match["unit"] or "mV",
        name=(match["name"] or "").strip(),
        gain=float(match["gain"] or 0) or DEFAULT_GAIN,
        baseline=float(match["baseline"] or match["zero"] or 0),
        first=int(match["first"] or 0),
    )


def _with_unique_names(signals: list[SignalLine]) -> tuple[SignalLine, ...]:
    names = unique_names([signal.name for signal in signals])
    return tuple(replace(signal, name=name) for signal, name in zip(signals, names, strict=True))


def _start(fields: list[str]) -> datetime | None:
    """Read ``HH:MM:SS[.ffffff] DD/MM/YYYY``, and what others write; None where it is no date and time."""
    text = " ".join(fields)
    if not text:
        return None
    for time in ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M"):
        for date in ("%d/%m/%Y", "%d-%b-%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y"):
            for both in (f"{time} {date}", f"{date} {time}"):
                try:
                    return datetime.strptime(text, both)
                except ValueError:
                    continue
    return None
