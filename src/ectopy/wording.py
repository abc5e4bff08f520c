"""Times and shares as people read them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ectopy.io.safe_names import visible


def clock(seconds: float, decimals: int = 0) -> str:
    """Return a time into the recording as ``m:ss`` or ``h:mm:ss``.

    Parameters
    ----------
    seconds : float
        Since the first sample.
    decimals : int
        Digits of the seconds after the point.

    Examples
    --------
    >>> clock(75), clock(3675), clock(59.96, decimals=1)
    ('1:15', '1:01:15', '1:00.0')
    """
    total = round(seconds, decimals)
    minutes, rest = divmod(total, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 3 + decimals if decimals else 2
    tail = f"{rest:0{width}.{decimals}f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


@dataclass(frozen=True)
class Clock:
    """Tells times of a recording.

    Parameters
    ----------
    start : datetime or None
        When the first sample was taken.
    day_word : str
        What stands before the number of a day.

    Examples
    --------
    >>> told = Clock(datetime(2026, 3, 1, 22, 30))
    >>> told(75), told(2 * 3600), told(75.26, 1)
    ('22:31:15', 'day 2 00:30:00', '22:31:15.3')
    >>> told.day(2 * 3600), told.of_day(2 * 3600)
    (2, '00:30:00')
    >>> Clock(None)(75.26, 1)
    '1:15.3'
    """

    start: datetime | None
    day_word: str = "day"

    def __call__(self, seconds: float, decimals: int = 0) -> str:
        """Return a time, with the number of the day once midnight has passed."""
        day = self.day(seconds, decimals)
        return f"{f'{self.day_word} {day} ' if day > 1 else ''}{self.of_day(seconds, decimals)}"

    def of_day(self, seconds: float, decimals: int = 0) -> str:
        """Return a time without the day; since the first sample where the clock is not known."""
        if self.start is None:
            return clock(seconds, decimals)
        when, fraction = _moment(self.start, seconds, decimals)
        return f"{when:%H:%M:%S}{f'{fraction:.{decimals}f}'[1:] if decimals else ''}"

    def day(self, seconds: float, decimals: int = 0) -> int:
        """Return the number of the day of a time, 1 for the day on which the recording begins."""
        if self.start is None:
            return 1
        return (_moment(self.start, seconds, decimals)[0].date() - self.start.date()).days + 1

    def iso(self, seconds: float) -> str:
        """Return a time as ISO 8601 for machines; empty where the clock is not known."""
        if self.start is None:
            return ""
        return (self.start + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def _moment(start: datetime, seconds: float, decimals: int) -> tuple[datetime, float]:
    """Return the full second of a rounded time, and what is over it."""
    total = round(seconds + start.microsecond / 1e6, decimals)
    return start.replace(microsecond=0) + timedelta(seconds=int(total)), total % 1


ELAPSED: Final = Clock(None)
"""Tells how long since the first sample."""


def long_duration(seconds: float) -> str:
    """Return a length of time in words.

    Examples
    --------
    >>> long_duration(5.5), long_duration(1805), long_duration(86400)
    ('5.5 s', '30 min 5 s', '24 h 0 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    return f"{int(seconds // 3600)} h {int(seconds % 3600 // 60)} min"


def shortened(text: str, most: int = 12) -> str:
    """Return a name from content, made visible and cut to so many characters.

    Examples
    --------
    >>> shortened("MLII"), shortened("a lead with a long name")
    ('MLII', 'a lead with…')
    """
    text = visible(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def shown(value: object) -> object:
    r"""Return what a page shows of a value: a text made visible, markup and all else as it is.

    Examples
    --------
    >>> print(shown("V1\x1b[2J"), shown(0.5))
    V1\x1b[2J 0.5
    """
    return visible(value) if type(value) is str else value


def counted(number: int, thing: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> counted(0, "run"), counted(1, "run"), counted(1200, "run")
    ('no runs', '1 run', '1,200 runs')
    """
    return (
        f"{number or 'no'} {thing}{'' if number == 1 else 's'}" if number < 1000 else f"{number:,} {thing}s"
    )


def percent(share: float | None) -> str:
    """Return a share as a percentage; a dash where undefined, and never 0 % for what is more than nothing.

    Examples
    --------
    >>> percent(None), percent(0), percent(0.0004), percent(0.034), percent(0.5)
    ('–', '0 %', '< 0.1 %', '3.4 %', '50 %')
    """
    if share is None or math.isnan(share):
        return "–"
    if 0 < share < 0.001:
        return "< 0.1 %"
    return f"{share:.1%}".replace(".0%", "%").replace("%", " %")


def rounded(value: float | None, decimals: int = 0) -> str:
    """Return a number with so many digits after the point; a dash where undefined.

    Examples
    --------
    >>> rounded(71.6), rounded(1.238, 2), rounded(None), rounded(109494)
    ('72', '1.24', '–', '109,494')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.{decimals}f}"
