"""Alignment: beats of one shape are cut at one place.

A detector may put its mark on either of two waves of the same QRS. The marks are as good for counting, but
two cuts of one shape some 40 ms apart look like two shapes. Beats like the person's own are therefore moved
to where they fit the own beat best; others stay where they were found.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import unit
from ectopy.beats.template import OWN_BEATS, own_beat
from ectopy.beats.windows import WindowSpec, cut_windows

REACH: Final = 0.06
"""Seconds that a beat is moved at the most."""

LIKE: Final = 0.7
"""Correlation with the own beat from which on a beat is moved to fit it; chosen on MIT-BIH DS1.

Lower means fewer false alarms and fewer abnormal beats found: more of another shape are moved to fit."""

_ROUNDS: Final = 2


def cut_aligned(
    level: npt.NDArray[np.float32], centres: npt.NDArray[np.int64], window: WindowSpec
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Cut a window around every beat, each lead where the beat fits the person's own on that lead.

    Parameters
    ----------
    level : ndarray of float32, shape (n_samples, n_leads)
        The conditioned signal, at the rate of the windows.
    centres : ndarray of int64, shape (n_beats,)
        R peaks in ``level``.
    window : WindowSpec
        How beats are cut.

    Returns
    -------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        The windows.
    lags : ndarray of int64, shape (n_beats, n_leads)
        By how many samples each was moved, see `own_lags`.
    """
    lags = np.stack([own_lags(lead, centres, window) for lead in level.T], axis=1)
    leads = range(level.shape[1])
    cut = [cut_windows(level[:, [lead]], centres + lags[:, lead], window) for lead in leads]
    return np.concatenate(cut, axis=1), lags


def own_lags(
    level: npt.NDArray[np.float32], centres: npt.NDArray[np.int64], window: WindowSpec
) -> npt.NDArray[np.int64]:
    """Return by how much each beat must move to fit the person's own.

    Parameters
    ----------
    level : ndarray of float32, shape (n_samples,)
        One conditioned lead, at the rate of the windows.
    centres : ndarray of int64, shape (n_beats,)
        R peaks in ``level``.
    window : WindowSpec
        How beats are cut.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Samples at the rate of the windows; 0 for a beat that is not like the own one at any lag.
    """
    lags = np.zeros(len(centres), dtype=np.int64)
    if not len(centres):
        return lags
    some = slice(None, None, -(-len(centres) // OWN_BEATS))
    for _ in range(_ROUNDS):
        own, _ = own_beat(cut_windows(level[:, np.newaxis], (centres + lags)[some], window)[:, 0])
        lags = _best_lags(level, centres, window, own)
    return lags


def _best_lags(
    level: npt.NDArray[np.float32],
    centres: npt.NDArray[np.int64],
    window: WindowSpec,
    own: npt.NDArray[np.float32],
) -> npt.NDArray[np.int64]:
    reach = round(REACH * window.fs)
    wide = WindowSpec(fs=window.fs, before=window.before + reach, after=window.after + reach)
    cut = cut_windows(level[:, np.newaxis], centres, wide)[:, 0]
    shape = unit(own[np.newaxis])[0]
    tried = sorted(range(-reach, reach + 1), key=abs)  # of equal fits the nearest wins
    fits = np.stack([unit(cut[:, reach + lag : reach + lag + window.n_times]) @ shape for lag in tried])
    return np.where(fits.max(axis=0) >= LIKE, np.array(tried)[fits.argmax(axis=0)], 0)
