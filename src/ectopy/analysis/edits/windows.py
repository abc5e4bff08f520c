"""Windows of beats that a reviewer placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ectopy.analysis.saved_source import SavedSource
from ectopy.beats.windows import condition, condition_reach, cut_windows, window_centres
from ectopy.signal.resampling import rational_ratio

if TYPE_CHECKING:
    from ectopy.analysis.result import Analysis


def windows_at(
    analysis: Analysis, samples: npt.NDArray[np.int64], leads: npt.NDArray[np.str_]
) -> npt.NDArray[np.float32]:
    """Return windows around samples of a recording, as the pipeline cuts them; flat without the recording.

    Parameters
    ----------
    analysis : Analysis
        Whose recording and kind of window.
    samples : ndarray of int64, shape (n,)
        R peaks.
    leads : ndarray of str, shape (n,)
        On which lead.

    Returns
    -------
    ndarray of float32, shape (n, n_times)
        In mV.
    """
    source, window = analysis.record, analysis.window
    cut = np.zeros((len(samples), window.n_times), np.float32)
    if isinstance(source, SavedSource):
        return cut
    down = rational_ratio(source.fs, window.fs).down
    around = condition_reach(source.fs, window.fs) + round(window.n_times * source.fs / window.fs)
    for row, (sample, lead) in enumerate(zip(samples.tolist(), leads.tolist(), strict=True)):
        start = max(0, sample - around) // down * down
        part = source.read(start, min(sample + around, source.n_samples or 0))
        level = condition(part[:, [source.leads.index(lead)]], source.fs, window.fs)
        centre = window_centres(np.array([sample - start]), source.fs, window.fs)
        cut[row] = cut_windows(level, centre, window)[0, 0]
    return cut
