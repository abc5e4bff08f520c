"""What an analysis said of each beat of a recording, beside what is right: normal or abnormal.

The beats are paired as ANSI/AAMI EC57 pairs them (`ectopy.evaluation.ec57.compare_beats`), so that a beat
that was never found counts against whoever should have judged it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.ec57 import BeatComparison
from ectopy.labels import aami_classes
from ectopy.record import Annotations

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Strings = npt.NDArray[np.str_]

ABNORMAL: Final = ("S", "V", "F")
"""AAMI classes that are to be called abnormal; N is not, and Q (unknown or paced) is left out."""

NO_BEAT: Final = ""
"""Class of a beat that the reference does not have."""

APART: Final = 4.0
"""Seconds between two mistakes that are shown, so that no picture shows the same thing twice."""


@dataclass(frozen=True)
class Mistake:
    """A beat that went wrong.

    Parameters
    ----------
    kind : str
        What went wrong, in words.
    time : float
        Seconds into the recording.
    symbol : str
        WFDB symbol of the reference; empty where it has no beat.
    score : float
        Anomaly score; NaN where the beat was not found or not judged.
    """

    kind: str
    time: float
    symbol: str
    score: float


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What was said of each beat of a recording; one event a pair of beats, a missed beat or an extra one.

    Parameters
    ----------
    record, patient : str
        Which recording, and whose.
    hours : float
        How much of it was compared.
    threshold : float
        A score above it is called abnormal.
    times : ndarray of float64, shape (n_events,)
        Seconds into the recording.
    symbols : ndarray of str, shape (n_events,)
        WFDB symbol of the reference; empty where it has no beat.
    classes : ndarray of str, shape (n_events,)
        AAMI class of the reference; `NO_BEAT` where it has no beat.
    found : ndarray of bool, shape (n_events,)
        Whether the analysis has the beat.
    scores : ndarray of float64, shape (n_events,)
        Anomaly score; NaN where the beat was not found or not judged.
    called : ndarray of str, shape (n_events,)
        AAMI class that the beat was given; `NO_BEAT` where it was not found.
    """

    record: str
    patient: str
    hours: float
    threshold: float
    times: Floats
    symbols: Strings
    classes: Strings
    found: Bools
    scores: Floats
    called: Strings

    def __len__(self) -> int:
        return len(self.times)

    @property
    def flagged(self) -> Bools:
        """Which beats are called abnormal, shape (n_events,)."""
        return self.scores > self.threshold

    @property
    def judged(self) -> Bools:
        """Which beats have a score, shape (n_events,)."""
        return ~np.isnan(self.scores)

    @property
    def normal(self) -> Bools:
        """Which beats are of class N, shape (n_events,)."""
        return self.classes == "N"

    @property
    def abnormal(self) -> Bools:
        """Which beats are of a class in `ABNORMAL`, shape (n_events,)."""
        return np.isin(self.classes, ABNORMAL)

    @property
    def extra(self) -> Bools:
        """Which beats the reference does not have, shape (n_events,)."""
        return self.classes == NO_BEAT

    @property
    def false_alarms(self) -> Bools:
        """Which are called abnormal but are normal or no beats at all, shape (n_events,)."""
        return self.flagged & (self.normal | self.extra)

    @property
    def ranked(self) -> Bools:
        """Which take part in a ranking: normal or abnormal, found and judged; shape (n_events,)."""
        return self.judged & (self.normal | self.abnormal)

    def mistakes(self) -> dict[str, Bools]:
        """Return kind → which events are that mistake, the worst kind first; no event is two."""
        return {
            "abnormal, not found": self.abnormal & ~self.found,
            "abnormal, called normal": self.abnormal & self.judged & ~self.flagged,
            "abnormal, not judged": self.abnormal & self.found & ~self.judged,
            "normal, called abnormal": self.normal & self.flagged,
            "not abnormal, not found": ~self.abnormal & ~self.found,
            "no beat, found": self.extra,
        }

    @property
    def errors_per_hour(self) -> float:
        """Mistakes of every kind by the hour."""
        return sum(int(wrong.sum()) for wrong in self.mistakes().values()) / self.hours

    def worst(self, n: int) -> tuple[Mistake, ...]:
        """Choose mistakes that show what goes wrong: of each kind in turn the clearest, four seconds apart.

        The clearest are those farthest on the wrong side of the threshold; without a score, the earliest.
        """
        wrongness = np.nan_to_num(np.where(self.abnormal, -self.scores, self.scores))
        queues = [
            (kind, where[np.argsort(-wrongness[where], kind="stable")])
            for kind, wrong in self.mistakes().items()
            if len(where := np.flatnonzero(wrong))
        ]
        chosen: list[Mistake] = []
        for turn in range(max((len(queue) for _, queue in queues), default=0)):
            for kind, queue in queues:
                if len(chosen) < n and turn < len(queue) and self._is_apart(queue[turn], chosen):
                    chosen.append(self._mistake(kind, queue[turn]))
        return tuple(chosen)

    def _is_apart(self, event: np.int64, chosen: list[Mistake]) -> bool:
        return all(abs(self.times[event] - mistake.time) >= APART for mistake in chosen)

    def _mistake(self, kind: str, event: np.int64) -> Mistake:
        return Mistake(kind, float(self.times[event]), str(self.symbols[event]), float(self.scores[event]))


def verdicts(
    comparison: BeatComparison,
    reference: Annotations,
    test: Annotations,
    scores: npt.ArrayLike,
    called: npt.ArrayLike,
    *,
    fs: float,
    hours: float,
    threshold: float,
    scheme: str = "aami",
    patient: str = "",
) -> Verdicts:
    """Lay scores beside the reference, pair by pair.

    Parameters
    ----------
    comparison : BeatComparison
        Of ``reference`` and ``test``.
    reference, test : Annotations
        What is right, and the beats that were judged.
    scores : array_like of float, shape (n_test,)
        Anomaly score of each mark of ``test``; NaN where it was not judged.
    called : array_like of str, shape (n_test,)
        Class that each mark of ``test`` was given.
    fs : float
        Rate in Hz that both count in.
    hours : float
        How much was compared.
    threshold : float
        A score above it is called abnormal.
    scheme : {"aami", "bxb"}
        Reading of the reference symbols.
    patient : str
        Whose recording it is; the record's name where nobody says.

    Returns
    -------
    Verdicts

    Raises
    ------
    ParameterError
        If there is not one score and one class a mark, nothing was compared, or the scheme is unknown.

    Examples
    --------
    >>> from ectopy.evaluation.ec57 import compare_beats
    >>> right = Annotations([400, 700, 1000], ["N", "V", "V"], fs=360)
    >>> ours = Annotations([401, 702, 850], ["N", "Q", "N"], fs=360)
    >>> found = compare_beats(right, ours, start=0)
    >>> said = verdicts(found, right, ours, [0.5, 4.0, 0.7], list("NVN"), fs=360, hours=0.001, threshold=3)
    >>> said.classes.tolist(), said.flagged.tolist(), said.found.tolist()
    (['N', 'V', '', 'V'], [False, True, False, False], [True, True, True, False])
    """
    values, names = np.asarray(scores, dtype=np.float64), np.asarray(called, dtype=np.str_)
    for name, given in (("scores", values), ("called", names)):
        if len(given) != len(test):
            raise ParameterError(f"{name} has {len(given)} entries for {len(test)} marks; give one a mark")
    if hours <= 0:
        raise ParameterError(f"hours={hours:g}: nothing of record {comparison.record} was compared")
    ours = np.array([-1 if event.reference is None else event.reference for event in comparison.events], int)
    theirs = np.array([-1 if event.test is None else event.test for event in comparison.events], int)
    symbols = _taken(reference.symbols, ours, "")
    return Verdicts(
        record=comparison.record,
        patient=patient or comparison.record,
        hours=hours,
        threshold=threshold,
        times=np.where(ours < 0, _taken(test.samples, theirs, 0), _taken(reference.samples, ours, 0)) / fs,
        symbols=symbols,
        classes=aami_classes(symbols, scheme),
        found=theirs >= 0,
        scores=_taken(values, theirs, np.nan),
        called=_taken(names, theirs, NO_BEAT),
    )


def _taken(values: npt.NDArray[Any], index: npt.NDArray[np.int64], absent: Any) -> npt.NDArray[Any]:
    """Take values by index; ``absent`` where the index is −1."""
    return np.append(values, absent)[index]
