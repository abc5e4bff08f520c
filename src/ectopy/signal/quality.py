"""Signal quality: missing, flat, clipped and noisy samples.

Flat and noisy are decided for blocks of half a second that lie on a fixed grid from the first sample on, from
a few blocks around each. A chunk that starts at a multiple of `block_length` and extends by `assess_reach`
beyond a part therefore gives the flags of the whole recording there, but where a figure equals its limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag
from math import ceil
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.signal.filters import as_samples, fill_missing, is_complete, runs
from ectopy.signal.frames import bandpass_blocks
from ectopy.signal.jumps import TYPICAL, find_jumps
from ectopy.signal.kernels import check_fs
from ectopy.signal.sliding import held_ends, maximum_filter1d, median_filter, pooled_samples
from ectopy.signal.steps import near_steps


class Quality(IntFlag):
    """Faults of a sample: none, or several at once."""

    GOOD = 0
    MISSING = 1
    FLAT = 2
    CLIPPED = 4
    NOISY = 8
    ARTEFACT = 16
    UNREADABLE = 32


@dataclass(frozen=True)
class Fault:
    """How one thing that can be wrong with a lead is called, warned of and drawn.

    Parameters
    ----------
    word : str
        What tables and warnings call it.
    tolerance : float
        Share of a lead that may have it before a reader must be warned.
    colour, hatch : str
        How figures draw it: one of the colours that colour-blind readers can tell apart (Okabe and Ito,
        2008), and the lines over it, as matplotlib writes them.
    """

    word: str
    tolerance: float
    colour: str
    hatch: str


FAULTS: Final[Mapping[Quality, Fault]] = MappingProxyType(
    {
        Quality.MISSING: Fault("missing", 0.01, "#1b1f24", ""),
        Quality.FLAT: Fault("flat", 0.01, "#0072b2", "---"),
        Quality.CLIPPED: Fault("clipped", 0.01, "#cc79a7", "|||"),
        Quality.NOISY: Fault("noisy", 0.10, "#e69f00", "////"),
        Quality.ARTEFACT: Fault("disturbed", 0.01, "#d55e00", "xxx"),
        Quality.UNREADABLE: Fault("unreadable", 0.02, "#56b4e9", "\\\\\\\\"),
    }
)
"""Every flag and what the program says of it; where two take the same share of a beat, the first names it."""


@dataclass(frozen=True)
class Span:
    """A part of one lead with one fault.

    Parameters
    ----------
    start, stop : float
        Seconds from the start of the recording.
    lead : str
        Name of the lead.
    kind : Quality
        The fault.
    """

    start: float
    stop: float
    lead: str
    kind: Quality


BLOCK_SECONDS: Final = 0.5
"""Length in seconds, about, of the blocks for which flat and noisy are decided."""

FLAT_BLOCKS: Final = 4
FLAT_RANGE: Final = 0.010
"""A lead is flat where it stays within this many mV over this many blocks (2 s)."""

CLIPPED_LEVEL: Final = 1.0
CLIPPED_SECONDS: Final = 0.012
CLIPPED_SLOPE: Final = 20.0
"""Clipped: equal samples beyond this many mV, for this long, next to a slope of this many mV/s or more."""

MUSCLE_BAND: Final = (20.0, 40.0)
MUSCLE_FLOOR: Final = 0.018
MUSCLE_RATIO: Final = 0.07
"""Noisy: between the waves, more than this many mV rms in this band and this share of the QRS height."""

DROWNED_RATIO: Final = 0.12
"""Unreadable: muscle noise above this share of the QRS height, as is noise alone; 0.05 % of DS1 lie above."""

QRS_BAND: Final = (5.0, 25.0)
JUMP_FLOOR: Final = 0.45
JUMP_RATIO: Final = 0.6
"""Noisy: a baseline that moves by more than this many mV in 1.5 s, and this share of the QRS height."""

_POOLED_FS: Final = 120.0
"""Rate in Hz that samples are averaged down to, or just above: it holds both bands."""

_LOWEST_FS: Final = 60.0
"""Hz below which the band of muscle noise is not in the signal."""

_QRS_DOWN: Final = 2
"""Factor by which the QRS band is decimated further; its 25 Hz allow it."""

_LONGEST_PLATEAU: Final = 2.5
"""Seconds; longer runs of equal samples are flat, not clipped."""

_HOLD: Final = 4.0
"""Seconds that a valid sample is held into a gap; longer gaps are zero."""

_AROUND: Final = 5
"""Blocks, 2.5 s, over which the QRS height and the noise are taken: one beat at least lies in them."""

_APART: Final = 3
"""Blocks, 1.5 s, across which the movement of the baseline is measured."""

_SLAB_BLOCKS: Final = 2048
"""Blocks processed at a time, some 17 min: bounded memory."""

_AT_ONCE: Final = 100_000
"""Samples, of several leads, that are looked at together: where they are few, calls take longer than work."""

_MEDIAN_OF_NORMAL: Final = np.float32(0.6745)
"""Median magnitude of a normal distribution of standard deviation 1."""

_QUIET: Final = np.float32(0.99 * MUSCLE_FLOOR) * _MEDIAN_OF_NORMAL
"""Median magnitude in mV of muscle noise that is surely too low to count."""


def block_length(fs: float) -> int:
    """Return the length in samples of the blocks for which flat and noisy are decided.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    int
        About half a second of samples; chunks start at a multiple of it.

    Raises
    ------
    ParameterError
        If `fs` is not positive.

    Examples
    --------
    >>> block_length(360)
    180
    """
    check_fs(fs)
    step = _QRS_DOWN * _pooling(fs)
    return step * max(1, round(BLOCK_SECONDS * fs / step))


def assess_reach(fs: float) -> int:
    """Return how many samples on each side `assess` depends on, a multiple of `block_length`."""
    block = block_length(fs)
    blocks = max(FLAT_BLOCKS, _AROUND // 2 + _APART, TYPICAL // 2 + _AROUND // 2 + 1) + 1
    return block * (blocks + ceil((_HOLD + _LONGEST_PLATEAU) * fs / block))


def assess(signal: npt.ArrayLike, fs: float) -> npt.NDArray[np.uint8]:
    """Return the faults of every sample.

    Missing
        The sample is NaN or infinite.
    Flat
        The lead stays within 10 µV over 2 s.
    Clipped
        The sample is one of four or more equal ones over 12 ms or more (and 2.5 s at most: longer ones are
        flat) beyond 1 mV, nearer to zero on both sides, with a slope of 20 mV/s or more next to them.
    Noisy
        Muscle: between the waves (by the median of magnitudes) the signal from 20 to 40 Hz is above 18 µV
        rms and above 0.07 times the QRS height. Or electrode motion: the mean of half a second moves by more
        than 0.45 mV and more than 0.6 times the QRS height within 1.5 s. The QRS height is the peak-to-peak
        amplitude from 5 to 25 Hz in the 2.5 s around. Slow wander and mains hum, which filters remove, do
        not count. Below a sampling frequency of 60 Hz it cannot be decided, and nothing is noisy.
    Artefact
        The level jumps, as when an electrode is touched: the median of 0.36 s a quarter of a second before
        differs from that a quarter after by more than 0.8 mV and 1.3 times the usual QRS height, the median
        of ten seconds, and by half of that within 0.1 s, as neither the slow return that follows nor wander
        does. Or it steps between two samples, or to and fro as a calibration pulse (`ectopy.signal.steps`).
    Unreadable
        Muscle noise above 0.12 times the QRS height; for the rest see `ectopy.models.signal_classifier`.

    The limits were chosen on DS1 of MIT-BIH and on the Noise Stress Test Database.

    Parameters
    ----------
    signal : array_like, shape (n_samples, n_leads) or (n_samples,)
        Samples in mV; NaN where missing.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of uint8
        `Quality` of each sample, of the shape of `signal`; zero where there is no fault.

    Raises
    ------
    ParameterError
        If `signal` has another shape, or `fs` is not positive.

    Examples
    --------
    >>> flags = assess(np.zeros((1800, 1)), fs=360)
    >>> Quality(int(flags[0, 0]))
    <Quality.FLAT: 2>
    """
    signal = as_samples(signal)
    check_fs(fs)
    flags = np.empty(signal.shape[::-1], dtype=np.uint8).T
    leads, columns = signal.reshape(len(signal), -1), flags.reshape(len(signal), -1)
    reach, slab = assess_reach(fs), _SLAB_BLOCKS * block_length(fs)
    for start in range(0, len(signal), slab):
        first, stop = max(0, start - reach), start + slab
        at_once = max(1, _AT_ONCE // len(leads[first : stop + reach]))
        for lead in range(0, leads.shape[1], at_once):
            some = slice(lead, lead + at_once)
            part = np.ascontiguousarray(leads[first : stop + reach, some].T)
            columns[start:stop, some] = _assess_leads(part, fs)[:, start - first : stop - first].T
    return flags


def spans(flags: npt.NDArray[np.uint8], fs: float, leads: Sequence[str]) -> tuple[Span, ...]:
    """Return the spans of flagged samples.

    Parameters
    ----------
    flags : ndarray of uint8, shape (n_samples, n_leads)
        What `assess` returned.
    fs : float
        Sampling frequency in Hz.
    leads : sequence of str
        Name of each lead.

    Returns
    -------
    tuple of Span
        In order of their starts.

    Raises
    ------
    ParameterError
        If `flags` has not one column per lead, or `fs` is not positive.

    Examples
    --------
    >>> flags = np.array([[0], [1], [1], [0]], dtype=np.uint8)
    >>> spans(flags, fs=2, leads=["MLII"])
    (Span(start=0.5, stop=1.5, lead='MLII', kind=<Quality.MISSING: 1>),)
    """
    check_fs(fs)
    if flags.ndim != 2 or flags.shape[1] != len(leads):
        raise ParameterError(
            f"flags has shape {flags.shape} for {len(leads)} leads; give one column per lead"
        )
    found = [
        Span(float(start / fs), float(stop / fs), name, kind)
        for name, lead in zip(leads, np.ascontiguousarray(flags.T), strict=True)
        for kind in Quality
        for start, stop in zip(*runs((lead & np.uint8(kind)) > 0), strict=True)
    ]
    return tuple(sorted(found, key=lambda span: (span.start, span.stop)))


def _assess_leads(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.uint8]:
    """Return the faults of leads, shape (n_leads, n_samples)."""
    block, n_samples = block_length(fs), x.shape[1]
    gaps = not is_complete(*x)
    filled = fill_missing(x.T, fs, hold=_HOLD).T if gaps else x
    whole = held_ends(filled, 0, -n_samples % block) if n_samples % block else filled
    faults = _flat_blocks(whole.reshape(len(x), -1, block)) * np.uint8(Quality.FLAT)
    if fs >= _LOWEST_FS:
        pooled = _pooling(fs)
        slow = pooled_samples(whole, pooled)
        height, rms = _bands(slow, fs / pooled, faults.shape[1])
        faults |= _noisy_blocks(slow, height, rms)
    flags = np.repeat(faults, block, axis=1)[:, :n_samples]
    if fs >= _LOWEST_FS:
        jumps = find_jumps(slow, fs / pooled, height)
        if jumps.any():
            width = whole.shape[1] // jumps.shape[1]
            flags |= np.repeat(jumps, width, axis=1)[:, :n_samples] * np.uint8(Quality.ARTEFACT)
    present = np.where(np.isfinite(x), x, np.float32(np.nan)) if gaps else x
    for lead, own in zip(present, flags, strict=True):
        _mark_plateaus(own, lead, fs)
        own[near_steps(lead, fs)] |= np.uint8(Quality.ARTEFACT)
    if gaps:
        flags[np.isnan(present)] = Quality.MISSING
    return flags


def _flat_blocks(blocks: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Find the blocks that belong to a stretch of `FLAT_BLOCKS` within `FLAT_RANGE`."""
    n_blocks = blocks.shape[1]
    width = min(FLAT_BLOCKS, n_blocks)
    highest, lowest = blocks.max(axis=2), blocks.min(axis=2)
    flat = np.zeros(highest.shape, bool)
    if not (highest - lowest < FLAT_RANGE).any():
        return flat
    n_stretches = n_blocks - width + 1
    tops, bottoms = (
        [each[:, first : first + n_stretches] for first in range(width)] for each in (highest, lowest)
    )
    still = np.maximum.reduce(tops) - np.minimum.reduce(bottoms) < FLAT_RANGE
    for first in range(width):
        flat[:, first : first + n_stretches] |= still
    return flat


def _bands(
    x: npt.NDArray[np.float32], fs: float, n_blocks: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the height of the QRS around each block, and the rms of what lies between the waves."""
    limit = 0.45 * fs
    bands = tuple(
        (low, min(high, limit), share) for (low, high), share in ((QRS_BAND, _QRS_DOWN), (MUSCLE_BAND, 1))
    )
    filtered = [bandpass_blocks(lead, fs, n_blocks, bands) for lead in x]
    qrs, muscle = (np.stack(band) for band in zip(*filtered, strict=True))
    height = maximum_filter1d(qrs.max(axis=2) - qrs.min(axis=2), _AROUND, mode="nearest")
    rms = median_filter(_between_waves(np.abs(muscle)), _AROUND, mode="nearest")
    return height, rms


def _between_waves(muscle: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the rms of each block by its median magnitude; zero where it is too low to count as noise."""
    middle = muscle.shape[2] // 2
    loud = np.count_nonzero(muscle > _QUIET, axis=2) >= muscle.shape[2] - middle
    rms = np.zeros(loud.shape, np.float32)
    rms[loud] = np.partition(muscle[loud], middle, axis=1)[:, middle] / _MEDIAN_OF_NORMAL
    return rms


def _noisy_blocks(
    x: npt.NDArray[np.float32], height: npt.NDArray[np.float32], rms: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """Find the blocks with muscle noise or electrode motion, both relative to the height of the QRS."""
    level = held_ends(x.reshape(*height.shape, -1).mean(axis=2), _APART - 1, 1)
    jump = maximum_filter1d(np.abs(level[:, _APART:] - level[:, :-_APART]), _AROUND, mode="nearest")
    noisy = rms > np.maximum(MUSCLE_FLOOR, MUSCLE_RATIO * height)
    noisy |= jump > np.maximum(JUMP_FLOOR, JUMP_RATIO * height)
    drowned = rms > np.maximum(MUSCLE_FLOOR, DROWNED_RATIO * height)
    return noisy * np.uint8(Quality.NOISY) | drowned * np.uint8(Quality.UNREADABLE)


def _mark_plateaus(flags: npt.NDArray[np.uint8], x: npt.NDArray[np.float32], fs: float) -> None:
    """Flag runs of equal samples far from zero that the signal enters steeply and returns from."""
    if len(x) <= 3:
        return
    same = x[1:] == x[:-1]
    high = same[2:] & same[1:-1] & same[:-2]
    found = np.flatnonzero(high)
    high[found] = np.abs(x[found]) >= CLIPPED_LEVEL
    if not high[found].any():
        return
    starts, stops = runs(high)
    stops = stops + 3
    seconds = (stops - starts) / fs
    kept = (seconds >= CLIPPED_SECONDS) & (seconds <= _LONGEST_PLATEAU)
    starts, stops = starts[kept], stops[kept]
    edged = np.pad(x, 1, constant_values=np.nan)
    drops = np.array([x[starts] - edged[starts], x[starts] - edged[stops + 1]]) * np.sign(x[starts])
    clipped = ~(drops < 0).any(axis=0) & (drops * fs >= CLIPPED_SLOPE).any(axis=0)
    for start, stop in zip(starts[clipped], stops[clipped], strict=True):
        flags[start:stop] |= np.uint8(Quality.CLIPPED)


def _pooling(fs: float) -> int:
    """Return how many samples are averaged into one before noise is measured."""
    return max(1, int(fs // _POOLED_FS))
