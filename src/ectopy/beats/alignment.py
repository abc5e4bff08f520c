"""Alignment: beats of the same shape are cut at the same place.

A detector may mark either of two waves of the same QRS complex. For counting beats that makes no difference,
but two cuts of one shape some 40 ms apart look like two shapes. Beats that resemble the patient template are
therefore moved to where they fit it best; the others stay where they were detected.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import MIN_LENGTH, unit_rows
from ectopy.beats.template import TEMPLATE_BEATS, usual_beat
from ectopy.beats.windows import WindowSpec, cut_windows

REACH: Final = 0.06
"""Seconds by which a beat is moved at most: two waves of a QRS are hardly further apart."""

MIN_CORRELATION: Final = 0.7
"""Correlation with the template above which a beat is moved; chosen on MIT-BIH DS1.

A lower value gives fewer false alarms and fewer detected abnormal beats, as more beats of another shape are
moved to fit."""

_ROUNDS: Final = 2
"""Times that template and lags are found: the second template is of beats that are aligned already."""


def cut_aligned(
    signal: npt.NDArray[np.float32], centres: npt.NDArray[np.int64], window: WindowSpec
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Cut a window around every beat, on each lead where the beat fits the template of that lead.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        The conditioned signal in mV, at the rate of the windows.
    centres : ndarray of int64, shape (n_beats,)
        R peaks in ``signal``.
    window : WindowSpec
        How beats are cut.

    Returns
    -------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        The windows, in mV.
    lags : ndarray of int64, shape (n_beats, n_leads)
        Samples by which each was moved, see `template_lags`.
    """
    margin = round(REACH * window.fs)
    wide = WindowSpec(fs=window.fs, before=window.before + margin, after=window.after + margin)
    cut = cut_windows(signal, centres, wide)
    lags = np.stack([template_lags(lead, window, margin) for lead in cut.transpose(1, 0, 2)], axis=1)
    index = (margin + lags)[..., np.newaxis] + np.arange(window.n_times)
    return np.take_along_axis(cut, index, axis=2), lags


def template_lags(windows: npt.NDArray[np.float32], window: WindowSpec, margin: int) -> npt.NDArray[np.int64]:
    """Return by how much each beat must move to fit the patient template.

    Parameters
    ----------
    windows : ndarray of float32, shape (n_beats, n_times + 2 * margin)
        One conditioned lead of consecutive beats, cut longer than the window on each side.
    window : WindowSpec
        How beats are cut.
    margin : int
        Samples by which they were cut longer, `REACH` seconds at least.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Samples at the rate of the windows; 0 for a beat that does not resemble the template at any lag.
    """
    lags = np.zeros(len(windows), dtype=np.int64)
    if not len(windows):
        return lags
    some = windows[:: -(-len(windows) // TEMPLATE_BEATS)]
    reach, n_times = round(REACH * window.fs), window.n_times
    template = usual_beat(some[:, margin : margin + n_times])
    for _ in range(_ROUNDS - 1):
        index = (margin + _best_lags(some, template, margin, reach))[:, np.newaxis] + np.arange(n_times)
        template = usual_beat(np.take_along_axis(some, index, axis=1))
    return _best_lags(windows, template, margin, reach)


def _best_lags(
    windows: npt.NDArray[np.float32], template: npt.NDArray[np.float32], margin: int, reach: int
) -> npt.NDArray[np.int64]:
    """Return the lag at which each beat correlates best with the template, 0 if nowhere well."""
    n_times = len(template)
    tried = np.array(sorted(range(-reach, reach + 1), key=abs))  # of equal correlations the shortest wins
    inside = np.zeros((windows.shape[1], len(tried)), np.float32)
    shapes = inside.copy()
    shape = unit_rows(template[np.newaxis])[0]
    for column, lag in enumerate(tried):
        part = slice(margin + lag, margin + lag + n_times)
        inside[part, column] = 1
        shapes[part, column] = shape
    level = windows - windows.mean(axis=1, keepdims=True)
    power = np.square(level) @ inside - np.square(level @ inside) / np.float32(n_times)
    length = np.sqrt(np.maximum(power, np.float32(MIN_LENGTH**2)))
    correlations = (level @ shapes) / length
    best = tried[correlations.argmax(axis=1)]
    return np.where(correlations.max(axis=1) >= MIN_CORRELATION, best, 0)
