"""A kernel applied between changes of rate: what `scipy.signal.upfirdn` does, without a second of imports."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.import_budget import ImportBudget

_AT_ONCE: Final = 1 << 14
"""Samples of the result that are made at a time: they and their source stay in the processor's cache."""

_WITHOUT_SCIPY: Final = ImportBudget(1_000_000_000)
"""Products that take longer by about the second that importing ``scipy.signal`` takes."""

Samples = npt.NDArray[np.float32]


def upfirdn(kernel: Samples, x: Samples, up: int = 1, down: int = 1) -> Samples:
    """Raise the rate, convolve, and lower the rate, without computing what is thrown away.

    The products of a sample are summed one after the other, from the first sample of the input to the last,
    so that a chunk gives the bits of the whole.

    Parameters
    ----------
    kernel : ndarray of float32, shape (n_taps,)
        Impulse response at the raised rate.
    x : ndarray of float32, shape (n_samples,)
        Samples.
    up, down : int
        Factors without a common divisor.

    Returns
    -------
    ndarray of float32, shape (ceil(((n_samples - 1) * up + n_taps) / down),)

    Examples
    --------
    >>> upfirdn(np.float32([1, 1]), np.float32([1, 2, 3, 4]), down=2)
    array([1., 5., 4.], dtype=float32)
    """
    if _WITHOUT_SCIPY.is_spent_by(len(x) * len(kernel) // down):
        from scipy import signal as dsp

        fast: Samples = dsp.upfirdn(kernel, x, up, down)
        return fast
    n_taps = -(-len(kernel) // up)
    phases = np.pad(kernel, (0, n_taps * up - len(kernel))).reshape(n_taps, up).T
    padded = np.pad(x, (n_taps - 1, n_taps + down))
    result = np.zeros(-(-((len(x) - 1) * up + len(kernel)) // down), np.float32)
    for first in range(min(up, len(result))):
        last_tap, phase = divmod(first * down, up)
        column = result[first::up]
        for start in range(0, len(column), _AT_ONCE):
            part = column[start : start + _AT_ONCE]
            _accumulate(part, padded[last_tap + start * down :], phases[phase], down)
    return result


def _accumulate(result: Samples, x: Samples, taps: Samples, step: int) -> None:
    """Add ``taps`` reversed, applied at every `step`-th sample, to the result."""
    total, product = np.zeros(len(result), np.float32), np.empty(len(result), np.float32)
    for offset, tap in enumerate(taps[::-1]):
        np.multiply(x[offset : offset + step * len(result) : step], tap, out=product)
        total += product
    result[:] = total
