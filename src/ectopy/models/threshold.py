"""Thresholds of the anomaly score, learned from the scores of held-out normal beats.

A threshold never sees an abnormal beat, nor a test label. Each rule is a small frozen object with one method,
``learn(scores)``, which returns the score above which a beat is abnormal.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final, Protocol

import numpy as np
import numpy.typing as npt

from ectopy.errors import CalibrationError, ParameterError, unknown_option

MIN_SCORES: Final = 20
"""Calibration scores at least: fewer say nothing about a tail of 5 %."""


class Threshold(Protocol):
    """Interface of every rule."""

    rule: ClassVar[str]

    def learn(self, scores: npt.ArrayLike) -> float:
        """Return the threshold that these scores of normal beats imply.

        Parameters
        ----------
        scores : array_like of float, shape (n,)
            Anomaly scores of held-out normal beats.

        Returns
        -------
        float
            A score above it is abnormal.
        """
        ...


@dataclass(frozen=True)
class QuantileThreshold:
    """The empirical quantile ``q`` of the normal scores.

    Parameters
    ----------
    q : float
        Between 0 and 1; a share of ``1 - q`` of the calibration beats is above the threshold.

    Examples
    --------
    >>> import numpy as np
    >>> round(QuantileThreshold(0.95).learn(np.arange(101.0)), 6)
    95.0
    """

    q: float = 0.99
    rule: ClassVar[str] = "quantile"

    def learn(self, scores: npt.ArrayLike) -> float:
        """Return the quantile of the scores, as `Threshold.learn`.

        Raises
        ------
        CalibrationError
            If there are fewer than 20 scores, one is not finite, or all are equal.
        ParameterError
            If ``q`` is not between 0 and 1.
        """
        _check_open_unit("q", self.q)
        return float(np.quantile(check_scores(scores), self.q))


@dataclass(frozen=True)
class SigmaThreshold:
    """Mean plus ``k`` standard deviations of the normal scores: the rule of many published notebooks.

    Parameters
    ----------
    k : float
        Above 0. How many false alarms that makes depends on the tail of the scores, which is seldom that of
        a normal distribution.

    Examples
    --------
    >>> round(SigmaThreshold(3).learn([0.0, 2.0] * 10), 6)
    4.0
    """

    k: float = 3.0
    rule: ClassVar[str] = "sigma"

    def learn(self, scores: npt.ArrayLike) -> float:
        """Return mean + k·sd of the scores, as `Threshold.learn`.

        Raises
        ------
        CalibrationError
            If there are fewer than 20 scores, one is not finite, or all are equal.
        ParameterError
            If ``k`` is not above 0.
        """
        _check_positive("k", self.k)
        values = check_scores(scores)
        return float(values.mean() + self.k * values.std())


@dataclass(frozen=True)
class MadThreshold:
    """Median plus ``k`` robust standard deviations (1.4826 × median absolute deviation).

    A few abnormal beats among the calibration beats hardly move it.

    Parameters
    ----------
    k : float
        Above 0.

    Examples
    --------
    >>> round(MadThreshold(4).learn([1.0, 2.0, 3.0] * 7 + [1000.0]), 4)
    7.9304
    """

    k: float = 4.0
    rule: ClassVar[str] = "mad"

    def learn(self, scores: npt.ArrayLike) -> float:
        """Return median + k·1.4826·MAD of the scores, as `Threshold.learn`.

        Raises
        ------
        CalibrationError
            If there are fewer than 20 scores, one is not finite, or more than half are equal.
        ParameterError
            If ``k`` is not above 0.
        """
        _check_positive("k", self.k)
        values = check_scores(scores)
        median = np.median(values)
        spread = 1.4826 * np.median(np.abs(values - median))
        if spread == 0:
            raise CalibrationError(
                "calibration scores: more than half are equal, so their median absolute deviation is 0;"
                " use the quantile or conformal rule"
            )
        return float(median + self.k * spread)


@dataclass(frozen=True)
class ConformalThreshold:
    """Split-conformal threshold with a stated false-alarm rate.

    If a new normal beat is exchangeable with the ``n`` calibration beats, it is flagged with a
    probability of at most ``false_alarm_rate`` (Vovk, Gammerman and Shafer 2005; Lei et al. 2018): the
    threshold is the ⌈(n + 1)(1 − rate)⌉-th smallest score. Beats of another patient are not exactly
    exchangeable; the rate then holds on average over patients like the calibration patients.

    Parameters
    ----------
    false_alarm_rate : float
        Between 0 and 1; it takes ``1 / false_alarm_rate - 1`` calibration beats at least.

    Examples
    --------
    >>> import numpy as np
    >>> ConformalThreshold(0.05).learn(np.arange(1.0, 100.0))
    95.0
    """

    false_alarm_rate: float = 0.01
    rule: ClassVar[str] = "conformal"

    def learn(self, scores: npt.ArrayLike) -> float:
        """Return the conformal quantile of the scores, as `Threshold.learn`.

        Raises
        ------
        CalibrationError
            If there are too few scores for the rate, one is not finite, or all are equal; the message names
            the number that is needed.
        ParameterError
            If ``false_alarm_rate`` is not between 0 and 1.
        """
        _check_open_unit("false_alarm_rate", self.false_alarm_rate)
        values = np.sort(check_scores(scores))
        rank = math.ceil(round((len(values) + 1) * (1 - self.false_alarm_rate), 9))
        if rank > len(values):
            needed = math.ceil(round(1 / self.false_alarm_rate, 9)) - 1
            raise CalibrationError(
                f"{len(values)} calibration beats cannot promise a false-alarm rate of"
                f" {self.false_alarm_rate:g}; it needs at least {needed}"
            )
        return float(values[rank - 1])


RULES: Final = {
    rule.rule: rule for rule in (QuantileThreshold, SigmaThreshold, MadThreshold, ConformalThreshold)
}
"""Rule name → threshold class."""


DEFAULT_THRESHOLD: Final = ConformalThreshold(0.02)
"""Promised share of false alarms where no rule is given."""


def check_scores(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the scores as an array, if a threshold can be learned from them.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        Anomaly scores of held-out normal beats.

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    CalibrationError
        If there are fewer than 20 scores, one is not finite, or all are equal.
    """
    values = np.asarray(scores, dtype=np.float64).ravel()
    if len(values) < MIN_SCORES:
        raise CalibrationError(
            f"{len(values)} calibration scores are too few; give at least {MIN_SCORES} held-out normal beats"
        )
    if not np.isfinite(values).all():
        raise CalibrationError(
            f"calibration scores: {np.count_nonzero(~np.isfinite(values))} are not finite; leave them out"
        )
    if values.min() == values.max():
        raise CalibrationError(
            f"calibration scores are all {values[0]:g}; the model does not tell beats apart, train it again"
        )
    return values


def threshold_to_dict(threshold: Threshold) -> dict[str, Any]:
    """Return a JSON-ready description of a threshold rule."""
    return {"rule": threshold.rule, **asdict(threshold)}  # type: ignore[call-overload]


def threshold_from_dict(content: dict[str, Any]) -> Threshold:
    """Return the rule that `threshold_to_dict` described.

    Raises
    ------
    ParameterError
        If the rule is unknown.
    """
    options = dict(content)
    name = options.pop("rule")
    if name not in RULES:
        raise unknown_option("threshold rule", name, RULES)
    return RULES[name](**options)


def _check_open_unit(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ParameterError(f"{name}={value!r} is out of range; give a number between 0 and 1")


def _check_positive(name: str, value: float) -> None:
    if not value > 0:
        raise ParameterError(f"{name}={value!r} is out of range; give a number above 0")
