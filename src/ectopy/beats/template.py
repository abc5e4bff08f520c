"""The patient template: the usual beat of a person, found without labels."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

TEMPLATE_BEATS: Final = 2000
"""Consecutive beats, about half an hour, that share one template; the shape of a QRS drifts over a day."""

USUAL_SHARE: Final = 0.25
"""Share of the beats that are taken for usual: people with many abnormal beats have so many normal ones."""

MIN_SPREAD: Final = 0.005
"""Usual difference from the template in mV, at least: the step of an 11-bit recorder with a 10 mV range."""

_SHORT: Final = 128
"""Numbers in a row up to which it is sorted as fast as it is parted."""

Floats = npt.NDArray[np.float32]
Number = TypeVar("Number", np.float32, np.float64)


def patient_template(windows: Floats) -> tuple[Floats, np.float32]:
    """Return the template of some beats, and how far a usual beat is from it.

    The template is the median of the half of the beats that are nearest to the median of all. A plain median
    would drift towards the abnormal beats of a person who has many.

    Parameters
    ----------
    windows : ndarray of float32, shape (n_beats, n_times)
        Beats of one person on one lead, in mV.

    Returns
    -------
    template : ndarray of float32, shape (n_times,)
        In mV.
    spread : float32
        Mean absolute difference from the template in mV that a quarter of the beats stay below; 5 µV or more.
    """
    template = usual_beat(windows)
    spread = quick_quantile(_distances(windows, template), USUAL_SHARE)
    return template, np.float32(max(spread, MIN_SPREAD))


def usual_beat(windows: Floats) -> Floats:
    """Return the template of `patient_template` alone, shape (n_times,)."""
    instants = np.ascontiguousarray(windows.T)  # of all beats side by side: quickly parted, quickly averaged
    distance = _distances(instants.T, quick_median(instants, axis=1))
    return quick_median(instants[:, distance <= quick_median(distance, axis=0)], axis=1)


def _distances(windows: Floats, beat: Floats) -> Floats:
    """Return the mean absolute difference of each window from a beat."""
    difference = windows - beat
    return np.asarray(np.abs(difference, out=difference).mean(axis=-1))


def quick_median(values: npt.NDArray[Number], axis: int) -> npt.NDArray[Number]:
    """Return `numpy.median` of numbers none of which is NaN, several times as fast.

    Numbers that lie side by side are parted at one place by vector instructions, at two places without them:
    the lower of two middle numbers is looked for afterwards.
    """
    others = [each for each in range(values.ndim) if each != axis]
    rows = np.ascontiguousarray(values.transpose(*others, axis))
    n = rows.shape[-1]
    parted = np.partition(rows, n // 2, axis=-1) if n > _SHORT else np.sort(rows, axis=-1)
    upper = parted[..., n // 2]
    lower = upper if n % 2 else parted[..., : n // 2].max(axis=-1)
    middle: npt.NDArray[Number] = np.asarray((lower + upper) * 0.5, values.dtype)
    return middle


def quick_quantile(values: npt.NDArray[Number], share: float) -> float:
    """Return `numpy.quantile` of a row of numbers none of which is NaN, without its overhead."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    low, weight = int(place), place - int(place)
    below, above = ordered[low], ordered[min(low + 1, len(ordered) - 1)]
    step = above - below
    return float(below + step * weight if weight < 0.5 else above - step * (1 - weight))
