"""Impulse responses of the filters, by Kaiser window design; computed once and cached."""

from __future__ import annotations

from functools import lru_cache
from math import ceil, isfinite
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError

ATTENUATION: Final = 50.0
"""Stop-band attenuation of every filter in dB: 1 mV of what is removed leaves 3 µV."""

_KAISER_BETA: Final = 0.5842 * (ATTENUATION - 21) ** 0.4 + 0.07886 * (ATTENUATION - 21)
"""Shape of the window, by Kaiser's formula for 21 to 50 dB."""

NOTCH_HALF_WIDTH: Final = 1.0
"""Hz from the mains frequency at which a notch passes half the amplitude; the mains drift by less."""

MIN_WIDTH: Final = 0.01
"""Hz; narrowest transition of a band-pass, as the reach of a narrower one would be minutes."""

RESAMPLING_PERIODS: Final = 16
"""Samples of the slower rate on each side that a sample is resampled from."""


def check_fs(fs: float, name: str = "fs") -> None:
    """Raise if a sampling frequency is not a positive number.

    Raises
    ------
    ParameterError
        If it is zero, negative, infinite or NaN.
    """
    if not (isfinite(fs) and fs > 0):
        raise ParameterError(f"{name}={fs} Hz is not possible; give a positive number of Hz")


@lru_cache(maxsize=32)
def bandpass_kernel(fs: float, low: float | None, high: float | None) -> npt.NDArray[np.float64]:
    """Design a band-pass: the low-pass at `high` less the low-pass at `low`.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    low, high : float or None
        Edges of the band in Hz, where half the amplitude passes; None leaves that side open.

    Returns
    -------
    ndarray of float64, odd length
        The symmetric impulse response.

    Raises
    ------
    ParameterError
        If `fs` is not positive, or the band is empty, too sharp to filter, or reaches half of `fs`.
    """
    check_fs(fs)
    bottom, top = low or 0.0, fs / 2 if high is None else high
    if high is not None and high > fs / 2 - MIN_WIDTH:
        raise ParameterError(
            f"high={high:g} Hz reaches half of fs={fs:g} Hz; give less than {fs / 2:g} Hz, or None"
        )
    if not 0 <= bottom <= top - MIN_WIDTH:
        raise ParameterError(f"low={low} Hz and high={high} Hz leave no band; give 0 < low < high < fs / 2")
    if 0 < bottom < MIN_WIDTH:
        raise ParameterError(f"low={low} Hz is too low to filter; give {MIN_WIDTH} Hz or more, or None")
    above, below = _impulse(0), np.zeros(1)
    if high is not None:
        above = _lowpass(high / fs, min(high / 4, high - bottom, fs - 2 * high) / fs)
    if bottom:
        below = _lowpass(bottom / fs, min(bottom, top - bottom) / fs)
    reach = max(len(above), len(below)) // 2
    return _widened(above, reach) - _widened(below, reach)


@lru_cache(maxsize=32)
def notch_kernel(fs: float, mains: float, harmonics: int) -> npt.NDArray[np.float64]:
    """Design a notch: everything less a narrow low-pass moved to each multiple of the mains.

    Parameters
    ----------
    fs, mains : float
        Sampling and mains frequency in Hz.
    harmonics : int
        How many multiples of `mains` to remove, including itself; those too near half of `fs` are skipped.

    Returns
    -------
    ndarray of float64, odd length
        The symmetric impulse response.

    Raises
    ------
    ParameterError
        If `fs` is not positive, `mains` too near 0 or half of `fs`, or `harmonics` below 1.
    """
    check_fs(fs)
    lowest, highest = 1.5 * NOTCH_HALF_WIDTH, fs / 2 - 1.5 * NOTCH_HALF_WIDTH
    if not lowest < mains < highest:
        raise ParameterError(
            f"mains={mains:g} Hz cannot be removed at fs={fs:g} Hz;"
            f" give one between {lowest:g} and {highest:g} Hz"
        )
    if harmonics < 1:
        raise ParameterError(f"harmonics={harmonics} removes nothing; give 1 or more")
    narrow = _lowpass(NOTCH_HALF_WIDTH / fs, NOTCH_HALF_WIDTH / fs)
    reach = len(narrow) // 2
    multiples = mains * np.arange(1, min(harmonics, ceil(highest / mains) - 1) + 1)
    turns = np.outer(multiples / fs, np.arange(-reach, reach + 1))
    return np.asarray(_impulse(reach) - narrow * 2 * np.cos(2 * np.pi * turns).sum(axis=0))


@lru_cache(maxsize=32)
def resampling_kernel(up: int, down: int) -> npt.NDArray[np.float32]:
    """Design the low-pass of a change of rate by ``up / down``: it stops at half of the lower rate.

    Parameters
    ----------
    up, down : int
        The ratio in lowest terms.

    Returns
    -------
    ndarray of float32, odd length
        The symmetric impulse response at `up` times the input rate; each half is a whole number of input
        samples long.
    """
    slower = max(up, down)
    reach = ceil(RESAMPLING_PERIODS * slower / up) * up
    width = (ATTENUATION - 7.95) / (14.36 * 2 * reach)
    return np.asarray(up * _lowpass(0.5 / slower - width / 2, width, reach), dtype=np.float32)


def _lowpass(cutoff: float, width: float, reach: int | None = None) -> npt.NDArray[np.float64]:
    """Design a low-pass of odd length; `cutoff` and transition `width` in cycles per sample."""
    if reach is None:
        reach = ceil((ATTENUATION - 7.95) / (14.36 * width) / 2)
    times = np.arange(-reach, reach + 1)
    window = np.kaiser(len(times), _KAISER_BETA)
    kernel = 2 * cutoff * np.sinc(2 * cutoff * times) * window
    return np.asarray(kernel / kernel.sum())


def _impulse(reach: int) -> npt.NDArray[np.float64]:
    kernel = np.zeros(2 * reach + 1)
    kernel[reach] = 1.0
    return kernel


def _widened(kernel: npt.NDArray[np.float64], reach: int) -> npt.NDArray[np.float64]:
    return np.pad(kernel, reach - len(kernel) // 2)
