"""Which doubtful waves look like the beats around them, as a graph: `ectopy.models.qrs_similarity`."""

from __future__ import annotations

import numpy as np

from ectopy.edge.graph import Tensor
from ectopy.models import qrs_similarity as rule

_BEYOND = 10**9
"""Grid samples that lie beyond every recording."""


def similar(peaks: Tensor, beats: Tensor, signal: Tensor, rate: float) -> Tensor:
    """Return which waves look like the beats around them, as `ectopy.models.qrs_similarity.similar` does."""
    counted = beats.to(np.int64).op("CumSum", peaks.graph.of(0, np.int64))
    waves = peaks.chosen(~beats).expanded(1)
    near = _beats_near(peaks.chosen(beats), waves, counted.chosen(~beats))
    compared = abs(near - waves) <= int(rule.COMPARED_SECONDS * rate)
    alike = _look_alike(waves, compared.where(near, waves), compared, signal)
    padded = peaks.graph.of([False], np.bool_).op("Concat", alike, axis=0)
    rank = (~beats).to(np.int64).op("CumSum", peaks.graph.of(0, np.int64))
    return padded.take(rank) & ~beats


def _beats_near(beats: Tensor, waves: Tensor, before: Tensor) -> Tensor:
    """Return the beats beside each wave, (n, 8); `before` counts those before it."""
    beyond = np.full(rule.COMPARED, _BEYOND)
    ends = (beats.graph.of(each, np.int64) for each in (-beyond, beyond))
    places = next(ends).op("Concat", beats, next(ends), axis=0)
    return places.take(before.expanded(1) + np.arange(2 * rule.COMPARED))


def _look_alike(waves: Tensor, near: Tensor, compared: Tensor, signal: Tensor) -> Tensor:
    beats = _windows(signal, near)
    shares = compared.to(np.float32)
    mean = _normalised((_normalised(beats) * shares.expanded(2, 3)).total(1, keep=True))
    moved = _normalised(_windows(signal, waves + rule.SHIFTS))
    correlation = (moved * mean).total(2, 3).max(1)
    count = shares.total(1)
    usual = (_heights(beats) * shares).total(1) / count.at_least(1)
    large = _heights(_windows(signal, waves)).squeezed(1) >= usual * np.float32(rule.SIZE)
    enough = count >= np.float32(rule.COMPARED)
    sharp = _sharpness(mean).squeezed(1) >= np.float32(rule.SHARP)
    return enough & (correlation >= np.float32(rule.CORRELATION)) & large & sharp


def _windows(signal: Tensor, places: Tensor) -> Tensor:
    """Return what lies around each place, (n, n_places, n_leads, n_times); the ends are held."""
    around = places.expanded(2) + np.arange(-rule.BEFORE, rule.AFTER + 1)
    inside = around.at_least(0).at_most((signal.size(1) - 1).at_least(0))
    return signal.take(inside, axis=1).transposed(1, 2, 0, 3)


def _normalised(windows: Tensor) -> Tensor:
    """Return windows without the mean of each lead, their squares adding up to one."""
    level = windows - windows.mean(3, keep=True)
    return level / (level * level).total(2, 3, keep=True).op("Sqrt").at_least(rule._TINY)


def _heights(windows: Tensor) -> Tensor:
    complexes = windows.part(0, 2 * rule.BEFORE + 1, axis=3)
    return (complexes.max(3) - complexes.min(3)).total(2)


def _sharpness(beats: Tensor) -> Tensor:
    complexes = beats.part(0, 2 * rule.BEFORE + 1, axis=3)
    level = complexes - complexes.mean(3, keep=True)
    steps = level.part(1, None, axis=3) - level.part(0, -1, axis=3)
    power = (level * level).total(2, 3).at_least(rule._TINY)
    return ((steps * steps).total(2, 3) / power).op("Sqrt")
