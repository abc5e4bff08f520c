"""Spikes of pacemakers as recorders draw them that keep little above 150 Hz: narrow, but no single sample.

What lasts no longer than a sample is taken out of the signal by `ectopy.signal.cleaning`. A pulse that went
through a recorder's filters first is 5 to 10 ms wide. It is told from a QRS complex, and from a notch in
one, by three things: it is over within 4 ms on either side of its top, nothing happens before it, and the
paced QRS complex after it, wide as it is, is less steep.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.kernels import check_fs

LOWEST_FS: Final = 200.0
"""Hz below which a sample takes longer than half a spike, and none is marked."""

FLOOR: Final = 0.2
"""Height in mV of the lowest spike: 12 of 16 paced people of PTB-XL and LUDB have higher ones."""

HALF_WIDTH: Final = 0.004
"""Seconds on either side of its top within which a spike has its height."""

FLANK: Final = 0.008
"""Seconds on either side of the top within which an R wave goes on falling."""

BLUNT: Final = 1.6
"""A top that stands this many times as high at `FLANK` as at `HALF_WIDTH` is no spike; a parabola stands four
times as high."""

BEFORE: Final = (0.05, 0.010)
"""Seconds before a spike in which the signal is at rest: it does not change by a third of the spike's height
within `HALF_WIDTH`."""

AFTER: Final = (0.014, 0.2)
"""Seconds after a spike in which the QRS complex lies that it paces."""

STEEPER: Final = (3.0, 1.0)
"""How many times as steep as anything before it a spike is, and as anything after it."""

Samples = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]


def pacing_spikes(lead: Samples, fs: float) -> Rows:
    """Return the samples that are tops of spikes, rising; one spike may have several.

    Parameters
    ----------
    lead : ndarray of float32, shape (n_samples,)
        In mV; NaN where missing.
    fs : float
        Sampling frequency in Hz; no spike is found below 200.

    Returns
    -------
    ndarray of intp, shape (n_tops,)

    Raises
    ------
    ParameterError
        If `fs` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> paced = np.zeros(500, np.float32)
    >>> paced[248:253] = 0.2, 0.6, 0.9, 0.6, 0.2
    >>> pacing_spikes(paced, fs=500).tolist()
    [250]
    """
    check_fs(fs)
    narrow = max(2, round(HALF_WIDTH * fs))  # a top between two samples is two equal ones
    wide = max(narrow + 1, round(FLANK * fs))
    if fs < LOWEST_FS or len(lead) <= 2 * wide:
        return np.empty(0, np.intp)
    with np.errstate(invalid="ignore", over="ignore"):
        slope = lead[narrow:] - lead[:-narrow]
        tops = _tops(slope, narrow)
        tops = tops[(tops >= wide) & (tops < len(lead) - wide)]
        height = _height(lead, tops, narrow)
        sharp = _height(lead, tops, wide) <= BLUNT * height
        tops, height = tops[sharp], height[sharp]
        if not len(tops):
            return tops
        slope = np.abs(slope)
        (first, last), (begin, end) = (tuple(round(each * fs) for each in span) for span in (BEFORE, AFTER))
        before = _steepest(slope, tops, -first, -last - narrow)
        after = _steepest(slope, tops, begin, end)
        return tops[(height > STEEPER[0] * before) & (height > STEEPER[1] * after)]


def _tops(slope: Samples, narrow: int) -> Rows:
    """Return the samples that stand out by `FLOOR` over those so many before and after, from the changes."""
    steep = np.abs(slope) > FLOOR
    tops = np.flatnonzero(steep[:-narrow] & steep[narrow:]) + narrow
    return tops[(slope[tops - narrow] > 0) != (slope[tops] > 0)]


def _height(lead: Samples, tops: Rows, reach: int) -> Samples:
    """Return how far each top stands out over the samples so far before and after it, zero for a flank."""
    rise, fall = lead[tops] - lead[tops - reach], lead[tops] - lead[tops + reach]
    return np.where(rise * fall > 0, np.minimum(np.abs(rise), np.abs(fall)), np.float32(0))


def _steepest(slope: Samples, tops: Rows, first: int, last: int) -> Samples:
    """Return the greatest change within `HALF_WIDTH` between two offsets from each top."""
    index = np.clip(tops[:, np.newaxis] + np.arange(first, last), 0, len(slope) - 1)
    return np.fmax.reduce(slope[index], axis=1, initial=0)
