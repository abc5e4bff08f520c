"""Shapes: the beats of one recording and lead beside the patient template.

No figure depends on an amplitude in millivolts that another person would not share: amplitudes are divided by
that of the template's QRS, and differences by the usual difference of the same person. The template is made
of beats that came when they were due or later: the most frequent shape may be an ectopic one, but a beat
after a long interval is seldom premature. The P wave of a premature beat lies on the T wave of the previous
beat, so it is also looked for in the residual after the T wave of the template was subtracted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import morphology_clusters, unit_rows
from ectopy.beats.template import TEMPLATE_BEATS, patient_template, quick_median
from ectopy.features.prematurity import MEANS, known_intervals, mean_nearby

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
    windows : ndarray of float32, shape (n_beats, n_times)
        Aligned with the template.
    seconds : ndarray of float64, shape (n_beats,)
        RR intervals, from `ectopy.features.prematurity.known_intervals`.
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
        windows = _aligned(waveforms, wide, round(MAX_SHIFT * fs))
        return cls(windows, known_intervals(rr), fs, peak)

    def span(self, seconds: tuple[float, float]) -> slice:
        """Return the samples of a window between two times from the R peak."""
        return _span(seconds, self.fs, self.peak, self.windows.shape[1])

    @cached_property
    def due(self) -> npt.NDArray[np.bool_]:
        """Which beats are not premature."""
        return self.seconds >= DUE * mean_nearby(self.seconds, MEANS[-1])

    @cached_property
    def templates(self) -> tuple[Floats, npt.NDArray[np.int64]]:
        """Template of each block of the recording, and the block in which each beat lies."""
        return _templates(self.windows, self.due)

    @cached_property
    def template(self) -> Floats:
        """Template for each beat, (n_beats, n_times)."""
        templates, block = self.templates
        return templates[block]

    @cached_property
    def wide(self) -> Floats:
        """QRS of each beat, whatever its width."""
        return self.windows[:, self.span(WIDE)]

    @cached_property
    def wide_template(self) -> Floats:
        """QRS of each block's template; `of_template` takes it to the beats."""
        return self.templates[0][:, self.span(WIDE)]

    def of_template(self, values: Floats) -> Floats:
        """Return for each beat the value of its block's template."""
        return values[self.templates[1]]

    @cached_property
    def qrs_height(self) -> Floats:
        """Peak-to-peak amplitude of the template's QRS in mV, the unit of amplitude."""
        return self.of_template(np.maximum(np.ptp(self.wide_template, axis=1), _MIN_AMPLITUDE))

    @cached_property
    def cluster(self) -> npt.NDArray[np.int64]:
        """Morphology cluster of each beat."""
        return morphology_clusters(self.wide)

    @cached_property
    def parts(self) -> dict[str, Comparison]:
        """Comparison of each of the `PARTS`."""
        return {name: self._compare(self.span(seconds)) for name, seconds in PARTS.items()}

    def _compare(self, part: slice) -> Comparison:
        difference = np.abs(self.windows[:, part] - self.template[:, part]).mean(axis=1)
        usual = max(float(np.quantile(difference, _USUAL_QUANTILE)), _MIN_DIFFERENCE)
        return Comparison(
            np.log(np.maximum(difference, _MIN_LOG) / usual),
            np.log(difference / self.qrs_height + _MIN_AMPLITUDE),
            *_best_correlation(self.windows, self.template, part),
        )

    @cached_property
    def residual(self) -> Residual:
        """Comparison of what precedes each QRS once the previous T wave was subtracted."""
        residual = _without_t(self)
        due = quick_median(residual[self.due] if self.due.sum() >= MIN_DUE else residual, axis=0)
        difference = np.abs(residual - due).mean(axis=1)
        usual = np.quantile(difference, _USUAL_QUANTILE) + _MIN_DIFFERENCE
        shapes, shape = unit_rows(residual), unit_rows(due[np.newaxis])[0]
        best, place = np.full(len(residual), -1.0), np.zeros(len(residual))
        for shift in _P_SHIFTS:
            correlation = np.roll(shapes, shift, axis=1) @ shape
            place = np.where(correlation > best, shift / max(_P_SHIFTS), place)
            best = np.maximum(best, correlation)
        return Residual(
            np.log(np.maximum(difference, _MIN_LOG) / usual),
            np.log(difference / self.qrs_height + _MIN_AMPLITUDE),
            shapes @ shape,
            best,
            place,
            np.log((np.ptp(residual, axis=1) + _MIN_DIFFERENCE) / (np.ptp(due) + usual)),
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
        return np.ptp(self.windows[:, self.span(PARTS[part])], axis=1) / self.qrs_height

    def template_p_height(self) -> Column:
        """Return the logarithm of the height of the template's P wave to that of its QRS."""
        p_wave = np.ptp(self.templates[0][:, self.span(PARTS["p"])], axis=1)
        return np.log(self.of_template(np.maximum(p_wave, _MIN_AMPLITUDE)) / self.qrs_height)

    def area_difference(self) -> Column:
        """Return the mean of the QRS less that of the template, divided by the height of the template."""
        return (self.wide.mean(axis=1) - self.of_template(self.wide_template.mean(axis=1))) / self.qrs_height

    def height_ratio(self) -> Column:
        """Return the logarithm of the height of the QRS to that of the template."""
        return np.log(np.maximum(np.ptp(self.wide, axis=1), _MIN_AMPLITUDE) / self.qrs_height)

    def cluster_share(self) -> Column:
        """Return the logarithm of the share of the beats that are of the same morphology cluster."""
        return np.log(np.bincount(self.cluster)[self.cluster] / len(self.cluster))


def _templates(windows: Floats, due: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the template of each block of the recording, and the block in which each beat lies."""
    blocks = np.array_split(np.arange(len(windows)), max(1, round(len(windows) / TEMPLATE_BEATS)))
    chosen = [rows[due[rows]] for rows in blocks]
    used = [few if len(few) >= MIN_DUE else rows for few, rows in zip(chosen, blocks, strict=True)]
    templates = np.stack([patient_template(windows[rows])[0] for rows in used])
    return templates, np.repeat(np.arange(len(blocks)), [len(rows) for rows in blocks])


def _without_t(shapes: Shapes) -> Floats:
    """Return what precedes each QRS less the T wave of the template, one RR interval earlier."""
    windows, peak, fs = shapes.windows, shapes.peak, shapes.fs
    part, n_times = shapes.span(BEFORE_QRS), windows.shape[1]
    offsets = np.arange(part.start, part.stop) - peak
    since = np.rint(offsets + (shapes.seconds * fs)[:, np.newaxis]).astype(np.int64)
    index = np.clip(peak + since, min(peak + round(T_START * fs), n_times - 1), n_times - 1)
    residual = windows[:, part] - np.take_along_axis(shapes.template, index, axis=1)
    return residual - quick_median(residual, axis=1)[:, np.newaxis]


def _span(seconds: tuple[float, float], fs: float, peak: int, n_times: int) -> slice:
    start, stop = (peak + round(second * fs) for second in seconds)
    return slice(min(max(0, start), n_times - 2), min(max(stop, 2), n_times))


def _aligned(windows: Floats, wide: slice, reach: int) -> Floats:
    """Shift each window so that its QRS lies on that of the template."""
    index = np.arange(windows.shape[1])
    shifts = np.arange(-reach, reach + 1)
    for _ in range(2):
        templates, block = _templates(windows[:, wide], np.ones(len(windows), dtype=bool))
        template = _centred(templates)[block]
        fits = _correlations(windows, template, wide, reach) * (1 - _SHIFT_COST * np.abs(shifts))
        best = shifts[fits.argmax(axis=1)]
        moved = np.clip(index + best[:, np.newaxis], 0, len(index) - 1)
        windows = np.take_along_axis(windows, moved, axis=1)
    return windows


def _correlations(windows: Floats, template: Floats, wide: slice, reach: int) -> Floats:
    """Return the correlation with the template, up to a factor that it shares: (n_beats, n_shifts)."""
    padded = np.pad(windows, ((0, 0), (reach, reach)), mode="edge")
    part = padded[:, wide.start : wide.stop + 2 * reach]
    n = wide.stop - wide.start
    view = np.lib.stride_tricks.sliding_window_view(part, n, axis=1)
    product = np.einsum("nsw,nw->ns", view, template)
    power = np.einsum("nsw,nsw->ns", view, view) - view.sum(axis=2) ** 2 / n
    return product / np.maximum(np.sqrt(np.maximum(power, 0)), _MIN_AMPLITUDE)


def _best_correlation(windows: Floats, template: Floats, part: slice) -> tuple[Column, Column]:
    """Return the best correlation with a part of the template, and the amplitude ratio at that shift."""
    centred = _centred(template[:, part])
    power = np.maximum((centred**2).sum(axis=1), _MIN_LOG)
    best, ratio = np.full(len(windows), -1.0), np.zeros(len(windows))
    for shift in _PART_SHIFTS:
        moved = _centred(_shifted(windows, part, shift))
        product = (moved * centred).sum(axis=1)
        correlation = product / np.maximum(np.linalg.norm(moved, axis=1) * np.sqrt(power), _MIN_LOG)
        better = correlation > best
        best = np.where(better, correlation, best)
        ratio = np.where(better, product / power, ratio)
    return best, np.clip(ratio, -2, 3)


def _shifted(windows: Floats, part: slice, shift: int) -> Floats:
    """Return a part of the windows after they were moved round by some samples."""
    start, stop = part.start - shift, part.stop - shift
    if start >= 0 and stop <= windows.shape[1]:
        return windows[:, start:stop]
    return np.roll(windows, shift, axis=1)[:, part]


def _centred(part: Floats) -> Floats:
    return part - part.mean(axis=1, keepdims=True)


def _width(part: Floats) -> Floats:
    """Return the area under a deflection divided by its height, in samples."""
    height = np.abs(part - quick_median(part, axis=1)[:, np.newaxis])
    return np.maximum(height.sum(axis=1), _MIN_AMPLITUDE) / np.maximum(height.max(axis=1), _MIN_AMPLITUDE)


def _slope(part: Floats) -> Floats:
    """Return the steepest slope divided by the height, per sample."""
    steepest = np.abs(np.diff(part, axis=1)).max(axis=1)
    return np.maximum(steepest, _MIN_AMPLITUDE) / np.maximum(np.ptp(part, axis=1), _MIN_AMPLITUDE)
