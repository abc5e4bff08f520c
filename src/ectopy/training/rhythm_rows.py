"""Rows of beats that the rhythm model learns from: as recorded, spliced where a rhythm begins, and made up.

Few recordings hold the moment at which fibrillation begins or ends, so beats of two recordings are put one
after the other. Irregular sinus rhythms that the records lack (breathing, blocked beats, exercise, premature
beats of young and old) are made up as intervals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.features.atrial import ATRIAL_FEATURES, N_INTERVALS, atrial_features, interval_features

LENGTH: Final = 128
"""Beats of a row: twice what the network sees of a beat's neighbours."""

UNSURE: Final = -1
"""Label of a beat that is not learned from."""

N_SPLICED: Final = 800
"""Rows of two or three recordings put one after the other; as many of intervals alone."""

N_MADE: Final = 300
"""Rows of intervals that are made up."""

SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "cinc2017 A": 3.0,
        "cinc2017 N": 2.0,
        "cinc2017 O": 3.5,
        "mitdb other": 2.5,
        "mitdb fibrillation": 0.7,
        "arrdb other": 1.5,
        "arrdb fibrillation": 1.0,
        "spliced": 1.7,
        "spliced intervals": 1.3,
        "made up": 0.7,
    }
)
"""Weight of each group of rows in the loss; chosen on training people."""

_FEWEST: Final = 12
"""Beats that a part of a spliced row has at the least."""

_LARGEST: Final = 20.0
"""Largest weight of a beat, so that few rows do not rule the loss."""

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class RhythmRecording:
    """Beats of one recording and their rhythm.

    Parameters
    ----------
    group : str
        Where it is from: ``"cinc2017 A"`` …, ``"mitdb"``, ``"arrdb"``.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    labels : ndarray of int8, shape (n_beats,)
        1 in fibrillation, 0 in another rhythm, `UNSURE` where not learned from.
    features : ndarray of float32, shape (n_beats, n_features)
        From `ectopy.features.atrial.atrial_features`.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        Windows, of equal QRS amplitude; no columns where there is no signal.
    judged : ndarray of bool, shape (n_beats,)
        Which windows can be trusted.
    """

    group: str
    rr: Floats
    labels: Labels
    features: Floats
    waveforms: Floats
    judged: npt.NDArray[np.bool_]

    @property
    def has_signal(self) -> bool:
        """Whether there are windows."""
        return self.waveforms.shape[1] > 0


@dataclass(frozen=True, eq=False)
class RhythmRows:
    """What is learned from.

    Parameters
    ----------
    features : ndarray of float32, shape (n, LENGTH, n_features)
        Rows of zeros stand for beats that are not there.
    labels : ndarray of int64, shape (n, LENGTH)
        1 in fibrillation.
    weights : ndarray of float32, shape (n, LENGTH)
        Of each beat in the loss; 0 where not learned from.
    """

    features: Floats
    labels: npt.NDArray[np.int64]
    weights: Floats


_Part = tuple[str, Floats, Labels]


def rhythm_rows(recordings: Sequence[RhythmRecording], fs: float, peak: int, seed: int) -> RhythmRows:
    """Return the rows to learn from.

    Parameters
    ----------
    recordings : sequence of RhythmRecording
        All that is learned from.
    fs, peak
        Rate of the windows in Hz, and index of the R peak in them.
    seed : int
        Of all random numbers.

    Returns
    -------
    RhythmRows
    """
    rng = np.random.default_rng(seed)
    parts = [part for recording in recordings for part in _recorded(recording)]
    pools = _pools(recordings)
    parts += [_spliced(pools, fs, peak, rng) for _ in range(N_SPLICED)]
    sinus, fibrillating = _interval_pools(recordings)
    parts += [_spliced_intervals(sinus, fibrillating, rng) for _ in range(N_SPLICED)]
    made = (made_up_intervals(LENGTH, rng) for _ in range(N_MADE))
    parts += [("made up", _of_intervals(rr), np.zeros(LENGTH, np.int8)) for rr in made]
    return _weighted([_placed(part, rng) for part in parts])


def made_up_intervals(n: int, rng: np.random.Generator) -> Floats:
    """Return intervals of an irregular rhythm that is no fibrillation, in seconds, shape (n,)."""
    base = rng.uniform(0.55, 1.1)
    makers = (_breathing, _wenckebach, _exercise, _premature, _dropped)
    return np.clip(makers[rng.integers(len(makers))](n, base, rng), 0.25, 2.9).astype(np.float32)


def _breathing(n: int, base: float, rng: np.random.Generator) -> Doubles:
    rate, depth = rng.uniform(0.15, 0.35), rng.uniform(0.08, 0.3)
    phase = rng.uniform(0, 2 * np.pi) + 2 * np.pi * rate * base * np.arange(n)
    return base * np.exp(depth * np.sin(phase) + _noise(n, rng))


def _wenckebach(n: int, base: float, rng: np.random.Generator) -> Doubles:
    rr: list[float] = []
    while len(rr) < n:
        delays = np.append(0.0, np.cumsum(-np.sort(-rng.uniform(0.03, 0.2, rng.integers(1, 4)))))
        beats = np.arange(len(delays)) * base + delays
        rr += [*np.diff(beats).tolist(), (len(delays) + 1) * base - beats[-1]]
    return np.array(rr[:n]) * np.exp(_noise(n, rng))


def _exercise(n: int, base: float, rng: np.random.Generator) -> Doubles:
    bends = np.sort(rng.integers(0, n, 4))
    return base * np.exp(np.interp(np.arange(n), bends, rng.uniform(-0.4, 0.3, 4)) + _noise(n, rng))


def _premature(n: int, base: float, rng: np.random.Generator) -> Doubles:
    rr, often, compensated = base * np.exp(_noise(n, rng)), rng.choice([0.05, 0.15, 0.3]), rng.random() < 0.5
    beat = 1
    while beat < n - 1:
        if rng.random() < often:
            early = rng.uniform(0.5, 0.8)
            rr[beat] *= early
            rr[beat + 1] *= 2 - early if compensated else rng.uniform(1, 1.2)
            beat += 1
        beat += 1
    return rr


def _dropped(n: int, base: float, rng: np.random.Generator) -> Doubles:
    return base * np.exp(_noise(n, rng)) * np.where(rng.random(n) < rng.choice([0.05, 0.2, 0.4]), 2, 1)


def _noise(n: int, rng: np.random.Generator) -> Doubles:
    return rng.uniform(0.005, 0.03) * rng.standard_normal(n)


def _recorded(recording: RhythmRecording) -> Iterator[_Part]:
    """Yield the beats of a recording in pieces; every second piece where there is no signal."""
    step = LENGTH if recording.has_signal else 2 * LENGTH
    for first in range(0, len(recording.rr), step):
        labels = recording.labels[first : first + LENGTH]
        if len(labels) < _FEWEST:
            continue
        group = recording.group
        if not group.startswith("cinc2017"):
            group += " fibrillation" if (labels == 1).mean() > 0.5 else " other"
        yield group, recording.features[first : first + LENGTH], labels


def _pools(recordings: Sequence[RhythmRecording]) -> list[list[RhythmRecording]]:
    """Return recordings with signal that are wholly in another rhythm, and those wholly in fibrillation."""
    usable = [each for each in recordings if each.has_signal and len(each.rr) >= _FEWEST]
    return [[each for each in usable if (each.labels == label).all()] for label in (0, 1)]


def _spliced(
    pools: Sequence[Sequence[RhythmRecording]], fs: float, peak: int, rng: np.random.Generator
) -> _Part:
    """Return beats of two or three recordings, in and out of fibrillation by turns."""
    first, rr, waveforms, judged, labels = int(rng.integers(2)), [], [], [], []
    for turn in range(3 if rng.random() < 0.3 else 2):
        label = (first + turn) % 2
        chosen = pools[label][int(rng.integers(len(pools[label])))]
        piece = _piece(len(chosen.rr), LENGTH // 2, rng)
        seconds = chosen.rr[piece].copy()
        seconds[0] = np.nanmedian(seconds) if np.isfinite(seconds).any() else np.nan
        rr.append(seconds)
        waveforms.append(chosen.waveforms[piece])
        judged.append(chosen.judged[piece])
        labels.append(np.full(len(seconds), label, np.int8))
    features = atrial_features(
        np.concatenate(rr), np.concatenate(waveforms), np.concatenate(judged), fs, peak
    )
    return "spliced", features[:LENGTH], np.concatenate(labels)[:LENGTH]


def _interval_pools(recordings: Sequence[RhythmRecording]) -> tuple[list[Floats], list[Floats]]:
    """Return intervals of people without signal, in another rhythm and in fibrillation."""
    bare = [each for each in recordings if not each.has_signal]
    sinus, fibrillating = (
        [each.rr[each.labels == label] for each in bare if (each.labels == label).sum() >= LENGTH]
        for label in (0, 1)
    )
    return sinus, fibrillating


def _spliced_intervals(
    sinus: Sequence[Floats], fibrillating: Sequence[Floats], rng: np.random.Generator
) -> _Part:
    inside = fibrillating[int(rng.integers(len(fibrillating)))]
    outside = sinus[int(rng.integers(len(sinus)))] if rng.random() < 0.6 else made_up_intervals(LENGTH, rng)
    pieces = [(inside, 1), (outside, 0)]
    if rng.random() < 0.5:
        pieces.reverse()
    cut = [(source[_piece(len(source), LENGTH - _FEWEST, rng)], label) for source, label in pieces]
    rr = np.concatenate([piece for piece, _ in cut])[:LENGTH]
    labels = np.concatenate([np.full(len(piece), label, np.int8) for piece, label in cut])[:LENGTH]
    return "spliced intervals", _of_intervals(rr), labels


def _piece(n: int, most: int, rng: np.random.Generator) -> slice:
    length = int(rng.integers(min(_FEWEST, n), min(n, most) + 1))
    first = int(rng.integers(0, n - length + 1))
    return slice(first, first + length)


def _of_intervals(rr: Floats) -> Floats:
    features = np.zeros((len(rr), len(ATRIAL_FEATURES)), np.float32)
    features[:, :N_INTERVALS] = interval_features(rr)
    return features


def _placed(part: _Part, rng: np.random.Generator) -> _Part:
    """Put beats anywhere in a row, between beats of which nothing is known, as at the ends of a recording."""
    group, features, labels = part
    first = int(rng.integers(0, LENGTH - len(labels) + 1))
    row = np.zeros((LENGTH, features.shape[1]), np.float32)
    known = np.full(LENGTH, UNSURE, np.int8)
    row[first : first + len(labels)] = features
    known[first : first + len(labels)] = labels
    return group, row, known


def _weighted(parts: Sequence[_Part]) -> RhythmRows:
    groups = np.array([group for group, _, _ in parts])
    labels = np.stack([each for _, _, each in parts])
    weights = (labels != UNSURE).astype(np.float64)
    for group in np.unique(groups):
        weights[groups == group] *= SHARES[str(group)] / max(1.0, weights[groups == group].sum())
    weights *= weights.size / weights.sum()
    return RhythmRows(
        np.stack([features for _, features, _ in parts]),
        np.maximum(labels, 0).astype(np.int64),
        np.minimum(weights, _LARGEST).astype(np.float32),
    )
