"""Check that what a model knows about the test side comes from its training labels alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import cohen_kappa
from ectopy.evaluation.protocol import Learner, class_of_each, evaluate, is_detector

_RARE: Final = 0.01
"""A result that a model without a leak gives less often than this counts as a leak."""


@dataclass(frozen=True)
class PermutationCheck:
    """Skill with true and with shuffled training labels.

    Parameters
    ----------
    skill : float
        Cohen's kappa on the test side, trained with true labels.
    shuffled : tuple of float
        The same, trained with shuffled labels; one per shuffling.
    tolerance : float
        Kappa above which a shuffling has kept skill.
    """

    skill: float
    shuffled: tuple[float, ...]
    tolerance: float

    @property
    def n_kept(self) -> int:
        """Shufflings that kept skill."""
        return sum(kappa > self.tolerance for kappa in self.shuffled)

    @property
    def p_value(self) -> float:
        """Probability that a model without a leak keeps skill in as many shufflings (sign test)."""
        n = len(self.shuffled)
        return float(sum(math.comb(n, k) for k in range(self.n_kept, n + 1)) / 2**n)

    @property
    def passed(self) -> bool:
        """Whether the skill vanished."""
        return self.p_value > _RARE

    def __str__(self) -> str:
        outcome = "it vanishes" if self.passed else "it stays, so the model knows the test side"
        return (
            f"kappa {self.skill:.4f} with true training labels; above {self.tolerance:.2f} with"
            f" {self.n_kept} of {len(self.shuffled)} shufflings (p = {self.p_value:.3f}): {outcome}"
        )


def permutation_check(
    estimator: Learner,
    beats: Beats,
    split: Split,
    *,
    n_permutations: int = 10,
    tolerance: float = 0.1,
    labels: npt.ArrayLike | None = None,
    scheme: str = "aami",
    seed: int = 0,
    **options: Any,
) -> PermutationCheck:
    """Train with shuffled labels and check that the skill on the test side vanishes.

    It finds a model that knows the test beats other than through training labels: one that was fitted on them
    before and whose ``fit`` forgets nothing, or a cache that outlives the fit. It does not find features made
    with the help of labels; `evaluate` guards against those by giving ``features`` no symbols. Cohen's kappa
    is the skill, because it is 0 for every guess that ignores the beat.

    From shuffled labels a model learns an accidental rule. Where classes differ much, the rule may separate
    them well, but about as often the wrong way round. So the shufflings with skill are counted, not averaged:
    a model without a leak has skill in about half of them at most, and a sign test at the level 0.01 decides.

    Parameters
    ----------
    estimator, beats, labels, scheme
        As in `evaluate`.
    split : Split
        One split; folds are checked one after the other.
    n_permutations : int
        How many shufflings; at least 7, or the test can find nothing.
    tolerance : float
        Kappa above which a shuffling has kept skill.
    seed : int
        Of the estimator and of the shufflings.
    **options
        Passed on to `evaluate`.

    Returns
    -------
    PermutationCheck

    Raises
    ------
    ParameterError
        If the estimator is a detector, which learns from no labels; or as in `evaluate`.
    """
    if is_detector(estimator) or options.get("task") == "detect":
        raise ParameterError(
            f"estimator={type(estimator).__name__} learns from no labels; use duplicate_check"
        )
    if 0.5**n_permutations > _RARE:
        raise ParameterError(f"n_permutations={n_permutations} can prove nothing; give at least 7")
    true = class_of_each(beats, labels, scheme)

    def skill(classes: npt.NDArray[np.str_]) -> float:
        found = evaluate(estimator, beats, split, labels=classes, scheme=scheme, seed=seed, **options)
        return float(np.nan_to_num(cohen_kappa(found.confusion.counts)))

    rng = np.random.default_rng(seed)
    learned = np.concatenate([split.train, split.validation])
    shuffled = []
    for _ in range(n_permutations):
        classes = true.copy()
        classes[learned] = rng.permutation(true[learned])
        shuffled.append(skill(classes))
    return PermutationCheck(skill(true), tuple(shuffled), tolerance)
