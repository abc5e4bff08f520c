"""Which beats have the P wave of the normal ones before their QRS."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.parts import centred, last_t_waves, straightened
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
Floats = npt.NDArray[np.float64]


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
    following = np.append(beats.rr[1:], np.float32(np.nan))
    windows, rr = beats.waveforms[:, 0].astype(np.float64), beats.rr.astype(np.float64)
    alone = following >= (beats.shape[2] - peak) / beats.fs - P_WAVE[0]
    for lead in np.unique(leads[every]):
        usual, rows = np.flatnonzero((leads == lead) & normal), np.flatnonzero((leads == lead) & every)
        if len(usual) < MIN_NORMAL:
            continue
        found[rows] = _alike(windows[usual], windows[rows], beats.fs, peak)
        single = windows[(leads == lead) & alone]
        if len(single) >= MIN_NORMAL:
            beat = quick_median(single, axis=0)
            theirs, own = (windows[of] - last_t_waves(beat, peak, beats.fs, rr[of]) for of in (usual, rows))
            found[rows] |= _alike(theirs, own, beats.fs, peak)
    return found


def _alike(usual: Floats, windows: Floats, fs: float, peak: int) -> Flags:
    """Return which windows, shape (n, n_times), have the P wave of the usual ones, on a slope or not."""
    alike = np.zeros(len(windows), np.bool_)
    template = quick_median(_part(usual, fs, peak, P_WAVE), axis=0)
    height = quick_median(np.ptp(_part(usual, fs, peak, QRS), axis=1), axis=0)
    if np.ptp(template) < VISIBLE * height:
        return alike
    room = peak + round(P_WAVE[0] * fs)
    for level in (centred, straightened):
        wave = level(template[np.newaxis])
        for earlier in range(min(room, round(LATER * fs)) + 1):
            difference = level(_part(windows, fs, peak - earlier, P_WAVE)) - wave
            alike |= np.linalg.norm(difference, axis=1) <= SAME * np.linalg.norm(wave)
    return alike


def _part(windows: Floats, fs: float, peak: int, seconds: tuple[float, float]) -> Floats:
    """Return a part of some windows."""
    start, stop = (peak + round(second * fs) for second in seconds)
    return windows[:, max(0, start) : stop]
