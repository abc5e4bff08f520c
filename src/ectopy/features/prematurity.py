"""Prematurity: how each RR interval compares with several estimates of when the beat was due.

Premature means early against near beats of the same rhythm: under exercise and where a faster rhythm begins,
the last seconds say when a beat was due, and the beats that follow, whether it stays so.

One estimate is not enough. Where most beats are premature, the median interval is a premature one and the
pauses are the sinus beats; a mean over minutes lies between the two, and hardly moves in a run of
tachycardia. Where the ventricles follow a fibrillating atrium, an early beat means nothing: few intervals
nearby are similar to its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median
from ectopy.features.columns import Feature, compute
from ectopy.signal.sliding import median_filter, percentile_filters, uniform_filter1d, windows

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

LIMITS: Final = (-2.0, 3.0)
"""Range of all columns; logarithms of ratios of intervals between 0.2 and 3 s reach ±2.7."""

_AT_ONCE: Final = 256
"""Beats whose intervals nearby are compared at a time: arrays that stay in the processor's cache."""

_MIN_SPREAD: Final = 0.03
"""Added to the spread of the logarithms before dividing by it, so that a steady rhythm stays near zero."""

_MIN_NEAR_SPREAD: Final = 0.05
"""Added to the spread of near intervals before dividing by it: 5 %, less than any prematurity that counts."""

_MIN_TWICE_VARIANCE: Final = 1e-5
"""Twice the variance of the logarithms is at least this: deviations of 0.2 %, below the step of a sample."""

DE_CHAZAL: Final = "de Chazal, O'Dwyer and Reilly, IEEE Trans Biomed Eng 51(7), 2004"
DASH: Final = "Dash, Chon, Lu and Raeder, Ann Biomed Eng 37(9), 2009"
VON_NEUMANN: Final = "von Neumann, Ann Math Stat 12(4), 1941"


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
        return _similarity(self.rr, self.rr)

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


def _to_due(due: str) -> tuple[Feature[Intervals], ...]:
    window = f"{due.rpartition('_')[2]} beats"
    return (
        Feature(f"rr_to_{due}", lambda i: i.rr - i.due[due], window, f"log of RR to {due} of RR", DE_CHAZAL),
        Feature(
            f"next_rr_to_{due}",
            lambda i: i.next_rr - i.due[due],
            window,
            f"log of the next RR to {due} of RR",
            DE_CHAZAL,
        ),
    )


def _neighbour(k: int) -> Feature[Intervals]:
    side = "plus" if k > 0 else "minus"
    return Feature(
        f"rr_{side}_{abs(k)}_to_mean_51",
        lambda i: shifted(i.rr, k) - i.due["mean_51"],
        "51 beats",
        f"log of the RR of the beat {k:+d} places away to the mean of RR",
    )


def _to_last(name: str, of: Callable[[Intervals], Doubles]) -> Feature[Intervals]:
    return Feature(
        f"rr_to_{name}_of_last_{LAST}",
        lambda i: i.rr - of(i),
        f"{LAST} beats before",
        f"log of RR to the {name} of the intervals before",
    )


def _change(n: int, lag: int = 1) -> Feature[Intervals]:
    name, since = (f"_lag_{lag}", f"{lag} intervals") if lag > 1 else ("", "one interval")
    return Feature(
        f"median_rr_change{name}_{n}",
        lambda i: i.median_change(n, lag),
        f"{n} beats",
        f"median absolute change of log RR over {since}",
    )


def _large_changes(n: int) -> Feature[Intervals]:
    return Feature(
        f"share_of_rr_changes_{n}",
        lambda i: i.share_of_changes(n),
        f"{n} beats",
        f"share of changes of log RR above {CHANGED}",
    )


def _disorder(reach: int) -> tuple[Feature[Intervals], ...]:
    n = 2 * reach + 1
    return (
        Feature(
            f"median_rr_similarity_{n}",
            lambda i: median_filter(i.similarity, n, mode="nearest"),
            f"{n} beats",
            "median of rr_similarity",
        ),
        Feature(
            f"turning_point_ratio_{n}",
            lambda i: i.turning_points(reach),
            f"{n} beats",
            "share of intervals longer, or shorter, than both neighbours",
            DASH,
        ),
        Feature(
            f"successive_difference_ratio_{n}",
            lambda i: i.successive_difference_ratio(reach),
            f"{n} beats",
            "mean square successive difference of log RR to twice its variance",
            VON_NEUMANN,
        ),
    )


_NEAR_WINDOW: Final = f"{NEAR} beats before"
_SIMILARITY_WINDOW: Final = f"{2 * NEARBY + 1} beats"

PREMATURITY: Final[tuple[Feature[Intervals], ...]] = (
    *(row for reach in MEANS for row in _to_due(f"mean_{2 * reach + 1}")),
    *_to_due(f"median_{MEDIAN}"),
    *_to_due(f"p80_{LONG}"),
    Feature("rr_p80_to_p20_101", Intervals.spread, "101 beats", "log of long RR to short RR"),
    Feature("rr_skew_101", Intervals.skew, "101 beats", "place of the median between short and long RR"),
    Feature("next_rr_to_rr", lambda i: i.next_rr - i.rr, "2 beats", "log of the next RR to RR"),
    Feature(
        "rr_to_previous_rr", lambda i: i.rr - shifted(i.rr, -1), "2 beats", "log of RR to the previous RR"
    ),
    *(_neighbour(k) for k in (-3, -2, -1, 2, 3)),
    *(_change(n) for n in (7, 31, 101)),
    *(_large_changes(n) for n in (31, 101)),
    *(_change(31, lag) for lag in (2, 3)),
    Feature("rr_similarity", lambda i: i.similarity, _SIMILARITY_WINDOW, "share of RR within 6 % of this RR"),
    Feature(
        "next_rr_similarity",
        lambda i: _similarity(i.rr, i.next_rr),
        _SIMILARITY_WINDOW,
        "share of RR within 6 % of the next RR",
    ),
    Feature(
        "long_rr_similarity",
        lambda i: mean_nearby(np.abs(i.rr - i.due[f"p80_{LONG}"]) < SIMILAR, 30),
        "61 beats",
        "share of RR within 6 % of the long RR nearby",
    ),
    _to_last("median", lambda i: i.last_median),
    _to_last("longest", lambda i: i.last.max(axis=0)),
    _to_last("shortest", lambda i: i.last.min(axis=0)),
    Feature("rr_to_near", lambda i: i.rr - i.near_median, _NEAR_WINDOW, "log of RR to the median near RR"),
    Feature(
        "next_rr_to_near",
        lambda i: i.next_rr - i.near_median,
        _NEAR_WINDOW,
        "log of the next RR to the median near RR",
    ),
    Feature(
        "rr_to_near_spread",
        lambda i: (i.rr - i.near_median) / (5 * i.near_spread() + _MIN_NEAR_SPREAD),
        _NEAR_WINDOW,
        "rr_to_near in units of five times the usual difference of near RR",
    ),
    Feature(
        "rr_to_trend",
        lambda i: i.rr - i.trend(),
        f"{2 * TREND} beats before",
        "log of RR to what continues the change of rate",
    ),
    Feature(
        f"rr_to_median_of_next_{LAST}",
        lambda i: i.rr - i.following(),
        f"{LAST} beats after",
        "log of RR to the median of the intervals after",
    ),
    Feature("log_mean_rr_51", lambda i: i.due["mean_51"], "51 beats", "log of the mean of RR in seconds"),
    *(row for reach in (15, 50) for row in _disorder(reach)),
)
"""Columns of `prematurity_features`, in order."""


def prematurity_features(rr: Floats) -> Floats:
    """Describe the timing of each beat of a recording.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the previous beat; NaN where unknown.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_columns)
        The columns `PREMATURITY`, all finite; none depends on beats more than 150 places away.

    Examples
    --------
    Where two of three beats are premature, the mean tells them from those that are not:

    >>> rr = np.tile(np.array([0.6, 0.6, 1.2], np.float32), 40)
    >>> column = [feature.name for feature in PREMATURITY].index("rr_to_mean_51")
    >>> np.exp(prematurity_features(rr)[60:63, column]).round(1).tolist()
    [0.8..., 0.8..., 1.5]
    """
    return _features_of(np.asarray(rr, np.float32).tobytes()).copy()


@lru_cache(maxsize=2)
def _features_of(rr: bytes) -> Floats:
    """Describe the timing of beats once for all leads that show them."""
    seconds = np.frombuffer(rr, np.float32)
    if not len(seconds):
        return np.zeros((0, len(PREMATURITY)), np.float32)
    return compute(PREMATURITY, Intervals(known_intervals(seconds)), LIMITS)


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


def _similarity(rr: Doubles, interval: Doubles) -> Doubles:
    """Return the share of the intervals nearby that are similar to a given one."""
    nearby = windows(np.pad(rr, NEARBY, mode="edge"), 2 * NEARBY + 1)
    similar = np.zeros(len(rr), np.int64)
    for first in range(0, len(rr), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        alike = np.abs(nearby[some] - interval[some, np.newaxis]) < SIMILAR
        similar[some] = np.count_nonzero(alike, axis=1)
    return similar / (2 * NEARBY + 1)
