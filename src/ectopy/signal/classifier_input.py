"""Input of the signal classifier: conditioned leads at 60 Hz, in heights of the waves nearby."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.sliding import maximum_filter1d, median_filter, uniform_filter1d

INPUT_FS: Final = 120.0
"""Hz; rate of the conditioned signal that frames are made of."""

FRAME: Final = 60
"""Samples at that rate in a frame: half a second."""

SAMPLES: Final = FRAME // 2
"""Samples that the network sees of each frame, at 60 Hz."""

SMALLEST: Final = 0.05
"""Height in mV that a lead is divided by at least, so that noise is not blown up."""

LARGEST: Final = 8.0
"""Limit of the scaled samples, in heights of the waves nearby."""

_HIGHEST: Final = 3
"""Frames, 1.5 s, whose highest wave counts: one beat at least lies in them."""

_NEARBY: Final = 21
"""Frames, ten seconds, over which the median of those heights is taken."""


def signal_input(leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Bring conditioned leads to what the network sees.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_leads, n_samples)
        In mV at 120 Hz; whole frames.

    Returns
    -------
    ndarray of float32, shape (n_leads, n_samples / 2)
        At 60 Hz, in heights of the waves nearby.
    """
    return scaled(halved(leads))


def halved(leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Bring leads, shape (n_leads, n_samples), from 120 to 60 Hz; a quarter of each neighbour is enough."""
    low = np.float32(0.5) * leads[:, ::2]
    low += np.float32(0.25) * leads[:, 1::2]
    low[:, 1:] += np.float32(0.25) * leads[:, 1:-1:2]
    return low


def scaled(leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Divide leads at 60 Hz, shape (n_leads, n_times), by the height of the waves nearby."""
    frames = leads.reshape(len(leads), -1, SAMPLES)
    heights = np.abs(frames[..., 0])
    for sample in range(1, SAMPLES):  # faster than a maximum over so short an axis
        np.maximum(heights, np.abs(frames[..., sample]), out=heights)
    highest = maximum_filter1d(heights, _HIGHEST, mode="nearest")
    typical = median_filter(highest, _NEARBY)
    sizes = np.maximum(uniform_filter1d(typical, _HIGHEST, mode="nearest"), np.float32(SMALLEST))
    sized = frames * (1 / sizes)[:, :, None]
    return np.clip(sized, -LARGEST, LARGEST, out=sized).reshape(leads.shape)
