"""Strips of a Holter report: what a reader must see first, with what was measured on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from ectopy.analysis.result import Analysis
from ectopy.report import drawings
from ectopy.report.highlights import STRIP_SECONDS
from ectopy.report.language import Language
from ectopy.report.titles import TITLES
from ectopy.rhythm.episodes import Episode
from ectopy.rhythm.events import Event
from ectopy.wording import Clock

STRIPS: Final = 10
"""Strips of a report at the most."""

MOST_OF_A_KIND: Final = 3

Finding = Event | Episode


@dataclass(frozen=True)
class StripCard:
    """One strip: what it shows, when it was, and what was measured on it."""

    title: str
    time: str
    measured: str
    strip: Markup


def strip_cards(analysis: Analysis, clock: Clock, language: Language) -> list[StripCard]:
    """Return the strips of a report, the most urgent first.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    clock : Clock
        Tells its times.
    language : Language
        To write in.
    """
    return [
        StripCard(
            title=language.text(TITLES[finding.kind]),
            time=clock(_start(analysis, finding), 1),
            measured=_measured(analysis, finding, language),
            strip=drawings.event(analysis, finding, language)
            if isinstance(finding, Event)
            else drawings.onset(analysis, finding, language),
        )
        for finding in urgent_findings(analysis)
    ]


def urgent_findings(analysis: Analysis, n: int = STRIPS) -> list[Finding]:
    """Choose events and episodes: of each kind the gravest first, up to three of a kind, by urgency.

    Every kind that was found has its gravest before any kind has a second one; no two of a kind begin on the
    same strip.
    """
    ranked = {kind: list(_apart(analysis, found)) for kind, found in _by_kind(analysis).items()}
    order = [
        (rank, place, finding)
        for place, kind in enumerate(TITLES)
        for rank, finding in enumerate(ranked.get(kind, [])[:MOST_OF_A_KIND])
    ]
    chosen = sorted(order, key=lambda each: each[:2])[:n]
    return [finding for _, _, finding in sorted(chosen, key=lambda each: (each[1], each[0]))]


def _by_kind(analysis: Analysis) -> dict[str, list[Finding]]:
    """Return the findings of each kind, the gravest first."""
    found: dict[str, list[Finding]] = {}
    both: tuple[Finding, ...] = (*analysis.events, *analysis.episodes)
    for finding in both:
        found.setdefault(finding.kind, []).append(finding)
    for each in found.values():
        each.sort(key=lambda finding: _gravity(analysis, finding), reverse=True)
    return found


def _gravity(analysis: Analysis, finding: Finding) -> tuple[bool, float]:
    """Return what puts a finding before others of its kind: good signal, then beats or seconds."""
    if isinstance(finding, Episode):
        return True, finding.seconds(analysis.record.fs)
    good = bool((analysis.quality[finding.first : finding.last + 1] == "good").all())
    return good, finding.n_ectopic or finding.stop - finding.start


def _apart(analysis: Analysis, findings: list[Finding]) -> Iterator[Finding]:
    starts: list[float] = []
    for finding in findings:
        start = _start(analysis, finding)
        if all(abs(start - other) > STRIP_SECONDS for other in starts):
            starts.append(start)
            yield finding
        if len(starts) == MOST_OF_A_KIND:
            return


def _start(analysis: Analysis, finding: Finding) -> float:
    return finding.start / analysis.record.fs if isinstance(finding, Episode) else finding.start


def _measured(analysis: Analysis, finding: Finding, language: Language) -> str:
    """Return length and rate of what is on a strip, with the QRS width where it was delineated."""
    first, last = _beats(analysis, finding)
    rr = analysis.rr[first + 1 : last + 1]
    known = rr[np.isfinite(rr)]
    parts = []
    if isinstance(finding, Episode):
        parts.append(language.duration(finding.seconds(analysis.record.fs)))
    elif finding.n_ectopic:
        parts.append(language.text("{n} ectopic beats", n=language.number(finding.n_ectopic)))
    else:
        parts.append(f"{language.number(finding.stop - finding.start, 2)} s")
    if len(known) > 1:
        rate, short, long = 60 / known.mean(), known.min(), known.max()
        parts.append(f"{language.number(float(rate))}/min")
        parts.append(f"RR {language.number(float(short), 2)}–{language.number(float(long), 2)} s")
    width = _qrs_width(analysis, first, last)
    if width is not None:
        parts.append(f"QRS {language.number(width)} ms")
    return ", ".join(parts)


def _beats(analysis: Analysis, finding: Finding) -> tuple[int, int]:
    if isinstance(finding, Event):
        return finding.first, finding.last
    first, stop = np.searchsorted(analysis.beats.samples, [finding.start, finding.stop])
    return int(first), int(stop) - 1


def _qrs_width(analysis: Analysis, first: int, last: int) -> float | None:
    waves = analysis.waves
    if waves is None:
        return None
    widths = 1000 / waves.fs * (waves.mark("qrs_end") - waves.mark("qrs_onset"))[first : last + 1]
    known = widths[np.isfinite(widths) & analysis.judged[first : last + 1]]
    return float(np.median(known)) if len(known) else None
