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

from ectopy.beats.rr import rr_intervals
from ectopy.beats.windows import Beats, WindowSpec, condition, cut_windows, window_centres
from ectopy.labels import aami_classes
from ectopy.record import Record
from ectopy.training.rhythm_scripts import KINDS, Score, compose

N_PLAIN: Final = 3
"""What a recording gives as it is: its two leads and a mixture of them."""

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

STRETCH: Final = 900
"""Beats that one replay plays; not all, so that many different ones cost little."""

ELSEWHERE: Final = 0.02
UNSTEADY: Final = 0.005
"""Standard deviations in seconds, over recordings and over beats, of where on a QRS a beat is marked."""

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
        Each of one lead, with a record name of its own: the leads, the mixture, `STRETCH` beats of each kind;
        cut about their R peaks, by some milliseconds off, as those of detectors are.
        Symbols are AAMI classes; empty for aberrant beats (``a``), which differ from ventricular ones in what
        no single lead shows, and would teach that wide premature beats are supraventricular.

    Raises
    ------
    RecordError
        If the record has no annotations.
    """
    marks = record.reference_annotations().beats()
    classes = np.where(marks.symbols == "a", "", aami_classes(marks.symbols, "aami"))
    level = condition(record.signal[:, [0, -1]], record.fs, window.fs)
    peaks = window_centres(marks.samples, record.fs, window.fs)
    plain = Take(level, peaks, classes)
    cut = [_cut(plain, mix, window, rng) for mix in (*_LEADS, _mixture(plain, rng))]
    for kind in kinds if _is_regular(peaks) else KINDS[-1:]:
        again = replay(_stretch(plain, window.fs, rng), window.fs, kind, rng)
        if rng.random() < noisy:
            again = _with_noise(again, window.fs, rng)
        cut.append(_cut(again, _view(plain, rng), window, rng))
    return [_labelled(part, record.patient, f"{record.name}/{i}") for i, part in enumerate(cut)]


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


def _cut(take: Take, mix: Floats, window: WindowSpec, rng: np.random.Generator) -> Beats:
    """Cut the beats as if another had marked them: somewhere else on the QRS, and not always in one place."""
    n = len(take.peaks)
    elsewhere = rng.normal(0, ELSEWHERE) + rng.normal(0, UNSTEADY, n)
    marks = np.clip(take.peaks + np.rint(elsewhere * window.fs).astype(np.int64), 0, len(take.level) - 1)
    return Beats.of(
        cut_windows(take.level @ mix[:, np.newaxis], marks, window),
        fs=window.fs,
        samples=marks,
        rr=rr_intervals(marks, window.fs),
        symbols=take.classes,
    )


def _labelled(beats: Beats, patient: str, record: str) -> Beats:
    n = len(beats)
    return replace(beats, patients=np.full(n, patient), records=np.full(n, record))


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
    score = compose(intervals, take.classes, kind, rng)
    steps = np.rint(np.clip(score.steps, SHORTEST * fs, LONGEST * fs))
    own = _own_p_wave(take, fs)
    waves = own, _other_p_wave(take, own, fs, rng)
    signal, peaks = _perform(take, replace(score, steps=steps), waves, round(HEAD * fs))
    if score.flutter.any():
        signal = signal + _atrial_waves(signal, peaks, score.flutter, rng)
    return Take(signal, peaks, score.classes)


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
    return (before - line).astype(np.float32)


def _other_p_wave(take: Take, own: Floats, fs: float, rng: np.random.Generator) -> Floats:
    """Return a P wave from elsewhere in the atria, about as large as the own one, (n_samples, n_leads)."""
    seconds = np.arange(len(own))[:, np.newaxis] / fs - HEAD
    n_leads = own.shape[1]
    lag = (seconds - rng.uniform(-0.21, -0.1)) / rng.uniform(0.015, 0.03)
    mono, biphasic = np.exp(-0.5 * lag**2), -lag * np.exp(0.5 - 0.5 * lag**2)
    shape = np.where(rng.random(n_leads) < 0.2, biphasic, mono)
    size = np.maximum(np.ptp(own, axis=0), 0.04 * _qrs_height(take)) * np.exp(rng.normal(0, 0.4, n_leads))
    return (shape * size * rng.choice([-1, 1], n_leads)).astype(np.float32)


def _atrial_waves(
    signal: Floats, peaks: npt.NDArray[np.int64], flutter: Doubles, rng: np.random.Generator
) -> Floats:
    """Return the waves of atria that do not rest, up to 0.15 mV, for each lead; ``flutter`` between beats."""
    time = np.arange(len(signal))
    phase = 2 * np.pi * np.interp(time, peaks, np.cumsum(flutter)) + rng.uniform(0, 2 * np.pi)
    there = np.interp(time, peaks, flutter > 0)
    sharp = rng.uniform(0, 0.5) * np.sin(2 * phase + rng.uniform(0, 2 * np.pi))
    sizes = np.exp(rng.uniform(np.log(0.005), np.log(0.15))) * rng.uniform(0.3, 1, signal.shape[1])
    return (((np.sin(phase) + sharp) * there)[:, np.newaxis] * sizes).astype(np.float32)


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
    return np.median(np.ptp(take.level[index], axis=1), axis=0)


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
    return mixes[first].astype(np.float32)
