"""Which column of a table holds the times of its samples, in which unit, and the grid that they lie on."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError
from ectopy.io.channel_names import other_kind, says_ecg
from ectopy.io.csv_layout import Content, CsvColumn
from ectopy.io.time_grid import Grid, Times, grid_of

_TIME: Final = re.compile(
    r"(?:elapsed |phone |sensor |system |device |unix |epoch |utc |local |rel(?:ative)? )?"
    r"(?:time|timestamps?|t|zeit|uhrzeit|zeitstempel|tiempo|temps|tempo|tijd|tid|czas|čas|idő|aika|zaman|время|时间|時間|시간|stamp|datetime"
    r"|date ?time|date|datum|fecha|hora|heure|ora|clock|epoch|unix|utc|seconds?|sekunden?|segundos?"
    r"|secondes?|secondi"
    r"|milliseconds?|sec|s|ms|us|µs|μs|ns|msec|unix time|posix)"
    r"(?: ?(?:stamp|s|ms|us|µs|μs|ns|sec|msec|seconds?|code|utc|unix|cal))*"
)
_COUNTER: Final = re.compile(
    r"|index|idx|samples?(?: ?(?:#|no\.?|number|index|count))?|unnamed: \d+|n?seq\w*|#|no\.?|nr\.?|row"
    r"|frame|n|i|count(?:er)?|packet\w*"
    r"|probe|muestra|numero|número|échantillon"
)
_SECONDS: Final = {
    **dict.fromkeys(
        ("s", "sec", "secs", "second", "seconds", "sekunde", "sekunden", "segundos", "secondes"), 1.0
    ),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds", "millis"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "usec", "microseconds"), 1e-6),
    **dict.fromkeys(("ns", "nsec", "nanoseconds"), 1e-9),
    **dict.fromkeys(("min", "minutes"), 60.0),
    **dict.fromkeys(("d", "days"), 86400.0),
}
_LIKELY: Final = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns"), (86400.0, "days"))
_STEP: Final = (0.0001, 0.05)
"""Seconds between the samples of an ECG; of the units above, one at most puts a step in between."""

Frame = Mapping[int, npt.NDArray[Any]]
"""Column → its cells."""

_HALF_A_DAY: Final = 12 * 3600.0
_WALL_CLOCK: Final = re.compile(r"'?\[?(\d+:){1,2}\d+([.,]\d+)?\]?'?")
_NO_UNIT: Final = frozenset(
    {None, "", "hh:mm:ss.mmm", "hh:mm:ss", "mm:ss", "iso", "utc", "unix", "yyyy-mm-dd", "hh:mm:ss.ms"}
)


@dataclass(frozen=True, eq=False)
class Timing:
    """When the samples of a table were taken.

    Parameters
    ----------
    columns : tuple of int
        Columns that hold times or count rows, and no samples.
    grid : Grid or None
        Where the rows lie; None where no column holds times.
    start : datetime or None
        When the first was taken.
    """

    columns: tuple[int, ...]
    grid: Grid | None
    start: datetime | None = None


def is_time(column: CsvColumn) -> bool:
    """Tell whether the name of a column is that of times."""
    return bool(_TIME.fullmatch(_plain(column.name)))


def is_counter(column: CsvColumn) -> bool:
    """Tell whether the name of a column is that of row numbers."""
    return bool(_COUNTER.fullmatch(_plain(column.name)))


def timing_of(source: str, columns: Sequence[CsvColumn], frame: Frame, *, needed: bool) -> Timing:
    """Find the column of times, by its name or because it rises steadily, and the grid that they lie on.

    Parameters
    ----------
    source : str
        What to call the table in an error.
    columns : sequence of CsvColumn
        Of the table.
    frame : mapping of int to ndarray
        The cells of each column: numbers, or text.
    needed : bool
        Whether the sampling frequency has to come from the times.

    Returns
    -------
    Timing

    Raises
    ------
    RecordError
        If `needed` and the only times are missing in places, uneven, or in an unknown unit.
    """
    has_names = any(column.name for column in columns)
    named = [i for i, column in enumerate(columns) if column.name and is_time(column)]
    counters = [
        i for i, column in enumerate(columns) if i not in named and _counts(column, frame, i, has_names)
    ]
    apart = {*named, *counters}
    rising = [i for i, column in enumerate(columns) if i not in apart and _rises(column, frame, i)]
    candidates = [i for i in (*named, *rising) if columns[i].content is not Content.TEXT]
    if not needed or not candidates:
        return Timing((*named, *counters, *rising), None)
    grids: list[tuple[Grid, datetime | None]] = []
    errors = []
    for i in candidates:
        try:
            grids.append(_grid(source, columns[i], frame[i]))
        except RecordError as error:
            errors.append(error)
    if not grids:
        raise errors[0]
    grid = min((grid for grid, _ in grids), key=lambda each: each.jitter)
    start = next((start for _, start in grids if start is not None), None)
    return Timing((*named, *counters, *rising), grid, start)


def _counts(column: CsvColumn, frame: Frame, place: int, has_names: bool) -> bool:
    """Tell row numbers: a counter by its name or without one, whose values go up by one."""
    if column.content is not Content.NUMBER:
        return False
    steps = np.diff(frame[place][:100_000])
    by_one = len(steps) > 0 and bool(np.mean(steps == 1) > 0.9)
    if has_names and is_counter(column) and (by_one or not len(steps) or other_kind(column.name) is not None):
        return True
    return by_one and len(steps) > 20 and not says_ecg(column.name)


def _rises(column: CsvColumn, frame: Frame, place: int) -> bool:
    """Tell whether a column rises all the time, in steps that are mostly the same."""
    if column.content is Content.CLOCK:
        return True
    if (
        column.content is Content.TEXT
        or says_ecg(column.name)
        or (column.unit and column.unit not in _SECONDS)
    ):
        return False
    steps = np.diff(frame[place])
    if len(steps) < 20 or not (steps > 0).mean() > 0.99:
        return False
    middle = float(np.median(steps))
    return bool(np.mean(np.abs(steps - middle) <= 0.6 * middle) > 0.9)


def _grid(source: str, column: CsvColumn, cells: npt.NDArray[Any]) -> tuple[Grid, datetime | None]:
    source = f"{source}: column {column.name!r}"
    is_text = column.content is Content.CLOCK or cells.dtype.kind not in "fiu"
    missing = (
        np.array([not isinstance(cell, str) for cell in cells])
        if is_text
        else ~np.isfinite(cells.astype(float))
    )
    if not len(cells) or missing.any():
        raise RecordError(f"{source}: times are missing; pass fs (--fs) instead")
    if is_text:
        times, start = _clock(source, [str(cell).strip() for cell in cells])
        return grid_of(source, times), start
    times = cells.astype(np.float64)
    times = times - times[0]
    scale, note = _scale(source, column, times)
    grid = grid_of(source, times * scale)
    return replace(grid, notes=(*note, *grid.notes)), None


def _scale(source: str, column: CsvColumn, times: Times) -> tuple[float, tuple[str, ...]]:
    """Return the seconds in a unit of times: what the name says, or what makes the steps those of an ECG."""
    tail = _plain(column.name).rpartition(" ")[2]
    unit = column.unit if column.unit not in _NO_UNIT else (tail if tail in _SECONDS else None)
    if unit is not None:
        known = _SECONDS.get(unit.casefold())
        if known is None:
            raise RecordError(f"{source}: unit {unit!r} is unknown; use one of: s, ms, us, ns")
        return known, ()
    steps = np.diff(times)
    rising = steps[steps > 0]
    if not len(rising):
        return 1.0, ()
    step = float(np.median(rising))
    if times[-1] > 0:
        step = min(step, float(times[-1]) / len(steps))
    likely = next(
        ((scale, unit) for scale, unit in _LIKELY if _STEP[0] <= step * scale <= _STEP[1]), (1.0, "s")
    )
    note = f"Times without a unit were taken for {likely[1]} by their steps of {step:.6g}."
    return likely[0], () if likely[1] == "s" else (note,)


def _clock(source: str, cells: list[str]) -> tuple[Times, datetime | None]:
    """Read times such as ``[h:]mm:ss[.fff]``, past midnight too, or dates, in seconds from the first."""
    first = cells[0]
    start = None
    try:
        if _WALL_CLOCK.fullmatch(first):
            texts = [cell.strip("'[]").replace(",", ".").split(":") for cell in cells]
            parts = np.array(texts, dtype=np.float64)
            times = parts @ 60.0 ** np.arange(parts.shape[1])[::-1]
            times = times + 2 * _HALF_A_DAY * np.cumsum(np.diff(times, prepend=times[0]) < -_HALF_A_DAY)
        else:
            times, start = _stamps(cells)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise RecordError(
            f"{source}: times such as {first[:40]!r} are neither a clock's nor ISO 8601; pass fs (--fs)"
            f" instead"
        ) from error
    return np.asarray(times - times[0], dtype=np.float64), start


def _stamps(cells: list[str]) -> tuple[Times, datetime | None]:
    """Read dates with times, in seconds from the first, and the first."""
    import pandas as pd  # after it is clear that it is needed: it takes longer than most files

    try:
        stamps = pd.to_datetime(pd.Series(cells), format="ISO8601", utc=True)
    except ValueError:
        plain = pd.Series(cells).str.replace(",", ".", regex=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of stamps that are read one by one
            stamps = pd.to_datetime(plain, utc=True, dayfirst=True)
    start = stamps.iloc[0].to_pydatetime().replace(tzinfo=None)
    since = (stamps - stamps.iloc[0]).dt.total_seconds()
    return np.asarray(since.to_numpy(), np.float64), start


def _plain(name: str) -> str:
    """Return a name in small letters, with blanks for underscores."""
    return " ".join(name.casefold().replace("_", " ").strip(" '\"").split())
