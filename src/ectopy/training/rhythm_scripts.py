"""When the beats of a replayed recording come, and what they are then.

A rhythm is a rule of intervals: premature beats among those that are due, by ones and in runs, or so many
that the beats that are due are few; and rhythms without any premature beat that look as irregular.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.rr import usual_rr

KINDS: Final = (
    *("single", "runs", "bigeminy", "tachycardia", "sick sinus", "sick sinus", "sick sinus"),
    *("fibrillation", "fibrillation", "flutter", "flutter", "block", "pace"),
)
"""What a recording is replayed as.

Premature beats by ones, in short runs, every second, in long runs; so many that the beats that are due are
few, and late (as in the sick sinus syndrome). Then rhythms that are irregular without any premature beat:
fibrillation, flutter with changing conduction (either for a while, and what is between may have premature
beats), sinus beats that are not conducted; and another pace."""

OTHER_FOCUS: Final = 0.6
"""Share of the replays whose premature beats come from a place of the atria with a P wave of its own."""

OWN_PACE: Final = 0.6
"""Share of the replays of a sick sinus in which what takes over has a pace of its own."""

Doubles = npt.NDArray[np.float64]
Classes = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Score:
    """When the beats are to come, what they are then, and how much of their P waves is left.

    Parameters
    ----------
    steps : ndarray of float64, shape (n_beats,)
        Samples since the beat before.
    classes : ndarray of str, shape (n_beats,)
    p_waves : ndarray of float64, shape (n_beats,)
        1 as it was, 0 none, below 0 upside down.
    foreign : ndarray of float64, shape (n_beats,)
        How much of a P wave from elsewhere in the atria there is instead.
    flutter : ndarray of float64, shape (n_beats,)
        Waves since the beat before of atria that do not rest; 0 where they do.
    """

    steps: Doubles
    classes: Classes
    p_waves: Doubles
    foreign: Doubles
    flutter: Doubles


def compose(intervals: Doubles, classes: Classes, kind: str, rng: np.random.Generator) -> Score:
    """Say when the beats come in another rhythm.

    Parameters
    ----------
    intervals : ndarray of float64, shape (n_beats,)
        Samples since the beat before, as recorded.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat; only normal ones become supraventricular.
    kind : str
        One of `KINDS`.
    rng : numpy.random.Generator
        Of everything random.

    Returns
    -------
    Score
    """
    usual = usual_rr(intervals.astype(np.float32)).astype(np.float64)
    if kind == "tachycardia":
        return _tachycardia(intervals, usual, classes, rng)
    if kind == "sick sinus":
        return _sick_sinus(intervals, usual, classes, rng)
    if kind in _WITHOUT_PREMATURE:
        return _WITHOUT_PREMATURE[kind](intervals, usual, classes, rng)
    return _premature(intervals, usual, classes, kind, rng)


def _premature(
    intervals: Doubles, usual: Doubles, classes: Classes, kind: str, rng: np.random.Generator
) -> Score:
    n = len(intervals)
    early = _chosen(classes, kind, rng)
    due = np.clip(rng.uniform(0.55, 0.85) + rng.normal(0, 0.06, n), 0.45, 0.9)
    pause = rng.uniform(0.95, 1.3) + rng.normal(0, 0.04, n)
    steps = np.where(early, usual * due, np.where(_following(early), usual * pause, intervals))
    return _supraventricular(steps * rng.uniform(0.85, 1.2), classes, early, rng)


def _sick_sinus(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Let beats from elsewhere in the atria follow those of a slow sinus, and a pause follow them.

    They come so much before the sinus would, or at the pace of a focus of their own, which is more regular.
    """
    n = len(intervals)
    early = _runs(classes, rng.uniform(0.3, 0.97), int(np.exp(rng.uniform(0, np.log(25)))), rng)
    slow, due = rng.uniform(1.0, 1.5), rng.uniform(0.4, 0.85)
    sinus = usual * slow * np.exp(rng.normal(0, rng.uniform(0.01, 0.08), n))
    focus = sinus * np.clip(due + rng.normal(0, rng.uniform(0.01, 0.08), n), 0.35, 0.92)
    if rng.random() < OWN_PACE:
        pace = np.median(usual) * slow * due * np.exp(rng.normal(0, rng.uniform(0.005, 0.05), n))
        focus = np.minimum(pace, 0.92 * sinus)
    pause = np.clip(rng.uniform(1.0, 2.0) + rng.normal(0, rng.uniform(0.03, 0.3), n), 0.95, 3.0)
    steps = np.where(classes == "N", sinus, intervals)
    steps = np.where(early, focus, np.where(_following(early), sinus * pause, steps))
    return _supraventricular(steps, classes, early, rng)


def _tachycardia(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Let runs of 3 to 120 regular fast beats begin and end abruptly."""
    n = len(intervals)
    steps = intervals * rng.uniform(0.95, 1.5)
    early = np.zeros(n, dtype=bool)
    share, rate = np.exp(rng.uniform(np.log(0.005), np.log(0.08))), rng.uniform(0.5, 0.8)
    i = 5
    while i < n - 3:
        length = int(np.exp(rng.uniform(np.log(3), np.log(120))))
        if rng.random() < share and (stop := _normal_until(classes, i, min(i + length, n - 3))) - i >= 3:
            cycle = np.median(usual[i:stop]) * rate * rng.uniform(0.93, 1.07)
            steps[i:stop] = cycle * np.exp(rng.normal(0, 0.015, stop - i))
            steps[i] *= rng.uniform(0.95, 1.2)
            steps[stop] = usual[stop] * rng.uniform(0.9, 1.4)
            early[i:stop] = True
            i = stop
        i += 1
    return _supraventricular(steps, classes, early, rng)


def _sinus(steps: Doubles, classes: Classes) -> Score:
    n = len(steps)
    return Score(steps, classes, np.ones(n), np.zeros(n), np.zeros(n))


def _fibrillation(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Conduct at random: as varied to either side, or after a rest of the node and then soon or late."""
    n = len(intervals)
    rest, soon = rng.uniform(0.35, 0.75), rng.uniform(1, 4)
    steps = rest + (1 - rest) * rng.gamma(soon, 1 / soon, n)
    if rng.random() < 0.5:
        steps = np.exp(rng.uniform(0.12, 0.3) * rng.standard_normal(n))
    steps = usual * rng.uniform(0.6, 1.1) * steps
    flutter = steps / (np.median(usual) * rng.uniform(0.15, 0.3)) * np.exp(rng.normal(0, 0.1, n))
    return _unresting(intervals, usual, classes, steps, flutter, rng)


def _flutter(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Conduct every second to every sixth wave of a regular flutter, for a while by the same rule."""
    n = len(intervals)
    cycle = np.median(usual) * rng.uniform(0.25, 0.34)
    waves = rng.choice([2, 3, 4, 5, 6], size=n, p=rng.dirichlet([1.5, 1, 1.5, 0.3, 0.3]))
    changes = rng.random(n) >= rng.uniform(0, 0.8)
    changes[0] = True
    waves = waves[np.maximum.accumulate(np.where(changes, np.arange(n), 0))]
    steps = cycle * waves * np.exp(rng.normal(0, 0.02, n))
    return _unresting(intervals, usual, classes, steps, waves.astype(np.float64), rng)


def _unresting(
    intervals: Doubles,
    usual: Doubles,
    classes: Classes,
    steps: Doubles,
    flutter: Doubles,
    rng: np.random.Generator,
) -> Score:
    """Take the P waves off some beats, and with them what made any premature; others may well be."""
    inside = np.isin(classes, ("N", "S")) & _episodes(len(steps), rng)
    sinus = _sinus(intervals, classes)
    if rng.random() < 0.5:
        sinus = _premature(intervals, usual, np.where(inside, "", classes), "single", rng)
    return Score(
        np.where(inside, steps, sinus.steps),
        np.where(inside, "N", sinus.classes),
        np.where(inside, rng.uniform(-0.1, 0.15), sinus.p_waves),
        sinus.foreign,
        np.where(inside, flutter, 0.0),
    )


def _block(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Leave sinus beats out: their absence leaves a pause, and the others are not early."""
    n = len(intervals)
    inside = (classes == "N") & _episodes(n, rng)
    pause = rng.choice([2.0, 2.0, 2.0, rng.uniform(1.4, 2.0)])
    factor = np.where(rng.random(n) < rng.uniform(0.03, 0.6 if pause == 2 else 0.2), pause, 1.0)
    steps = usual * rng.uniform(0.75, 1.0) * factor * np.exp(rng.normal(0, rng.uniform(0.005, 0.03), n))
    return _sinus(np.where(inside, steps, intervals), classes)


def _pace(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Let the pace wander, and in half the replays rise and fall with the breath."""
    n = len(intervals)
    knots = rng.normal(0, rng.uniform(0.05, 0.2), n // int(rng.integers(5, 60)) + 4)
    slow = np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)
    depth = rng.choice([0.0, rng.uniform(0.02, 0.25)])
    breath = depth * np.sin(np.cumsum(2 * np.pi / rng.uniform(2.5, 8, n)))
    return _sinus(intervals * np.exp(slow + breath) * rng.uniform(0.8, 1.15), classes)


_WITHOUT_PREMATURE: Final = {
    "fibrillation": _fibrillation,
    "flutter": _flutter,
    "block": _block,
    "pace": _pace,
}


def _supraventricular(steps: Doubles, classes: Classes, early: Flags, rng: np.random.Generator) -> Score:
    """Make beats supraventricular: their P wave is another, or less of the own one, or upside down.

    In a quarter of the replays all P waves are smaller: there only the intervals may tell.
    """
    n = len(steps)
    other = float(rng.random() < OTHER_FOCUS)
    own = rng.uniform(0, 0.2) if other else rng.uniform(-0.8, 0.7)
    seen = rng.choice([1.0, 1.0, 1.0, rng.uniform(0, 1)])
    waves = seen * np.where(early, own + rng.normal(0, 0.1, n), 1.0)
    foreign = seen * early * other * rng.normal(1, 0.15, n)
    return Score(steps, np.where(early, "S", classes), waves, foreign, np.zeros(n))


def _following(early: Flags) -> Flags:
    return np.append(False, early[:-1]) & ~early


def _normal_until(classes: Classes, first: int, stop: int) -> int:
    """Return where the normal beats end that begin before ``first``: at ``stop`` at the latest."""
    other = np.flatnonzero(classes[first - 1 : stop + 1] != "N")
    return stop if not len(other) else max(first, first - 1 + int(other[0]))


def _chosen(classes: Classes, kind: str, rng: np.random.Generator) -> Flags:
    """Choose beats among normal ones; nearly every second in bigeminy, from few to most otherwise."""
    most = 0.15 if kind == "runs" else 0.6
    share = 0.9 if kind == "bigeminy" else float(np.exp(rng.uniform(np.log(0.02), np.log(most))))
    return _runs(classes, share, 12 if kind == "runs" else 1, rng)


def _runs(classes: Classes, share: float, most: int, rng: np.random.Generator) -> Flags:
    """Return runs of up to ``most`` beats, each between normal beats; one begins wherever ``share`` says."""
    early = np.zeros(len(classes), dtype=bool)
    normal = classes == "N"
    i = 3
    while i < len(classes) - 3:
        length = int(rng.integers(1, most + 1))
        if rng.random() < share and normal[i - 1 : i + length + 1].all():
            early[i : i + length] = True
            i += length
        i += 1
    return early


def _episodes(n: int, rng: np.random.Generator) -> Flags:
    """Return which beats lie in an episode: all of them, or two stretches."""
    inside = np.ones(n, dtype=bool)
    if rng.random() < 0.6:
        edges = np.sort(rng.integers(0, n, 4))
        inside = np.searchsorted(edges, np.arange(n), side="right") % 2 == 1
    return inside
