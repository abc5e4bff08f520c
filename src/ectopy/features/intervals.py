"""Intervals between beats, and the estimates of when a beat was due that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median
from ectopy.signal.sliding import median_filter, percentile_filters, uniform_filter1d

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

SHORTEST_RR: Final = 0.2
"""Seconds; 300 beats/min, faster than ventricles follow. Shorter intervals are errors, and clipped."""

LONGEST_RR: Final = 3.0
"""Seconds; 20 beats/min. Longer intervals are pauses or gaps, all alike to a classifier, and clipped."""

UNKNOWN_RR: Final = 1.0
"""Seconds that stand for an interval where no interval of the recording is known."""

MEANS: Final = (5, 25, 150)
"""Beats on each side that a mean is taken over: some seconds, about a minute, about five minutes."""

MEDIAN: Final = 21
"""Beats that the median is taken over."""

LONG: Final = 101
"""Beats, about a minute and a half, that the long and the short intervals are taken from."""

PERCENTILES: Final = (80, 20)
"""Percentiles of `LONG` intervals that stand for long and short ones; a few outliers do not move them."""

LAST: Final = 8
"""Previous intervals that a beat is compared with, as a running detector would."""

NEAR: Final = 12
"""Intervals before a beat, about ten seconds, among which those of the same rhythm count."""

EARLY: Final = 0.87
"""Share of the median of the `LAST` intervals below which an interval is left out of the near ones, and the
pause after it too."""

TREND: Final = 4
"""Intervals on either side of a slope, by which a rate that rises or falls is continued."""

MAX_SLOPE: Final = 0.03
"""Largest slope of the logarithm per beat that is continued: exercise seldom changes RR by 3 % a beat."""

NEARBY: Final = 60
"""Beats on each side among which similar intervals are counted."""

CHANGED: Final = 0.1
"""Change from one interval to the next, as a natural logarithm, that sinus rhythm seldom exceeds."""

SIMILAR: Final = 0.06
"""Intervals are similar if their natural logarithms differ by less, which is 6 %."""

_MIN_SPREAD: Final = 0.03
"""Added to the spread of the logarithms before dividing by it, so that a steady rhythm stays near zero."""

MIN_NEAR_SPREAD: Final = 0.05
"""Added to the spread of near intervals before dividing by it: 5 %, less than any prematurity that counts."""

_MIN_TWICE_VARIANCE: Final = 1e-5
"""Twice the variance of the logarithms is at least this: deviations of 0.2 %, below the step of a sample."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """RR intervals of a recording, and what the columns have in common.

    Parameters
    ----------
    seconds : ndarray of float64, shape (n_beats,)
        From `known_intervals`.
    """

    seconds: Doubles

    @cached_property
    def rr(self) -> Doubles:
        """Logarithm of the interval before each beat."""
        return np.log(self.seconds)

    @cached_property
    def next_rr(self) -> Doubles:
        """Logarithm of the interval after each beat."""
        return shifted(self.rr, 1)

    @cached_property
    def due(self) -> dict[str, Doubles]:
        """Estimates of the interval that was due, as logarithms, by name."""
        due = {f"mean_{2 * reach + 1}": np.log(mean_nearby(self.seconds, reach)) for reach in MEANS}
        due[f"median_{MEDIAN}"] = median_filter(self.rr, MEDIAN, mode="nearest")
        due[f"p80_{LONG}"] = self.percentiles[PERCENTILES[0]]
        return due

    @cached_property
    def percentiles(self) -> dict[int, Doubles]:
        """Logarithms of short, middle and long intervals nearby: percentiles of `LONG` of them."""
        wanted = (PERCENTILES[1], 50, PERCENTILES[0])
        return dict(zip(wanted, percentile_filters(self.rr, wanted, LONG), strict=True))

    @cached_property
    def short(self) -> Doubles:
        """Logarithm of the short intervals nearby."""
        return self.percentiles[PERCENTILES[1]]

    @cached_property
    def last(self) -> Doubles:
        """Logarithms of the `LAST` intervals before that of each beat, (LAST, n_beats)."""
        return self._places(range(1, LAST + 1))

    @cached_property
    def last_median(self) -> Doubles:
        """Logarithm of the median of the `LAST` intervals before that of each beat."""
        return quick_median(self.last, axis=0)

    @cached_property
    def near(self) -> Doubles:
        """Logarithms of the `NEAR` intervals before, NaN where early or after an early one."""
        last = self.last_median
        early = self.rr - last < np.log(EARLY)
        usual = np.where(early | np.append(False, early[:-1]), np.nan, self.rr)
        near = _at_places(usual, range(1, NEAR + 1))
        near[0] = np.where(np.isnan(near).all(axis=0), last, near[0])
        return near

    @cached_property
    def near_median(self) -> Doubles:
        """Logarithm of the median near interval: when the beat was due if the rhythm goes on."""
        return _nan_median(self.near)

    def trend(self) -> Doubles:
        """Return the logarithm of the interval that continues a rising or falling rate."""
        newer, older = (quick_median(self._places(range(k, k + TREND)), axis=0) for k in (1, 1 + TREND))
        slope = np.clip((newer - older) / TREND, -MAX_SLOPE, MAX_SLOPE)
        return newer + slope * (TREND + 1) / 2

    def following(self) -> Doubles:
        """Return the logarithm of the median of the `LAST` intervals after each beat."""
        return quick_median(self._places(range(-LAST, 0)), axis=0)

    def near_spread(self) -> Doubles:
        """Return the median absolute difference of near intervals from their median."""
        return _nan_median(np.abs(self.near - self.near_median))

    def _places(self, before: range) -> Doubles:
        return _at_places(self.rr, before)

    @cached_property
    def change(self) -> Doubles:
        """Change of the logarithm from the interval before."""
        return np.diff(self.rr, prepend=self.rr[:1])

    @cached_property
    def similarity(self) -> Doubles:
        """Share of the intervals nearby that are similar to that of each beat."""
        return share_of_similar(self.rr, self.rr)

    def spread(self) -> Doubles:
        """Return the logarithm of long to short intervals."""
        return self.due[f"p80_{LONG}"] - self.short

    def skew(self) -> Doubles:
        """Return where between short and long intervals the median is: 0 at the short ones, 1 at the long."""
        return (self.percentiles[50] - self.short) / (self.spread() + _MIN_SPREAD)

    def median_change(self, n: int, lag: int = 1) -> Doubles:
        """Return the median absolute change from the interval ``lag`` beats before, over ``n`` beats."""
        change = np.abs(self.rr - shifted(self.rr, -lag)) if lag > 1 else np.abs(self.change)
        return median_filter(change, n, mode="nearest")

    def share_of_changes(self, n: int) -> Doubles:
        """Return the share of `n` changes that sinus rhythm seldom makes."""
        return uniform_filter1d((np.abs(self.change) > CHANGED).astype(np.float64), n, mode="nearest")

    def turning_points(self, reach: int) -> Doubles:
        """Return the share of intervals that are longer, or shorter, than both neighbours: 2/3 at random."""
        turn = (self.change * shifted(self.change, 1) < 0).astype(np.float64)
        return mean_nearby(turn, reach)

    def successive_difference_ratio(self, reach: int) -> Doubles:
        """Return the mean square change divided by twice the variance: 1 at random, 0 for a slow drift."""
        mean = mean_nearby(self.rr, reach)
        variance = mean_nearby(self.rr**2, reach) - mean**2
        return mean_nearby(self.change**2, reach) / np.maximum(2 * variance, _MIN_TWICE_VARIANCE)


def known_intervals(rr: Floats) -> Doubles:
    """Return intervals between 0.2 and 3 s; the median stands for those that are not known."""
    known = rr[np.isfinite(rr)]
    seconds = np.where(np.isfinite(rr), rr, quick_median(known, axis=0) if len(known) else UNKNOWN_RR)
    return np.clip(seconds.astype(np.float64), SHORTEST_RR, LONGEST_RR)


def shifted(values: Doubles, k: int) -> Doubles:
    """Return the value ``k`` places later; the first and the last stand for those beyond the ends."""
    return values.take(np.arange(k, len(values) + k), mode="clip")


def _at_places(values: Doubles, before: range) -> Doubles:
    """Return the values so many places before each, (n_places, n); the first and the last stand beyond."""
    places = np.arange(len(values)) - np.array(before)[:, np.newaxis]
    return values.take(places, mode="clip")


def mean_nearby(values: npt.NDArray[np.generic], reach: int) -> Doubles:
    """Return the mean of the values up to ``reach`` places away; of fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    place = np.arange(len(values))
    first, last = np.maximum(place - reach, 0), np.minimum(place + reach + 1, len(values))
    return (total[last] - total[first]) / (last - first)


def _nan_median(rows: Doubles) -> Doubles:
    """Return the lower median of the numbers in each column; every column has one."""
    ordered = np.sort(np.ascontiguousarray(rows.T), axis=1)
    middle = np.maximum(np.isfinite(ordered).sum(axis=1) - 1, 0) // 2
    return ordered[np.arange(len(ordered)), middle]


def share_of_similar(rr: Doubles, interval: Doubles) -> Doubles:
    """Return the share of the intervals nearby that are similar to a given one."""
    padded, n_places = np.pad(rr, NEARBY, mode="edge"), 2 * NEARBY + 1
    similar, difference = np.zeros(len(rr), np.uint8), np.empty(len(rr))  # of 121 places
    for place in range(n_places):
        np.subtract(padded[place : place + len(rr)], interval, out=difference)
        similar += np.abs(difference, out=difference) < SIMILAR
    return similar / n_places
