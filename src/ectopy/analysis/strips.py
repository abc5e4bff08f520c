"""A stretch of a recording with the marks of its beats, or a single beat, as `ectopy.plotting` draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.plotting.strip import Strip
from ectopy.record import Source
from ectopy.wording import Clock

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ectopy.analysis.result import Analysis

MOST_LEADS: Final = 3
"""Leads on a strip at the most, the analysed lead first."""

LONGEST: Final = 60.0
"""Seconds of a strip at the most that is drawn alone: one and a half metres of paper."""


def check_stretch(record: Source, start: float, seconds: float) -> None:
    """Raise a `ParameterError` if a stretch lies outside a recording, or is too long to be drawn."""
    if not 0 <= start < record.duration:
        raise ParameterError(
            f"start={start!r} lies outside the recording; give seconds from 0 to {record.duration:g}"
        )
    if not 0 < seconds <= LONGEST:
        raise ParameterError(
            f"seconds={seconds!r} is no length of a strip; give a number above 0 and up to {LONGEST:g}"
        )


def marked_strip(
    record: Source,
    samples: npt.NDArray[np.int64],
    symbols: npt.NDArray[np.str_],
    marked: npt.NDArray[np.bool_],
    start: float,
    seconds: float,
    first_lead: int = 0,
    highlight: tuple[float, float] | None = None,
    most_leads: int = MOST_LEADS,
) -> Strip:
    """Return a stretch of a recording.

    Parameters
    ----------
    record : Source
        The recording.
    samples, symbols, marked : ndarray, shape (n_beats,)
        R peaks, rising; the symbol of each beat; whether it is drawn as abnormal.
    start, seconds : float
        Where the stretch begins, in seconds into the recording, and how long it is.
    first_lead : int
        Column of the lead on top; the others follow as they stand in the recording.
    highlight : tuple of float, optional
        Start and end of a part to shade, in seconds into the recording.
    most_leads : int
        Leads that are shown at the most.
    """
    first = round(start * record.fs)
    last = min(record.n_samples or 0, first + round(seconds * record.fs))
    others = [lead for lead in range(len(record.leads)) if lead != first_lead]
    rows = [first_lead, *others][:most_leads]
    inside = slice(*np.searchsorted(samples, (first, last)))
    return Strip(
        signal=record.read(first, last)[:, rows],
        fs=record.fs,
        leads=tuple(record.leads[row] for row in rows),
        start=first / record.fs,
        times=samples[inside] / record.fs,
        symbols=symbols[inside],
        abnormal=marked[inside],
        reference=_reference(record, first, last),
        highlight=highlight,
        clock=Clock(record.start),
    )


def _reference(record: Source, first: int, last: int) -> tuple[tuple[float, str], ...]:
    """Return time and symbol of the reference beats between two samples."""
    marks = record.annotations
    if marks is None:
        return ()
    beats = marks[(marks.samples >= first) & (marks.samples < last)].beats()
    return tuple(
        (float(sample / record.fs), str(symbol))
        for sample, symbol in zip(beats.samples, beats.symbols, strict=True)
    )


def checked_beat(beat: int, n_beats: int) -> int:
    """Return which beat is meant, counted from 0.

    Raises
    ------
    ParameterError
        If there is no such beat.
    """
    if not -n_beats <= beat < n_beats:
        raise ParameterError(f"beat={beat!r} does not exist; the recording has {n_beats} beats")
    return beat % n_beats


def draw_beat(analysis: Analysis, beat: int) -> Figure:
    """Return a figure of a beat and of what the detector expected."""
    from ectopy.plotting.beats import beat_figure

    return beat_figure(
        analysis.beats.waveforms[beat, 0],
        analysis.reconstruct(beat)[0],
        analysis.window.fs,
        analysis.window.before,
        f"beat {beat} at {analysis.beats.samples[beat] / analysis.record.fs:.2f} s: {analysis.symbols[beat]},"
        f" score {analysis.scores[beat]:.2f}, threshold {analysis.threshold:.2f}",
        analysis.detector.EXPECTATION,
    )
