"""Wide beats drawn over those of a recording: what a ventricular focus might look like on its lead.

Where a recording has no ventricular beats, or nobody marked them, some are made: a QRS of random lobes with a
T wave that points away from it, or the usual beat of another person, slower and of any sign.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.training.fusion_beats import FUSED, FUSION_FADE
from ectopy.training.rhythm_augmentation import AnnotatedSignal, qrs_height

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

FOCI: Final = 2
"""Shapes of the wide beats of a recording, at the most."""

DRAWN_SHARE: Final = 0.5
"""Share of the foci whose beats are drawn; the others are beats of other people."""

HEIGHTS: Final = (0.6, 2.2)
"""Range of the height of a wide QRS to that of the usual one."""

SLOWER: Final = (1.2, 2.4)
"""Range of the factor by which the beat of another person is stretched in time."""

SPREAD: Final = 0.08
"""Standard deviation of the height of single beats of a focus, as a natural logarithm."""


def with_wide_beats(
    recording: AnnotatedSignal,
    rows: npt.NDArray[np.integer],
    others: Floats,
    fs: float,
    rng: np.random.Generator,
) -> AnnotatedSignal:
    """Draw wide beats over some of the beats of a recording, and call them V.

    Parameters
    ----------
    recording : AnnotatedSignal
        One lead.
    rows : ndarray of int, shape (n,)
        Which beats.
    others : ndarray of float32, shape (n_people, n_times)
        Usual beats of other people at the same rate, their R peak in the middle.
    fs : float
        Rate in Hz.
    rng : numpy.random.Generator
        Of all random numbers.

    Returns
    -------
    AnnotatedSignal
    """
    offsets = np.arange(-round(FUSED[0] * fs), round(FUSED[1] * fs))
    peaks = recording.peaks[rows]
    inside = (peaks + offsets[0] >= 0) & (peaks + offsets[-1] < len(recording.signal))
    rows, peaks = rows[inside], peaks[inside]
    if not len(rows):
        return recording
    shapes = np.stack([_focus(offsets / fs, others, rng) for _ in range(rng.integers(1, FOCI + 1))])
    height = float(qrs_height(recording)[0]) * rng.uniform(*HEIGHTS)
    sizes = height * np.exp(rng.normal(0, SPREAD, len(rows)))
    edge = np.minimum(offsets - offsets[0], offsets[-1] - offsets) / (FUSION_FADE * fs)
    share = np.minimum(1, edge)[:, np.newaxis]
    signal, classes = recording.signal.copy(), recording.classes.copy()
    focus = rng.integers(0, len(shapes), len(rows))
    for peak, shape, size in zip(peaks, shapes[focus], sizes, strict=True):
        part = signal[peak + offsets]
        signal[peak + offsets] = (1 - share) * part + share * shape[:, np.newaxis] * size
    classes[rows] = "V"
    return replace(recording, signal=signal, classes=classes)


def _focus(seconds: Doubles, others: Floats, rng: np.random.Generator) -> Doubles:
    """Return the shape of the beats of one focus, its QRS of height 1, (n_times,)."""
    shape = _drawn(seconds, rng) if rng.random() < DRAWN_SHARE else _stretched(seconds, others, rng)
    shape = shape - (shape[0] + shape[-1]) / 2
    return shape * rng.choice([-1, 1]) / max(float(np.ptp(shape[seconds < 0.17])), 1e-3)


def _drawn(seconds: Doubles, rng: np.random.Generator) -> Doubles:
    """Return a QRS of three lobes and a T wave that points away from the largest."""
    centres = np.array([rng.uniform(-0.055, -0.03), 0.0, rng.uniform(0.035, 0.07), rng.uniform(0.23, 0.33)])
    widths = rng.uniform([0.012, 0.018, 0.014, 0.045], [0.022, 0.038, 0.03, 0.09])
    sizes = rng.uniform([-0.4, 1.0, -0.8, -0.7], [0.4, 1.0, 0.8, -0.1])
    waves = np.exp(-0.5 * ((seconds[:, np.newaxis] - centres) / widths) ** 2) * sizes
    return np.asarray(waves.sum(axis=1))


def _stretched(seconds: Doubles, others: Floats, rng: np.random.Generator) -> Doubles:
    """Return the usual beat of another person, slower."""
    other = others[rng.integers(len(others))]
    middle = len(other) // 2
    step = seconds[1] - seconds[0]
    return np.interp(seconds / rng.uniform(*SLOWER) / step + middle, np.arange(len(other)), other)
