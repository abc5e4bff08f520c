"""The figures that change with every edit, fast enough to be shown at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ectopy.analysis.beat_classes import NOT_JUDGED
from ectopy.analysis.edits.edited import edited
from ectopy.analysis.edits.log import EditLog
from ectopy.analysis.edits.wire import Entry
from ectopy.analysis.result import Analysis
from ectopy.rhythm.conduction import ALL_KINDS
from ectopy.rhythm.episodes import EpisodeTotal, episode_totals
from ectopy.rhythm.events import KINDS
from ectopy.rhythm.heart_rate import heart_rates
from ectopy.rhythm.hrv.time_domain import TimeDomain, time_domain


@dataclass(frozen=True)
class Counts:
    """What a recording holds as it is edited now; the figures of `ectopy.analysis.summary.Summary`.

    Parameters
    ----------
    n_beats, n_judged : int
        Beats, and those with a class.
    classes : dict of str to int
        Beats of each AAMI class, and ``?``.
    events : dict of str to int
        Events of each kind.
    longest_ventricular_run : int
        Beats.
    episodes : dict of str to EpisodeTotal
        What the episodes of each kind add up to.
    mean_heart_rate, min_heart_rate, max_heart_rate : float or None
        Per minute; the lowest and the highest over eight intervals.
    longest_rr, longest_rr_at : float or None
        Seconds, and where it ends, in seconds into the recording.
    variability : TimeDomain
        Heart rate variability in the time domain.
    """

    n_beats: int
    n_judged: int
    classes: dict[str, int]
    events: dict[str, int]
    longest_ventricular_run: int
    episodes: dict[str, EpisodeTotal]
    mean_heart_rate: float | None
    min_heart_rate: float | None
    max_heart_rate: float | None
    longest_rr: float | None
    longest_rr_at: float | None
    variability: TimeDomain


def recount(analysis: Analysis, log: EditLog | Sequence[Entry] = ()) -> Counts:
    """Return the figures of an automatic analysis after edits.

    Parameters
    ----------
    analysis : Analysis
        As the pipeline or `Analysis.load` gave it.
    log : EditLog or sequence of Entry
        The edits.

    Raises
    ------
    EditError, ParameterError
        As `ectopy.analysis.edits.edited`.

    Examples
    --------
    >>> from ectopy import analyze, simulate
    >>> counts = recount(analyze(simulate(duration=30, seed=1)))
    >>> counts.n_beats == sum(counts.classes.values())
    True
    """
    return counts_of(edited(analysis, log, windows=False))


def counts_of(now: Analysis) -> Counts:
    """Return the figures of an analysis as it stands, edited or not."""
    rr, fs = now.rr, now.record.fs
    rates, known = heart_rates(rr), np.isfinite(rr)
    longest = int(np.nanargmax(rr)) if known.any() else None
    kinds = Counter(event.kind for event in now.events)
    return Counts(
        n_beats=len(now.beats),
        n_judged=int(now.judged.sum()),
        classes={name: int((now.classes == name).sum()) for name in (*now.class_names, NOT_JUDGED)},
        events={kind: kinds[kind] for kind in (ALL_KINDS if now.waves else KINDS)},
        longest_ventricular_run=max(
            (event.n_ectopic for event in now.events if event.kind == "ventricular run"), default=0
        ),
        episodes=episode_totals(now.episodes, fs, now.usable_share * now.record.duration),
        mean_heart_rate=float(60 / rr[known].astype(np.float64).mean()) if known.any() else None,
        min_heart_rate=float(rates.min()) if len(rates) else None,
        max_heart_rate=float(rates.max()) if len(rates) else None,
        longest_rr=None if longest is None else float(rr[longest]),
        longest_rr_at=None if longest is None else float(now.beats.samples[longest] / fs),
        variability=time_domain(now.beats.r_peaks / fs, 1000 * now.nn_intervals.astype(np.float64)),
    )
