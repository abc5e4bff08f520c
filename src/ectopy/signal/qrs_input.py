"""What the QRS detector looks at: each lead at about 100 Hz, level, of one size, zero where missing.

Whatever the rate, size and offset of a recording, the detector sees the same kind of signal. Every step has a
bounded reach, and every grid hangs on the first sample of the recording, so that a piece of a recording gives
the same numbers as the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ectopy.signal.filters import resample

RATE: Final = 100.0
"""Rate that every lead is brought close to, in Hz."""

BLOCK: Final = 16
"""Samples of the grid that share one size estimate; the network's strides divide it."""

SMALLEST: Final = 0.05
"""Size in mV that smaller beats are divided by, lest noise is blown up."""

SILENT: Final = 0.01
"""Size in mV below which there is no beat, and nothing is left of a lead."""

LARGEST: Final = 8.0
"""Where conditioned samples are clipped, in sizes."""

FRAME: Final = 2
"""Grid samples in one answer of the network."""

_MAX_UP: Final = 8
_LEVEL: Final = 31
_BEAT: Final = 13
_NEARBY: Final = 63
_FILL: Final = 31
_SMOOTH: Final = 7


@dataclass(frozen=True)
class Grid:
    """Where the conditioned samples stand: `up` of them for every `down` samples of the recording.

    Parameters
    ----------
    up, down : int
        Ratio of the two rates, in lowest terms.
    fs : float
        Rate of the recording in Hz.

    Examples
    --------
    >>> grid = Grid.of(360)
    >>> grid.up, grid.down, grid.rate
    (5, 18, 100.0)
    >>> round(Grid.of(257).rate, 1)
    99.9
    """

    up: int
    down: int
    fs: float

    @classmethod
    def of(cls, fs: float) -> Self:
        """Return the grid closest to 100 Hz for a recording at `fs` Hz."""
        ratio = min(
            (Fraction(up, max(1, round(up * fs / RATE))) for up in range(1, _MAX_UP + 1)),
            key=lambda each: (abs(float(each) * fs - RATE), each.numerator),
        )
        return cls(ratio.numerator, ratio.denominator, float(fs))

    @property
    def rate(self) -> float:
        """Rate of the grid in Hz."""
        return self.fs * self.up / self.down

    @property
    def period(self) -> int:
        """Grid samples after which both the recording's samples and the blocks come round again."""
        return math.lcm(self.up, BLOCK)

    @property
    def stride(self) -> int:
        """Samples of the recording in one period."""
        return self.period * self.down // self.up

    def resample(self, leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Bring leads, shape (n_leads, n_samples), onto the grid."""
        return resample(leads.T, self.fs, self.rate).T


def condition(leads: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.float32]:
    """Bring leads to about 100 Hz, level them and scale them by the size of the beats nearby.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_leads, n_samples)
        Leads in mV, NaN where missing; a whole number of `grid.stride` long.
    grid : Grid
        From `Grid.of`.

    Returns
    -------
    ndarray of float32, shape (n_leads, n_times)
        Zero where the lead is missing.
    """
    level = _levelled(leads, grid)
    size = np.repeat(_sizes(level), BLOCK, axis=-1)
    return np.clip(level / size, -LARGEST, LARGEST)


def _levelled(leads: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.float32]:
    """Resample, and take away the mean of the present samples within a third of a second."""
    missing = ~np.isfinite(leads)
    if not missing.any():
        low = grid.resample(leads)
        return low - _mean(_mean(low))
    present = grid.resample((~missing).astype(np.float32))
    low = grid.resample(np.where(missing, np.float32(0), leads))
    share = np.maximum(_mean(_mean(present)), np.float32(1e-3))
    return low - present * (_mean(_mean(low)) / share).astype(np.float32)


def _mean(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return ndimage.uniform_filter1d(rows, _LEVEL, axis=-1, mode="constant")


def _sizes(level: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the typical peak within five seconds on each side, one number a block; infinite in silence."""
    blocks = np.abs(level).reshape(len(level), -1, BLOCK).max(axis=-1)
    peaks = ndimage.maximum_filter1d(blocks, _BEAT, axis=-1, mode="constant")
    usual = ndimage.maximum_filter1d(peaks, _FILL, axis=-1, mode="constant")
    peaks = np.where(peaks < SILENT, usual, peaks)  # silence nearby says nothing about the size of beats
    typical = np.stack([ndimage.median_filter(row, _NEARBY, mode="nearest") for row in peaks])
    smooth: npt.NDArray[np.float32] = ndimage.uniform_filter1d(typical, _SMOOTH, axis=-1, mode="nearest")
    sizes = np.where(smooth < SILENT, np.inf, np.maximum(smooth, SMALLEST))
    return sizes.astype(np.float32)
