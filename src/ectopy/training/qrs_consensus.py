"""Beats that nobody can doubt, of recordings without marks: to learn from, not to be measured by.

The slopes of all leads together stand high at a QRS complex and low elsewhere. Where every peak of them is
either much higher or much lower than half of the usual one, the high ones are beats; a recording with any
peak in between is left out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage, signal

CERTAIN: Final = (0.3, 0.55)
"""Heights, as shares of the median beat's, between which a peak of the slopes may be a beat or not."""

FEWEST: Final = 5
"""Beats below which a recording says too little about what is usual."""

_BAND: Final = (6.0, 25.0)
"""Hz; the QRS complex stands out most there."""

_SMOOTH: Final = 0.08
"""Seconds of the moving average: a narrow QRS."""

_APART: Final = 0.2
"""Seconds between two peaks."""

_TOP: Final = 0.07
"""Seconds around a peak of the slopes in which the largest deflection lies."""

_EDGE: Final = 0.3
"""Seconds at either end in which half a beat may lie, so that nothing is told."""


def undoubted_beats(leads: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.int64] | None:
    """Return the beats of a short recording, or None if any wave in it leaves a doubt.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_samples, n_leads)
        In mV, nothing missing.
    fs : float
        Rate in Hz.

    Returns
    -------
    ndarray of int64 or None
        The largest deflection of each beat, in samples; none in the first and last 0.3 s.
    """
    if len(leads) < 4 * fs or not np.isfinite(leads).all():
        return None
    band = signal.butter(2, _BAND, "bandpass", fs=fs, output="sos")
    narrow = signal.sosfiltfilt(band, leads, axis=0)
    slopes = np.abs(np.gradient(narrow, axis=0)).sum(axis=1)
    height = ndimage.uniform_filter1d(slopes, max(1, round(_SMOOTH * fs)))
    edge = round(_EDGE * fs)
    peaks = signal.find_peaks(height, distance=round(_APART * fs))[0]
    peaks = peaks[(peaks >= edge) & (peaks < len(leads) - edge)]
    beats = _certain(height[peaks])
    if beats is None:
        return None
    reach = round(_TOP * fs)
    near = peaks[beats, None] + np.arange(-reach, reach + 1)
    sizes = np.abs(narrow).sum(axis=1)
    return np.asarray(near[np.arange(len(near)), sizes[near].argmax(axis=1)], dtype=np.int64)


def _certain(heights: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_] | None:
    """Return which peaks are beats, or None where that can be doubted."""
    if len(heights) < FEWEST:
        return None
    usual = np.median(heights[heights > 0.5 * np.quantile(heights, 0.9)])
    low, high = CERTAIN
    if ((heights > low * usual) & (heights < high * usual)).any() or heights.max() > 3 * usual:
        return None
    beats = heights >= high * usual
    return beats if beats.sum() >= FEWEST else None
