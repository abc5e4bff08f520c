"""What a recording holds, in numbers that fit on a card."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.io.safe_names import visible
from ectopy.record import ChannelDecision
from ectopy.rhythm.conduction import ALL_KINDS
from ectopy.rhythm.episodes import EpisodeTotal, episode_totals
from ectopy.rhythm.events import KINDS
from ectopy.rhythm.heart_rate import heart_rates
from ectopy.wording import counted, long_duration, percent

if TYPE_CHECKING:
    from ectopy.analysis.result import Analysis


@dataclass(frozen=True)
class Summary:
    """What a recording holds, in numbers that fit on a card.

    Rates are in beats per minute, times in seconds, shares between 0 and 1; None where undefined. *Abnormal*
    is the opinion of the anomaly detector, ``classes`` that of the classifier, ``n_differ`` how often they
    differ: one calls a beat normal and the other does not. ``episodes`` adds up every kind of
    `ectopy.rhythm.episodes.EPISODE_KINDS`, ``events`` counts every kind of
    `ectopy.rhythm.conduction.ALL_KINDS`.
    """

    record: str
    duration: float
    fs: float
    leads: tuple[str, ...]
    channels: tuple[ChannelDecision, ...]
    n_beats: int
    n_judged: int
    n_abnormal: int
    abnormal_share: float | None
    abnormal_per_hour: float | None
    classes: dict[str, int]
    classes_per_hour: dict[str, float]
    episodes: dict[str, EpisodeTotal]
    events: dict[str, int]
    longest_ventricular_run: int
    n_differ: int
    mean_heart_rate: float | None
    min_heart_rate: float | None
    max_heart_rate: float | None
    longest_rr: float | None
    longest_rr_at: float | None
    usable_share: float
    noisiness: float
    too_noisy: bool
    model: str
    threshold: float
    classifier: str
    warnings: tuple[str, ...]
    disclaimer: str = DISCLAIMER

    def __repr__(self) -> str:
        counts = " ".join(f"{name} {count}" for name, count in self.classes.items())
        return (
            f"<Summary of {visible(self.record)}: {self.n_beats} beats ({counts}),"
            f" {self.n_abnormal} unusual, {percent(self.usable_share)} usable>"
        )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(visible(value))}</td></tr>"
            for name, value in self.rows()
        )
        notes = "".join(f"<li>{escape(visible(warning))}</li>" for warning in self.warnings)
        return (
            f"<table><caption>{escape(visible(self.record))}</caption>{rows}</table>"
            f"{f'<ul>{notes}</ul>' if notes else ''}<p><small>{escape(self.disclaimer)}</small></p>"
        )

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures that a reader asks for first, each with its name."""
        share = "" if self.abnormal_share is None else f" ({percent(self.abnormal_share)})"
        figures = [
            ("duration", long_duration(self.duration)),
            ("beats", f"{self.n_beats:,}"),
            ("classes", ", ".join(f"{count:,} {name}" for name, count in self.classes.items())),
            *((name, f"{count:,}") for name, count in self._beats_of_no_class() if count),
            *self.episode_rows(),
            *((kind, f"{count:,}") for kind, count in self.events.items() if count),
            ("unusual", f"{self.n_abnormal:,}{share}"),
            ("opinions differ", f"{self.n_differ:,}"),
        ]
        if self.mean_heart_rate is not None:
            figures.append(("mean heart rate", f"{self.mean_heart_rate:.0f}/min"))
        return [*figures, ("usable signal", percent(self.usable_share))]

    def _beats_of_no_class(self) -> tuple[tuple[str, int], ...]:
        """Return what the classes lack to make up all beats: a paced beat is judged, and of none of them."""
        paced = self.n_judged - sum(self.classes.values())
        return ("paced, or of no class", paced), ("not judged", self.n_beats - self.n_judged)

    def episode_rows(self) -> list[tuple[str, str]]:
        """Return what the episodes of each kind that is there add up to, in words, the most urgent first."""
        return [
            (
                kind,
                f"{counted(total.count, 'episode')}, {long_duration(total.seconds)},"
                f" {percent(total.burden)} of the analysed time, longest {long_duration(total.longest)}",
            )
            for kind, total in self.episodes.items()
            if total.count
        ]


def summarise(analysis: Analysis) -> Summary:
    """Return the figures of an analysis."""
    record, rr = analysis.record, analysis.rr
    judged = int(analysis.judged.sum())
    abnormal = int(analysis.abnormal.sum())
    rates = heart_rates(rr)
    classes = {name: int((analysis.classes == name).sum()) for name in analysis.class_names}
    per_hour = 3600 / record.duration
    longest = int(np.nanargmax(rr)) if np.isfinite(rr).any() else None
    return Summary(
        record=record.name,
        duration=record.duration,
        fs=record.fs,
        leads=record.leads,
        channels=record.decisions,
        n_beats=len(analysis.beats),
        n_judged=judged,
        n_abnormal=abnormal,
        abnormal_share=abnormal / judged if judged else None,
        abnormal_per_hour=abnormal * per_hour if judged else None,
        classes=classes,
        classes_per_hour={name: count * per_hour for name, count in classes.items()},
        episodes=episode_totals(analysis.episodes, record.fs, analysis.usable_share * record.duration),
        events=_event_counts(analysis),
        longest_ventricular_run=max(
            (event.n_ectopic for event in analysis.events if event.kind == "ventricular run"), default=0
        ),
        n_differ=int(analysis.differ.sum()),
        mean_heart_rate=float(60 / np.nanmean(rr)) if np.isfinite(rr).any() else None,
        min_heart_rate=float(rates.min()) if len(rates) else None,
        max_heart_rate=float(rates.max()) if len(rates) else None,
        longest_rr=None if longest is None else float(rr[longest]),
        longest_rr_at=None if longest is None else float(analysis.beats.samples[longest] / record.fs),
        usable_share=analysis.usable_share,
        noisiness=analysis.noisiness,
        too_noisy=analysis.too_noisy,
        model=analysis.manifest.name,
        threshold=analysis.threshold,
        classifier=analysis.classifier.name,
        warnings=analysis.warnings,
    )


def _event_counts(analysis: Analysis) -> dict[str, int]:
    """Return how many events there are of each kind that could have been found."""
    kinds = ALL_KINDS if analysis.waves else KINDS
    return {kind: sum(event.kind == kind for event in analysis.events) for kind in kinds}
