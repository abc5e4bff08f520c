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
from ectopy.models.rhythm import THRESHOLD, fibrillating, fibrillation_probabilities, with_early_beats

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

PERIODS: Final = tuple(range(2, 10))
PERIODIC: Final = 0.7
"""Correlation of the changes of interval nearby with those so many beats later from which on intervals come
in turns, as in breathing and in a block: fibrillation has no period. It is higher beside 0.4 % of the
fibrillating beats of the training people of the VitalDB Arrhythmia Database, and beside none of DS1."""

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
    likely = np.flatnonzero(clear & (probabilities > THRESHOLD))
    clear[likely] = ~in_turns(beats.rr, classes == "N", likely)
    inside = with_early_beats(fibrillating(np.where(clear, probabilities, np.float32(0))), early)
    doubted = early & ~inside & (probabilities > SUSPECTED)
    doubted[doubted] = among_irregular(beats.rr, classes == "N", np.flatnonzero(doubted))
    return AtrialRhythm(inside, doubted)


def in_turns(rr: Floats, normal: Flags, asked: npt.NDArray[np.intp]) -> Flags:
    """Return of some beats whether the intervals nearby come in turns.

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
        Whether the changes of the logarithm of the interval among `NEARBY` beats on either side correlate by
        more than `PERIODIC` with those one of the `PERIODS` later; those among three normal beats count.

    Examples
    --------
    >>> breathing = 0.8 + 0.1 * np.sin(np.arange(80) * 2 * np.pi / 5)
    >>> in_turns(breathing.astype(np.float32), np.ones(80, bool), np.array([40])).tolist()
    [True]
    """
    changes = np.nan_to_num(_changes(rr, normal))
    nearby = changes[asked[:, np.newaxis] + np.arange(2 * NEARBY + 1)]
    turns = np.zeros(len(asked), np.bool_)
    for period in PERIODS:
        now, later = nearby[:, :-period], nearby[:, period:]
        size = np.sqrt(np.square(now).sum(axis=1) * np.square(later).sum(axis=1))
        turns |= (now * later).sum(axis=1) > PERIODIC * size
    return turns


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
    changes = np.nan_to_num(np.abs(_changes(rr, normal)).astype(np.float64), nan=np.inf)
    irregular = np.zeros(len(asked), np.bool_)
    for first, last in STRETCHES:
        nearby = np.sort(changes[asked[:, np.newaxis] + np.arange(NEARBY + first, NEARBY + last + 1)], axis=1)
        known = np.isfinite(nearby).sum(axis=1)
        middle = nearby[np.arange(len(asked)), (known - 1) // 2]
        irregular |= (known >= FEWEST) & (middle > IRREGULAR)
    return irregular


def _changes(rr: Floats, normal: Flags) -> Floats:
    """Return how the logarithm of the interval changes among three normal beats, by the last of them.

    NaN for other beats, and for `NEARBY` more at either end.
    """
    changes = np.full(len(rr) + 2 * NEARBY, np.nan, np.float32)
    three = normal[2:] & normal[1:-1] & normal[:-2]
    log = np.log(np.clip(rr, SHORTEST_RR, LONGEST_RR))
    changes[NEARBY + 2 : NEARBY + len(rr)] = np.where(three, np.diff(log)[1:], np.float32(np.nan))
    return changes
