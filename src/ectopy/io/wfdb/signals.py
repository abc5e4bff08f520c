"""The samples of a WFDB record: segments joined, digital values brought to physical units.

Only as much is decoded as is asked for. Nothing is opened before every file that the headers name was found
inside their folder and long enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.wfdb.headers import GAP, Header, Segment, SignalLine, read_header
from ectopy.io.wfdb.storage import (
    COMPRESSED,
    DIFFERENCES,
    FORMATS,
    flac_frames,
    missing_value,
    read_flac,
    read_raw,
    stored_samples,
)

_BEARABLE: Final = 0.01
"""Share of a recording that may be missing at its end: headers count one too many, or the last was cut."""

_MOST_GAP: Final = (100, 30 * 86400.0)
"""A record may be so many times as long as its recorded part, or last so many seconds."""

_CHUNK: Final = 1 << 16
"""Frames that are decoded at a time: what is made of them on the way stays in the processor's cache."""

_COMPRESSED_CHUNK: Final = 1 << 20
"""The same of compressed files, which are opened and searched through for each."""

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
    notes : tuple of str
        What was mended.
    """

    name: str
    lines: tuple[SignalLine, ...]
    stretches: tuple[_Stretch, ...]
    n_frames: int
    notes: tuple[str, ...] = ()

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
            If a file cannot be decoded.
        """
        lines = [self.lines[i] for i in signals]
        per_frame = lines[0].per_frame
        first, last = start // per_frame, min(-(-stop // per_frame), self.n_frames)
        columns = np.full((len(lines), max(0, last - first) * per_frame), np.nan, dtype=np.float32).T
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
    for file in {line.file for line in header.signals}:
        _checked_path(header, file)
    stored = min(_stored_frames(header, file) for file in {line.file for line in header.signals})
    n_frames = header.n_frames or stored
    notes: tuple[str, ...] = ()
    if n_frames == 0:
        raise RecordError(f"record {header.name}: it holds 0 samples; get its files again")
    if 0 < n_frames - stored <= max(1, _BEARABLE * n_frames) and stored:
        frames = f"{n_frames:,} samples, and its files hold {stored:,}"
        notes = (f"The header announces {frames}, which were taken.",)
        n_frames = stored
    return WfdbSignals(header.name, header.signals, (_Stretch(header, 0, n_frames),), n_frames, notes)


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
    recorded = sum(stretch.n_frames for stretch in stretches)
    if first > max(_MOST_GAP[0] * recorded, _MOST_GAP[1] * header.fs):
        raise RecordError(
            f"record {header.name}: its segments announce {first:,} frames, of which {recorded:,} were"
            " recorded; correct the header"
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


def _checked_path(header: Header, file: str) -> Path:
    """Return where a signal file is, refusing one outside the folder and one that is not there."""
    path = header.inside(file)
    if not path.is_file():
        raise RecordError(
            f"record {header.name}: signal file {file} is missing from {path.parent}; put it there"
        )
    return path


def _check_files(stretch: _Stretch) -> None:
    """Refuse files outside the folder, absent, in an unknown format or too short, before any is opened."""
    header = stretch.header
    for file in {line.file for line in header.signals}:
        _checked_path(header, file)
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
    if first.format not in COMPRESSED:
        return stored_samples(path, first.format, first.offset) // sum(line.per_frame for line in lines)
    samples, n_channels = flac_frames(path)
    if n_channels != len(lines) or len({line.per_frame for line in lines}) > 1:
        raise RecordError(
            f"record {header.name}: signal file {file} has {n_channels} channels of one rate, unlike the"
            f" {len(lines)} of the header; correct the header"
        )
    return max(0, samples - first.offset) // first.per_frame


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
) -> Iterator[tuple[int, list[Samples]]]:
    """Yield first frame and samples, in their units, of each wanted signal, some minutes at a time."""
    lines = stretch.header.signals
    begin, end = max(0, begin), min(end, stretch.n_frames)
    if begin < end and any(lines[i].format == DIFFERENCES for i in wanted):
        begin = 0
        step = end
    else:
        step = _COMPRESSED_CHUNK if any(lines[i].format in COMPRESSED for i in wanted) else _CHUNK
    for first in range(begin, end, step):
        stop = min(first + step, end)
        digital: dict[str, list[npt.NDArray[np.int32]]] = {
            file: _signals_of(stretch.header, file, first, stop) for file in {lines[i].file for i in wanted}
        }
        yield first, [_physical(lines[i], digital[lines[i].file][_place(lines, i)]) for i in wanted]


def _place(lines: Sequence[SignalLine], index: int) -> int:
    """Return how many signals stand before one in its file."""
    return sum(line.file == lines[index].file for line in lines[:index])


def _signals_of(header: Header, file: str, first: int, stop: int) -> list[npt.NDArray[np.int32]]:
    """Decode some frames of every signal in a file."""
    path = _known_path(header, file)
    lines = [line for line in header.signals if line.file == file]
    if lines[0].format in COMPRESSED:
        each = lines[0].per_frame
        start, end = lines[0].offset + first * each, lines[0].offset + stop * each
        return list(read_flac(path, lines[0].format, start, end).T)
    width = sum(line.per_frame for line in lines)
    samples = read_raw(path, lines[0].format, lines[0].offset, first * width, stop * width)
    frames = samples[: len(samples) // width * width].reshape(-1, width)
    starts = np.cumsum([0, *(line.per_frame for line in lines)])
    parts = [frames[:, begin:end].ravel() for begin, end in pairwise(starts)]
    if lines[0].format == DIFFERENCES:
        whole = [
            np.cumsum(part, dtype=np.int64) + line.first for part, line in zip(parts, lines, strict=True)
        ]
        parts = [part.astype(np.int32) for part in whole]
    return parts


@lru_cache(maxsize=64)
def _known_path(header: Header, file: str) -> Path:
    """Return the path of a signal file, looked up once: `find_signals` refuses links that lead outside."""
    return header.inside(file)


def _physical(line: SignalLine, digital: npt.NDArray[np.int32]) -> Samples:
    """Return samples in the unit of a signal, NaN where missing."""
    samples = digital.astype(np.float64)
    samples -= line.baseline
    samples /= line.gain
    missing = missing_value(line.format)
    if missing is not None and (absent := digital == missing).any():
        samples[absent] = np.nan
    with np.errstate(over="ignore"):
        return samples.astype(np.float32)
