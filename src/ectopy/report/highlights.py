"""Which beats, episodes and events to show, and the strip of the recording around each."""

from __future__ import annotations

from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.result import Analysis
from ectopy.analysis.strips import MOST_LEADS, marked_strip
from ectopy.plotting.strip import Strip
from ectopy.rhythm.episodes import Episode
from ectopy.rhythm.events import Event

APART: Final = 4.0
"""Least seconds between two beats that are shown, so that no two strips show the same stretch."""

STRIP_SECONDS: Final = 6.8
"""A strip of this length and its calibration pulse are 180 mm wide, and fit a sheet of A4."""

SHEET_SECONDS: Final = 2 * STRIP_SECONDS
"""Seconds of the longest recording that is shown whole, on every lead."""

SHEET_LEADS: Final = 15
"""Leads of such a recording at the most: the twelve of the standard and the three of Frank."""


def most_abnormal(analysis: Analysis, n: int = 8) -> npt.NDArray[np.int64]:
    """Choose beats that show what is abnormal in a recording, without repeating one morphology.

    The highest score of every morphology cluster comes first, then the second highest of each, and so on.
    Beats on good signal come before all others; beats within four seconds of a chosen one are skipped.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    n : int
        Beats at the most.

    Returns
    -------
    ndarray of int64
        Indices of beats, in the order of the choice. Where no beat is abnormal, three of the highest scores.
    """
    candidates = np.flatnonzero(analysis.abnormal)
    if not len(candidates):
        candidates = np.flatnonzero(np.isfinite(analysis.scores))
        n = min(n, 3)
    scores, clusters = analysis.scores[candidates], analysis.clusters[candidates]
    bad = analysis.quality[candidates] != "good"
    order = np.lexsort((-scores, _rank_within(clusters, scores, bad), bad))
    chosen = _apart(analysis.beats.samples[candidates[order]] / analysis.record.fs, n)
    return candidates[order[chosen]]


def disagreements(analysis: Analysis, n: int = 4) -> npt.NDArray[np.int64]:
    """Choose beats on which the two opinions differ, in turn of normal class and usual.

    Of beats classified as N the highest anomaly scores; of usual beats the most probable of another
    class. Beats on good signal come before all others, four seconds apart.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    n : int
        Beats at the most.

    Returns
    -------
    ndarray of int64
        Indices of beats, in the order of the choice.
    """
    bad = analysis.quality != "good"
    certainty = analysis.probabilities.max(axis=1, initial=0)
    of_normal_class = np.flatnonzero(analysis.abnormal & ~analysis.ectopic)
    usual = np.flatnonzero(analysis.ectopic & ~analysis.abnormal)
    queues = (
        of_normal_class[np.lexsort((-analysis.scores[of_normal_class], bad[of_normal_class]))],
        usual[np.lexsort((-certainty[usual], bad[usual]))],
    )
    places = np.concatenate([np.arange(len(queue)) for queue in queues])
    in_turn = np.concatenate(queues)[np.argsort(places, kind="stable")]
    return in_turn[_apart(analysis.beats.samples[in_turn] / analysis.record.fs, n)]


def onset_strip(analysis: Analysis, episode: Episode) -> Strip:
    """Return the strip in which an episode begins, from a second and a half before."""
    fs, samples = analysis.record.fs, analysis.beats.samples
    last = max(0.0, analysis.record.duration - STRIP_SECONDS)
    start = float(np.clip(episode.start / fs - 1.5, 0, last))
    window = (episode.start / fs, min(episode.stop / fs, start + STRIP_SECONDS))
    beat = min(int(np.searchsorted(samples, episode.start)), len(samples) - 1)
    lead = analysis.record.leads.index(str(analysis.beat_leads[beat])) if len(samples) else 0
    return analysis.strip(start, STRIP_SECONDS, lead, window)


def sheets(analysis: Analysis) -> tuple[Strip, ...]:
    """Return strips that show a short recording whole, where others show but some of its leads."""
    record = analysis.record
    if not MOST_LEADS < len(record.leads) <= SHEET_LEADS or record.duration > SHEET_SECONDS:
        return ()
    n_strips = ceil(record.duration / STRIP_SECONDS)
    seconds = record.duration / n_strips
    marked = analysis.abnormal | analysis.ectopic
    return tuple(
        marked_strip(
            record,
            analysis.beats.samples,
            analysis.symbols,
            marked,
            number * seconds,
            seconds,
            most_leads=len(record.leads),
        )
        for number in range(n_strips)
    )


def strip_of(analysis: Analysis, event: Event) -> Strip:
    """Return the strip of an event; of a long event, its beginning."""
    last = max(0.0, analysis.record.duration - STRIP_SECONDS)
    spare = max(1.0, (STRIP_SECONDS - (event.stop - event.start)) / 2)
    start = float(np.clip(event.start - spare, 0, last))
    lead = analysis.record.leads.index(str(analysis.beat_leads[event.first]))
    window = (event.start - 0.2, min(event.stop + 0.2, start + STRIP_SECONDS))
    return analysis.strip(start, STRIP_SECONDS, lead, window)


def strip_around(analysis: Analysis, beat: int) -> Strip:
    """Return the strip around a beat.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    beat : int
        Index of the beat whose window is shaded.
    """
    window = analysis.window
    before, after = window.before / window.fs, window.after / window.fs
    time = float(analysis.beats.samples[beat] / analysis.record.fs)
    start = float(np.clip(time - STRIP_SECONDS / 2, 0, max(0.0, analysis.record.duration - STRIP_SECONDS)))
    lead = analysis.record.leads.index(str(analysis.beat_leads[beat]))
    return analysis.strip(start, STRIP_SECONDS, lead, (time - before, time + after))


def clusters_by_size(analysis: Analysis) -> npt.NDArray[np.int64]:
    """Return the numbers of the morphology clusters that have beats, the largest first; edits leave gaps."""
    numbers, sizes = np.unique(analysis.clusters[analysis.clusters >= 0], return_counts=True)
    return numbers[np.argsort(-sizes, kind="stable")]


def typical_abnormal(analysis: Analysis, n: int) -> npt.NDArray[np.int64]:
    """Choose the beat of median score of each cluster whose median score is over twice the threshold.

    Parameters
    ----------
    analysis : Analysis
        Of one recording.
    n : int
        Beats at the most.

    Returns
    -------
    ndarray of int64
        Indices of beats, that of the largest cluster first; filled up with `most_abnormal`.
    """
    chosen = []
    for cluster in clusters_by_size(analysis).tolist():
        members = np.flatnonzero(analysis.clusters == cluster)
        middle = members[np.argsort(analysis.scores[members])[len(members) // 2]]
        if analysis.scores[middle] > 2 * analysis.threshold:
            chosen.append(middle)
    rest = [beat for beat in most_abnormal(analysis, n) if beat not in chosen]
    return np.array([*chosen, *rest], dtype=np.int64)[:n]


def _rank_within(
    clusters: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], bad: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return the rank of each beat by score among beats of its cluster with signal as good or as bad."""
    order = np.lexsort((-scores, bad, clusters))
    group = np.cumsum(np.diff(clusters[order] * 2 + bad[order], prepend=-9) != 0)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order)) - np.searchsorted(group, group)
    return rank


def _apart(times: npt.NDArray[np.float64], n: int) -> list[int]:
    """Return up to ``n`` positions in order, leaving out times close to one already taken."""
    chosen: list[int] = []
    for i, time in enumerate(times):
        if len(chosen) == n:
            break
        if all(abs(time - times[j]) >= APART for j in chosen):
            chosen.append(i)
    return chosen
