"""Stretches of a lead that the delineator takes for a P wave, a QRS complex or a T wave.

The lead is read in blocks of fixed size on a grid that starts at its first sample, each with a margin that
covers all that has a say in it; so a recording gives the same bits whoever reads it, and in whatever
pieces. A recording shorter than a block is one block of its own size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.models.artifact import Artifact
from ectopy.signal.block_resampling import BlockResampler
from ectopy.signal.conditioning import BLOCK, condition, condition_reach
from ectopy.signal.filters import fill_missing
from ectopy.signal.resampling import Ratio, rational_ratio

FS: Final = 250.0
"""Rate in Hz at which leads are read."""

LOWEST_FS: Final = 50.0
HIGHEST_FS: Final = 10_000.0

N_TIMES: Final = 32_768
"""Samples that the network sees at a time, about two minutes; fewer of a recording that is shorter."""

PIECE: Final = 2_048
"""What the samples that the network sees of a short recording are a multiple of."""

MARGIN: Final = 10 * BLOCK
"""Samples on each side that are another block's: the network looks 1.5 s far, a wave lasts up to 1 s."""

CORE: Final = N_TIMES - 2 * MARGIN

MOMENT: Final = 2
"""Samples in a moment that the network answers for."""

_AT_ONCE: Final = 4
"""Blocks of a lead that are read and conditioned together: the more, the less is read twice. Of short blocks
as many samples are looked at together, those of several leads."""

FLOOR: Final = 0.2
"""Probability below which no wave is under way."""

HALF: Final = 0.5
"""Share of its highest probability at which a wave begins and ends."""

GAP: Final = 4
"""Moments without a wave that do not end it."""

Moments = npt.NDArray[np.int64]

Reader = Callable[[int, int], npt.NDArray[np.float32]]
"""First sample, and the first after the last → the leads between them in mV, shape (n, n_leads)."""


@dataclass(frozen=True)
class Size:
    """Size of a recording: samples of each lead, leads, and samples a second."""

    n_samples: int
    n_leads: int
    fs: float


@dataclass(frozen=True, eq=False)
class WaveCandidates:
    """Stretches of one lead that may be waves, in the order of their peaks.

    Parameters
    ----------
    waves : ndarray of int64, shape (n,)
        0 for P, 1 for QRS, 2 for T.
    onsets, peaks, ends : ndarray of float64, shape (n,)
        In samples of the recording.
    confidences : ndarray of float64, shape (n,)
        Mean probability of the wave between its onset and its end.
    """

    waves: npt.NDArray[np.int64]
    onsets: npt.NDArray[np.float64]
    peaks: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    confidences: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.waves)

    def __getitem__(self, index: npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> Self:
        """Return the candidates selected by a mask or an index array."""
        return type(self)(*(column[index] for column in vars(self).values()))

    @classmethod
    def concatenate(cls, parts: list[Self]) -> Self:
        """Join the candidates of one lead, in the order of their peaks."""
        columns = [np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)]
        joined = cls(*columns)
        return joined[np.argsort(joined.peaks, kind="stable")]


def find_candidates(read: Reader, size: Size, model: Artifact) -> list[WaveCandidates]:
    """Find what may be waves in each lead.

    Parameters
    ----------
    read : callable
        ``read(start, stop)`` → ndarray of float32, shape (stop - start, n_leads), in mV; NaN where missing.
    size : Size
        Of the recording; 50 to 10000 Hz.
    model : Artifact
        Of kind ``delineator``.

    Returns
    -------
    list of WaveCandidates
        Lead by lead.

    Raises
    ------
    ParameterError
        If the rate is out of its range.
    """
    if not LOWEST_FS <= size.fs <= HIGHEST_FS:
        raise ParameterError(f"fs={size.fs!r} Hz is out of range; give {LOWEST_FS:g} to {HIGHEST_FS:g} Hz")
    scale = rational_ratio(size.fs, FS)
    length = scale.length(size.n_samples)
    n_times = min(N_TIMES, -(-(length + 2 * MARGIN) // PIECE) * PIECE)
    firsts = np.arange(-(-length // (n_times - 2 * MARGIN))) * CORE - MARGIN
    parts = [[_empty()] for _ in range(size.n_leads)]
    for some in np.split(firsts, range(_AT_ONCE, len(firsts), _AT_ONCE)):
        answers = _answers(model, _blocks(read, size, some, n_times))
        found = chain.from_iterable(_in_blocks(each, some, scale) for each in answers)
        for part, candidates in zip(parts, found, strict=True):
            part.append(candidates)
    return [WaveCandidates.concatenate(found) for found in parts]


def _empty() -> WaveCandidates:
    nothing = np.empty(0)
    return WaveCandidates(np.empty(0, np.int64), nothing, nothing, nothing, nothing)


def _blocks(read: Reader, size: Size, firsts: Moments, n_times: int) -> Iterator[npt.NDArray[np.float32]]:
    """Yield what the network sees of a few leads, (n_leads, n_blocks, n_times), from some samples on."""
    reach = -(-condition_reach(FS) // BLOCK) * BLOCK
    first, last = int(firsts[0]), int(firsts[-1])
    leads = _resampled(read, size, first - reach, last - first + n_times + 2 * reach)
    at_once = max(1, _AT_ONCE * N_TIMES // leads.shape[1])
    for number in range(0, len(leads), at_once):
        conditioned = condition(leads[number : number + at_once], FS)[:, reach:-reach]
        starts = (firsts - first).tolist()
        yield np.stack([conditioned[:, start : start + n_times] for start in starts], axis=1)


def _answers(model: Artifact, blocks: Iterable[npt.NDArray[np.float32]]) -> Iterator[npt.NDArray[np.float32]]:
    """Yield what the network says of the blocks of some leads, (n_leads, n_blocks, 6, n_moments)."""
    for some in blocks:
        n_leads, n_blocks, n_times = some.shape
        probabilities = model.run(some.reshape(-1, n_times), batch_size=max(1, N_TIMES // n_times))[0]
        yield probabilities.reshape(n_leads, n_blocks, *probabilities.shape[1:])


def _resampled(read: Reader, size: Size, first: int, length: int) -> npt.NDArray[np.float32]:
    """Return leads at 250 Hz, shape (n_leads, length), NaN where missing and outside the recording."""
    resampler = BlockResampler.of(size.fs, FS)
    ratio = resampler.ratio
    period, skip = divmod(first, ratio.up)
    begin = period * ratio.down - resampler.reach
    samples = np.full((size.n_leads, resampler.n_samples(skip + length)), np.nan, dtype=np.float32)
    start, stop = max(begin, 0), min(begin + samples.shape[1], size.n_samples)
    if start < stop:
        samples[:, start - begin : stop - begin] = read(start, stop).T
    low = np.stack([_filled(lead, resampler, size.fs, skip + length) for lead in samples])
    return low[:, skip:]


def _filled(
    lead: npt.NDArray[np.float32], resampler: BlockResampler, fs: float, length: int
) -> npt.NDArray[np.float32]:
    """Resample a lead over its gaps, and make these missing again."""
    if np.isfinite(lead).all():
        return resampler(lead, length)
    source = np.rint(resampler.ratio.source(np.arange(length))).astype(np.int64) + resampler.reach
    low = resampler(fill_missing(lead, fs), length)
    return np.where(np.isfinite(lead[source]), low, np.float32(np.nan))


def _in_blocks(answers: npt.NDArray[np.float32], firsts: Moments, scale: Ratio) -> list[WaveCandidates]:
    """Turn the answers of the network to blocks of some leads into candidates in samples of the recording.

    Parameters
    ----------
    answers : ndarray of float32, shape (n_leads, n_blocks, 6, n_moments)
        Block by block.
    firsts : ndarray of int64, shape (n_blocks,)
        First sample of each block at 250 Hz.
    scale : Ratio
        From the rate of the recording to 250 Hz.
    """
    answers[..., [0, -1]] = 0  # no wave goes on in the next block
    n_leads, n_blocks, _, n_moments = answers.shape
    probability, peak = answers.transpose(2, 0, 1, 3).reshape(2, -1)
    found = _runs(probability, peak, n_blocks * n_moments)
    n_times = MOMENT * n_moments
    block = (found.peaks // n_times).astype(np.int64)
    place = found.peaks - block * n_times
    core = (place >= MARGIN) & (place < n_times - MARGIN)
    shift = (firsts - np.arange(n_blocks) * n_times)[block[core]]
    kept = found[core]
    wave, lead = np.divmod(kept.waves, n_leads)
    moved = replace(
        kept,
        waves=wave,
        onsets=scale.source(kept.onsets + shift),
        peaks=scale.source(kept.peaks + shift),
        ends=scale.source(kept.ends + shift),
    )
    return [moved[lead == each] for each in range(n_leads)]


def _runs(probability: npt.NDArray[np.float32], peak: npt.NDArray[np.float32], length: int) -> WaveCandidates:
    """Find where a wave is under way: between the places where it is half as likely as at its likeliest.

    Rows of some length follow each other; places are counted from the beginning of a row, whose number stands
    for the wave.
    """
    starts, stops = _stretches(probability)
    if not len(starts):
        return _empty()
    places, firsts = _every_place(starts, stops)
    values = probability[places]
    level = HALF * np.maximum.reduceat(values, firsts)
    reached = places[values >= np.repeat(level, stops - starts)]
    begin, end = reached[np.searchsorted(reached, starts)], reached[np.searchsorted(reached, stops) - 1]
    places, firsts = _every_place(begin, end + 1)
    confidence = np.add.reduceat(probability[places], firsts) / (end + 1 - begin)
    top = places[_highest(peak[places], firsts)]
    row = begin // length
    since = row * length
    onsets = _samples(begin - 1 - since + _crossing(probability, begin - 1, begin, level))
    ends = _samples(end + 1 - since - _crossing(probability, end + 1, end, level))
    peaks = np.clip(_samples(top - since + _bend(peak, top)), onsets, ends)
    return WaveCandidates(row, onsets, peaks, ends, confidence.astype(np.float64))


def _stretches(probability: npt.NDArray[np.float32]) -> tuple[Moments, Moments]:
    """Return where each stretch starts and stops in which a wave may be under way; short gaps are no end."""
    starts, stops = _switches(probability > FLOOR)
    apart = starts[1:] - stops[:-1] >= GAP
    return starts[np.append(True, apart)[: len(starts)]], stops[np.append(apart, True)[: len(stops)]]


def _switches(mask: npt.NDArray[np.bool_]) -> tuple[Moments, Moments]:
    """Return where each run of a mask starts and stops; it is not under way at either end."""
    places = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    return places[::2], places[1::2]


def _every_place(starts: Moments, stops: Moments) -> tuple[Moments, Moments]:
    """Return the places in all stretches, one after the other, and which of them begins each stretch."""
    lengths = stops - starts
    firsts = np.cumsum(lengths) - lengths
    return np.repeat(starts - firsts, lengths) + np.arange(lengths.sum()), firsts


def _highest(values: npt.NDArray[np.float32], firsts: Moments) -> Moments:
    """Return where each stretch of a row without gaps is highest, first."""
    highest = np.maximum.reduceat(values, firsts)
    tops = np.flatnonzero(values >= np.repeat(highest, np.diff(firsts, append=len(values))))
    return np.asarray(tops[np.searchsorted(tops, firsts)])


def _samples(moments: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the middles of moments in samples."""
    return np.asarray(MOMENT * moments + (MOMENT - 1) / 2, dtype=np.float64)


def _crossing(
    probability: npt.NDArray[np.float32],
    outer: npt.NDArray[np.int64],
    inner: npt.NDArray[np.int64],
    level: npt.NDArray[np.floating],
) -> npt.NDArray[np.float64]:
    """Return which share of the way from `outer` to `inner` the probability reaches the level."""
    below = probability[np.clip(outer, 0, len(probability) - 1)]
    rise = np.maximum(probability[inner] - below, np.float32(1e-6))
    return np.asarray(np.clip((level - below) / rise, 0, 1), dtype=np.float64)


def _bend(peak: npt.NDArray[np.float32], top: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return where a parabola through a top and its neighbours is highest."""
    last = len(peak) - 1
    before, at, after = peak[np.maximum(top - 1, 0)], peak[top], peak[np.minimum(top + 1, last)]
    bend = np.maximum(2 * at - before - after, np.float32(1e-6))
    return np.asarray(np.clip(0.5 * (after - before) / bend, -0.5, 0.5), dtype=np.float64)
