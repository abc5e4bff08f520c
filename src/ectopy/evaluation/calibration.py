"""How many beats a threshold needs to be learned from, and the threshold that balances two classes."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ectopy.errors import CalibrationError, ParameterError
from ectopy.evaluation.ranking import threshold_curve


def required_calibration_size(false_alarm_rate: float) -> int:
    """Return how many normal beats a split-conformal threshold needs to promise a false-alarm rate.

    With n exchangeable scores the next one exceeds the largest of them with probability 1 / (n + 1), so no
    smaller rate can be promised (Vovk, Gammerman and Shafer 2005).

    Parameters
    ----------
    false_alarm_rate : float
        Promised share of normal beats flagged as abnormal, between 0 and 1.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If the rate is not between 0 and 1.

    Examples
    --------
    >>> required_calibration_size(0.01), required_calibration_size(0.001)
    (99, 999)
    """
    if not 0 < false_alarm_rate < 1:
        raise ParameterError(
            f"false_alarm_rate={false_alarm_rate} is no rate; give one between 0 and 1, such as 0.01"
        )
    return math.ceil(round(1 / false_alarm_rate, 9)) - 1


def check_calibration_size(n_normal: int, false_alarm_rate: float) -> None:
    """Refuse a calibration set with too few normal beats for a false-alarm rate.

    Parameters
    ----------
    n_normal : int
        Normal beats to calibrate with.
    false_alarm_rate : float
        Promised share of normal beats flagged as abnormal.

    Raises
    ------
    CalibrationError
        If there are too few; the message says how many it takes.
    ParameterError
        If the rate is not between 0 and 1.
    """
    needed = required_calibration_size(false_alarm_rate)
    if n_normal < needed:
        raise CalibrationError(
            f"{n_normal} normal beats cannot promise a false-alarm rate of {false_alarm_rate:g};"
            f" give at least {needed}, or ask for {_rounded_up(1 / (n_normal + 1)):g} or more"
        )


def _rounded_up(rate: float) -> float:
    """Return two digits of a rate, never less than it."""
    scale = 10 ** (1 - math.floor(math.log10(rate)))
    return math.ceil(rate * scale) / scale


def youden_threshold(scores: npt.ArrayLike, abnormal: npt.ArrayLike) -> float:
    """Return the threshold with the largest Se − FPR on labelled calibration beats (Youden 1950).

    Parameters
    ----------
    scores : array_like of float, shape (n_beats,)
        Higher is more abnormal.
    abnormal : array_like of bool, shape (n_beats,)
        Which beats are abnormal.

    Returns
    -------
    float
        Halfway between two scores; beats above it count as abnormal.

    Raises
    ------
    CalibrationError
        If the beats are all of one class.
    ParameterError
        If the lengths differ, there is no beat, or a score is NaN.

    Examples
    --------
    >>> youden_threshold([0.0, 0.25, 0.75, 1.0], [False, False, True, True])
    0.5
    """
    curve = threshold_curve(scores, abnormal)
    n_abnormal, n_normal = int(curve.true_positives[-1]), int(curve.false_positives[-1])
    if not (n_abnormal and n_normal):
        raise CalibrationError(
            f"the calibration set has {n_normal} normal and {n_abnormal} abnormal beats;"
            " give at least one of each"
        )
    best = int(np.argmax(curve.sensitivity - curve.false_positive_rate))
    falling = np.append(curve.thresholds, curve.thresholds[-1] - 1)
    return float((falling[best] + falling[best + 1]) / 2)
