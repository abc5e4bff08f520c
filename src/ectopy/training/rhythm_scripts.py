"""Rhythm scripts: when the beats of an augmented recording come, and which class they then have.

A rhythm is a rule for RR intervals: premature beats among those that are due, single and in runs, or so many
that few beats are due; and rhythms that are as irregular without any premature beat.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.rr import median_rr

OBSERVED: Final = "observed"
"""The rhythm of another person, beat by beat, see `ectopy.training.rhythm_observed`."""

RHYTHMS: Final = (
    *("single", "runs", "bigeminy", "tachycardia", "sick sinus", "sick sinus"),
    *("fibrillation", "flutter", "block", "periodic block", "exercise", "exercise", "rate"),
    *(OBSERVED, OBSERVED, OBSERVED, OBSERVED),
)
"""Rhythms that a recording is augmented with; those that occur more than once are drawn more often.

Premature beats: single, in short runs, every second one, in long runs; and so many that the sinus beats are
few and late, as in the sick sinus syndrome. Then rhythms that are irregular without any premature beat:
fibrillation and flutter with changing conduction (both in episodes, between which there may be premature
beats), sinus beats that are not conducted, at random or every second to sixth; exercise; another heart rate.
Last, what was observed in other people."""

OTHER_FOCUS_SHARE: Final = 0.6
"""Share of the scripts whose premature beats come from a focus in the atria with a P wave of its own."""

OWN_RATE_SHARE: Final = 0.6
"""Share of the scripts of a sick sinus in which the focus that takes over has a rate of its own."""

BLOCKED_P_SHARE: Final = 0.8
"""Share of the scripts of a periodic block in which the P waves that are not conducted are drawn."""

EXERCISE: Final = (-0.85, 0.15)
"""Range of the logarithm of RR to that at rest: from 70 beats a minute to 160 and to 60."""

Doubles = npt.NDArray[np.float64]
Classes = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class RhythmScript:
    """When the beats come, which class they have, and how much of their P wave is left.

    Parameters
    ----------
    intervals : ndarray of float64, shape (n_beats,)
        Samples since the previous beat.
    classes : ndarray of str, shape (n_beats,)
        AAMI class.
    p_scale : ndarray of float64, shape (n_beats,)
        Factor of the recorded P wave: 1 unchanged, 0 none, negative inverted.
    ectopic_p : ndarray of float64, shape (n_beats,)
        Factor of a P wave from another focus in the atria that is added.
    atrial_waves : ndarray of float64, shape (n_beats,)
        Flutter or fibrillation waves since the previous beat; 0 in other rhythms.
    haste : ndarray of float64, shape (n_beats,), optional
        Factor of the time from P wave to QRS and from QRS to T wave, which a faster sinus shortens.
    blocked_p : ndarray of float64, shape (n_beats,), optional
        Samples before the beat at which a P wave stands whose QRS was blocked; 0 where there is none.
    recorded : ndarray of int64, shape (n_beats,), optional
        Which recorded beat is drawn at each place; by default each at its own.
    """

    intervals: Doubles
    classes: Classes
    p_scale: Doubles
    ectopic_p: Doubles
    atrial_waves: Doubles
    haste: Doubles | None = None
    blocked_p: Doubles | None = None
    recorded: npt.NDArray[np.int64] | None = None


def write_script(recorded: Doubles, classes: Classes, rhythm: str, rng: np.random.Generator) -> RhythmScript:
    """Write the script of another rhythm.

    Parameters
    ----------
    recorded : ndarray of float64, shape (n_beats,)
        Samples since the previous beat, as recorded.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat; only normal ones become supraventricular.
    rhythm : str
        One of `RHYTHMS`.
    rng : numpy.random.Generator
        Of all random numbers.

    Returns
    -------
    RhythmScript
    """
    median = median_rr(recorded.astype(np.float32)).astype(np.float64)
    if rhythm == "tachycardia":
        return _tachycardia(recorded, median, classes, rng)
    if rhythm == "sick sinus":
        return _sick_sinus(recorded, median, classes, rng)
    if rhythm in _WITHOUT_PREMATURE:
        return _WITHOUT_PREMATURE[rhythm](recorded, median, classes, rng)
    return _premature(recorded, median, classes, rhythm, rng)


def _premature(
    recorded: Doubles, median: Doubles, classes: Classes, rhythm: str, rng: np.random.Generator
) -> RhythmScript:
    n = len(recorded)
    premature = _chosen(classes, rhythm, rng)
    coupling = np.clip(rng.uniform(0.55, 0.85) + rng.normal(0, 0.06, n), 0.45, 0.9)
    pause = rng.uniform(0.95, 1.3) + rng.normal(0, 0.04, n)
    intervals = np.where(
        premature, median * coupling, np.where(_following(premature), median * pause, recorded)
    )
    return supraventricular(intervals * rng.uniform(0.85, 1.2), classes, premature, rng)


def _sick_sinus(
    recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator
) -> RhythmScript:
    """Let premature beats follow those of a slow sinus, and a pause follow them.

    They come a fixed part of the sinus interval after the previous beat, or at the rate of a focus of their
    own, which is more regular.
    """
    n = len(recorded)
    premature = _runs(classes, rng.uniform(0.3, 0.97), int(np.exp(rng.uniform(0, np.log(25)))), rng)
    slow, coupling = rng.uniform(1.0, 1.5), rng.uniform(0.4, 0.85)
    sinus = median * slow * np.exp(rng.normal(0, rng.uniform(0.01, 0.08), n))
    focus = sinus * np.clip(coupling + rng.normal(0, rng.uniform(0.01, 0.08), n), 0.35, 0.92)
    if rng.random() < OWN_RATE_SHARE:
        regular = np.median(median) * slow * coupling * np.exp(rng.normal(0, rng.uniform(0.005, 0.05), n))
        focus = np.minimum(regular, 0.92 * sinus)
    pause = np.clip(rng.uniform(1.0, 2.0) + rng.normal(0, rng.uniform(0.03, 0.3), n), 0.95, 3.0)
    intervals = np.where(classes == "N", sinus, recorded)
    intervals = np.where(premature, focus, np.where(_following(premature), sinus * pause, intervals))
    return supraventricular(intervals, classes, premature, rng)


def _tachycardia(
    recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator
) -> RhythmScript:
    """Insert runs of 3 to 120 regular fast beats that begin and end abruptly."""
    n = len(recorded)
    intervals = recorded * rng.uniform(0.95, 1.5)
    premature = np.zeros(n, dtype=bool)
    share, rate = np.exp(rng.uniform(np.log(0.005), np.log(0.08))), rng.uniform(0.5, 0.8)
    i = 5
    while i < n - 3:
        length = int(np.exp(rng.uniform(np.log(3), np.log(120))))
        if rng.random() < share and (stop := _normal_until(classes, i, min(i + length, n - 3))) - i >= 3:
            cycle = np.median(median[i:stop]) * rate * rng.uniform(0.93, 1.07)
            intervals[i:stop] = cycle * np.exp(rng.normal(0, 0.015, stop - i))
            intervals[i] *= rng.uniform(0.95, 1.2)
            intervals[stop] = median[stop] * rng.uniform(0.9, 1.4)
            premature[i:stop] = True
            i = stop
        i += 1
    return supraventricular(intervals, classes, premature, rng)


def _sinus(intervals: Doubles, classes: Classes) -> RhythmScript:
    n = len(intervals)
    return RhythmScript(intervals, classes, np.ones(n), np.zeros(n), np.zeros(n))


def _fibrillation(
    recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator
) -> RhythmScript:
    """Conduct at random: with log-normal intervals, or a refractory time and a gamma-distributed wait."""
    n = len(recorded)
    refractory, gamma_shape = rng.uniform(0.35, 0.75), rng.uniform(1, 4)
    intervals = refractory + (1 - refractory) * rng.gamma(gamma_shape, 1 / gamma_shape, n)
    if rng.random() < 0.5:
        intervals = np.exp(rng.uniform(0.12, 0.3) * rng.standard_normal(n))
    intervals = median * rng.uniform(0.6, 1.1) * intervals
    flutter = intervals / (np.median(median) * rng.uniform(0.15, 0.3)) * np.exp(rng.normal(0, 0.1, n))
    return _without_p_waves(recorded, median, classes, intervals, flutter, rng)


def _flutter(recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator) -> RhythmScript:
    """Conduct every second to sixth wave of a regular flutter, for some beats by the same ratio."""
    n = len(recorded)
    cycle = np.median(median) * rng.uniform(0.25, 0.34)
    waves = rng.choice([2, 3, 4, 5, 6], size=n, p=rng.dirichlet([1.5, 1, 1.5, 0.3, 0.3]))
    changes = rng.random(n) >= rng.uniform(0, 0.8)
    changes[0] = True
    waves = waves[np.maximum.accumulate(np.where(changes, np.arange(n), 0))]
    intervals = cycle * waves * np.exp(rng.normal(0, 0.02, n))
    return _without_p_waves(recorded, median, classes, intervals, waves.astype(np.float64), rng)


def _without_p_waves(
    recorded: Doubles,
    median: Doubles,
    classes: Classes,
    intervals: Doubles,
    waves: Doubles,
    rng: np.random.Generator,
) -> RhythmScript:
    """Put beats into episodes without P waves, in which none is premature; others may be."""
    inside = np.isin(classes, ("N", "S")) & _episodes(len(intervals), rng)
    sinus = _sinus(recorded, classes)
    if rng.random() < 0.5:
        sinus = _premature(recorded, median, np.where(inside, "", classes), "single", rng)
    return RhythmScript(
        np.where(inside, intervals, sinus.intervals),
        np.where(inside, "N", sinus.classes),
        np.where(inside, rng.uniform(-0.1, 0.15), sinus.p_scale),
        sinus.ectopic_p,
        np.where(inside, waves, 0.0),
    )


def _block(recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator) -> RhythmScript:
    """Block sinus beats: each leaves a pause, and the other beats are not premature."""
    n = len(recorded)
    inside = (classes == "N") & _episodes(n, rng)
    pause = rng.choice([2.0, 2.0, 2.0, rng.uniform(1.4, 2.0)])
    factor = np.where(rng.random(n) < rng.uniform(0.03, 0.6 if pause == 2 else 0.2), pause, 1.0)
    scale = rng.uniform(0.75, 1.0)
    intervals = median * factor * np.exp(rng.normal(0, rng.uniform(0.005, 0.03), n))
    return _sinus(scale * np.where(inside, intervals, recorded), classes)


def _periodic_block(
    recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator
) -> RhythmScript:
    """Block every second to sixth sinus beat, with or without slower conduction before (Wenckebach)."""
    n = len(recorded)
    inside = (classes == "N") & _episodes(n, rng)
    length = int(rng.choice([1, 2, 2, 3, 4, 5]))
    place = np.arange(n) % length
    scale = rng.uniform(0.75, 1.1)
    sinus = median * scale * np.exp(rng.normal(0, rng.uniform(0.005, 0.04), n))
    delay = rng.choice([0.0, rng.uniform(0.05, 0.2)]) * (length > 1)
    conducted = sinus * (1 + delay / np.maximum(place, 1))
    paused = inside & (place == 0)
    intervals = np.where(paused, sinus * (2 - delay * rng.uniform(1, 1.5)), conducted)
    script = _sinus(np.where(inside, intervals, recorded * scale), classes)
    visible = rng.random() < BLOCKED_P_SHARE
    return replace(script, blocked_p=np.where(paused & visible, sinus, 0.0))


def _exercise(recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator) -> RhythmScript:
    """Let the sinus rise and fall between plateaus, steadily or at once, with P and T waves that follow."""
    n = len(recorded)
    levels, at = [0.0], [0]
    while at[-1] < n:
        stay, ramp = np.exp(rng.uniform(np.log([10, 3]), np.log([400, 250])))
        level = rng.uniform(*EXERCISE) * rng.choice([0.4, 1.0])
        levels += [levels[-1], level]
        at += [at[-1] + int(stay), at[-1] + int(stay) + max(1, int(ramp))]
    change = np.interp(np.arange(n), at, levels)
    jitter = rng.normal(0, rng.uniform(0.003, 0.03), n)
    scale = np.exp(change - rng.uniform(-0.1, 0.3))
    intervals = np.where(classes == "N", median * np.exp(jitter), recorded) * scale
    return replace(_sinus(intervals, classes), haste=np.clip(np.sqrt(scale), 0.6, 1.25))


def _rate(recorded: Doubles, median: Doubles, classes: Classes, rng: np.random.Generator) -> RhythmScript:
    """Let the rate drift, and in half the scripts rise and fall with breathing."""
    n = len(recorded)
    knots = rng.normal(0, rng.uniform(0.05, 0.2), n // int(rng.integers(5, 60)) + 4)
    slow = np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)
    depth = rng.choice([0.0, rng.uniform(0.02, 0.25)])
    breath = depth * np.sin(np.cumsum(2 * np.pi / rng.uniform(2.5, 8, n)))
    return _sinus(recorded * np.exp(slow + breath) * rng.uniform(0.8, 1.15), classes)


_WITHOUT_PREMATURE: Final = {
    "fibrillation": _fibrillation,
    "flutter": _flutter,
    "block": _block,
    "periodic block": _periodic_block,
    "exercise": _exercise,
    "rate": _rate,
}


def supraventricular(
    intervals: Doubles, classes: Classes, premature: Flags, rng: np.random.Generator
) -> RhythmScript:
    """Make premature beats supraventricular: another P wave, or a smaller or inverted one of the same shape.

    In a quarter of the scripts all P waves are smaller, so that only the intervals differ.
    """
    n = len(intervals)
    other = float(rng.random() < OTHER_FOCUS_SHARE)
    p_factor = rng.uniform(0, 0.2) if other else rng.uniform(-0.8, 0.7)
    p_size = rng.choice([1.0, 1.0, 1.0, rng.uniform(0, 1)])
    p_scale = p_size * np.where(premature, p_factor + rng.normal(0, 0.1, n), 1.0)
    ectopic_p = p_size * premature * other * rng.normal(1, 0.15, n)
    return RhythmScript(intervals, np.where(premature, "S", classes), p_scale, ectopic_p, np.zeros(n))


def _following(premature: Flags) -> Flags:
    return np.append(False, premature[:-1]) & ~premature


def _normal_until(classes: Classes, first: int, stop: int) -> int:
    """Return where the normal beats that begin before ``first`` end: at ``stop`` at the latest."""
    other = np.flatnonzero(classes[first - 1 : stop + 1] != "N")
    return stop if not len(other) else max(first, first - 1 + int(other[0]))


def _chosen(classes: Classes, rhythm: str, rng: np.random.Generator) -> Flags:
    """Choose beats among normal ones: nearly every second in bigeminy, from few to most otherwise."""
    most = 0.15 if rhythm == "runs" else 0.6
    share = 0.9 if rhythm == "bigeminy" else float(np.exp(rng.uniform(np.log(0.02), np.log(most))))
    return _runs(classes, share, 12 if rhythm == "runs" else 1, rng)


def _runs(classes: Classes, share: float, most: int, rng: np.random.Generator) -> Flags:
    """Return runs of up to ``most`` beats, each between normal beats; one begins at a share of the places."""
    premature = np.zeros(len(classes), dtype=bool)
    normal = classes == "N"
    i = 3
    while i < len(classes) - 3:
        length = int(rng.integers(1, most + 1))
        if rng.random() < share and normal[i - 1 : i + length + 1].all():
            premature[i : i + length] = True
            i += length
        i += 1
    return premature


def _episodes(n: int, rng: np.random.Generator) -> Flags:
    """Return which beats lie in an episode: all of them, or those of two episodes."""
    inside = np.ones(n, dtype=bool)
    if rng.random() < 0.6:
        edges = np.sort(rng.integers(0, n, 4))
        inside = np.searchsorted(edges, np.arange(n), side="right") % 2 == 1
    return inside
