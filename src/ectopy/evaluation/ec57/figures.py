"""Shares of counts, written as the WFDB comparators write them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """So many of so many: a sensitivity, a positive predictivity or the like.

    Parameters
    ----------
    part, whole : int
        Numerator and denominator.

    Examples
    --------
    >>> Share(3, 4).percent, Share(0, 0).percent
    (75.0, None)
    >>> Share(3, 4).cell(6, 2), Share(0, 0).cell(6, 2)
    (' 75.00', '     -')
    >>> print(Share(3, 4))
    75.00% (3/4)
    """

    part: int
    whole: int

    def __str__(self) -> str:
        return self.sentence(0, 2)

    @property
    def percent(self) -> float | None:
        """The share in percent; None where it is undefined, for want of a denominator."""
        return 100.0 * self.part / self.whole if self.whole else None

    def cell(self, width: int, decimals: int) -> str:
        """Write the percentage right-aligned; ``-`` where it is undefined; whole percents round halves up."""
        return cell(self.percent, width, decimals)

    def sentence(self, width: int, decimals: int) -> str:
        """Write the percentage and where it comes from, such as `` 75.00% (3/4)``."""
        sign = "%" if self.whole else " "
        return f"{self.cell(width, decimals)}{sign} ({self.part}/{self.whole})"


def cell(value: float | None, width: int, decimals: int) -> str:
    """Write a figure right-aligned; ``-`` where there is none; whole numbers round halves up."""
    if value is None:
        return f"{'-':>{width}}"
    return f"{value:{width}.{decimals}f}" if decimals else f"{math.floor(value + 0.5):{width}d}"


def clock(samples: int, fs: float) -> str:
    """Write a duration as hours, minutes, seconds and milliseconds, without leading zeros of hours.

    Examples
    --------
    >>> clock(35244, 360), clock(0, 360), clock(1000, 360), clock(3_600_000, 1000)
    ('1:37.900', '0.000', '0:02.778', '1:00:00.000')
    """
    if not samples:
        return "0.000"
    seconds, milliseconds = divmod(math.floor(1000 * samples / fs + 0.5), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}.{milliseconds:03d}"
    return f"{minutes}:{seconds:02d}.{milliseconds:03d}"
