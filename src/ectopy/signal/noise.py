"""Add noise at a given signal-to-noise ratio, and measure that ratio.

Two definitions of the signal-to-noise ratio are in use, and they differ by several dB on the same ECG:

``nst``
    The one of the MIT-BIH Noise Stress Test Database, so that results compare with published ones. The power
    of the signal is that of a sine as high as the QRS complexes (peak-to-peak amplitude squared, divided by
    8), that of the noise is its mean square in windows of 1 s, about the mean of each.
``rms``
    The one of signal processing: the variance of the signal over the variance of the noise.
"""

from __future__ import annotations

from math import isfinite
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from ectopy.errors import ParameterError, unknown_option
from ectopy.signal.filters import as_samples, complete_samples
from ectopy.signal.kernels import check_fs

DEFINITIONS: Final = ("nst", "rms")
"""Definitions of the signal-to-noise ratio."""

QRS_HALF_WIDTH: Final = 0.050
"""Seconds before and after each R peak in which ``nst`` measures the height of the QRS complex."""

MEASURED: Final = 300
"""QRS complexes, and seconds of noise, that ``nst`` measures at most."""

TRIMMED: Final = 0.05
"""Share of the largest and of the smallest of them that ``nst`` leaves out."""


def add_noise(
    signal: npt.ArrayLike,
    noise: npt.ArrayLike,
    snr_db: float,
    fs: float,
    *,
    qrs: npt.ArrayLike | None = None,
    definition: str = "nst",
    seed: int | None = None,
) -> npt.NDArray[np.float32]:
    """Add noise at a given signal-to-noise ratio, the same in every lead.

    Parameters
    ----------
    signal : array_like, shape (n_samples,) or (n_samples, n_leads)
        The clean ECG in mV; missing samples stay missing.
    noise : array_like, shape (n,) or (n, n_noises)
        The noise, of any scale; lead ``i`` gets column ``i % n_noises``. Repeated if it is shorter than the
        signal.
    snr_db : float
        Signal-to-noise ratio in dB.
    fs : float
        Sampling frequency of both in Hz.
    qrs : array_like of int, optional
        Sample index of each R peak (best of normal beats only); needed by ``definition="nst"``.
    definition : {"nst", "rms"}
        What the ratio means; see the module.
    seed : int, optional
        Chooses where in the noise to begin; at its start by default.

    Returns
    -------
    ndarray of float32
        The noisy ECG, of the shape of `signal`.

    Raises
    ------
    ParameterError
        If an argument is not possible, the signal has no QRS complex or no power to measure, or the noise has
        no power.

    References
    ----------
    Moody, Muldrow, Mark, A noise stress test for arrhythmia detectors, Computers in Cardiology 1984; manual
    of the WFDB program ``nst``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> clean = np.sin(np.arange(3600) / 20)
    >>> noisy = add_noise(clean, rng.normal(size=1000), snr_db=6, fs=360, definition="rms")
    >>> round(float(measure_snr(clean, noisy - clean, fs=360, definition="rms")[0]), 2)
    6.0
    """
    signal = as_samples(signal)
    if not isfinite(snr_db):
        raise ParameterError(f"snr_db={snr_db} is not possible; give a finite number of dB")
    piece = _fitted(complete_samples(noise), signal, seed)
    excess = measure_snr(signal, piece, fs, qrs=qrs, definition=definition) - snr_db
    gains = np.float32(10) ** (excess / 20).astype(np.float32)
    return np.asarray(signal + piece * (gains if signal.ndim == 2 else gains[0]), dtype=np.float32)


def measure_snr(
    signal: npt.ArrayLike,
    noise: npt.ArrayLike,
    fs: float,
    *,
    qrs: npt.ArrayLike | None = None,
    definition: str = "nst",
) -> npt.NDArray[np.float64]:
    """Measure the signal-to-noise ratio of a clean signal and the noise that was added to it.

    Parameters
    ----------
    signal, noise : array_like, both (n_samples,) or (n_samples, n_leads)
        The two parts in mV; missing samples of the signal do not count.
    fs : float
        Sampling frequency in Hz.
    qrs : array_like of int, optional
        Sample index of each R peak; needed by ``definition="nst"``.
    definition : {"nst", "rms"}
        What the ratio means; see the module.

    Returns
    -------
    ndarray of float64, shape (n_leads,)
        The ratio in dB, of each lead.

    Raises
    ------
    ParameterError
        If an argument is not possible, or the signal or the noise has no power.
    """
    check_fs(fs)
    signal, noise = as_samples(signal), complete_samples(noise)
    if signal.shape != noise.shape:
        raise ParameterError(f"noise has shape {noise.shape} and signal {signal.shape}; give one shape")
    if definition not in DEFINITIONS:
        raise unknown_option("definition", definition, DEFINITIONS)
    if definition == "rms":
        powers = _variance(signal), _variance(noise)
    elif qrs is None:
        raise ParameterError(
            'qrs=None, but definition="nst" measures QRS heights; give the R peaks, or "rms"'
        )
    else:
        powers = qrs_height(signal, fs, qrs) ** 2 / 8, noise_rms(noise, fs) ** 2
    for name, power in zip(("signal", "noise"), powers, strict=True):
        if not (power > 0).all():
            raise ParameterError(f"{name} has no power in lead {int(np.argmin(power > 0))}; give another")
    return np.asarray(10 * np.log10(powers[0] / powers[1]))


def qrs_height(signal: npt.ArrayLike, fs: float, qrs: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the mean peak-to-peak height of the QRS complexes, as ``nst`` measures it.

    Parameters
    ----------
    signal : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV.
    fs : float
        Sampling frequency in Hz.
    qrs : array_like of int
        Sample index of each R peak; the first 300 that have 50 ms of present signal to both sides count,
        less the highest and the lowest 5 %.

    Returns
    -------
    ndarray of float64, shape (n_leads,)
        In mV.

    Raises
    ------
    ParameterError
        If in some lead no QRS complex can be measured.
    """
    check_fs(fs)
    leads = as_samples(signal).reshape(len(np.asarray(signal)), -1)
    width = round(QRS_HALF_WIDTH * fs)
    peaks = np.asarray(qrs, dtype=np.int64)
    peaks = peaks[(peaks >= width) & (peaks < len(leads) - width)]
    windows = leads[peaks[:, np.newaxis] + np.arange(-width, width + 1)]
    heights = (windows.max(axis=1) - windows.min(axis=1)).T
    measured = [lead[np.isfinite(lead)][:MEASURED] for lead in heights]
    if any(len(lead) == 0 for lead in measured):
        raise ParameterError(
            f"qrs has {np.size(qrs)} R peaks, and none of them can be measured in every lead; give others"
        )
    return np.array([stats.trim_mean(lead.astype(np.float64), TRIMMED) for lead in measured])


def noise_rms(noise: npt.ArrayLike, fs: float) -> npt.NDArray[np.float64]:
    """Return the root-mean-square amplitude of noise, as ``nst`` measures it.

    Parameters
    ----------
    noise : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV, none missing.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    ndarray of float64, shape (n_leads,)
        In mV: of each whole second about its own mean, over the first 300 s, less the highest and the
        lowest 5 %.
    """
    check_fs(fs)
    samples = complete_samples(noise)
    width = min(max(1, round(fs)), len(samples))
    n_windows = min(MEASURED, len(samples) // width)
    windows = samples.reshape(len(samples), -1)[: n_windows * width].reshape(n_windows, width, -1)
    return np.asarray(stats.trim_mean(windows.std(axis=1, dtype=np.float64), TRIMMED, axis=0))


def _variance(x: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    present = [lead[np.isfinite(lead)] for lead in x.reshape(len(x), -1).T]
    return np.array([lead.var(dtype=np.float64) if len(lead) else 0.0 for lead in present])


def _fitted(
    noise: npt.NDArray[np.float32], signal: npt.NDArray[np.float32], seed: int | None
) -> npt.NDArray[np.float32]:
    """Cut or repeat the noise to the shape of the signal."""
    begin = 0 if seed is None else int(np.random.default_rng(seed).integers(len(noise)))
    times = (begin + np.arange(len(signal))) % len(noise)
    columns = noise.reshape(len(noise), -1)
    leads = np.arange(signal.size // len(signal)) % columns.shape[1]
    return columns[np.ix_(times, leads)].reshape(signal.shape)
