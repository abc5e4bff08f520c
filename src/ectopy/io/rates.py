"""The sampling frequency of a recording: stated, given, or taken from a column of times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError

if TYPE_CHECKING:
    import pandas as pd

_LOWEST_FS: Final = 20.0
_SLACK: Final = 0.05
"""Of a sample: how far times may be off the grid of a rounder sampling frequency beyond their own jitter."""

_CLOCK: Final = re.compile(r"'?\[?(\d+:){1,2}\d+(\.\d+)?\]?'?")


def agreed_fs(source: str, stated: float | None, given: float | None) -> float:
    """Return the sampling frequency that a file states, or the caller gives.

    Parameters
    ----------
    source : str
        What to call the file in an error.
    stated, given : float or None
        Sampling frequency in Hz, if known.

    Raises
    ------
    RecordError
        If neither is known, or they contradict each other.
    """
    if stated is None and given is None:
        raise RecordError(f"{source}: nothing there tells the sampling frequency; pass it as fs (--fs)")
    if stated is not None and given is not None and not np.isclose(stated, given):
        raise RecordError(f"{source}: states {stated:g} Hz and fs={given:g} was given; leave fs out")
    return float(given if stated is None else stated)  # type: ignore[arg-type]  # one of them is known


def fs_from_times(source: str, times: npt.NDArray[np.float64]) -> float:
    """Return the sampling frequency in Hz of samples taken at even steps.

    Times are often rounded to milliseconds, so the roundest frequency that fits them all is taken.

    Parameters
    ----------
    source : str
        What to call the times in an error.
    times : ndarray of float, shape (n,)
        Seconds.

    Raises
    ------
    RecordError
        If a time is missing, the steps are uneven, or the frequency is too low for an ECG.

    Examples
    --------
    >>> fs_from_times("t", np.round(np.arange(1000) / 360, 3))
    360.0
    """
    n = len(times)
    fs = (n - 1) / (times[-1] - times[0]) if n > 1 and times[-1] > times[0] else np.nan
    if not np.isfinite(fs):
        raise RecordError(f"{source}: its times do not run from low to high; pass fs (--fs) instead")
    jitter = _deviations(times, fs)
    if jitter.max() > 1:
        steps = np.diff(times)
        row = int(np.argmax(np.abs(steps - np.median(steps)))) + 1
        raise RecordError(
            f"{source}: steps are uneven at sample {row} ({times[row - 1]:.12g} s, then {times[row]:.12g} s);"
            " cut the recording there, or pass fs (--fs) to take the samples as evenly spaced"
        )
    if fs < _LOWEST_FS:
        raise RecordError(
            f"{source}: steps of {1 / fs:g} s are too long for an ECG; name the unit, as in 'time (ms)',"
            " or pass fs (--fs)"
        )
    rounder = (round(fs, digits) for digits in range(4))
    return float(next((f for f in rounder if _deviations(times, f).max() <= jitter.max() + _SLACK), fs))


def seconds(source: str, cells: pd.Series[str]) -> npt.NDArray[np.float64]:
    """Read times written as ``[h:]mm:ss[.fff]`` or as ISO 8601 dates, in seconds from the first.

    Raises
    ------
    RecordError
        If they are written in another way.

    Examples
    --------
    >>> import pandas as pd
    >>> seconds("t", pd.Series(["0:59.996", "1:00.000"])).round(3).tolist()
    [0.0, 0.004]
    """
    import pandas as pd

    try:
        if _CLOCK.fullmatch(cells.iloc[0].strip()):
            parts = cells.str.strip(" '[]").str.split(":", expand=True).to_numpy(dtype=np.float64)
            times = parts @ 60.0 ** np.arange(parts.shape[1])[::-1]
        else:
            stamps = pd.to_datetime(cells, format="ISO8601", utc=True)
            times = (stamps - stamps.iloc[0]).dt.total_seconds().to_numpy()
    except (ValueError, TypeError) as error:
        raise RecordError(
            f"{source}: times such as {cells.iloc[0]!r} are neither a clock's nor ISO 8601;"
            " pass fs (--fs) instead"
        ) from error
    return np.asarray(times - times[0], dtype=np.float64)


def _deviations(times: npt.NDArray[np.float64], fs: float) -> npt.NDArray[np.float64]:
    """Return how far each time is off an even grid, in samples."""
    return np.abs((times - times[0]) * fs - np.arange(len(times)))
