"""What the comparators take from annotations: classes, shutdown, flutter, rhythm, and the test period."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeGuard

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

Marks = Annotations | npt.ArrayLike | tuple[npt.ArrayLike, Iterable[str]]
"""What can be compared: annotations, sample indices of normal beats, or sample indices and their symbols."""

FLUTTER_WAVE: Final = "!"
"""No beat of any class, but an RR interval ends and begins at it."""

_UNREADABLE: Final = 16 | 32
_KNOWN: Final = sorted(SYMBOLS.values())
_ASCII: Final = 128
_CLASSES: Final = aami_classes([chr(code) for code in range(_ASCII)] + [""], scheme="bxb")
"""AAMI class of the symbol with each ASCII code, and of every other."""

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


class IntervalError(ParameterError):
    """The comparison would end before it starts."""


@dataclass(frozen=True)
class Period:
    """The part of a record that is compared, in samples, and the match window.

    Parameters
    ----------
    start, stop : int
        First and last sample.
    window : int
        Match window.
    fs : float
        Sampling frequency in Hz.
    whole_second : int
        Samples in a second, rounded: what the WFDB programs turn counts of samples into seconds with.
    ends_with_reference, ends_with_test : bool
        Whether the comparison is over after the last beat of that annotator.
    """

    start: int
    stop: int
    window: int
    fs: float
    whole_second: int
    ends_with_reference: bool = False
    ends_with_test: bool = False


def to_samples(seconds: float, fs: float) -> int:
    """Round a time in seconds to the nearest sample, halves upwards."""
    return math.floor(seconds * fs + 0.5)


@dataclass(frozen=True, eq=False)
class Compared:
    """Two annotators at one rate, and the part of the record in which they are compared."""

    reference: Annotations
    test: Annotations
    period: Period


def prepare(
    reference: Marks,
    test: Marks,
    *,
    fs: float | None,
    start: float,
    stop: float | None,
    window: float,
    length: int | None,
) -> Compared:
    """Bring two annotators to one rate, settle what is compared, and refuse what cannot be.

    Parameters
    ----------
    reference, test : Annotations, array_like of int of shape (n,), or a pair of arrays
        The marks to compare.
    fs : float or None
        Sampling frequency of the record in Hz; None for the one that the annotations state, the reference
        first.
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
    Compared

    Raises
    ------
    ParameterError
        If the rate is unknown, or a time is negative.
    IntervalError
        If the record or the comparison ends before it starts.
    AnnotationError
        If no mark of an annotator is a beat and some symbol is unknown.
    """
    ours, theirs = as_annotations(reference), as_annotations(test)
    rate = fs or ours.fs or theirs.fs
    if rate is None or not rate > 0:
        raise ParameterError("fs is unknown; give the sampling frequency of the record in Hz")
    for name, seconds in (("start", start), ("stop", stop or 0.0), ("window", window)):
        if not seconds >= 0:
            raise ParameterError(f"{name}={seconds:g} is not a time; give seconds from 0 on")
    for whose, marks in (("reference", ours), ("test", theirs)):
        _refuse_foreign_symbols(whose, marks)
    ours, theirs = at_rate(ours, rate), at_rate(theirs, rate)
    return Compared(ours, theirs, _period(ours, theirs, rate, start, stop, window, length))


def _period(
    reference: Annotations,
    test: Annotations,
    fs: float,
    start: float,
    stop: float | None,
    window: float,
    length: int | None,
) -> Period:
    first, last = to_samples(start, fs), _last_sample(reference, test, fs, stop, length)
    fixed = bool(stop) or (stop is None and length is not None)
    if fixed and last < first:
        what = f"stop={stop:g}" if stop else f"the end of the record at {last / fs:g} s"
        raise IntervalError(
            f"{what} lies before start={start:g}; give a later stop, an earlier start or a longer record"
        )
    return Period(
        start=first,
        stop=last,
        window=to_samples(window, fs),
        fs=fs,
        whole_second=to_samples(1, fs),
        ends_with_reference=not fixed,
        ends_with_test=stop == 0,
    )


def at_rate(marks: Annotations, fs: float) -> Annotations:
    """Bring marks that state another rate to the nearest samples of this one."""
    if marks.fs is None or marks.fs == fs:
        return marks
    return replace(marks, samples=np.floor(marks.samples * (fs / marks.fs) + 0.5).astype(np.int64), fs=fs)


def _refuse_foreign_symbols(whose: str, marks: Annotations) -> None:
    """Let symbols of the file's own pass, but not where nothing else is there."""
    if np.any(beat_classes(marks) != ""):
        return
    strange = marks.symbols[~np.isin(marks.symbols, _KNOWN)]
    if len(strange):
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


def as_annotations(marks: Marks) -> Annotations:
    """Take sample indices for normal beats, a pair for samples and symbols; let annotations pass."""
    if isinstance(marks, Annotations):
        return marks
    given, symbols = marks if _is_pair(marks) else (marks, None)
    samples = np.asarray(given)
    if samples.ndim != 1 or (samples.size and not np.issubdtype(samples.dtype, np.integer)):
        raise ParameterError(
            f"beats have shape {samples.shape} and type {samples.dtype};"
            " give Annotations, sample indices of shape (n,), or (samples, symbols)"
        )
    names = np.full(len(samples), "N") if symbols is None else np.asarray(list(symbols), dtype=np.str_)
    return Annotations(samples.astype(np.int64), names)


def _is_pair(marks: object) -> TypeGuard[tuple[npt.ArrayLike, Iterable[str]]]:
    return isinstance(marks, tuple) and len(marks) == 2 and np.asarray(marks[1]).dtype.kind in "UO"


def beat_classes(marks: Annotations) -> npt.NDArray[np.str_]:
    """Return the AAMI class of each mark (scheme ``bxb``); empty for what is no beat; shape (n,)."""
    return _CLASSES[np.minimum(marks.symbols.view(np.uint32), _ASCII)]


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


def in_flutter(marks: Annotations) -> Bools:
    """Tell which marks stand between a ``[`` and its ``]``, or after a ``[`` without end; shape (n,)."""
    changes = np.isin(marks.symbols, ["[", "]"])
    latest = np.maximum.accumulate(np.where(changes, np.arange(len(marks)), -1))
    inside: Bools = np.append(marks.symbols == "[", False)[latest]
    return inside


def flutter_spans(marks: Annotations) -> tuple[Span, ...]:
    """Find the episodes of ventricular flutter or fibrillation: from ``[`` to ``]``, or for ever."""
    return _spans(marks, np.isin(marks.symbols, ["[", "]"]), marks.symbols == "[")


def rhythm_spans(marks: Annotations, name: str) -> tuple[Span, ...]:
    """Find the episodes of a rhythm: from a rhythm mark of such a name to the next of another."""
    return _spans(marks, marks.symbols == "+", is_rhythm(marks, name))


def is_rhythm(marks: Annotations, name: str) -> Bools:
    """Tell which rhythm marks have a text that begins so, such as ``(AFIB``; shape (n,)."""
    begins = np.zeros(len(marks), dtype=np.bool_)
    changes = np.flatnonzero(marks.symbols == "+")
    begins[changes] = [marks.aux[i].startswith(name) for i in changes]
    return begins


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
