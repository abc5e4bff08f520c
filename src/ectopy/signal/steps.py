"""Steps: the level changes at once and stays, as when an electrode is touched, or in a calibration pulse.

A QRS complex is as high, but it rises over several samples and comes back; and where one rises as fast and
stays high, the level before or after it is not as straight as a square pulse.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

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

SPANNED: Final = 1.0
"""Share of its height that the signal spans on either side at the most. Beside steps of training people it is
0.6 and less; an R wave of 60 ms whose end falls within a sample is 1.4 times as high as that fall."""

MARGIN_SECONDS: Final = 0.08
"""Seconds before and after a step that it disturbs."""

SQUARE_FLOOR: Final = 0.15
"""Height in mV of the lowest edge of a square pulse."""

RISE_SECONDS: Final = 0.008
"""Seconds within which an edge rises, or one sample."""

STRAIGHT_SECONDS: Final = 0.08
"""Seconds before and after an edge over which the level is a straight line."""

STRAIGHT: Final = 0.04
SLOPING: Final = 0.35
"""Shares of its height by which the level strays from that line, and by which the line may fall: what a
high-pass filter of 0.5 Hz leaves of a pulse falls by 0.22. Beside one beat of DS1, in noise of 203, there is
such an edge, and beside none of the training people of the QT Database."""

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
        if not len(steep):
            return steep
        steep = steep[(steep >= held) & (steep + held <= len(x))]
        height = x[steep] - x[steep - 1]
        beside = np.maximum(np.abs(x[steep - 1] - x[steep - 2]), np.abs(x[steep + 1] - x[steep]))
        sharp = np.abs(height) > STEP_RATIO * beside
        steep, height = steep[sharp], height[sharp]
        around = np.arange(held)
        before, after = x[steep[:, None] - 1 - around], x[steep[:, None] + around]
        up = np.sign(height)[:, None]
        gap = (up * after).min(axis=1, initial=np.inf) - (up * before).max(axis=1, initial=-np.inf)
        spanned = np.maximum(np.ptp(before, axis=1), np.ptp(after, axis=1))
        held_level = (gap > KEPT * np.abs(height)) & (spanned < SPANNED * np.abs(height))
        return np.asarray(steep[held_level])


def find_square_edges(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.intp]:
    """Return the first sample after each edge of the square pulses of one lead.

    Parameters
    ----------
    x : ndarray of float32, shape (n_samples,)
        In mV, NaN where missing; without pacing spikes (`ectopy.signal.clean`).
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of int, shape (n_edges,)
        Depends on nothing further away than `STRAIGHT_SECONDS` and `RISE_SECONDS`.

    Examples
    --------
    >>> pulse = np.zeros(500, np.float32)
    >>> pulse[200:300] = 0.5
    >>> find_square_edges(pulse, fs=250).tolist()
    [200, 300]
    """
    rise, side = max(1, round(RISE_SECONDS * fs)), round(STRAIGHT_SECONDS * fs)
    if fs < LOWEST_STEP_FS or len(x) < 2 * side + rise:
        return np.zeros(0, np.intp)
    with np.errstate(invalid="ignore"):
        change = np.abs(x[rise:] - x[:-rise])
        steep = np.flatnonzero(change > SQUARE_FLOOR)
        steep = steep[(steep + 1 >= side) & (steep + rise + side <= len(x))]
        half = side // 2
        steep = steep[np.abs(x[steep] - x[steep - half]) < SLOPING * change[steep]]
        steep = steep[np.abs(x[steep + rise + half] - x[steep + rise]) < SLOPING * change[steep]]
    if not len(steep):  # few QRS complexes come so far
        return steep
    before, after = (
        _Line.through(x[(steep + first)[:, None] + np.arange(side)]) for first in (1 - side, rise)
    )
    height = np.abs(after.level - after.climb / 2 - before.level - before.climb / 2)
    straight = np.maximum(before.rest, after.rest) < STRAIGHT * height
    level = np.maximum(np.abs(before.climb), np.abs(after.climb)) < SLOPING * height
    found = steep[straight & level & (height > SQUARE_FLOOR)] + rise
    return np.asarray(found[np.diff(found, prepend=-side) > rise])  # of those within one rise the first


@dataclass(frozen=True, eq=False)
class _Line:
    """Straight lines through stretches of samples: their middle, what they rise by, and what is left, rms."""

    level: npt.NDArray[np.float32]
    climb: npt.NDArray[np.float32]
    rest: npt.NDArray[np.float32]

    @classmethod
    def through(cls, stretches: npt.NDArray[np.float32]) -> Self:
        n = stretches.shape[1]
        found = stretches @ _line_matrix(n)
        return cls(found[:, 0], found[:, 1], np.sqrt(np.square(found[:, 2:]).mean(axis=1)))


@lru_cache(maxsize=16)
def _line_matrix(n: int) -> npt.NDArray[np.float32]:
    """Return what each of `n` samples adds to level, climb and the rest at each sample."""
    time = np.arange(n) - (n - 1) / 2
    level, slope = np.full(n, 1 / n), time / np.square(time).sum()
    rest = np.eye(n) - level - np.outer(slope, time)
    return np.column_stack([level, slope * n, rest]).astype(np.float32)


def near_steps(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.intp]:
    """Return the samples of one lead that steps disturb, and the edges of square pulses."""
    margin = round(MARGIN_SECONDS * fs)
    steps = np.concatenate([find_steps(x, fs), find_square_edges(x, fs)])
    near = steps[:, None] + np.arange(-margin, margin)
    return near.ravel().clip(0, len(x) - 1)
