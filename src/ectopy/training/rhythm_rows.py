"""Rows of beats that the rhythm model learns from: as recorded, spliced where a rhythm begins, and made up.

Few recordings hold the moment at which fibrillation begins or ends, so beats of two recordings are put one
after the other. An analysis does not know every ventricular beat, and sees no P wave in noise: people with
many ventricular beats are learned from a second time with a third of those called normal, and noise is laid
over beats of all rhythms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.features.atrial import (
    ATRIAL_FEATURES,
    N_INTERVALS,
    atrial_features,
    atrial_intervals,
    interval_features,
)
from ectopy.labels import VENTRICULAR
from ectopy.training.made_up_intervals import (
    UNNAMED,
    BeatIntervals,
    all_normal,
    grouped_intervals,
    made_up_intervals,
    partly_named,
)

LENGTH: Final = 128
"""Beats of a row: twice what the network sees of a beat's neighbours."""

UNSURE: Final = -1
"""Label of a beat that is not learned from."""

N_SPLICED: Final = 800
"""Rows of two or three recordings put one after the other; as many of intervals alone."""

N_MADE: Final = 300
"""Rows of intervals that are made up."""

N_GROUPED: Final = 200
"""Rows of made-up intervals with ventricular beats in groups."""

FREQUENT: Final = 0.02
"""Share of ventricular beats from which on a recording is learned from with part of them unnamed, too."""

NOISY: Final = 0.3
"""Share of the other recordings that are learned from a second time, under noise."""

LOUDEST: Final = 0.12
"""Noise that is laid over beats, in QRS amplitudes: as high as a P wave."""

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
        "made up": 1.2,
    }
)
"""Weight of each group of rows in the loss; chosen on training people."""

_FEWEST: Final = 12
"""Beats that a part of a spliced row has at the least."""

_LARGEST: Final = 20.0
"""Largest weight of a beat, so that few rows do not rule the loss."""

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int8]
Names = npt.NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class RhythmRecording:
    """Beats of one recording and their rhythm.

    Parameters
    ----------
    group : str
        Where it is from: ``"cinc2017 A"`` …, ``"mitdb"``, ``"arrdb"``.
    patient : str
        Whose heart it is.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes, ``?`` where not judged.
    labels : ndarray of int8, shape (n_beats,)
        1 in fibrillation, 0 in another rhythm, `UNSURE` where not learned from.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        Windows, of equal QRS amplitude; no columns where there is no signal.
    """

    group: str
    patient: str
    rr: Floats
    classes: npt.NDArray[np.str_]
    labels: Labels
    waveforms: Floats

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
    parts = [part for recording in recordings for part in _recorded(recording, fs, peak, rng)]
    pools = _pools(recordings)
    parts += [_spliced(pools, fs, peak, rng) for _ in range(N_SPLICED)]
    others, fibrillating = _interval_pools(recordings)
    parts += [_spliced_intervals(others, fibrillating, rng) for _ in range(N_SPLICED)]
    made = [all_normal(made_up_intervals(LENGTH, rng)) for _ in range(N_MADE)]
    made += [grouped_intervals(LENGTH, rng) for _ in range(N_GROUPED)]
    parts += [("made up", _of_intervals(*each), np.zeros(LENGTH, np.int8)) for each in made]
    return _weighted([_placed(part, rng) for part in parts])


def _noisy(waveforms: Floats, rng: np.random.Generator) -> Floats:
    """Lay white noise, or white noise and drift, over beats of QRS amplitude 1."""
    noise = rng.standard_normal(waveforms.shape).astype(np.float32)
    if rng.random() < 0.6:
        drift = np.cumsum(noise, axis=1) / 4
        noise = noise / 2 + drift - drift.mean(axis=1, keepdims=True)
    return (waveforms + np.float32(LOUDEST * rng.uniform(0.2, 1)) * noise).astype(np.float32)


def _recorded(recording: RhythmRecording, fs: float, peak: int, rng: np.random.Generator) -> Iterator[_Part]:
    """Yield the beats of a recording in pieces, as an analysis may have them."""
    if not recording.has_signal:
        for unnamed in (0.0, UNNAMED, 1.0):
            first = int(rng.integers(LENGTH))
            yield from _pieces(recording, _without_signal(recording, unnamed, rng), first, 6 * LENGTH)
        return
    versions = [(recording.classes, recording.waveforms), *_other_versions(recording, rng)]
    for classes, waveforms in versions:
        intervals = atrial_intervals(recording.rr, classes)
        yield from _pieces(recording, atrial_features(intervals, waveforms, fs, peak), 0, LENGTH)


def _other_versions(recording: RhythmRecording, rng: np.random.Generator) -> Iterator[tuple[Names, Floats]]:
    """Yield classes and windows as they might be, where there are many ventricular beats or noise."""
    frequent = np.isin(recording.classes, VENTRICULAR).mean() > FREQUENT
    noise = rng.random() < (0.5 if frequent else NOISY)
    if frequent or noise:
        classes = partly_named(recording.classes, UNNAMED, rng) if frequent else recording.classes
        yield classes, _noisy(recording.waveforms, rng) if noise else recording.waveforms


def _pieces(recording: RhythmRecording, features: Floats, first: int, step: int) -> Iterator[_Part]:
    """Yield the beats of a recording in pieces; those of CinC 2017 are of one."""
    for start in range(first, len(features), step):
        labels = recording.labels[start : start + LENGTH]
        if len(labels) < _FEWEST:
            continue
        group = recording.group
        if not group.startswith("cinc2017"):
            group += " fibrillation" if (labels == 1).mean() > 0.5 else " other"
        yield group, features[start : start + LENGTH], labels


def _without_signal(recording: RhythmRecording, unnamed: float, rng: np.random.Generator) -> Floats:
    """Return features of intervals; a ventricular beat that is unnamed has another QRS shape, as it would."""
    classes = partly_named(recording.classes, unnamed, rng)
    features = _of_intervals(recording.rr, classes)
    normal, missed = classes == "N", (classes == "N") & (recording.classes != "N")
    shape = 1 - np.abs(rng.normal(0, 0.02, len(classes)))
    shape = np.where(missed, rng.uniform(-0.5, 0.8, len(classes)), shape)
    features[:, N_INTERVALS] = np.where(normal, shape, 0)
    features[:, N_INTERVALS + 1] = normal
    return features


def _pools(recordings: Sequence[RhythmRecording]) -> list[list[RhythmRecording]]:
    """Return recordings with signal that are wholly in another rhythm, and those wholly in fibrillation."""
    usable = [each for each in recordings if each.has_signal and len(each.rr) >= _FEWEST]
    return [[each for each in usable if (each.labels == label).all()] for label in (0, 1)]


def _spliced(
    pools: Sequence[Sequence[RhythmRecording]], fs: float, peak: int, rng: np.random.Generator
) -> _Part:
    """Return beats of two or three recordings, in and out of fibrillation by turns."""
    first, rr, classes, waveforms, labels = int(rng.integers(2)), [], [], [], []
    for turn in range(3 if rng.random() < 0.3 else 2):
        label = (first + turn) % 2
        chosen = pools[label][int(rng.integers(len(pools[label])))]
        piece = _piece(len(chosen.rr), LENGTH // 2, rng)
        seconds = chosen.rr[piece].copy()
        seconds[0] = np.nanmedian(seconds) if np.isfinite(seconds).any() else np.nan
        rr.append(seconds)
        classes.append(chosen.classes[piece])
        waveforms.append(chosen.waveforms[piece])
        labels.append(np.full(len(seconds), label, np.int8))
    intervals = atrial_intervals(np.concatenate(rr), np.concatenate(classes))
    features = atrial_features(intervals, np.concatenate(waveforms), fs, peak)
    return "spliced", features[:LENGTH], np.concatenate(labels)[:LENGTH]


def _interval_pools(recordings: Sequence[RhythmRecording]) -> tuple[list[BeatIntervals], list[BeatIntervals]]:
    """Return intervals of people without signal, in another rhythm and in fibrillation."""
    bare = [each for each in recordings if not each.has_signal]
    other, fibrillating = (
        [
            (each.rr[chosen], each.classes[chosen])
            for each in bare
            if (chosen := each.labels == label).sum() >= LENGTH
        ]
        for label in (0, 1)
    )
    return other, fibrillating


def _spliced_intervals(
    others: Sequence[BeatIntervals], fibrillating: Sequence[BeatIntervals], rng: np.random.Generator
) -> _Part:
    inside = fibrillating[int(rng.integers(len(fibrillating)))]
    pieces = [(inside, 1), (_other_rhythm(others, rng), 0)]
    if rng.random() < 0.5:
        pieces.reverse()
    rr, classes, labels = [], [], []
    for (seconds, named), label in pieces:
        piece = _piece(len(seconds), LENGTH - _FEWEST, rng)
        rr.append(seconds[piece])
        classes.append(named[piece])
        labels.append(np.full(len(rr[-1]), label, np.int8))
    unnamed = float(rng.choice([0.0, UNNAMED, 1.0]))
    named = partly_named(np.concatenate(classes)[:LENGTH], unnamed, rng)
    features = _of_intervals(np.concatenate(rr)[:LENGTH], named)
    return "spliced intervals", features, np.concatenate(labels)[:LENGTH]


def _other_rhythm(others: Sequence[BeatIntervals], rng: np.random.Generator) -> BeatIntervals:
    """Return recorded intervals, or made-up ones."""
    if rng.random() < 0.6:
        return others[int(rng.integers(len(others)))]
    if rng.random() < 0.4:
        return grouped_intervals(LENGTH, rng)
    return all_normal(made_up_intervals(LENGTH, rng))


def _piece(n: int, most: int, rng: np.random.Generator) -> slice:
    length = int(rng.integers(min(_FEWEST, n), min(n, most) + 1))
    first = int(rng.integers(0, n - length + 1))
    return slice(first, first + length)


def _of_intervals(rr: Floats, classes: Names) -> Floats:
    features = np.zeros((len(rr), len(ATRIAL_FEATURES)), np.float32)
    features[:, :N_INTERVALS] = interval_features(atrial_intervals(rr, classes))
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
