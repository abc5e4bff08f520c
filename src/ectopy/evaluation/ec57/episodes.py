"""Episode-by-episode comparison of annotations (ANSI/AAMI EC57), as the WFDB program epicmp does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ectopy.errors import ParameterError, unknown_option
from ectopy.evaluation.ec57.figures import Share, clock
from ectopy.evaluation.ec57.marks import (
    LEARNING_PERIOD,
    Period,
    Span,
    comparison_period,
    flutter_spans,
    rhythm_spans,
    to_samples,
)
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations

_LABEL: Final = 30
_COLUMNS: Final = "Record  TPs   FN  TPp   FP  ESe E+P DSe D+P  Ref duration  Test duration \n"

KINDS: Final = ("AF", "VF")
"""Atrial fibrillation, from rhythm marks; ventricular flutter or fibrillation, from ``[`` and ``]``."""

HEADINGS: Final = {kind: f"({kind} detection)\n{_COLUMNS}" for kind in KINDS}
"""Kind → the heading of a file of line-format reports."""


@dataclass(frozen=True)
class EpisodeComparison:
    """How the episodes of a test annotator compare with those of the reference.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    record, reference_annotator, test_annotator : str
        What was compared.
    sensitivity : Share
        Reference episodes that a test episode overlaps.
    predictivity : Share
        Test episodes that a reference episode overlaps.
    duration_sensitivity, duration_predictivity : Share
        Samples in which both have an episode, of those in which the reference has, or the test.
    fs : float
        Sampling frequency in Hz.
    """

    kind: str
    record: str
    reference_annotator: str
    test_annotator: str
    sensitivity: Share
    predictivity: Share
    duration_sensitivity: Share
    duration_predictivity: Share
    fs: float

    def __str__(self) -> str:
        return matrix_report(self)


def compare_episodes(
    reference: Annotations,
    test: Annotations,
    kind: str = "AF",
    *,
    fs: float | None = None,
    record: str = "",
    annotators: tuple[str, str] = ("reference", "test"),
    start: float = LEARNING_PERIOD,
    stop: float | None = None,
    length: int | None = None,
    shortest: float = 0.0,
    shortest_counts: bool = True,
    without_flutter: bool = False,
) -> EpisodeComparison:
    """Compare annotations episode by episode.

    Parameters
    ----------
    reference, test : Annotations
        What is right, and what is judged.
    kind : {"AF", "VF"}
        Which episodes.
    fs, record, annotators, start, stop, length
        As for `ectopy.evaluation.ec57.compare_beats`.
    shortest : float
        Episodes shorter than this many seconds are left out of the episode statistics.
    shortest_counts : bool
        Whether what is left out there still counts in the duration statistics.
    without_flutter : bool
        Whether what lies in reference atrial flutter is left out of the positive predictivity of atrial
        fibrillation (EC38:1998).

    Returns
    -------
    EpisodeComparison
        ``str()`` of it is the report.

    Raises
    ------
    ParameterError
        If the kind or the rate is unknown, or a time is not possible.
    AnnotationError
        If the annotations cannot belong to one record, or a symbol is unknown.

    References
    ----------
    ANSI/AAMI EC57, section 4.3; epicmp(1) in the WFDB Applications Guide.

    Examples
    --------
    >>> reference = Annotations([0, 3600, 7200], ["+", "+", "N"], aux=("(AFIB", "(N", ""), fs=360)
    >>> test = Annotations([1800, 5400], ["+", "+"], aux=("(AFIB", "(N"), fs=360)
    >>> found = compare_episodes(reference, test, start=0)
    >>> found.sensitivity.percent, found.duration_sensitivity.percent
    (100.0, 50.0)
    """
    if kind not in KINDS:
        raise unknown_option("kind", kind, KINDS)
    if not shortest >= 0:
        raise ParameterError(f"shortest={shortest:g} is not a time; give seconds from 0 on")
    period = comparison_period(
        reference, test, fs=fs, start=start, stop=stop, window=MATCH_WINDOW, length=length
    )
    find = _FINDERS[kind]
    ours, theirs = _clip(find(reference), period), _clip(find(test), period)
    judged = theirs
    if without_flutter and kind == "AF":
        judged = _outside(theirs, _clip(rhythm_spans(reference, "(AFL"), period))
    least = to_samples(shortest, period.fs)
    counted = [[span for span in spans if span.stop - span.start >= least] for spans in (ours, judged)]
    if not shortest_counts:
        ours, judged = counted
        theirs = [span for span in theirs if span.stop - span.start >= least]
    return EpisodeComparison(
        kind,
        record,
        *annotators,
        sensitivity=_overlapped(counted[0], theirs),
        predictivity=_overlapped(counted[1], ours),
        duration_sensitivity=Share(_overlap(ours, theirs), _total(ours)),
        duration_predictivity=Share(_overlap(judged, ours), _total(judged)),
        fs=period.fs,
    )


def matrix_report(found: EpisodeComparison) -> str:
    """Write the figures, one a line (options -A and -V)."""
    times = [
        f"{_percent(share)} ({clock(share.part, found.fs)}/{clock(share.whole, found.fs)})"
        for share in (found.duration_sensitivity, found.duration_predictivity)
    ]
    reference, test = (
        clock(share.whole, found.fs) for share in (found.duration_sensitivity, found.duration_predictivity)
    )
    lines = [
        f"{found.kind} episode-by-episode comparison results for record {found.record}",
        f"Reference annotator: {found.reference_annotator}",
        f"     Test annotator: {found.test_annotator}",
        "",
        f"{'Episode sensitivity':>{_LABEL}}: {found.sensitivity.sentence(3, 0)}",
        f"{'Episode positive predictivity':>{_LABEL}}: {found.predictivity.sentence(3, 0)}",
        f"{'Duration sensitivity':>{_LABEL}}: {times[0]}",
        f"{'Duration positive predictivity':>{_LABEL}}: {times[1]}",
        f"{'Duration of reference episodes':>{_LABEL}}: {reference:>13}",
        f"{'Duration of test episodes':>{_LABEL}}: {test:>13}",
    ]
    return "\n".join(lines) + "\n"


def line_report(found: EpisodeComparison) -> str:
    """Write the counts and figures as one line (options -l and -L)."""
    shares = (found.sensitivity, found.predictivity)
    counts = "".join(f" {share.part:4d} {share.whole - share.part:4d}" for share in shares)
    figures = [
        share.cell(3, 0) for share in (*shares, found.duration_sensitivity, found.duration_predictivity)
    ]
    reference, test = (
        clock(share.whole, found.fs) for share in (found.duration_sensitivity, found.duration_predictivity)
    )
    return f"{found.record:>6}{counts}  {' '.join(figures)} {reference:>13} {test:>14}\n"


def _fibrillation(marks: Annotations) -> tuple[Span, ...]:
    return rhythm_spans(marks, "(AFIB")


_FINDERS: Final[dict[str, Callable[[Annotations], tuple[Span, ...]]]] = {
    "AF": _fibrillation,
    "VF": flutter_spans,
}


def _percent(share: Share) -> str:
    return f"{share.cell(3, 0)}{'%' if share.whole else ' '}"


def _clip(spans: Sequence[Span], period: Period) -> list[Span]:
    clipped = [Span(max(span.start, period.start), min(span.stop, period.stop)) for span in spans]
    return [span for span in clipped if span.start < span.stop]


def _outside(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Cut away what lies in one of the others."""
    left = list(spans)
    for other in others:
        parts = [
            part
            for span in left
            for part in (
                Span(span.start, min(span.stop, other.start)),
                Span(max(span.start, other.stop), span.stop),
            )
        ]
        left = [part for part in parts if part.start < part.stop]
    return left


def _common(span: Span, other: Span) -> int:
    return max(0, min(span.stop, other.stop) - max(span.start, other.start))


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> int:
    return sum(_common(span, other) for span in spans for other in others)


def _overlapped(spans: Sequence[Span], others: Sequence[Span]) -> Share:
    return Share(sum(any(_common(span, other) for other in others) for span in spans), len(spans))


def _total(spans: Sequence[Span]) -> int:
    return sum(span.stop - span.start for span in spans)
