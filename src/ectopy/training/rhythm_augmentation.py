"""Rhythm augmentation: recordings in rhythms that the dataset lacks, made from those that it has.

Supraventricular beats and atrial fibrillation are rare in any dataset, and come from a handful of people. But
what makes a beat supraventricular is when it comes and what its P wave is like, and both can be changed in
any recording: a beat is the signal from before its P wave to before the next one; moved earlier, with another
P wave, it is premature. Beats at random intervals without P waves are those of atrial fibrillation.
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
from ectopy.training.fusion_beats import with_fusion_beats
from ectopy.training.rhythm_observed import observed_script
from ectopy.training.rhythm_scripts import OBSERVED, RHYTHMS, RhythmScript, write_script

N_UNCHANGED: Final = 3
"""Parts that are not augmented: the two leads of a recording, and a mixture of them."""

MAX_SINUS_CHANGE: Final = 0.08
"""Median change from one RR to the next, divided by the median RR, below which the rhythm is regular."""

HEAD: Final = 0.28
"""Seconds before the R peak at which a beat begins: before any P wave of normal conduction."""

P_END: Final = 0.05
"""Seconds before the R peak at which the P wave is over and the QRS may begin."""

SHORTEST_RR: Final = 0.3
LONGEST_RR: Final = 3.3
"""RR intervals in seconds that scripts are clipped to: 200 beats/min, and a pause of three seconds."""

QRS_END: Final = 0.1
"""Seconds after the R peak at which the QRS is over, and what follows moves with the heart rate."""

FUSION_PARTS: Final = 0.5
"""Share of the augmented parts in which normal beats become fusion beats."""

NOISE_SHARE: Final = 0.8
"""Share of the augmented parts that have noise added."""

ECTOPIC: Final = (OBSERVED, OBSERVED, OBSERVED, "exercise", "rate")
"""What a recording is augmented with that is irregular because of many ectopic beats."""

IRREGULAR: Final = ("rate",)
"""What a recording is augmented with whose normal beats are irregular already."""

EXCERPT_BEATS: Final = 600
"""Beats of one augmented part; not all of a recording, so that many different parts cost little."""

MARK_BIAS: Final = 0.02
"""Standard deviation in seconds over recordings of where on a QRS beats are marked, as detectors differ."""

MARK_JITTER: Final = 0.005
"""Standard deviation in seconds over the beats of a recording of where on a QRS they are marked."""

MIN_ECTOPIC_P: Final = 0.04
"""Height of an ectopic P wave, as a share of the QRS, where the sinus P wave is smaller or absent."""

MAX_ATRIAL_WAVE: Final = 0.15
MIN_ATRIAL_WAVE: Final = 0.005
"""Amplitudes in mV that flutter and fibrillation waves are drawn from; the least cannot be seen."""

MAX_NOISE: Final = 0.4
MIN_NOISE: Final = 0.02
"""Amplitudes of the noise, as a share of the height of the QRS."""

MIN_MIXTURE: Final = 0.6
"""Height of the QRS in a mixture of two leads, as a share of that in the best mixture."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Classes = npt.NDArray[np.str_]
Flags = npt.NDArray[np.bool_]

_LEADS: Final = np.eye(2, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class AnnotatedSignal:
    """The signal of a recording, or of an augmented one, with its beats.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        Band-passed signal.
    peaks : ndarray of int64, shape (n_beats,)
        R peaks in it, increasing.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat.
    """

    signal: Floats
    peaks: npt.NDArray[np.int64]
    classes: Classes


def augmented_beats(
    record: Record,
    window: WindowSpec,
    rng: np.random.Generator,
    rhythms: Sequence[str] = RHYTHMS,
    noise_share: float = NOISE_SHARE,
) -> list[Beats]:
    """Return the beats of a record on each lead, on a mixture of both, and in other rhythms.

    Parameters
    ----------
    record : Record
        With annotations and two leads or more, of which the first and the last are used.
    window : WindowSpec
        How the beats are cut.
    rng : numpy.random.Generator
        Of all random numbers.
    rhythms : sequence of str
        Of `RHYTHMS`: what a recording with a regular rhythm is augmented with; any other only gets another
        heart rate.
    noise_share : float
        Share of the augmented parts that have noise added.

    Returns
    -------
    list of Beats
        Each of one lead and with a record name of its own: the leads, the mixture, and `EXCERPT_BEATS` beats
        of each rhythm; cut some milliseconds beside their R peaks, as detectors mark them.
        Symbols are AAMI classes; empty for aberrant beats (``a``): no single lead tells them from ventricular
        ones, and a network would learn that wide premature beats are supraventricular.

    Raises
    ------
    RecordError
        If the record has no annotations.
    """
    marks = record.reference_annotations().beats()
    classes = np.where(marks.symbols == "a", "", aami_classes(marks.symbols, "aami"))
    signal = condition(record.signal[:, [0, -1]], record.fs, window.fs)
    peaks = window_centres(marks.samples, record.fs, window.fs)
    plain = AnnotatedSignal(signal, peaks, classes)
    cut = [cut_marked(plain, mix, window, rng) for mix in (*_LEADS, _mixture(plain, rng))]
    for rhythm in _possible(rhythms, peaks, classes == "N"):
        excerpt = _excerpt(plain, window.fs, rng)
        if rng.random() < FUSION_PARTS:
            fused, named = with_fusion_beats(excerpt.signal, excerpt.peaks, excerpt.classes, window.fs, rng)
            excerpt = replace(excerpt, signal=fused, classes=named)
        augmented = augment(excerpt, window.fs, rhythm, rng)
        if rng.random() < noise_share:
            augmented = with_noise(augmented, window.fs, rng)
        cut.append(cut_marked(augmented, _lead_weights(plain, rng), window, rng))
    return [_labelled(part, record.patient, f"{record.name}/{i}") for i, part in enumerate(cut)]


def _excerpt(recording: AnnotatedSignal, fs: float, rng: np.random.Generator) -> AnnotatedSignal:
    """Return `EXCERPT_BEATS` beats in a row, with a second before the first and after the last."""
    first = int(rng.integers(0, max(1, len(recording.peaks) - EXCERPT_BEATS + 1)))
    chosen = slice(first, first + EXCERPT_BEATS)
    peaks, margin = recording.peaks[chosen], round(fs)
    start = max(0, int(peaks[0]) - margin)
    return AnnotatedSignal(
        recording.signal[start : int(peaks[-1]) + margin], peaks - start, recording.classes[chosen]
    )


def _lead_weights(recording: AnnotatedSignal, rng: np.random.Generator) -> Floats:
    """Return weights of the two leads: one of them, or as often a mixture."""
    choice = rng.random()
    return _LEADS[int(choice >= 0.25)] if choice < 0.5 else _mixture(recording, rng)


def cut_marked(
    recording: AnnotatedSignal, mix: Floats, window: WindowSpec, rng: np.random.Generator
) -> Beats:
    """Cut the beats where another detector might mark them: elsewhere on the QRS, and not always there."""
    n = len(recording.peaks)
    offsets = rng.normal(0, MARK_BIAS) + rng.normal(0, MARK_JITTER, n)
    marks = np.clip(
        recording.peaks + np.rint(offsets * window.fs).astype(np.int64), 0, len(recording.signal) - 1
    )
    return Beats.of(
        cut_windows(recording.signal @ mix[:, np.newaxis], marks, window),
        fs=window.fs,
        samples=marks,
        rr=rr_intervals(marks, window.fs),
        symbols=recording.classes,
        peak=window.before,
    )


def _labelled(beats: Beats, patient: str, record: str) -> Beats:
    n = len(beats)
    return replace(beats, patients=np.full(n, patient), records=np.full(n, record))


def augment(recording: AnnotatedSignal, fs: float, rhythm: str, rng: np.random.Generator) -> AnnotatedSignal:
    """Give a recording other intervals and P waves.

    Parameters
    ----------
    recording : AnnotatedSignal
        The recording.
    fs : float
        Rate in Hz.
    rhythm : str
        One of `RHYTHMS`.
    rng : numpy.random.Generator
        Of all random numbers.

    Returns
    -------
    AnnotatedSignal
        As many beats as before.
    """
    intervals = np.diff(recording.peaks, prepend=recording.peaks[0] - round(fs)).astype(np.float64)
    if rhythm == OBSERVED:
        script = observed_script(recording.classes, fs, rng)
    else:
        script = write_script(intervals, recording.classes, rhythm, rng)
    clipped = np.rint(np.clip(script.intervals, SHORTEST_RR * fs, LONGEST_RR * fs))
    sinus_p = _sinus_p_wave(recording, fs)
    p_waves = sinus_p, _ectopic_p_wave(recording, sinus_p, fs, rng)
    signal, peaks = _splice(recording, replace(script, intervals=clipped), p_waves, round(HEAD * fs))
    if script.blocked_p is not None:
        _add_blocked_p(signal, peaks, script.blocked_p, sinus_p, round(HEAD * fs))
    if script.atrial_waves.any():
        signal = signal + _atrial_waves(signal, peaks, script.atrial_waves, rng)
    return AnnotatedSignal(signal, peaks, script.classes)


def _splice(
    recording: AnnotatedSignal, script: RhythmScript, p_waves: tuple[Floats, Floats], head: int
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Join the beats at new intervals: each fades into the next before its QRS, and gaps are bridged."""
    recorded, peaks, (sinus_p, ectopic_p) = recording.signal, recording.peaks, p_waves
    quiet = round(head * P_END / HEAD)
    start = int(peaks[0])
    places = np.cumsum(np.append(start, script.intervals[1:])).astype(np.int64)
    ends = np.append(peaks[1:] - head, min(len(recorded), peaks[-1] + head))
    spliced = np.zeros((int(places[-1]) + 2 * head, recorded.shape[1]), np.float32)
    done = max(0, start - head)
    spliced[:done] = recorded[:done]
    chosen = np.arange(len(places)) if script.recorded is None else script.recorded
    for i, (beat, place) in enumerate(zip(chosen.tolist(), places.tolist(), strict=True)):
        peak = int(peaks[beat])
        first = max(0, peak - head)
        piece = recorded[first : max(int(ends[beat]), first + 2)].copy()
        n = min(len(sinus_p), len(piece))
        change, other = np.float32(script.p_scale[i] - 1), np.float32(script.ectopic_p[i])
        piece[:n] += change * sinus_p[:n] + other * ectopic_p[:n]
        if script.haste is not None:
            piece = _hastened(piece, peak - first, script.haste[i], head)
        start = place - (peak - first)
        overlap = min(max(0, done - start), len(piece), max(2, peak - first - quiet))
        if start > done > 0:
            spliced[done:start] = np.linspace(spliced[done - 1], piece[0], start - done + 2)[1:-1]
        fade = np.linspace(0, 1, overlap, dtype=np.float32)[:, np.newaxis]
        spliced[start : start + overlap] *= 1 - fade
        spliced[start : start + overlap] += piece[:overlap] * fade
        stop = min(start + len(piece), len(spliced))
        spliced[start + overlap : stop] = piece[overlap : stop - start]
        done = max(done, stop)
    return spliced, places


def _hastened(piece: Floats, peak: int, factor: float, head: int) -> Floats:
    """Bring P wave and T wave nearer to the QRS, or take them further from it, by a factor of time."""
    offset = np.arange(len(piece)) - peak
    quiet, after = round(head * P_END / HEAD), round(head * QRS_END / HEAD)
    stretched = np.where(
        offset > after,
        after + (offset - after) / factor,
        np.where(offset < -quiet, -quiet + (offset + quiet) / factor, offset),
    )
    index = np.clip(stretched + peak, 0, len(piece) - 1)
    low = np.minimum(index.astype(np.int64), len(piece) - 2)
    part = (index - low).astype(np.float32)[:, np.newaxis]
    return piece[low] * (1 - part) + piece[low + 1] * part


def _add_blocked_p(
    signal: Floats, peaks: npt.NDArray[np.int64], before: Doubles, p_wave: Floats, head: int
) -> None:
    """Add the P waves whose beats were blocked, so many samples before each beat."""
    for start in np.rint(peaks - before - head)[before > 0].astype(np.int64).tolist():
        if 0 <= start < len(signal) - len(p_wave):
            signal[start : start + len(p_wave)] += p_wave


def _sinus_p_wave(recording: AnnotatedSignal, fs: float) -> Floats:
    """Return the median of what precedes a normal QRS, above the straight line between its ends."""
    peaks = recording.peaks[recording.classes == "N"]
    if not len(peaks):
        return np.zeros((1, recording.signal.shape[1]), np.float32)
    offsets = np.arange(-round(HEAD * fs), -round(P_END * fs))
    index = np.clip(peaks[:, np.newaxis] + offsets, 0, len(recording.signal) - 1)
    before = np.median(recording.signal[index], axis=0)
    line = np.linspace(before[:3].mean(axis=0), before[-3:].mean(axis=0), len(before))
    return (before - line).astype(np.float32)


def _ectopic_p_wave(
    recording: AnnotatedSignal, sinus_p: Floats, fs: float, rng: np.random.Generator
) -> Floats:
    """Return a P wave from another focus, about as large as the sinus one, (n_samples, n_leads)."""
    seconds = np.arange(len(sinus_p))[:, np.newaxis] / fs - HEAD
    n_leads = sinus_p.shape[1]
    lag = (seconds - rng.uniform(-0.21, -0.1)) / rng.uniform(0.015, 0.03)
    mono, biphasic = np.exp(-0.5 * lag**2), -lag * np.exp(0.5 - 0.5 * lag**2)
    shape = np.where(rng.random(n_leads) < 0.2, biphasic, mono)
    height = np.maximum(np.ptp(sinus_p, axis=0), MIN_ECTOPIC_P * qrs_height(recording))
    height = height * np.exp(rng.normal(0, 0.4, n_leads))
    return (shape * height * rng.choice([-1, 1], n_leads)).astype(np.float32)


def _atrial_waves(
    signal: Floats, peaks: npt.NDArray[np.int64], n_waves: Doubles, rng: np.random.Generator
) -> Floats:
    """Return flutter or fibrillation waves for each lead in mV, so many of them before each beat."""
    time = np.arange(len(signal))
    phase = 2 * np.pi * np.interp(time, peaks, np.cumsum(n_waves)) + rng.uniform(0, 2 * np.pi)
    present = np.interp(time, peaks, n_waves > 0)
    sharp = rng.uniform(0, 0.5) * np.sin(2 * phase + rng.uniform(0, 2 * np.pi))
    size = np.exp(rng.uniform(np.log(MIN_ATRIAL_WAVE), np.log(MAX_ATRIAL_WAVE)))
    sizes = size * rng.uniform(0.3, 1, signal.shape[1])
    return (((np.sin(phase) + sharp) * present)[:, np.newaxis] * sizes).astype(np.float32)


def with_noise(recording: AnnotatedSignal, fs: float, rng: np.random.Generator) -> AnnotatedSignal:
    """Add noise that comes and goes, of a size drawn at random, to all leads alike."""
    noise = _noise(len(recording.signal), fs, rng) * qrs_height(recording)
    return replace(recording, signal=recording.signal + noise)


def _noise(n: int, fs: float, rng: np.random.Generator) -> Floats:
    """Return noise that comes and goes, from muscle noise to electrode motion, (n, 1 lead)."""
    pole = rng.choice([rng.uniform(0, 0.5), rng.uniform(0.7, 0.97)])
    noise = lfilter([np.sqrt(1 - pole**2)], [1, -pole], rng.standard_normal(n))
    lengths = rng.exponential(rng.uniform(3, 40) * fs, int(n / fs) + 1)
    part = np.searchsorted(np.cumsum(lengths), np.arange(n))
    loud = (rng.random(part.max() + 1) < rng.uniform(0.05, 0.6)) * rng.uniform(0.3, 1, part.max() + 1)
    size = np.exp(rng.uniform(np.log(MIN_NOISE), np.log(MAX_NOISE)))
    wave: Floats = (noise * loud[part] * size).astype(np.float32)
    return wave[:, np.newaxis]


def qrs_height(recording: AnnotatedSignal) -> Floats:
    """Return the median height of the QRS on each lead, (n_leads,)."""
    index = np.clip(recording.peaks[:, np.newaxis] + np.arange(-6, 11), 0, len(recording.signal) - 1)
    return np.median(np.ptp(recording.signal[index], axis=1), axis=0)


def _possible(rhythms: Sequence[str], peaks: npt.NDArray[np.int64], normal: Flags) -> Sequence[str]:
    """Return what a recording may be augmented with: a fibrillating atrium leaves no P wave to move."""
    intervals = np.diff(peaks)
    change, usual = np.abs(np.diff(intervals)), MAX_SINUS_CHANGE * np.median(intervals)
    if np.median(change) < usual:
        return rhythms
    sinus = change[normal[2:] & normal[1:-1] & normal[:-2]]
    return ECTOPIC if len(sinus) and np.median(sinus) < usual else IRREGULAR


def _mixture(recording: AnnotatedSignal, rng: np.random.Generator) -> Floats:
    """Return weights of two leads whose mixture, another projection of the same heart, is not small."""
    index = np.clip(recording.peaks[:, np.newaxis] + np.arange(-10, 16), 0, len(recording.signal) - 1)
    median = np.median(recording.signal[index], axis=0)
    angles = rng.uniform(0, np.pi, 40)
    mixes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    heights = np.ptp(median @ mixes.T, axis=0)
    first = int(np.flatnonzero(heights > MIN_MIXTURE * heights.max())[0])
    return mixes[first].astype(np.float32)
