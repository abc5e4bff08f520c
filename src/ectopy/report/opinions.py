"""Beats as the two opinions see them: the most unusual, where they differ, classes, clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from ectopy.analysis.result import Analysis
from ectopy.report import drawings
from ectopy.report.highlights import clusters_by_size
from ectopy.report.holter.tables import CLASS_TITLES, LONG, Table
from ectopy.report.language import Language, marked
from ectopy.signal.quality import FAULTS
from ectopy.wording import Clock

FAULT_TITLES: Final = {
    "missing": marked("missing"),
    "flat": marked("flat"),
    "clipped": marked("clipped"),
    "noisy": marked("noisy"),
    "disturbed": marked("disturbed"),
    "unreadable": marked("unreadable"),
}
"""What a report calls the words of `ectopy.signal.quality.FAULTS`."""

CLUSTERS_SHOWN: Final = 8
"""Clusters that are shown; the others are only counted."""


@dataclass(frozen=True)
class Highlight:
    """One beat, as the page shows it."""

    number: int
    time: str
    score: str
    times_threshold: str
    rr: str
    median_rr: str
    lead: str
    quality: str
    predicted: str
    abnormal: bool
    ectopic: bool
    cluster: str
    picture: Markup
    strip: Markup


@dataclass(frozen=True)
class ClusterCard:
    """One cluster of beats."""

    number: int
    count: str
    share: str
    abnormal: str
    picture: Markup


def highlights(
    analysis: Analysis, clock: Clock, language: Language, *lists: npt.NDArray[np.int64]
) -> list[list[Highlight]]:
    """Return the beats of several lists, each numbered from one; all reconstructions are made at once."""
    beats = np.concatenate(lists)
    known = analysis.beats.rr[np.isfinite(analysis.beats.rr)]
    usual = language.number(float(np.median(known)) if len(known) else None, 2)
    made = iter(analysis.reconstruct(beats))
    return [
        [
            _highlight(
                analysis,
                int(beat),
                number,
                usual,
                drawings.beat(analysis, beat, next(made), language),
                clock,
                language,
            )
            for number, beat in enumerate(chosen, 1)
        ]
        for chosen in lists
    ]


def class_table(analysis: Analysis, language: Language) -> Table:
    """Return one row per class: how many beats it has, and how many of them are unusual."""
    say, n_judged = language.text, int(analysis.judged.sum())
    per_hour = 3600 / analysis.record.duration
    rows = []
    for name in analysis.class_names:
        members = np.equal(analysis.classes, name)
        count = int(members.sum())
        rows.append(
            (
                f"{name} {say(CLASS_TITLES[name])}",
                language.number(count),
                language.percent(count / n_judged if n_judged else None),
                language.number(count * per_hour, 1) if analysis.record.duration >= LONG else "–",
                language.number(int((analysis.abnormal & members).sum())),
            )
        )
    heads = (say("class"), say("beats"), say("share"), say("per hour"), say("unusual beats"))
    return Table(say("Two opinions"), heads, tuple(rows))


def cluster_cards(analysis: Analysis, language: Language) -> list[ClusterCard]:
    """Return the largest morphology clusters."""
    judged = max(1, int((analysis.clusters >= 0).sum()))
    cards = []
    for cluster in clusters_by_size(analysis)[:CLUSTERS_SHOWN].tolist():
        members = analysis.clusters == cluster
        count = int(members.sum())
        cards.append(
            ClusterCard(
                number=cluster + 1,
                count=language.number(count),
                share=language.percent(count / judged),
                abnormal=language.percent(float(analysis.abnormal[members].mean())),
                picture=drawings.cluster(analysis, members, cluster + 1, language),
            )
        )
    return cards


def quality_table(analysis: Analysis, language: Language) -> Table:
    """Return the share of the recording in which each lead is spoilt, by what spoils it."""
    say = language.text
    seconds = {(lead, flag): 0.0 for lead in analysis.record.leads for flag in FAULTS}
    for span in analysis.spans:
        seconds[span.lead, span.kind] += span.stop - span.start
    rows = tuple(
        (lead, *(language.percent(seconds[lead, flag] / analysis.record.duration) for flag in FAULTS))
        for lead in analysis.record.leads
    )
    heads = (say("lead"), *(say(FAULT_TITLES[fault.word]) for fault in FAULTS.values()))
    return Table(say("Share of the recording in which a lead is unusable"), heads, rows)


def _highlight(
    analysis: Analysis,
    beat: int,
    number: int,
    median_rr: str,
    picture: Markup,
    clock: Clock,
    language: Language,
) -> Highlight:
    score = float(analysis.scores[beat])
    return Highlight(
        number=number,
        time=clock(analysis.beats.samples[beat] / analysis.record.fs, 1),
        score=language.number(score, 3),
        times_threshold=language.number(score / analysis.threshold, 1) if analysis.threshold > 0 else "–",
        rr=language.number(float(analysis.beats.rr[beat]), 2),
        median_rr=median_rr,
        lead=str(analysis.beat_leads[beat]),
        quality=str(analysis.quality[beat]),
        predicted=_class_label(analysis, beat, language),
        abnormal=bool(analysis.abnormal[beat]),
        ectopic=bool(analysis.ectopic[beat]),
        cluster=str(analysis.clusters[beat] + 1) if analysis.clusters[beat] >= 0 else "–",
        picture=picture,
        strip=drawings.strip(analysis, beat, language),
    )


def _class_label(analysis: Analysis, beat: int, language: Language) -> str:
    """Return the class of a beat and its probability."""
    name = str(analysis.classes[beat])
    if name not in analysis.class_names:
        return language.text("not judged")
    probability = float(analysis.probabilities[beat, analysis.class_names.index(name)])
    return f"{name} {language.text(CLASS_TITLES[name])}, {language.percent(probability)}"
