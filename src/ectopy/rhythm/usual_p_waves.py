"""Which beats have the P wave of the normal ones before their QRS."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median
from ectopy.beats.windows import Beats

P_WAVE: Final = (-0.24, -0.06)
"""Seconds from the R peak in which the P wave of a normally conducted beat lies."""

QRS: Final = (-0.06, 0.1)
"""Seconds from the R peak that hold the QRS."""

LATER: Final = 0.12
"""Seconds by which slow conduction (Wenckebach) delays the QRS after its P wave at the most."""

VISIBLE: Final = 0.03
"""Height of a P wave, as a share of that of the QRS, below which nobody can compare it."""

SAME: Final = 0.45
"""Difference from the normal P wave, as a share of its size, below which a P wave is the same."""

MIN_NORMAL: Final = 5
"""Normal beats that the normal P wave is taken from at the least."""

Flags = npt.NDArray[np.bool_]


def usual_p_waves(
    beats: Beats, peak: int, leads: npt.NDArray[np.int64], normal: Flags, asked: Flags | None = None
) -> Flags:
    """Return which beats have the P wave of the normal ones.

    Parameters
    ----------
    beats : Beats
        One lead each, (n_beats, 1, n_times).
    peak : int
        Index of the R peak in the windows.
    leads : ndarray of int64, shape (n_beats,)
        Which lead each beat was cut from; it is compared with the normal ones of the same lead.
    normal : ndarray of bool, shape (n_beats,)
        Which beats are normal.
    asked : ndarray of bool, shape (n_beats,), optional
        Which beats are to be compared with them; all by default.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
        False where it was not asked for, and where no P wave can be seen, nor has a place in the windows.

    Examples
    --------
    >>> time = np.arange(-48, 48) / 120
    >>> wave = np.exp(-0.5 * (time / 0.01) ** 2)
    >>> p_wave = 0.2 * np.exp(-0.5 * ((time + 0.16) / 0.02) ** 2)
    >>> beats = Beats.of(np.stack([wave + p_wave] * 8 + [wave])[:, np.newaxis], fs=120)
    >>> usual_p_waves(beats, 48, np.zeros(9, np.int64), np.arange(9) < 7)[-2:].tolist()
    [True, False]
    """
    found = np.zeros(len(beats), bool)
    room = peak + round(P_WAVE[0] * beats.fs)
    if room < 0 or peak + round(QRS[1] * beats.fs) > beats.shape[2]:
        return found
    every = np.ones(len(beats), np.bool_) if asked is None else asked
    for lead in np.unique(leads[every]):
        usual, rows = np.flatnonzero((leads == lead) & normal), np.flatnonzero((leads == lead) & every)
        if len(usual) < MIN_NORMAL:
            continue
        normal_ones, windows = beats.waveforms[usual, 0], beats.waveforms[rows, 0]
        template = quick_median(_part(normal_ones, beats.fs, peak, P_WAVE), axis=0)
        height = quick_median(np.ptp(_part(normal_ones, beats.fs, peak, QRS), axis=1), axis=0)
        if np.ptp(template) >= VISIBLE * height:
            for earlier in range(min(room, round(LATER * beats.fs)) + 1):
                difference = _part(windows, beats.fs, peak - earlier, P_WAVE) - template
                found[rows] |= np.linalg.norm(difference, axis=1) <= SAME * np.linalg.norm(template)
    return found


def _part(
    windows: npt.NDArray[np.float32], fs: float, peak: int, seconds: tuple[float, float]
) -> npt.NDArray[np.float32]:
    """Return a part of some windows without its mean."""
    start, stop = (peak + round(second * fs) for second in seconds)
    part = windows[:, max(0, start) : stop]
    return part - part.mean(axis=1, keepdims=True)
