"""Resampling of blocks of fixed size by one matrix product, many times faster than tap by tap.

The result is that of `ectopy.signal.resampling.resample` but for rounding: the same kernel, laid out once for
a frame of consecutive samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.frames import apply_to_frames
from ectopy.signal.kernels import resampling_kernel
from ectopy.signal.resampling import Ratio, rational_ratio

_FRAME: Final = 32
"""Samples of the result in a frame at the least, so that the product is worth its overhead."""

_WIDTH: Final = 8
"""Samples that processors compute at a time: frames are whole multiples of it, where that is not long."""


@dataclass(frozen=True, eq=False)
class BlockResampler:
    """Resamples leads whose first sample stands on the grid of both rates.

    Parameters
    ----------
    ratio : Ratio
        From `rational_ratio`.
    reach : int
        Samples of the input that are looked at before the first and after the last.
    matrix : ndarray of float32, shape (down * k + 2 * reach, up * k)
        A frame of the input with its reach → a frame of the result.
    """

    ratio: Ratio
    reach: int
    matrix: npt.NDArray[np.float32]

    @classmethod
    @lru_cache(maxsize=16)
    def of(cls, fs: float, target_fs: float) -> BlockResampler:
        """Return the resampler from one rate to another.

        Raises
        ------
        ParameterError
            If `rational_ratio` refuses the rates.
        """
        ratio = rational_ratio(fs, target_fs)
        kernel = resampling_kernel(ratio.up, ratio.down) if ratio.up != ratio.down else np.ones(1, np.float32)
        half = len(kernel) // 2
        reach = -(-half // ratio.up)
        unit = math.lcm(ratio.up, _WIDTH)
        frames = -(-_FRAME // unit) * (unit // ratio.up) if unit <= 2 * _FRAME else -(-_FRAME // ratio.up)
        source = np.arange(frames * ratio.down + 2 * reach) - reach
        target = np.arange(frames * ratio.up)
        taps = half + target * ratio.down - source[:, None] * ratio.up
        inside = (taps >= 0) & (taps < len(kernel))
        matrix = np.where(inside, kernel[np.clip(taps, 0, len(kernel) - 1)], np.float32(0))
        return cls(ratio, reach, np.ascontiguousarray(matrix, dtype=np.float32))

    def n_frames(self, length: int) -> int:
        """Return how many frames hold `length` samples of the result."""
        return -(-length // self.matrix.shape[1])

    def n_samples(self, length: int) -> int:
        """Return how many samples of the input `length` samples of the result are made of, reach included."""
        frame = len(self.matrix) - 2 * self.reach
        return self.n_frames(length) * frame + 2 * self.reach

    def __call__(self, lead: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.float32]:
        """Resample one lead.

        Parameters
        ----------
        lead : ndarray of float32, shape (n_samples(length),)
            In mV, none missing; `reach` samples stand before the first that counts.
        length : int
            Samples of the result.

        Returns
        -------
        ndarray of float32, shape (length,)
        """
        if self.ratio.up == self.ratio.down:
            return lead[:length]
        step = len(self.matrix) - 2 * self.reach
        return apply_to_frames(lead[: self.n_samples(length)], self.matrix, step).reshape(-1)[:length]


def resample_block(leads: npt.NDArray[np.float32], fs: float, target_fs: float) -> npt.NDArray[np.float32]:
    """Change the rate of leads whose first sample stands on the grid of both rates.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_leads, n_samples)
        In mV, none missing.
    fs, target_fs : float
        Rates in Hz, before and after.

    Returns
    -------
    ndarray of float32, shape (n_leads, ceil(n_samples * target_fs / fs))
        What `ectopy.signal.resampling.resample` gives but for rounding; beyond the ends the first and the
        last sample are held.

    Raises
    ------
    ParameterError
        If `rational_ratio` refuses the rates.
    """
    resampler = BlockResampler.of(fs, target_fs)
    n_samples = leads.shape[1]
    length = resampler.ratio.length(n_samples)
    padded = np.empty(max(resampler.n_samples(length), n_samples + resampler.reach), np.float32)
    own = slice(resampler.reach, resampler.reach + n_samples)
    resampled = np.empty((len(leads), length), np.float32)
    for lead, result in zip(leads, resampled, strict=True):
        padded[: own.start], padded[own], padded[own.stop :] = lead[0], lead, lead[-1]
        result[:] = resampler(padded, length)
    return resampled
