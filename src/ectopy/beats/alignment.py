"""Alignment: beats of the same shape are cut at the same place.

A detector may mark either of two waves of the same QRS complex. For counting beats that makes no difference,
but two cuts of one shape some 40 ms apart look like two shapes. Beats that resemble the patient template are
therefore moved to where they fit it best; the others stay where they were detected.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import unit_rows
from ectopy.beats.template import TEMPLATE_BEATS, patient_template
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
    lags = np.stack([template_lags(lead, centres, window) for lead in signal.T], axis=1)
    leads = range(signal.shape[1])
    cut = [cut_windows(signal[:, [lead]], centres + lags[:, lead], window) for lead in leads]
    return np.concatenate(cut, axis=1), lags


def template_lags(
    signal: npt.NDArray[np.float32], centres: npt.NDArray[np.int64], window: WindowSpec
) -> npt.NDArray[np.int64]:
    """Return by how much each beat must move to fit the patient template.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples,)
        One conditioned lead, at the rate of the windows.
    centres : ndarray of int64, shape (n_beats,)
        R peaks in ``signal``.
    window : WindowSpec
        How beats are cut.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Samples at the rate of the windows; 0 for a beat that does not resemble the template at any lag.
    """
    lags = np.zeros(len(centres), dtype=np.int64)
    if not len(centres):
        return lags
    some = slice(None, None, -(-len(centres) // TEMPLATE_BEATS))
    for _ in range(_ROUNDS):
        windows = cut_windows(signal[:, np.newaxis], (centres + lags)[some], window)
        template, _ = patient_template(windows[:, 0])
        lags = _best_lags(signal, centres, window, template)
    return lags


def _best_lags(
    signal: npt.NDArray[np.float32],
    centres: npt.NDArray[np.int64],
    window: WindowSpec,
    template: npt.NDArray[np.float32],
) -> npt.NDArray[np.int64]:
    reach = round(REACH * window.fs)
    wide = WindowSpec(fs=window.fs, before=window.before + reach, after=window.after + reach)
    cut = cut_windows(signal[:, np.newaxis], centres, wide)[:, 0]
    shape = unit_rows(template[np.newaxis])[0]
    tried = sorted(range(-reach, reach + 1), key=abs)  # of equal correlations the shortest lag wins
    correlations = np.stack(
        [unit_rows(cut[:, reach + lag : reach + lag + window.n_times]) @ shape for lag in tried]
    )
    best = np.array(tried)[correlations.argmax(axis=0)]
    return np.where(correlations.max(axis=0) >= MIN_CORRELATION, best, 0)
