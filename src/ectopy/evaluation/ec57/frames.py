"""Comparisons as tables of numbers: one row a record, one column a count or a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ectopy.errors import ParameterError
from ectopy.evaluation.ec57.beat_reports import COLUMNS, ROWS, BeatComparison
from ectopy.evaluation.ec57.episode_reports import EpisodeComparison
from ectopy.evaluation.ec57.figures import Share
from ectopy.evaluation.ec57.run_reports import RunComparison
from ectopy.evaluation.ec57.summary import Comparison, Summary

if TYPE_CHECKING:
    import pandas as pd

Number = float | int | str | None


def to_frame(found: Comparison | Summary | Sequence[Comparison]) -> pd.DataFrame:
    """Make a pandas frame of comparisons, or of their summary.

    Parameters
    ----------
    found : BeatComparison, RunComparison, EpisodeComparison, a sequence of one of them, or Summary
        What to show.

    Returns
    -------
    pandas.DataFrame
        Of beats one row a record: the cells of the matrix (``Vn``: the reference says V, the test N), figures
        in percent, ``RR err`` in ms, ``shutdown`` in seconds. Of runs one row a record and kind (VE, SVE), of
        episodes one a record and kind: counts of true positives and misses, and figures in percent. Of a
        summary the rows Sum, Gross and Average. What is undefined is NaN.

    Raises
    ------
    ParameterError
        If there is nothing to show, or the kinds differ.

    Examples
    --------
    >>> from ectopy.evaluation.ec57 import compare_beats
    >>> frame = to_frame(compare_beats([400, 700, 1000], [401, 699], fs=360, start=0, record="a"))
    >>> int(frame.loc["a", "Nn"]), int(frame.loc["a", "No"]), round(float(frame.loc["a", "Q Se"]), 2)
    (2, 1, 66.67)
    """
    import pandas as pd

    if isinstance(found, Summary):
        return pd.DataFrame(
            [found.sums, found.gross, found.average], ["Sum", "Gross", "Average"], dtype=float
        )
    items = list(found) if isinstance(found, Sequence) else [found]
    kinds = {type(item) for item in items}
    if len(kinds) != 1:
        names = ", ".join(sorted(kind.__name__ for kind in kinds)) or "nothing"
        raise ParameterError(f"found holds {names}; give comparisons of one kind")
    rows = [row for item in items for row in _rows(item)]
    index = ["record"] if kinds == {BeatComparison} else ["record", "kind"]
    return pd.DataFrame(rows).set_index(index).apply(pd.to_numeric)


def _rows(item: Comparison) -> list[dict[str, Number]]:
    if isinstance(item, BeatComparison):
        return [_beats(item)]
    if isinstance(item, RunComparison):
        kinds = (("VE", item.ventricular), ("SVE", item.supraventricular))
        return [
            {"record": item.record, "kind": kind, **_pairs("CSL", [s for pair in runs.shares for s in pair])}
            for kind, runs in kinds
        ]
    return [_episodes(item)]


def _beats(found: BeatComparison) -> dict[str, Number]:
    cells = {
        row + column: int(found.counts[i, j])
        for i, row in enumerate(ROWS)
        for j, column in enumerate(COLUMNS)
        if not (row in "OX" and column in "ox")
    }
    figures = {
        "Q Se": found.qrs_sensitivity,
        "Q +P": found.qrs_predictivity,
        "V Se": found.veb_sensitivity,
        "V +P": found.veb_predictivity,
        "V FPR": found.veb_false_positive_rate,
        "S Se": found.sveb_sensitivity,
        "S +P": found.sveb_predictivity,
    }
    percents = {name: share.percent for name, share in figures.items()}
    return {"record": found.record, **cells, **percents, "RR err": found.rr_error, "shutdown": found.shutdown}


def _pairs(kinds: str, shares: Sequence[Share]) -> dict[str, Number]:
    """Name counts and figures as the line-format reports of runs do."""
    names = [(kind, *ending) for kind in kinds for ending in (("Ts", "FN", "Se"), ("Tp", "FP", "+P"))]
    row: dict[str, Number] = {}
    for (kind, true, false, figure), share in zip(names, shares, strict=True):
        row |= {kind + true: share.part, kind + false: share.whole - share.part}
        row[kind + figure] = share.percent
    return row


def _episodes(found: EpisodeComparison) -> dict[str, Number]:
    sensitivity, predictivity, duration_sensitivity, duration_predictivity = found.figures.values()
    return {
        "record": found.record,
        "kind": found.kind,
        "TPs": sensitivity.part,
        "FN": sensitivity.whole - sensitivity.part,
        "TPp": predictivity.part,
        "FP": predictivity.whole - predictivity.part,
        "ESe": sensitivity.percent,
        "E+P": predictivity.percent,
        "DSe": duration_sensitivity.percent,
        "D+P": duration_predictivity.percent,
        "reference duration": duration_sensitivity.whole / found.fs,
        "test duration": duration_predictivity.whole / found.fs,
    }
