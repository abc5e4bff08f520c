"""Patients that a dataset lacks, made from those that it has.

Supraventricular beats and atrial fibrillation are rare in any collection, and come from a handful of people.
But what makes a beat supraventricular is when it comes and what its P wave is like, and both can be changed
in anybody's recording: a beat is a stretch of signal from before its P wave to before the next one; moved
earlier, with its P wave reshaped, it is premature. Moved at random, without a P wave, it fibrillates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from ectopy.artifact import WindowSpec
from ectopy.beats.intervals import rr_intervals, usual_rr
from ectopy.beats.windows import Beats, condition, cut_windows, window_centres
from ectopy.errors import RecordError
from ectopy.labels import aami_classes
from ectopy.records.record import Record

KINDS: Final = (
    *("single", "runs", "bigeminy", "tachycardia", "sick sinus", "sick sinus"),
    *("fibrillation", "fibrillation", "flutter", "block", "pace"),
)
"""What a recording is replayed as.

Premature beats by ones, in short runs, every second, in long runs; so many that the beats that are due are
few, and late (as in the sick sinus syndrome). Then rhythms that are irregular without any premature beat:
fibrillation, flutter with changing conduction, sinus beats that are not conducted; and another pace."""

N_PLAIN: Final = 3
"""What a recording gives as it is: its two leads and a mixture of them."""

FIBRILLATING: Final = ("fibrillation", "flutter")
"""Kinds whose atria do not rest."""

REGULAR: Final = 0.08
"""Median change from one interval to the next, beside the median interval, below which there is a sinus."""

HEAD: Final = 0.28
"""Seconds before the R peak at which a beat begins."""

P_END: Final = 0.05
"""Seconds before the R peak at which its P wave is over."""

SHORTEST: Final = 0.3
LONGEST: Final = 3.3
"""Intervals in seconds that beats are replayed at."""

NOISY: Final = 0.8
"""Share of the replays that have noise added."""

OTHER_FOCUS: Final = 0.6
"""Share of the replays whose premature beats come from a place of the atria with a P wave of its own."""

STRETCH: Final = 900
"""Beats that one replay plays; not all, so that many different ones cost little."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Classes = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]

_LEADS: Final = np.eye(2, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Take:
    """A recording, or what was made of it.

    Parameters
    ----------
    level : ndarray of float32, shape (n_samples, n_leads)
        Band-passed signal.
    peaks : ndarray of int64, shape (n_beats,)
        R peaks in it, rising.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat.
    """

    level: Floats
    peaks: npt.NDArray[np.int64]
    classes: Classes


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
    """

    steps: Doubles
    classes: Classes
    p_waves: Doubles
    foreign: Doubles


def classified_beats(
    record: Record,
    window: WindowSpec,
    rng: np.random.Generator,
    kinds: Sequence[str] = KINDS,
    noisy: float = NOISY,
) -> list[Beats]:
    """Return the beats of a record on each lead, on a mixture of the two, and replayed; symbols are classes.

    Parameters
    ----------
    record : Record
        With annotations and two leads or more, of which the first and the last are used.
    window : WindowSpec
        How the beats are cut.
    rng : numpy.random.Generator
        Of everything random.
    kinds : sequence of str
        Of `KINDS`: what a recording with a regular rhythm is replayed as; others only at another pace.
    noisy : float
        Share of the replays that have noise added.

    Returns
    -------
    list of Beats
        Each of one lead, with a record name of its own: the leads, the mixture, `STRETCH` beats of each kind.
        Symbols are AAMI classes; empty for aberrant beats (``a``), which differ from ventricular ones in what
        no single lead shows, and would teach that wide premature beats are supraventricular.

    Raises
    ------
    RecordError
        If the record has no annotations.
    """
    if record.annotations is None:
        raise RecordError(f"record {record.name} has no reference annotations; give one with an atr file")
    marks = record.annotations.beats()
    classes = np.where(marks.symbols == "a", "", aami_classes(marks.symbols, "aami"))
    level = condition(record.signal[:, [0, -1]], record.fs, window.fs)
    peaks = window_centres(marks.samples, record.fs, window.fs)
    plain = Take(level, peaks, classes)
    takes = [(plain, _LEADS[0]), (plain, _LEADS[1]), (plain, _mixture(plain, rng))]
    for kind in kinds if _is_regular(peaks) else KINDS[-1:]:
        again = replay(_stretch(plain, window.fs, rng), window.fs, kind, rng)
        if rng.random() < noisy:
            again = _with_noise(again, window.fs, rng)
        takes.append((again, _view(plain, rng)))
    return [_cut(take, mix, record, window, str(i)) for i, (take, mix) in enumerate(takes)]


def _stretch(take: Take, fs: float, rng: np.random.Generator) -> Take:
    """Return `STRETCH` beats in a row, with a second before the first and after the last."""
    first = int(rng.integers(0, max(1, len(take.peaks) - STRETCH + 1)))
    chosen = slice(first, first + STRETCH)
    peaks, margin = take.peaks[chosen], round(fs)
    start = max(0, int(peaks[0]) - margin)
    return Take(take.level[start : int(peaks[-1]) + margin], peaks - start, take.classes[chosen])


def _view(take: Take, rng: np.random.Generator) -> Floats:
    """Return weights of the two leads: either one of them, or as often a mixture."""
    choice = rng.random()
    return _LEADS[int(choice >= 0.25)] if choice < 0.5 else _mixture(take, rng)


def _cut(take: Take, mix: Floats, record: Record, window: WindowSpec, tag: str) -> Beats:
    n = len(take.peaks)
    return Beats.of(
        cut_windows(take.level @ mix[:, np.newaxis], take.peaks, window),
        fs=window.fs,
        samples=take.peaks,
        rr=rr_intervals(take.peaks, window.fs),
        symbols=take.classes,
        patients=np.full(n, record.patient),
        records=np.full(n, f"{record.name}/{tag}"),
    )


def replay(take: Take, fs: float, kind: str, rng: np.random.Generator) -> Take:
    """Play a recording again with other intervals and P waves.

    Parameters
    ----------
    take : Take
        The recording.
    fs : float
        Rate in Hz.
    kind : str
        One of `KINDS`.
    rng : numpy.random.Generator
        Of everything random.

    Returns
    -------
    Take
        As many beats as before.
    """
    intervals = np.diff(take.peaks, prepend=take.peaks[0] - round(fs)).astype(np.float64)
    score = _compose(intervals, take.classes, kind, rng)
    steps = np.rint(np.clip(score.steps, SHORTEST * fs, LONGEST * fs))
    own = _own_p_wave(take, fs)
    waves = own, _other_p_wave(take, own, fs, rng)
    signal, peaks = _perform(take, replace(score, steps=steps), waves, round(HEAD * fs))
    if kind in FIBRILLATING:
        signal = signal + _fibrillation(len(signal), signal.shape[1], fs, rng)
    return Take(signal, peaks, score.classes)


def _compose(intervals: Doubles, classes: Classes, kind: str, rng: np.random.Generator) -> Score:
    usual = usual_rr(intervals.astype(np.float32)).astype(np.float64)
    if kind == "tachycardia":
        return _tachycardia(intervals, usual, classes, rng)
    if kind == "sick sinus":
        return _sick_sinus(intervals, usual, classes, rng)
    if kind in _WITHOUT_PREMATURE:
        return _WITHOUT_PREMATURE[kind](intervals, usual, classes, rng)
    n = len(intervals)
    early = _premature(classes, kind, rng)
    due = np.clip(rng.uniform(0.55, 0.85) + rng.normal(0, 0.06, n), 0.45, 0.9)
    pause = rng.uniform(0.95, 1.3) + rng.normal(0, 0.04, n)
    steps = np.where(early, usual * due, np.where(_following(early), usual * pause, intervals))
    return _supraventricular(steps * rng.uniform(0.85, 1.2), classes, early, rng)


def _sick_sinus(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Let beats from elsewhere in the atria follow those of a slow sinus, and a pause follow them."""
    n = len(intervals)
    early = _runs(classes, rng.uniform(0.3, 0.97), int(np.exp(rng.uniform(0, np.log(25)))), rng)
    sinus = usual * rng.uniform(1.0, 1.5) * np.exp(rng.normal(0, rng.uniform(0.01, 0.06), n))
    due = np.clip(rng.uniform(0.5, 0.8) + rng.normal(0, rng.uniform(0.01, 0.06), n), 0.4, 0.9)
    pause = np.clip(rng.uniform(1.0, 1.5) + rng.normal(0, rng.uniform(0.03, 0.15), n), 0.95, 2.2)
    steps = np.where(classes == "N", sinus, intervals)
    steps = np.where(early, sinus * due, np.where(_following(early), sinus * pause, steps))
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


def _sinus(steps: Doubles, classes: Classes, waves: Doubles) -> Score:
    return Score(steps, classes, waves, np.zeros(len(steps)))


def _fast_atria(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    n = len(intervals)
    inside = (classes == "N") & _episodes(n, rng)
    steps = usual * np.exp(rng.uniform(0.12, 0.3) * rng.standard_normal(n)) * rng.uniform(0.6, 1.1)
    return _sinus(np.where(inside, steps, intervals), classes, np.where(inside, rng.uniform(-0.1, 0.15), 1.0))


def _flutter(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Conduct every second to every sixth wave of a regular flutter, for a while by the same rule."""
    n = len(intervals)
    cycle = np.median(usual) * rng.uniform(0.25, 0.34)
    inside = (classes == "N") & _episodes(n, rng)
    waves = rng.choice([2, 3, 4, 5, 6], size=n, p=rng.dirichlet([1.5, 1, 1.5, 0.3, 0.3]))
    changes = rng.random(n) >= rng.uniform(0, 0.8)
    changes[0] = True
    waves = waves[np.maximum.accumulate(np.where(changes, np.arange(n), 0))]
    steps = cycle * waves * np.exp(rng.normal(0, 0.02, n))
    return _sinus(np.where(inside, steps, intervals), classes, np.where(inside, rng.uniform(-0.1, 0.15), 1.0))


def _block(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    """Leave sinus beats out: their absence leaves a pause, and the others are not early."""
    n = len(intervals)
    inside = (classes == "N") & _episodes(n, rng)
    pause = rng.choice([2.0, 2.0, 2.0, rng.uniform(1.4, 2.0)])
    factor = np.where(rng.random(n) < rng.uniform(0.03, 0.6 if pause == 2 else 0.2), pause, 1.0)
    steps = usual * rng.uniform(0.75, 1.0) * factor * np.exp(rng.normal(0, rng.uniform(0.005, 0.03), n))
    return _sinus(np.where(inside, steps, intervals), classes, np.ones(n))


def _pace(intervals: Doubles, usual: Doubles, classes: Classes, rng: np.random.Generator) -> Score:
    n = len(intervals)
    knots = rng.normal(0, rng.uniform(0.05, 0.2), n // int(rng.integers(5, 60)) + 4)
    slow = np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)
    return _sinus(intervals * np.exp(slow) * rng.uniform(0.8, 1.15), classes, np.ones(n))


_WITHOUT_PREMATURE: Final = {
    "fibrillation": _fast_atria,
    "flutter": _flutter,
    "block": _block,
    "pace": _pace,
}


def _supraventricular(steps: Doubles, classes: Classes, early: Flags, rng: np.random.Generator) -> Score:
    """Make beats supraventricular: their P wave is another one, or less of the person's own, or upside down."""
    n = len(steps)
    other = float(rng.random() < OTHER_FOCUS)
    own = rng.uniform(0, 0.2) if other else rng.uniform(-0.8, 0.7)
    waves = np.where(early, own + rng.normal(0, 0.1, n), 1.0)
    return Score(steps, np.where(early, "S", classes), waves, early * other * rng.normal(1, 0.15, n))


def _following(early: Flags) -> Flags:
    following: Flags = np.append(False, early[:-1]) & ~early
    return following


def _normal_until(classes: Classes, first: int, stop: int) -> int:
    """Return where the normal beats end that begin before ``first``: at ``stop`` at the latest."""
    other = np.flatnonzero(classes[first - 1 : stop + 1] != "N")
    return stop if not len(other) else max(first, first - 1 + int(other[0]))


def _premature(classes: Classes, kind: str, rng: np.random.Generator) -> Flags:
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


def _perform(
    take: Take, score: Score, waves: tuple[Floats, Floats], head: int
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Lay the beats one after the other: one fades into the next before its QRS; gaps are bridged."""
    level, peaks, (own, other) = take.level, take.peaks, waves
    quiet = round(head * P_END / HEAD)
    start = int(peaks[0])
    at = np.cumsum(np.append(start, score.steps[1:])).astype(np.int64)
    ends = np.append(peaks[1:] - head, min(len(level), peaks[-1] + head))
    signal = np.zeros((int(at[-1]) + 2 * head, level.shape[1]), np.float32)
    done = max(0, start - head)
    signal[:done] = level[:done]
    for i, (peak, place) in enumerate(zip(peaks.tolist(), at.tolist(), strict=True)):
        first = max(0, peak - head)
        piece = level[first : max(int(ends[i]), first + 2)].copy()
        n = min(len(own), len(piece))
        piece[:n] += np.float32(score.p_waves[i] - 1) * own[:n] + np.float32(score.foreign[i]) * other[:n]
        start = place - (peak - first)
        overlap = min(max(0, done - start), len(piece), max(2, peak - first - quiet))
        if start > done > 0:
            signal[done:start] = np.linspace(signal[done - 1], piece[0], start - done + 2)[1:-1]
        fade = np.linspace(0, 1, overlap, dtype=np.float32)[:, np.newaxis]
        signal[start : start + overlap] *= 1 - fade
        signal[start : start + overlap] += piece[:overlap] * fade
        stop = min(start + len(piece), len(signal))
        signal[start + overlap : stop] = piece[overlap : stop - start]
        done = max(done, stop)
    return signal, at


def _own_p_wave(take: Take, fs: float) -> Floats:
    """Return the median of what comes before a normal QRS, above the straight line between its ends."""
    peaks = take.peaks[take.classes == "N"]
    if not len(peaks):
        return np.zeros((1, take.level.shape[1]), np.float32)
    offsets = np.arange(-round(HEAD * fs), -round(P_END * fs))
    index = np.clip(peaks[:, np.newaxis] + offsets, 0, len(take.level) - 1)
    before = np.median(take.level[index], axis=0)
    line = np.linspace(before[:3].mean(axis=0), before[-3:].mean(axis=0), len(before))
    wave: Floats = (before - line).astype(np.float32)
    return wave


def _other_p_wave(take: Take, own: Floats, fs: float, rng: np.random.Generator) -> Floats:
    """Return a P wave from another place of the atria, about as large as the own one, (n_samples, n_leads)."""
    seconds = np.arange(len(own))[:, np.newaxis] / fs - HEAD
    n_leads = own.shape[1]
    lag = (seconds - rng.uniform(-0.21, -0.1)) / rng.uniform(0.015, 0.03)
    mono, biphasic = np.exp(-0.5 * lag**2), -lag * np.exp(0.5 - 0.5 * lag**2)
    shape = np.where(rng.random(n_leads) < 0.2, biphasic, mono)
    size = np.maximum(np.ptp(own, axis=0), 0.04 * _qrs_height(take)) * np.exp(rng.normal(0, 0.4, n_leads))
    wave: Floats = (shape * size * rng.choice([-1, 1], n_leads)).astype(np.float32)
    return wave


def _fibrillation(n: int, n_leads: int, fs: float, rng: np.random.Generator) -> Floats:
    """Return atrial waves of 4.5 to 8 Hz whose rate wanders, up to 0.06 mV."""
    wander = np.convolve(rng.standard_normal(n), np.full(round(fs / 2), 0.13), mode="same")
    phase = 2 * np.pi * np.cumsum(rng.uniform(4.5, 8) * (1 + 0.15 * wander)) / fs
    sizes = rng.uniform(0, 0.06) * rng.uniform(0.3, 1, n_leads)
    waves: Floats = (np.sin(phase)[:, np.newaxis] * sizes).astype(np.float32)
    return waves


def _with_noise(take: Take, fs: float, rng: np.random.Generator) -> Take:
    noise = _noise(len(take.level), fs, rng) * _qrs_height(take)
    return replace(take, level=take.level + noise)


def _noise(n: int, fs: float, rng: np.random.Generator) -> Floats:
    """Return noise that comes and goes, from a muscle's to that of a moving electrode, (n, 1 lead)."""
    pole = rng.choice([rng.uniform(0, 0.5), rng.uniform(0.7, 0.97)])
    noise = lfilter([np.sqrt(1 - pole**2)], [1, -pole], rng.standard_normal(n))
    lengths = rng.exponential(rng.uniform(3, 40) * fs, int(n / fs) + 1)
    part = np.searchsorted(np.cumsum(lengths), np.arange(n))
    loud = (rng.random(part.max() + 1) < rng.uniform(0.05, 0.6)) * rng.uniform(0.3, 1, part.max() + 1)
    wave: Floats = (noise * loud[part] * np.exp(rng.uniform(np.log(0.02), np.log(0.4)))).astype(np.float32)
    return wave[:, np.newaxis]


def _qrs_height(take: Take) -> Floats:
    """Return the usual height of the QRS on each lead, (n_leads,)."""
    index = np.clip(take.peaks[:, np.newaxis] + np.arange(-6, 11), 0, len(take.level) - 1)
    height: Floats = np.median(np.ptp(take.level[index], axis=1), axis=0)
    return height


def _is_regular(peaks: npt.NDArray[np.int64]) -> bool:
    intervals = np.diff(peaks)
    return bool(np.median(np.abs(np.diff(intervals))) < REGULAR * np.median(intervals))


def _mixture(take: Take, rng: np.random.Generator) -> Floats:
    """Return weights of two leads whose mixture, another projection of the same heart, is not small."""
    index = np.clip(take.peaks[:, np.newaxis] + np.arange(-10, 16), 0, len(take.level) - 1)
    own = np.median(take.level[index], axis=0)
    angles = rng.uniform(0, np.pi, 40)
    mixes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    heights = np.ptp(own @ mixes.T, axis=0)
    first = int(np.flatnonzero(heights > 0.6 * heights.max())[0])
    weights: Floats = mixes[first].astype(np.float32)
    return weights
