"""Alignment: beats of the same shape are cut at the same place.

A detector may mark either of two waves of the same QRS complex. For counting beats that makes no difference,
but two cuts of one shape some 40 ms apart look like two shapes. Beats that resemble the patient template are
therefore moved to where they fit it best; the others stay where they were detected.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import MIN_LENGTH, unit_rows
from ectopy.beats.template import TEMPLATE_BEATS, usual_beat
from ectopy.beats.windows import WindowSpec, cut_windows

REACH: Final = 0.08
"""Seconds by which a beat is moved at most: R and R' of a bundle-branch block are hardly further apart."""

MIN_CORRELATION: Final = 0.7
"""Correlation with the template above which a beat is moved; chosen on MIT-BIH DS1.

A lower value gives fewer false alarms and fewer detected abnormal beats, as more beats of another shape are
moved to fit."""

_ROUNDS: Final = 2
"""Times that template and lags are found: the second template is of beats that are aligned already."""


_Sized: TypeAlias = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Windows without their mean, and the length of what lies in each of the places of the template."""


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
    places = _Places.of(windows.shape[1], n_times, margin, reach)
    sized = places.sized(some)
    for _ in range(_ROUNDS - 1):
        index = (margin + places.best_lags(sized, template))[:, np.newaxis] + np.arange(n_times)
        template = usual_beat(np.take_along_axis(some, index, axis=1))
    return places.best_lags(sized if len(some) == len(windows) else places.sized(windows), template)


@dataclass(frozen=True, eq=False)
class _Places:
    """The places in a window at which the template is tried.

    Parameters
    ----------
    lags : ndarray of int64, shape (n_places,)
        The shortest first: of equal correlations it wins.
    sample : ndarray of int64, shape (n_times + 2 * margin, n_places)
        Sample of the template on each sample of the window; 0 where it is not.
    inside : ndarray of float32, of the same shape
        1 where it is.
    n_times : int
        Samples of the template.
    """

    lags: npt.NDArray[np.int64]
    sample: npt.NDArray[np.int64]
    inside: npt.NDArray[np.float32]
    n_times: int

    @classmethod
    @lru_cache(maxsize=16)
    def of(cls, n_window: int, n_times: int, margin: int, reach: int) -> _Places:
        lags = np.array(sorted(range(-reach, reach + 1), key=abs))
        sample = np.arange(n_window)[:, np.newaxis] - (margin + lags)
        inside = (sample >= 0) & (sample < n_times)
        return cls(lags, np.where(inside, sample, 0), inside.astype(np.float32), n_times)

    def sized(self, windows: npt.NDArray[np.float32]) -> _Sized:
        """Return windows of mean zero, and the length of what lies in each place."""
        level = windows - windows.mean(axis=1, keepdims=True)
        power = np.square(level) @ self.inside - np.square(level @ self.inside) / np.float32(self.n_times)
        return level, np.sqrt(np.maximum(power, np.float32(MIN_LENGTH**2)))

    def best_lags(self, sized: _Sized, template: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """Return the lag at which each beat correlates best with the template, 0 if nowhere well."""
        level, length = sized
        shapes = unit_rows(template[np.newaxis])[0][self.sample] * self.inside
        correlations = (level @ shapes) / length
        best = self.lags[correlations.argmax(axis=1)]
        return np.where(correlations.max(axis=1) >= MIN_CORRELATION, best, 0)
