"""The result of an analysis for each beat of a recording, next to the reference: score, flag and class.

Beats are paired as ANSI/AAMI EC57 pairs them (`ectopy.evaluation.ec57.compare_beats`), so that a missed beat
counts against the analysis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.ec57 import BeatComparison
from ectopy.labels import ECTOPIC, aami_classes
from ectopy.record import Annotations

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Strings = npt.NDArray[np.str_]

NO_BEAT: Final = ""
"""Class of an event without a beat: in the reference, or in the analysis."""

APART: Final = 4.0
"""Seconds between two mistakes that are shown, so that no picture shows the same thing twice."""


@dataclass(frozen=True)
class Mistake:
    """A beat that the analysis got wrong.

    Parameters
    ----------
    kind : str
        What went wrong, in words.
    time : float
        Seconds into the recording.
    symbol : str
        WFDB symbol of the reference; empty where it has no beat.
    score : float
        Anomaly score; NaN where the beat was not detected or not judged.
    """

    kind: str
    time: float
    symbol: str
    score: float


@dataclass(frozen=True, eq=False)
class BeatResults:
    """Score, flag and class of each beat of a recording; an event is a pair, a missed or an extra beat.

    Parameters
    ----------
    record, patient : str
        Names of the recording and of the patient.
    hours : float
        Hours of it that were compared.
    threshold : float
        A beat with a score above it is flagged as abnormal.
    times : ndarray of float64, shape (n_events,)
        Seconds into the recording.
    symbols : ndarray of str, shape (n_events,)
        WFDB symbol of the reference; empty where it has no beat.
    classes : ndarray of str, shape (n_events,)
        AAMI class of the reference; `NO_BEAT` where it has no beat.
    detected : ndarray of bool, shape (n_events,)
        Whether the analysis has the beat.
    scores : ndarray of float64, shape (n_events,)
        Anomaly score; NaN where the beat was not detected or not judged.
    predicted : ndarray of str, shape (n_events,)
        AAMI class that the analysis gave the beat; `NO_BEAT` where it was not detected.
    """

    record: str
    patient: str
    hours: float
    threshold: float
    times: Floats
    symbols: Strings
    classes: Strings
    detected: Bools
    scores: Floats
    predicted: Strings

    def __len__(self) -> int:
        return len(self.times)

    @property
    def flagged(self) -> Bools:
        """Which beats are flagged as abnormal, shape (n_events,)."""
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
        """Which beats are of an ectopic class, shape (n_events,); Q, unknown or paced, counts as none."""
        return np.isin(self.classes, ECTOPIC)

    @property
    def extra(self) -> Bools:
        """Which beats the reference does not have, shape (n_events,)."""
        return self.classes == NO_BEAT

    @property
    def false_alarms(self) -> Bools:
        """Which flagged events are a normal beat or no beat at all, shape (n_events,)."""
        return self.flagged & (self.normal | self.extra)

    @property
    def ranked(self) -> Bools:
        """Which beats take part in a ranking: normal or abnormal, detected and judged; shape (n_events,)."""
        return self.judged & (self.normal | self.abnormal)

    def mistakes(self) -> dict[str, Bools]:
        """Return kind → which events are that mistake, the worst kind first; no event has two kinds."""
        return {
            "abnormal, missed": self.abnormal & ~self.detected,
            "abnormal, not flagged": self.abnormal & self.judged & ~self.flagged,
            "abnormal, not judged": self.abnormal & self.detected & ~self.judged,
            "normal, flagged": self.normal & self.flagged,
            "not abnormal, missed": ~self.abnormal & ~self.detected,
            "no beat, detected": self.extra,
        }

    @property
    def errors_per_hour(self) -> float:
        """Mistakes of every kind per hour."""
        return sum(int(wrong.sum()) for wrong in self.mistakes().values()) / self.hours

    def worst(self, n: int) -> tuple[Mistake, ...]:
        """Choose mistakes that show what goes wrong: the clearest of each kind in turn, four seconds apart.

        The clearest are farthest on the wrong side of the threshold; without a score, the earliest.
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


def beat_results(
    comparison: BeatComparison,
    reference: Annotations,
    test: Annotations,
    scores: npt.ArrayLike,
    predicted: npt.ArrayLike,
    *,
    fs: float,
    hours: float,
    threshold: float,
    scheme: str = "aami",
    patient: str = "",
) -> BeatResults:
    """Put scores and predicted classes next to the reference, pair by pair.

    Parameters
    ----------
    comparison : BeatComparison
        Of ``reference`` and ``test``.
    reference, test : Annotations
        The reference beats, and the beats of the analysis.
    scores : array_like of float, shape (n_test,)
        Anomaly score of each beat of ``test``; NaN where it was not judged.
    predicted : array_like of str, shape (n_test,)
        Predicted class of each beat of ``test``.
    fs : float
        Sampling rate in Hz of both.
    hours : float
        Hours that were compared.
    threshold : float
        A beat with a score above it is flagged as abnormal.
    scheme : {"aami", "bxb"}
        How reference symbols map to AAMI classes.
    patient : str
        Name of the patient; the record's name by default.

    Returns
    -------
    BeatResults

    Raises
    ------
    ParameterError
        If there is not one score and one class per beat, nothing was compared, or the scheme is unknown.

    Examples
    --------
    >>> from ectopy.evaluation.ec57 import compare_beats
    >>> reference = Annotations([400, 700, 1000], ["N", "V", "V"], fs=360)
    >>> test = Annotations([401, 702, 850], ["N", "Q", "N"], fs=360)
    >>> pairs, given = compare_beats(reference, test, start=0), {"fs": 360, "hours": 0.001, "threshold": 3}
    >>> results = beat_results(pairs, reference, test, [0.5, 4.0, 0.7], list("NVN"), **given)
    >>> results.classes.tolist(), results.flagged.tolist(), results.detected.tolist()
    (['N', 'V', '', 'V'], [False, True, False, False], [True, True, True, False])
    """
    values, names = np.asarray(scores, dtype=np.float64), np.asarray(predicted, dtype=np.str_)
    for name, given in (("scores", values), ("predicted", names)):
        if len(given) != len(test):
            raise ParameterError(f"{name} has {len(given)} entries for {len(test)} beats; give one per beat")
    if hours <= 0:
        raise ParameterError(f"hours={hours:g}: nothing of record {comparison.record} was compared")
    in_reference = np.array([-1 if e.reference is None else e.reference for e in comparison.events], int)
    in_test = np.array([-1 if e.test is None else e.test for e in comparison.events], int)
    symbols = _taken(reference.symbols, in_reference, "")
    samples = _taken(reference.samples, in_reference, 0), _taken(test.samples, in_test, 0)
    return BeatResults(
        record=comparison.record,
        patient=patient or comparison.record,
        hours=hours,
        threshold=threshold,
        times=np.where(in_reference < 0, samples[1], samples[0]) / fs,
        symbols=symbols,
        classes=aami_classes(symbols, scheme),
        detected=in_test >= 0,
        scores=_taken(values, in_test, np.nan),
        predicted=_taken(names, in_test, NO_BEAT),
    )


def _taken(values: npt.NDArray[Any], index: npt.NDArray[np.int64], absent: Any) -> npt.NDArray[Any]:
    """Return values by index; ``absent`` where the index is −1."""
    return np.append(values, absent)[index]
