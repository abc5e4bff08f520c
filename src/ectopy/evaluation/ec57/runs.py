"""Run-by-run comparison of annotations (ANSI/AAMI EC57), as the WFDB program rxr does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.evaluation.ec57.marks import (
    LEARNING_PERIOD,
    Bools,
    Period,
    Samples,
    Span,
    beat_classes,
    comparison_period,
    is_rhythm,
    is_shutdown,
)
from ectopy.evaluation.ec57.run_reports import LONG, RunComparison, RunMatrices, RunMismatch
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations

VENTRICULAR: Final = "VF"
"""Classes that make a ventricular run: fusion beats count."""

ATRIAL: Final = ("(AFIB", "(AFL")
"""Rhythms in which every normal beat counts as supraventricular ectopic."""

_BREAK, _BEAT, _ONSET, _FLUTTER = range(4)


def compare_runs(
    reference: Annotations,
    test: Annotations,
    *,
    fs: float | None = None,
    record: str = "",
    annotators: tuple[str, str] = ("reference", "test"),
    start: float = LEARNING_PERIOD,
    stop: float | None = None,
    window: float = MATCH_WINDOW,
    length: int | None = None,
) -> RunComparison:
    """Compare annotations run by run: isolated ectopic beats, couplets, short runs (3 to 5), long runs.

    Parameters
    ----------
    reference, test : Annotations
        What is right, and what is judged.
    fs, record, annotators, start, stop, window, length
        As for `ectopy.evaluation.ec57.compare_beats`.

    Returns
    -------
    RunComparison
        ``str()`` of it is the standard report with SVE runs.

    Raises
    ------
    ParameterError
        If the rate is unknown or a time is not possible.
    AnnotationError
        If the annotations cannot belong to one record, or a symbol is unknown.

    Notes
    -----
    A run is a sequence of ectopic beats without another beat or a shutdown in between. Its match window goes
    from one ``window`` before its first beat to one after its last. It is matched with the longest run of the
    other annotator, as far as that lies in the match window. In atrial fibrillation or flutter normal beats
    are supraventricular ectopic, and an episode is a long run from its onset, as ventricular flutter is a
    long ventricular run.

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
    period = comparison_period(reference, test, fs=fs, start=start, stop=stop, window=window, length=length)
    found = [
        _compare(track(reference, period), track(test, period), period.window)
        for track in (_ventricular, _supraventricular)
    ]
    return RunComparison(record, *annotators, ventricular=found[0], supraventricular=found[1])


@dataclass(frozen=True, eq=False)
class _Track:
    """What one annotator says of one kind of beat: breaks, beats of the kind, onsets of episodes, flutter.

    ``episodes`` are the stretches that are a long run whatever beats they hold.
    """

    samples: Samples
    tokens: npt.NDArray[np.int64]
    episodes: tuple[Span, ...]

    def longest(self, span: Span) -> int:
        """Return the length of the longest run inside a stretch, at most `LONG`."""
        if any(episode.start <= span.stop and span.start <= episode.stop for episode in self.episodes):
            return LONG
        first, last = np.searchsorted(self.samples, [span.start, span.stop + 1])
        best = length = 0
        for token in self.tokens[first:last].tolist():
            length = length + 1 if token == _BEAT else 0
            best = max(best, length)
        return min(best, LONG)


@dataclass(frozen=True)
class _Run:
    length: int
    span: Span | None
    """From the first beat to the last; None for the onset of an episode that another beat follows at once."""


def _ventricular(marks: Annotations, period: Period) -> _Track:
    flutter = np.isin(marks.symbols, ["[", "]"])
    tokens = np.where(np.isin(beat_classes(marks), list(VENTRICULAR)), _BEAT, _BREAK)
    tokens[flutter] = _FLUTTER
    return _track(marks, period, tokens, marks.symbols == "[", flutter, in_progress=_FLUTTER)


def _supraventricular(marks: Annotations, period: Period) -> _Track:
    classes, changes, onsets = beat_classes(marks), marks.symbols == "+", is_rhythm(marks, ATRIAL)
    latest = np.maximum.accumulate(np.where(changes, np.arange(len(marks)), -1))
    atrial = np.append(onsets, False)[latest]
    tokens = np.where((classes == "S") | ((classes == "N") & atrial), _BEAT, _BREAK)
    tokens[onsets] = _ONSET
    return _track(marks, period, tokens, onsets, changes, in_progress=_ONSET)


def _track(
    marks: Annotations,
    period: Period,
    tokens: npt.NDArray[np.int64],
    onsets: Bools,
    changes: Bools,
    in_progress: int,
) -> _Track:
    """Keep what is heard in the period; an episode in progress at its start begins there."""
    episodes = _episodes(marks, onsets, changes | is_shutdown(marks), period)
    heard = (beat_classes(marks) != "") | is_shutdown(marks) | (tokens > _BEAT)
    chosen = heard & period.holds(marks.samples)
    samples, tokens = marks.samples[chosen], tokens[chosen]
    if any(episode.start == period.start for episode in episodes):
        samples, tokens = np.insert(samples, 0, period.start), np.insert(tokens, 0, in_progress)
    return _Track(samples, tokens, episodes)


def _episodes(marks: Annotations, onsets: Bools, ends: Bools, period: Period) -> tuple[Span, ...]:
    """Find the episodes, each up to the next mark that ends or begins one; a shutdown ends it too."""
    stops = marks.samples[onsets | ends]
    begun = np.flatnonzero(onsets[onsets | ends])
    spans = (Span(int(stops[i]), int(stops[i + 1]) if i + 1 < len(stops) else period.stop) for i in begun)
    return tuple(
        Span(max(span.start, period.start), min(span.stop, period.stop))
        for span in spans
        if span.stop > period.start and span.start <= period.stop
    )


def _runs(track: _Track) -> list[_Run]:
    runs: list[_Run] = []
    length = 0
    span: Span | None = None
    for sample, token in zip([*track.samples.tolist(), 0], [*track.tokens.tolist(), _BREAK], strict=True):
        if token == _BREAK:
            if length:
                runs.append(_Run(length, span))
            length, span = 0, None
            continue
        length = min(length + 1, LONG) if token == _BEAT else LONG
        if token != _ONSET:
            span = Span(sample if span is None else span.start, sample)
    return runs


def _compare(reference: _Track, test: _Track, window: int) -> RunMatrices:
    sensitivity = np.zeros((LONG + 1, LONG + 1), dtype=np.int64)
    predictivity = np.zeros_like(sensitivity)
    mismatches: list[RunMismatch] = []
    for ours, theirs, by_reference in ((reference, test, True), (test, reference, False)):
        for run in _runs(ours):
            span = None if run.span is None else Span(run.span.start - window, run.span.stop + window)
            other = 0 if span is None else theirs.longest(span)
            row, column = (run.length, other) if by_reference else (other, run.length)
            (sensitivity if by_reference else predictivity)[row, column] += 1
            if row != column and span is not None:
                mismatches.append(RunMismatch(row, column, span.start, span.stop))
    return RunMatrices(sensitivity, predictivity, tuple(mismatches))
