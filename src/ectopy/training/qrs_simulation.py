"""Simulated recordings for a QRS detector to learn from, whose every wave is known.

Hearts that public recordings lack: P waves without QRS complexes, flutter, the rates of infants, T waves
taller than the R wave, pacemakers that capture and that do not, leads on which the QRS is hardly seen.
_Waves are Gaussians about each beat (McSharry et al. 2003), as two leads see them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.arrdb import BeatSequence
from ectopy.record import Annotations, Record
from ectopy.training.qrs_situations import Situation

Floats = npt.NDArray[np.float64]

SECONDS: Final = 41.0
"""Length of a recording: two examples."""

RATES: Final = (125.0, 200.0, 250.0, 300.0, 360.0, 500.0)
"""Sampling frequencies in Hz that they have."""

N_LEADS: Final = 2

PLATEAUS: Final = 0.35
"""Share of the ventricular beats whose ST segment is as square as a calibration pulse."""

SMEARED: Final = 0.5
"""Share of the pacemakers whose spikes are seen as filters of the recorder leave them."""

MONOPHASIC: Final = 0.4
"""Share of the ventricular beats that are one wide wave with a notch, as most paced beats are."""

REAL_RHYTHMS: Final = 0.25
"""Share of the recordings whose rhythm is that of a person."""


@dataclass(frozen=True, eq=False)
class _Waves:
    """Gaussian waves: amplitude on each lead, (n, n_leads); centre and width in seconds, (n,)."""

    sizes: Floats
    centres: Floats
    widths: Floats


class _Drawing:
    """Two leads that waves are drawn on."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.fs = float(rng.choice(RATES))
        self.signal = np.zeros((round(SECONDS * self.fs), N_LEADS))
        self.beats: list[float] = []

    def draw(self, time: float, waves: _Waves, gain: float = 1.0, stretch: float = 1.0) -> None:
        for size, centre, width in zip(waves.sizes, waves.centres, waves.widths, strict=True):
            middle, spread = time + centre * stretch, width * stretch
            first = max(0, int((middle - 5 * spread) * self.fs))
            stop = min(len(self.signal), int((middle + 5 * spread) * self.fs) + 2)
            if first < stop:
                away = (np.arange(first, stop) / self.fs - middle) / spread
                self.signal[first:stop] += gain * np.exp(-0.5 * away**2)[:, None] * size

    def beat(self, time: float, waves: _Waves, gain: float = 1.0) -> None:
        self.draw(time, waves, gain * (1 + 0.04 * self.rng.standard_normal()))
        self.beats.append(time)

    def situation(self) -> Situation:
        beats = np.sort(np.array(self.beats))
        samples = np.rint(beats * self.fs).astype(np.int64)
        samples = samples[(samples >= 0) & (samples < len(self.signal))]
        marks = Annotations(samples, np.full(len(samples), "N"), fs=self.fs)
        edges = [(t - 0.15, t + 0.15) for t in beats if not 0.06 <= t <= SECONDS - 0.06]
        record = Record(
            self.signal.astype(np.float32), self.fs, ("0", "1"), name="simulated", annotations=marks
        )
        return Situation(record, np.array(edges).reshape(-1, 2))


def simulated(rng: np.random.Generator, rhythms: Sequence[BeatSequence] = ()) -> Situation:
    """Draw one recording of a kind chosen at random.

    Parameters
    ----------
    rng : Generator
        Chooses everything.
    rhythms : sequence of BeatSequence
        Real rhythms, that a share of the recordings follow.

    Returns
    -------
    Situation
        Two leads of 41 s.
    """
    drawing = _Drawing(rng)
    if rhythms and rng.random() < REAL_RHYTHMS:
        _real_rhythm(drawing, rhythms[int(rng.integers(len(rhythms)))])
    else:
        kinds = (_sinus, _standstill, _block, _complete_block, _flutter, _fast, _paced, _wide)
        shares = (0.17, 0.13, 0.12, 0.13, 0.05, 0.13, 0.18, 0.09)
        kinds[int(rng.choice(len(kinds), p=shares))](drawing)
    _disturb(drawing)
    return drawing.situation()


def _views(rng: np.random.Generator) -> Floats:
    """Return how large a wave is on each lead, from hardly seen to full, either way up."""
    return rng.uniform(0.15, 1.0, N_LEADS) * rng.choice([-1, 1], N_LEADS, p=[0.25, 0.75])


def _p_wave(rng: np.random.Generator, least: float = 0.03, largest: float = 0.35) -> _Waves:
    size = np.exp(rng.uniform(np.log(least), np.log(largest)))
    width = rng.uniform(0.016, 0.032)
    waves = [(size, 0.0, width)]
    if rng.random() < 0.3:  # notched or biphasic
        waves.append((size * rng.choice([-0.8, 0.5, 0.9]), rng.uniform(1.3, 2.4) * width, width))
    return _seen(waves, rng)


def _seen(waves: list[tuple[float, float, float]], rng: np.random.Generator) -> _Waves:
    sizes = np.array([size for size, _, _ in waves])[:, None] * _views(rng)
    table = np.array(waves)
    return _Waves(sizes, table[:, 1], table[:, 2])


def _qrs_wave(rng: np.random.Generator, size: float, width: float) -> _Waves:
    """Draw q, r and s, each lead with its own shares of them."""
    shape = [(-rng.uniform(0, 0.3), -2.7 * width, 0.85 * width), (1.0, 0.0, width)]
    shape += [(-rng.uniform(0, 0.6), 2.7 * width, rng.uniform(0.8, 1.3) * width)]
    sizes = np.array([s for s, _, _ in shape])[:, None] * size * np.ones(N_LEADS)
    sizes *= rng.uniform(0.6, 1.4, sizes.shape)
    if rng.random() < 0.2:  # mostly an S wave
        sizes[2] = -size * rng.uniform(0.6, 1.2, N_LEADS)
        sizes[1] *= rng.uniform(0.1, 0.5)
    sizes *= rng.uniform(0.5, 1.0, N_LEADS) * rng.choice([-1, 1], N_LEADS, p=[0.3, 0.7])
    table = np.array(shape)
    return _Waves(sizes, table[:, 1], table[:, 2])


def _t_wave(rng: np.random.Generator, size: float, rr: float) -> _Waves:
    centre = rng.uniform(0.22, 0.36) * np.sqrt(min(rr, 1.2))
    if rng.random() < 0.15:
        centre = rng.uniform(0.34, 0.5) * np.sqrt(min(rr, 1.2))  # a long QT
    width = rng.uniform(0.025, 0.06) * np.sqrt(min(rr, 1.2))
    tall = rng.uniform(0.6, 2.0) if rng.random() < 0.3 else rng.uniform(0.05, 0.6)
    waves = [(size * tall, centre, width), (-0.3 * size * tall * rng.random(), centre - 2 * width, width)]
    if rng.random() < 0.15:
        waves.append((size * tall * rng.uniform(0.1, 0.4), centre + 0.16, 0.03))  # a U wave
    return _seen(waves, rng)


def _joined(*parts: _Waves) -> _Waves:
    return _Waves(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("sizes", "centres", "widths"))
    )


def _heart(rng: np.random.Generator, rr: float, size: float | None = None) -> _Waves:
    size = size or float(np.exp(rng.uniform(np.log(0.15), np.log(2.5))))
    return _joined(_qrs_wave(rng, size, rng.uniform(0.006, 0.014)), _t_wave(rng, size, rr))


def _times(rng: np.random.Generator, rr: float, spread: float, first: float | None = None) -> Floats:
    n = int(SECONDS / rr) + 3
    start = rng.uniform(-rr, rr) if first is None else first
    times = start + np.cumsum(rr * (1 + spread * rng.standard_normal(n)).clip(0.5, 1.6))
    return np.asarray(times[times < SECONDS + 0.3])


def _spread(rng: np.random.Generator) -> float:
    return float(rng.choice([0.005, 0.03, 0.08, 0.2], p=[0.3, 0.4, 0.2, 0.1]))


def _sinus(drawing: _Drawing) -> None:
    rng = drawing.rng
    rr = 60 / rng.uniform(25, 170)
    heart, p = _heart(rng, rr), _p_wave(rng)
    distance = min(rng.uniform(0.12, 0.28), 0.4 * rr)
    for time in _times(rng, rr, _spread(rng)):
        drawing.draw(time - distance, p)
        drawing.beat(time, heart)


def _real_rhythm(drawing: _Drawing, rhythm: BeatSequence) -> None:
    """Let beats follow each other as they did in a person, somewhat faster or slower."""
    rng = drawing.rng
    pace = rng.uniform(0.6, 1.3)
    first = int(rng.integers(max(1, len(rhythm) - 20)))
    since = (rhythm.times[first:] - rhythm.times[first]) * pace
    inside = since < SECONDS
    if np.diff(since[inside], append=SECONDS).max() > 3 or rhythm.unreadable[first:][inside].any():
        _sinus(drawing)  # beats may be missing
        return
    rr = float(np.median(np.diff(since[inside]))) if inside.sum() > 1 else 1.0
    heart, other, p = _heart(rng, rr), _ventricular(rng), _p_wave(rng)
    kinds, fibrillating = rhythm.beats[first:][inside], rhythm.fibrillating[first:][inside]
    for time, kind, irregular in zip(since[inside], kinds, fibrillating, strict=True):
        if kind == "N" and not irregular:
            drawing.draw(time - min(0.17, 0.4 * rr), p)
        drawing.beat(time, other if kind == "V" else heart)


def _standstill(drawing: _Drawing) -> None:
    """P waves alone, all the time or after some beats."""
    rng = drawing.rng
    rr = 60 / rng.uniform(30, 160)
    heart, p = _heart(rng, rr), _p_wave(rng, 0.06, 0.5)
    begin, end = np.sort(rng.uniform(0, SECONDS, 2)) if rng.random() < 0.5 else (0, SECONDS)
    for time in _times(rng, rr, _spread(rng)):
        drawing.draw(time - 0.16, p)
        if not begin <= time <= end:
            drawing.beat(time, heart)


def _block(drawing: _Drawing) -> None:
    """Second degree: some P waves are not conducted."""
    rng = drawing.rng
    rr = 60 / rng.uniform(50, 150)
    heart, p = _heart(rng, 2 * rr), _p_wave(rng, 0.05)
    pattern = [(1, 0), (1, 1, 0), (1, 0, 0), (1, 1, 1, 0), (1, 0, 0, 0)][int(rng.integers(5))]
    wenckebach = rng.random() < 0.4
    for i, time in enumerate(_times(rng, rr, _spread(rng) / 2)):
        step = i % len(pattern)
        drawing.draw(time, p)
        if pattern[step]:
            drawing.beat(time + 0.15 + 0.06 * step * wenckebach, heart)


def _complete_block(drawing: _Drawing) -> None:
    rng = drawing.rng
    slow = 60 / rng.uniform(22, 60)
    p = _p_wave(rng, 0.05)
    heart = _ventricular(rng) if rng.random() < 0.4 else _heart(rng, slow)
    for time in _times(rng, 60 / rng.uniform(50, 150), 0.03):
        drawing.draw(time, p)
    for time in _times(rng, slow, 0.02):
        drawing.beat(time, heart)


def _flutter(drawing: _Drawing) -> None:
    rng = drawing.rng
    cycle = 60 / rng.uniform(220, 350)
    size = rng.uniform(0.05, 0.3)
    tooth = _seen([(size, 0.0, 0.22 * cycle), (-size * 0.6, 0.45 * cycle, 0.2 * cycle)], rng)
    for time in _times(rng, cycle, 0.005):
        drawing.draw(time, tooth)
    ratio = int(rng.choice([2, 3, 4, 6]))
    heart = _heart(rng, ratio * cycle)
    for time in _times(rng, ratio * cycle, _spread(rng)):
        drawing.beat(time, heart)


def _fast(drawing: _Drawing) -> None:
    """Up to 300 a minute, as infants have it, with or without P waves."""
    rng = drawing.rng
    rr = 60 / rng.uniform(150, 305)
    width = rng.uniform(0.005, 0.010)
    size = float(np.exp(rng.uniform(np.log(0.2), np.log(2))))
    tall = rng.uniform(0.05, 0.5)
    t = _seen([(size * tall, rng.uniform(0.45, 0.6) * rr, rng.uniform(0.09, 0.14) * rr)], rng)
    heart, p = _joined(_qrs_wave(rng, size, width), t), _p_wave(rng, 0.02, 0.2)
    has_p = rng.random() < 0.6
    spread = float(rng.choice([0.003, 0.01, 0.03]))
    for time in _times(rng, rr, spread):
        if has_p:
            drawing.draw(time - min(0.1, 0.42 * rr), p, stretch=0.7)
        drawing.beat(time, heart)


def _paced(drawing: _Drawing) -> None:
    """Spikes before atria, ventricles or both, which capture or do not."""
    rng = drawing.rng
    rr = 60 / rng.uniform(40, 110)
    heart = _ventricular(rng) if rng.random() < 0.6 else _heart(rng, rr)
    p, atrial, ventricular = _p_wave(rng), rng.random() < 0.6, rng.random() < 0.7
    spike = _pacing_spike(rng)
    fails = 0.3 if rng.random() < 0.3 else 0.0
    delay = rng.uniform(0.03, 0.12)
    for time in _times(rng, rr, float(rng.choice([0.002, 0.03]))):
        for on, before in ((atrial, 0.2), (ventricular, delay)):
            if on:
                drawing.draw(time - before, spike)
        drawing.draw(time - 0.16, p)
        if rng.random() >= fails:
            drawing.beat(time, heart)


def _pacing_spike(rng: np.random.Generator) -> _Waves:
    """Draw a spike of a sample or two, or what filters of a recorder leave: lower, wider, with a recoil."""
    views = rng.choice([-1, 1], N_LEADS) * rng.uniform(0.3, 1, N_LEADS)
    if rng.random() < SMEARED:
        width, size = rng.uniform(0.002, 0.006), rng.uniform(0.2, 2)
        shape = [(size, 0.0, width), (-size * rng.uniform(0.1, 0.5), 5 * width, rng.uniform(1, 3) * width)]
    else:
        shape = [(rng.uniform(0.3, 8), 0.0, rng.uniform(0.0005, 0.001))]
    table = np.array(shape)
    return _Waves(table[:, :1] * views, table[:, 1], table[:, 2])


def _ventricular(rng: np.random.Generator) -> _Waves:
    size, width = rng.uniform(0.4, 2.5), rng.uniform(0.018, 0.035)
    t = _seen([(-size * rng.uniform(0.2, 0.6), rng.uniform(0.28, 0.36), rng.uniform(0.05, 0.07))], rng)
    if rng.random() < PLATEAUS:
        t = _plateau(rng, -size * rng.uniform(0.2, 0.7))
    qrs = _notched_wave(rng, size, width) if rng.random() < MONOPHASIC else _qrs_wave(rng, size, width)
    return _joined(qrs, t)


def _notched_wave(rng: np.random.Generator, size: float, width: float) -> _Waves:
    """Draw one wide wave whose way back is slower, with a notch or a shoulder."""
    notch = (size * rng.uniform(0.2, 0.7), rng.uniform(1.8, 3) * width, width)
    return _seen([(size, 0.0, width), notch], rng)


def _plateau(rng: np.random.Generator, size: float) -> _Waves:
    """Draw an ST segment that rises at once and stays, as after many paced beats."""
    begins, ends = rng.uniform(0.08, 0.12), rng.uniform(0.3, 0.45)
    centres = np.arange(begins, ends, 0.03)
    return _seen([(0.75 * size, float(centre), 0.02) for centre in centres], rng)


def _wide(drawing: _Drawing) -> None:
    """Ventricular rhythm, slow to fast."""
    rng = drawing.rng
    rr = 60 / rng.uniform(35, 220)
    heart = _ventricular(rng)
    squeezed = min(1.0, rr / 0.6)
    heart = _Waves(heart.sizes, heart.centres * squeezed, heart.widths * max(0.6, squeezed))
    for time in _times(rng, rr, 0.02):
        drawing.beat(time, heart)


def _disturb(drawing: _Drawing) -> None:
    """Add hiss, hum and a wandering baseline."""
    rng, n = drawing.rng, len(drawing.signal)
    time = np.arange(n)[:, None] / drawing.fs
    drawing.signal += rng.normal(0, np.exp(rng.uniform(np.log(0.002), np.log(0.03))), drawing.signal.shape)
    hum = rng.uniform(0, 0.02) * (rng.random() < 0.3)
    drawing.signal += hum * np.sin(
        2 * np.pi * float(rng.choice([50, 60])) * time + rng.uniform(0, 6, N_LEADS)
    )
    wander = rng.uniform(0, 0.3)
    drawing.signal += wander * np.sin(2 * np.pi * rng.uniform(0.05, 0.4) * time + rng.uniform(0, 6, N_LEADS))
