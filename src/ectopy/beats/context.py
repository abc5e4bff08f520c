"""What a cardiologist looks at: each beat beside the person's own beat, and in the company of its neighbours.

Nothing here is a size in millivolts or a place in a window that another person would not share: shapes are
measured against the person's own beat, times against several ideas of when the beat was due. One idea is not
enough: where most beats are premature, the median interval is the premature one, and the long ones are due.
Where intervals are irregular throughout and P waves are missing, an early beat means nothing; so each beat is
told what the minute around it is like.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, percentile_filter, uniform_filter1d

from ectopy.beats.families import find_families
from ectopy.beats.normalisation import normalise
from ectopy.beats.windows import Beats

Floats = npt.NDArray[np.float32]

PARTS: Final = {"t before": (-0.40, -0.25), "p": (-0.25, -0.06), "qrs": (-0.06, 0.09), "t": (0.10, 0.40)}
"""Parts of a beat that are compared with the person's own, in seconds from the R peak."""

WIDE: Final = (-0.10, 0.17)
"""The QRS and what it may widen into, in seconds from the R peak."""

SHAPE: Final = (
    *(f"{part} {what}" for part in PARTS for what in ("strangeness", "distance", "likeness", "gain")),
    *("height", "width", "steepness", "area", "p of the person", "p height", "t before height", "family"),
)
"""Columns that say how a beat looks beside the person's own."""

DUE: Final = ("median of 21", "long of 31", "short of 31", "median of 101", "one before")
"""Intervals that a beat may have been due after, and the next one after it."""

TIMING: Final = (
    *(f"{side} to {due}" for due in DUE for side in ("before", "after")),
    *("both to usual", "change of 21", "spread", "change of 7", "change over 2", "change over 3"),
    *("change of 51", "share of changes"),
    *(f"interval {k:+d}" for k in (-4, -3, -2, -1, 2, 3, 4)),
    *("before to median of 8", "before to shortest of 8", "before to longest of 8"),
)
"""Columns that say when a beat came; ratios of intervals, as logarithms."""

ABOUT: Final = ("p likeness", "p strangeness")
"""Shape columns whose quartiles in 31 beats say whether there are P waves at all here."""

BESIDE: Final = (
    *("p strangeness", "p likeness", "qrs strangeness", "qrs likeness", "t strangeness"),
    *("height", "width", "steepness"),
)
"""Shape columns of the two beats before and the two after."""

CONTEXT_FEATURES: Final = (
    *SHAPE,
    *TIMING,
    "earliness of family",
    *(f"{name}, {quartile} of 31" for name in ABOUT for quartile in ("lower", "upper")),
    *(f"{name} {k:+d}" for k in (-2, -1, 1, 2) for name in BESIDE),
)
"""Columns of `context_features`, in order."""

_SHIFTS: Final = range(-2, 3)
_REACH: Final = 0.05
_SMALL: Final = 1e-3


def context_features(beats: Beats, peak: int, sources: npt.ArrayLike | None = None) -> Floats:
    """Describe the beats of recordings, each beside the person's own beat and among its neighbours.

    Parameters
    ----------
    beats : Beats
        One lead of each, (n_beats, 1, n_times), every beat of a recording, in the order in which they came.
    peak : int
        Index of the R peak in the windows.
    sources : array_like, shape (n_beats,), optional
        Which recording and lead each window was cut from; the records of the beats by default. Beats of one
        record are neighbours in time, whichever lead they were cut from.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_features)
        The columns `CONTEXT_FEATURES`, all finite.

    Examples
    --------
    >>> import numpy as np
    >>> wave = np.exp(-0.5 * ((np.arange(96) - 48) / 3) ** 2)
    >>> beats = Beats.of(np.tile(wave, (9, 1, 1)), fs=120, rr=[1, 1, 1, 1, 0.6, 1.4, 1, 1, 1])
    >>> column = CONTEXT_FEATURES.index("before to median of 21")
    >>> np.exp(context_features(beats, peak=48)[4:6, column]).round(1).tolist()
    [0.6..., 1.3...]
    """
    names = np.asarray(beats.records if sources is None else sources)
    shape = np.zeros((len(beats), len(SHAPE)), np.float32)
    family = np.zeros(len(beats), np.int64)
    for source in np.unique(names):
        rows = np.flatnonzero(names == source)
        shape[rows], members = _shape(beats.waveforms[rows, 0], beats.fs, peak)
        family[rows] = members + family.max(initial=-1) + 1
    features = np.zeros((len(beats), len(CONTEXT_FEATURES)), np.float32)
    for record in np.unique(beats.records):
        rows = np.flatnonzero(beats.records == record)
        features[rows] = _context(shape[rows], family[rows], beats.rr[rows])
    return features


def _context(shape: Floats, family: npt.NDArray[np.int64], rr: Floats) -> Floats:
    timing = _timing(rr)
    beside = shape[:, [SHAPE.index(name) for name in BESIDE]]
    about = [
        percentile_filter(shape[:, SHAPE.index(name)], percent, 31, mode="nearest")[:, None]
        for name in ABOUT
        for percent in (25, 75)
    ]
    neighbours = [_later(beside, k) for k in (-2, -1, 1, 2)]
    early = _median_of_family(timing[:, 0], family)[:, None]
    return np.concatenate([shape, timing, early, *about, *neighbours], axis=1)


def _median_of_family(column: Floats, family: npt.NDArray[np.int64]) -> Floats:
    names, member = np.unique(family, return_inverse=True)
    medians = [np.median(column[member == i]) for i in range(len(names))]
    return np.asarray(medians, np.float32)[member]


def _shape(waveforms: Floats, fs: float, peak: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Compare the windows of one source with its own beat; also say which of them are of one shape."""
    cut = {name: _span(span, fs, peak, waveforms.shape[1]) for name, span in PARTS.items()}
    wide = _span(WIDE, fs, peak, waveforms.shape[1])
    windows = _aligned(waveforms, wide, round(_REACH * fs))
    normal = normalise(windows[:, np.newaxis], "own")
    own = normal.offset[:, 0]
    size = np.maximum(np.ptp(own[:, wide], axis=1), _SMALL)
    usual = np.maximum(normal.scale[:, 0, 0], _SMALL)
    columns: list[npt.NDArray[np.floating]] = []
    for part in cut.values():
        columns += _compared(windows[:, part], own[:, part], size)
        columns += _likeness(windows, own, part)
    family = find_families(windows[:, wide])
    columns += [
        np.log(np.maximum(np.ptp(windows[:, wide], axis=1), _SMALL) / size),
        np.log(_width(windows[:, wide]) / _width(own[:, wide])),
        np.log(_steepness(windows[:, wide]) / _steepness(own[:, wide])),
        (windows[:, wide].mean(axis=1) - own[:, wide].mean(axis=1)) / size,
        np.log(np.maximum(np.ptp(own[:, cut["p"]], axis=1), _SMALL) / usual),
        np.ptp(windows[:, cut["p"]], axis=1) / size,
        np.ptp(windows[:, cut["t before"]], axis=1) / size,
        np.log(np.bincount(family)[family] / len(family)),
    ]
    return np.clip(np.stack(columns, axis=1), -5, 5).astype(np.float32), family


def _span(seconds: tuple[float, float], fs: float, peak: int, n_times: int) -> slice:
    start, stop = (peak + round(second * fs) for second in seconds)
    return slice(min(max(0, start), n_times - 2), min(max(stop, 2), n_times))


def _aligned(windows: Floats, wide: slice, reach: int) -> Floats:
    """Shift each window so that its QRS lies on that of the person's own beat, the nearer the better."""
    index = np.arange(windows.shape[1])
    shifts = np.arange(-reach, reach + 1)
    for _ in range(2):
        own = _level(normalise(windows[:, np.newaxis], "own").offset[:, 0, wide])
        scores = np.empty((len(windows), len(shifts)))
        for i, shift in enumerate(shifts):
            moved = _level(windows[:, np.clip(index[wide] + shift, 0, len(index) - 1)])
            scores[:, i] = (moved * own).sum(axis=1) / np.maximum(np.linalg.norm(moved, axis=1), _SMALL)
        best = shifts[(scores * (1 - 0.01 * np.abs(shifts))).argmax(axis=1)]
        moved_index = np.clip(index + best[:, np.newaxis], 0, len(index) - 1)
        windows = np.take_along_axis(windows, moved_index, axis=1)
    return windows


def _compared(part: Floats, own: Floats, size: Floats) -> list[npt.NDArray[np.floating]]:
    """Return how far a part is from the own one, beside what is usual and beside the height of the QRS."""
    distance = np.abs(part - own).mean(axis=1)
    usual = max(float(np.quantile(distance, 0.25)), 1e-4)
    return [np.log(np.maximum(distance, 1e-6) / usual), np.log(distance / size + _SMALL)]


def _likeness(windows: Floats, own: Floats, part: slice) -> list[npt.NDArray[np.floating]]:
    """Return the best correlation with the own part, moved a little, and how much of it there is."""
    level = _level(own[:, part])
    power = np.maximum((level**2).sum(axis=1), 1e-6)
    likeness, gain = np.full(len(windows), -1.0), np.zeros(len(windows))
    for shift in _SHIFTS:
        moved = _level(np.roll(windows, shift, axis=1)[:, part])
        product = (moved * level).sum(axis=1)
        correlation = product / np.maximum(np.linalg.norm(moved, axis=1) * np.sqrt(power), 1e-6)
        better = correlation > likeness
        likeness = np.where(better, correlation, likeness)
        gain = np.where(better, product / power, gain)
    return [likeness, np.clip(gain, -2, 3)]


def _level(part: Floats) -> Floats:
    level: Floats = part - part.mean(axis=1, keepdims=True)
    return level


def _width(part: Floats) -> Floats:
    """Return the area under a deflection over its height, in samples."""
    level = np.abs(part - np.median(part, axis=1, keepdims=True))
    width: Floats = np.maximum(level.sum(axis=1), _SMALL) / np.maximum(level.max(axis=1), _SMALL)
    return width


def _steepness(part: Floats) -> Floats:
    steepest = np.abs(np.diff(part, axis=1)).max(axis=1)
    steepness: Floats = np.maximum(steepest, _SMALL) / np.maximum(np.ptp(part, axis=1), _SMALL)
    return steepness


def _timing(rr: Floats) -> Floats:
    known = rr[np.isfinite(rr)]
    seconds = np.where(np.isfinite(rr), rr, np.median(known) if len(known) else 1.0)
    before = np.log(np.clip(seconds, 0.2, 3.0))
    after = np.append(before[1:], before[-1:])
    usual = median_filter(before, 21, mode="nearest")
    long, short = (percentile_filter(before, share, 31, mode="nearest") for share in (80, 20))
    columns = []
    for due in (usual, long, short, median_filter(before, 101, mode="nearest"), _later(before, -1)):
        columns += [before - due, after - due]
    change = np.abs(np.diff(before, prepend=before[:1]))
    columns += [
        np.logaddexp(before, after) - np.log(2) - usual,
        median_filter(change, 21, mode="nearest"),
        long - short,
        median_filter(change, 7, mode="nearest"),
        *(median_filter(np.abs(before - _later(before, -lag)), 31, mode="nearest") for lag in (2, 3)),
        median_filter(change, 51, mode="nearest"),
        uniform_filter1d((change > 0.1).astype(float), 31, mode="nearest"),
        *(_later(before - usual, k) for k in (-4, -3, -2, -1, 2, 3, 4)),
    ]
    last = np.stack([_later(before, -k) for k in range(1, 9)])
    columns += [before - np.median(last, axis=0), before - last.min(axis=0), before - last.max(axis=0)]
    timing: Floats = np.clip(np.stack(columns, axis=1), -2, 2).astype(np.float32)
    return timing


def _later(rows: npt.NDArray[np.generic], k: int) -> npt.NDArray[np.generic]:
    """Return what the beat k places later has; the first and the last beat stand for those beyond them."""
    return rows[np.clip(np.arange(len(rows)) + k, 0, len(rows) - 1)]
