"""Figures of merit of a score without a threshold: how well it ranks abnormal beats above normal ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import Floats, ratio


@dataclass(frozen=True, eq=False)
class ThresholdCurve:
    """How many beats are predicted positive at each threshold.

    Parameters
    ----------
    thresholds : ndarray of float64, shape (n_thresholds,)
        Distinct scores, falling; a beat is predicted positive if its score is at least the threshold.
    true_positives, false_positives : ndarray of float64, shape (..., n_thresholds)
        Positive and negative beats predicted positive, weighted.
    """

    thresholds: Floats
    true_positives: Floats
    false_positives: Floats

    @property
    def sensitivity(self) -> Floats:
        """Se at each threshold: the ordinate of the ROC curve, the abscissa of the PR curve."""
        return ratio(self.true_positives, self.true_positives[..., -1:])

    @property
    def false_positive_rate(self) -> Floats:
        """FPR at each threshold: the abscissa of the ROC curve."""
        return ratio(self.false_positives, self.false_positives[..., -1:])

    @property
    def positive_predictivity(self) -> Floats:
        """+P at each threshold: the ordinate of the PR curve."""
        return ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def auroc(self) -> Floats:
        """Area under the ROC curve, ties counting half; undefined with one class only; shape (...)."""
        tp, fp = self.true_positives, self.false_positives
        twice = np.einsum("...i,...i->...", np.diff(fp), tp[..., 1:] + tp[..., :-1])
        return ratio((tp[..., 0] * fp[..., 0] + twice) / 2, tp[..., -1] * fp[..., -1])

    @property
    def auprc(self) -> Floats:
        """Average precision: +P weighted by the Se each threshold adds; undefined without positives."""
        tp, fp = self.true_positives, self.false_positives
        precision = tp / np.maximum(tp + fp, np.finfo(tp.dtype).tiny)
        gained = np.einsum("...i,...i->...", np.diff(tp), precision[..., 1:])
        return ratio(tp[..., 0] * precision[..., 0] + gained, tp[..., -1])


@dataclass(frozen=True, eq=False)
class Ranking:
    """Beats in the falling order of their scores, ready to be counted under any weights.

    Parameters
    ----------
    order : ndarray of int, shape (n_beats,)
        Rows from the highest score to the lowest.
    last : ndarray of int, shape (n_thresholds,)
        Place in that order of the last beat of each distinct score.
    thresholds : ndarray of float64, shape (n_thresholds,)
        The distinct scores.
    positive : ndarray of bool, shape (n_beats,)
        Which beats, in that order, are positive.
    """

    order: npt.NDArray[np.intp]
    last: npt.NDArray[np.intp]
    thresholds: Floats
    positive: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, scores: npt.ArrayLike, positive: npt.ArrayLike) -> Ranking:
        """Rank beats.

        Raises
        ------
        ParameterError
            If the two differ in length, are empty, or a score is NaN.
        """
        values, is_positive = np.asarray(scores, float), np.asarray(positive, bool)
        if values.shape != is_positive.shape or values.ndim != 1 or not len(values):
            raise ParameterError(
                f"scores and positive have shapes {values.shape} and {is_positive.shape};"
                " give one number and one truth value for each of at least one beat"
            )
        if np.isnan(values).any():
            raise ParameterError(
                f"scores has {np.isnan(values).sum()} NaN of {len(values)}; score every beat, or leave it out"
            )
        order = np.argsort(-values, kind="stable")
        falling = values[order]
        last = np.append(np.flatnonzero(np.diff(falling)), len(values) - 1)
        return cls(order, last, falling[last], is_positive[order])

    def curve(self, weights: npt.NDArray[np.floating]) -> ThresholdCurve:
        """Count under weights in the order of the ranking, shape (..., n_beats)."""
        true = np.cumsum(weights * self.positive, axis=-1)
        flagged = np.cumsum(weights, axis=-1)
        if len(self.last) < len(self.order):
            true, flagged = true[..., self.last], flagged[..., self.last]
        return ThresholdCurve(self.thresholds, true, flagged - true)


def threshold_curve(
    scores: npt.ArrayLike, positive: npt.ArrayLike, weights: npt.ArrayLike | None = None
) -> ThresholdCurve:
    """Count true and false positives at every threshold: the ROC and the PR curve.

    Parameters
    ----------
    scores : array_like of float, shape (n_beats,)
        Higher is more abnormal.
    positive : array_like of bool, shape (n_beats,)
        Which beats are abnormal.
    weights : array_like of float, shape (..., n_beats), optional
        How often each beat counts; once by default.

    Returns
    -------
    ThresholdCurve

    Raises
    ------
    ParameterError
        If the lengths differ, there is no beat, or a score is NaN.
    """
    ranking = Ranking.of(scores, positive)
    given = np.ones(len(ranking.order)) if weights is None else np.asarray(weights, float)
    return ranking.curve(given[..., ranking.order])


def auroc(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Return the area under the ROC curve, ties counting half; NaN with one class only.

    Raises
    ------
    ParameterError
        If the lengths differ, there is no beat, or a score is NaN.

    Examples
    --------
    >>> auroc([0.9, 0.8, 0.7, 0.1], [True, False, True, False])
    0.75
    """
    return float(threshold_curve(scores, positive).auroc)


def auprc(scores: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Return the average precision, the area under the PR curve by steps; NaN without positives.

    Raises
    ------
    ParameterError
        If the lengths differ, there is no beat, or a score is NaN.

    Examples
    --------
    >>> auprc([0.9, 0.8, 0.7, 0.1], [True, False, False, False])
    1.0
    """
    return float(threshold_curve(scores, positive).auprc)
