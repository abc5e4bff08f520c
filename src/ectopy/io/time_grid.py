"""From the times of samples to an even grid: the sampling frequency, and where each row lies on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError

Times = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

_LOWEST_FS: Final = 20.0
"""Hz below which steps are too long for an ECG."""

_SLACK: Final = 0.05
"""Of a sample: how far times may be off the grid of a rounder sampling frequency beyond their own jitter."""

_EVEN: Final = 1.0
"""Samples that times may be off an even grid and still be even: they are rounded."""

_MOST_JITTER: Final = 0.1
"""Seconds that times may be off an even grid and still be the stamps of a phone for even samples."""

_PACKETS: Final = 0.3
"""Share of rows that repeat the time before from which on times are those of packets."""

_PACKET_GAP: Final = 0.5
"""Seconds that a packet may come late; later ones follow a gap."""

_MOST_GAPS: Final = 0.02
"""Share of rows before a gap from which on these are no gaps: the stamps themselves are uneven."""

_MOST_FILLED: Final = (10, 4 * 3600.0)
"""A grid may be so many times as long as its rows, or last so many seconds: longer gaps are cut by people."""


@dataclass(frozen=True, eq=False)
class Grid:
    """An even grid of samples.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    rows : ndarray of int64, shape (n,), optional
        Which row of the table comes n-th; None where every row is taken in its order.
    places : ndarray of int64, shape (n,), optional
        Where on the grid these rows lie; None where they follow each other without a gap.
    jitter : float
        How far times are off the grid, in samples.
    notes : tuple of str
        What was mended.
    """

    fs: float
    rows: Rows | None = None
    places: Rows | None = None
    jitter: float = 0.0
    notes: tuple[str, ...] = ()


def grid_of(source: str, times: Times) -> Grid:
    """Find the even grid that times lie on.

    Times are often rounded to milliseconds, so the roundest frequency that fits them all is taken. Gaps stay
    gaps; rows that are out of order are sorted, those that repeat a time are dropped, and samples that share
    the stamp of a packet are spread evenly.

    Parameters
    ----------
    source : str
        What to call the times in an error.
    times : ndarray of float64, shape (n,)
        Seconds.

    Raises
    ------
    RecordError
        If the steps are uneven, a gap is longer than anybody would fill, or the frequency is too low for an
        ECG.

    Examples
    --------
    >>> grid_of("t", np.round(np.arange(1000) / 360, 3)).fs
    360.0
    >>> grid_of("t", np.delete(np.arange(99), range(9, 89)) / 250).places[7:11].tolist()
    [7, 8, 89, 90]
    """
    times = times - times[0] if len(times) else times
    grid = _even(times)
    if grid is None:
        rows, notes = _in_order(source, times)
        times = times[rows]
        repeats = np.mean(np.diff(times) == 0) if len(times) > 1 else 0.0
        grid = _of_packets(times) if repeats > _PACKETS else None
        if grid is None:
            rows, times, more = _once_each(rows, times)
            notes += more
            grid = _with_gaps(source, times)
        grid = _checked(source, grid, rows, times, notes)
    if grid.fs < _LOWEST_FS:
        raise RecordError(
            f"{source}: steps of {1 / grid.fs:g} s are too long for an ECG; name the unit, as in 'time (ms)',"
            " or pass fs (--fs)"
        )
    return grid


def _even(times: Times) -> Grid | None:
    """Return the grid of times that are even as they stand."""
    n = len(times)
    fs = (n - 1) / times[-1] if n > 1 and times[-1] > 0 else np.nan
    if not np.isfinite(fs):
        return None
    jitter = float(_deviations(times, fs).max())
    if jitter > _EVEN or (np.diff(times) < 0).any():
        return None
    return Grid(_roundest(fs, lambda f: _deviations(times, f).max() <= jitter + _SLACK), jitter=jitter)


def _in_order(source: str, times: Times) -> tuple[Rows, tuple[str, ...]]:
    """Sort rows that stand in the wrong place; times that start anew are another recording."""
    rows = np.arange(len(times))
    back = np.flatnonzero(np.diff(times) < 0)
    if not len(back):
        return rows, ()
    order = np.argsort(times, kind="stable")
    ordered = np.diff(times[order])
    new_repeats = np.count_nonzero(ordered == 0) - np.count_nonzero(np.diff(times) == 0)
    if not ordered.any() or new_repeats > 0.05 * len(times) or 2 * len(back) >= len(times) - 1:
        raise RecordError(
            f"{source}: its times do not run from low to high (sample {back[0] + 1}); cut the recording"
            f" there,"
            " or pass fs (--fs) instead"
        )
    return order, (f"{_count(int(np.count_nonzero(order != rows)), 'row')} out of order and sorted by time.",)


def _once_each(rows: Rows, times: Times) -> tuple[Rows, Times, tuple[str, ...]]:
    keep = np.concatenate([[True], np.diff(times) > 0])
    if keep.all():
        return rows, times, ()
    note = f"{_count(int((~keep).sum()), 'row')} left out: the time is that of the row before."
    return rows[keep], times[keep], (note,)


def _with_gaps(source: str, times: Times) -> Grid:
    """Return the grid of rising times with gaps."""
    steps = np.diff(times)
    if not len(steps):
        raise RecordError(f"{source}: its times do not run from low to high; pass fs (--fs) instead")
    middle = float(np.median(steps))
    usual = float(steps[steps < 2.5 * middle].mean())
    clean = np.mean(np.abs(steps - usual) < 0.1 * usual) > 0.95
    gaps = np.flatnonzero(steps > (1.5 if clean else 2.5) * usual)
    if len(gaps) > _MOST_GAPS * len(times) and len(gaps) > 1 and times[-1] > 1:
        gaps = gaps[:0]
    starts = np.concatenate([[0], gaps + 1])
    counts = np.diff(np.concatenate([starts, [len(times)]]))
    lasting = times[starts + counts - 1] - times[starts]
    whole = counts > 1
    if not whole.any():
        raise RecordError(
            f"{source}: its steps are uneven; pass fs (--fs) to take the samples as evenly spaced"
        )
    fs = float((counts[whole] - 1).sum() / lasting[whole].sum())
    within = np.arange(len(times)) - np.repeat(starts, counts)
    since = times - np.repeat(times[starts], counts)
    jitter = float(np.abs(since * fs - within).max())
    if jitter > max(_EVEN, _MOST_JITTER * fs):
        row = int(np.argmax(np.abs(since * fs - within)))
        raise RecordError(
            f"{source}: steps are uneven at sample {row} ({times[row - 1]:.12g} s, then {times[row]:.12g} s);"
            " pass fs (--fs) to take the samples as evenly spaced"
        )
    fs = _roundest(fs, lambda f: np.abs(since * f - within).max() <= jitter + _SLACK)
    return Grid(fs, places=_placed(times[starts], counts, fs), jitter=jitter)


def _of_packets(times: Times) -> Grid | None:
    """Return the grid of samples that come in packets, each with one stamp."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(times) > 0]))
    counts = np.diff(np.concatenate([starts, [len(times)]]))
    between = np.diff(times[starts])
    if len(between) < 2:
        return None
    period = float(np.median(between / counts[:-1]))
    late = between - counts[:-1] * period > max(_PACKET_GAP, 2 * float(np.median(between)))
    fs = float(counts[:-1][~late].sum() / between[~late].sum())
    resolution = float(np.median(between)) / times[-1]
    fs = _roundest(fs, lambda f: abs(f - fs) <= resolution * fs)
    heads = np.concatenate([[0], np.flatnonzero(late) + 1])
    runs = np.diff(np.concatenate([starts[heads], [len(times)]]))
    note = (
        f"Times are those of packets of about {np.median(counts):.0f} samples, which were spread evenly.",
    )
    return Grid(
        fs, places=_placed(times[starts[heads]], runs, fs), jitter=float(np.median(counts)), notes=note
    )


def _placed(starts: Times, counts: Rows, fs: float) -> Rows:
    """Put stretches where they begin, none upon the one before."""
    places = np.empty(len(starts), np.float64)
    following = 0.0
    for i, (start, count) in enumerate(zip(np.rint(starts * fs), counts, strict=True)):
        places[i] = max(start, following)
        following = places[i] + count
    places = np.minimum(places, 2.0**62)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return (
        np.repeat(places.astype(np.int64), counts) + np.arange(int(counts.sum())) - np.repeat(first, counts)
    )


def _checked(source: str, grid: Grid, rows: Rows, times: Times, notes: tuple[str, ...]) -> Grid:
    """Refuse gaps that nobody would fill, and say which were filled."""
    places = grid.places if grid.places is not None else np.arange(len(times))
    length = int(places[-1]) + 1
    if length > max(_MOST_FILLED[0] * len(rows), _MOST_FILLED[1] * grid.fs):
        longest = int(np.argmax(np.diff(places)))
        raise RecordError(
            f"{source}: a gap at sample {longest + 1} ({times[longest]:.12g} s, then"
            f" {times[longest + 1]:.12g} s) is too long to fill; cut the recording there, or pass fs (--fs)"
            " to take the samples as evenly spaced"
        )
    missing, n_gaps = length - len(rows), int(np.count_nonzero(np.diff(places) > 1))
    if missing:
        gaps = "a gap" if n_gaps == 1 else f"{n_gaps} gaps"
        notes += (f"The times leave {gaps} of {missing / grid.fs:.3g} s in all, taken as missing samples.",)
    if grid.jitter > _EVEN and grid.notes == ():
        notes += (
            f"Times jitter by up to {1000 * grid.jitter / grid.fs:.0f} ms; samples were taken as even.",
        )
    same = len(rows) and np.array_equal(rows, np.arange(len(rows)))
    return Grid(
        grid.fs, None if same else rows, places if missing else None, grid.jitter, (*notes, *grid.notes)
    )


def _roundest(fs: float, fits: Callable[[float], bool]) -> float:
    return float(next((f for f in (round(fs, digits) for digits in range(4)) if f > 0 and fits(f)), fs))


def _deviations(times: Times, fs: float) -> Times:
    """Return how far each time is off an even grid, in samples."""
    return np.abs(times * fs - np.arange(len(times)))


def _count(n: int, what: str) -> str:
    return f"1 {what} was" if n == 1 else f"{n:,} {what}s were"
