"""What the atria do in a part: which beats are in fibrillation, and which are not premature but irregular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.features.atrial import atrial_features, atrial_intervals
from ectopy.features.intervals import LONGEST_RR, SHORTEST_RR, mean_nearby
from ectopy.models.artifact import Artifact
from ectopy.models.rhythm import fibrillating, fibrillation_probabilities, with_early_beats

NEARBY: Final = 30
"""Beats on either side among which those are counted that speak for or against fibrillation."""

LEAST_KNOWN: Final = 0.4
"""Share of the intervals nearby that must be known, and between beats whose time the atria decide."""

MOST_EARLY: Final = 0.6
"""Share of the beats nearby that the classifier may hold for premature: it knows fibrillation too, and calls
few beats there S, but most where the atria beat irregularly behind P waves."""

SUSPECTED: Final = 0.2
"""Probability of fibrillation from which on premature beats may be doubted: far below that of an episode."""

IRREGULAR: Final = 0.12
"""Median change from one normal interval to the next, as a natural logarithm, above which nobody can say
which beat is premature; chosen on training people, hardly any of whose premature beats is lost by it."""

STRETCHES: Final = ((-NEARBY, NEARBY), (-15, 15), (-20, 0), (0, 20))
"""Beats from a beat among which these changes are looked at; fibrillation may begin or end with it."""

FEWEST: Final = 6
"""Such changes in a stretch, at the least: among many premature beats there are hardly any."""

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AtrialRhythm:
    """What the atria do, beat by beat.

    Parameters
    ----------
    fibrillating : ndarray of bool, shape (n_beats,)
        Which beats are in atrial fibrillation.
    doubted : ndarray of bool, shape (n_beats,)
        Which beats are called supraventricular among normal ones as irregular as in fibrillation, where that
        is not unlikely: a stretch too short or too doubtful for an episode, or the seconds around one.
    """

    fibrillating: Flags
    doubted: Flags


def atrial_rhythm(
    beats: Beats, classes: npt.NDArray[np.str_], window: WindowSpec, model: Artifact | None
) -> AtrialRhythm:
    """Return what the atria do, from the intervals and what stands before each QRS.

    Parameters
    ----------
    beats : Beats
        Of one part and its halo, on the best lead.
    classes : ndarray of str, shape (n_beats,)
        As the classifier has them, another name where not judged. Ventricular beats and the intervals beside
        them say nothing of the atria.
    window : WindowSpec
        How the beats were cut.
    model : Artifact or None
        The rhythm model; None for the shipped one.
    """
    intervals = atrial_intervals(beats.rr, classes)
    features = atrial_features(intervals, beats.waveforms[:, 0], window.fs, window.before)
    early = classes == "S"
    clear = mean_nearby(intervals.between, NEARBY) >= LEAST_KNOWN
    clear &= mean_nearby(early, NEARBY) <= MOST_EARLY
    probabilities = fibrillation_probabilities(features, model)
    inside = with_early_beats(fibrillating(np.where(clear, probabilities, np.float32(0))), early)
    doubted = early & ~inside & (probabilities > SUSPECTED)
    doubted[doubted] = among_irregular(beats.rr, classes == "N", np.flatnonzero(doubted))
    return AtrialRhythm(inside, doubted)


def among_irregular(rr: Floats, normal: Flags, asked: npt.NDArray[np.intp]) -> Flags:
    """Return of some beats whether the normal ones nearby follow each other irregularly.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    normal : ndarray of bool, shape (n_beats,)
        Which beats are called normal.
    asked : ndarray of int, shape (n_asked,)
        Beats that are asked for.

    Returns
    -------
    ndarray of bool, shape (n_asked,)
        Whether in one of the `STRETCHES` the two intervals between three consecutive normal beats differ by
        more than `IRREGULAR`, by the median of `FEWEST` such changes or more.

    Examples
    --------
    >>> normal = np.ones(40, bool)
    >>> among_irregular(np.tile(np.array([0.6, 0.9], np.float32), 20), normal, np.array([20])).tolist()
    [True]
    >>> among_irregular(np.tile(np.array([0.8, 0.82], np.float32), 20), normal, np.array([20])).tolist()
    [False]
    """
    log = np.log(np.clip(rr, SHORTEST_RR, LONGEST_RR))
    changes = np.full(len(rr) + 2 * NEARBY, np.inf)
    three = normal[2:] & normal[1:-1] & normal[:-2]
    change = np.abs(log[2:] - log[1:-1])
    changes[NEARBY + 2 : NEARBY + len(rr)] = np.where(three & np.isfinite(change), change, np.inf)
    irregular = np.zeros(len(asked), np.bool_)
    for first, last in STRETCHES:
        nearby = np.sort(changes[asked[:, np.newaxis] + np.arange(NEARBY + first, NEARBY + last + 1)], axis=1)
        known = np.isfinite(nearby).sum(axis=1)
        middle = nearby[np.arange(len(asked)), (known - 1) // 2]
        irregular |= (known >= FEWEST) & (middle > IRREGULAR)
    return irregular
