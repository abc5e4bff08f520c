"""Quantisation: numbers as whole steps, and the bits that are needed to store them.

A compression ratio must count all bits that are needed to rebuild the signal. Here
numbers are rounded to whole steps, and the steps are written by an arithmetic coder (Witten, Neal and Cleary,
Commun. ACM 30(6), 1987) whose probabilities were learned beforehand from other signals, so that no table
travels with the data. Its output is within two bits of the ideal length, which is what is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError

Steps = npt.NDArray[np.int64]
Values = npt.NDArray[np.floating[Any]]

TERMINATION_BITS = 2
"""What an arithmetic coder needs beyond the ideal length to end a message."""

_UNSEEN = 0.5
"""Count given to a step that was possible and did not occur (Krichevsky and Trofimov 1981)."""


@dataclass(frozen=True)
class Quantiser:
    """Rounds numbers to whole steps.

    Parameters
    ----------
    step : float
        Size of a step, in the unit of the numbers.
    rounding : float
        From which share of a step on a magnitude is rounded up is ``1 - rounding``: 0.5 rounds to the
        nearest, less widens the zone around zero, which saves bits where most numbers are near zero.
    limit : float
        Largest magnitude in steps that is kept; what is beyond saturates.

    Raises
    ------
    ParameterError
        If the step is not above zero, or the rounding not between 0 and 1.

    Examples
    --------
    >>> quantiser = Quantiser(0.5)
    >>> quantiser.steps(np.array([0.2, 0.3, -1.1])).tolist()
    [0, 1, -2]
    >>> quantiser.values(np.array([0, 1, -2])).tolist()
    [0.0, 0.5, -1.0]
    """

    step: float
    rounding: float = 0.5
    limit: float = inf

    def __post_init__(self) -> None:
        if not (isfinite(self.step) and self.step > 0):
            raise ParameterError(f"step={self.step!r} is not possible; give a size above 0")
        if not 0 <= self.rounding < 1:
            raise ParameterError(f"rounding={self.rounding!r} is not possible; give 0 or more, below 1")

    def steps(self, values: Values) -> Steps:
        """Return whole steps of the same shape."""
        magnitude = np.floor(np.abs(values) / self.step + self.rounding)
        return np.asarray(np.sign(values) * np.minimum(magnitude, self.limit), dtype=np.int64)

    def values(self, steps: Steps) -> npt.NDArray[np.float32]:
        """Return what is rebuilt from whole steps."""
        return np.asarray(steps * self.step, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class EntropyCode:
    """The cost of each step in each column, learned from other signals.

    Parameters
    ----------
    lowest : int
        The step of the first column of ``costs``.
    costs : ndarray of float64, shape (n_columns, n_steps)
        Bits that each step costs in each column.
    """

    lowest: int
    costs: npt.NDArray[np.float64]

    @classmethod
    def learn(cls, steps: Steps) -> Self:
        """Learn the probabilities from steps of training signals, (n_rows, n_columns).

        Raises
        ------
        ParameterError
            If there is no row.
        """
        if steps.ndim != 2 or not steps.size:
            raise ParameterError(f"steps has shape {steps.shape}; give (n_rows, n_columns), none of them 0")
        lowest, n_steps = int(steps.min()), int(np.ptp(steps)) + 1
        n_columns = steps.shape[1]
        places = (steps - lowest) + np.arange(n_columns) * n_steps
        counts = np.bincount(places.ravel(), minlength=n_columns * n_steps).reshape(n_columns, n_steps)
        likely = (counts + _UNSEEN) / (len(steps) + _UNSEEN * n_steps)
        return cls(lowest, -np.log2(likely))

    def hold(self, steps: Steps) -> Steps:
        """Return the nearest steps that the code can write; those outside the training range saturate."""
        return np.clip(steps, self.lowest, self.lowest + self.costs.shape[1] - 1)

    def bits(self, steps: Steps) -> npt.NDArray[np.float64]:
        """Return the ideal length of each row in bits, (n_rows, n_columns) → (n_rows,)."""
        columns = np.arange(self.costs.shape[0])
        return self.costs[columns, steps - self.lowest].sum(axis=1)
