"""The spectrum of NN intervals, from Lomb periodograms of five minutes.

NN intervals come at uneven times and have gaps where ectopic beats were taken out; Lomb's periodogram
needs neither resampling nor filling in.

References
----------
Task Force 1996 (bands). Lomb, Least-squares frequency analysis of unequally spaced data, Astrophys Space
Sci 39:447-462, 1976. Laguna et al., Power spectral density of unevenly sampled data by least-square analysis:
performance and application to heart rate signals, IEEE Trans Biomed Eng 45:698-715, 1998.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.hrv.windows import WINDOW, Floats

VLF: Final = (1 / WINDOW, 0.04)
LF: Final = (0.04, 0.15)
HF: Final = (0.15, 0.4)
"""Bands in Hz; very low frequencies begin where five minutes hold one whole wave."""

_STEPS: Final = 2
"""Frequencies that are looked at within one resolution of a window (1 / 300 s)."""

_FINE: Final = 16
"""Frequencies beside each coarse one, about as many as there are coarse ones: the fewest phases."""


@dataclass(frozen=True)
class BandPowers:
    """Power of NN intervals in three bands, in ms²."""

    vlf: float
    lf: float
    hf: float


def band_powers(windows: list[tuple[Floats, Floats]]) -> BandPowers | None:
    """Return the mean band powers over windows; None where there is no window.

    Parameters
    ----------
    windows : list of (times, nn)
        Seconds and milliseconds of the NN intervals of each window.
    """
    if not windows:
        return None
    powers = np.mean([_powers(times, nn) for times, nn in windows], axis=0)
    return BandPowers(*powers.tolist())


def spectrum(times: Floats, nn: Floats) -> tuple[Floats, Floats]:
    """Return Lomb's periodogram of NN intervals as a one-sided power density.

    Parameters
    ----------
    times, nn : ndarray of float64, shape (n,)
        Seconds and milliseconds; a straight line is taken out first.

    Returns
    -------
    frequencies, density : ndarray of float64, shape (n_frequencies,)
        Hz, from the lower edge of VLF to the upper edge of HF, and ms²/Hz.
    """
    step = 1 / (_STEPS * WINDOW)
    frequencies = np.arange(VLF[0], HF[1] + step / 2, step)
    since = times - times[0]
    late, level = since - since.mean(), nn - nn.mean()
    level -= (late @ level) / (late @ late) * late
    power = _periodogram(since, level, 2 * np.pi * frequencies)
    duration = nn.sum() / 1000
    return frequencies, np.asarray(2 * power * duration / len(nn))


def _periodogram(times: Floats, values: Floats, angular: Floats) -> Floats:
    """Return Lomb's periodogram at evenly spaced angular frequencies.

    It is that of ``scipy.signal.lombscargle``, at a fraction of its cost for a day: a frequency is one of a
    few coarse ones and some steps from it, and products of the phases of both, summed over the intervals, are
    a product of matrices.
    """
    step = angular[1] - angular[0]
    coarse = _phases(times, angular[0], _FINE * step, -(-len(angular) // _FINE))
    fine = _phases(times, 0.0, step, _FINE)
    doubled, projected = (
        (some @ more.T).ravel()[: len(angular)]
        for some, more in ((coarse**2, fine**2), (coarse * values, fine))
    )
    excess = np.abs(doubled)
    rotated = projected * np.exp(-0.5j * np.angle(doubled))
    n = len(times)
    return np.asarray(rotated.real**2 / (n + excess) + rotated.imag**2 / (n - excess))


def _phases(times: Floats, first: float, step: float, n: int) -> npt.NDArray[np.complex128]:
    """Return the phases at evenly spaced angular frequencies, (n, n_times)."""
    turns = np.empty((n, len(times)), np.complex128)
    turns[0], turns[1:] = np.exp(1j * first * times), np.exp(1j * step * times)
    return np.asarray(np.multiply.accumulate(turns, axis=0, out=turns))


def _powers(times: Floats, nn: Floats) -> list[float]:
    frequencies, density = spectrum(times, nn)
    return [_between(frequencies, density, low, high) for low, high in (VLF, LF, HF)]


def _between(frequencies: Floats, density: Floats, low: float, high: float) -> float:
    """Integrate a density from one frequency to another, both of them points of the grid or near one."""
    edges = np.array([low, high])
    inside = (frequencies > low) & (frequencies < high)
    grid = np.concatenate([edges[:1], frequencies[inside], edges[1:]])
    heights = np.interp(grid, frequencies, density)
    return float(np.sum(np.diff(grid) * (heights[1:] + heights[:-1])) / 2)
