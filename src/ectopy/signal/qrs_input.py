"""Input of the QRS detector: each lead at about 100 Hz, without baseline, scaled, zero where missing.

The detector gets the same kind of signal whatever the rate, amplitude and offset of a recording. Every step
has a bounded reach, and every grid starts at the first sample of the recording, so that a piece of a
recording gives the same numbers as the whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.block_resampling import resample_block
from ectopy.signal.filters import is_complete
from ectopy.signal.sliding import maximum_filter1d, median_filter, sliding_sums, uniform_filter1d

RATE: Final = 100.0
"""Hz; rate that every lead is resampled to, or close to: the QRS has little above 50 Hz."""

BLOCK: Final = 16
"""Grid samples that share one estimate of the amplitude; a multiple of the network's stride of 16."""

SMALLEST: Final = 0.05
"""Amplitude in mV that leads are divided by at least, so that noise is not enlarged."""

SILENT: Final = 0.01
"""Amplitude in mV below which there is no beat, and a lead is set to zero."""

LARGEST: Final = 8.0
"""Limit of the conditioned samples, in units of the amplitude nearby."""

FRAME: Final = 2
"""Grid samples per output of the network."""

_MAX_UP: Final = 8
"""Largest numerator of the ratio of the rates: the filter's length grows with it."""

_BASELINE: Final = 31
"""Grid samples, 0.3 s, of the moving average, applied twice, that is the baseline."""

_BEAT: Final = 13
"""Blocks, 2 s, of which the highest peak is taken: one beat at least lies in them."""

_NEARBY: Final = 63
"""Blocks, 10 s, over which the median of the peaks is taken."""

_FILL: Final = 31
"""Blocks, 5 s, from which silent blocks take the highest peak."""

_SMOOTH: Final = 7
"""Blocks, 1.1 s, over which the amplitude is smoothed."""


@dataclass(frozen=True)
class Grid:
    """The grid of the conditioned samples: `up` of them for every `down` samples of the recording.

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
    @lru_cache(maxsize=16)
    def of(cls, fs: float) -> Grid:
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
        """Grid samples after which both the samples of the recording and the blocks repeat."""
        return math.lcm(self.up, BLOCK)

    @property
    def stride(self) -> int:
        """Samples of the recording in one period."""
        return self.period * self.down // self.up

    def resample(self, leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Resample leads, shape (n_leads, n_samples), to the grid."""
        return resample_block(leads, self.fs, self.rate)


def condition(leads: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.float32]:
    """Resample leads to about 100 Hz, remove the baseline and scale by the amplitude of the beats nearby.

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
    return scaled(*signal_and_amplitudes(leads, grid))


def signal_and_amplitudes(
    leads: npt.NDArray[np.float32], grid: Grid
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Resample leads to about 100 Hz, remove the baseline, and find the amplitude of the beats nearby.

    Parameters
    ----------
    leads, grid
        As for `condition`.

    Returns
    -------
    signal : ndarray of float32, shape (n_leads, n_times)
        In mV, zero where the lead is missing.
    amplitudes : ndarray of float32, shape (n_leads, n_times / 16)
        In mV, one per block; infinite where the lead is silent.
    """
    signal = _without_baseline(leads, grid)
    return signal, _amplitudes(signal)


def scaled(signal: npt.NDArray[np.float32], amplitudes: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Divide a signal by the amplitude of the beats nearby: the input of the network."""
    return np.clip(signal / np.repeat(amplitudes, BLOCK, axis=-1), -LARGEST, LARGEST)


def _without_baseline(leads: npt.NDArray[np.float32], grid: Grid) -> npt.NDArray[np.float32]:
    """Resample, and subtract the moving average of the present samples."""
    if is_complete(*leads):
        low = grid.resample(leads)
        return low - _mean(_mean(low))
    missing = ~np.isfinite(leads)
    present = grid.resample((~missing).astype(np.float32))
    low = grid.resample(np.where(missing, np.float32(0), leads))
    share: npt.NDArray[np.float32] = np.maximum(_mean(_mean(present)), np.float32(1e-3))
    return low - present * (_mean(_mean(low)) / share)


def _mean(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    sums = sliding_sums(rows, _BASELINE)
    return np.divide(sums, np.float32(_BASELINE), out=sums)


def _amplitudes(signal: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the typical peak within five seconds on each side, one per block; infinite in silence."""
    blocks = np.abs(signal)
    for _ in range(BLOCK.bit_length() - 1):  # faster than a maximum over so short an axis
        blocks = np.maximum(blocks[:, ::2], blocks[:, 1::2])
    peaks = maximum_filter1d(blocks, _BEAT, mode="constant")
    usual = maximum_filter1d(peaks, _FILL, mode="constant")
    peaks = np.where(peaks < SILENT, usual, peaks)  # silence does not count as small beats
    typical = np.stack([median_filter(row, _NEARBY, mode="nearest") for row in peaks])
    smooth = uniform_filter1d(typical, _SMOOTH, mode="nearest")
    amplitudes = np.where(smooth < SILENT, np.inf, np.maximum(smooth, SMALLEST))
    return amplitudes.astype(np.float32)
