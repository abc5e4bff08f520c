"""The rules of `ectopy.models.qrs_waves` as graphs: which of the waves that the network sees are beats."""

from __future__ import annotations

import numpy as np

from ectopy.edge.graph import Tensor
from ectopy.edge.nearby import every, near
from ectopy.models import qrs_waves as rules


def beats_among(
    peaks: Tensor, signal: Tensor, conditioned: Tensor, probability: Tensor, rate: float
) -> Tensor:
    """Return the waves that are beats; all as for `ectopy.models.qrs_waves.beats_among`."""
    steepness = _steepest(_slopes(signal).max(0), peaks, rules._STEEP_REACH) * np.float32(rate / 2)
    rise = _steepest(_slopes(conditioned).total(0), peaks, rules._STEEP_REACH)
    height = _steepest(abs(conditioned).total(0), peaks, rules._SHAPE)
    sharpness = rise / height.at_least(np.float32(1e-3))
    blunt = (sharpness < rules.SHARP[1]) | (probability < rules.DOUBTED)
    relative = _relative_steepness(rise, peaks, rate)
    gentle = (relative < rules.STEEPNESS) & (steepness < rules.GENTLE) & blunt
    needed = (probability < rules.SURE).where(np.float32(rules.SHARP[1]), sharpness.graph.of(rules.SHARP[0]))
    faint = (steepness < rules.FAINT) & (sharpness < needed)
    return peaks.chosen(~(gentle | faint))


def has_fast_beats(peaks: Tensor, rate: float) -> Tensor:
    """Return whether so many beats lie close together that others may have gone unseen."""
    n = rules._FAST
    apart = peaks.part(n - 1, None, axis=0) - peaks.part(0, 1 - n, axis=0)
    fast = apart.to(np.float32) <= 2 * rules._LOOKED_SECONDS * rate
    return fast.to(np.int64).total(0) > 0


def merged_looks(peaks: Tensor, slowed: Tensor, rate: float) -> Tensor:
    """Put the beats of both looks together: those of the second where it sees far more of them."""
    kept = peaks.chosen(~_many_more(peaks, peaks, slowed, rate))
    very_fast = _count(slowed, slowed, round(rules._LOOKED_SECONDS * rate)) >= rules._FASTEST
    added = slowed.chosen(_many_more(slowed, peaks, slowed, rate) | very_fast)
    after = (kept.expanded(0) < added.expanded(1)).to(np.int64).total(1)
    far = [peaks.graph.of([end], np.int64) for end in (-(10**9), 10**9)]
    edges = far[0].op("Concat", kept, far[1], axis=0)
    apart = (added - edges.take(after)).at_most(edges.take(after + 1) - added) >= rules._APART
    both = kept.op("Concat", added.chosen(apart), axis=0)
    return both.ordered(both.size(0), axis=0)


def _relative_steepness(steep: Tensor, peaks: Tensor, rate: float) -> Tensor:
    """Return how steep the wave at each peak is, as a share of the steepest waves at the peaks around it."""
    reach = rules._COMPARED
    length = peaks.size(0)
    places = every(length)
    inside = near(places, reach, length)
    close = abs(peaks.take(inside) - peaks.expanded(1)).to(np.float32) <= rules._COMPARED_SECONDS * rate
    real = inside.equals(places.expanded(1) + np.arange(-reach, reach + 1))
    usable = close & real
    compared = usable.where(steep.take(inside), np.float32(np.inf)).ordered(2 * reach + 1, axis=1)
    ranks = np.ceil(rules._COMPARED_RANK * np.arange(2 * reach + 2)).astype(np.int64) - 1
    rank = peaks.graph.of(ranks, np.int64).take(usable.to(np.int64).total(1, keep=True))
    return steep / compared.take_along(rank, axis=1).squeezed(1).at_least(np.float32(1e-6))


def _many_more(places: Tensor, peaks: Tensor, slowed: Tensor, rate: float) -> Tensor:
    reach = round(rules._LOOKED_SECONDS * rate)
    few, many = (_count(places, beats, reach) for beats in (peaks, slowed))
    more = many.to(np.float32) >= few.to(np.float32) * np.float32(rules.MORE)
    return (few >= rules._FAST) & (many >= rules._FASTER) & more


def _count(places: Tensor, beats: Tensor, reach: int) -> Tensor:
    """Return how many beats lie within reach of each place."""
    apart = abs(beats.expanded(0) - places.expanded(1))
    return (apart <= reach).to(np.int64).total(1)


def _slopes(leads: Tensor) -> Tensor:
    """Return by how much each lead changes from one grid sample before each to one after."""
    return abs(leads.part(2, None, axis=1) - leads.part(0, -2, axis=1)).padded(1, 1, axis=1)


def _steepest(slopes: Tensor, peaks: Tensor, reach: int) -> Tensor:
    """Return the largest of the values around each peak."""
    return slopes.take(near(peaks, reach, slopes.size(0))).max(1)
