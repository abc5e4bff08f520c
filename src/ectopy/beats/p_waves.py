"""What the P waves of each beat tell of its origin: cheap evidence for whoever judges rhythm or class."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import Waves

P_COLUMNS: Final = ("p_confidence", "pr_deviation", "p_height", "n_p")
"""Columns of `p_evidence`."""

_USUAL_BEATS: Final = 41
"""Beats around each whose median PR interval and P wave are the usual ones."""

Floats = npt.NDArray[np.float64]


def p_evidence(waves: Waves) -> dict[str, Floats]:
    """Return what the P waves of each beat tell, compared with the usual ones nearby.

    Parameters
    ----------
    waves : Waves
        From `ectopy.delineate`.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_beats,)
        ``p_confidence``, 0 where there is no P wave; ``pr_deviation``, PR interval less the usual one in s;
        ``p_height``, height of the P wave as a share of the usual one (mean of the leads), less 1; both 0
        where there is no P wave or no usual one; ``n_p``, P waves before the beat.

    Examples
    --------
    >>> from ectopy.models.delineator import delineate
    >>> from ectopy.simulation import simulate
    >>> evidence = p_evidence(delineate(simulate(20, 250, seed=1)))
    >>> bool(np.median(evidence["p_confidence"]) > 0.6)
    True
    """
    pr = (waves.mark("qrs_onset") - waves.mark("p_onset")) / waves.fs
    heights = waves.amplitudes[:, :, 0]
    usual = _usual(heights)
    ratios = np.divide(heights, usual, out=np.full(usual.shape, np.nan), where=np.abs(usual) > _LOWEST)
    known = np.isfinite(ratios).sum(axis=1)
    mean = np.divide(np.nansum(ratios, axis=1), known, out=np.ones(len(waves)), where=known > 0)
    return {
        "p_confidence": waves.confidences[:, 0],
        "pr_deviation": np.nan_to_num(pr - _usual(pr[:, None])[:, 0]),
        "p_height": np.clip(mean - 1, -_FARTHEST, _FARTHEST),
        "n_p": waves.n_p.astype(np.float64),
    }


_LOWEST: Final = 0.01
"""Height in mV of a usual P wave below which others are not compared with it."""

_FARTHEST: Final = 3.0


def _usual(values: Floats) -> Floats:
    """Return the median of the beats around each, NaN where none is known; shape (n_beats, n_leads)."""
    if not len(values):
        return values
    half = _USUAL_BEATS // 2
    padded = np.pad(values, ((half, half), (0, 0)), constant_values=np.nan)
    around = np.sort(np.lib.stride_tricks.sliding_window_view(padded, _USUAL_BEATS, axis=0), axis=2)
    known = np.isfinite(around).sum(axis=2)
    middle = np.maximum(known - 1, 0)[:, :, None] // 2
    return np.asarray(np.take_along_axis(around, middle, axis=2)[:, :, 0])
