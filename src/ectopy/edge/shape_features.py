"""The features of `ectopy.features.morphology` as graphs: how each beat differs from the patient template."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ectopy.edge.anomaly_detector import median_of_some, quantile, unit_rows
from ectopy.edge.graph import Tensor
from ectopy.edge.rhythm_features import mean_nearby
from ectopy.features import shapes as table
from ectopy.features.intervals import MEANS
from ectopy.features.shapes import BEFORE_QRS, PARTS, WIDE


class Shapes:
    """The beats of one recording and lead beside their template in a graph.

    Parameters
    ----------
    windows : Tensor
        Of float32, shape (n_beats, n_times).
    seconds : Tensor
        RR intervals, all known, shape (n_beats,).
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the R peak.
    n_times : int
        Samples in a window.
    """

    def __init__(self, windows: Tensor, seconds: Tensor, fs: float, peak: int, n_times: int) -> None:
        self.fs, self.peak, self.n_times, self.seconds = fs, peak, n_times, seconds
        self.everyone = seconds > 0
        self.windows = self._aligned(windows)

    def span(self, seconds: tuple[float, float]) -> slice:
        """Return the samples of a window between two times from the R peak."""
        return table._span(seconds, self.fs, self.peak, self.n_times)

    @cached_property
    def due(self) -> Tensor:
        """Which beats form the template: those that are not premature, all where these are too few."""
        due = self.seconds >= mean_nearby(self.seconds, MEANS[-1]) * table.DUE
        enough = due.to(np.int64).total(0) >= table.MIN_DUE
        return due | ~enough

    @cached_property
    def template(self) -> Tensor:
        """The template, (1, n_times)."""
        return self._template(self.windows, self.due)

    @cached_property
    def wide(self) -> tuple[Tensor, Tensor]:
        """QRS of each beat, whatever its width, and of the template."""
        return cut(self.windows, self.span(WIDE)), cut(self.template, self.span(WIDE))

    @cached_property
    def qrs_height(self) -> Tensor:
        """Peak-to-peak amplitude of the template's QRS in mV, (1,)."""
        return peak_to_peak(self.wide[1]).at_least(np.float32(table._MIN_AMPLITUDE))

    def columns(self) -> dict[str, Tensor]:
        """Return every column of the table but the cluster's by its name, not yet limited."""
        columns: dict[str, Tensor] = {}
        for name, seconds in PARTS.items():
            columns |= self._compared(name, self.span(seconds))
        wide, template = self.wide
        n = self.span(WIDE).stop - self.span(WIDE).start
        width, usual_width = _width(wide, n), _width(template, n)
        slope, usual_slope = _slope(wide), _slope(template)
        height, one = self.qrs_height, self.windows.mean(1) * 0
        p_wave = peak_to_peak(cut(self.template, self.span(PARTS["p"])))
        return (
            columns
            | self._residual()
            | {
                "qrs_height_ratio": log(
                    peak_to_peak(wide).at_least(np.float32(table._MIN_AMPLITUDE)) / height
                ),
                "qrs_width_ratio": log(width / usual_width),
                "qrs_slope_ratio": log(slope / usual_slope),
                "qrs_area_difference": (wide.mean(1) - template.mean(1)) / height,
                "p_height": peak_to_peak(cut(self.windows, self.span(PARTS["p"]))) / height,
                "previous_t_height": peak_to_peak(cut(self.windows, self.span(PARTS["previous_t"]))) / height,
                "template_p_height": log(p_wave.at_least(np.float32(table._MIN_AMPLITUDE)) / height) + one,
                "qrs_width": log(width / np.float32(self.fs)) + 3,
                "template_qrs_width": log(usual_width / np.float32(self.fs)) + 3 + one,
                "qrs_slope": log(slope) + 1,
                "template_qrs_slope": log(usual_slope) + 1 + one,
            }
        )

    def _aligned(self, windows: Tensor) -> Tensor:
        """Shift each window so that its QRS lies on that of the template."""
        wide, reach = self.span(WIDE), round(table.MAX_SHIFT * self.fs)
        n, shifts = wide.stop - wide.start, np.arange(-reach, reach + 1)
        for _ in range(2):
            template = centred(self._template(cut(windows, wide), self.everyone))
            padded = windows.padded(reach, reach, axis=1, mode="edge")
            fits = []
            for first in range(wide.start, wide.start + 2 * reach + 1):
                part = padded.part(first, first + n, axis=1)
                power = (part * part).total(1, keep=True) - square(part.total(1, keep=True)) / n
                length = power.at_least(np.float32(0)).op("Sqrt").at_least(np.float32(table._MIN_AMPLITUDE))
                fits.append((part * template).total(1, keep=True) / length)
            costs = (1 - table._SHIFT_COST * np.abs(shifts)).astype(np.float32)
            best = (fits[0].op("Concat", *fits[1:], axis=1) * costs).argmax(1) - reach
            moved = (best + np.arange(self.n_times)[np.newaxis]).at_least(0).at_most(self.n_times - 1)
            windows = windows.take_along(moved, axis=1)
        return windows

    def _template(self, windows: Tensor, chosen: Tensor) -> Tensor:
        """Return the template of the chosen beats as `ectopy.beats.template.patient_template` finds it."""
        mask = chosen.expanded(1)
        first = median_of_some(windows.expanded(1), mask)
        distance = abs(windows.expanded(1) - first).mean(2)
        near = distance <= median_of_some(distance.expanded(2), mask).squeezed(2)
        return median_of_some(windows.expanded(1), near & mask).squeezed(1)

    def _compared(self, name: str, part: slice) -> dict[str, Tensor]:
        difference = abs(cut(self.windows, part) - cut(self.template, part)).mean(1)
        usual = quantile(difference, table._USUAL_QUANTILE).at_least(np.float32(table._MIN_DIFFERENCE))
        template = centred(cut(self.template, part))
        power = square(template).total(1, keep=True).at_least(np.float32(table._MIN_LOG))
        correlations, ratios = [], []
        for shift in table._PART_SHIFTS:
            places = (np.arange(part.start, part.stop) - shift) % self.n_times
            moved = centred(self.windows.take(places, axis=1))
            product = (moved * template).total(1, keep=True)
            length = square(moved).total(1, keep=True).op("Sqrt") * power.op("Sqrt")
            correlations.append(product / length.at_least(np.float32(table._MIN_LOG)))
            ratios.append(product / power)
        correlation = correlations[0].op("Concat", *correlations[1:], axis=1)
        ratio = ratios[0].op("Concat", *ratios[1:], axis=1)
        return {
            f"{name}_deviation": log(difference.at_least(np.float32(table._MIN_LOG)) / usual),
            f"{name}_deviation_to_qrs": log(difference / self.qrs_height + table._MIN_AMPLITUDE),
            f"{name}_correlation": correlation.max(1),
            f"{name}_amplitude_ratio": ratio.take_along(correlation.argmax(1), axis=1)
            .squeezed(1)
            .clip(-2, 3),
        }

    def _residual(self) -> dict[str, Tensor]:
        residual = self._without_t()
        due = median_of_some(residual.expanded(1), self.due.expanded(1)).squeezed(1)
        difference = abs(residual - due).mean(1)
        usual = quantile(difference, table._USUAL_QUANTILE) + table._MIN_DIFFERENCE
        shapes, shape = (unit_rows(each.expanded(1)).squeezed(1) for each in (residual, due))
        part = self.span(BEFORE_QRS)
        width = np.arange(part.stop - part.start)
        shifts = np.array(table._P_SHIFTS)
        fits = [(shapes.take((width - s) % len(width), axis=1) * shape).total(1, keep=True) for s in shifts]
        correlation = fits[0].op("Concat", *fits[1:], axis=1)
        places = residual.graph.of(shifts / shifts.max())
        return {
            "residual_deviation": log(difference.at_least(np.float32(table._MIN_LOG)) / usual),
            "residual_deviation_to_qrs": log(difference / self.qrs_height + table._MIN_AMPLITUDE),
            "residual_correlation": (shapes * shape).total(1),
            "residual_shifted_correlation": correlation.max(1),
            "residual_shift": places.take(correlation.argmax(1).squeezed(1)),
            "residual_height_ratio": log(
                (peak_to_peak(residual) + table._MIN_DIFFERENCE) / (peak_to_peak(due) + usual)
            ),
        }

    def _without_t(self) -> Tensor:
        """Return what precedes each QRS less the T wave of the template, one RR interval earlier."""
        part, last = self.span(BEFORE_QRS), self.n_times - 1
        offsets = np.arange(part.start, part.stop) - self.peak
        since = ((self.seconds * self.fs).expanded(1) + offsets[np.newaxis]).op("Round").to(np.int64)
        earliest = min(self.peak + round(table.T_START * self.fs), last)
        index = (since + self.peak).at_least(earliest).at_most(last)
        residual = cut(self.windows, part) - self.template.squeezed(0).take(index)
        return residual - row_median(residual, part.stop - part.start)


def cut(rows: Tensor, part: slice) -> Tensor:
    """Return some of the samples of each row."""
    return rows.part(part.start, part.stop, axis=1)


def log(values: Tensor) -> Tensor:
    """Return natural logarithms."""
    return values.op("Log")


def square(values: Tensor) -> Tensor:
    """Return squares."""
    return values * values


def centred(rows: Tensor) -> Tensor:
    """Return rows of mean zero."""
    return rows - rows.mean(1, keep=True)


def peak_to_peak(rows: Tensor) -> Tensor:
    """Return the height of each row from its lowest to its highest sample."""
    return rows.max(1) - rows.min(1)


def row_median(rows: Tensor, n: int) -> Tensor:
    """Return the median of each row of `n` samples, (n_rows, 1)."""
    ordered = rows.ordered(n, axis=1)
    low, high = (ordered.part(i, i + 1, axis=1) for i in ((n - 1) // 2, n // 2))
    return (low + high) * 0.5


def _width(part: Tensor, n: int) -> Tensor:
    """Return the area under a deflection of `n` samples divided by its height, in samples."""
    least = np.float32(table._MIN_AMPLITUDE)
    height = abs(part - row_median(part, n))
    return height.total(1).at_least(least) / height.max(1).at_least(least)


def _slope(part: Tensor) -> Tensor:
    """Return the steepest slope divided by the height, per sample."""
    least = np.float32(table._MIN_AMPLITUDE)
    steepest = abs(part.part(1, None, axis=1) - part.part(0, -1, axis=1)).max(1)
    return steepest.at_least(least) / peak_to_peak(part).at_least(least)
