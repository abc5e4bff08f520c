"""The samples of a WFDB record: segments joined, rates made one, digital values brought to mV.

The wfdb package decodes the signal files, in stretches that bound the memory. Nothing is opened before every
file that the headers name was found inside their folder and long enough.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from ectopy.errors import RecordError
from ectopy.io.channels import millivolts
from ectopy.io.wfdb.headers import GAP, Header, Segment, SignalLine, read_header

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # wfdb 4.3 calls pandas in a way that pandas 4 drops
    import wfdb

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


@dataclass(frozen=True, eq=False)
class Signals:
    """The leads of a record: ``signal`` in mV, shape (n_samples, n_leads), at ``fs`` Hz."""

    signal: Samples
    fs: float
    leads: tuple[str, ...]
    comments: tuple[str, ...]


@dataclass(frozen=True)
class _Stretch:
    """Frames of a recording that lie in one set of signal files."""

    header: Header
    first: int
    n_frames: int


@dataclass(frozen=True)
class _Plan:
    """Which leads a recording has, where its samples are, and how many frames it lasts, gaps included."""

    lines: tuple[SignalLine, ...]
    stretches: tuple[_Stretch, ...]
    n_frames: int


def read_signals(header: Header) -> Signals:
    """Read every signal of a record that is a voltage.

    Leads with several samples per frame are all brought to the rate of the fastest of them by polyphase
    resampling. What no segment covers is missing.

    Parameters
    ----------
    header : Header
        Of the record, as `ectopy.io.wfdb.headers.read_header` gives it.

    Returns
    -------
    Signals
        With a comment for each signal that was left out because it is another quantity.

    Raises
    ------
    RecordError
        If a file is missing, cut short, undecodable or outside the folder of the header, a unit is unknown,
        segments do not fit together, or no signal is a voltage.
    """
    plan = _plan_segments(header) if header.segments else _plan_files(header)
    for stretch in plan.stretches:
        _check_files(stretch)
    leads = {line.name: line for line in plan.lines if _factor(header.name, line) is not None}
    if not leads:
        units = ", ".join(sorted({line.unit for line in plan.lines}))
        raise RecordError(
            f"record {header.name}: no signal is a voltage (units: {units}); give one of an ECG"
        )
    per_frame = max(line.per_frame for line in leads.values())
    signal = _missing(header.name, plan.n_frames * per_frame, len(leads))
    columns = {
        line.name: column
        if line.per_frame == per_frame
        else _missing(header.name, plan.n_frames * line.per_frame, 1)[:, 0]
        for column, line in zip(signal.T, leads.values(), strict=True)
    }
    for stretch in plan.stretches:
        _fill(columns, stretch)
    for column, line in zip(signal.T, leads.values(), strict=True):
        if line.per_frame < per_frame:
            column[:] = _raise_rate(columns[line.name], per_frame, line.per_frame)
    left_out = [line for line in plan.lines if line.name not in leads]
    comments = tuple(f"left out {line.name}: {line.unit} is no voltage" for line in left_out)
    return Signals(signal, header.fs * per_frame, tuple(leads), comments)


def _plan_files(header: Header) -> _Plan:
    n_frames = header.n_frames
    if n_frames is None:
        n_frames = min(_stored_frames(header, file) for file in {line.file for line in header.signals})
    if n_frames == 0:
        raise RecordError(f"record {header.name}: its header says 0 samples; correct its length")
    return _Plan(header.signals, (_Stretch(header, 0, n_frames),), n_frames)


def _plan_segments(header: Header) -> _Plan:
    """Plan a recording in segments; where the first is empty it only lists the leads of all."""
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
    return _Plan(lines, tuple(stretches), first)


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


def _missing(name: str, n_samples: int, n_leads: int) -> Samples:
    try:
        return np.full((n_samples, n_leads), np.nan, dtype=np.float32)
    except (MemoryError, ValueError) as error:
        raise RecordError(
            f"record {name}: {n_samples} samples of {n_leads} leads do not fit into memory; give a part of it"
        ) from error


def _fill(columns: Mapping[str, Samples], stretch: _Stretch) -> None:
    """Decode the samples of a stretch into their place in the columns, in mV."""
    lines = stretch.header.signals
    wanted = [i for i, line in enumerate(lines) if line.name in columns]
    for first, decoded in _decode(stretch, wanted) if wanted else ():
        for line, samples in zip((lines[i] for i in wanted), decoded, strict=True):
            place = slice(stretch.first * line.per_frame, (stretch.first + stretch.n_frames) * line.per_frame)
            part = columns[line.name][place]
            start = (first - line.skew) * line.per_frame
            stop = min(start + len(samples), len(part))
            factor = _factor(stretch.header.name, line) or math.nan
            if stop > 0:
                part[max(0, start) : stop] = samples[max(0, -start) : stop - start] * factor


def _decode(stretch: _Stretch, wanted: list[int]) -> Iterator[tuple[int, list[npt.NDArray[np.float64]]]]:
    """Yield first frame and samples, in their units, of each wanted signal, some minutes at a time."""
    header = stretch.header
    at_once = header.n_frames is None or any(line.format == _DIFFERENCES for line in header.signals)
    step = stretch.n_frames if at_once else _CHUNK
    for first in range(0, stretch.n_frames, step):
        try:
            record = wfdb.rdrecord(
                str(header.stem),
                sampfrom=first,
                sampto=header.n_frames and min(first + step, stretch.n_frames),
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


def _factor(name: str, line: SignalLine) -> float | None:
    """Return the mV in a unit of a signal; None where it is no voltage."""
    try:
        return millivolts(line.unit)
    except RecordError as error:
        raise RecordError(f"record {name}, lead {line.name}: {error}") from error


def _raise_rate(lead: Samples, up: int, down: int) -> Samples:
    """Resample a lead to up/down times its rate; what was missing stays missing."""
    missing = np.isnan(lead)
    if missing.all():
        return np.full(len(lead) * up // down, np.nan, dtype=np.float32)
    times = np.arange(len(lead))
    bridged = np.interp(times, times[~missing], lead[~missing]) if missing.any() else lead
    raised: Samples = resample_poly(bridged, up, down, padtype="line").astype(np.float32)
    raised[np.repeat(missing, up)[::down]] = np.nan
    return raised
