"""When things were: by the clock where it is known, else by the time since the first sample."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ectopy.wording import clock


@dataclass(frozen=True)
class Clock:
    """Tells times of a recording.

    Parameters
    ----------
    start : datetime or None
        When the first sample was taken.

    Examples
    --------
    >>> told = Clock(datetime(2026, 3, 1, 22, 30))
    >>> told(75), told(2 * 3600), told(75.26, 1)
    ('22:31:15', 'day 2 00:30:00', '22:31:15.3')
    >>> Clock(None)(75.26, 1)
    '1:15.3'
    """

    start: datetime | None

    def __call__(self, seconds: float, decimals: int = 0) -> str:
        """Return a time, with the number of the day once midnight has passed."""
        if self.start is None:
            return clock(seconds, decimals)
        begin = self.start.replace(microsecond=0)
        total = round(seconds + self.start.microsecond / 1e6, decimals)
        when = begin + timedelta(seconds=int(total))
        day = (when.date() - begin.date()).days + 1
        fraction = f"{total % 1:.{decimals}f}"[1:] if decimals else ""
        return f"{f'day {day} ' if day > 1 else ''}{when:%H:%M:%S}{fraction}"

    def iso(self, seconds: float) -> str:
        """Return a time as ISO 8601 for machines; empty where the clock is not known."""
        if self.start is None:
            return ""
        return (self.start + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
