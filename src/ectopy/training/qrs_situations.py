"""Situations that few recordings hold, made from those that a QRS detector learns from.

A wave that is no QRS is learned from recordings whose QRS complexes were taken out and whose P waves stayed;
the ends of a strip from recordings that are cut; artefact from pops, steps and spikes that are laid over
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.record import Annotations, Record

if TYPE_CHECKING:
    from ectopy.beats.wave_marks import WaveMarks

Spans = npt.NDArray[np.float64]

NO_SPANS: Final[Spans] = np.zeros((0, 2))

QRS_HALF: Final = 0.06
"""Seconds on either side of an R peak that hold its QRS."""

HELD: Final = 0.25
"""Share of the gaps in which the last value is held, as some recorders do."""

NARROW: Final = ("N", "A", "J", "S", "e", "j", "n")
WIDER: Final = 0.06
"""Seconds by which the QRS complexes of all other beats may begin earlier."""

LASTING: Final = 0.3
"""Seconds that artefact lasts at least, spikes aside: twice a wide QRS complex."""

_BEFORE_QRS: Final = (0.045, 0.07)
_AFTER_T: Final = 0.46
_BEFORE_NEXT: Final = 0.24
_BRIDGE_ENDS: Final = 0.012
_BRIDGE_HISS: Final = 0.008


@dataclass(frozen=True, eq=False)
class Situation:
    """A recording, and where in it nobody can say whether there is a beat.

    Parameters
    ----------
    record : Record
        With the marks that are right.
    unknown : ndarray of float64, shape (n, 2)
        Start and stop of each such stretch in seconds.
    """

    record: Record
    unknown: Spans = field(default_factory=lambda: NO_SPANS)


def blocked(record: Record, rng: np.random.Generator, *, standstill: float = 0.3) -> Situation:
    """Take QRS complexes and T waves out of a recording, and leave the P waves.

    Every stretch of about twenty seconds loses each second or third beat, two of three beats, or (a share of
    `standstill`) all of five to twenty seconds.
    """
    marks = record.reference_annotations().beats()
    keep = np.ones(len(marks), dtype=bool)
    first = 0
    while first < len(marks):
        n = int(rng.integers(12, 40))
        stop = min(first + n, len(marks))
        if rng.random() < standstill:
            keep[first + int(rng.integers(0, 6)) : stop] = False
        else:
            pattern = [(1, 0), (1, 1, 0), (1, 0, 0), (1, 0, 0, 0), (1, 1, 1, 0), (1,)][int(rng.integers(6))]
            keep[first:stop] = np.resize(np.array(pattern, dtype=bool), stop - first)
        first = stop
    return Situation(_without(record, marks, keep, rng))


def _without(
    record: Record, marks: Annotations, keep: npt.NDArray[np.bool_], rng: np.random.Generator
) -> Record:
    signal = record.signal.copy()
    fs, n = record.fs, len(signal)
    following = np.append(marks.samples[1:], n + round(fs))
    before = rng.uniform(*_BEFORE_QRS)
    wide = np.where(np.isin(marks.symbols, NARROW), 0.0, WIDER)
    for beat, after, more in zip(marks.samples[~keep], following[~keep], wide[~keep], strict=True):
        start = beat - round((before + more + rng.uniform(-0.005, 0.005)) * fs)
        stop = min(beat + round(_AFTER_T * fs), after - round(_BEFORE_NEXT * fs))
        stop = max(stop, beat + round(0.2 * fs))
        if start > 0 and stop < n:
            _bridge(signal, start, stop, fs, rng)
    edges = (marks.samples < 0.5 * fs) | (marks.samples > n - 0.6 * fs)
    return replace(record, signal=signal, annotations=marks[keep | edges])


def cut(record: Record, rng: np.random.Generator) -> Situation:
    """Cut a recording into strips of 4 to 20 s, and lose or hold the signal between them for 0.5 to 5 s."""
    marks = record.reference_annotations().beats()
    fs, duration = record.fs, record.duration
    signal = record.signal.copy()
    unknown, now = [], 0.0
    kept = np.ones(len(marks), dtype=bool)
    while now < duration:
        stop = now + rng.uniform(4, 20)
        again = stop + rng.uniform(0.5, 5)
        first, last = round(stop * fs), round(again * fs)
        held = first < len(signal) and rng.random() < HELD
        signal[first:last] = signal[first] if held else np.nan
        times = marks.samples / fs
        kept &= ~((times > stop - 0.02) & (times < again + 0.02))
        for edge in (stop, again):
            halves = times[np.abs(times - edge) < QRS_HALF + 0.02]
            unknown += [(min(time, edge) - 0.1, max(time, edge) + 0.1) for time in halves]
        now = again
    spans = np.array(unknown) if unknown else NO_SPANS
    return Situation(replace(record, signal=signal, annotations=marks[kept]), spans)


def disturbed(record: Record, rng: np.random.Generator) -> Situation:
    """Lay electrode pops, steps and spikes over a recording, each lead on its own or all at once.

    None of them comes and goes as fast as a wide QRS complex: without its baseline, a pop of 0.1 s looks
    like a paced beat, and a network that learned such pops for none may miss all beats of such a heart.
    """
    signal = record.signal.copy()
    n, n_leads = signal.shape
    fs = record.fs
    unknown, now = [], rng.uniform(1, 5)
    while now < record.duration - 5:
        first = round(now * fs)
        wave = _artefact(rng, fs)
        size = float(np.exp(rng.uniform(np.log(0.5), np.log(6)))) * rng.choice([-1, 1])
        together = rng.random() < 0.7
        shares = np.ones(n_leads) if together else np.eye(n_leads)[int(rng.integers(n_leads))]
        shares = shares * rng.uniform(0.5, 1.5, n_leads) * rng.choice([-1, 1], n_leads, p=[0.2, 0.8])
        wave = wave[: n - first]
        signal[first : first + len(wave)] += (size * wave[:, None] * shares).astype(np.float32)
        if together:
            edges = np.flatnonzero(np.abs(np.diff(wave, prepend=0)) > 0.3)
            unknown += [(now + edge / fs - 0.14, now + edge / fs + 0.14) for edge in edges]
        now += rng.exponential(6) + 1
    near = _only_near_beats(np.array(unknown) if unknown else NO_SPANS, record)
    return Situation(replace(record, signal=signal), near)


def _only_near_beats(spans: Spans, record: Record) -> Spans:
    """Return the spans that hold a beat; in the others it is known that there is none."""
    beats = record.reference_annotations().beats().samples / record.fs
    after = np.searchsorted(beats, spans[:, 0] - 0.02)
    holds = np.append(beats, np.inf)[after] < spans[:, 1] + 0.02
    return spans[holds]


def _artefact(rng: np.random.Generator, fs: float) -> npt.NDArray[np.float64]:
    kind = rng.random()
    if kind < 0.45:  # a pop: the electrode's potential jumps and comes back
        decay = float(np.exp(rng.uniform(np.log(LASTING), np.log(2))))
        time = np.arange(round(min(5 * decay, 6) * fs)) / fs
        return np.asarray(np.exp(-time / decay))
    if kind < 0.6:  # a slow swing
        width = rng.uniform(LASTING / 2, 0.5)
        time = np.arange(round(6 * width * fs)) / fs
        return np.asarray(np.exp(-0.5 * ((time - 3 * width) / width) ** 2))
    if kind < 0.75:  # a step that comes back some time later
        return np.ones(round(rng.uniform(2 * LASTING, 4) * fs))
    return np.ones(max(1, round(rng.uniform(0.001, 0.006) * fs)))  # a spike


@dataclass(frozen=True, eq=False)
class Strip:
    """A short recording, its beats, and where in it nobody can say whether there is one.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        In mV.
    fs : float
        In Hz.
    beats : ndarray of int64, shape (n_beats,)
        R peaks in samples.
    unknown : ndarray of float64, shape (n, 2)
        Start and stop of each such stretch in seconds.
    """

    signal: npt.NDArray[np.float32]
    fs: float
    beats: npt.NDArray[np.int64]
    unknown: Spans

    @classmethod
    def of(cls, signal: npt.NDArray[np.float32], fs: float, marks: WaveMarks) -> Self:
        """Return a strip whose waves are marked, from the first mark to the last."""
        peaks = np.rint(marks.of("QRS").peaks).astype(np.int64)
        places = np.concatenate([marks.onsets, marks.peaks, marks.ends]) / fs
        first, last = np.nanmin(places, initial=np.inf), np.nanmax(places, initial=0)
        return cls(signal, fs, peaks, np.array([[0, min(first, len(signal) / fs)], [last, len(signal) / fs]]))

    def without_qrs(self, marks: WaveMarks, rng: np.random.Generator) -> Self:
        """Take each second QRS and T, all of them, or all but two out, and leave the P waves."""
        keep = np.zeros(len(self.beats), dtype=bool)
        keep[[slice(int(rng.integers(2)), None, 2), slice(0, 0), slice(0, 2)][int(rng.integers(3))]] = True
        signal, margin = self.signal.copy(), round(0.008 * self.fs)
        qrs, t = marks.of("QRS"), marks.of("T")
        following = np.append(self.beats[1:], len(signal) + 1)
        for i in np.flatnonzero(~keep):
            known = np.isfinite(qrs.onsets[i])
            start = int(qrs.onsets[i]) if known else self.beats[i] - round(QRS_HALF * self.fs)
            ends = t.ends[(t.peaks > self.beats[i]) & (t.peaks < following[i]) & np.isfinite(t.ends)]
            stop = int(ends[0]) if len(ends) else self.beats[i] + round(_AFTER_T * self.fs)
            _bridge(signal, start - margin, stop + margin, self.fs, rng)
        return replace(self, signal=signal, beats=self.beats[keep])


def join_strips(strips: Sequence[Strip], rng: np.random.Generator) -> Situation:
    """Put strips of the same rate one after the other, with nothing between for 1 to 3 s."""
    fs = strips[0].fs
    signals, beats, unknown, at = [], [], [], 0
    for strip in strips:
        gap = round(rng.uniform(1, 3) * fs)
        signals += [np.full((gap, strip.signal.shape[1]), np.nan, dtype=np.float32), strip.signal]
        at += gap
        beats.append(strip.beats + at)
        unknown.append(strip.unknown + at / fs)
        at += len(strip.signal)
    samples = np.concatenate(beats)
    whole = np.concatenate(signals).astype(np.float32)
    marks = Annotations(samples, np.full(len(samples), "N"), fs=fs)
    leads = tuple(str(i) for i in range(whole.shape[1]))
    return Situation(Record(whole, fs, leads, name="strips", annotations=marks), np.concatenate(unknown))


def _bridge(
    signal: npt.NDArray[np.float32], start: int, stop: int, fs: float, rng: np.random.Generator
) -> None:
    """Draw a straight line with a little hiss over a stretch that has signal on either side, in place."""
    edge = max(1, round(_BRIDGE_ENDS * fs))
    start, stop = max(start, edge), min(stop, len(signal) - edge)
    if start < stop:
        ends = signal[start - edge : start].mean(axis=0), signal[stop : stop + edge].mean(axis=0)
        line = np.linspace(*ends, stop - start)
        signal[start:stop] = line + rng.normal(0, _BRIDGE_HISS * rng.random(), line.shape)
