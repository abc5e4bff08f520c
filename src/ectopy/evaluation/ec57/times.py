"""Times as the WFDB programs take them: elapsed, in samples, of the day, or the end of the record."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from ectopy.errors import ParameterError

_DAY: Final = 86_400
_CLOCK: Final = re.compile(r"\[([\d:.]+)(?:\s+(\d+)(?:/(\d+)/(\d+))?)?\]")
_SAMPLE: Final = re.compile(r"s(\d+)")
_FORMS: Final = "give H:M:S, M:S, seconds, sNUMBER for a sample, [H:M:S] for a time of day, or e for the end"


@dataclass(frozen=True)
class RecordTimes:
    """What turns a time into seconds from the start of a record.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    length : int or None
        Samples in the record, if known.
    clock, date : str
        Time of day (``H:M:S``) and date (``DD/MM/YYYY``) of the first sample; empty if unknown: midnight.
    """

    fs: float
    length: int | None = None
    clock: str = ""
    date: str = ""


@dataclass(frozen=True)
class Time:
    """A time that somebody gave, in the way it was given.

    Parameters
    ----------
    name : str
        The option or argument, for errors.
    text : str
        Elapsed time (``5:00``, ``1:02:03.5``, ``300``), a sample (``s108000``), a time of day (``[8:05:00]``,
        ``[8:05:00 2]`` two days later, ``[8:05:00 24/12/1999]``), or the end of the record (``e``).

    Raises
    ------
    ParameterError
        If the text is none of these.

    Examples
    --------
    >>> record = RecordTimes(fs=360, length=650_000, clock="8:00:00")
    >>> [Time("-f", text).seconds(record) for text in ("5:00", "s108000", "[8:05:00]", "300")]
    [300.0, 300.0, 300.0, 300.0]
    >>> Time("-t", "noon")
    Traceback (most recent call last):
    ectopy.errors.ParameterError: -t='noon' is no time; give H:M:S, M:S, seconds, ...
    """

    name: str
    text: str

    def __post_init__(self) -> None:
        self.seconds(RecordTimes(fs=1.0, length=0, date="1/1/1970"))

    def seconds(self, record: RecordTimes) -> float:
        """Return the seconds from the start of a record; 0 for the end of one whose length is unknown."""
        if self.text == "e":
            return (record.length or 0) / record.fs
        if match := _SAMPLE.fullmatch(self.text):
            return int(match[1]) / record.fs
        if match := _CLOCK.fullmatch(self.text):
            base = _elapsed(record.clock) if record.clock else 0.0
            since = self._checked(_elapsed(match[1])) - (0.0 if math.isnan(base) else base)
            return since % _DAY if match[2] is None else max(0.0, since + _DAY * self._days(record, match))
        return self._checked(_elapsed(self.text))

    def _days(self, record: RecordTimes, match: re.Match[str]) -> int:
        """Return how many days after the first sample a time of day with a day or a date comes."""
        day, month, year = match.groups()[1:]
        if month is None:
            return int(day)
        try:
            return (date(int(year), int(month), int(day)) - _date(record.date)).days
        except ValueError as error:
            raise self._wrong() from error

    def _checked(self, seconds: float) -> float:
        if not 0 <= seconds < math.inf:
            raise self._wrong()
        return seconds

    def _wrong(self) -> ParameterError:
        return ParameterError(f"{self.name}={self.text!r} is no time; {_FORMS}")


def _elapsed(text: str) -> float:
    """Read ``H:M:S``, ``M:S`` or seconds; NaN for anything else."""
    seconds, parts = 0.0, text.split(":")
    try:
        for part in parts:
            seconds = 60 * seconds + float(part)
    except ValueError:
        return math.nan
    return seconds if len(parts) <= 3 else math.nan


def _date(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()
