"""When a beat came, beside several ideas of when it was due.

One idea is not enough. Where most beats are premature the median interval is a premature one, and the pauses
are the sinus beats; a mean over minutes lies between the two, and stays where it is in a run of tachycardia.
Where the ventricles follow a fibrillating atrium an early beat means nothing: its interval has no company of
intervals like it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter, percentile_filter, uniform_filter1d

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

MEANS: Final = (5, 25, 150)
"""Beats on either side of those whose mean interval is a due one: a moment, a minute, five minutes."""

EARLINESS: Final = (
    *(f"{side} to mean of {2 * reach + 1}" for reach in MEANS for side in ("before", "after")),
    *("before to median of 21", "after to median of 21"),
    *("before to long of 101", "after to long of 101", "spread of 101", "skew of 101"),
    *("after to before", "before to one before"),
    *(f"interval {k:+d}" for k in (-3, -2, -1, 2, 3)),
    *("change of 7", "change of 31", "change of 101", "share of changes of 31", "share of changes of 101"),
    *("change over 2", "change over 3"),
    *("company of before", "company of after", "company of long"),
    *("before to median of 8", "before to longest of 8", "before to shortest of 8", "pace"),
    *(f"{what} of {n}" for n in (31, 101) for what in ("usual company", "turns", "memory")),
)
"""Columns of `earliness`: logarithms of ratios of intervals, and what the intervals nearby are like."""

CHANGED: Final = 0.1
"""A change from one interval to the next, as a logarithm, that sinus rhythm seldom makes."""

ALIKE: Final = 0.06
"""Intervals whose logarithms differ by less keep each other company."""


def earliness(rr: Floats) -> Floats:
    """Describe the timing of each beat of a recording.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_columns)
        The columns `EARLINESS`, all finite; none looks further than 150 beats to either side.

    Examples
    --------
    Where two of three beats are early, the mean tells them from those that are due:

    >>> rr = np.tile(np.array([0.6, 0.6, 1.2], np.float32), 40)
    >>> np.exp(earliness(rr)[60:63, EARLINESS.index("before to mean of 51")]).round(1).tolist()
    [0.8..., 0.8..., 1.5]
    """
    if not len(rr):
        return np.zeros((0, len(EARLINESS)), np.float32)
    seconds = known_intervals(rr)
    before = np.log(seconds)
    due = {f"mean of {2 * reach + 1}": np.log(mean_interval(seconds, reach)) for reach in MEANS}
    due["median of 21"] = median_filter(before, 21, mode="nearest")
    long, short = (percentile_filter(before, share, 101, mode="nearest") for share in (80, 20))
    due["long of 101"] = long
    after = _later(before, 1)
    columns = [side - time for time in due.values() for side in (before, after)]
    middle = median_filter(before, 101, mode="nearest")
    columns += [long - short, (middle - short) / (long - short + 0.03)]
    columns += [after - before, before - _later(before, -1)]
    columns += [_later(before, k) - due["mean of 51"] for k in (-3, -2, -1, 2, 3)]
    columns += _irregularity(before)
    company = _company(before, before)
    columns += [
        company,
        _company(before, after),
        mean_interval(np.abs(before - long) < ALIKE, 30),
    ]
    last = np.stack([_later(before, -k) for k in range(1, 9)])
    columns += [before - np.median(last, axis=0), before - last.max(axis=0), before - last.min(axis=0)]
    columns.append(due["mean of 51"])
    columns += _disorder(before, company)
    return np.clip(np.stack(columns, axis=1), -2, 3).astype(np.float32)


def known_intervals(rr: Floats) -> Doubles:
    """Return intervals between 0.2 and 3 s; the median stands for those that are not known."""
    known = rr[np.isfinite(rr)]
    seconds = np.where(np.isfinite(rr), rr, np.median(known) if len(known) else 1.0)
    return np.clip(seconds.astype(np.float64), 0.2, 3.0)


def _later(rows: Doubles, k: int) -> Doubles:
    """Return what the beat k places later has; the first and the last beat stand for those beyond them."""
    return rows[np.clip(np.arange(len(rows)) + k, 0, len(rows) - 1)]


def _irregularity(before: Doubles) -> list[Doubles]:
    change = np.abs(np.diff(before, prepend=before[:1]))
    much = (change > CHANGED).astype(np.float64)
    return [
        *(median_filter(change, n, mode="nearest") for n in (7, 31, 101)),
        *(uniform_filter1d(much, n, mode="nearest") for n in (31, 101)),
        *(median_filter(np.abs(before - _later(before, -lag)), 31, mode="nearest") for lag in (2, 3)),
    ]


def _disorder(before: Doubles, company: Doubles) -> list[Doubles]:
    """Say how much the intervals nearby are like those of fibrillation: in no order, each another."""
    change = np.diff(before, prepend=before[:1])
    turn = (change * _later(change, 1) < 0).astype(np.float64)
    columns: list[Doubles] = []
    for reach in (15, 50):
        mean = mean_interval(before, reach)
        power = mean_interval(before**2, reach) - mean**2
        memory = mean_interval(change**2, reach) / np.maximum(2 * power, 1e-5)
        columns += [
            median_filter(company, 2 * reach + 1, mode="nearest"),
            mean_interval(turn, reach),
            memory,
        ]
    return columns


def _company(before: Doubles, interval: Doubles, reach: int = 60) -> Doubles:
    """Return which share of the intervals nearby are like this one."""
    padded = np.pad(before, reach, mode="edge")
    nearby = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return (np.abs(nearby - interval[:, np.newaxis]) < ALIKE).mean(axis=1)


def mean_interval(values: npt.NDArray[np.generic], reach: int) -> Doubles:
    """Return the mean of the values up to ``reach`` places away; of fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    place = np.arange(len(values))
    first, last = np.maximum(place - reach, 0), np.minimum(place + reach + 1, len(values))
    return (total[last] - total[first]) / (last - first)
