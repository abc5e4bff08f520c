"""Which beats are P waves that no QRS followed, by the P waves of the beats around them.

A detector that sees a P wave alone for many seconds, in ventricular standstill, has nothing to tell it from a
small beat. The beats before and after do: it looks like what stands before their QRS.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

PLACES: Final = (-0.30, -0.11)
"""Seconds from an R peak in which the top of its P wave lies."""

HALF: Final = 0.07
"""Seconds on each side of its top that hold a P wave."""

SAME: Final = 0.35
"""Difference from the usual P wave, as a share of its size, below which a wave is one."""

LOW: Final = 0.5
"""Share of the height of the usual QRS that neither the wave nor what follows it reaches."""

VISIBLE: Final = 0.04
"""Share of the height of the usual QRS below which a P wave cannot be compared."""

FOLLOWED: Final = 0.34
"""Seconds after a P wave in which its QRS comes, if it is conducted."""

QRS: Final = (-0.06, 0.1)
"""Seconds from the R peak that hold the QRS."""

MIN_BEATS: Final = 8
"""Fewer beats tell no usual one."""

Floats = npt.NDArray[np.float32]


def lone_p_waves(windows: Floats, fs: float, peak: int) -> npt.NDArray[np.bool_]:
    """Return which beats are P waves without a QRS.

    Parameters
    ----------
    windows : ndarray of float32, shape (n_beats, n_leads, n_times)
        Consecutive beats of one recording in mV, most of them no P waves.
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the detected peak.

    Returns
    -------
    ndarray of bool, shape (n_beats,)

    Examples
    --------
    >>> time = np.arange(-48, 48) / 120
    >>> qrs = np.exp(-0.5 * (time / 0.01) ** 2)
    >>> early, alone = (0.3 * np.exp(-0.5 * ((time - at) / 0.025) ** 2) for at in (-0.17, 0))
    >>> beats = np.stack([early + qrs] * 9 + [alone])[:, np.newaxis]
    >>> np.flatnonzero(lone_p_waves(beats.astype(np.float32), 120, 48)).tolist()
    [9]
    """
    lone = np.zeros(len(windows), bool)
    if len(windows) < MIN_BEATS:
        return lone
    usual = np.median(windows, axis=0)
    height = np.ptp(_part(usual, peak, fs, *QRS), axis=-1)
    highest = int(height.argmax())
    reached = [
        np.ptp(_part(windows[:, highest], peak, fs, *seconds), axis=-1)
        for seconds in (QRS, (QRS[1], FOLLOWED))
    ]
    low = np.flatnonzero(np.maximum(*reached) < LOW * height[highest])
    if low.size:
        waves = _centred(_part(windows[low], peak, fs, -HALF, HALF))
        nearest = np.full(len(low), np.inf)
        first, last = (round(second * fs) for second in PLACES)
        for place in range(first, last + 1):
            p_wave = _centred(_part(usual, peak + place, fs, -HALF, HALF))
            if np.ptp(p_wave[highest]) >= VISIBLE * height[highest]:
                difference = np.linalg.norm(waves - p_wave, axis=(1, 2))
                nearest = np.minimum(nearest, difference / np.linalg.norm(p_wave))
        lone[low] = nearest <= SAME
    return lone


def _part(windows: Floats, peak: int, fs: float, start: float, stop: float) -> Floats:
    return windows[..., max(0, peak + round(start * fs)) : peak + round(stop * fs) + 1]


def _centred(part: Floats) -> Floats:
    return part - part.mean(axis=-1, keepdims=True)
