"""The pretext task of the beat encoder: tell beats that were changed, and how, from those that were not.

No beat has a label. But when a usual beat comes, and what its P wave is like, can be changed in any recording
(`ectopy.training.rhythm_augmentation`); a wide QRS can be drawn over it (`ectopy.training.wide_beats`), or
mixed with it. What was done is known, since it was done here, and a network that tells it has learned to see
prematurity, P waves and the width of a QRS in people of whom nobody marked a beat. Telling transformations of
an ECG apart as a way to learn from unlabelled ones: Sarkar and Etemad, IEEE Trans Affect Comput 13(3), 2022.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import unit_rows
from ectopy.beats.template import patient_template, quick_median
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.errors import ParameterError
from ectopy.features.table import beat_features
from ectopy.training.fusion_beats import with_fusion_beats
from ectopy.training.rhythm_augmentation import (
    FUSION_PARTS,
    MAX_SINUS_CHANGE,
    NOISE_SHARE,
    AnnotatedSignal,
    augment,
    cut_marked,
    with_noise,
)
from ectopy.training.rhythm_scripts import OBSERVED, RHYTHMS
from ectopy.training.sequences import LENGTH, NUMBER, TrainingSequence, weights
from ectopy.training.wide_beats import with_wide_beats

Floats = npt.NDArray[np.float32]

FEWEST: Final = 8
"""Beats that a recording has at least: fewer make no template."""

AGREEMENT: Final = 0.5
"""Correlation with the median beat that three quarters of the beats of a lead reach, or the lead is noise."""

USUAL_CORRELATION: Final = 0.9
"""Correlation with the template from which on a beat has the usual shape."""

USUAL_RR: Final = 0.12
"""Change of RR from the median of the recording, as a natural logarithm, that a usual beat stays below."""

DRAWS: Final = 2
"""Times that each recording is changed."""

BEATS_PER_PART: Final = 100
MOST_PARTS: Final = 8
"""Recorded beats for each changed part, and parts of one recording at most."""

CHANGES: Final = tuple(rhythm for rhythm in RHYTHMS if rhythm != OBSERVED)
"""What regular recordings are changed into; rhythms that were observed in other people have labels."""

WIDE_SHARES: Final = (0.0, 0.5, 1.0)
"""Shares of the premature beats of a part that become wide, as likely each."""

LATE_WIDE: Final = 0.03
"""Largest share of the beats that were due which become wide, too."""

FUSION_SHARE: Final = (0.01, 0.1)
"""Range of the share of usual beats that are mixed with a wide one, in the parts that have such beats."""

SHARES: Final[Mapping[str, float]] = MappingProxyType({"N": 4.0, "S": 2.0, "V": 2.0, "F": 1.0})
"""Weight of each kind of change in training, over all its beats; chosen on people of DS1."""


def pretext_rows(beats: Beats, seed: int = 0) -> list[npt.NDArray[Any]]:
    """Change recordings, and return what the encoder learns from.

    Parameters
    ----------
    beats, seed
        As for `pretext_sequences`.

    Returns
    -------
    list of ndarray
        Features (n, `LENGTH`, n_features), what was done as numbers (n, `LENGTH`), weights (n, `LENGTH`).

    Raises
    ------
    ParameterError
        If no record has `FEWEST` beats that are alike.
    """
    sequences = pretext_sequences(beats, seed)
    if not sequences:
        raise ParameterError(f"X has no record of {FEWEST} beats that are alike; give longer or cleaner ones")
    numbers = [np.array([NUMBER.get(str(name), 0) for name in each.classes]) for each in sequences]
    return [
        np.stack([each.features for each in sequences]),
        np.stack(numbers).astype(np.int64),
        np.stack(weights(sequences, SHARES)),
    ]


def pretext_sequences(beats: Beats, seed: int = 0) -> list[TrainingSequence]:
    """Change recordings, and return their beats with what was done to each.

    Parameters
    ----------
    beats : Beats
        One lead each, (n_beats, 1, n_times): all beats of each record, in order, with their RR intervals and
        the index of the R peak.
    seed : int
        Of all random numbers.

    Returns
    -------
    list of TrainingSequence
        `LENGTH` beats each. Classes are ``N`` for usual beats that were not changed, ``S`` for those
        that were moved, ``V`` for those a wide QRS was drawn over, ``F`` for those it was mixed with; empty
        for beats that were not usual to begin with.
    """
    usable = [rows for rows in _rows(beats) if _is_usable(beats.waveforms[rows, 0])]
    reach = min(_peak(beats), beats.shape[2] - _peak(beats))
    around = slice(_peak(beats) - reach, _peak(beats) + reach)
    others = [patient_template(beats.waveforms[rows, 0])[0][around] for rows in usable]
    return [
        sequence
        for number, rows in enumerate(usable)
        for draw in range(DRAWS)
        for sequence in _changed(beats[rows], np.stack(others), np.random.default_rng([seed, draw, number]))
    ]


def _rows(beats: Beats) -> list[npt.NDArray[np.int64]]:
    starts = np.flatnonzero(np.append(True, beats.records[1:] != beats.records[:-1]))
    return np.split(np.arange(len(beats)), starts[1:])


def _is_usable(windows: Floats) -> bool:
    """Say whether there are enough beats, and three quarters of them are alike."""
    if len(windows) < FEWEST:
        return False
    shapes = unit_rows(windows)
    usual = unit_rows(quick_median(windows, axis=0)[np.newaxis])
    return bool(np.quantile(shapes @ usual[0], 0.25) >= AGREEMENT)


def _changed(beats: Beats, others: Floats, rng: np.random.Generator) -> Iterator[TrainingSequence]:
    """Yield changed parts of one recording."""
    window = WindowSpec(fs=beats.fs, before=_peak(beats), after=beats.shape[2] - _peak(beats))
    recording = joined(beats, usual(beats))
    regular = _is_regular(beats.rr)
    for _ in range(min(MOST_PARTS, max(1, len(beats) // BEATS_PER_PART))):
        rhythm = str(rng.choice(CHANGES)) if regular else "rate"
        part = augment(_excerpt(recording, window.fs, rng), window.fs, rhythm, rng)
        part = with_wide_beats(part, _to_be_wide(part.classes, rng), others, window.fs, rng)
        if rng.random() < FUSION_PARTS:
            signal, classes = with_fusion_beats(
                part.signal, part.peaks, part.classes, window.fs, rng, FUSION_SHARE
            )
            part = replace(part, signal=signal, classes=classes)
        if rng.random() < NOISE_SHARE:
            part = with_noise(part, window.fs, rng)
        cut = cut_marked(part, np.ones(1, np.float32), window, rng)[:LENGTH]
        yield TrainingSequence(beat_features(cut, window.before), cut.symbols, augmented=True)


def usual(beats: Beats) -> npt.NDArray[np.bool_]:
    """Return which beats of a recording have its usual shape and come when they were due."""
    windows = beats.waveforms[:, 0] - beats.waveforms[:, 0].mean(axis=1, keepdims=True)
    template = patient_template(windows)[0]
    size = np.linalg.norm(windows, axis=1) * np.linalg.norm(template)
    alike = windows @ template >= USUAL_CORRELATION * np.maximum(size, 1e-9)
    rr = np.where(np.isfinite(beats.rr), beats.rr, np.nanmedian(beats.rr))
    return alike & (np.abs(np.log(np.maximum(rr, 0.1) / np.median(rr))) < USUAL_RR)


def joined(beats: Beats, normal: npt.NDArray[np.bool_]) -> AnnotatedSignal:
    """Put the windows of the beats of a recording one after the other, as they were recorded.

    Parameters
    ----------
    beats : Beats
        One lead, consecutive, with RR intervals.
    normal : ndarray of bool, shape (n_beats,)
        Which are usual.

    Returns
    -------
    AnnotatedSignal
        Where windows overlap, each fades into the next; a straight line bridges what lies between them.
    """
    rr = np.where(np.isfinite(beats.rr), beats.rr, np.nanmedian(beats.rr))
    before, n_times = _peak(beats), beats.shape[2]
    steps = np.maximum(1, np.rint(np.clip(rr, 0.2, 3.0) * beats.fs)).astype(np.int64)
    peaks = before + np.cumsum(steps) - steps[0]
    signal = np.zeros(int(peaks[-1]) - before + n_times, np.float32)
    done = 0
    for peak, window in zip(peaks - before, beats.waveforms[:, 0], strict=True):
        if peak > done > 0:
            signal[done:peak] = np.linspace(signal[done - 1], window[0], peak - done + 2)[1:-1]
        overlap = min(max(0, done - peak), n_times)
        fade = np.linspace(0, 1, overlap, dtype=np.float32)
        signal[peak : peak + overlap] *= 1 - fade
        signal[peak : peak + overlap] += window[:overlap] * fade
        signal[peak + overlap : peak + n_times] = window[overlap:]
        done = peak + n_times
    return AnnotatedSignal(signal[:, np.newaxis], peaks, np.where(normal, "N", ""))


def _excerpt(recording: AnnotatedSignal, fs: float, rng: np.random.Generator) -> AnnotatedSignal:
    """Return `LENGTH` beats of a recording: some of a long one, a short one again and again."""
    n, peaks = len(recording.peaks), recording.peaks
    if n > LENGTH:
        first = int(rng.integers(0, n - LENGTH))
        chosen = slice(first, first + LENGTH)
        start, stop = int(peaks[first]) - round(fs), int(peaks[first + LENGTH - 1]) + round(fs)
        start = max(0, start)
        return AnnotatedSignal(recording.signal[start:stop], peaks[chosen] - start, recording.classes[chosen])
    times = -(-LENGTH // (n - 1))
    period = int(peaks[-1] - peaks[0])
    again = np.tile(recording.signal[peaks[0] : peaks[-1]], (times, 1))
    places = (peaks[:-1] - peaks[0] + period * np.arange(times)[:, np.newaxis]).ravel()
    signal = np.concatenate([recording.signal[: peaks[0]], again])
    return AnnotatedSignal(signal, places + peaks[0], np.tile(recording.classes[:-1], times))


def _to_be_wide(classes: npt.NDArray[np.str_], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    moved = (classes == "S") & (rng.random(len(classes)) < rng.choice(WIDE_SHARES))
    late = (classes == "N") & (rng.random(len(classes)) < rng.uniform(0, LATE_WIDE))
    return np.flatnonzero(moved | late)


def _is_regular(rr: Floats) -> bool:
    known = rr[np.isfinite(rr)]
    return bool(len(known) > 2 and np.median(np.abs(np.diff(known))) < MAX_SINUS_CHANGE * np.median(known))


def _peak(beats: Beats) -> int:
    return beats.shape[2] // 2 if beats.peak is None else beats.peak
