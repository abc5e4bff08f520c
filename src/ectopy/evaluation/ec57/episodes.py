"""Episode-by-episode comparison of annotations (ANSI/AAMI EC57), as the WFDB program epicmp does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ectopy.errors import ParameterError, unknown_option
from ectopy.evaluation.ec57.episode_reports import KINDS, EpisodeComparison
from ectopy.evaluation.ec57.figures import Share
from ectopy.evaluation.ec57.marks import (
    LEARNING_PERIOD,
    Marks,
    Period,
    Samples,
    Span,
    flutter_spans,
    prepare,
    rhythm_spans,
    to_samples,
)
from ectopy.evaluation.ec57.st_episodes import extrema, measurements, st_spans
from ectopy.labels import MATCH_WINDOW
from ectopy.record import Annotations


def compare_episodes(
    reference: Marks,
    test: Marks,
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
    signal: int | None = None,
    corrected: bool = False,
) -> EpisodeComparison:
    """Compare annotations episode by episode.

    Parameters
    ----------
    reference, test
        As for `ectopy.evaluation.ec57.compare_beats`.
    kind : {"AF", "VF", "ST"}
        Which episodes: atrial fibrillation, ventricular flutter or fibrillation, ischemic ST changes.
    fs, record, annotators, start, stop, length
        As for `ectopy.evaluation.ec57.compare_beats`.
    shortest : float
        Episodes shorter than this many seconds are left out.
    shortest_counts : bool
        Whether what is left out of the episode statistics still counts in the duration statistics, if
        ``corrected``.
    without_flutter : bool
        Whether what lies in reference atrial flutter is left out of the positive predictivity of atrial
        fibrillation (EC38:1998).
    signal : {0, 1}, optional
        Which signal's ST episodes; both by default.
    corrected : bool
        Whether ``shortest_counts`` has an effect, and a test episode that begins in reference flutter and
        outlasts it loses the part in the flutter; in epicmp shorter episodes never count, and such an episode
        gains the rest of the flutter.

    Returns
    -------
    EpisodeComparison
        ``str()`` of it is the report.

    Raises
    ------
    ParameterError
        If the kind or the rate is unknown, a time is not possible, or the record ends before the comparison
        starts.
    AnnotationError
        If no mark of an annotator is a beat and a symbol is unknown.

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
    compared = prepare(reference, test, fs=fs, start=start, stop=stop, window=MATCH_WINDOW, length=length)
    period = compared.period
    least = to_samples(shortest, period.fs)
    ours, theirs = (
        _Episodes(_clip(_spans(marks, kind, signal), period), _peaks(marks, kind, signal))
        for marks in (compared.reference, compared.test)
    )
    counted = ours.at_least(least), theirs.at_least(least)
    lasting = (ours, theirs) if corrected and shortest_counts else counted
    flutter = _flutter(compared.reference, period) if without_flutter and kind == "AF" else []
    excluded = sum(
        _excluded(span, other, corrected=corrected) for span in lasting[1].spans for other in flutter
    )
    common = _overlap(lasting[0].spans, lasting[1].spans)
    return EpisodeComparison(
        kind,
        record,
        *annotators,
        sensitivity=counted[0].found_in(lasting[1], kind),
        predictivity=counted[1].outside(flutter).found_in(lasting[0], kind),
        duration_sensitivity=Share(common, lasting[0].duration),
        duration_predictivity=Share(common, lasting[1].duration - excluded),
        fs=period.fs,
        signal=signal,
        measurements=measurements(compared.reference, compared.test, signal, period) if kind == "ST" else (),
    )


@dataclass(frozen=True, eq=False)
class _Episodes:
    """Episodes of one annotator, and where their extrema are."""

    spans: list[Span]
    peaks: Samples

    @property
    def duration(self) -> int:
        """Samples of all together."""
        return sum(span.stop - span.start for span in self.spans)

    def at_least(self, least: int) -> _Episodes:
        """Leave out the shorter ones."""
        return replace(self, spans=[span for span in self.spans if span.stop - span.start >= least])

    def outside(self, others: Sequence[Span]) -> _Episodes:
        """Leave out those that lie in one of the others."""
        return replace(
            self,
            spans=[
                span
                for span in self.spans
                if not any(other.start <= span.start and span.stop <= other.stop for other in others)
            ],
        )

    def found_in(self, others: _Episodes, kind: str) -> Share:
        """Count those that the other annotator has too."""
        hits = (any(self._is_found(span, other, kind) for other in others.spans) for span in self.spans)
        return Share(sum(hits), len(self.spans))

    def _is_found(self, span: Span, other: Span, kind: str) -> bool:
        common = _common(span, other)
        if kind != "ST" or not common:
            return common > 0
        peaks = self.peaks[(self.peaks >= span.start) & (self.peaks <= span.stop)]
        return 2 * common >= span.stop - span.start or any(other.holds(int(peak)) for peak in peaks)


def _spans(marks: Annotations, kind: str, signal: int | None) -> tuple[Span, ...]:
    if kind == "ST":
        return st_spans(marks, signal)
    return rhythm_spans(marks, "(AFIB") if kind == "AF" else flutter_spans(marks)


def _peaks(marks: Annotations, kind: str, signal: int | None) -> Samples:
    return extrema(marks, signal) if kind == "ST" else np.empty(0, dtype=np.int64)


def _flutter(reference: Annotations, period: Period) -> list[Span]:
    return _clip(rhythm_spans(reference, "(AFL"), period)


def _clip(spans: Sequence[Span], period: Period) -> list[Span]:
    """Keep what lies in the period; an episode that ends where it starts lasts for no time, but is one."""
    return [
        Span(max(span.start, period.start), min(span.stop, period.stop))
        for span in spans
        if span.stop >= period.start and span.start <= period.stop
    ]


def _excluded(span: Span, flutter: Span, *, corrected: bool) -> int:
    """Return what a test episode loses to reference flutter, in samples.

    An episode that begins in flutter and outlasts it gains what it should lose: so it is in epicmp.
    """
    common = _common(span, flutter)
    outlasts = flutter.start < span.start < flutter.stop < span.stop
    return -common if outlasts and not corrected else common


def _common(span: Span, other: Span) -> int:
    return max(0, min(span.stop, other.stop) - max(span.start, other.start))


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> int:
    return sum(_common(span, other) for span in spans for other in others)
