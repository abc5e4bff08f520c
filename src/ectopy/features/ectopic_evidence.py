"""What speaks for a beat that was called ectopic, and what for artefact that looks like one.

Ectopic beats repeat: they come from a focus, by the same way, and the beats around them are those of every
day. An electrode that moves gives shapes that nobody sees twice, among beats that are disturbed as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import unit_rows
from ectopy.beats.template import quick_median
from ectopy.features.columns import Feature, compute
from ectopy.labels import ECTOPIC

_BESIDE: Final = 3
"""Beats on each side that show how well the signal can be read."""

_FEWEST: Final = 3
"""Normal beats that are needed to say what is usual."""

_LEAST: Final = 0.01
"""Added to the probability of artefact before its logarithm is taken."""

_NONE: Final = -1.0
"""Correlation of a beat with itself, so that it is compared with others alone."""

_LONGEST: Final = 4.0
"""Limit of intervals, in usual ones."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ClassifiedBeats:
    """Consecutive beats of one part of a recording, as they were classified.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_times)
        In mV, each on its best lead.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before, NaN where unknown.
    classes : ndarray of str, shape (n_beats,)
        Another name than N, S, V and F where a beat was not judged.
    probability : ndarray of float32, shape (n_beats,)
        Of that class.
    artefact : ndarray of float32, shape (n_beats,)
        Probability of artefact around each beat.
    """

    waveforms: Floats
    rr: Floats
    classes: npt.NDArray[np.str_]
    probability: Floats
    artefact: Floats

    @property
    def ectopic(self) -> npt.NDArray[np.int64]:
        """Rows of the beats that were called ectopic."""
        return np.flatnonzero(np.isin(self.classes, ECTOPIC))


def ectopic_evidence(beats: ClassifiedBeats) -> Floats:
    """Return the evidence for each beat that was called ectopic.

    Parameters
    ----------
    beats : CalledBeats
        All beats of a part of a recording, the normal ones too.

    Returns
    -------
    ndarray of float32, shape (n_ectopic, n_features)
        Columns as `EVIDENCE` has them, rows as ``beats.ectopic``.
    """
    if not len(beats.ectopic):
        return np.empty((0, len(EVIDENCE)), np.float32)
    return compute(EVIDENCE, _Evidence.of(beats))


@dataclass(frozen=True, eq=False)
class _Evidence:
    """What the columns are made of; one row per ectopic beat."""

    predicted: npt.NDArray[np.str_]
    probability: Floats
    artefact: Floats
    alike: Floats
    alike_any: Floats
    nearby_alike: Floats
    nearby_usual: Floats
    usual: Floats
    size: Floats
    before: Floats
    after: Floats

    @classmethod
    def of(cls, beats: ClassifiedBeats) -> _Evidence:
        rows, n = beats.ectopic, len(beats.classes)
        shapes = unit_rows(beats.waveforms)
        template = _template(beats)
        usual = (shapes @ unit_rows(template[np.newaxis]).T)[:, 0]
        heights = np.ptp(beats.waveforms[rows], axis=1) / max(float(np.ptp(template)), 1e-6)
        offsets = np.array([*range(-_BESIDE, 0), *range(1, _BESIDE + 1)])
        beside = rows[:, np.newaxis] + offsets
        there = (beside >= 0) & (beside < n)
        beside = np.clip(beside, 0, n - 1)
        wanted = np.union1d(rows, beside[there])
        correlation = shapes[wanted] @ shapes.T
        correlation[np.arange(len(wanted)), wanted] = _NONE
        nearest = np.full(n, np.nan, np.float32)
        nearest[wanted] = correlation.max(axis=1)
        predicted, own = beats.classes[rows], np.searchsorted(wanted, rows)
        alike = np.empty(len(rows), np.float32)
        for name in set(predicted.tolist()):
            same = np.flatnonzero(beats.classes == name)
            alike[predicted == name] = correlation[np.ix_(own[predicted == name], same)].max(axis=1)
        intervals = beats.rr / _usual_interval(beats.rr)
        return cls(
            predicted=predicted,
            probability=beats.probability[rows],
            artefact=beats.artefact[rows],
            alike=alike,
            alike_any=nearest[rows],
            nearby_alike=_median_of(nearest[beside], there),
            nearby_usual=_median_of(usual[beside], there),
            usual=usual[rows],
            size=np.abs(np.log(np.clip(heights, 0.05, 20))),
            before=_interval(intervals[rows]),
            after=_interval(np.append(intervals[1:], np.float32(np.nan))[rows]),
        )


def _template(beats: ClassifiedBeats) -> Floats:
    normal = beats.classes == "N"
    return quick_median(beats.waveforms[normal if normal.sum() >= _FEWEST else slice(None)], axis=0)


def _median_of(values: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    """Return the median of the values of each row that are there; one of two beats is, at the least."""
    if not there.any(axis=1).all():
        return np.zeros(len(values), np.float32)
    ordered = np.sort(np.where(there, values, np.float32(np.inf)), axis=1)
    count, row = there.sum(axis=1), np.arange(len(values))
    return (ordered[row, (count - 1) // 2] + ordered[row, count // 2]) * np.float32(0.5)


def _usual_interval(rr: Floats) -> np.float32:
    known = rr[np.isfinite(rr)]
    return np.median(known) if len(known) else np.float32(1)


def _interval(relative: Floats) -> Floats:
    """Return intervals in usual ones, the usual one where unknown."""
    return np.minimum(np.where(np.isfinite(relative), relative, np.float32(1)), np.float32(_LONGEST))


def _row(
    name: str, column: Callable[[_Evidence], npt.NDArray[np.floating]], meaning: str
) -> Feature[_Evidence]:
    return Feature(name, column, "part of a recording", meaning)


EVIDENCE: Final = (
    _row("probability", lambda e: e.probability, "probability of the class, by the classifier"),
    _row("artefact", lambda e: np.log(e.artefact + _LEAST), "logarithm of the probability of artefact there"),
    _row("alone", lambda e: e.alike == _NONE, "whether no other beat is of its class"),
    _row(
        "alike", lambda e: np.where(e.alike == _NONE, 0, e.alike), "highest correlation with one of its class"
    ),
    _row("alike_any", lambda e: e.alike_any, "highest correlation with any other beat"),
    _row("nearby_alike", lambda e: e.nearby_alike, "the same of six beats around, median"),
    _row("nearby_usual", lambda e: e.nearby_usual, "correlation of these with the median normal beat"),
    _row("usual", lambda e: e.usual, "its own correlation with that"),
    _row("size", lambda e: e.size, "how much higher or lower than that it is, as a logarithm"),
    _row("before", lambda e: e.before, "interval before it, in usual ones"),
    _row("both", lambda e: e.before + e.after, "intervals before and after it, in usual ones"),
    _row("uneven", lambda e: np.abs(e.before + e.after - 2), "how far these are from two"),
    _row("supraventricular", lambda e: e.predicted == "S", "whether it was called S"),
    _row("fusion", lambda e: e.predicted == "F", "whether it was called F"),
)
"""Columns of the evidence."""
