"""P waves that keep a rhythm of their own among the beats of a slower one: AV dissociation.

Where nothing is conducted, P waves stand anywhere in the beat, in QRS and T too, where a network that learned
from conducted P waves misses most of them. But they do not follow the beats: once the usual beat is taken
away, what is left repeats itself from one P wave to the next, and from there to the one after.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.block_resampling import resample_block
from ectopy.signal.sliding import uniform_filter1d

FS: Final = 125.0
"""Rate in Hz at which leads are looked at."""

BEATS: Final = 21
"""Beats that are looked at together, half a minute: the P waves among fewer do not average out."""

FEWEST: Final = 6
"""Beats of a whole recording that may be looked at: ten seconds at 36 a minute."""

_STEP: Final = 10
"""Beats from one look to the next."""

_FASTEST_ESCAPE: Final = 0.85
"""Seconds between beats at the least: an escape rhythm is slower than 70 a minute."""

_FASTER: Final = 1.2
"""How many times as fast as the ventricles the atria beat at the least."""

_SHORTEST: Final = 0.4
"""Seconds between P waves at the least; between T and the next P wave less passes."""

_STEADY_RR: Final = 0.1
"""Share of the usual RR interval by which four of five may differ from it in a regular rhythm."""

_STEADY_PR: Final = 0.06
"""Seconds between short and long PR intervals (one in ten left out at each end) of P waves that conduct."""

_MOST: Final = 0.6
"""Share of beats that have such a PR interval where P is conducted."""

_ALIKE: Final = 0.32
"""Least correlation of what is left of a recording with itself one and two P waves later.

In 444 windows of 21 beats of eight people of DS1 without block it is 0.29 at the most, P seen or not."""

_FLUTTER: Final = 0.15
"""Seconds between flutter waves at the least; they repeat themselves before a P wave could."""

_P_WAVE: Final = 0.1
"""Seconds that a P wave lasts, and resembles itself a little later or earlier."""

_P_SECONDS, _LEVEL_SECONDS = 0.05, 0.3
"""Lengths of moving means: one that leaves a P wave as it is, and one that leaves nothing of it."""

_BEFORE: Final = 0.35
"""Seconds of a beat before its R peak."""

_QRS: Final = (0.07, 0.11)
"""Seconds before and after the R peak in which too much is left of a QRS complex to see a P wave."""

Floats = npt.NDArray[np.float64]
Beats = npt.NDArray[np.int64]

Reader = Callable[[int, int], npt.NDArray[np.float32]]
"""First sample, and the first after the last → the leads between them in mV, shape (n, n_leads)."""


def independent_p_cycles(read: Reader, r_peaks: Beats, pr: Floats, fs: float) -> Floats:
    """Measure the interval between P waves that keep a regular, faster rhythm of their own.

    Only beats of a regular rhythm below 70 a minute are looked at whose PR intervals are not the same.

    Parameters
    ----------
    read : callable
        ``read(start, stop)`` → ndarray of float32, shape (stop - start, n_leads), in mV; NaN where missing.
    r_peaks : ndarray of int64, shape (n_beats,)
        Samples of the R peaks, not decreasing.
    pr : ndarray of float64, shape (n_beats,)
        PR intervals in seconds as they were found, NaN where there is none.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of float64, shape (n_beats,)
        Seconds from one P wave to the next, NaN where P waves follow the beats or are not seen.
    """
    cycles = np.full(len(r_peaks), np.nan)
    width = min(BEATS, len(r_peaks))
    if width < FEWEST:
        return cycles
    firsts = np.unique(np.append(np.arange(0, len(r_peaks) - width, _STEP), len(r_peaks) - width))
    rows = firsts[:, None] + np.arange(width)
    for beats in rows[_in_question(r_peaks[rows] / fs, pr[rows])]:
        cycle = _cycle(read, r_peaks[beats], fs)
        if cycle:
            cycles[beats] = cycle
    return cycles


def _in_question(times: Floats, pr: Floats) -> npt.NDArray[np.bool_]:
    """Say which windows, shape (n, n_beats), have slow regular beats that no steady PR interval precedes."""
    rr = np.diff(times, axis=1)
    usual = np.maximum(_ranked(rr, 0.5), 1e-3)
    regular = _ranked(np.abs(rr / usual[:, None] - 1), 0.8) <= _STEADY_RR
    spread = _ranked(pr, 0.9) - _ranked(pr, 0.1)
    conducted = (spread < _STEADY_PR) & (np.isfinite(pr).mean(axis=1) >= _MOST)
    return np.asarray(regular & (usual >= _FASTEST_ESCAPE) & ~conducted)


def _ranked(rows: Floats, share: float) -> Floats:
    """Return the value of a rank among those of each row that are known."""
    known = np.isfinite(rows).sum(axis=1)
    place = np.rint(share * np.maximum(known - 1, 0)).astype(np.int64)
    return np.asarray(np.take_along_axis(np.sort(rows, axis=1), place[:, None], axis=1)[:, 0])


def _cycle(read: Reader, r_peaks: Beats, fs: float) -> float:
    """Return the seconds between P waves that some beats have nothing to do with; 0 where there are none."""
    usual = float(np.median(np.diff(r_peaks))) / fs
    start = max(0, int(r_peaks[0] - _BEFORE * fs))
    leads = read(start, int(r_peaks[-1] + 1)).T
    if not np.isfinite(leads).all():
        return 0.0
    waves = _p_band(resample_block(leads, fs, FS))
    rest, seen = _without_beats(waves, np.rint((r_peaks - start) * FS / fs).astype(np.int64), usual)
    shortest, longest = round(_SHORTEST * FS), round(usual * FS / _FASTER)
    alike = _autocorrelation(rest, seen, 2 * longest + 3)
    lags = np.arange(shortest, longest)
    twice = np.max([alike[2 * lags + off] for off in (-2, -1, 0, 1, 2)], axis=0)
    both = np.minimum(alike[lags], twice)
    best = int(both.argmax())
    quicker = alike[round(_FLUTTER * FS) : min(shortest, shortest + best - round(_P_WAVE * FS))]
    if both[best] < _ALIKE or quicker.max() > both[best] / 2:
        return 0.0
    return float(lags[best]) / FS


def _p_band(leads: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Leave what is about as long as a P wave."""
    fine = uniform_filter1d(leads, round(_P_SECONDS * FS) | 1, mode="nearest")
    level = round(_LEVEL_SECONDS * FS) | 1
    baseline = uniform_filter1d(uniform_filter1d(leads, level, mode="nearest"), level, mode="nearest")
    return fine - baseline


def _without_beats(
    leads: npt.NDArray[np.float32], r_peaks: Beats, usual: float
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Take away from each beat the median of all, and say where something else can be seen."""
    before, length = round(_BEFORE * FS), round(usual * FS)
    n_times = leads.shape[1]
    whole = r_peaks[(r_peaks >= before) & (r_peaks - before + length <= n_times)]
    places = whole[:, None] + np.arange(-before, length - before)
    rest, seen = np.zeros(leads.shape), np.zeros(n_times, np.bool_)
    beats = leads[:, places]  # (n_leads, n_beats, length)
    rest[:, places] = beats - np.median(beats, axis=1, keepdims=True)
    seen[places] = True
    seen[whole[:, None] + np.arange(-round(_QRS[0] * FS), round(_QRS[1] * FS))] = False
    return np.where(seen, rest, 0), seen


def _autocorrelation(rest: Floats, seen: npt.NDArray[np.bool_], n_lags: int) -> Floats:
    """Correlate all leads together with themselves some samples later, of what can be seen at both times."""
    size = 1 << int(2 * rest.shape[1] - 1).bit_length()
    spectrum, mask = np.fft.rfft(rest, size), np.fft.rfft(seen.astype(np.float64), size)
    power = np.fft.rfft((rest**2).sum(axis=0), size)
    products = np.fft.irfft((np.abs(spectrum) ** 2).sum(axis=0), size)[:n_lags]
    earlier = np.fft.irfft(np.conj(power) * mask, size)[:n_lags]
    later = np.fft.irfft(power * np.conj(mask), size)[:n_lags]
    energy = np.sqrt(np.maximum(earlier, 0) * np.maximum(later, 0))
    return np.where(energy > 1e-9, products / np.maximum(energy, 1e-9), 0)
