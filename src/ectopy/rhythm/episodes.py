"""Episodes: stretches in one rhythm other than sinus rhythm, what they add up to, and their marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.record import Annotations

VENTRICULAR_FIBRILLATION: Final = "ventricular fibrillation"
ATRIAL_FIBRILLATION: Final = "atrial fibrillation"
ATRIAL_FLUTTER: Final = "atrial flutter"
VENTRICULAR_PACING: Final = "ventricular pacing"
TACHYCARDIA: Final = "tachycardia"
BRADYCARDIA: Final = "bradycardia"

EPISODE_KINDS: Final = (
    VENTRICULAR_FIBRILLATION,
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    VENTRICULAR_PACING,
    TACHYCARDIA,
    BRADYCARDIA,
)
"""Kinds of episodes, the most urgent first; `VENTRICULAR_FIBRILLATION` stands for ventricular flutter too."""

ATRIAL_KINDS: Final = (ATRIAL_FIBRILLATION, ATRIAL_FLUTTER)
"""Rhythms in which an early beat is no supraventricular ectopy."""

NO_SINUS_KINDS: Final = (VENTRICULAR_FIBRILLATION, *ATRIAL_KINDS, VENTRICULAR_PACING)
"""Rhythms in which no interval is one between sinus beats."""

RHYTHM_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {ATRIAL_FIBRILLATION: "(AFIB", ATRIAL_FLUTTER: "(AFL", VENTRICULAR_PACING: "(P"}
)
"""Text of the WFDB rhythm mark with which an episode begins, by kind."""

NORMAL_RHYTHM: Final = "(N"
"""Text of the WFDB rhythm mark with which it ends."""


@dataclass(frozen=True)
class Episode:
    """A stretch of a recording in one rhythm.

    Parameters
    ----------
    kind : str
        One of `EPISODE_KINDS`.
    start, stop : int
        First sample, and the one after the last, at the recording's own rate.
    """

    kind: str
    start: int
    stop: int

    def seconds(self, fs: float) -> float:
        """Return how long it lasts, in seconds."""
        return (self.stop - self.start) / fs


@dataclass(frozen=True)
class EpisodeTotal:
    """What all episodes of one kind add up to.

    Parameters
    ----------
    count : int
        Episodes.
    seconds, longest : float
        How long all of them last together, and the longest of them, in seconds.
    burden : float or None
        Share of the time that could be analysed; None where none could.
    """

    count: int
    seconds: float
    longest: float
    burden: float | None


def episode_totals(episodes: Iterable[Episode], fs: float, analysed: float) -> dict[str, EpisodeTotal]:
    """Return what the episodes of each kind add up to.

    Parameters
    ----------
    episodes : iterable of Episode
        Of one recording.
    fs : float
        Rate in Hz that they count in.
    analysed : float
        Seconds of the recording that could be analysed.

    Returns
    -------
    dict of str to EpisodeTotal
        Every one of `EPISODE_KINDS`, in that order.

    Examples
    --------
    >>> totals = episode_totals([Episode("atrial fibrillation", 0, 6000)], fs=100, analysed=240)
    >>> totals["atrial fibrillation"]
    EpisodeTotal(count=1, seconds=60.0, longest=60.0, burden=0.25)
    """
    lengths: dict[str, list[float]] = {kind: [] for kind in EPISODE_KINDS}
    for episode in episodes:
        lengths[episode.kind].append(episode.seconds(fs))
    return {
        kind: EpisodeTotal(
            count=len(each),
            seconds=sum(each),
            longest=max(each, default=0.0),
            burden=min(1.0, sum(each) / analysed) if analysed > 0 else None,
        )
        for kind, each in lengths.items()
    }


def inside_episodes(
    samples: npt.NDArray[np.int64], episodes: Iterable[Episode], kinds: Sequence[str]
) -> npt.NDArray[np.bool_]:
    """Say which samples lie in an episode of some kinds.

    Parameters
    ----------
    samples : ndarray of int64, shape (n,)
        Not decreasing.
    episodes : iterable of Episode
        Of one recording.
    kinds : sequence of str
        Of `EPISODE_KINDS`.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    inside = np.zeros(len(samples), np.bool_)
    for episode in episodes:
        if episode.kind in kinds:
            first, stop = np.searchsorted(samples, [episode.start, episode.stop])
            inside[first:stop] = True
    return inside


def rhythm_marks(episodes: Iterable[Episode], n_samples: int) -> Annotations:
    """Return the WFDB marks of episodes.

    Parameters
    ----------
    episodes : iterable of Episode
        Of one recording; slow and fast rates have no mark.
    n_samples : int
        Length of the recording: what lasts to its end has no mark there.

    Returns
    -------
    Annotations
        ``+`` with ``(AFIB``, ``(AFL`` and ``(N``; ``[`` and ``]`` around ventricular fibrillation. Each
        stands one sample before the first beat that it is about, as no two marks of a file share a sample.

    Examples
    --------
    >>> marks = rhythm_marks([Episode("atrial fibrillation", 500, 900)], n_samples=1000)
    >>> marks.samples.tolist(), marks.symbols.tolist(), marks.aux
    ([499, 899], ['+', '+'], ('(AFIB', '(N'))
    """
    marks: dict[tuple[int, str], tuple[str, str]] = {}
    for episode in sorted(episodes, key=lambda each: each.start):
        place = "ventricles" if episode.kind == VENTRICULAR_FIBRILLATION else "atria"
        if place == "ventricles":
            begin, end = ("[", ""), ("]", "")
        elif episode.kind in RHYTHM_NAMES:
            begin, end = ("+", RHYTHM_NAMES[episode.kind]), ("+", NORMAL_RHYTHM)
        else:
            continue
        marks[max(0, episode.start - 1), place] = begin  # in place of the end of one that it follows
        if episode.stop < n_samples:
            marks[episode.stop - 1, place] = end
    ordered = sorted(marks.items())
    return Annotations(
        np.array([sample for (sample, _), _ in ordered], np.int64),
        np.array([symbol for _, (symbol, _) in ordered], np.str_),
        aux=tuple(aux for _, (_, aux) in ordered),
    )


def episodes_of(kind: str, spans: npt.NDArray[np.int64]) -> tuple[Episode, ...]:
    """Return stretches, shape (n, 2), first sample and the one after the last of each, as episodes.

    Examples
    --------
    >>> episodes_of(VENTRICULAR_FIBRILLATION, np.array([[300, 900]]))
    (Episode(kind='ventricular fibrillation', start=300, stop=900),)
    """
    return tuple(Episode(kind, start, stop) for start, stop in spans.tolist())
