"""Which of the waves that the QRS network points at are beats: what it cannot see, for it sees no millivolts.

The network is shown each lead in sizes of its own beats, and where the heart stands still these are P waves.
So the gentler a wave rises, the surer the network has to be that it is a beat.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

SURE: Final = 0.9
"""Probability that a wave needs that does not rise at all."""

STEEP: Final = 16.0
"""Steepness in mV/s that makes up for all of it; a P wave 0.25 mV high and 0.1 s wide rises by 7.

Both were chosen on people and simulated hearts that were learned from or are there to choose by, so that few
beats are lost by this rule, and most P waves that were taken for beats in a standstill go."""

_STEEP_REACH: Final = 5
"""Grid samples on each side of a peak that hold the steepest part of its wave."""


def beats_among(
    peaks: npt.NDArray[np.int64],
    signal: npt.NDArray[np.float32],
    probability: npt.NDArray[np.float32],
    rate: float,
) -> npt.NDArray[np.int64]:
    """Return the waves that are beats.

    Parameters
    ----------
    peaks : ndarray of int64, shape (n,)
        Grid samples of the waves that the network points at, rising.
    signal : ndarray of float32, shape (n_leads, n_times)
        The leads in mV, from `ectopy.signal.qrs_input`.
    probability : ndarray of float32, shape (n,)
        How sure the network is of each wave.
    rate : float
        Rate of the grid in Hz.

    Returns
    -------
    ndarray of int64
        Grid samples of the beats, rising.
    """
    beats = probability >= SURE
    doubtful = peaks[~beats]
    near = np.clip(doubtful[:, None] + np.arange(-_STEEP_REACH, _STEEP_REACH + 1), 1, signal.shape[1] - 2)
    rises = np.abs(signal[:, near + 1] - signal[:, near - 1]) * np.float32(rate / 2)
    steepness = rises.max(axis=(0, 2), initial=0)
    beats[~beats] = probability[~beats] >= SURE - steepness / STEEP
    return peaks[beats]
