"""What a cardiologist looks at: each beat beside the person's own beat, and in the company of its neighbours.

Nothing here is a size in millivolts or a place in a window that another person would not share: shapes are
measured against the person's own beat, times against several ideas of when the beat was due
(`ectopy.features.prematurity`). The own beat is taken from those that came when they were due or later: the
most frequent shape may be an ectopic one, but what follows a long interval is seldom premature. The P wave of
an early beat lies on the T wave of the beat before, so it is also looked for in what is left once an own T
wave was taken off.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import percentile_filter

from ectopy.beats.clusters import find_families, unit
from ectopy.beats.template import OWN_BEATS, own_beat, quick_median
from ectopy.beats.windows import Beats
from ectopy.features.prematurity import EARLINESS, MEANS, earliness, known_intervals, mean_interval

Floats = npt.NDArray[np.float32]

PARTS: Final = {"t before": (-0.40, -0.25), "p": (-0.25, -0.05), "qrs": (-0.06, 0.09), "t": (0.10, 0.40)}
"""Parts of a beat that are compared with the person's own, in seconds from the R peak."""

WIDE: Final = (-0.10, 0.17)
"""The QRS and what it may widen into, in seconds from the R peak."""

REST: Final = (-0.38, -0.06)
"""Where a P wave is looked for after the T wave of the beat before was taken off, in seconds."""

T_BEGINS: Final = 0.12
"""Seconds after an R peak from which on the own beat is taken off the beat that follows."""

SHAPE: Final = (
    *(f"{part} {what}" for part in PARTS for what in ("strangeness", "distance", "likeness", "gain")),
    *("height", "width", "steepness", "area", "p height", "t before height", "p of the person", "family"),
    *("rest strangeness", "rest distance", "rest likeness in place", "rest likeness", "rest shift"),
    "rest size",
    *("seconds wide", "own seconds wide", "abruptness", "own abruptness"),
)
"""Columns that say how a beat looks beside the person's own."""

ABOUT: Final = ("p likeness", "p strangeness", "rest strangeness", "rest likeness in place")
"""Shape columns whose quartiles in 31 beats say whether there are P waves at all here."""

CONTEXT_FEATURES: Final = (
    *SHAPE,
    *EARLINESS,
    "earliness of family",
    "earliness of family to long",
    *(f"{name}, {quartile} of 31" for name in ABOUT for quartile in ("lower", "upper")),
)
"""Columns of `context_features`, in order."""

_SHIFTS: Final = range(-2, 3)
_REACH: Final = 0.05
_SMALL: Final = 1e-3
_DUE: Final = 0.95
_FEW: Final = 5


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
        shape[rows], members = _shape(beats.waveforms[rows, 0], beats.rr[rows], beats.fs, peak)
        family[rows] = members + family.max(initial=-1) + 1
    features = np.zeros((len(beats), len(CONTEXT_FEATURES)), np.float32)
    for record in np.unique(beats.records):
        rows = np.flatnonzero(beats.records == record)
        features[rows] = _context(shape[rows], family[rows], beats.rr[rows])
    return features


def _context(shape: Floats, family: npt.NDArray[np.int64], rr: Floats) -> Floats:
    timing = earliness(rr)
    early = [
        _median_of_family(timing[:, EARLINESS.index(f"before to {due}")], family)[:, None]
        for due in ("mean of 51", "long of 101")
    ]
    about = [
        percentile_filter(shape[:, SHAPE.index(name)], percent, 31, mode="nearest")[:, None]
        for name in ABOUT
        for percent in (25, 75)
    ]
    return np.concatenate([shape, timing, *early, *about], axis=1)


def _median_of_family(column: Floats, family: npt.NDArray[np.int64]) -> Floats:
    names, member = np.unique(family, return_inverse=True)
    medians = [np.median(column[member == i]) for i in range(len(names))]
    return np.asarray(medians, np.float32)[member]


def _shape(waveforms: Floats, rr: Floats, fs: float, peak: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Compare the windows of one source with its own beat; also say which of them are of one shape."""
    cut = {name: _span(span, fs, peak, waveforms.shape[1]) for name, span in PARTS.items()}
    wide = _span(WIDE, fs, peak, waveforms.shape[1])
    seconds = known_intervals(rr)
    due = seconds >= _DUE * mean_interval(seconds, MEANS[-1])
    windows = _aligned(waveforms, wide, round(_REACH * fs))
    owns, part_of = _own(windows, due)
    own = owns[part_of]
    size = np.maximum(np.ptp(owns[:, wide], axis=1), _SMALL)[part_of]
    columns: list[npt.NDArray[np.floating]] = []
    for part in cut.values():
        columns += _compared(windows[:, part], own[:, part], size)
        columns += _likeness(windows, own, part)
    family = find_families(windows[:, wide])
    width, own_width = _width(windows[:, wide]), _width(owns[:, wide])[part_of]
    steepness, own_steepness = _steepness(windows[:, wide]), _steepness(owns[:, wide])[part_of]
    columns += [
        np.log(np.maximum(np.ptp(windows[:, wide], axis=1), _SMALL) / size),
        np.log(width / own_width),
        np.log(steepness / own_steepness),
        (windows[:, wide].mean(axis=1) - owns[:, wide].mean(axis=1)[part_of]) / size,
        np.ptp(windows[:, cut["p"]], axis=1) / size,
        np.ptp(windows[:, cut["t before"]], axis=1) / size,
        np.log(np.maximum(np.ptp(owns[:, cut["p"]], axis=1), _SMALL)[part_of] / size),
        np.log(np.bincount(family)[family] / len(family)),
    ]
    columns += _rest(_without_t(windows, own, seconds, fs, peak), due, size, fs)
    columns += [np.log(each / fs) + 3 for each in (width, own_width)]
    columns += [np.log(each) + 1 for each in (steepness, own_steepness)]
    return np.clip(np.stack(columns, axis=1), -5, 5).astype(np.float32), family


def _own(windows: Floats, due: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the person's own beat in each part of the recording, and the part in which each beat lies.

    The own beat is what the beats are like that are not early.
    """
    parts = np.array_split(np.arange(len(windows)), max(1, round(len(windows) / OWN_BEATS)))
    chosen = [rows[due[rows]] for rows in parts]
    kept = [few if len(few) >= _FEW else rows for few, rows in zip(chosen, parts, strict=True)]
    owns = np.stack([own_beat(windows[rows])[0] for rows in kept])
    return owns, np.repeat(np.arange(len(parts)), [len(rows) for rows in parts])


def _without_t(
    windows: Floats, own: Floats, seconds: npt.NDArray[np.float64], fs: float, peak: int
) -> Floats:
    """Return what comes before each QRS once the T wave of an own beat, one interval ago, was taken off."""
    part = _span(REST, fs, peak, windows.shape[1])
    since = np.rint(np.arange(part.start, part.stop) - peak + (seconds * fs)[:, np.newaxis]).astype(np.int64)
    n_times = windows.shape[1]
    index = np.clip(peak + since, min(peak + round(T_BEGINS * fs), n_times - 1), n_times - 1)
    rest = windows[:, part] - np.take_along_axis(own, index, axis=1)
    return rest - quick_median(rest, axis=1)[:, np.newaxis]


def _rest(
    rest: Floats, due: npt.NDArray[np.bool_], size: Floats, fs: float
) -> list[npt.NDArray[np.floating]]:
    """Compare what is left before the QRS, a P wave if any, with what is left before beats that were due."""
    own = quick_median(rest[due] if due.sum() >= _FEW else rest, axis=0)
    distance = np.abs(rest - own).mean(axis=1)
    usual = np.quantile(distance, 0.25) + 1e-4
    shapes, shape = unit(rest), unit(own[np.newaxis])[0]
    best, place = np.full(len(rest), -1.0), np.zeros(len(rest))
    for shift in range(-8, 9, 2):
        likeness = np.roll(shapes, shift, axis=1) @ shape
        place = np.where(likeness > best, shift / 8, place)
        best = np.maximum(best, likeness)
    return [
        np.log(np.maximum(distance, 1e-6) / usual),
        np.log(distance / size + _SMALL),
        shapes @ shape,
        best,
        place,
        np.log((np.ptp(rest, axis=1) + 1e-4) / (np.ptp(own) + usual)),
    ]


def _span(seconds: tuple[float, float], fs: float, peak: int, n_times: int) -> slice:
    start, stop = (peak + round(second * fs) for second in seconds)
    return slice(min(max(0, start), n_times - 2), min(max(stop, 2), n_times))


def _aligned(windows: Floats, wide: slice, reach: int) -> Floats:
    """Shift each window so that its QRS lies on that of the person's own beat, the nearer the better."""
    index = np.arange(windows.shape[1])
    shifts = np.arange(-reach, reach + 1)
    for _ in range(2):
        owns, part_of = _own(windows[:, wide], np.ones(len(windows), dtype=bool))
        own = _level(owns)[part_of]
        scores = _fit(windows, own, wide, reach) * (1 - 0.01 * np.abs(shifts))
        best = shifts[scores.argmax(axis=1)]
        moved = np.clip(index + best[:, np.newaxis], 0, len(index) - 1)
        windows = np.take_along_axis(windows, moved, axis=1)
    return windows


def _fit(windows: Floats, own: Floats, wide: slice, reach: int) -> Floats:
    """Return the correlation with the own QRS, but for its length, at each shift: (n_beats, n_shifts)."""
    padded = np.pad(windows, ((0, 0), (reach, reach)), mode="edge")
    part = padded[:, wide.start : wide.stop + 2 * reach]
    n = wide.stop - wide.start
    view = np.lib.stride_tricks.sliding_window_view(part, n, axis=1)
    product = np.einsum("nsw,nw->ns", view, own)
    power = np.einsum("nsw,nsw->ns", view, view) - view.sum(axis=2) ** 2 / n
    return product / np.maximum(np.sqrt(np.maximum(power, 0)), _SMALL)


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
    return part - part.mean(axis=1, keepdims=True)


def _width(part: Floats) -> Floats:
    """Return the area under a deflection over its height, in samples."""
    level = np.abs(part - quick_median(part, axis=1)[:, np.newaxis])
    return np.maximum(level.sum(axis=1), _SMALL) / np.maximum(level.max(axis=1), _SMALL)


def _steepness(part: Floats) -> Floats:
    steepest = np.abs(np.diff(part, axis=1)).max(axis=1)
    return np.maximum(steepest, _SMALL) / np.maximum(np.ptp(part, axis=1), _SMALL)
