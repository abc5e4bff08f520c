"""How much the beats of a recording are like each other: noise makes each beat another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.portions import chosen_rows

MOST_COMPARED: Final = 500
"""Beats of a recording that are compared at the most."""

FEWEST_COMPARED: Final = 3
"""Beats below which nothing can be compared."""

QRS_HALF: Final = 0.085
"""Seconds on either side of the R peak that hold the QRS complex."""

_SMALLEST: Final = 1e-3
"""A microvolt, in mV: the logarithm of an amplitude stays finite."""


@dataclass(frozen=True)
class Uniformity:
    """How alike the beats of a recording are.

    Parameters
    ----------
    principal_share : float
        Share of the power of the beats, each of equal power, that lies in their first principal component:
        1 where all have one shape, 0 where there are hardly any beats.
    amplitude_spread : float
        Standard deviation of the logarithm of QRS amplitudes.
    """

    principal_share: float
    amplitude_spread: float


UNKNOWN: Final = Uniformity(0.0, 2.0)
"""Of a recording with hardly any beats: as of nothing but noise."""


def uniformity(windows: npt.NDArray[np.float32], fs: float, peak: int) -> Uniformity:
    """Return how alike beats are.

    Parameters
    ----------
    windows : ndarray of float32, shape (n_beats, n_times)
        Beats of one recording.
    fs : float
        Rate of the windows in Hz.
    peak : int
        Index of the R peak in them.

    Examples
    --------
    >>> beat = np.hanning(96).astype(np.float32)
    >>> uniformity(np.tile(beat, (5, 1)), fs=120, peak=48)
    Uniformity(principal_share=1.0, amplitude_spread=0.0)
    """
    step = max(1, -(-len(windows) // MOST_COMPARED))
    some = chosen_rows(windows, np.arange(0, len(windows), step)).astype(np.float64)
    if len(some) < FEWEST_COMPARED:
        return UNKNOWN
    half = round(QRS_HALF * fs)
    amplitudes = np.ptp(some[:, max(0, peak - half) : peak + half + 1], axis=1)
    some = some - some.mean(axis=1, keepdims=True)
    some /= np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-6)
    powers = np.linalg.eigvalsh(some @ some.T if len(some) < some.shape[1] else some.T @ some)
    return Uniformity(
        round(float(powers[-1] / max(powers.sum(), 1e-9)), 6),
        round(float(np.log(amplitudes + _SMALLEST).std()), 6),
    )
