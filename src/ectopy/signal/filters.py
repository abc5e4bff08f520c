"""Linear-phase filters, without delay and of known reach.

Every function takes samples in millivolts with time on the first axis, one lead ``(n_samples,)`` or many
``(n_samples, n_leads)``, and returns float32. A sample of the result depends on no input further
away than the reach of the function, so that a recording cut into chunks that overlap by the reach gives the
result of the whole. Beyond its ends a recording is continued with its first and last value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import ceil, floor, isfinite
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy import fft

from ectopy.errors import ParameterError
from ectopy.signal.kernels import bandpass_kernel, check_fs, notch_kernel

_BLOCKS_AT_ONCE: Final = 64
"""Blocks of the overlap-save that are transformed together: few megabytes, which stay in the cache."""


def fill_missing(x: npt.ArrayLike, fs: float, hold: float = 1.0) -> npt.NDArray[np.float32]:
    """Replace missing samples by the nearest valid one, or by zero where none is near.

    Parameters
    ----------
    x : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV; NaN (or infinite) where missing.
    fs : float
        Sampling frequency in Hz.
    hold : float
        Seconds that a valid sample is carried on, to either side; of two equally near the earlier is taken.

    Returns
    -------
    ndarray of float32
        Of the shape of `x` and without gaps; `x` itself if it is float32 and has none.

    Raises
    ------
    ParameterError
        If `x` has another shape, `fs` is not positive or `hold` is negative.

    Examples
    --------
    >>> fill_missing([1, np.nan, np.nan, 4], fs=250)
    array([1., 1., 4., 4.], dtype=float32)
    """
    x, reach = as_samples(x), fill_reach(fs, hold)
    if is_complete(*x.reshape(len(x), -1).T):
        return x
    missing = ~np.isfinite(x)
    filled = np.where(missing, np.float32(0), x)
    for lead, gaps in zip(filled.reshape(len(x), -1).T, missing.reshape(len(x), -1).T, strict=True):
        _fill_gaps(lead, gaps, reach)
    return filled


def fill_reach(fs: float, hold: float = 1.0) -> int:
    """Return how many samples on each side `fill_missing` depends on."""
    check_fs(fs)
    if not (isfinite(hold) and hold >= 0):
        raise ParameterError(f"hold={hold} s is not possible; give zero or more seconds")
    return floor(hold * fs)


def _fill_gaps(lead: npt.NDArray[np.float32], gaps: npt.NDArray[np.bool_], reach: int) -> None:
    """Carry the neighbours of each gap into it, each up to the middle and no further than `reach`."""
    starts, stops = runs(gaps)
    begun, ended = starts > 0, stops < len(lead)
    length = stops - starts
    from_left = np.where(ended, (length + 1) // 2, length) * begun
    from_right = length - np.where(begun, (length + 1) // 2, 0)
    from_left = np.minimum(from_left, reach)
    from_right = np.minimum(from_right * ended, reach)
    values = np.concatenate([lead[starts - 1], lead[np.minimum(stops, len(lead) - 1)]])
    counts = np.concatenate([from_left, from_right])
    firsts = np.concatenate([starts, stops - from_right])
    offsets = np.repeat(firsts - np.cumsum(counts) + counts, counts)
    lead[offsets + np.arange(len(offsets))] = np.repeat(values, counts)


def bandpass(
    x: npt.ArrayLike,
    fs: float,
    low: float | None = 0.5,
    high: float | None = 40.0,
    *,
    before: int = 0,
    after: int = 0,
) -> npt.NDArray[np.float32]:
    """Keep what lies between two frequencies; a linear-phase FIR filter without delay.

    Kaiser-window design: half the amplitude passes at `low` and at `high`; everything below ``low / 2`` and
    above ``1.125 * high`` is weakened by 50 dB, and the pass-band ripple is below 1 %.

    Parameters
    ----------
    x : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV, none missing (see `fill_missing`).
    fs : float
        Sampling frequency in Hz.
    low, high : float or None
        Edges of the band in Hz; None leaves that side open.
    before, after : int
        Samples at the two ends of `x` that are neighbours of a block: they are looked at, and their own
        filtered values are not returned. A block that starts at a multiple of `bandpass_step` and is given
        `bandpass_reach` neighbours has the bits that the whole recording has there.

    Returns
    -------
    ndarray of float32
        The filtered samples, of the shape of `x` without the neighbours, without delay.

    Raises
    ------
    ParameterError
        If `x` has missing samples, `fs` is not positive, or the band is empty or reaches half of `fs`.

    References
    ----------
    Kaiser, Nonrecursive digital filter design using the I0-sinh window function, Proc. IEEE ISCAS 1974.

    Examples
    --------
    >>> seconds = np.arange(3600) / 360
    >>> wander = np.sin(2 * np.pi * 0.05 * seconds)
    >>> inside = slice(bandpass_reach(360), -bandpass_reach(360))
    >>> bool(np.abs(bandpass(wander + 3, fs=360)[inside]).max() < 0.01)
    True
    """
    kernel = bandpass_kernel(fs, low, high)
    return per_lead(complete_samples(x), lambda lead: _convolve(lead, kernel, before, after))


def bandpass_step(fs: float, low: float | None = 0.5, high: float | None = 40.0) -> int:
    """Return the distance in samples of the places where `bandpass` begins a Fourier transform."""
    return _overlap_save(len(bandpass_kernel(fs, low, high)))[1]


def bandpass_reach(fs: float, low: float | None = 0.5, high: float | None = 40.0) -> int:
    """Return how many samples on each side `bandpass` depends on."""
    return len(bandpass_kernel(fs, low, high)) // 2


def notch(x: npt.ArrayLike, fs: float, mains: float = 50.0, harmonics: int = 1) -> npt.NDArray[np.float32]:
    """Remove mains hum; a linear-phase FIR filter without delay.

    Everything within 0.5 Hz of the mains frequency and of its harmonics is weakened by 45 dB or more,
    everything 1.5 Hz away and further passes.

    Parameters
    ----------
    x : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV, none missing (see `fill_missing`).
    fs : float
        Sampling frequency in Hz.
    mains : float
        Frequency of the mains in Hz: 50 or 60.
    harmonics : int
        How many multiples of `mains` to remove, including itself; those too near half of `fs` are skipped.

    Returns
    -------
    ndarray of float32
        The filtered samples, of the shape of `x`.

    Raises
    ------
    ParameterError
        If `x` has missing samples, `fs` is not positive, `mains` is not between 1.5 Hz and 1.5 Hz below half
        of `fs`, or `harmonics` is below 1.

    Examples
    --------
    >>> seconds = np.arange(3600) / 360
    >>> hum = np.sin(2 * np.pi * 60 * seconds)
    >>> bool(np.abs(notch(hum, fs=360, mains=60)[600:-600]).max() < 0.01)
    True
    """
    return _filter(x, notch_kernel(fs, mains, harmonics))


def notch_reach(fs: float, mains: float = 50.0, harmonics: int = 1) -> int:
    """Return how many samples on each side `notch` depends on."""
    return len(notch_kernel(fs, mains, harmonics)) // 2


def as_samples(x: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return samples as float32, time on the first axis, the array itself if it is so already.

    Raises
    ------
    ParameterError
        If there is no sample, or the array has neither one axis nor two.
    """
    samples = np.asarray(x, dtype=np.float32)
    if samples.ndim not in (1, 2) or 0 in samples.shape:
        raise ParameterError(
            f"x has shape {samples.shape};"
            " give (n_samples,) or (n_samples, n_leads) with at least one of each"
        )
    return samples


def is_complete(*leads: npt.NDArray[np.float32]) -> bool:
    """Return whether no sample is NaN or infinite, which the energy of a lead tells by one fast product.

    False as well where samples are finite but so large, above 1e15 or so, that their energy is not.

    Examples
    --------
    >>> is_complete(np.float32([1, 2])), is_complete(np.float32([1, 2]), np.float32([1, np.nan]))
    (True, False)
    """
    return all(isfinite(np.dot(lead, lead)) for lead in leads)


def complete_samples(x: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Return what `as_samples` returns, if no sample is missing.

    Raises
    ------
    ParameterError
        If `as_samples` refuses the array, or a sample is NaN or infinite.
    """
    samples = as_samples(x)
    if not isfinite(samples.sum(dtype=np.float64)):
        raise ParameterError("x has missing samples; fill them with fill_missing first")
    return samples


def runs(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return where each run of True starts, and where it stops (the first sample after it).

    Examples
    --------
    >>> runs(np.array([True, False, True, True]))
    (array([0, 2]), array([1, 4]))
    """
    changes = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    edges = np.concatenate([[0] if mask[:1].any() else [], changes, [len(mask)] if mask[-1:].any() else []])
    return edges[::2].astype(np.intp), edges[1::2].astype(np.intp)


def per_lead(
    x: npt.NDArray[np.float32], function: Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    """Return what a function makes of each lead; time is the first axis."""
    if x.ndim == 1:
        return function(x)
    first = function(x[:, 0])
    result = np.empty((len(first), x.shape[1]), dtype=np.float32)
    result[:, 0] = first
    for lead in range(1, x.shape[1]):
        result[:, lead] = function(x[:, lead])
    return result


def _filter(x: npt.ArrayLike, kernel: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return per_lead(complete_samples(x), lambda lead: _convolve(lead, kernel))


@lru_cache(maxsize=64)
def _overlap_save(n_kernel: int) -> tuple[int, int]:
    """Return the length of a Fourier transform, and how many samples of its result are valid."""
    size = _fast_length(max(4 * n_kernel, 4096))
    return size, size - 2 * (n_kernel // 2)


def _fast_length(n: int) -> int:
    """Return the smallest product of twos, threes and fives that is not below a length."""
    odd = [
        3**threes * 5**fives for threes in range(20) for fives in range(14) if 3**threes * 5**fives < 2 * n
    ]
    return min(each << max(0, (-(-n // each) - 1).bit_length()) for each in odd)


def _convolve(
    x: npt.NDArray[np.float32], kernel: npt.NDArray[np.float64], before: int = 0, after: int = 0
) -> npt.NDArray[np.float32]:
    """Convolve by overlap-save, a few blocks at a time: memory stays small and in cache."""
    reach = len(kernel) // 2
    size, step = _overlap_save(len(kernel))
    x = x[max(0, before - reach) : len(x) - max(0, after - reach)]
    before, after = min(before, reach), min(after, reach)
    n = len(x) - before - after
    n_blocks = ceil(n / step)
    padded = np.pad(x, (reach - before, reach - after + n_blocks * step - n), mode="edge")
    padded = padded[: 2 * reach + n_blocks * step]
    blocks = np.lib.stride_tricks.sliding_window_view(padded, size)[::step]
    spectrum = _spectrum(kernel.tobytes(), size)
    result = np.empty((n_blocks, step), dtype=np.float32)
    for first in range(0, n_blocks, _BLOCKS_AT_ONCE):
        some = slice(first, first + _BLOCKS_AT_ONCE)
        result[some] = fft.irfft(fft.rfft(blocks[some]) * spectrum, size)[:, 2 * reach :]
    return result.reshape(-1)[:n]


@lru_cache(maxsize=16)
def _spectrum(kernel: bytes, size: int) -> npt.NDArray[np.complex64]:
    return fft.rfft(np.frombuffer(kernel), size).astype(np.complex64)
