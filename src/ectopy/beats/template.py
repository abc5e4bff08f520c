"""The patient template: the usual beat of a person, found without labels."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

OWN_BEATS: Final = 2000
"""Consecutive beats, about half an hour, that share one picture of the person's own beat."""

USUAL: Final = 0.25
"""Share of the beats that are surely a person's own, even of one with many abnormal beats."""

LEAST: Final = 0.005
"""Beats of one person differ by this many mV at least; what is finer is the recorder's."""

Floats = npt.NDArray[np.float32]


def own_beat(windows: Floats) -> tuple[Floats, np.float32]:
    """Return the median of the half of the beats that are most alike, and how far a quarter of all stray.

    Plain medians would drift towards the abnormal beats of a person who has many.
    """
    first = quick_median(windows, axis=0)
    distance = np.abs(windows - first).mean(axis=-1)
    own = quick_median(windows[distance <= np.median(distance)], axis=0)
    usual = np.quantile(np.abs(windows - own).mean(axis=-1), USUAL)
    return own, np.float32(max(usual, LEAST))


def quick_median(values: Floats, axis: int) -> Floats:
    """Return `numpy.median` of numbers none of which is NaN, by sorting them, which is faster."""
    ordered = np.sort(np.moveaxis(values, axis, -1), axis=-1)
    n = ordered.shape[-1]
    return (ordered[..., (n - 1) // 2] + ordered[..., n // 2]) * np.float32(0.5)
