"""Ischemic ST episodes, and ST deviations, of annotations in the manner of the European ST-T Database."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from ectopy.evaluation.ec57.episode_reports import StMeasurement
from ectopy.evaluation.ec57.marks import FOREVER, Period, Samples, Span, beat_classes
from ectopy.record import Annotations

_CHANGE: Final = "s"
_ONSET: Final = re.compile(r"\(ST(\d?)")
_END: Final = re.compile(r"ST(\d?)[^)]*\)")
_EXTREMUM: Final = re.compile(r"AST(\d?)([-+]?\d+)")
_MEASURED: Final = re.compile(r"\s*([-+]?\d+)\s+([-+]?\d+)")


def st_spans(marks: Annotations, signal: int | None) -> tuple[Span, ...]:
    """Find the ischemic ST episodes of one signal, or of both together.

    Of both, an episode lasts from where the first of them begins to where none is left.
    """
    spans: list[Span] = []
    begun = depth = 0
    for sample, text in _changes(marks):
        step = _counts(_ONSET, text, signal) - _counts(_END, text, signal)
        if step > 0 and not depth:
            begun = sample
        if step < 0 and depth == 1:
            spans.append(Span(begun, sample))
        depth = max(0, depth + step)
    return (*spans, Span(begun, FOREVER)) if depth else tuple(spans)


def extrema(marks: Annotations, signal: int | None) -> Samples:
    """Return where the ST deviation of an episode is greatest, as marked; shape (n,)."""
    return np.array([at for at, text in _changes(marks) if _counts(_EXTREMUM, text, signal)], dtype=np.int64)


def measurements(
    reference: Annotations, test: Annotations, signal: int | None, period: Period
) -> tuple[StMeasurement, ...]:
    """Compare each ST deviation of the reference with what beats of the test last said (EC57)."""
    beats = np.flatnonzero(beat_classes(test) != "")
    levels = [(int(test.samples[i]), match) for i in beats if (match := _MEASURED.match(test.aux[i]))]
    times = np.array([sample for sample, _ in levels], dtype=np.int64)
    found = []
    for sample, text in _changes(reference):
        match = _EXTREMUM.match(text)
        if not match or not period.start <= sample <= period.stop or not _counts(_EXTREMUM, text, signal):
            continue
        which = int(match[1] or 0)
        latest = int(np.searchsorted(times, sample, side="right")) - 1
        level = int(levels[latest][1][1 + which]) if latest >= 0 and which < 2 else None
        found.append(StMeasurement(sample, which, int(match[2]), level))
    return tuple(found)


def _changes(marks: Annotations) -> list[tuple[int, str]]:
    return [(int(marks.samples[i]), marks.aux[i]) for i in np.flatnonzero(marks.symbols == _CHANGE)]


def _counts(pattern: re.Pattern[str], text: str, signal: int | None) -> bool:
    """Tell whether a text is of that kind, and of that signal or of none in particular."""
    match = pattern.match(text)
    return match is not None and (signal is None or match[1] == str(signal))
