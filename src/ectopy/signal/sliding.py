"""Means, medians and largest values of windows that slide along a row: those of `scipy.ndimage`, bit for bit.

scipy takes longer to import than to analyse a short recording, so that of its filters only the compiled one
for ranks is loaded (`ectopy.signal.rank_filter`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from ectopy.signal.rank_filter import rank_filter

Number = TypeVar("Number", np.float32, np.float64, np.uint8)
Rows = npt.NDArray[Number]

Mode = Literal["nearest", "constant"]
"""What stands beyond the ends: the first and the last sample, or zero."""


def uniform_filter1d(rows: Rows[Number], size: int, *, mode: Mode) -> Rows[Number]:
    """Return the mean of the `size` samples around each, along the last axis.

    Parameters
    ----------
    rows : ndarray of float, shape (..., n)
        Samples, none missing.
    size : int
        Length of the window.
    mode : {"nearest", "constant"}
        What stands beyond the ends.

    Returns
    -------
    ndarray of float, shape (..., n)

    Examples
    --------
    >>> uniform_filter1d(np.array([0.0, 3.0, 0.0, 6.0]), 3, mode="nearest").tolist()
    [1.0, 1.0, 3.0, 4.0]
    """
    padded = _padded(rows, size, mode, np.float64)
    steps = np.empty((*rows.shape[:-1], rows.shape[-1]))
    steps[..., 0] = np.add.accumulate(padded[..., :size], axis=-1)[..., -1]
    np.subtract(padded[..., size:], padded[..., :-size], out=steps[..., 1:])
    np.add.accumulate(steps, axis=-1, out=steps)
    steps /= size
    return steps.astype(rows.dtype, copy=False)


def sliding_sums(rows: Rows[Number], size: int) -> Rows[Number]:
    """Return the sum of the `size` samples around each, along the last axis, zero beyond the ends.

    Sums of 1, 2, 4 … samples are made of each other and put together: a third of the time of a running sum,
    each of whose steps has to wait for the one before. No sample further away has a say in the rounding.

    Parameters
    ----------
    rows : ndarray of float, shape (..., n)
        Samples, none missing.
    size : int
        Length of the window.

    Returns
    -------
    ndarray of float, shape (..., n)

    Examples
    --------
    >>> sliding_sums(np.array([0.0, 3.0, 0.0, 6.0]), 3).tolist()
    [3.0, 3.0, 9.0, 6.0]
    """
    sums = _padded(rows, size, "constant", rows.dtype)
    total = np.zeros_like(rows)
    start, width = 0, 1
    while width <= size:
        if size & width:
            total += sums[..., start : start + rows.shape[-1]]
            start += width
        if 2 * width <= size:
            sums = sums[..., :-width] + sums[..., width:]
        width *= 2
    return total


def maximum_filter1d(rows: Rows[Number], size: int, *, mode: Mode) -> Rows[Number]:
    """Return the largest of the `size` samples around each, along the last axis.

    Parameters
    ----------
    rows, size, mode
        As for `uniform_filter1d`.

    Returns
    -------
    ndarray of float, shape (..., n)

    Examples
    --------
    >>> maximum_filter1d(np.array([0.0, 3.0, 0.0, 0.0]), 3, mode="constant").tolist()
    [3.0, 3.0, 3.0, 0.0]
    """
    largest, width = _padded(rows, size, mode, rows.dtype), 1
    while width < size:  # windows of twice the length, of two that may overlap
        step = min(width, size - width)
        largest = np.maximum(largest[..., : largest.shape[-1] - step], largest[..., step:])
        width += step
    return largest


def median_filter(rows: Rows[Number], size: int, *, mode: Mode = "nearest") -> Rows[Number]:
    """Return the median of the `size` values around each, the upper of two middle ones.

    Parameters
    ----------
    rows : ndarray of float, shape (..., n)
        Values, none missing.
    size, mode
        As for `uniform_filter1d`.

    Returns
    -------
    ndarray of float, shape (..., n)

    Examples
    --------
    >>> median_filter(np.array([0.0, 3.0, 1.0, 6.0]), 3).tolist()
    [0.0, 1.0, 3.0, 6.0]
    """
    return _ranked(rows, size // 2, size, mode)


def percentile_filter(
    row: Rows[Number], percentile: int, size: int, *, mode: Mode = "nearest"
) -> Rows[Number]:
    """Return a percentile of the `size` values around each: one of them.

    Parameters
    ----------
    row : ndarray of float, shape (n,)
        Values, none missing.
    size, mode
        As for `uniform_filter1d`.
    percentile : int
        From 0 to 99.

    Returns
    -------
    ndarray of float, shape (n,)

    Examples
    --------
    >>> percentile_filter(np.array([0.0, 3.0, 1.0, 6.0, 2.0]), 80, 5).tolist()
    [3.0, 6.0, 6.0, 6.0, 6.0]
    """
    return _ranked(row, int(size * percentile / 100), size, mode)


def percentile_filters(
    row: Rows[Number], percentiles: Sequence[int], size: int, *, mode: Mode = "nearest"
) -> list[Rows[Number]]:
    """Return several percentiles of the `size` values around each.

    Parameters
    ----------
    row, size, mode
        As for `percentile_filter`.
    percentiles : sequence of int
        From 0 to 99.

    Returns
    -------
    list of ndarray of float, each of shape (n,)

    Examples
    --------
    >>> low, high = percentile_filters(np.array([0.0, 3.0, 1.0, 6.0, 2.0]), (20, 80), 5)
    >>> low.tolist(), high.tolist()
    ([0.0, 0.0, 1.0, 2.0, 2.0], [3.0, 6.0, 6.0, 6.0, 6.0])
    """
    return [percentile_filter(row, percentile, size, mode=mode) for percentile in percentiles]


def windows(rows: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """Return every window of contiguous rows, (..., n - size + 1, size), without copying any.

    `numpy.lib.stride_tricks.sliding_window_view` takes longer than a short row takes to be filtered.
    """
    shape = (*rows.shape[:-1], rows.shape[-1] - size + 1, size)
    return np.ndarray(shape, rows.dtype, rows, 0, (*rows.strides, rows.strides[-1]))


def _ranked(rows: Rows[Number], rank: int, size: int, mode: Mode) -> Rows[Number]:
    if rows.ndim > 1 and len(rows):
        return np.stack([_ranked(row, rank, size, mode) for row in rows])
    if rows.dtype.kind == "f" and 0 < rank < size - 1 and rows.shape[-1] >= size:
        return rank_filter(rows, rank, size, held=mode == "nearest")
    return np.partition(windows(_padded(rows, size, mode, rows.dtype), size), rank, axis=-1)[..., rank]


def _padded(rows: Rows[Any], size: int, mode: Mode, dtype: npt.DTypeLike) -> Rows[Any]:
    """Return what `numpy.pad` does, whose generality costs more than the filter of a short row."""
    before, n = size // 2, rows.shape[-1]
    padded = np.empty((*rows.shape[:-1], n + size - 1), dtype)
    padded[..., before : before + n] = rows
    padded[..., :before] = rows[..., :1] if mode == "nearest" else 0
    padded[..., before + n :] = rows[..., -1:] if mode == "nearest" else 0
    return padded


def held_ends(rows: npt.NDArray[np.float32], before: int, after: int) -> npt.NDArray[np.float32]:
    """Hold the first and the last of each row; `numpy.pad` takes longer than what is done with short ones.

    Examples
    --------
    >>> held_ends(np.array([[1, 2]], np.float32), 1, 2)
    array([[1., 1., 2., 2., 2.]], dtype=float32)
    """
    first, last = rows[..., :1].repeat(before, axis=-1), rows[..., -1:].repeat(after, axis=-1)
    return np.concatenate([first, rows, last], axis=-1)


def pooled_samples(x: npt.NDArray[np.float32], pooled: int) -> npt.NDArray[np.float32]:
    """Return the mean of each so many samples of the last axis, whose length is a multiple of them.

    Examples
    --------
    >>> pooled_samples(np.array([1, 3, 5, 7], np.float32), 2)
    array([2., 6.], dtype=float32)
    """
    total = x[..., ::pooled].copy()
    for offset in range(1, pooled):
        total += x[..., offset::pooled]
    return total / np.float32(pooled)
