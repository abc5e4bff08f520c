"""What the comparators take from annotations: classes, shutdown, flutter, rhythm, and the test period."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError, ParameterError
from ectopy.io.wfdb.annotation_codes import SYMBOLS
from ectopy.labels import aami_classes
from ectopy.record import Annotations

LEARNING_PERIOD: Final = 300.0
"""Seconds at the start of a record that are not compared (EC57)."""

FOREVER: Final = 1 << 62
"""End of what nobody ended."""

_OVERHANG: Final = 5.0
"""Seconds after the last sample in which a mark is late; after them it belongs to another record."""

_UNREADABLE: Final = 16 | 32
_KNOWN: Final = sorted(SYMBOLS.values())

Bools = npt.NDArray[np.bool_]
Samples = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Span:
    """A stretch of a record, in samples."""

    start: int
    stop: int

    def holds(self, sample: int) -> bool:
        """Tell whether a sample lies in the stretch, its ends included."""
        return self.start <= sample <= self.stop


@dataclass(frozen=True)
class Period:
    """The part of a record that is compared, in samples, and the match window."""

    start: int
    stop: int
    window: int
    fs: float

    def holds(self, samples: Samples) -> Bools:
        """Tell which samples lie in the period, its ends included."""
        return (samples >= self.start) & (samples <= self.stop)


def to_samples(seconds: float, fs: float) -> int:
    """Round a time in seconds to the nearest sample, halves upwards."""
    return math.floor(seconds * fs + 0.5)


def comparison_period(
    reference: Annotations,
    test: Annotations,
    *,
    fs: float | None,
    start: float,
    stop: float | None,
    window: float,
    length: int | None,
) -> Period:
    """Settle what is compared, and refuse what cannot be.

    Parameters
    ----------
    reference, test : Annotations
        The marks to compare.
    fs : float or None
        Sampling frequency in Hz; None for the one that the annotations state.
    start : float
        Seconds to leave out at the start.
    stop : float or None
        Where to stop, in seconds; None for the end of the record if ``length`` says it, and of the reference
        annotations otherwise; 0 for the end of whichever annotations end first.
    window : float
        Match window in seconds.
    length : int or None
        Samples in the record.

    Returns
    -------
    Period

    Raises
    ------
    ParameterError
        If the rate is unknown, a time is negative, or the period ends before it starts.
    AnnotationError
        If the rates differ, no mark is a beat and some symbol is unknown, or the test annotations go on for
        more than 5 s after the end of the record.
    """
    rate = _agreed_rate(reference, test, fs)
    for name, seconds in (("start", start), ("stop", stop or 0.0), ("window", window)):
        if not seconds >= 0:
            raise ParameterError(f"{name}={seconds:g} is not a time; give seconds from 0 on")
    for whose, marks in (("reference", reference), ("test", test)):
        _refuse_foreign_symbols(whose, marks)
    first, width = to_samples(start, rate), to_samples(window, rate)
    last = _last_sample(reference, test, rate, stop, length)
    if length is not None and len(test) and test.samples[-1] > length + _OVERHANG * rate:
        raise AnnotationError(
            f"test annotations go on to sample {test.samples[-1]} of a record of {length};"
            " they belong to another record or count at another rate"
        )
    if stop and last < first:
        raise ParameterError(f"stop={stop:g} lies before start={start:g}; give a later one")
    return Period(first, last, width, rate)


def _agreed_rate(reference: Annotations, test: Annotations, fs: float | None) -> float:
    stated = {float(rate) for rate in (fs, reference.fs, test.fs) if rate is not None}
    if len(stated) > 1:
        rates = " and ".join(f"{rate:g}" for rate in sorted(stated))
        raise AnnotationError(
            f"annotations count at {rates} Hz; rescale the test annotations to the record's rate"
        )
    if not stated or min(stated) <= 0:
        raise ParameterError("fs is unknown; give the sampling frequency of the record in Hz")
    return stated.pop()


def _refuse_foreign_symbols(whose: str, marks: Annotations) -> None:
    """Let symbols of the file's own pass, but not where nothing else is there."""
    strange = marks.symbols[~np.isin(marks.symbols, _KNOWN)]
    if len(strange) and not len(marks.beats()):
        raise AnnotationError(
            f"{whose} annotations: no beat, and {str(strange[0])!r} is no symbol of WFDB's;"
            f" map it to one of: {' '.join(_KNOWN)}"
        )


def _last_sample(
    reference: Annotations, test: Annotations, fs: float, stop: float | None, length: int | None
) -> int:
    ends = [int(marks.samples[-1]) if len(marks) else 0 for marks in (reference, test)]
    if stop:
        return to_samples(stop, fs)
    if stop is not None:
        return min(ends)
    return ends[0] if length is None else length


def as_annotations(marks: Annotations | npt.ArrayLike) -> Annotations:
    """Take bare sample indices for normal beats; let annotations pass."""
    if isinstance(marks, Annotations):
        return marks
    samples = np.asarray(marks)
    if samples.ndim != 1 or (samples.size and not np.issubdtype(samples.dtype, np.integer)):
        raise ParameterError(
            f"beats have shape {samples.shape} and type {samples.dtype};"
            " give Annotations, or sample indices of shape (n,)"
        )
    return Annotations(samples.astype(np.int64), np.full(len(samples), "N"))


def beat_classes(marks: Annotations) -> npt.NDArray[np.str_]:
    """Return the AAMI class of each mark (scheme ``bxb``); empty for what is no beat; shape (n,)."""
    return aami_classes(marks.symbols, scheme="bxb")


def is_shutdown(marks: Annotations) -> Bools:
    """Tell which marks begin a shutdown: noise marks that call both signals unreadable; shape (n,)."""
    return (marks.symbols == "~") & ((marks.subtypes & _UNREADABLE) == _UNREADABLE)


def shutdown_spans(marks: Annotations, window: int) -> tuple[Span, ...]:
    """Find when the annotator saw nothing.

    A shutdown lasts from its noise mark to the next noise mark of another subtype. If a beat comes first, the
    mark stands alone, as in AHA files: the shutdown lasts from one match window after the beat before the
    mark to one match window before the beat after it.
    """
    down, beats = is_shutdown(marks), beat_classes(marks) != ""
    n_before = np.cumsum(beats)
    times = marks.samples[beats]
    spans: list[Span] = []
    begun = gap = FOREVER
    for i in np.flatnonzero(marks.symbols == "~"):
        here = int(n_before[i])
        if begun != FOREVER and here != gap:
            spans.append(_around(times, gap, begun, window))
            begun = FOREVER
        if down[i] and begun == FOREVER:
            begun, gap = int(marks.samples[i]), here
        elif not down[i] and begun != FOREVER:
            spans.append(Span(begun, int(marks.samples[i])))
            begun = FOREVER
    if begun != FOREVER:
        spans.append(_around(times, gap, begun, window))
    return tuple(span for span in spans if span.start <= span.stop)


def _around(beats: Samples, gap: int, begun: int, window: int) -> Span:
    if gap == len(beats):
        return Span(begun, FOREVER)
    return Span(int(beats[gap - 1]) + window if gap else begun, int(beats[gap]) - window)


def flutter_spans(marks: Annotations) -> tuple[Span, ...]:
    """Find the episodes of ventricular flutter or fibrillation: from ``[`` to ``]``, or for ever."""
    return _spans(marks, np.isin(marks.symbols, ["[", "]"]), marks.symbols == "[")


def rhythm_spans(marks: Annotations, names: Sequence[str]) -> tuple[Span, ...]:
    """Find the episodes of some rhythms: from a rhythm mark of such a name to the next of another."""
    return _spans(marks, marks.symbols == "+", is_rhythm(marks, names))


def is_rhythm(marks: Annotations, names: Sequence[str]) -> Bools:
    """Tell which marks begin one of some rhythms, such as ``(AFIB``; shape (n,)."""
    texts = np.array([text.rstrip("\0 ") for text in marks.aux], dtype=np.str_)
    return (marks.symbols == "+") & np.isin(texts, list(names))


def _spans(marks: Annotations, changes: Bools, starts: Bools) -> tuple[Span, ...]:
    spans: list[Span] = []
    begun = None
    for i in np.flatnonzero(changes):
        sample = int(marks.samples[i])
        if starts[i] and begun is None:
            begun = sample
        elif not starts[i] and begun is not None:
            spans.append(Span(begun, sample))
            begun = None
    return (*spans, Span(begun, FOREVER)) if begun is not None else tuple(spans)
