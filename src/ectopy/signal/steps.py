"""Steps: the level changes from one sample to the next and stays, as when an electrode is touched.

A QRS complex is as high, but it rises over several samples and comes back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

STEP_FLOOR: Final = 0.5
"""Height in mV below which a step does little harm."""

STEP_RATIO: Final = 4.0
"""How many times higher than what the signal changes by in the sample before and the one after."""

KEPT: Final = 0.6
"""Share of its height by which the level must still differ, all through `HELD_SECONDS` on either side."""

HELD_SECONDS: Final = 0.05
"""Seconds: half a QRS complex, in which a wave comes back."""

MARGIN_SECONDS: Final = 0.08
"""Seconds before and after a step that it disturbs."""

LOWEST_STEP_FS: Final = 120.0
"""Hz below which a narrow QRS complex rises within a sample; at 128 Hz eight beats of DS1 lie beside one."""


def find_steps(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.intp]:
    """Return the first sample after each step of one lead.

    Parameters
    ----------
    x : ndarray of float32, shape (n_samples,)
        In mV, NaN where missing; without pacing spikes (`ectopy.signal.clean`).
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of int, shape (n_steps,)
        Depends on nothing further away than `HELD_SECONDS`.

    Examples
    --------
    >>> touched = np.zeros(500, np.float32)
    >>> touched[200:] += 2 * np.exp(-np.arange(300) / 150).astype(np.float32)
    >>> find_steps(touched, fs=250).tolist()
    [200]
    """
    held = round(HELD_SECONDS * fs)
    if fs < LOWEST_STEP_FS or len(x) <= 2 * held + 1:
        return np.zeros(0, np.intp)
    with np.errstate(invalid="ignore"):
        steep = np.flatnonzero(np.abs(x[1:] - x[:-1]) > STEP_FLOOR) + 1
        steep = steep[(steep >= held) & (steep + held <= len(x))]
        height = x[steep] - x[steep - 1]
        beside = np.maximum(np.abs(x[steep - 1] - x[steep - 2]), np.abs(x[steep + 1] - x[steep]))
        sharp = np.abs(height) > STEP_RATIO * beside
        steep, height = steep[sharp], height[sharp]
        around = np.arange(held)
        before, after = x[steep[:, None] - 1 - around], x[steep[:, None] + around]
        up = np.sign(height)[:, None]
        gap = (up * after).min(axis=1, initial=np.inf) - (up * before).max(axis=1, initial=-np.inf)
        return np.asarray(steep[gap > KEPT * np.abs(height)])


def near_steps(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.intp]:
    """Return the samples of one lead that steps disturb, as `find_steps` finds them."""
    margin = round(MARGIN_SECONDS * fs)
    near = find_steps(x, fs)[:, None] + np.arange(-margin, margin)
    return near.ravel().clip(0, len(x) - 1)
