"""Jumps: within half a second the level moves by more than any heartbeat moves it, as when electrodes pop."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.sliding import (
    held_ends,
    maximum_filter1d,
    median_filter,
    pooled_samples,
    sliding_sums,
    windows,
)

ARTEFACT_FLOOR: Final = 0.8
ARTEFACT_RATIO: Final = 1.3
"""Artefact: a level that jumps within half a second by more than this many mV and this many QRS heights.

Chosen on DS1, with pops laid over it, so that few of its ventricular beats lie beside such a jump."""

TYPICAL: Final = 21
"""Blocks, 10 s, that the usual QRS height is the median of: a pop among them does not move it."""

_LEVEL_RATE: Final = 30.0
"""Rate in Hz, or just above, at which the level is followed."""

_LEVEL_SECONDS: Final = 0.36
"""Length of the median that is the level: longer than any QRS complex."""

_LEVEL_APART: Final = 0.25
_JUMP_MARGIN: Final = 0.08
"""Seconds before and after a sample that the level is compared at, and that the ends of jumps are cut by."""

ABRUPT_SECONDS: Final = 0.1
ABRUPT_SHARE: Final = 0.5
"""A jump moves the level by at least this share of the whole within so many seconds. Wander moves it by a
fifth, with T waves on it by two."""

EDGE_SHARE: Final = 0.6
EDGE_SECONDS: Final = 0.75
"""A jump changes the level by more than this share of what it changes by at most, so many seconds to either
side: the slow return after a pop, on which beats stand out as ever, is none."""

_STRETCH: Final = 5
"""How many times as long as what a change looks at are the stretches that are looked through at once."""


def find_jumps(
    x: npt.NDArray[np.float32], fs: float, height: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Find, some 30 times a second, where the level jumps by more than any heartbeat makes it.

    Parameters
    ----------
    x : ndarray of float32, shape (n_leads, n_samples)
        In mV, without gaps.
    fs : float
        Sampling frequency in Hz.
    height : ndarray of float32, shape (n_leads, n_blocks)
        Of the QRS complexes around each block in mV; the blocks are of one length and cover the samples.

    Returns
    -------
    ndarray of bool, shape (n_leads, n_steps)
        As many steps in each block as make 30 or more a second.
    """
    block = x.shape[1] // height.shape[1]
    steps = (step for step in range(1, block + 1) if block % step == 0 and fs / step >= _LEVEL_RATE)
    step = max(steps)
    rate = fs / step
    jump = _level_changes(pooled_samples(x, step), rate)
    if jump.max() <= ARTEFACT_FLOOR:
        return np.zeros(jump.shape, bool)
    usual = np.repeat(median_filter(height, TYPICAL, mode="nearest"), block // step, axis=1)
    most = maximum_filter1d(jump, 2 * round(EDGE_SECONDS * rate) + 1, mode="nearest")
    jumps = jump > np.maximum(np.maximum(ARTEFACT_FLOOR, ARTEFACT_RATIO * usual), EDGE_SHARE * most)
    margin = round(_JUMP_MARGIN * rate)
    calm = np.pad(~jumps, ((0, 0), (margin, margin)), constant_values=True).astype(np.float32)
    return maximum_filter1d(calm, 2 * margin + 1, mode="nearest")[:, margin:-margin] == 0


def _level_changes(x: npt.NDArray[np.float32], rate: float) -> npt.NDArray[np.float32]:
    """Return how far the level before each sample is from that after it; zero where that is no jump."""
    width, apart = round(_LEVEL_SECONDS * rate) | 1, round(_LEVEL_APART * rate)
    half = max(1, round(ABRUPT_SECONDS / 2 * rate))
    changes = np.zeros_like(x)
    for lead, change, doubtful in zip(x, changes, _may_jump(x, width, apart), strict=True):
        if not doubtful.any():
            continue
        level = _level_near(lead, doubtful, width, apart + half)
        change[doubtful] = np.abs(_across(level, apart))[doubtful]
        quick = maximum_filter1d(np.abs(_across(level, half)), 2 * apart + 1, mode="nearest")
        change[quick < ABRUPT_SHARE * change] = 0
    return changes


def _level_near(
    lead: npt.NDArray[np.float32], places: npt.NDArray[np.bool_], width: int, reach: int
) -> npt.NDArray[np.float32]:
    """Return the median of `width` samples around each one within reach of some places, zero elsewhere."""
    near = np.flatnonzero(maximum_filter1d(places.astype(np.float32), 2 * reach + 1, mode="constant"))
    level = np.zeros_like(lead)
    around = windows(held_ends(lead, width // 2, width // 2), width)
    level[near] = np.partition(around[near], width // 2, axis=1)[:, width // 2]
    return level


def _across(level: npt.NDArray[np.float32], far: int) -> npt.NDArray[np.float32]:
    """Return what lies so many samples after each one, less what lies as many before."""
    held = held_ends(level, far, far)
    return held[2 * far :] - held[: -2 * far]


def _may_jump(x: npt.NDArray[np.float32], width: int, apart: int) -> npt.NDArray[np.bool_]:
    """Say where medians of `width` samples, `apart` before and after, may differ by a jump.

    They cannot in a stretch in which every median is near the mean, because few samples are not.
    """
    reach = width // 2 + apart
    size, n = _STRETCH * reach, x.shape[1]
    stretches = windows(held_ends(x, reach, reach + -n % size), size + 2 * reach)[:, ::size]
    mean = stretches.mean(axis=2, keepdims=True)
    near = np.float32(0.49 * ARTEFACT_FLOOR)
    most = [
        sliding_sums(far.view(np.uint8), width).max(axis=2)
        for far in (stretches > mean + near, stretches < mean - near)
    ]
    return np.repeat(np.maximum(*most) > width // 2, size, axis=1)[:, :n]
