"""One anomaly score from the networks of several folds, on the scale of p-values.

Every network scored the normal beats of its own fold, which it was not trained on. A beat is compared,
network by network, with the normal beats that this network scored: held-out and new beats are scored alike.
The share of held-out normal beats that look as abnormal, over all folds, is a cross-conformal p-value (Vovk
2015); the anomaly score is its negative decimal logarithm: 2 means that one normal beat in a hundred looks so
abnormal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import CalibrationError
from ectopy.models.threshold import ConformalThreshold, Threshold

Floats = npt.NDArray[np.float32]

FINEST: Final = 1e-3
"""Part of a rank that the mean of the networks' scores decides at least, so that no two ranks meet."""

LEAST_SPREAD: Final = 1e-9
"""A spread below this is no scale: all beats are scored alike."""


@dataclass(frozen=True, eq=False)
class CrossConformal:
    """Held-out scores of normal beats, network by network.

    Parameters
    ----------
    folds : ndarray of int64, shape (n_normal,)
        Fold that each normal beat was held out in: the number of the network that scored it.
    scores : ndarray of float32, shape (n_normal,)
        What that network gave it.
    n_members : int
        Networks; a fold without normal beats has nothing to compare with, and its network does not count.
    """

    folds: npt.NDArray[np.int64]
    scores: Floats
    n_members: int

    @property
    def n_normal(self) -> int:
        """Normal beats that calibrate."""
        return len(self.scores)

    def combined(self, scores: Floats) -> Floats:
        """Return the anomaly score of beats.

        Parameters
        ----------
        scores : ndarray of float32, shape (n_beats, n_members)
            Of each network.

        Returns
        -------
        ndarray of float32, shape (n_beats,)
            Rising with every score; ties of the p-value are broken by the mean of the networks' scores, each
            relative to its held-out normal beats.

        Examples
        --------
        >>> normal = CrossConformal(np.repeat([0, 1], 10), np.arange(20, dtype=np.float32), 2)
        >>> scores = normal.combined(np.array([[5, 15], [9.5, 18.5], [99, 99]], np.float32))
        >>> [round(score, 1) for score in scores.tolist()]
        [0.3, 1.2, 12.1]
        """
        exceeding = np.zeros(len(scores))
        levels = []
        for member in self._members():
            held = self._held(member)
            column = scores[:, member]
            exceeding += len(held) - np.searchsorted(held, column, side="left")
            levels.append(_relative(column, held))
        return self._score(exceeding, np.mean(levels, axis=0))

    def by_fold(self, scores: Floats, folds: npt.NDArray[np.int64]) -> Floats:
        """Return the anomaly score of beats that the network of one fold scored, shape (n_beats,).

        Parameters
        ----------
        scores : ndarray of float32, shape (n_beats,)
            By that network.
        folds : ndarray of int64, shape (n_beats,)
            Its number.
        """
        result = np.zeros(len(scores), np.float32)
        for member in self._members():
            rows, held = folds == member, self._held(member)
            exceeding = len(held) - np.searchsorted(held, scores[rows], side="left")
            share = self.n_normal / len(held)
            result[rows] = self._score(share * exceeding.astype(np.float64), _relative(scores[rows], held))
        return result

    def held_out(self) -> Floats:
        """Return the anomaly score of the calibrating beats themselves, in their order, shape (n_normal,).

        Each is compared with the other beats of its fold only, as if they were the beats of all folds.
        """
        result = np.zeros(self.n_normal, np.float32)
        for member in self._members():
            rows = np.flatnonzero(self.folds == member)
            held = self._held(member)
            own = self.scores[rows]
            others = len(held) - np.searchsorted(held, own, side="left") - 1
            share = (self.n_normal - 1) / max(1, len(held) - 1)
            result[rows] = self._score(share * others.astype(np.float64), _relative(own, held))
        return result

    def threshold(self, rule: Threshold) -> float:
        """Return the anomaly score above which a beat is abnormal.

        A conformal rule needs no more than its rate, as the score is the logarithm of a p-value, smoothed by
        the mean of the networks' scores as by a random number; any other rule learns from `held_out`.

        Raises
        ------
        CalibrationError
            If the beats are too few to promise the rate.
        """
        if not isinstance(rule, ConformalThreshold):
            return rule.learn(self.held_out())
        rule.learn(self.scores)  # refuses a rate that so few beats cannot promise
        return float(np.float32(-np.log10(rule.false_alarm_rate)))

    def file(self) -> Floats:
        """Return what is written of it, shape (n_normal, 2): fold and score."""
        return np.stack([self.folds.astype(np.float32), self.scores], axis=1)

    @classmethod
    def of_file(cls, content: Floats) -> CrossConformal:
        """Return what `file` described.

        Raises
        ------
        CalibrationError
            If it is something else.
        """
        if content.ndim != 2 or content.shape[1] != 2 or not len(content):
            raise CalibrationError(
                f"calibration of shape {content.shape} is not by folds; train the model again"
            )
        folds = content[:, 0].astype(np.int64)
        return cls(folds, content[:, 1], int(folds.max()) + 1)

    def _members(self) -> list[int]:
        return [member for member in range(self.n_members) if (self.folds == member).any()]

    def _held(self, member: int) -> Floats:
        return np.sort(self.scores[self.folds == member])

    def _score(self, exceeding: npt.NDArray[np.float64], level: npt.NDArray[np.float64]) -> Floats:
        """Return −log10 of (exceeding + a part of 1 that falls with the level) / (n + 1)."""
        part = -np.logaddexp(0, level)  # logarithm of 1 / (1 + exp(level)), between 0 and 1
        ranks = np.where(exceeding > 0, exceeding + np.exp(part).clip(FINEST, 1), 1)
        score = self._log_p(ranks)
        return np.where(exceeding > 0, score, score - part / np.log(10)).astype(np.float32)

    def _log_p(self, rank: npt.NDArray[np.float64] | np.float64) -> Floats:
        return np.asarray(np.log10(self.n_normal + 1) - np.log10(rank), np.float32)


def _relative(scores: Floats, held: Floats) -> npt.NDArray[np.float64]:
    """Return scores relative to held-out normal beats: 0 at their median, 1 at their 90 % quantile."""
    middle, high = np.quantile(held.astype(np.float64), [0.5, 0.9])
    return (scores.astype(np.float64) - middle) / max(high - middle, LEAST_SPREAD)
