"""A stretch of a recording on ECG paper: what is on it, and where, in millimetres; 25 mm/s, 10 mm/mV."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.wording import ELAPSED, Clock

SPEED: Final = 25.0
"""Millimetres per second."""

GAIN: Final = 10.0
"""Millimetres per millivolt."""

MARGIN: Final = 10.0
"""Millimetres at the left for the calibration pulse: 0.2 s wide, 1 mV high."""

HEAD: Final = 7.0
REFERENCE: Final = 4.0
FOOT: Final = 5.0
"""Millimetres above the leads for the beats, then for the reference, and below the leads for the time."""

_UP = (10.0, 30.0)
_DOWN = (5.0, 30.0)
"""Millimetres above and below the baseline of a lead, at least and at most; ectopic beats reach 3 mV."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A stretch of a recording, and the beats in it.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        Samples in mV, NaN where missing.
    fs : float
        Sampling rate in Hz.
    leads : tuple of str
        Names of the leads.
    start : float
        Seconds into the recording of the first sample.
    times : ndarray of float, shape (n_beats,)
        Times of the beats, in seconds into the recording.
    symbols : ndarray of str, shape (n_beats,)
        Symbol written over each beat.
    abnormal : ndarray of bool, shape (n_beats,)
        Beats marked as abnormal.
    reference : tuple of (float, str)
        Time and symbol of each reference beat, shown on a second line of marks.
    highlight : tuple of float, optional
        Start and end of the shaded window, in seconds into the recording.
    clock : Clock
        Tells the times under the strip.
    """

    signal: npt.NDArray[np.float32]
    fs: float
    leads: tuple[str, ...]
    start: float
    times: npt.NDArray[np.float64]
    symbols: npt.NDArray[np.str_]
    abnormal: npt.NDArray[np.bool_]
    reference: tuple[tuple[float, str], ...] = ()
    highlight: tuple[float, float] | None = None
    clock: Clock = ELAPSED

    @property
    def stop(self) -> float:
        """End of the strip, in seconds into the recording."""
        return self.start + len(self.signal) / self.fs

    @property
    def width(self) -> float:
        """Millimetres of paper, the margin included."""
        return MARGIN + (self.stop - self.start) * SPEED

    @cached_property
    def height(self) -> float:
        """Millimetres of paper that all leads, the marks and the time scale take."""
        return self.head + FOOT + sum(row.up + row.down for row in self.rows)

    @property
    def head(self) -> float:
        """Millimetres of paper above the leads, for the marks."""
        return HEAD + (REFERENCE if self.reference else 0)

    @cached_property
    def rows(self) -> list[Row]:
        """One row of paper per lead."""
        return [_row(column) for column in self.signal.T]

    def x(self, seconds: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the position of a time of the recording on the paper, in mm."""
        return MARGIN + (np.asarray(seconds, np.float64) - self.start) * SPEED


@dataclass(frozen=True, eq=False)
class Row:
    """One lead on paper: mm above its baseline, how far up and down the row reaches, and the trace in mm."""

    trace: npt.NDArray[np.float64]
    up: float
    down: float


def _row(column: npt.NDArray[np.float32]) -> Row:
    valid = column[np.isfinite(column)]
    if not len(valid):
        return Row(np.full(len(column), np.nan), _UP[0], _DOWN[0])
    trace = (column.astype(np.float64) - np.median(valid)) * GAIN
    up = _fives(np.nanmax(trace) + 1, *_UP)
    return Row(trace, up, _fives(1 - np.nanmin(trace), *_DOWN))


def _fives(mm: float, least: float, most: float) -> float:
    """Round up to whole squares of 5 mm, within limits."""
    return float(np.clip(np.ceil(mm / 5) * 5, least, most))
