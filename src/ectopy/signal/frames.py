"""Filters as matrices: what happens to a frame of consecutive samples is one product.

Long filters at few places, as when the rate is lowered, are ten times faster so than tap by tap.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.kernels import bandpass_kernel
from ectopy.signal.sliding import windows

_ROWS: Final = 96
"""Frames that are multiplied at a time, so that they stay in the processor's cache; half as many where there
are no more. Libraries of linear algebra work on 4 to 24 rows at a time, which fill both numbers."""

Samples = npt.NDArray[np.float32]


def apply_to_frames(x: Samples, matrix: Samples, step: int) -> Samples:
    """Multiply each frame of a lead by a matrix.

    A frame gives the same bits whatever stands in the others; libraries of linear algebra may round it
    differently at another place in the array.

    Parameters
    ----------
    x : ndarray of float32, shape (n_frames * step + overlap,)
        Samples, none missing.
    matrix : ndarray of float32, shape (step + overlap, n_results)
        What each sample of a frame, and of what follows it, adds to each result.
    step : int
        Samples from one frame to the next.

    Returns
    -------
    ndarray of float32, shape (n_frames, n_results)

    Examples
    --------
    >>> differences = np.array([[-1, 0], [1, -1], [0, 1]], np.float32)
    >>> apply_to_frames(np.array([0, 1, 3, 6, 10], np.float32), differences, 2).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    size = len(matrix)
    n_frames = (len(x) - size + step) // step
    at_once = _ROWS if n_frames > _ROWS // 2 else _ROWS // 2
    result = np.empty((-(-n_frames // at_once) * at_once, matrix.shape[1]), np.float32)
    frames = np.zeros((at_once, size), np.float32)
    rows = windows(np.ascontiguousarray(x), size)[::step]
    for first in range(0, n_frames, at_once):
        some = rows[first : min(first + at_once, n_frames)]
        frames[: len(some)] = some
        np.matmul(frames, matrix, out=result[first : first + at_once])
    return result[:n_frames]


def filter_matrix(kernel: Samples, places: npt.NDArray[np.int64], size: int) -> Samples:
    """Return the matrix that applies a kernel at some places of a frame.

    Parameters
    ----------
    kernel : ndarray of float32, odd length
        Symmetric impulse response.
    places : ndarray of int64, shape (n_results,)
        Samples of the frame on which the middle of the kernel is laid.
    size : int
        Samples in a frame.

    Returns
    -------
    ndarray of float32, shape (size, n_results)

    Examples
    --------
    >>> filter_matrix(np.array([1, 2, 1], np.float32), np.array([1, 3]), 5).T.tolist()
    [[1.0, 2.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0, 1.0]]
    """
    taps = len(kernel) // 2 + np.arange(size)[:, np.newaxis] - places
    inside = (taps >= 0) & (taps < len(kernel))
    return np.where(inside, kernel[np.clip(taps, 0, len(kernel) - 1)], np.float32(0))


Bands = tuple[tuple[float, float, int], ...]


def bandpass_blocks(x: Samples, fs: float, n_blocks: int, bands: Bands) -> list[Samples]:
    """Filter every block of a lead for several bands at once.

    Parameters
    ----------
    x : ndarray of float32, shape (n_samples,)
        Samples, none missing; the first and the last are held beyond the ends.
    fs : float
        Sampling frequency in Hz.
    n_blocks : int
        How many blocks of the same length `x` consists of.
    bands : tuple of (float, float, int)
        Edges of each band in Hz, and which share of its samples is wanted: one in so many.

    Returns
    -------
    list of ndarray of float32, shape (n_blocks, n_samples / n_blocks / share)
        One array per band.

    Raises
    ------
    ParameterError
        If a band is empty or reaches half of `fs`.
    """
    block = len(x) // n_blocks
    matrix = _bands_matrix(fs, block, bands)
    reach = (len(matrix) - block) // 2
    padded = np.concatenate([x[:1].repeat(reach), x, x[-1:].repeat(reach)])
    found = apply_to_frames(padded, matrix, block)
    widths = [len(range(0, block, share)) for *_, share in bands]
    return np.split(found, np.cumsum(widths)[:-1], axis=1)


@lru_cache(maxsize=16)
def _bands_matrix(fs: float, block: int, bands: Bands) -> Samples:
    kernels = [bandpass_kernel(fs, low, high).astype(np.float32) for low, high, _ in bands]
    reach = max(map(len, kernels)) // 2
    places, size = np.arange(block) + reach, block + 2 * reach
    shares = [share for *_, share in bands]
    return np.concatenate(
        [filter_matrix(kernel, places[::share], size) for kernel, share in zip(kernels, shares, strict=True)],
        axis=1,
    )
