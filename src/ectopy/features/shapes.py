"""Shapes: the beats of one recording and lead beside the patient template.

No figure depends on an amplitude in millivolts that another person would not share: amplitudes are divided by
that of the template's QRS, and differences by the usual difference of the same person. The template is made
of beats that came when they were due or later: the most frequent shape may be an ectopic one, but a beat
after a long interval is seldom premature. The P wave of a premature beat lies on the T wave of the previous
beat, so it is also looked for in the residual after the T wave of the template was subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import morphology_clusters, unit_rows
from ectopy.beats.template import TEMPLATE_BEATS, quick_median, quick_quantile, usual_beat
from ectopy.features.intervals import MEANS, known_intervals, mean_nearby

Floats = npt.NDArray[np.float32]
Column = npt.NDArray[np.floating]

PARTS: Final = {
    "previous_t": (-0.40, -0.25),
    "p": (-0.25, -0.05),
    "qrs": (-0.06, 0.09),
    "t": (0.10, 0.40),
}
"""Parts of a beat that are compared with the template, in seconds from the R peak."""

WIDE: Final = (-0.10, 0.17)
"""Seconds from the R peak that hold the QRS of any beat: ventricular ones last up to 0.2 s."""

BEFORE_QRS: Final = (-0.38, -0.06)
"""Seconds from the R peak in which a P wave is looked for once the previous T wave was subtracted."""

T_START: Final = 0.12
"""Seconds after an R peak from which on the template is subtracted from the next beat: the QRS is over."""

DUE: Final = 0.95
"""Share of the mean interval from which on a beat is not premature and may form the template."""

MIN_DUE: Final = 5
"""Fewer beats that were due form no template; then all beats of the block do."""

MAX_SHIFT: Final = 0.05
"""Seconds by which a window is shifted at most to lie on the template."""

_SHIFT_COST: Final = 0.01
"""Loss of correlation for each sample of shift, so that among similar fits the nearest wins."""

_PART_SHIFTS: Final = range(-2, 3)
"""Samples by which a part is shifted to where it correlates best: ±17 ms at 120 Hz."""

_P_SHIFTS: Final = range(-8, 9, 2)
"""Samples by which the residual is shifted: a P wave may lie ±67 ms from its usual place at 120 Hz."""

_USUAL_QUANTILE: Final = 0.25
"""Quantile of the differences that stands for a usual one, even where many beats are ectopic."""

_AT_ONCE: Final = 480
"""Beats that are compared part by part at a time: in double precision they fill half a megabyte of cache."""

_MIN_AMPLITUDE: Final = 1e-3
"""Amplitude in mV, or ratio of amplitudes, below which there is no wave; no number is divided by less."""

_MIN_DIFFERENCE: Final = 1e-4
"""Usual difference in mV at least: a fiftieth of the step of common recorders."""

_MIN_LOG: Final = 1e-6
"""Smallest number that a logarithm is taken of; no column keeps a logarithm below −5."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """One part of each beat compared with the same part of the template, each of shape (n_beats,)."""

    deviation: Column
    deviation_to_qrs: Column
    correlation: Column
    amplitude_ratio: Column


@dataclass(frozen=True, eq=False)
class Residual:
    """What lies before each QRS without the previous T wave, compared with that of beats that were due."""

    deviation: Column
    deviation_to_qrs: Column
    correlation: Column
    shifted_correlation: Column
    shift: Column
    height_ratio: Column


@dataclass(frozen=True, eq=False)
class Shapes:
    """The beats of one recording and lead beside their templates, and what the columns have in common.

    Parameters
    ----------
    windows : ndarray of float32, shape (n_times, n_beats)
        Aligned with the template; one instant of all beats side by side, as what is taken over the few
        samples of a beat is then taken of many beats at once.
    seconds : ndarray of float64, shape (n_beats,)
        RR intervals, from `ectopy.features.intervals.known_intervals`.
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the R peak.
    """

    windows: Floats
    seconds: npt.NDArray[np.float64]
    fs: float
    peak: int

    @classmethod
    def of(cls, waveforms: Floats, rr: Floats, fs: float, peak: int) -> Shapes:
        """Align the windows of one source with their template."""
        wide = _span(WIDE, fs, peak, waveforms.shape[1])
        windows = _aligned(np.ascontiguousarray(waveforms.T), wide, round(MAX_SHIFT * fs))
        return cls(windows, known_intervals(rr), fs, peak)

    def span(self, seconds: tuple[float, float]) -> slice:
        """Return the samples of a window between two times from the R peak."""
        return _span(seconds, self.fs, self.peak, len(self.windows))

    @cached_property
    def due(self) -> npt.NDArray[np.bool_]:
        """Which beats are not premature."""
        return self.seconds >= DUE * mean_nearby(self.seconds, MEANS[-1])

    @cached_property
    def blocks(self) -> list[slice]:
        """Beats of each block of the recording."""
        return _blocks(self.windows.shape[1])

    @cached_property
    def templates(self) -> Floats:
        """Template of each block of the recording, (n_times, n_blocks)."""
        return _templates(self.windows, self.due)

    @cached_property
    def difference(self) -> Floats:
        """Absolute difference of each beat from its template, (n_times, n_beats)."""
        difference = self.windows - self.of_template(self.templates)
        return np.abs(difference, out=difference)

    @cached_property
    def wide(self) -> Floats:
        """QRS of each beat, whatever its width."""
        return self.windows[self.span(WIDE)]

    @cached_property
    def wide_template(self) -> Floats:
        """QRS of each block's template; `of_template` takes it to the beats."""
        return self.templates[self.span(WIDE)]

    def of_template(self, values: Floats) -> Floats:
        """Return for each beat what the last axis has for the template of its block."""
        return np.repeat(values, [rows.stop - rows.start for rows in self.blocks], axis=-1)

    @cached_property
    def qrs_height(self) -> Floats:
        """Peak-to-peak amplitude of the template's QRS in mV, the unit of amplitude."""
        return self.of_template(np.maximum(np.ptp(self.wide_template, axis=0), _MIN_AMPLITUDE))

    @cached_property
    def cluster(self) -> npt.NDArray[np.int64]:
        """Morphology cluster of each beat."""
        return morphology_clusters(np.ascontiguousarray(self.wide.T))

    @cached_property
    def parts(self) -> dict[str, Comparison]:
        """Comparison of each of the `PARTS`."""
        spans = [self.span(seconds) for seconds in PARTS.values()]
        fits = [
            _best_correlations(self.windows[:, first : min(first + _AT_ONCE, rows.stop)], template, spans)
            for rows, template in zip(self.blocks, self.templates.T, strict=True)
            for first in range(rows.start, rows.stop, _AT_ONCE)
        ]
        best, ratios = (np.concatenate(each, axis=1) for each in zip(*fits, strict=True))
        return {
            name: self._compare(span, correlation, ratio)
            for name, span, correlation, ratio in zip(PARTS, spans, best, ratios, strict=True)
        }

    def _compare(self, part: slice, correlation: Column, ratio: Column) -> Comparison:
        difference = self.difference[part].mean(axis=0)
        usual = max(quick_quantile(difference, _USUAL_QUANTILE), _MIN_DIFFERENCE)
        return Comparison(
            np.log(np.maximum(difference, _MIN_LOG) / usual),
            np.log(difference / self.qrs_height + _MIN_AMPLITUDE),
            correlation,
            ratio,
        )

    @cached_property
    def residual(self) -> Residual:
        """Comparison of what precedes each QRS once the previous T wave was subtracted."""
        residual = _without_t(self)
        due = quick_median(residual[:, self.due] if self.due.sum() >= MIN_DUE else residual, axis=1)
        difference = np.abs(residual - due[:, np.newaxis]).mean(axis=0)
        usual = np.float32(quick_quantile(difference, _USUAL_QUANTILE)) + _MIN_DIFFERENCE
        shape = unit_rows(due[np.newaxis])[0]
        correlations = shape[_moved_round(len(shape), _P_SHIFTS)].T @ unit_rows(residual.T).T
        return Residual(
            np.log(np.maximum(difference, _MIN_LOG) / usual),
            np.log(difference / self.qrs_height + _MIN_AMPLITUDE),
            correlations[_P_SHIFTS.index(0)],
            correlations.max(axis=0),
            np.array(_P_SHIFTS)[correlations.argmax(axis=0)] / max(_P_SHIFTS),
            np.log((np.ptp(residual, axis=0) + _MIN_DIFFERENCE) / (np.ptp(due) + usual)),
        )

    @cached_property
    def width(self) -> tuple[Floats, Floats]:
        """Width of the QRS of each beat, and of its template, in samples."""
        return _width(self.wide), self.of_template(_width(self.wide_template))

    @cached_property
    def slope(self) -> tuple[Floats, Floats]:
        """Steepest slope of the QRS of each beat, and of its template, in heights per sample."""
        return _slope(self.wide), self.of_template(_slope(self.wide_template))

    def height(self, part: str) -> Floats:
        """Return the peak-to-peak amplitude of a part, divided by that of the template's QRS."""
        return np.ptp(self.windows[self.span(PARTS[part])], axis=0) / self.qrs_height

    def template_p_height(self) -> Column:
        """Return the logarithm of the height of the template's P wave to that of its QRS."""
        p_wave = np.ptp(self.templates[self.span(PARTS["p"])], axis=0)
        return np.log(self.of_template(np.maximum(p_wave, _MIN_AMPLITUDE)) / self.qrs_height)

    def area_difference(self) -> Column:
        """Return the mean of the QRS less that of the template, divided by the height of the template."""
        return (self.wide.mean(axis=0) - self.of_template(self.wide_template.mean(axis=0))) / self.qrs_height

    def height_ratio(self) -> Column:
        """Return the logarithm of the height of the QRS to that of the template."""
        return np.log(np.maximum(np.ptp(self.wide, axis=0), _MIN_AMPLITUDE) / self.qrs_height)

    def cluster_share(self) -> Column:
        """Return the logarithm of the share of the beats that are of the same morphology cluster."""
        return np.log(np.bincount(self.cluster)[self.cluster] / len(self.cluster))


def _blocks(n_beats: int) -> list[slice]:
    """Return the beats of each block of the recording, about `TEMPLATE_BEATS`."""
    parts = np.array_split(np.arange(n_beats), max(1, round(n_beats / TEMPLATE_BEATS)))
    return [slice(int(part[0]), int(part[-1]) + 1) for part in parts if len(part)]


def _templates(windows: Floats, due: npt.NDArray[np.bool_]) -> Floats:
    """Return the template of each block, (n_times, n_blocks), of beats that were due if there are enough."""
    blocks = [(windows[:, rows], due[rows]) for rows in _blocks(windows.shape[1])]
    chosen = [some[:, fit] if fit.sum() >= MIN_DUE else some for some, fit in blocks]
    return np.stack([usual_beat(some.T) for some in chosen], axis=1)


def _without_t(shapes: Shapes) -> Floats:
    """Return what precedes each QRS less the T wave of the template, one RR interval earlier."""
    peak, fs, n_times = shapes.peak, shapes.fs, len(shapes.windows)
    part = shapes.span(BEFORE_QRS)
    offsets = np.arange(part.start, part.stop) - peak
    places = np.rint(peak + offsets[:, np.newaxis] + shapes.seconds * fs)
    np.clip(places, min(peak + round(T_START * fs), n_times - 1), n_times - 1, out=places)
    index = places.astype(np.int64)
    residual = np.empty(index.shape, np.float32)
    for rows, template in zip(shapes.blocks, shapes.templates.T, strict=True):
        np.subtract(shapes.windows[part, rows], template[index[:, rows]], out=residual[:, rows])
    return residual - quick_median(residual, axis=0)


def _span(seconds: tuple[float, float], fs: float, peak: int, n_times: int) -> slice:
    start, stop = (peak + round(second * fs) for second in seconds)
    return slice(min(max(0, start), n_times - 2), min(max(stop, 2), n_times))


def _aligned(windows: Floats, wide: slice, reach: int) -> Floats:
    """Shift each window, (n_times, n_beats), so that its QRS lies on that of the template."""
    n_times, n_beats = windows.shape
    index = np.arange(n_times)[:, np.newaxis]
    shifts = np.arange(-reach, reach + 1)
    cost = (1 - _SHIFT_COST * np.abs(shifts))[:, np.newaxis]
    everyone = np.ones(n_beats, dtype=bool)
    for _ in range(2):
        templates = _centred(_templates(windows[wide], everyone))
        fits = [
            _correlations(windows[:, rows], template, wide, reach)
            for rows, template in zip(_blocks(n_beats), templates.T, strict=True)
        ]
        best = shifts[(np.concatenate(fits, axis=1) * cost).argmax(axis=0)]
        moved = np.flatnonzero(best)
        if not len(moved):
            break  # nor would any move again
        windows = windows.copy()
        windows[:, moved] = windows[np.clip(index + best[moved], 0, n_times - 1), moved]
    return windows


def _correlations(windows: Floats, template: Floats, wide: slice, reach: int) -> Floats:
    """Return the correlation with the template, up to a factor that it shares: (n_shifts, n_beats)."""
    around = np.clip(np.arange(wide.start - reach, wide.stop + reach), 0, len(windows) - 1)
    part = windows[around[0] : around[-1] + 1]
    if len(part) < len(around):  # the window begins or ends within reach: its edge is held
        part = windows[around]
    n = len(template)
    shapes, inside = (_shifted_along(values, 2 * reach + 1) for values in (template, np.ones(n, np.float32)))
    power = inside @ np.square(part) - np.square(inside @ part) / np.float32(n)
    return (shapes @ part) / np.maximum(np.sqrt(np.maximum(power, 0)), np.float32(_MIN_AMPLITUDE))


def _shifted_along(values: Floats, n_places: int) -> Floats:
    """Return the matrix whose rows hold the same values, each one place further on."""
    rows = np.zeros((n_places, len(values) + n_places), np.float32)
    rows[:, : len(values)] = values
    return rows.ravel()[:-n_places].reshape(n_places, -1)


def _best_correlations(windows: Floats, template: Floats, parts: list[slice]) -> tuple[Floats, Floats]:
    """Return the best correlation with each part of a template, and the amplitude ratio at that shift.

    Both have the shape (n_parts, n_beats), windows (n_times, n_beats). Every part at every shift is a row of
    one matrix, so that a product finds all of them: sums in double precision, because the power of a small
    wave far from zero is a difference of large numbers.
    """
    shapes = _moved_parts(template.astype(np.float64), parts)
    inside, lengths = _inside_parts(len(template), tuple((part.start, part.stop) for part in parts))
    values = windows.astype(np.float64)
    product, taken = shapes @ values, inside @ values
    power = inside @ np.square(values, out=values)
    power -= np.square(taken, out=taken) / lengths
    own = np.square(shapes).sum(axis=1, keepdims=True)
    length = np.sqrt(np.maximum(power, 0)) * np.sqrt(np.maximum(own, _MIN_LOG))
    shape = (len(parts), len(_PART_SHIFTS), -1)
    correlation = (product / np.maximum(length, _MIN_LOG)).reshape(shape)
    ratio = (product / np.maximum(own, _MIN_LOG)).reshape(shape)
    at = correlation.argmax(axis=1)[:, np.newaxis]
    best, ratio = (np.take_along_axis(each, at, axis=1)[:, 0] for each in (correlation, ratio))
    return best, np.clip(ratio, -2, 3)


def _moved_parts(template: Column, parts: list[slice]) -> Column:
    """Return where each part of a template, less its mean, lies at each shift: (n_parts * n_shifts, n_times).

    Windows are moved round, from one end to the other.
    """
    shapes = np.zeros((len(parts), len(template)))
    for shape, part in zip(shapes, parts, strict=True):
        shape[part] = template[part] - template[part].mean()
    return _at_each_shift(shapes)


@lru_cache(maxsize=16)
def _inside_parts(n_times: int, parts: tuple[tuple[int, int], ...]) -> tuple[Column, Column]:
    """Return which samples each part takes at each shift, laid out as by `_moved_parts`, and how many."""
    taken = np.zeros((len(parts), n_times))
    for row, (start, stop) in zip(taken, parts, strict=True):
        row[start:stop] = 1
    inside = _at_each_shift(taken)
    return inside, inside.sum(axis=1, keepdims=True)


def _at_each_shift(rows: Column) -> Column:
    index = _moved_round(rows.shape[1], _PART_SHIFTS)
    return rows[:, index.T].reshape(-1, rows.shape[1])


@lru_cache(maxsize=16)
def _moved_round(n: int, shifts: range) -> npt.NDArray[np.int64]:
    """Return which of n samples lies at each place once all are moved to the left: (n, n_shifts)."""
    return (np.arange(n)[:, np.newaxis] + np.array(shifts)) % n


def _centred(part: Floats) -> Floats:
    return part - part.mean(axis=0)


def _width(part: Floats) -> Floats:
    """Return the area under a deflection divided by its height, in samples."""
    height = np.abs(part - quick_median(part, axis=0))
    return np.maximum(height.sum(axis=0), _MIN_AMPLITUDE) / np.maximum(height.max(axis=0), _MIN_AMPLITUDE)


def _slope(part: Floats) -> Floats:
    """Return the steepest slope divided by the height, per sample."""
    steepest = np.abs(np.diff(part, axis=0)).max(axis=0)
    return np.maximum(steepest, _MIN_AMPLITUDE) / np.maximum(np.ptp(part, axis=0), _MIN_AMPLITUDE)
