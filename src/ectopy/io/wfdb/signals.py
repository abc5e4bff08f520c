"""The samples of a WFDB record: segments joined, digital values brought to physical units.

Formats 16 and 212 are decoded here, all others by the wfdb package, and only as much as is asked for. Nothing
is opened before every file that the headers name was found inside their folder and long enough.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.wfdb import decoding
from ectopy.io.wfdb.headers import GAP, Header, Segment, SignalLine, read_header

_COMPRESSED: Final = frozenset({"508", "516", "524"})
_DIFFERENCES: Final = "8"
_SAMPLES_IN_BYTES: Final = {
    **dict.fromkeys(("8", "80"), (1, 1)),
    **dict.fromkeys(("16", "61", "160"), (1, 2)),
    "24": (1, 3),
    "32": (1, 4),
    "212": (2, 3),
    **dict.fromkeys(("310", "311"), (3, 4)),
}
FORMATS: Final = tuple(sorted({*_SAMPLES_IN_BYTES, *_COMPRESSED}, key=int))
"""WFDB signal formats that are read."""

_CHUNK: Final = 1 << 20
"""Frames that are decoded at a time."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Stretch:
    """Frames of a recording that lie in one set of signal files."""

    header: Header
    first: int
    n_frames: int


@dataclass(frozen=True, eq=False)
class WfdbSignals:
    """The signals of a record: which there are, where their samples lie, and how many frames there are.

    Parameters
    ----------
    name : str
        Of the record.
    lines : tuple of SignalLine
        Every signal.
    stretches : tuple of _Stretch
        Where the samples are; what no stretch covers is missing.
    n_frames : int
        Length, gaps included.
    """

    name: str
    lines: tuple[SignalLine, ...]
    stretches: tuple[_Stretch, ...]
    n_frames: int

    def decode(self, signals: Sequence[int], start: int, stop: int) -> Samples:
        """Return samples ``start`` to ``stop`` of signals with equally many samples per frame.

        Parameters
        ----------
        signals : sequence of int
            Which of ``lines``.
        start, stop : int
            First sample, and the one after the last.

        Returns
        -------
        ndarray of float32, shape (stop - start, n_signals)
            In the units of the signals, NaN where missing.

        Raises
        ------
        RecordError
            If the wfdb package cannot decode a file.
        """
        lines = [self.lines[i] for i in signals]
        per_frame = lines[0].per_frame
        first, last = start // per_frame, min(-(-stop // per_frame), self.n_frames)
        columns = np.full((max(0, last - first) * per_frame, len(lines)), np.nan, dtype=np.float32)
        for stretch in self.stretches:
            _fill({line.name: column for line, column in zip(lines, columns.T, strict=True)}, stretch, first)
        skip = start - first * per_frame
        return columns[skip : skip + stop - start]


def find_signals(header: Header) -> WfdbSignals:
    """Find where the samples of a record are, and check that they are there.

    Parameters
    ----------
    header : Header
        Of the record, as `ectopy.io.wfdb.headers.read_header` gives it.

    Returns
    -------
    WfdbSignals

    Raises
    ------
    RecordError
        If a file is missing, cut short or outside the folder of the header, or segments do not fit together.
    """
    found = _in_segments(header) if header.segments else _in_files(header)
    for stretch in found.stretches:
        _check_files(stretch)
    return found


def _in_files(header: Header) -> WfdbSignals:
    n_frames = header.n_frames
    if n_frames is None:
        n_frames = min(_stored_frames(header, file) for file in {line.file for line in header.signals})
    if n_frames == 0:
        raise RecordError(f"record {header.name}: its header says 0 samples; correct its length")
    return WfdbSignals(header.name, header.signals, (_Stretch(header, 0, n_frames),), n_frames)


def _in_segments(header: Header) -> WfdbSignals:
    """Join segments; where the first is empty it only lists the signals of all."""
    has_layout = header.segments[0].n_frames == 0
    lines = _segment_header(header, header.segments[0]).signals if has_layout else ()
    stretches = []
    first = 0
    for segment in header.segments[has_layout:]:
        if segment.name != GAP:
            part = _segment_header(header, segment)
            lines = lines or part.signals
            part = part if has_layout else _with_names_of(lines, part)
            _check_lines(header, part, lines)
            stretches.append(_Stretch(part, first, segment.n_frames))
        first += segment.n_frames
    if not stretches or first != (header.n_frames or first):
        raise RecordError(
            f"record {header.name}: {len(stretches)} recorded segments with {first} frames in all do not make"
            f" the {header.n_frames} of its header; correct the header"
        )
    return WfdbSignals(header.name, lines, tuple(stretches), first)


def _segment_header(header: Header, segment: Segment) -> Header:
    """Read the header of a segment, which has to agree with that of the whole."""
    header.inside(f"{segment.name}.hea")
    part = read_header(header.stem.parent / segment.name)
    if part.segments:
        raise RecordError(
            f"record {header.name}: segment {segment.name} has segments itself; give a flat one"
        )
    for what, found, expected in (
        ("frames per second", part.fs, header.fs),
        ("frames", part.n_frames, part.n_frames and segment.n_frames),
    ):
        if found != expected:
            raise RecordError(
                f"record {header.name}: segment {segment.name} has {found} {what} by its own header and"
                f" {expected} by that of the whole; correct one of them"
            )
    return part


def _with_names_of(lines: tuple[SignalLine, ...], part: Header) -> Header:
    """Name the signals of a segment by their position, as a fixed layout does."""
    pairs = zip(part.signals, lines, strict=False)
    return replace(part, signals=tuple(replace(line, name=like.name) for line, like in pairs))


def _check_lines(header: Header, part: Header, lines: tuple[SignalLine, ...]) -> None:
    rates = {line.name: line.per_frame for line in lines}
    for line in part.signals:
        if rates.get(line.name) != line.per_frame:
            raise RecordError(
                f"record {header.name}: segment {part.name} has a signal {line.name!r} with {line.per_frame}"
                f" samples per frame, unlike the layout of the whole ({rates}); correct the headers"
            )


def _check_files(stretch: _Stretch) -> None:
    """Refuse files outside the folder, absent, in an unknown format or too short, before any is opened."""
    header = stretch.header
    paths = {line.file: header.inside(line.file) for line in header.signals}
    for file, path in paths.items():
        if not path.is_file():
            raise RecordError(
                f"record {header.name}: signal file {file} is missing from {path.parent}; put it there"
            )
        stored = _stored_frames(header, file)
        if stored < stretch.n_frames:
            raise RecordError(
                f"record {header.name}: signal file {file} is cut short, with {stored} of"
                f" {stretch.n_frames} frames; get the whole file"
            )


def _stored_frames(header: Header, file: str) -> int:
    """Count the whole frames that a signal file has room for."""
    path = header.inside(file)
    lines = [line for line in header.signals if line.file == file]
    first = lines[0]
    formats = sorted({line.format for line in lines})
    if len(formats) > 1 or first.format not in FORMATS:
        raise RecordError(
            f"record {header.name}: signal format {' and '.join(formats)} of {file} is unknown;"
            f" correct the header to one of: {', '.join(FORMATS)}"
        )
    if first.format in _COMPRESSED:
        return (_flac_samples(path) - first.offset) // first.per_frame
    samples, n_bytes = _SAMPLES_IN_BYTES[first.format]
    return (path.stat().st_size - first.offset) * samples // n_bytes // sum(line.per_frame for line in lines)


def _flac_samples(path: Path) -> int:
    import soundfile  # type: ignore[import-untyped]  # wfdb brings it, and loads it for these formats only

    try:
        return int(soundfile.info(str(path)).frames)
    except RuntimeError as error:
        raise RecordError(f"signal file {path} is no FLAC file ({error}); get it again") from error


def _fill(columns: Mapping[str, Samples], stretch: _Stretch, first: int) -> None:
    """Decode what a stretch holds of some frames, counted from ``first`` on, into its place in columns."""
    lines = stretch.header.signals
    wanted = [i for i, line in enumerate(lines) if line.name in columns]
    if not wanted:
        return
    n_frames = len(columns[lines[wanted[0]].name]) // lines[wanted[0]].per_frame
    begin, end = first - stretch.first, first - stretch.first + n_frames
    skews = [lines[i].skew for i in wanted]
    for at, decoded in _decode(stretch, wanted, begin + min(skews), end + max(skews)):
        for line, samples in zip((lines[i] for i in wanted), decoded, strict=True):
            low, high = (max(0, begin), min(end, stretch.n_frames))
            start = at - line.skew
            low, high = max(low, start), min(high, start + len(samples) // line.per_frame)
            if low < high:
                part = samples[(low - start) * line.per_frame : (high - start) * line.per_frame]
                place = slice((low - begin) * line.per_frame, (high - begin) * line.per_frame)
                columns[line.name][place] = part


def _decode(
    stretch: _Stretch, wanted: list[int], begin: int, end: int
) -> Iterator[tuple[int, list[npt.NDArray[np.float64]]]]:
    """Yield first frame and samples, in their units, of each wanted signal, some minutes at a time."""
    header = stretch.header
    begin, end = max(0, begin), min(end, stretch.n_frames)
    if all(header.signals[i].format in decoding.MISSING for i in wanted):
        for first in range(begin, end, _CHUNK):
            yield first, decoding.decode_signals(header, wanted, first, min(first + _CHUNK, end))
        return
    at_once = header.n_frames is None or any(line.format == _DIFFERENCES for line in header.signals)
    if at_once and begin < end:
        begin, end = 0, stretch.n_frames
    for first in range(begin, end, (end - begin) if at_once else _CHUNK):
        try:
            record = _wfdb().rdrecord(
                str(header.stem),
                sampfrom=first,
                sampto=header.n_frames if at_once else min(first + _CHUNK, end),
                channels=wanted,
                physical=True,
                smooth_frames=False,
                ignore_skew=True,
                return_res=64,
            )
        except Exception as error:  # wfdb raises many types, none documented
            raise RecordError(
                f"record {header.name}: the wfdb package cannot decode it ({error!r});"
                " correct its header, or get its files again"
            ) from error
        yield first, record.e_p_signal


@cache
def _wfdb() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # wfdb 4.3 calls pandas as pandas 4 forbids
        import wfdb
    return wfdb
