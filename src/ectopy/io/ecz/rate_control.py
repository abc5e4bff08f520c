"""Quantiser steps by which a recording keeps a stated loss, or a stated size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.io.ecz.chunks import Coding, Physical, held
from ectopy.io.ecz.integers import class_of

ORIGINAL_BITS: Final = 16
"""Bits of a sample before compression, by which a ratio is stated."""

_PER_CHUNK: Final = 8
"""Bytes of a chunk in the index."""

_FIRST_STEP: Final = 0.1
"""Step that is tried first, as a share of a lead's standard deviation."""

_TRIALS: Final = 4
_PRDN_EXPONENT: Final = 1.25
_RATIO_EXPONENT: Final = 1.1
"""About how the step goes with the loss, and with the ratio."""

_MARGIN: Final = 0.99
"""Share of a stated loss that is aimed at, or of the bytes."""

_LARGEST_FACTOR: Final = 10.0

_LEAST_STEP: Final = 2.0**-6
"""Counts; with finer steps every count comes back exactly, or what is lost lies below a count."""

Floats = npt.NDArray[np.float64]


class Loss:
    """Sums from which the loss of each lead follows."""

    def __init__(self, n_leads: int) -> None:
        self._n, self._sum, self._squares, self._errors = np.zeros((4, n_leads))

    def add(self, samples: Physical, decoded: Physical) -> None:
        """Add samples, NaN where missing, and what is decoded in their place."""
        there = ~np.isnan(samples)
        known = np.where(there, samples, 0.0).astype(np.float64)
        errors = np.where(there, decoded, 0.0) - known
        self._n += there.sum(axis=0)
        self._sum += known.sum(axis=0)
        self._squares += (known**2).sum(axis=0)
        self._errors += (errors**2).sum(axis=0)

    def spread(self) -> Floats:
        """Return the standard deviation of each lead; 0 where it is flat or missing."""
        n = np.maximum(self._n, 1)
        return np.sqrt(np.maximum(self._squares / n - (self._sum / n) ** 2, 0.0))

    def prdn(self) -> Floats:
        """Return the root-mean-square error of each lead in % of its spread; 0 where there is no error."""
        error = np.sqrt(self._errors / np.maximum(self._n, 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(error > 0, 100.0 * error / self.spread(), 0.0)


@dataclass(frozen=True)
class Target:
    """What is stated: a loss in %, or a ratio.

    Parameters
    ----------
    prdn : float, optional
        Loss in % that no lead exceeds.
    ratio : float, optional
        Compression ratio against samples of 16 bits; instead of `prdn`.
    """

    prdn: float | None = None
    ratio: float | None = None

    def __str__(self) -> str:
        return f"prdn={self.prdn:g}" if self.ratio is None else f"ratio={self.ratio:g}"

    def is_met(self, prdn: Iterable[float], ratio: float) -> bool:
        """Whether a loss of each lead and a ratio are as was stated."""
        return ratio >= self.ratio if self.ratio is not None else max(prdn) <= (self.prdn or 0.0)

    def factors(self, prdn: Floats, ratio: float, trial: int = 1) -> Floats:
        """Return by what the step of each lead is to be multiplied after it gave a loss and a ratio.

        With each trial that missed, more than what is stated is aimed at.
        """
        margin = _MARGIN**trial
        if self.ratio is not None:
            factors = np.full(len(prdn), (self.ratio / margin / ratio) ** _RATIO_EXPONENT)
        else:
            wanted = margin * (self.prdn or 0.0)
            factors = (wanted / np.maximum(prdn, 1e-6)) ** _PRDN_EXPONENT
        return np.clip(factors, 1 / _LARGEST_FACTOR, _LARGEST_FACTOR)


@dataclass(frozen=True, eq=False)
class StepControl:
    """Finds steps on some chunks of a recording.

    Parameters
    ----------
    some : list of ndarray of float32, each (n, n_leads)
        The chunks.
    target : Target
        What is stated.
    """

    some: list[Physical]
    target: Target

    def first(self, coding: Coding) -> Coding:
        """Return a coding that meets the target on these chunks, about."""
        loss = Loss(len(coding.leads))
        for samples in self.some:
            loss.add(samples, samples)
        spread = loss.spread() * np.abs([lead.gain for lead in coding.leads])
        coding = self._with_floors(_with_steps(coding, _FIRST_STEP * np.where(spread > 0, spread, 1.0)))
        for _ in range(_TRIALS):
            coding = self.corrected(coding, *self._measured(coding))
        return coding

    def corrected(self, coding: Coding, prdn: Floats, ratio: float, trial: int = 1) -> Coding:
        """Return a coding with steps that make up for what another missed."""
        factors = self.target.factors(prdn, ratio, trial)
        steps = np.array([lead.step for lead in coding.leads])
        return self._with_floors(_with_steps(coding, steps * factors))

    def _measured(self, coding: Coding) -> tuple[Floats, float]:
        """Return the loss of each lead and the ratio of all, whichever is stated; the other one is 1."""
        if self.target.ratio is None:
            loss = Loss(len(coding.leads))
            for samples in self.some:
                loss.add(samples, coding.approximate(held(samples)))
            return loss.prdn(), 1.0
        n_bytes = sum(len(coding.encode(samples)) + _PER_CHUNK for samples in self.some)
        n_bits = sum(samples.size for samples in self.some) * ORIGINAL_BITS
        return np.ones(len(coding.leads)), n_bits / 8 / n_bytes

    def _with_floors(self, coding: Coding) -> Coding:
        """Give each scale the class of coefficients around which all are zero, the finest scale first."""
        sums: list[dict[int, Floats]] = [{} for _ in coding.leads]
        for samples in self.some:
            for of_lead, scales in zip(sums, coding.lonely(held(samples)), strict=True):
                for scale, magnitude_and_number in enumerate(reversed(scales)):
                    of_lead[scale] = of_lead.get(scale, np.zeros(2)) + magnitude_and_number
        leads = [
            replace(
                lead,
                floors=tuple(class_of([each[0] / max(each[1], 1) for each in of_lead.values()]).tolist()),
            )
            for lead, of_lead in zip(coding.leads, sums, strict=True)
        ]
        return replace(coding, leads=tuple(leads))


def _with_steps(coding: Coding, steps: Floats) -> Coding:
    pairs = zip(coding.leads, steps.tolist(), strict=True)
    return replace(
        coding,
        leads=tuple(replace(lead, step=max(_LEAST_STEP, float(f"{step:.6g}"))) for lead, step in pairs),
    )
