"""Parts of beats without what they lie on: a level, a slope, the T wave of the beat before."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

T_START: Final = 0.12
"""Seconds after an R peak from which on its T wave is taken off what follows."""

Floats = npt.NDArray[np.float64]
Real = TypeVar("Real", bound=np.floating)


def last_t_waves(usual: Floats, peak: int, fs: float, rr: Floats) -> Floats:
    """Return what the T wave of the beat before adds to each window.

    Parameters
    ----------
    usual : ndarray of float64, shape (n_times,)
        The usual beat.
    peak : int
        Index of its R peak.
    fs : float
        Rate of the windows in Hz.
    rr : ndarray of float64, shape (n_beats,)
        Seconds since the beat before each; of NaN nothing is left.

    Returns
    -------
    ndarray of float64, shape (n_beats, n_times)
    """
    n_times = len(usual)
    wave = np.append(usual - usual[-1], 0.0)
    wave[: peak + round(T_START * fs)] = 0
    since = np.arange(n_times) + np.nan_to_num(np.rint(rr * fs), nan=n_times).astype(np.int64)[:, np.newaxis]
    return wave[np.minimum(since, n_times)]


def centred(part: npt.NDArray[Real]) -> npt.NDArray[Real]:
    """Take away the mean of each stretch, of shape (..., n_times)."""
    return part - part.mean(axis=-1, keepdims=True)


def straightened(part: Floats) -> Floats:
    """Take away the straight line that fits each row best: what a beat lies on.

    Examples
    --------
    >>> straightened(np.array([[1.0, 2.0, 3.0]])).tolist()
    [[0.0, 0.0, 0.0]]
    """
    time = np.arange(part.shape[1]) - (part.shape[1] - 1) / 2
    return centred(part) - np.outer(part @ time / (time @ time), time)
