"""What spans that a reviewer marked as artefact leave of a recording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ectopy.analysis.edits.kinds import MarkSpan
from ectopy.signal.quality import Span

if TYPE_CHECKING:
    from ectopy.analysis.result import Analysis


def still_usable(analysis: Analysis, artefacts: Sequence[MarkSpan]) -> float:
    """Return the share of a recording that is usable and lies in no marked artefact."""
    duration, fs = analysis.record.duration, analysis.record.fs
    lost = sum(
        _usable_within(analysis, start, stop)
        for start, stop in joined([(mark.start / fs, min(mark.stop / fs, duration)) for mark in artefacts])
    )
    return max(0.0, analysis.usable_share - lost / duration)


def joined(stretches: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return stretches in order, those that overlap as one.

    Examples
    --------
    >>> joined([(5, 7), (0, 2), (1, 3), (9, 9)])
    [(0, 3), (5, 7)]
    """
    found: list[tuple[float, float]] = []
    for start, stop in sorted(each for each in stretches if each[0] < each[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found


def _usable_within(analysis: Analysis, start: float, stop: float) -> float:
    """Return the seconds of a stretch in which nothing is wrong with at least one lead."""
    near = [span for span in analysis.spans if span.start < stop and span.stop > start]
    edges = np.unique([start, stop, *(edge for span in near for edge in (span.start, span.stop))])
    edges = edges[(edges >= start) & (edges <= stop)]
    middles, lengths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    return float(lengths[~_all_spoilt(analysis, near, middles)].sum())


def _all_spoilt(
    analysis: Analysis, spans: Sequence[Span], times: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    spoilt = np.zeros((len(analysis.record.leads), len(times)), np.bool_)
    for span in spans:
        if span.lead in analysis.record.leads:
            row = analysis.record.leads.index(span.lead)
            spoilt[row] |= (times >= span.start) & (times < span.stop)
    return np.asarray(spoilt.all(axis=0))
