"""The features of `ectopy.features.prematurity` as graphs: how each RR interval compares with others."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ectopy.edge.graph import Tensor
from ectopy.edge.nearby import every, near
from ectopy.features import intervals as table
from ectopy.features.intervals import EARLY, LAST, LONG, MEANS, MEDIAN, NEAR, NEARBY, PERCENTILES, TREND


class Intervals:
    """RR intervals of a recording in a graph, and what the columns have in common, as float64.

    Parameters
    ----------
    rr : Tensor
        Seconds since the previous beat, shape (n_beats,); NaN where unknown.
    """

    def __init__(self, rr: Tensor) -> None:
        self.seconds = _known(rr).to(np.float64).clip(table.SHORTEST_RR, table.LONGEST_RR)
        self.rr = self.seconds.op("Log")
        self.next_rr = shifted(self.rr, 1)
        self.change = self.rr - shifted(self.rr, -1)
        self.last = places(self.rr, range(1, LAST + 1))

    @cached_property
    def due(self) -> dict[str, Tensor]:
        """Estimates of the interval that was due, as logarithms, by name."""
        due = {f"mean_{2 * reach + 1}": mean_nearby(self.seconds, reach).op("Log") for reach in MEANS}
        due[f"median_{MEDIAN}"] = moving_rank(self.rr, MEDIAN)
        due[f"p80_{LONG}"] = moving_rank(self.rr, LONG, PERCENTILES[0])
        return due

    @cached_property
    def short(self) -> Tensor:
        """Logarithm of the short intervals nearby."""
        return moving_rank(self.rr, LONG, PERCENTILES[1])

    @cached_property
    def near(self) -> Tensor:
        """Logarithms of the `NEAR` intervals before, (n, NEAR); infinite where early or after one."""
        last = median(self.last, LAST)
        early = self.rr - last < np.log(EARLY)
        skipped = early | (shifted(early.to(np.float64), -1) > 0)
        near = places(skipped.where(np.float64(np.inf), self.rr), range(1, NEAR + 1))
        none = ~(near.min(1) < np.inf)
        first = none.where(last, near.part(0, 1, axis=1).squeezed(1))
        return first.expanded(1).op("Concat", near.part(1, NEAR, axis=1), axis=1)

    def trend(self) -> Tensor:
        """Return the logarithm of the interval that continues a rising or falling rate."""
        newer, older = (median(places(self.rr, range(k, k + TREND)), TREND) for k in (1, 1 + TREND))
        slope = ((newer - older) / TREND).clip(-table.MAX_SLOPE, table.MAX_SLOPE)
        return newer + slope * ((TREND + 1) / 2)

    @cached_property
    def similarity(self) -> Tensor:
        """Share of the intervals nearby that are similar to that of each beat."""
        return self.similar_to(self.rr)

    def similar_to(self, interval: Tensor) -> Tensor:
        """Return the share of the intervals nearby that are similar to a given one."""
        apart = abs(around(self.rr, NEARBY) - interval.expanded(1))
        return (apart < table.SIMILAR).to(np.float64).mean(1)

    def columns(self) -> dict[str, Tensor]:
        """Return every column of the table by its name, not yet limited."""
        columns = {f"rr_to_{name}": self.rr - due for name, due in self.due.items()}
        columns |= {f"next_rr_to_{name}": self.next_rr - due for name, due in self.due.items()}
        mean, long = self.due["mean_51"], self.due[f"p80_{LONG}"]
        for k in (-3, -2, -1, 2, 3):
            side = "plus" if k > 0 else "minus"
            columns[f"rr_{side}_{abs(k)}_to_mean_51"] = shifted(self.rr, k) - mean
        middle = moving_rank(self.rr, LONG)
        similar_to_long = (abs(self.rr - long) < table.SIMILAR).to(np.float64)
        return (
            columns
            | self._changes()
            | self._disorder()
            | self._near()
            | {
                "rr_p80_to_p20_101": long - self.short,
                "rr_skew_101": (middle - self.short) / (long - self.short + table._MIN_SPREAD),
                "next_rr_to_rr": self.next_rr - self.rr,
                "rr_to_previous_rr": self.change,
                "rr_similarity": self.similarity,
                "next_rr_similarity": self.similar_to(self.next_rr),
                "long_rr_similarity": mean_nearby(similar_to_long, 30),
                f"rr_to_median_of_last_{LAST}": self.rr - median(self.last, LAST),
                f"rr_to_longest_of_last_{LAST}": self.rr - self.last.max(1),
                f"rr_to_shortest_of_last_{LAST}": self.rr - self.last.min(1),
                "log_mean_rr_51": mean,
            }
        )

    def _changes(self) -> dict[str, Tensor]:
        size = abs(self.change)
        large = (size > table.CHANGED).to(np.float64)
        columns = {f"median_rr_change_{n}": moving_rank(size, n) for n in (7, 31, 101)}
        columns |= {f"share_of_rr_changes_{n}": around(large, n // 2).mean(1) for n in (31, 101)}
        for lag in (2, 3):
            over = abs(self.rr - shifted(self.rr, -lag))
            columns[f"median_rr_change_lag_{lag}_31"] = moving_rank(over, 31)
        return columns

    def _near(self) -> dict[str, Tensor]:
        due = lower_median(self.near)
        spread = lower_median(abs(self.near - due.expanded(1)))
        following = median(places(self.rr, range(-LAST, 0)), LAST)
        return {
            "rr_to_near": self.rr - due,
            "next_rr_to_near": self.next_rr - due,
            "rr_to_near_spread": (self.rr - due) / (spread * 5 + table.MIN_NEAR_SPREAD),
            "rr_to_trend": self.rr - self.trend(),
            f"rr_to_median_of_next_{LAST}": self.rr - following,
        }

    def _disorder(self) -> dict[str, Tensor]:
        turn = (self.change * shifted(self.change, 1) < 0).to(np.float64)
        columns = {}
        for reach in (15, 50):
            n, mean = 2 * reach + 1, mean_nearby(self.rr, reach)
            variance = mean_nearby(self.rr * self.rr, reach) - mean * mean
            squares = mean_nearby(self.change * self.change, reach)
            columns[f"median_rr_similarity_{n}"] = moving_rank(self.similarity, n)
            columns[f"turning_point_ratio_{n}"] = mean_nearby(turn, reach)
            columns[f"successive_difference_ratio_{n}"] = squares / (variance * 2).at_least(
                table._MIN_TWICE_VARIANCE
            )
        return columns


def around(values: Tensor, reach: int) -> Tensor:
    """Return the values up to `reach` places away from each, (n, 2 * reach + 1); the ends are held."""
    length = values.size(0)
    return values.take(near(every(length), reach, length))


def shifted(values: Tensor, k: int) -> Tensor:
    """Return the value `k` places later; the first and the last stand for those beyond the ends."""
    length = values.size(0)
    return values.take((every(length) + k).at_least(0).at_most(length - 1))


def places(values: Tensor, before: range) -> Tensor:
    """Return the values so many places before each, (n, len(before)); the ends are held."""
    columns = [shifted(values, -k).expanded(1) for k in before]
    return columns[0].op("Concat", *columns[1:], axis=1)


def median(rows: Tensor, n: int) -> Tensor:
    """Return the median of each row of `n` values."""
    ordered = rows.ordered(n, axis=1)
    low, high = (ordered.part(i, i + 1, axis=1).squeezed(1) for i in ((n - 1) // 2, n // 2))
    return (low + high) * 0.5


def lower_median(rows: Tensor) -> Tensor:
    """Return the lower median of the finite values in each row; every row has one."""
    graph = rows.graph
    n = (rows < np.inf).to(np.int64).total(1, keep=True)
    middle = (n - 1).at_least(0).op("Div", graph.of(2, np.int64))
    return rows.ordered(rows.size(1), axis=1).take_along(middle, axis=1).squeezed(1)


def mean_nearby(values: Tensor, reach: int) -> Tensor:
    """Return the mean of the values up to `reach` places away; of fewer at the ends."""
    graph, length = values.graph, values.size(0)
    total = values.op("CumSum", graph.of(0, np.int64))
    total = graph.of([0.0], np.float64).op("Concat", total, axis=0)
    first = (every(length) - reach).at_least(0)
    last = (every(length) + (reach + 1)).at_most(length)
    return (total.take(last) - total.take(first)) / (last - first).to(np.float64)


def moving_rank(values: Tensor, n: int, percent: float = 50) -> Tensor:
    """Return a percentile of an odd number of values around each, one of them; the ends are held."""
    rank = n // 2 if percent == 50 else int(n * percent / 100)
    return around(values, n // 2).ordered(rank + 1, axis=1).part(rank, None, axis=1).squeezed(1)


def _known(rr: Tensor) -> Tensor:
    """Return intervals with the median of those that are known where one is not."""
    finite = ~(rr.op("IsNaN", dtype=bool) | rr.op("IsInf", dtype=bool))
    n = finite.to(np.int64).total(0, keep=True)
    ordered = finite.where(rr, np.float32(np.inf)).ordered(rr.size(0), axis=0)
    two = rr.graph.of([2], np.int64)
    low, high = (n - 1).at_least(0).op("Div", two), n.op("Div", two).at_most(rr.size(0) - 1)
    median = (ordered.take(low) + ordered.take(high)) * 0.5
    return finite.where(rr, (n > 0).where(median, np.float32(table.UNKNOWN_RR)))
