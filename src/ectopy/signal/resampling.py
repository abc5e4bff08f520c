"""Other sampling frequencies: a polyphase linear-phase filter, without delay and of known reach."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.signal.filters import complete_samples, per_lead
from ectopy.signal.kernels import check_fs, resampling_kernel
from ectopy.signal.polyphase import upfirdn

MAX_DOWN: Final = 1000
"""Largest denominator of a resampling ratio."""


@dataclass(frozen=True)
class Ratio:
    """A change of sampling frequency: sample ``j`` of the result is at ``j * down / up`` of the input.

    Examples
    --------
    >>> ratio = Ratio(up=1, down=3)
    >>> ratio.length(1000)
    334
    >>> ratio.source([0, 10])
    array([ 0., 30.])
    """

    up: int
    down: int

    def length(self, n_samples: int) -> int:
        """Return how many samples `n_samples` become."""
        return -(-n_samples * self.up // self.down)

    def source(self, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the position in the input, in samples, of a sample of the result."""
        return np.asarray(index, dtype=np.float64) * self.down / self.up

    def target(self, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the position in the result, in samples, of a sample of the input."""
        return np.asarray(index, dtype=np.float64) * self.up / self.down


@lru_cache(maxsize=64)
def rational_ratio(fs: float, target_fs: float) -> Ratio:
    """Return the ratio of small numbers that takes one sampling frequency to another.

    Parameters
    ----------
    fs, target_fs : float
        Sampling frequencies in Hz, before and after.

    Returns
    -------
    Ratio
        With ``down`` up to 1000; ``fs * up / down`` is `target_fs`, or as near as that allows.

    Raises
    ------
    ParameterError
        If a frequency is not positive, or they are more than a factor of 1000 apart.

    Examples
    --------
    >>> rational_ratio(250, 120)
    Ratio(up=12, down=25)
    """
    check_fs(fs)
    check_fs(target_fs, "target_fs")
    if not 1 / MAX_DOWN <= target_fs / fs <= MAX_DOWN:
        raise ParameterError(
            f"target_fs={target_fs:g} Hz is more than a factor of {MAX_DOWN} away from fs={fs:g} Hz;"
            " give a rate nearer to it"
        )
    ratio = Fraction(target_fs / fs).limit_denominator(MAX_DOWN)
    return Ratio(ratio.numerator, ratio.denominator)


def resample(x: npt.ArrayLike, fs: float, target_fs: float) -> npt.NDArray[np.float32]:
    """Change the sampling frequency; a polyphase linear-phase FIR filter without delay.

    Frequencies above half of the lower rate are removed (50 dB); those up to 80 % of it pass unchanged.
    A chunk that starts at a multiple of ``rational_ratio(fs, target_fs).down`` gives exactly the samples
    that the whole recording gives there.

    Parameters
    ----------
    x : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV, none missing (see `fill_missing`).
    fs, target_fs : float
        Sampling frequencies in Hz, before and after.

    Returns
    -------
    ndarray of float32, shape (ceil(n_samples * up / down),) or with n_leads
        The samples at the new rate; sample ``j`` is at ``j * down / up`` of the input.

    Raises
    ------
    ParameterError
        If `x` has missing samples, or `rational_ratio` refuses the rates.

    Examples
    --------
    >>> resample(np.ones(720), fs=360, target_fs=120).shape
    (240,)
    """
    ratio = rational_ratio(fs, target_fs)
    x = complete_samples(x)
    if ratio.up == ratio.down:
        return x
    kernel = resampling_kernel(ratio.up, ratio.down)
    return per_lead(x, lambda lead: _polyphase(lead, kernel, ratio))


def resample_reach(fs: float, target_fs: float) -> int:
    """Return how many samples of the input on each side `resample` depends on."""
    ratio = rational_ratio(fs, target_fs)
    return len(resampling_kernel(ratio.up, ratio.down)) // (2 * ratio.up)


def _polyphase(
    x: npt.NDArray[np.float32], kernel: npt.NDArray[np.float32], ratio: Ratio
) -> npt.NDArray[np.float32]:
    """Apply the kernel at the output samples alone; the padding puts sample 0 of the output on the grid."""
    reach = len(kernel) // (2 * ratio.up)
    before = reach + -2 * reach % ratio.down
    first = (before + reach) * ratio.up // ratio.down
    padded = np.pad(x, (before, reach), mode="edge")
    resampled = upfirdn(kernel, padded, ratio.up, ratio.down)
    return resampled[first : first + ratio.length(len(x))]
