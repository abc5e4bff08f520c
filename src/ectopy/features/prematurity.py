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
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.features.columns import Feature, compute
from ectopy.features.intervals import (
    CHANGED,
    LAST,
    LONG,
    MEANS,
    MEDIAN,
    MIN_NEAR_SPREAD,
    NEAR,
    NEARBY,
    SIMILAR,
    TREND,
    Doubles,
    Intervals,
    known_intervals,
    mean_nearby,
    share_of_similar,
    shifted,
)
from ectopy.signal.sliding import median_filter

Floats = npt.NDArray[np.float32]

LIMITS: Final = (-2.0, 3.0)
"""Range of all columns; logarithms of ratios of intervals between 0.2 and 3 s reach ±2.7."""

DE_CHAZAL: Final = "de Chazal, O'Dwyer and Reilly, IEEE Trans Biomed Eng 51(7), 2004"
DASH: Final = "Dash, Chon, Lu and Raeder, Ann Biomed Eng 37(9), 2009"
VON_NEUMANN: Final = "von Neumann, Ann Math Stat 12(4), 1941"


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
        lambda i: share_of_similar(i.rr, i.next_rr),
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
        lambda i: (i.rr - i.near_median) / (5 * i.near_spread() + MIN_NEAR_SPREAD),
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
