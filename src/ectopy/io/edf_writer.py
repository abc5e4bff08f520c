"""Recordings written as EDF+ files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.atomic import draft
from ectopy.io.edf import MISSING
from ectopy.io.edf_annotations import list_of, text_of_mark
from ectopy.io.recording import Samples
from ectopy.record import Record

_DIGITAL: Final = 2**15 - 1
"""Largest digital value; the smallest is its negative, so that `MISSING` is beyond the stated range."""

_FINEST: Final = 1e-3
"""Millivolts of a digital step, at least: 1 µV."""

_LONGEST_RECORD: Final = 1000
"""Seconds of a data record, at most; it is one wherever the sampling frequency is whole."""

_UNKNOWN_DATE: Final = datetime(1985, 1, 1)
"""What EDF has in place of an unknown date."""

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def write_edf(record: Record, path: Path | str) -> Path:
    """Write a recording as EDF+: 16 bits a sample in steps of 1 µV, or as fine as peaks beyond 32 mV allow.

    Missing samples have a digital value beyond the stated range; marks become annotations. The header has the
    recording's start and no more of a person than the code in ``patient``.

    Parameters
    ----------
    record : Record
        What to write.
    path : Path or str
        Where to; a file there is replaced.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RecordError
        If a lead holds infinite values.

    Examples
    --------
    >>> import tempfile
    >>> from ectopy.io.registry import open_source
    >>> record = Record(np.zeros((500, 1), np.float32), fs=250, leads=("II",), name="flat")
    >>> open_source(write_edf(record, Path(tempfile.mkdtemp()) / "flat.edf")).n_samples
    500
    """
    path = Path(path)
    layout = _Layout.of(record)
    with draft(path) as unfinished, unfinished.open("wb") as stream:
        stream.write(_header(record, layout))
        for first in range(layout.n_records):
            stream.write(layout.samples(record, first))
            stream.write(layout.texts[first].ljust(layout.text_bytes, b"\0"))
    return path


@dataclass(frozen=True, eq=False)
class _Layout:
    """How a recording is cut into data records."""

    per_record: int
    seconds: int
    peaks: tuple[float, ...]
    texts: tuple[bytes, ...]

    @classmethod
    def of(cls, record: Record) -> _Layout:
        ratio = Fraction(record.fs).limit_denominator(_LONGEST_RECORD)
        n_records = ceil(record.n_samples / ratio.numerator)
        texts = [list_of(i * ratio.denominator, "") for i in range(n_records)]
        for onset, text in _marks(record):
            place = min(n_records - 1, int(onset // ratio.denominator))
            texts[place] += list_of(onset, text)
        peaks = tuple(_peak(record, column) for column in range(len(record.leads)))
        return cls(ratio.numerator, ratio.denominator, peaks, tuple(texts))

    @property
    def n_records(self) -> int:
        return len(self.texts)

    @property
    def text_bytes(self) -> int:
        longest = max(len(text) for text in self.texts)
        return longest + longest % 2

    def samples(self, record: Record, index: int) -> bytes:
        """Return the samples of a data record, lead after lead; what is beyond the end is missing."""
        part = record.signal[index * self.per_record : (index + 1) * self.per_record]
        stored = np.full((len(record.leads), self.per_record), MISSING, np.int16)
        stored[:, : len(part)] = _digital(part, self.peaks).T
        return stored.astype("<i2").tobytes()


def _digital(part: Samples, peaks: Sequence[float]) -> npt.NDArray[np.int16]:
    steps = np.rint(part * (_DIGITAL / np.array(peaks)))
    steps[np.isnan(part)] = MISSING
    return steps.astype(np.int16)


def _peak(record: Record, column: int) -> float:
    """Return the physical maximum of a lead: what 16 bits reach in steps of 1 µV, or what it needs."""
    lead = record.signal[:, column]
    peak = float(np.nanmax(np.abs(lead))) if not np.isnan(lead).all() else 0.0
    if not np.isfinite(peak):
        raise RecordError(
            f"record {record.name}: lead {record.leads[column]} holds infinite values; make them NaN"
        )
    least = _FINEST * _DIGITAL
    return least if peak <= least else float(f"{peak * 1.001:.6g}")


def _marks(record: Record) -> Iterator[tuple[float, str]]:
    marks = record.annotations
    if marks is not None:
        for sample, symbol, aux in zip(marks.samples, marks.symbols, marks.aux, strict=True):
            yield float(sample) / (marks.fs or record.fs), text_of_mark(str(symbol), aux)


def _header(record: Record, layout: _Layout) -> bytes:
    start = record.start or _UNKNOWN_DATE
    day = "X" if record.start is None else f"{start.day:02d}-{_MONTHS[start.month - 1]}-{start.year:04d}"
    n_signals = len(record.leads) + 1
    code = "" if record.patient == record.name else record.patient
    fixed = _fields(
        ("0", 8),
        (f"{_word(code)} X X X", 80),
        (f"Startdate {day} X X ectopy", 80),
        (f"{start:%d.%m.%y}", 8),
        (f"{start:%H.%M.%S}", 8),
        (256 * (n_signals + 1), 8),
        ("EDF+C", 44),
        (layout.n_records, 8),
        (layout.seconds, 8),
        (n_signals, 4),
    )
    return fixed + _signal_fields(record, layout)


def _signal_fields(record: Record, layout: _Layout) -> bytes:
    highest = [*(f"{peak:.6g}" for peak in layout.peaks), "1"]
    n_leads = len(record.leads)
    columns: list[tuple[Sequence[object], int]] = [
        ([*record.leads, "EDF Annotations"], 16),
        ([""] * (n_leads + 1), 80),
        (["mV"] * n_leads + [""], 8),
        ([f"-{each}" for each in highest], 8),
        (highest, 8),
        ([-_DIGITAL] * n_leads + [MISSING], 8),
        ([_DIGITAL] * (n_leads + 1), 8),
        ([""] * (n_leads + 1), 80),
        ([layout.per_record] * n_leads + [layout.text_bytes // 2], 8),
        ([""] * (n_leads + 1), 32),
    ]
    return b"".join(_fields(*((value, width) for value in values)) for values, width in columns)


def _fields(*values: tuple[object, int]) -> bytes:
    return b"".join(
        str(value).encode("ascii", errors="replace")[:width].ljust(width) for value, width in values
    )


def _word(text: str) -> str:
    """Return a subfield of the patient's field: no blank, X where nothing is known."""
    return "_".join(text.split()) or "X"
