"""Recordings in EDF, EDF+ and BDF files.

Source: B. Kemp et al., "A simple format for exchange of digitized polygraphic recordings" (1992) and
"European data format 'plus' (EDF+)" (2003), both with their specification at edfplus.info.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.edf_annotations import TimedText, annotations_of, starts_of, timed_texts
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Channel, Recording, Samples, unique_names
from ectopy.io.registry import OpenOptions

MISSING: Final = -(2**15)
"""Stored value of a missing sample in files whose stated digital minimum is above it."""

_FIXED: Final = 256
"""Bytes of the header before what it says of the signals, and of each signal."""

_WIDTHS: Final = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)
"""Bytes of the fields of a signal: label, transducer, unit, physical and digital minimum and maximum,
filters, samples in a data record, reserved."""

_MOST_SIGNALS: Final = 4096
_MOST_MISSING: Final = 1 << 26
"""Samples of a lead that gaps may add: three days at 250 Hz."""

_BLOCK: Final = 1 << 18
"""Samples of a channel that are scaled at a time."""


@dataclass(frozen=True)
class EdfSignal:
    """What the header says of one signal; ``column`` is where its samples stand in a data record."""

    label: str
    unit: str
    physical: tuple[float, float]
    digital: tuple[float, float]
    per_record: int
    column: int

    @property
    def is_annotations(self) -> bool:
        """Whether it holds annotations, not samples."""
        return self.label in ("EDF Annotations", "BDF Annotations")

    @property
    def gain(self) -> float:
        """Physical units in a digital step."""
        return (self.physical[1] - self.physical[0]) / (self.digital[1] - self.digital[0])

    @property
    def offset(self) -> float:
        """Physical value of the digital zero."""
        return self.physical[0] - self.gain * self.digital[0]


@dataclass(frozen=True, eq=False)
class EdfFile:
    """The header of a file, and its data records."""

    path: Path
    n_bytes: int
    patient: str
    recording: str
    start: datetime | None
    is_interrupted: bool
    record_seconds: float
    signals: tuple[EdfSignal, ...]
    n_records: int

    @cached_property
    def records(self) -> npt.NDArray[np.uint8]:
        """The data records as bytes, shape (n_records, bytes of a record), read as they are used."""
        offset = _FIXED * (len(self.signals) + 1)
        shape = (self.n_records, self.n_bytes * sum(each.per_record for each in self.signals))
        return np.memmap(self.path, np.uint8, "r", offset, shape)

    def stored(self, signal: EdfSignal, first: int, last: int) -> npt.NDArray[np.integer]:
        """Return the digital values of a signal in data records ``first`` to ``last``, one row per record."""
        begin = self.n_bytes * signal.column
        parts = self.records[first:last, begin : begin + self.n_bytes * signal.per_record]
        if self.n_bytes == 2:
            return np.ascontiguousarray(parts).view("<i2")
        three = np.ascontiguousarray(parts).reshape(len(parts), signal.per_record, 3)
        four = np.zeros((*three.shape[:2], 4), np.uint8)
        four[:, :, 1:] = three
        return four.view("<i4")[:, :, 0] >> 8

    @cached_property
    def texts(self) -> tuple[TimedText, ...]:
        """What the annotation signals say."""
        found: list[TimedText] = []
        for signal in self.signals:
            if signal.is_annotations:
                begin = self.n_bytes * signal.column
                part = self.records[:, begin : begin + self.n_bytes * signal.per_record]
                found += timed_texts(np.ascontiguousarray(part))
        return tuple(found)


def open_edf(path: Path, options: OpenOptions) -> Recording:
    """Open an EDF, EDF+ or BDF file.

    Annotations of EDF+ come along as marks; what lies between the pieces of an interrupted recording (EDF+D)
    is missing, and so are samples that hold `MISSING` where the header says that no sample does.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording
        Nothing is decoded yet.

    Raises
    ------
    RecordError
        If the header is damaged, the file is cut short, it holds no signal or it contradicts a given sampling
        frequency.
    """
    file = read_header(path)
    signals = [each for each in file.signals if not each.is_annotations and each.per_record]
    if not signals:
        raise RecordError(f"{path}: it holds annotations and no signal; give the file with the signals")
    layout = _Layout(file, _starts(file))
    names = unique_names(each.label for each in signals)
    channels = tuple(
        Channel(name, each.unit, each.per_record / file.record_seconds, layout.n_samples(each))
        for name, each in zip(names, signals, strict=True)
    )
    agreed_fs(str(path), max(each.fs for each in channels), options.fs)
    code, named = _person(file)
    return Recording(
        name=path.stem,
        channels=_trimmed(channels, layout, signals),
        decode=lambda indices, start, stop: layout.decode([signals[i] for i in indices], start, stop),
        annotations=annotations_of(file.texts, max(each.fs for each in channels)),
        patient=code,
        start=file.start,
        named=named,
    )


def read_header(path: Path) -> EdfFile:
    """Read the header of a file, and check it against the file's size.

    Raises
    ------
    RecordError
        If a field is no number or contradicts others, or the file is cut short.
    """
    with path.open("rb") as stream:
        fixed = stream.read(_FIXED)
        n_signals = int(_number(path, "number of signals", fixed[252:256]))
        if not 0 < n_signals <= _MOST_SIGNALS:
            raise RecordError(f"{path}: header states {n_signals} signals; get the file again")
        rest = stream.read(_FIXED * n_signals)
    if len(rest) < _FIXED * n_signals:
        raise RecordError(f"{path}: cut short in its header; get the file again")
    n_bytes = 3 if fixed.startswith(b"\xff") else 2
    signals = _signals(path, rest, n_signals)
    seconds = _number(path, "duration of a data record", fixed[244:252])
    if not seconds > 0 and any(not each.is_annotations for each in signals):
        raise RecordError(f"{path}: header states data records of {seconds:g} s; get the file again")
    return EdfFile(
        path=path,
        n_bytes=n_bytes,
        patient=_text(fixed[8:88]),
        recording=_text(fixed[88:168]),
        start=_start(_text(fixed[88:168]), _text(fixed[168:184])),
        is_interrupted=_text(fixed[192:236]).startswith(("EDF+D", "BDF+D")),
        record_seconds=seconds,
        signals=signals,
        n_records=_n_records(path, fixed[236:244], n_bytes, signals),
    )


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where each data record belongs: ``starts`` in seconds from the first."""

    file: EdfFile
    starts: npt.NDArray[np.float64]

    def firsts(self, signal: EdfSignal) -> npt.NDArray[np.int64]:
        """Return the sample that each data record begins with."""
        return np.rint(self.starts * (signal.per_record / self.file.record_seconds)).astype(np.int64)

    def n_samples(self, signal: EdfSignal) -> int:
        return int(self.firsts(signal)[-1]) + signal.per_record

    def decode(self, signals: Sequence[EdfSignal], start: int, stop: int) -> Samples:
        """Scale what is stored between two samples; where no data record lies, samples are missing."""
        start, stop = max(0, start), min(stop, min(self.n_samples(each) for each in signals))
        samples = np.full((max(0, stop - start), len(signals)), np.nan, np.float32)
        for column, signal in enumerate(signals):
            self._decode_one(signal, samples[:, column], start)
        return samples

    def _decode_one(self, signal: EdfSignal, out: Samples, start: int) -> None:
        firsts, length = self.firsts(signal), signal.per_record
        at_once = max(1, _BLOCK // length)
        record = int(np.searchsorted(firsts, start - length, "right"))
        last = int(np.searchsorted(firsts, start + len(out), "left"))
        while record < last:
            end = min(last, record + at_once)
            run = 1 + int(np.argmin(np.append(np.diff(firsts[record:end]) == length, False)))
            values = _scaled(signal, self.file.stored(signal, record, record + run).reshape(-1))
            begin = int(firsts[record]) - start
            cut = max(0, -begin)
            part = out[begin + cut : begin + len(values)]
            part[:] = values[cut : cut + len(part)]
            record += run


def _scaled(signal: EdfSignal, stored: npt.NDArray[np.integer]) -> Samples:
    values = stored.astype(np.float32)
    if stored.dtype.itemsize == 2 and signal.digital[0] > MISSING:
        values[stored == MISSING] = np.nan
    values *= np.float32(signal.gain)
    values += np.float32(signal.offset)
    return values


def _signals(path: Path, header: bytes, n_signals: int) -> tuple[EdfSignal, ...]:
    fields: list[list[bytes]] = []
    begin = 0
    for width in _WIDTHS:
        fields.append([header[begin + width * i : begin + width * (i + 1)] for i in range(n_signals)])
        begin += width * n_signals
    signals: list[EdfSignal] = []
    column = 0
    for label, _, unit, p_min, p_max, d_min, d_max, _, per_record, _ in zip(*fields, strict=True):
        what = f"signal {_text(label)!r}"
        count = int(_number(path, f"samples in a data record of {what}", per_record))
        if count < 0:
            raise RecordError(f"{path}: header states {count} samples of {what}; get the file again")
        physical = (_number(path, what, p_min), _number(path, what, p_max))
        digital = (_number(path, what, d_min), _number(path, what, d_max))
        if digital[0] == digital[1] or not isfinite((physical[1] - physical[0]) / (digital[1] - digital[0])):
            raise RecordError(f"{path}: {what} has no range of digital values; correct its header")
        signals.append(EdfSignal(_text(label), _text(unit), physical, digital, count, column))
        column += count
    return tuple(signals)


def _n_records(path: Path, stated: bytes, n_bytes: int, signals: Sequence[EdfSignal]) -> int:
    """Return the number of data records; a recorder that was switched off leaves −1 in the header."""
    size = n_bytes * sum(each.per_record for each in signals)
    if not size:
        raise RecordError(f"{path}: header states no sample; get the file again")
    there = (path.stat().st_size - _FIXED * (len(signals) + 1)) // size
    announced = int(_number(path, "number of data records", stated))
    if announced > there:
        raise RecordError(
            f"{path}: cut short: its header states {announced} data records and {there} are there;"
            " get the file again"
        )
    n_records = there if announced < 0 else announced
    if not n_records:
        raise RecordError(f"{path}: it holds no data record; get the file again")
    return n_records


def _starts(file: EdfFile) -> npt.NDArray[np.float64]:
    """Return when each data record begins, in seconds from the first."""
    even = np.arange(file.n_records, dtype=np.float64) * file.record_seconds
    if not file.is_interrupted:
        return even
    starts = starts_of(file.texts)
    if len(starts) != file.n_records or (np.diff(starts) < 0).any():
        raise RecordError(
            f"{file.path}: interrupted (EDF+D), and its data records do not say when they begin;"
            " convert it to EDF+C"
        )
    starts = np.asarray(starts - starts[0], np.float64)
    per_second = max(each.per_record for each in file.signals) / file.record_seconds
    missing = (starts[-1] - even[-1]) * per_second
    if missing > _MOST_MISSING:
        raise RecordError(
            f"{file.path}: its data records state gaps of {missing / per_second / 3600:.4g} h;"
            " cut it into pieces"
        )
    return starts


def _trimmed(
    channels: tuple[Channel, ...], layout: _Layout, signals: Sequence[EdfSignal]
) -> tuple[Channel, ...]:
    """Leave out what fills the last data record: samples that are missing in every channel of its rate."""
    trimmed = list(channels)
    for rate in {each.fs for each in channels}:
        same = [i for i, each in enumerate(channels) if each.fs == rate]
        begin = layout.n_samples(signals[same[0]]) - signals[same[0]].per_record
        ending = layout.decode([signals[i] for i in same], begin, begin + signals[same[0]].per_record)
        there = np.flatnonzero(~np.isnan(ending).all(axis=1))
        for i in same if len(there) else ():
            trimmed[i] = replace(channels[i], n_samples=begin + int(there[-1]) + 1)
    return tuple(trimmed)


def _person(file: EdfFile) -> tuple[str, bool]:
    """Return the code of the patient, and whether the header holds a name or a birth date."""
    words = [word for word in file.patient.split() if word != "X"]
    if not words:
        return "", False
    fields = file.patient.split()
    if len(fields) < 4 or "Startdate" not in file.recording:
        return "", True
    return ("" if fields[0] == "X" else fields[0]), any(word != "X" for word in fields[2:])


def _start(recording: str, clock: str) -> datetime | None:
    """Return when the recording began; the year has two digits, of 1985 to 2084, or four in EDF+."""
    fields = recording.split()
    try:
        time = datetime.strptime(clock[8:], "%H.%M.%S").time()
        if len(fields) > 1 and fields[0] == "Startdate":
            return datetime.combine(datetime.strptime(fields[1], "%d-%b-%Y"), time)
        day, month, year = (int(part) for part in clock[:8].split("."))
        return datetime.combine(datetime(year + (1900 if year >= 85 else 2000), month, day), time)
    except ValueError:
        return None


def _number(path: Path, what: str, field: bytes) -> float:
    try:
        number = float(field.decode("latin-1").replace(",", ".").strip(" \0"))
    except ValueError:
        number = np.nan
    if not isfinite(number):
        raise RecordError(f"{path}: header has {_text(field)!r} for {what}; get the file again")
    return number


def _text(field: bytes) -> str:
    return field.decode("latin-1").strip(" \0")
