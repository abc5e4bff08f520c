"""The grid of counts that floating-point samples lie on: a converter wrote them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

_MOST_COUNTS: Final = 1 << 23
"""Largest distance of two counts that 32-bit floating-point numbers keep apart."""

_TOLERANCE: Final = 2.0**-21
"""Share of the largest sample by which single precision may move one."""

_NEAR: Final = 1e-4
"""Share by which a gain may differ from a round one that is meant."""


class Grid(NamedTuple):
    """Counts in a unit, and the count at zero."""

    gain: float
    baseline: float

    def fits(self, samples: npt.NDArray[np.float32]) -> bool:
        """Whether samples, none missing, are counts, but for single precision."""
        exact = samples.astype(np.float64)
        counts = np.rint(exact * self.gain + self.baseline)
        if not len(counts) or np.ptp(counts) > _MOST_COUNTS or np.abs(counts).max() > 2 * _MOST_COUNTS:
            return not len(counts)
        allowed = min(_TOLERANCE * np.abs(exact).max(), 0.1 / abs(self.gain))
        return bool(np.abs((counts - self.baseline) / self.gain - exact).max() <= allowed)


def find_grid(samples: npt.NDArray[np.float32]) -> Grid | None:
    """Return the coarsest grid that samples, none missing, seem to lie on; None where they seem to on none.

    Examples
    --------
    >>> find_grid((np.array([1, 2, 5, -3, 60, 62]) / 200).astype(np.float32))
    Grid(gain=200.0, baseline=0.0)
    """
    values = np.unique(samples.astype(np.float64))
    if len(values) < 2:
        return Grid(1.0, -float(values[0])) if len(values) else Grid(1.0, 0.0)
    offsets = values - values[0]
    step = float(np.diff(values).min())
    n = 1
    while n < len(offsets):  # what is wrong with the step shows only over a distance
        n = min(2 * n, len(offsets))
        step = offsets[n - 1] / max(1.0, np.rint(offsets[n - 1] / step))
    gain = _rounded(1.0 / step)
    baseline = -float(values[0]) * gain
    baseline -= np.rint(baseline)
    grid = Grid(gain, 0.0 if abs(baseline) < 0.01 else baseline)
    return grid if grid.fits(samples) else None


def _rounded(gain: float) -> float:
    """Return the round number that a gain is nearly equal to, or the gain."""
    meant = float(f"{gain:.4g}")
    return meant if abs(gain - meant) < _NEAR * meant else gain
