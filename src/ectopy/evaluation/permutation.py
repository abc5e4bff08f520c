"""Proof that a model knows of the test side only what its training labels taught it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import cohen_kappa
from ectopy.evaluation.protocol import Learner, class_of_each, evaluate, is_detector


@dataclass(frozen=True)
class PermutationCheck:
    """Skill with true and with shuffled training labels.

    Parameters
    ----------
    skill : float
        Cohen's kappa on the test side, trained with true labels.
    shuffled : tuple of float
        The same, trained with labels shuffled; one a shuffling.
    tolerance : float
        Mean kappa that shuffled labels may reach.
    """

    skill: float
    shuffled: tuple[float, ...]
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the skill vanished."""
        return float(np.mean(self.shuffled)) <= self.tolerance

    def __str__(self) -> str:
        verdict = "it vanishes" if self.passed else "it stays, so the model knows the test side"
        return (
            f"kappa {self.skill:.4f} with true training labels, {np.mean(self.shuffled):.4f} on average of"
            f" {len(self.shuffled)} shufflings (up to {self.tolerance:.2f} is chance): {verdict}"
        )


def permutation_check(
    estimator: Learner,
    beats: Beats,
    split: Split,
    *,
    n_permutations: int = 5,
    tolerance: float = 0.1,
    labels: npt.ArrayLike | None = None,
    scheme: str = "aami",
    seed: int = 0,
    **options: Any,
) -> PermutationCheck:
    """Train with shuffled labels and see whether the skill on the test side vanishes.

    It finds a model that knows test beats otherwise than through training labels: one that was fitted on them
    before and whose ``fit`` forgets nothing, or a store that outlives the fit. It does not find features made
    with the help of labels; `evaluate` guards against those by showing ``features`` no symbols. Cohen's kappa
    is the skill, because it is 0 for every guess that ignores the beat.

    Parameters
    ----------
    estimator, beats, labels, scheme
        As in `evaluate`.
    split : Split
        One split; folds are checked one after the other.
    n_permutations : int
        How many shufflings.
    tolerance : float
        Mean kappa that counts as chance.
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
    if n_permutations < 1:
        raise ParameterError(f"n_permutations={n_permutations} is too few; give at least 1")
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
