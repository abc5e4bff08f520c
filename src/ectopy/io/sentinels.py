"""Values that stand for a missing sample, such as −999 or −32768."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

_ROUND: Final = (-999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0, -999999.0)
_CONVERTERS: Final = tuple(
    float(sign * 2**bits - (1 if sign > 0 else 0)) for bits in (11, 15, 23, 31) for sign in (1, -1)
)
SENTINELS: Final = (*_ROUND, *(value * scale for value in _CONVERTERS for scale in (1.0, 1e-1, 1e-2, 1e-3)))
"""What devices and databases write in place of a sample; extremes of converters also as µV in mV."""

_APART: Final = 3.0
"""A sentinel lies so many times as far from the samples as these lie from each other."""


def forget_sentinels(samples: npt.NDArray[np.float32]) -> tuple[str, ...]:
    """Make samples that are only signs of missing ones NaN, in place, and say so.

    Parameters
    ----------
    samples : ndarray of float32, shape (n_samples, n_channels)
        Changed in place.

    Returns
    -------
    tuple of str
        A sentence per value and channel.

    Examples
    --------
    >>> samples = np.array([[0.1], [-999], [0.3]], np.float32)
    >>> forget_sentinels(samples), samples[1]
    (('1 sample of channel 1 was -999, taken as missing.',), array([nan], dtype=float32))
    """
    notes = []
    for number, column in enumerate(samples.T, start=1):
        for value in _found(column):
            is_sentinel = column == np.float32(value)
            column[is_sentinel] = np.nan
            n = int(is_sentinel.sum())
            what = "1 sample" if n == 1 else f"{n:,} samples"
            notes.append(
                f"{what} of channel {number} {'was' if n == 1 else 'were'} {value:g}, taken as missing."
            )
    return tuple(notes)


def _found(column: npt.NDArray[np.float32]) -> list[float]:
    present = column[np.isfinite(column)]
    if not len(present):
        return []
    known = np.array(SENTINELS, np.float32)
    both = {float(present.min()), float(present.max())}
    extremes = [value for value in both if np.isin(np.float32(value), known)]
    if not extremes:
        return []
    others = present[~np.isin(present, np.array(extremes, np.float32))]
    if len(others) < len(present) / 2 or not np.ptp(others):
        return []
    low, high = float(others.min()), float(others.max())
    return [value for value in extremes if max(value - high, low - value) > _APART * (high - low)]
