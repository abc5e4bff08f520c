"""Run-by-run comparison of annotations (ANSI/AAMI EC57), as the WFDB program rxr does it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError
from ectopy.evaluation.ec57.marks import (
    LEARNING_PERIOD,
    Bools,
    Marks,
    Period,
    beat_classes,
    is_rhythm,
    is_shutdown,
    prepare,
)
from ectopy.evaluation.ec57.run_reports import LONG, RunComparison, RunMatrices, RunMismatch
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations

VENTRICULAR: Final = "VF"
"""Classes that make a ventricular run: fusion beats count."""

ATRIAL: Final = "(AF"
"""Beginning of the names of the rhythms in which every normal beat counts as supraventricular ectopic."""


class _Token(IntEnum):
    """What a mark means to runs of one kind."""

    NOTHING = 0
    BREAK = 1
    SHUTDOWN = 2
    BEAT = 3
    ONSET = 4
    END = 5
    OTHER = 6


def compare_runs(
    reference: Marks,
    test: Marks,
    *,
    fs: float | None = None,
    record: str = "",
    annotators: tuple[str, str] = ("reference", "test"),
    start: float = LEARNING_PERIOD,
    stop: float | None = None,
    window: float = MATCH_WINDOW,
    length: int | None = None,
    corrected: bool = False,
) -> RunComparison:
    """Compare annotations run by run: isolated ectopic beats, couplets, short runs (3 to 5), long runs.

    Parameters
    ----------
    reference, test, fs, record, annotators, start, stop, window, length
        As for `ectopy.evaluation.ec57.compare_beats`.
    corrected : bool
        Whether a run in the first match window of the record is matched with what the other annotator says,
        where rxr always finds a long run.

    Returns
    -------
    RunComparison
        ``str()`` of it is the standard report with SVE runs.

    Raises
    ------
    ParameterError
        If the rate is unknown, a time is not possible, or the record ends before the comparison starts.
    AnnotationError
        If one annotator says nothing, or no mark of it is a beat and a symbol is unknown.

    Notes
    -----
    A run is a sequence of ectopic beats without another beat or a shutdown in between. Its match window goes
    from one ``window`` before its first beat to one after its last. It is matched with the longest run of the
    other annotator, as far as that lies in the match window and in no window before. In atrial fibrillation
    or flutter normal beats are supraventricular ectopic, and an episode is a long run from its onset, unless
    a run is under way; so is ventricular flutter. What the end of the comparison cuts is no run.

    References
    ----------
    ANSI/AAMI EC57, section 4.3; rxr(1) in the WFDB Applications Guide.

    Examples
    --------
    >>> reference = Annotations([400, 500, 600, 700], ["N", "V", "V", "N"], fs=360)
    >>> test = Annotations([400, 500, 600, 700], ["N", "V", "N", "N"], fs=360)
    >>> found = compare_runs(reference, test, start=0)
    >>> found.ventricular.couplet_sensitivity.sentence(3, 0)
    '  0% (0/1)'
    """
    compared = prepare(reference, test, fs=fs, start=start, stop=stop, window=window, length=length)
    for name, marks in (("reference", compared.reference), ("test", compared.test)):
        if not len(marks):
            raise AnnotationError(
                f"{name} annotations are empty; runs can only be compared where both say something"
            )
    period = compared.period
    found = [
        _compare(track(compared.reference, period), track(compared.test, period), period, corrected=corrected)
        for track in (_ventricular, _supraventricular)
    ]
    return RunComparison(record, *annotators, ventricular=found[0], supraventricular=found[1])


@dataclass(frozen=True, eq=False)
class _Track:
    """What one annotator says of one kind of beat, in the order of its file; ``last`` is its last mark."""

    samples: list[int]
    tokens: list[_Token]
    last: int


@dataclass(frozen=True)
class _Run:
    """A run, and where it begins and ends; it ends before it begins where nothing but its onset was seen."""

    length: int
    start: int
    stop: int


def _ventricular(marks: Annotations, period: Period) -> _Track:
    classes = beat_classes(marks)
    tokens = np.full(len(marks), _Token.NOTHING)
    tokens[classes != ""] = _Token.BREAK
    tokens[np.isin(classes, list(VENTRICULAR))] = _Token.BEAT
    tokens[np.logical_or(*_atrial_marks(marks))] = _Token.OTHER
    return _track(marks, tokens, marks.symbols == "[", marks.symbols == "]", period)


def _supraventricular(marks: Annotations, period: Period) -> _Track:
    classes = beat_classes(marks)
    onsets, ends = _atrial_marks(marks)
    latest = np.maximum.accumulate(np.where(onsets | ends, np.arange(len(marks)), -1))
    atrial = np.append(onsets, False)[latest]
    tokens = np.full(len(marks), _Token.NOTHING)
    tokens[classes != ""] = _Token.BREAK
    tokens[(classes == "S") | ((classes == "N") & atrial)] = _Token.BEAT
    tokens[np.isin(marks.symbols, ["[", "]"])] = _Token.OTHER
    return _track(marks, tokens, onsets, ends, period)


def _atrial_marks(marks: Annotations) -> tuple[Bools, Bools]:
    """Tell which rhythm marks name an atrial rhythm, and which end one."""
    onsets = is_rhythm(marks, ATRIAL)
    changes = np.flatnonzero(marks.symbols == "+")
    ends = np.zeros_like(onsets)
    ends[changes[1:]] = onsets[changes[:-1]] & ~onsets[changes[1:]]
    return onsets, ends


def _track(
    marks: Annotations, tokens: npt.NDArray[np.int64], onsets: Bools, ends: Bools, period: Period
) -> _Track:
    """Take what matters: of breaks in a row, the first, and the first in the period."""
    tokens[onsets], tokens[ends], tokens[is_shutdown(marks)] = _Token.ONSET, _Token.END, _Token.SHUTDOWN
    heard = np.flatnonzero(tokens != _Token.NOTHING)
    kinds, late = tokens[heard], marks.samples[heard] >= period.start
    repeated = (kinds[1:] == _Token.BREAK) & (kinds[:-1] == _Token.BREAK) & (late[1:] == late[:-1])
    chosen = heard[~np.append([False], repeated)[: len(heard)]]
    last = int(marks.samples[-1]) if len(marks) else 0
    return _Track(marks.samples[chosen].tolist(), [_Token(token) for token in tokens[chosen].tolist()], last)


def _runs(track: _Track, period: Period) -> Iterator[_Run]:
    """Find the runs, but for one that goes on where the period ends before the annotations do."""
    first = bisect_left(track.samples, period.start)
    inside = False
    for token in track.tokens[:first]:
        inside = token == _Token.ONSET or (inside and token not in (_Token.END, _Token.SHUTDOWN))
    length, start, stop = (LONG, period.start, 0) if inside else (0, 0, 0)
    for sample, token in zip(track.samples[first:], track.tokens[first:], strict=True):
        if sample > period.stop:
            return
        if token == _Token.BEAT:
            start = start if length else sample
            length, stop = min(length + 1, LONG), sample
        elif token == _Token.ONSET:
            if not length and not inside:
                length, start = LONG, sample
            inside = True
        elif token == _Token.END:
            stop = sample if inside else stop
            inside = False
        elif token in (_Token.BREAK, _Token.SHUTDOWN) and length:
            yield _Run(length, start, stop)
            length = 0
    if length and track.last <= period.stop:
        yield _Run(length, start, stop)


class _Listener:
    """Hears one annotator from front to end, no mark twice, and says which run is longest in each window."""

    def __init__(self, track: _Track, *, corrected: bool) -> None:
        self._track = track
        self._place = 0
        self._inside = False
        self._ended = -1 if corrected else 0

    def longest(self, start: int, stop: int) -> int:
        """Return the length of the longest run from one sample to another, at most `LONG`."""
        if stop < start:
            return 0
        samples, tokens = self._track.samples, self._track.tokens
        before = bisect_left(samples, start, lo=self._place)
        for place in range(self._place, before):
            self._hear(samples[place], tokens[place])
        best = LONG if self._inside or start <= self._ended else 0
        after = bisect_right(samples, stop, lo=before)
        length = 0
        for place in range(before, after):
            token = tokens[place]
            self._hear(samples[place], token)
            if token == _Token.BEAT:
                length += 1
                best = max(best, length)
            elif token == _Token.ONSET:
                best = LONG
            elif token != _Token.END:
                length = 0
        self._place = after
        return min(best, LONG)

    def _hear(self, sample: int, token: _Token) -> None:
        if token == _Token.ONSET:
            self._inside = True
        elif token in (_Token.END, _Token.SHUTDOWN) and self._inside:
            self._inside, self._ended = False, sample


def _compare(reference: _Track, test: _Track, period: Period, *, corrected: bool) -> RunMatrices:
    sensitivity = np.zeros((LONG + 1, LONG + 1), dtype=np.int64)
    predictivity = np.zeros_like(sensitivity)
    mismatches: list[tuple[RunMismatch, ...]] = []
    for ours, theirs, matrix in ((reference, test, sensitivity), (test, reference, predictivity.T)):
        listener, unequal = _Listener(theirs, corrected=corrected), []
        for run in _runs(ours, period):
            start, stop = run.start - period.window, run.stop + period.window
            other = listener.longest(start, stop)
            matrix[run.length, other] += 1
            if run.length != other:
                lengths = (run.length, other) if ours is reference else (other, run.length)
                unequal.append(RunMismatch(*lengths, start, stop))
        mismatches.append(tuple(unequal))
    return RunMatrices(sensitivity, predictivity, *mismatches)
