"""Beat-by-beat comparison of annotations (ANSI/AAMI EC57), as the WFDB program bxb does it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.evaluation.ec57.beat_reports import ROWS, BeatComparison
from ectopy.evaluation.ec57.marks import (
    FLUTTER_WAVE,
    FOREVER,
    LEARNING_PERIOD,
    Bools,
    Marks,
    Period,
    Samples,
    Span,
    beat_classes,
    flutter_spans,
    in_flutter,
    is_shutdown,
    prepare,
    shutdown_spans,
)
from ectopy.evaluation.matching import ALONE, Matching, match_beats
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations

_SORTED_ROWS: Final = np.array(sorted(ROWS))
_ROW_OF: Final = np.array([ROWS.index(row) for row in sorted(ROWS)])


def compare_beats(
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
) -> BeatComparison:
    """Compare annotations beat by beat.

    Parameters
    ----------
    reference, test : Annotations, array_like of int of shape (n,), or a pair of arrays
        What is right, and what is judged. Bare sample indices stand for normal beats, as a QRS detector finds
        them; a pair holds sample indices and their WFDB symbols.
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
        Samples in the record. Without it the comparison ends with the last beat of the reference, and what
        the test annotator says after that is not counted.
    corrected : bool
        Whether to count only the shutdown in the period, and to measure time by a rate that is not rounded to
        whole samples a second, where bxb does otherwise.

    Returns
    -------
    BeatComparison
        ``str()`` of it is the standard report with SVEB statistics.

    Raises
    ------
    ParameterError
        If the rate is unknown, a time is not possible, the record ends before the comparison starts, or an
        array holds no sample indices.
    AnnotationError
        If the annotations count at different rates, or no mark is a beat and a symbol is unknown.

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
    compared = prepare(reference, test, fs=fs, start=start, stop=stop, window=window, length=length)
    period = compared.period
    ours = _side(compared.reference, period.window).since(period.start)
    theirs = _side(compared.test, period.window)
    events = _events(match_beats(ours.beats, theirs.beats, period.window), ours, theirs, period)
    rows, columns = _cells(events, ours, theirs)
    second = period.fs if corrected else period.whole_second
    return BeatComparison(
        record,
        *annotators,
        rows=rows,
        columns=columns,
        reference_marks=_marks(events, ours, events.has_reference, events.i),
        test_marks=_marks(events, theirs, events.has_test, events.j),
        rr_error=_rr_error(events, ours, theirs, second),
        shutdown=_shutdown_time(theirs.shutdowns, period, corrected=corrected) / second,
    )


@dataclass(frozen=True, eq=False)
class _Side:
    """The beats of one annotator, those of its own flutter left out.

    ``rr`` is the interval that ends at each beat, NaN where there is none or a shutdown or flutter broke it.
    """

    marks: Samples
    beats: Samples
    classes: npt.NDArray[np.str_]
    rr: npt.NDArray[np.float64]
    shutdowns: tuple[Span, ...]
    flutter: tuple[Span, ...]

    def since(self, start: int) -> _Side:
        """Leave out the beats before a sample."""
        first = int(np.searchsorted(self.beats, start))
        return replace(
            self,
            marks=self.marks[first:],
            beats=self.beats[first:],
            classes=self.classes[first:],
            rr=self.rr[first:],
        )


def _side(marks: Annotations, window: int) -> _Side:
    classes = beat_classes(marks)
    where = np.flatnonzero((classes != "") & ~in_flutter(marks))
    return _Side(
        marks=where,
        beats=marks.samples[where],
        classes=classes[where],
        rr=_rr(marks, classes)[where],
        shutdowns=shutdown_spans(marks, window),
        flutter=flutter_spans(marks),
    )


def _rr(marks: Annotations, classes: npt.NDArray[np.str_]) -> npt.NDArray[np.float64]:
    """Return the interval that ends at each mark that is a beat or a flutter wave; NaN elsewhere."""
    rr = np.full(len(marks), np.nan)
    ends = (classes != "") | (marks.symbols == FLUTTER_WAVE)
    times = marks.samples[ends]
    intervals = np.diff(times, prepend=times[:1]).astype(np.float64)
    n_before = np.cumsum(ends)[is_shutdown(marks) | np.isin(marks.symbols, ["[", "]"])]
    intervals[n_before[n_before < len(times)]] = 0
    rr[ends] = np.where(intervals > 0, intervals, np.nan)
    return rr


@dataclass(frozen=True, eq=False)
class _Events:
    """What the walk through both annotators met, in the order of time.

    ``i`` and ``j`` are the current beats of either, ``has_reference`` and ``has_test`` tell which of them an
    event takes; ``samples`` is the time of the earlier. ``kept`` are the events of the period, ``counted``
    those of them that are tallied.
    """

    i: Samples
    j: Samples
    has_reference: Bools
    has_test: Bools
    samples: Samples
    kept: Bools
    counted: Bools


def _events(matching: Matching, ours: _Side, theirs: _Side, period: Period) -> _Events:
    has_reference, has_test = matching.reference != ALONE, matching.test != ALONE
    never = np.array([FOREVER])
    samples = np.minimum(
        np.where(has_reference, np.append(ours.beats, never)[matching.reference], FOREVER),
        np.where(has_test, np.append(theirs.beats, never)[matching.test], FOREVER),
    )
    extra = ~has_reference
    kept = (samples <= period.stop) & ~(extra & (samples < period.start + period.window))
    for ends, has in ((period.ends_with_reference, has_reference), (period.ends_with_test, has_test)):
        if ends:
            kept[np.flatnonzero(has)[-1] + 1 if has.any() else 0 :] = False
    return _Events(
        i=np.cumsum(has_reference) - has_reference,
        j=np.cumsum(has_test) - has_test,
        has_reference=has_reference,
        has_test=has_test,
        samples=samples,
        kept=kept,
        counted=kept & ~(extra & _within(ours.flutter, samples)),
    )


def _cells(events: _Events, ours: _Side, theirs: _Side) -> tuple[Samples, Samples]:
    """Return the row and the column in which each counted event is tallied."""
    cells = []
    for side, has, current in (
        (ours, events.has_reference, events.i),
        (theirs, events.has_test, events.j),
    ):
        places = np.searchsorted(_SORTED_ROWS, np.append(side.classes, "O"))
        absent = np.where(_within(side.shutdowns, events.samples), ROWS.index("X"), ROWS.index("O"))
        present = _ROW_OF[places][np.minimum(current, len(side.beats))]
        cells.append(np.where(has, present, absent)[events.counted])
    return cells[0], cells[1]


def _marks(events: _Events, side: _Side, has: Bools, current: Samples) -> Samples:
    return np.where(has, np.append(side.marks, ALONE)[current], ALONE)[events.counted]


def _within(spans: tuple[Span, ...], samples: Samples) -> Bools:
    inside = np.zeros(len(samples), dtype=np.bool_)
    for span in spans:
        inside |= (samples >= span.start) & (samples <= span.stop)
    return inside


def _rr_error(events: _Events, ours: _Side, theirs: _Side, second: float) -> float | None:
    """Compare, at each event, the intervals that end at the current beat of either annotator."""
    current = events.kept & (events.i < len(ours.beats)) & (events.j < len(theirs.beats))
    differences = ours.rr[events.i[current]] - theirs.rr[events.j[current]]
    differences = differences[~np.isnan(differences)]
    if not len(differences):
        return None
    return float(np.sqrt(np.mean(differences**2)) * 1000 / second)


def _shutdown_time(spans: tuple[Span, ...], period: Period, *, corrected: bool) -> int:
    """Return the samples of shutdown: of all that ended, as bxb does, or of the period alone."""
    first = period.start if corrected else 0
    ends = (min(span.stop, period.stop) if corrected or span.stop == FOREVER else span.stop for span in spans)
    return sum(max(0, stop - max(span.start, first)) for span, stop in zip(spans, ends, strict=True))
