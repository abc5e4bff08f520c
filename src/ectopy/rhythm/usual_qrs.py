"""Which beats have the QRS complex of the normal ones: the ventricles were entered where they always are.

No such beat is ventricular, whatever stands before it. A classifier that looks at a whole window may doubt
that where the P wave of an early beat lies on the last T wave, or where the PR interval is no usual one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.parts import centred, last_t_waves, straightened
from ectopy.beats.template import quick_median
from ectopy.beats.windows import Beats

QRS: Final = (-0.06, 0.1)
"""Seconds from the R peak that hold the QRS."""

SAME: Final = 0.2
"""Difference from the normal QRS, as a share of its size, below which a QRS is the same.

Of the ventricular beats of DS1, 3,788, none comes nearer than 0.21, and one than 0.24, on the first lead or
on two, a slope taken off or not; a beat of the same shape whose R peak lies between two samples stays below
0.15. Beats lie on slopes where a T wave goes on, a ventricular one above all, and where the level jumps: what
takes wander off spreads that over half a second to either side."""

SHIFTS: Final = np.arange(-2, 2.01, 0.25)
"""Samples by which the normal QRS is shifted: a narrow one looks another where its top lies between two."""

MIN_NORMAL: Final = 5
"""Normal beats that the normal QRS is taken from at the least."""

_BEYOND: Final = 32
"""Samples by which a window is prolonged, level, before it is shifted by its spectrum."""

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def usual_qrs(
    beats: Beats,
    peak: int,
    leads: npt.NDArray[np.int64],
    normal: Flags,
    asked: Flags,
    *,
    same: float = SAME,
) -> Flags:
    """Return which of some beats have the QRS complex of the normal ones.

    Parameters
    ----------
    beats : Beats
        One lead each, (n_beats, 1, n_times).
    peak : int
        Index of the R peak in the windows.
    leads : ndarray of int64, shape (n_beats,)
        Which lead each beat was cut from; it is compared with the normal ones of the same lead.
    normal, asked : ndarray of bool, shape (n_beats,)
        Which beats are normal, and which are to be compared with them.
    same : float
        Difference from the normal QRS, as a share of its size, up to which a QRS is the same.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
        False where it was not asked for, and where too few beats are normal.

    Examples
    --------
    >>> time = np.arange(-48, 48) / 120
    >>> narrow, wide = (np.exp(-0.5 * (time / width) ** 2) for width in (0.01, 0.04))
    >>> between = np.exp(-0.5 * ((time - 0.004) / 0.01) ** 2)
    >>> beats = Beats.of(np.stack([narrow] * 8 + [between, wide])[:, np.newaxis], fs=120)
    >>> first = np.arange(10) < 8
    >>> usual_qrs(beats, 48, np.zeros(10, np.int64), first, ~first)[-2:].tolist()
    [True, False]
    """
    alike = np.zeros(len(beats), bool)
    start, stop = max(0, peak + round(QRS[0] * beats.fs)), peak + round(QRS[1] * beats.fs)
    for lead in np.unique(leads[asked]):
        usual, rows = np.flatnonzero((leads == lead) & normal), np.flatnonzero((leads == lead) & asked)
        if len(usual) < MIN_NORMAL:
            continue
        template = quick_median(beats.waveforms[usual, 0], axis=0).astype(np.float64)
        windows = beats.waveforms[rows, 0].astype(np.float64)
        rr = np.asarray(beats.rr, np.float64)[rows]
        parts = windows[:, start:stop]
        without_t = (windows - last_t_waves(template, peak, beats.fs, rr))[:, start:stop]
        shifted = _shifted(template)[:, start:stop]
        alike[rows] |= _alike(centred(parts), centred(shifted), same)
        alike[rows] |= _alike(centred(without_t), centred(shifted), same)
        alike[rows] |= _alike(straightened(parts), straightened(shifted), same)
    return alike


def _alike(parts: Floats, usual: Floats, same: float) -> Flags:
    """Return which parts, shape (n, n_times), are the usual one, shape (n_shifts, n_times)."""
    difference = np.linalg.norm(parts[:, np.newaxis] - usual, axis=2)
    return np.asarray((difference <= same * np.linalg.norm(usual, axis=1)).any(axis=1))


def _shifted(template: Floats) -> Floats:
    """Return a window moved to the right by each of `SHIFTS`, shape (n_shifts, n_times)."""
    long = np.pad(template, _BEYOND, mode="edge")
    slope = np.linspace(long[0], long[-1], len(long))
    turns = np.exp(-2j * np.pi * np.fft.rfftfreq(len(long)) * SHIFTS[:, np.newaxis])
    moved = np.fft.irfft(np.fft.rfft(long - slope) * turns, len(long)) + slope
    return moved[:, _BEYOND:-_BEYOND]
