"""One self-contained page about one recording."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import jinja2
import numpy as np
import numpy.typing as npt
from markupsafe import Markup

import ectopy
from ectopy.analysis.result import Analysis
from ectopy.analysis.summary import Summary
from ectopy.io.atomic import draft
from ectopy.report import drawings
from ectopy.report.highlights import disagreements, longest_episodes, most_abnormal, notable_events
from ectopy.report.provenance import facts, limitations
from ectopy.report.wave_section import wave_section
from ectopy.rhythm.conduction import CONDUCTION_KINDS
from ectopy.rhythm.events import Event
from ectopy.signal.quality import FAULTS
from ectopy.wording import clock, counted, long_duration, percent, rounded, shown

CLUSTERS_SHOWN: Final = 8
"""Clusters that are shown; the others are only counted."""


CLASS_TITLES: Final = {"N": "normal", "S": "supraventricular", "V": "ventricular", "F": "fusion"}

LONG: Final = 600.0
"""Seconds of recording from which on a figure per hour is meaningful."""


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
class ClassRow:
    """One class: how many beats the classifier assigns to it, and how many of them have an abnormal shape."""

    name: str
    count: str
    share: str
    per_hour: str
    abnormal: str


@dataclass(frozen=True)
class EpisodeCard:
    """One kind of episode: how many there are, what they add up to, and where the longest begins."""

    kind: str
    total: str
    time: str
    strip: Markup


@dataclass(frozen=True)
class EventCard:
    """One kind of event: how many there are, and the longest of them."""

    kind: str
    count: str
    longest: str
    time: str
    strip: Markup


@dataclass(frozen=True)
class ClusterCard:
    """One cluster of beats."""

    number: int
    count: str
    share: str
    abnormal: str
    picture: Markup


@dataclass(frozen=True)
class LeadQuality:
    """Shares of the recording in which one lead is unusable, by reason."""

    lead: str
    shares: tuple[str, ...]


def write_report(analysis: Analysis, path: Path | str) -> Path:
    """Write the report of a recording: one self-contained page that opens offline.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    path : path-like
        Where to write; a report that is there is replaced once the new one is complete.

    Returns
    -------
    Path
        The file.
    """
    target = Path(path)
    page = render_report(analysis)
    with draft(target) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    return target


def render_report(analysis: Analysis) -> str:
    """Return the page of `write_report` as text."""
    summary = analysis.summary()
    abnormal, differing = most_abnormal(analysis), disagreements(analysis)
    highlights = _highlights(analysis, abnormal, differing)
    return _template().render(
        version=ectopy.__version__,
        style=drawings.style(),
        shared=drawings.shared(),
        record=analysis.record,
        summary=summary,
        models=((summary.model, facts(analysis.manifest)), (summary.classifier, facts(analysis.classifier))),
        limitations=limitations(analysis.manifest, analysis.classifier),
        cards=_cards(summary),
        timelines=drawings.timelines(analysis),
        rhythm=drawings.rhythm(analysis),
        classes=_class_rows(analysis, summary),
        episodes=_episode_cards(analysis, summary),
        events=_event_cards(analysis, summary),
        highlights=highlights[: len(abnormal)],
        differing=highlights[len(abnormal) :],
        clusters=_clusters(analysis),
        n_clusters=int(analysis.clusters.max(initial=-1)) + 1,
        faults=[fault.word for fault in FAULTS.values()],
        lead_qualities=_lead_qualities(analysis),
        waves=wave_section(analysis),
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ectopy.report"),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": long_duration, "percent": percent, "rounded": rounded}
    return environment.get_template("report.html.jinja")


def _cards(summary: Summary) -> tuple[tuple[str, str, str], ...]:
    """Return title, figure and remark of each card."""
    long = summary.duration >= LONG
    per_hour = f" · {rounded(summary.abnormal_per_hour, 1)} per hour" if long else ""
    rates = f"{rounded(summary.min_heart_rate)} to {rounded(summary.max_heart_rate)} over 8 beats"
    at = "–" if summary.longest_rr_at is None else f"ends at {clock(summary.longest_rr_at, 1)}"
    unjudged = summary.n_beats - summary.n_judged
    beats = f"{rounded(unjudged)} could not be judged" if unjudged else "all judged"
    abnormal = f"{percent(summary.abnormal_share)} of judged beats{per_hour}"
    ventricular = summary.classes.get("V", 0) + summary.classes.get("F", 0)
    runs, couplets = (counted(summary.events[f"ventricular {name}"], name) for name in ("run", "couplet"))
    return (
        ("Beats", rounded(summary.n_beats), beats),
        ("Ventricular", rounded(ventricular), f"V and F · {runs}, {couplets}"),
        ("Supraventricular", rounded(summary.classes.get("S", 0)), "S · less reliable than V"),
        ("Abnormal shape", rounded(summary.n_abnormal), abnormal),
        ("Heart rate, 1/min", rounded(summary.mean_heart_rate), rates),
        ("Longest RR, s", rounded(summary.longest_rr, 2), at),
        ("Usable signal", percent(summary.usable_share), "of the time, on at least one lead"),
    )


def _class_rows(analysis: Analysis, summary: Summary) -> list[ClassRow]:
    long = summary.duration >= LONG
    return [
        ClassRow(
            name=f"{name} {CLASS_TITLES[name]}",
            count=rounded(count),
            share=percent(count / summary.n_judged if summary.n_judged else None),
            per_hour=rounded(summary.classes_per_hour[name], 1) if long else "–",
            abnormal=rounded(int((analysis.abnormal & (analysis.classes == name)).sum())),
        )
        for name, count in summary.classes.items()
    ]


def _episode_cards(analysis: Analysis, summary: Summary) -> list[EpisodeCard]:
    totals = dict(summary.episode_rows())
    return [
        EpisodeCard(
            kind=episode.kind,
            total=totals[episode.kind],
            time=clock(episode.start / analysis.record.fs, 1),
            strip=drawings.onset(analysis, episode),
        )
        for episode in longest_episodes(analysis)
    ]


def _event_cards(analysis: Analysis, summary: Summary) -> list[EventCard]:
    return [
        EventCard(
            kind=event.kind,
            count=rounded(summary.events[event.kind]),
            longest=_length(event),
            time=clock(event.start, 1),
            strip=drawings.event(analysis, event),
        )
        for event in notable_events(analysis)
    ]


def _length(event: Event) -> str:
    """Return the length of an event: seconds of a pause, beats of a run."""
    if event.kind == "pause":
        return f"{event.stop - event.start:.2f} s"
    if event.kind in CONDUCTION_KINDS:
        return f"{counted(event.last - event.first + 1, 'beat')} at {event.rate:.0f}/min, suspected"
    rate = f" at {event.rate:.0f}/min" if event.kind.endswith("run") else ""
    return f"{counted(event.n_ectopic, 'beat')}{rate}"


def _highlights(analysis: Analysis, *lists: npt.NDArray[np.int64]) -> list[Highlight]:
    """Return the beats of several lists, each numbered from one; all reconstructions are made at once."""
    numbers = [number for chosen in lists for number in range(1, len(chosen) + 1)]
    beats = np.concatenate(lists)
    usual = float(np.nanmedian(analysis.beats.rr)) if np.isfinite(analysis.beats.rr).any() else None
    made = analysis.reconstruct(beats)
    return [
        _highlight(analysis, int(beat), number, rounded(usual, 2), drawings.beat(analysis, beat, one))
        for beat, number, one in zip(beats, numbers, made, strict=True)
    ]


def _highlight(analysis: Analysis, beat: int, number: int, median_rr: str, picture: Markup) -> Highlight:
    score = float(analysis.scores[beat])
    return Highlight(
        number=number,
        time=clock(analysis.beats.samples[beat] / analysis.record.fs, 1),
        score=rounded(score, 3),
        times_threshold=rounded(score / analysis.threshold, 1) if analysis.threshold > 0 else "–",
        rr=rounded(float(analysis.beats.rr[beat]), 2),
        median_rr=median_rr,
        lead=str(analysis.beat_leads[beat]),
        quality=str(analysis.quality[beat]),
        predicted=_class_label(analysis, beat),
        abnormal=bool(analysis.abnormal[beat]),
        ectopic=bool(analysis.ectopic[beat]),
        cluster=str(analysis.clusters[beat] + 1) if analysis.clusters[beat] >= 0 else "none",
        picture=picture,
        strip=drawings.strip(analysis, beat),
    )


def _class_label(analysis: Analysis, beat: int) -> str:
    """Return the class of a beat and its probability."""
    name = str(analysis.classes[beat])
    if name not in analysis.class_names:
        return "not judged"
    probability = float(analysis.probabilities[beat, analysis.class_names.index(name)])
    return f"{name} {CLASS_TITLES[name]}, {percent(probability)}"


def _clusters(analysis: Analysis) -> list[ClusterCard]:
    judged = max(1, int((analysis.clusters >= 0).sum()))
    cards = []
    for cluster in range(min(CLUSTERS_SHOWN, int(analysis.clusters.max(initial=-1)) + 1)):
        members = analysis.clusters == cluster
        count = int(members.sum())
        cards.append(
            ClusterCard(
                number=cluster + 1,
                count=rounded(count),
                share=percent(count / judged),
                abnormal=percent(float(analysis.abnormal[members].mean())) if count else "–",
                picture=drawings.cluster(analysis, members, cluster + 1),
            )
        )
    return cards


def _lead_qualities(analysis: Analysis) -> list[LeadQuality]:
    seconds = {(lead, flag): 0.0 for lead in analysis.record.leads for flag in FAULTS}
    for span in analysis.spans:
        seconds[span.lead, span.kind] += span.stop - span.start
    return [
        LeadQuality(lead, tuple(percent(seconds[lead, flag] / analysis.record.duration) for flag in FAULTS))
        for lead in analysis.record.leads
    ]
