"""What graphs do to the samples near each sample: means, maxima, medians, filters, changes of rate.

Every function takes the time on the last axis of a tensor of two axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.edge.graph import Tensor
from ectopy.signal.kernels import resampling_kernel
from ectopy.signal.resampling import Ratio


def near(places: Tensor, reach: int, length: Tensor) -> Tensor:
    """Return the places up to `reach` away from each, (n, 2 * reach + 1); the ends stand for those beyond.

    Parameters
    ----------
    places : Tensor
        Of int64, shape (n,).
    reach : int
        How far.
    length : Tensor
        Shape (1,): how many places there are.
    """
    around = places.expanded(1) + np.arange(-reach, reach + 1)
    return around.at_least(0).at_most((length - 1).at_least(0))


def every(length: Tensor) -> Tensor:
    """Return the places 0 to `length`, which has shape (1,)."""
    start, step = (length.graph.of(each, np.int64) for each in (0, 1))
    return start.op("Range", length.squeezed(0), step)


def neighbourhoods(rows: Tensor, reach: int) -> Tensor:
    """Return what lies around each sample, (n_rows, n, 2 * reach + 1); the ends are held."""
    length = rows.size(1)
    return rows.take(near(every(length), reach, length), axis=1)


def moving_mean(rows: Tensor, width: int) -> Tensor:
    """Return the mean over an odd number of samples around each; zeros lie beyond the ends."""
    half = width // 2
    pooled = rows.expanded(1).op(
        "AveragePool", kernel_shape=[width], pads=[half, half], strides=[1], count_include_pad=1
    )
    return pooled.squeezed(1)


def moving_max(rows: Tensor, width: int) -> Tensor:
    """Return the largest of an odd number of samples around each."""
    half = width // 2
    return rows.expanded(1).op("MaxPool", kernel_shape=[width], pads=[half, half], strides=[1]).squeezed(1)


def moving_median(rows: Tensor, width: int) -> Tensor:
    """Return the median of an odd number of samples around each; the ends are held."""
    around = neighbourhoods(rows, width // 2)
    return around.ordered(width // 2 + 1, axis=2).part(width // 2, None, axis=2).squeezed(2)


def block_max(rows: Tensor, block: int) -> Tensor:
    """Return the largest sample of each block."""
    return rows.expanded(1).op("MaxPool", kernel_shape=[block], strides=[block]).squeezed(1)


def repeated(rows: Tensor, times: int) -> Tensor:
    """Return each sample so many times."""
    return (rows.expanded(2) * np.ones((1, 1, times))).reshape(0, -1)


def is_present(signal: Tensor) -> Tensor:
    """Return which samples are recorded."""
    return ~(signal.op("IsNaN", dtype=bool) | signal.op("IsInf", dtype=bool))


def without_baseline(filled: Tensor, present: Tensor, whole: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return the moving mean of the present samples, applied twice, and the share of samples in it.

    Parameters
    ----------
    filled, present : Tensor
        The samples, zero where missing, and 1 where they are not.
    whole : Tensor
        Of bool, one element: nothing is missing, and what lies beyond the ends counts as zeros.
    width : int
        Samples in the mean.
    """
    share = moving_mean(moving_mean(present, width), width).at_least(np.float32(1e-3))
    return moving_mean(moving_mean(filled, width), width), whole.where(np.float32(1), share)


def filtered(rows: Tensor, kernel: npt.NDArray[Any]) -> Tensor:
    """Return rows through a symmetric filter; the ends are held."""
    half = len(kernel) // 2
    weights = rows.graph.of(kernel.astype(np.float32)[np.newaxis, np.newaxis])
    return rows.padded(half, half, axis=1, mode="edge").expanded(1).op("Conv", weights).squeezed(1)


def resampled(rows: Tensor, ratio: Ratio) -> Tensor:
    """Return rows at another rate, as `ectopy.signal.resampling.resample` does; whole periods of it."""
    up, down = ratio.up, ratio.down
    if up == down:
        return rows
    kernel = resampling_kernel(up, down)
    half = len(kernel) // 2
    reach = -(-half // up)
    source = np.arange(down + 2 * reach) - reach
    taps = half + np.arange(up)[:, np.newaxis] * down - source * up
    inside = (taps >= 0) & (taps < len(kernel))
    phases = np.where(inside, kernel[np.clip(taps, 0, len(kernel) - 1)], np.float32(0))
    weights = rows.graph.of(phases[:, np.newaxis])
    padded = rows.padded(reach, reach, axis=1, mode="edge").expanded(1)
    return padded.op("Conv", weights, strides=[down]).transposed(0, 2, 1).reshape(0, -1)


def held(signal: Tensor, reach: int) -> Tensor:
    """Return rows whose missing samples take the nearest recorded one within reach, or zero.

    As `ectopy.signal.filters.fill_missing`: of two equally near samples the earlier is taken.
    """
    present = is_present(signal)
    place = every(signal.size(1)).to(np.float32)
    far = np.float32(2**24)
    since = place - _latest(present.where(place, -far), [reach, 0])
    until = -_latest(present.where(-place, -far), [0, reach]) - place
    earlier = since <= until
    source = (
        earlier.where(place - since, place + until).at_least(0).at_most(signal.size(1).to(np.float32) - 1)
    )
    near_one = present.where(signal, np.float32(0)).take_along(source.to(np.int64), axis=1)
    return (since.at_most(until) <= np.float32(reach)).where(near_one, np.float32(0))


def _latest(rows: Tensor, pads: list[int]) -> Tensor:
    return rows.expanded(1).op("MaxPool", kernel_shape=[sum(pads) + 1], pads=pads, strides=[1]).squeezed(1)
