"""What kind of signal a channel of unknown name holds: an ECG, a slow wave, steps, or the count of a clock.

Nothing here depends on the unit of the samples. The limits were set beside 3,000 leads of the MIT-BIH
Arrhythmia, QT, LUDB, PTB-XL, Challenge 2017 and Creighton databases, of which all but leads in ventricular
fibrillation or dead ones are called ECG, and the noises of the MIT-BIH Noise Stress Test Database.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

BLOCK_SECONDS: Final = 2.0
"""Length of the blocks that are looked at; every heart beats in each."""

LOWEST_FS: Final = 60.0
"""Hz below which nobody can tell a QRS complex."""

_POOLED_FS: Final = 120.0
"""Hz that are enough to see a QRS complex; faster channels are averaged down to it or a little above."""

_BAND: Final = (8.0, 25.0)
"""Hz where a QRS complex stands out of P and T waves, pulse and breathing."""

_SLOW: Final = 0.08
"""Height in `_BAND` over the whole height: ECG leads reach 0.1 and more, pulse and breathing do not."""

_PEAKED: Final = 6.0
"""Highest over the median magnitude in `_BAND`: ECG leads reach 7 and more, EEG and muscle stay about 4."""

_HELD: Final = 0.9
"""Share of samples that repeat the one before: ECG leads stay below 0.5 even where they are coarse."""

_RAMP: Final = 0.8
"""Share of equal steps from sample to sample: no wave has that many."""

_FEW_VALUES: Final = 8
"""So few different values are labels or marks."""


class SignalKind(StrEnum):
    """What a channel holds, by its samples alone; the value says it to a reader."""

    ECG = "it shows QRS complexes"
    UNSURE = "it shows no clear QRS complexes"
    SLOW = "it is a slow wave without QRS complexes"
    STEPS = "it holds marks or steps and no wave"
    RAMP = "it counts steadily on, as a clock does"


def signal_kind(excerpts: Sequence[Samples], fs: float) -> SignalKind:
    """Say what kind of signal some stretches of a channel hold.

    Parameters
    ----------
    excerpts : sequence of ndarray of float, each of shape (n,)
        Samples in any unit; NaN where missing.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    SignalKind
        ``UNSURE`` also where there is less than two seconds to look at, or the rate is below 60 Hz.

    Examples
    --------
    >>> fs = 250
    >>> clock = np.arange(10 * fs) / fs
    >>> signal_kind([clock], fs).name, signal_kind([np.sin(7 * clock)], fs).name
    ('RAMP', 'SLOW')
    """
    blocks = _blocks(excerpts, fs)
    if not len(blocks) or np.ptp(blocks) == 0:
        return SignalKind.UNSURE
    plain = _of_steps(blocks)
    if plain is not None or fs < LOWEST_FS:
        return plain or SignalKind.UNSURE
    waves = _waves(blocks, fs)
    height = np.ptp(waves, axis=1)
    moving = np.ptp(blocks, axis=1) > 0
    if np.median(height[moving] / np.ptp(blocks[moving], axis=1)) < _SLOW:
        return SignalKind.SLOW
    magnitude = np.abs(waves[moving])
    middle = np.maximum(np.median(magnitude, axis=1), np.finfo(np.float32).tiny)
    return SignalKind.ECG if np.median(magnitude.max(axis=1) / middle) >= _PEAKED else SignalKind.UNSURE


def qrs_heights(excerpts: Sequence[Samples], fs: float) -> npt.NDArray[np.float64]:
    """Return about how high the QRS complexes of some stretches are, in the unit of the samples.

    Parameters
    ----------
    excerpts : sequence of ndarray of float, each of shape (n, n_leads)
        Samples; NaN where missing.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of float64, shape (n_leads,)
        Median over blocks of two seconds of the peak-to-peak amplitude from 8 to 25 Hz; NaN where there is no
        whole block, or the rate is below 60 Hz.

    Examples
    --------
    >>> qrs_heights([np.zeros((100, 2))], fs=250)
    array([nan, nan])
    """
    n_leads = excerpts[0].shape[1]
    heights = np.full(n_leads, np.nan)
    blocks = [_blocks([part[:, lead] for part in excerpts], fs) for lead in range(n_leads)]
    if fs < LOWEST_FS or not any(map(len, blocks)):
        return heights
    swings = np.ptp(_waves(np.concatenate(blocks), fs), axis=1)
    for lead, swing in enumerate(np.split(swings, np.cumsum([len(each) for each in blocks[:-1]]))):
        if (swing > 0).any():
            heights[lead] = np.median(swing[swing > 0])
    return heights


def _blocks(excerpts: Sequence[Samples], fs: float) -> npt.NDArray[np.float64]:
    """Cut the stretches into blocks without a missing sample."""
    length = max(2, round(BLOCK_SECONDS * fs))
    cut = [np.asarray(part[: len(part) // length * length], np.float64) for part in excerpts]
    whole = np.concatenate([np.zeros((0, length)), *(part.reshape(-1, length) for part in cut)])
    return np.asarray(whole[np.isfinite(whole).all(axis=1)])


def _of_steps(blocks: npt.NDArray[np.float64]) -> SignalKind | None:
    """Recognise what is no wave at all."""
    steps = np.diff(blocks, axis=1).ravel()
    if len(np.unique(blocks)) <= _FEW_VALUES or np.mean(steps == 0) > _HELD:
        return SignalKind.STEPS
    usual = float(np.median(steps))
    equal = np.abs(steps - usual) <= 0.02 * abs(usual) + 1e-6 * np.abs(blocks).max()
    return SignalKind.RAMP if usual != 0 and np.mean(equal) > _RAMP else None


def _waves(blocks: npt.NDArray[np.float64], fs: float) -> npt.NDArray[np.float64]:
    """Return the blocks in `_BAND`, each filtered for itself."""
    pooled = max(1, int(fs // _POOLED_FS))
    length = blocks.shape[1] // pooled * pooled
    low = blocks[:, :length].reshape(len(blocks), -1, pooled).mean(axis=2)
    level = low - np.median(low, axis=1, keepdims=True)
    kernel = _kernel(fs / pooled)
    reach = len(kernel) // 2
    padded = np.concatenate(
        [level[:, :1].repeat(reach, axis=1), level, level[:, -1:].repeat(reach, axis=1)], axis=1
    )
    n = 1 << (padded.shape[1] - 1).bit_length()  # what comes round from the end lies before what is kept
    filtered = np.fft.irfft(np.fft.rfft(padded, n, axis=1) * np.fft.rfft(kernel, n), n, axis=1)
    return np.asarray(filtered[:, 2 * reach : 2 * reach + level.shape[1]])


@lru_cache(maxsize=16)
def _kernel(fs: float) -> npt.NDArray[np.float64]:
    """Return a band-pass of one second, a windowed sinc; SciPy would take longer to import than to run."""
    times = np.arange(-int(fs / 2), int(fs / 2) + 1) / fs
    high = min(_BAND[1], 0.45 * fs)
    ideal = 2 * high * np.sinc(2 * high * times) - 2 * _BAND[0] * np.sinc(2 * _BAND[0] * times)
    return np.asarray(ideal / fs * np.hamming(len(times)))
