"""Every figure of a Holter report, counted from an analysis.

Rates are in beats per minute, times in seconds into the recording; None where undefined. Heart rates are
means over eight intervals, as everywhere in ectopy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.result import Analysis
from ectopy.labels import VENTRICULAR
from ectopy.report.holter.spans import Spans, common, covered, united
from ectopy.rhythm.episodes import ATRIAL_KINDS, Episode, EpisodeTotal, episode_totals
from ectopy.rhythm.events import SUPRAVENTRICULAR, Event
from ectopy.rhythm.hrv import Variability

HOUR: Final = 3600.0
SHOWN: Final = 10
"""Longest and fastest of each kind that are listed."""

RATE_OVER: Final = 8
"""Intervals that a heart rate is the mean over."""

DAY: Final = (6, 22)
"""Hours of the clock between which it is day."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rate:
    """A heart rate and when it was: in the middle of the intervals that it is the mean over."""

    value: float
    time: float


@dataclass(frozen=True)
class Rates:
    """The slowest, the mean and the fastest heart rate of a stretch; None where it has too few intervals."""

    lowest: Rate | None
    mean: float | None
    highest: Rate | None


@dataclass(frozen=True)
class Hour:
    """One hour of the recording, the last one as long as it is.

    ``n_pauses`` and runs belong to the hour in which they begin.
    """

    start: float
    stop: float
    n_beats: int
    rates: Rates
    classes: dict[str, int]
    n_pauses: int
    n_ventricular_runs: int
    n_supraventricular_runs: int
    fibrillation_minutes: float
    unusable_minutes: float


@dataclass(frozen=True)
class Ectopy:
    """Ectopic beats of one kind: alone, in couplets, in runs, in bigeminy and trigeminy.

    ``isolated`` beats stand in no couplet and no run; those in bigeminy and trigeminy are isolated too.
    """

    n_beats: int
    share: float | None
    per_hour: float | None
    isolated: int
    couplets: int
    bigeminies: int
    bigeminy_beats: int
    trigeminies: int
    trigeminy_beats: int
    runs: int
    run_beats: int
    longest_run: Event | None
    fastest_run: Event | None


@dataclass(frozen=True)
class LongInterval:
    """An RR interval: its length, and when it begins."""

    seconds: float
    time: float


@dataclass(frozen=True)
class HolterFigures:
    """Everything that a Holter report states.

    ``analysed`` are the seconds in which at least one lead is usable; ``burden`` of an episode is a share of
    them.
    """

    duration: float
    analysed: float
    n_beats: int
    n_judged: int
    classes: dict[str, int]
    rates: Rates
    day: float | None
    night: float | None
    hours: tuple[Hour, ...]
    ventricular: Ectopy
    supraventricular: Ectopy
    n_pauses: int
    longest_pauses: tuple[Event, ...]
    longest_rr: tuple[LongInterval, ...]
    longest_runs: tuple[Event, ...]
    fastest_runs: tuple[Event, ...]
    episodes: tuple[Episode, ...]
    episode_totals: dict[str, EpisodeTotal]
    variability: Variability


def holter_figures(analysis: Analysis) -> HolterFigures:
    """Count what a Holter report states.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    """
    record = analysis.record
    counts = _classes(analysis, slice(None))
    events = analysis.events
    runs = [event for event in events if event.kind.endswith(" run")]
    pauses = [event for event in events if event.kind == "pause"]
    analysed = record.duration - float(np.diff(_unusable(analysis)).sum())
    day, night = _day_and_night(analysis)
    return HolterFigures(
        duration=record.duration,
        analysed=analysed,
        n_beats=len(analysis.beats),
        n_judged=int(analysis.judged.sum()),
        classes=counts,
        rates=rates_between(analysis, [(0.0, record.duration)])[0],
        day=day,
        night=night,
        hours=_hours(analysis, runs, pauses),
        ventricular=_ectopy(analysis, "ventricular", VENTRICULAR, analysed),
        supraventricular=_ectopy(analysis, "supraventricular", SUPRAVENTRICULAR, analysed),
        n_pauses=len(pauses),
        longest_pauses=tuple(sorted(pauses, key=lambda event: event.start - event.stop)[:SHOWN]),
        longest_rr=_longest_rr(analysis),
        longest_runs=tuple(sorted(runs, key=lambda event: (-event.n_ectopic, -event.rate))[:SHOWN]),
        fastest_runs=tuple(sorted(runs, key=lambda event: -event.rate)[:SHOWN]),
        episodes=analysis.episodes,
        episode_totals=episode_totals(analysis.episodes, record.fs, analysed),
        variability=analysis.intervals.variability,
    )


def rates_between(analysis: Analysis, stretches: list[tuple[float, float]]) -> list[Rates]:
    """Return the heart rates of stretches, each by the intervals that end in it."""
    times, rr = analysis.beats.samples / analysis.record.fs, analysis.rr.astype(np.float64)
    cuts = np.searchsorted(times, np.array(stretches))
    return [_rates(times[first:last], rr[first:last]) for first, last in cuts]


def _rates(times: Floats, rr: Floats) -> Rates:
    known = np.isfinite(rr)
    mean = float(60 / rr[known].mean()) if known.any() else None
    if len(rr) < RATE_OVER:
        return Rates(None, mean, None)
    sums = np.convolve(np.where(known, rr, 0), np.ones(RATE_OVER), "valid")
    whole = np.convolve(known, np.ones(RATE_OVER), "valid") > RATE_OVER - 0.5
    if not whole.any():
        return Rates(None, mean, None)
    middles = times[RATE_OVER - 1 :] - sums / 2
    slow, fast = int(np.where(whole, sums, -np.inf).argmax()), int(np.where(whole, sums, np.inf).argmin())
    return Rates(*(_rate(sums[slow], middles[slow]), mean, _rate(sums[fast], middles[fast])))


def _rate(total: float, time: float) -> Rate:
    return Rate(float(60 * RATE_OVER / total), float(time))


def _hours(analysis: Analysis, runs: list[Event], pauses: list[Event]) -> tuple[Hour, ...]:
    duration = analysis.record.duration
    edges = np.append(np.arange(0, duration, HOUR), duration)
    times = analysis.beats.samples / analysis.record.fs
    stretches = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    rates = rates_between(analysis, stretches)
    begins = {
        name: np.histogram([event.start for event in chosen], edges)[0]
        for name, chosen in (
            ("pause", pauses),
            ("V", [event for event in runs if event.kind.startswith("ventricular")]),
            ("S", [event for event in runs if event.kind.startswith("supraventricular")]),
        )
    }
    fibrillation = covered(_fibrillation(analysis), edges) / 60
    unusable = covered(_unusable(analysis), edges) / 60
    cuts = np.searchsorted(times, edges).tolist()
    hours = []
    for number, (start, stop) in enumerate(stretches):
        inside = slice(cuts[number], cuts[number + 1])
        hours.append(
            Hour(
                start=start,
                stop=stop,
                n_beats=inside.stop - inside.start,
                rates=rates[number],
                classes=_classes(analysis, inside),
                n_pauses=int(begins["pause"][number]),
                n_ventricular_runs=int(begins["V"][number]),
                n_supraventricular_runs=int(begins["S"][number]),
                fibrillation_minutes=float(fibrillation[number]),
                unusable_minutes=float(unusable[number]),
            )
        )
    return tuple(hours)


def _classes(analysis: Analysis, chosen: slice) -> dict[str, int]:
    return {name: int((analysis.classes[chosen] == name).sum()) for name in (*analysis.class_names, "?")}


def _ectopy(analysis: Analysis, title: str, kinds: tuple[str, ...], analysed: float) -> Ectopy:
    n_beats, judged = int(np.isin(analysis.classes, kinds).sum()), int(analysis.judged.sum())
    named = {
        name: [event for event in analysis.events if event.kind == f"{title} {name}"]
        for name in ("run", "couplet", "bigeminy", "trigeminy")
    }
    beats = {name: sum(event.n_ectopic for event in events) for name, events in named.items()}
    runs = named["run"]
    return Ectopy(
        n_beats=n_beats,
        share=n_beats / judged if judged else None,
        per_hour=n_beats * HOUR / analysed if analysed > 0 else None,
        isolated=n_beats - beats["run"] - beats["couplet"],
        couplets=len(named["couplet"]),
        bigeminies=len(named["bigeminy"]),
        bigeminy_beats=beats["bigeminy"],
        trigeminies=len(named["trigeminy"]),
        trigeminy_beats=beats["trigeminy"],
        runs=len(runs),
        run_beats=beats["run"],
        longest_run=max(runs, key=lambda event: (event.n_ectopic, event.rate), default=None),
        fastest_run=max(runs, key=lambda event: event.rate, default=None),
    )


def _longest_rr(analysis: Analysis) -> tuple[LongInterval, ...]:
    rr = analysis.rr.astype(np.float64)
    known = np.flatnonzero(np.isfinite(rr))
    longest = known[np.argsort(-rr[known], kind="stable")[:SHOWN]]
    ends = analysis.beats.samples[longest] / analysis.record.fs
    return tuple(
        LongInterval(float(rr[beat]), float(end - rr[beat])) for beat, end in zip(longest, ends, strict=True)
    )


def _day_and_night(analysis: Analysis) -> tuple[float | None, float | None]:
    """Return the mean heart rate by day and by night; None where it is not known when that was."""
    begin = analysis.record.start
    if begin is None:
        return None, None
    into_day = begin.hour + begin.minute / 60 + begin.second / HOUR
    hours = (into_day + analysis.beats.samples / analysis.record.fs / HOUR) % 24
    by_day = (hours >= DAY[0]) & (hours < DAY[1])
    rr = analysis.rr.astype(np.float64)
    means = [rr[chosen & np.isfinite(rr)] for chosen in (by_day, ~by_day)]
    day, night = (float(60 / part.mean()) if len(part) else None for part in means)
    return day, night


def _fibrillation(analysis: Analysis) -> Spans:
    fs = analysis.record.fs
    spans = [(each.start / fs, each.stop / fs) for each in analysis.episodes if each.kind in ATRIAL_KINDS]
    return united(np.array(spans, np.float64))


def _unusable(analysis: Analysis) -> Spans:
    """Return the stretches in which every lead is spoilt."""
    leads = [
        united(
            np.array([(span.start, span.stop) for span in analysis.spans if span.lead == lead], np.float64)
        )
        for lead in analysis.record.leads
    ]
    return common(leads)
