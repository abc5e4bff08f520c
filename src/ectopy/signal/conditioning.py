"""Bring leads of any size and baseline to one look, as a network that reads waves needs it.

Every lead is levelled by a moving mean and divided by the typical height of its peaks nearby. Missing
samples do not count and come out as zero.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.filters import is_complete
from ectopy.signal.sliding import maximum_filter1d, median_filter, sliding_sums

LEVEL_SECONDS: Final = 0.8
"""Length of the moving mean, applied twice, that is the baseline: longer than QRS to T, not than a breath."""

BLOCK: Final = 64
"""Samples in a block, the peaks of which are measured."""

SMALLEST: Final = 0.05
"""Height in mV that smaller peaks are divided by, lest noise is blown up."""

SILENT: Final = 0.005
"""Height in mV below which nothing is recorded, and nothing is left of a lead."""

LARGEST: Final = 6.0
"""Where conditioned samples are clipped, in typical heights."""

_PEAK_SECONDS: Final = 1.3
_NEARBY_SECONDS: Final = 10.0


def condition(leads: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.float32]:
    """Level leads and scale them by the peaks nearby.

    Where an array ends, its baseline is unknown: let it go on for a second, or be missing there.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_leads, n_times)
        Samples in mV, NaN where missing; `n_times` a multiple of 64.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of float32, shape (n_leads, n_times)
        In typical heights of a peak, zero where missing; depends on nothing further away than
        `condition_reach`.

    Examples
    --------
    >>> seconds = np.arange(2560) / 250
    >>> spikes = 0.7 * np.exp(-(((seconds % 1) - 0.5) ** 2) / (2 * 0.012**2)) + 3
    >>> bool(0.9 < condition(spikes[None].astype(np.float32), 250).max() <= 1.0)
    True
    """
    level = _levelled(leads, round(LEVEL_SECONDS * fs) | 1)
    sizes = _sizes(level, fs)
    blocks = level.reshape(len(level), -1, BLOCK) / sizes[:, :, None]
    return np.clip(blocks, -LARGEST, LARGEST, out=blocks).reshape(level.shape)


def condition_reach(fs: float) -> int:
    """Return how many samples to either side `condition` looks."""
    blocks = _odd_blocks(_PEAK_SECONDS, fs) // 2 + _odd_blocks(_NEARBY_SECONDS, fs) // 2 + 1
    return (blocks + _odd_blocks(_NEARBY_SECONDS, fs) // 2) * BLOCK + (round(LEVEL_SECONDS * fs) | 1)


def _levelled(leads: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Take away the mean of the present samples nearby."""
    if is_complete(*leads):
        return leads - sliding_sums(sliding_sums(leads, width), width) / np.float32(width**2)
    missing = ~np.isfinite(leads)
    present = (~missing).astype(np.float32)
    filled = np.where(missing, np.float32(0), leads)
    count = np.maximum(sliding_sums(sliding_sums(present, width), width), np.float32(1))
    level = (filled - sliding_sums(sliding_sums(filled, width), width) / count) * present
    return level.astype(np.float32, copy=False)


def _sizes(level: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.float32]:
    """Return the typical height of peaks within five seconds of each block; infinite in silence."""
    blocks = level.reshape(len(level), -1, BLOCK)
    heights = np.abs(blocks).max(axis=-1)
    peaks = maximum_filter1d(heights, _odd_blocks(_PEAK_SECONDS, fs), mode="constant")
    nearby = _odd_blocks(_NEARBY_SECONDS, fs)
    usual = maximum_filter1d(peaks, nearby, mode="constant")
    peaks = np.where(peaks < SILENT, usual, peaks)  # silence nearby says nothing about the height of peaks
    typical = np.stack([median_filter(row, nearby, mode="nearest") for row in peaks])
    sizes = np.where(typical < SILENT, np.inf, np.maximum(typical, SMALLEST))
    return sizes.astype(np.float32)


def _odd_blocks(seconds: float, fs: float) -> int:
    return round(seconds * fs / BLOCK) | 1
