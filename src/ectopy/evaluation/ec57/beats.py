"""Beat-by-beat comparison of annotations (ANSI/AAMI EC57), as the WFDB program bxb does it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ectopy.evaluation.ec57.beat_reports import COLUMNS, ROWS, BeatComparison, BeatEvent
from ectopy.evaluation.ec57.marks import (
    LEARNING_PERIOD,
    Bools,
    Period,
    Samples,
    Span,
    as_annotations,
    beat_classes,
    comparison_period,
    flutter_spans,
    is_shutdown,
    shutdown_spans,
)
from ectopy.evaluation.matching import ALONE, Matching, match_beats
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations


def compare_beats(
    reference: Annotations | npt.ArrayLike,
    test: Annotations | npt.ArrayLike,
    *,
    fs: float | None = None,
    record: str = "",
    annotators: tuple[str, str] = ("reference", "test"),
    start: float = LEARNING_PERIOD,
    stop: float | None = None,
    window: float = MATCH_WINDOW,
    length: int | None = None,
) -> BeatComparison:
    """Compare annotations beat by beat.

    Parameters
    ----------
    reference, test : Annotations, or array_like of int, shape (n,)
        What is right, and what is judged. Bare sample indices stand for normal beats, as a QRS detector finds
        them.
    fs : float, optional
        Sampling frequency of both in Hz; by default the one that they state.
    record : str
        Name of the record, for the report.
    annotators : tuple of two str
        Names of the annotators, for the report.
    start : float
        Learning period in seconds; beats before it are left out.
    stop : float, optional
        Where to stop, in seconds; by default at the end of the record, or of the reference annotations where
        ``length`` is not given; 0 for the end of whichever annotations end first.
    window : float
        Match window in seconds.
    length : int, optional
        Samples in the record.

    Returns
    -------
    BeatComparison
        ``str()`` of it is the standard report with SVEB statistics.

    Raises
    ------
    ParameterError
        If the rate is unknown, a time is not possible, or an array holds no sample indices.
    AnnotationError
        If the annotations cannot belong to one record: other rates, or marks after its end; or a symbol is
        unknown.

    References
    ----------
    ANSI/AAMI EC57, section 4.3; bxb(1) in the WFDB Applications Guide.

    Examples
    --------
    >>> reference = Annotations([400, 700, 1000], ["N", "V", "N"], fs=360)
    >>> test = Annotations([395, 704, 850], ["N", "N", "V"], fs=360)
    >>> found = compare_beats(reference, test, start=0)
    >>> found.count("V", "n"), found.count("O", "v"), found.count("N", "o")
    (1, 1, 1)
    >>> found.qrs_sensitivity.sentence(6, 2)
    ' 66.67% (2/3)'
    """
    reference, test = as_annotations(reference), as_annotations(test)
    period = comparison_period(reference, test, fs=fs, start=start, stop=stop, window=window, length=length)
    ours, theirs = _side(reference, period), _side(test, period)
    matching = match_beats(ours.beats, theirs.beats, period.window)
    events = _classify(matching, ours, theirs, period)
    counts = np.zeros((len(ROWS), len(COLUMNS)), dtype=np.int64)
    for event in events:
        counts[ROWS.index(event.row), COLUMNS.index(event.column)] += 1
    return BeatComparison(
        record,
        *annotators,
        counts=counts,
        rr_error=_rr_error(matching, ours, theirs, period),
        shutdown=_shutdown_time(theirs.shutdowns, period),
        events=events,
    )


@dataclass(frozen=True, eq=False)
class _Side:
    """The beats of one annotator from the start of the test period on.

    ``rr`` is the interval that ends at each beat, NaN where there is none or a shutdown or flutter broke it.
    """

    marks: Samples
    beats: Samples
    classes: npt.NDArray[np.str_]
    rr: npt.NDArray[np.float64]
    shutdowns: tuple[Span, ...]
    flutter: tuple[Span, ...]


def _side(marks: Annotations, period: Period) -> _Side:
    classes = beat_classes(marks)
    where = np.flatnonzero(classes != "")
    times = marks.samples[where]
    rr = np.diff(times, prepend=0).astype(np.float64)
    rr[:1] = np.nan
    rr[_broken(marks, classes != "")] = np.nan
    inside = times >= period.start
    return _Side(
        marks=where[inside],
        beats=times[inside],
        classes=classes[where][inside],
        rr=rr[inside],
        shutdowns=shutdown_spans(marks, period.window),
        flutter=flutter_spans(marks),
    )


def _broken(marks: Annotations, beats: Bools) -> npt.NDArray[np.int64]:
    """Return the beats that follow upon a shutdown or flutter mark, by their place among the beats."""
    breaks = is_shutdown(marks) | np.isin(marks.symbols, ["[", "]"])
    followers = np.cumsum(beats)[breaks]
    return np.unique(followers[followers < beats.sum()])


def _classify(matching: Matching, ours: _Side, theirs: _Side, period: Period) -> tuple[BeatEvent, ...]:
    events = []
    for i, j in zip(matching.reference.tolist(), matching.test.tolist(), strict=True):
        row = column = None
        if i != ALONE:
            row = str(ours.classes[i])
        if j != ALONE:
            column = str(theirs.classes[j]).lower()
        sample = min(int(side.beats[k]) for side, k in ((ours, i), (theirs, j)) if k != ALONE)
        if sample > period.stop or (row is None and _within(ours.flutter, sample)):
            continue
        events.append(
            BeatEvent(
                row or ("X" if _within(ours.shutdowns, sample) else "O"),
                column or ("x" if _within(theirs.shutdowns, sample) else "o"),
                int(ours.marks[i]) if i != ALONE else None,
                int(theirs.marks[j]) if j != ALONE else None,
            )
        )
    return tuple(events)


def _within(spans: tuple[Span, ...], sample: int) -> bool:
    return any(span.holds(sample) for span in spans)


def _rr_error(matching: Matching, ours: _Side, theirs: _Side, period: Period) -> float | None:
    """Compare, at each event, the intervals that end at the current beat of either annotator."""
    i = np.cumsum(matching.reference != ALONE) - (matching.reference != ALONE)
    j = np.cumsum(matching.test != ALONE) - (matching.test != ALONE)
    current = (i < len(ours.beats)) & (j < len(theirs.beats))
    i, j = i[current], j[current]
    counted = np.minimum(ours.beats[i], theirs.beats[j]) <= period.stop
    differences = (ours.rr[i] - theirs.rr[j])[counted]
    differences = differences[~np.isnan(differences)]
    if not len(differences):
        return None
    return float(np.sqrt(np.mean(differences**2)) * 1000 / period.fs)


def _shutdown_time(spans: tuple[Span, ...], period: Period) -> float:
    parts = (min(span.stop, period.stop) - max(span.start, period.start) for span in spans)
    return sum(part for part in parts if part > 0) / period.fs
