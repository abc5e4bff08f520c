"""Figures of merit of a reconstructed, compressed or denoised signal.

Signals are compared along the last axis, samples in the same unit; the leading axes (beats, leads) are
treated alike. What is undefined, such as PRD of a signal that is zero, is NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import Floats, ratio


def _pair(original: npt.ArrayLike, other: npt.ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(original, float), np.asarray(other, float)
    if first.shape != second.shape:
        raise ParameterError(f"signals have shapes {first.shape} and {second.shape}; give equal shapes")
    return first, second


def _energy(signal: Floats) -> Floats:
    return np.asarray(np.sum(signal**2, axis=-1))


def ssd(original: npt.ArrayLike, reconstructed: npt.ArrayLike) -> Floats:
    """Sum of squared differences, in squared units of the signal.

    Parameters
    ----------
    original, reconstructed : array_like, shape (..., n_times)
        The signals.

    Returns
    -------
    ndarray of float64, shape (...)

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> float(ssd([3.0, 4.0], [3.0, 3.0]))
    1.0
    """
    x, y = _pair(original, reconstructed)
    return _energy(x - y)


def max_abs_distance(original: npt.ArrayLike, reconstructed: npt.ArrayLike) -> Floats:
    """Largest absolute difference (MAD of the denoising literature).

    Parameters
    ----------
    original, reconstructed : array_like, shape (..., n_times)
        The signals, in the same unit.

    Returns
    -------
    ndarray of float64, shape (...)
        In the unit of the signals.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> float(max_abs_distance([3.0, 4.0], [3.5, 2.0]))
    2.0
    """
    x, y = _pair(original, reconstructed)
    return np.asarray(np.max(np.abs(x - y), axis=-1))


def prd(original: npt.ArrayLike, reconstructed: npt.ArrayLike) -> Floats:
    """Percentage root-mean-square difference (PRD).

    A constant added to both signals lowers it: compare signals with the same offset only, or use `prdn`.

    Parameters
    ----------
    original, reconstructed : array_like, shape (..., n_times)
        The signals, in the same unit.

    Returns
    -------
    ndarray of float64, shape (...)
        In per cent; NaN where the original is zero throughout.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> float(prd([3.0, 4.0], [3.0, 3.0]))
    20.0
    """
    x, y = _pair(original, reconstructed)
    return 100.0 * np.sqrt(ratio(_energy(x - y), _energy(x)))


def prdn(original: npt.ArrayLike, reconstructed: npt.ArrayLike) -> Floats:
    """Percentage root-mean-square difference, normalised by the signal less its mean (PRDN).

    A constant added to both signals does not change it.

    Parameters
    ----------
    original, reconstructed : array_like, shape (..., n_times)
        The signals, in the same unit.

    Returns
    -------
    ndarray of float64, shape (...)
        In per cent; NaN where the original is constant.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> float(prdn([3.0, 4.0, 5.0], [3.0, 4.0, 4.0])) == float(prdn([13.0, 14.0, 15.0], [13.0, 14.0, 14.0]))
    True
    """
    x, y = _pair(original, reconstructed)
    return 100.0 * np.sqrt(ratio(_energy(x - y), _energy(x - x.mean(axis=-1, keepdims=True))))


def cosine_similarity(original: npt.ArrayLike, reconstructed: npt.ArrayLike) -> Floats:
    """Cosine of the angle between the signals.

    Parameters
    ----------
    original, reconstructed : array_like, shape (..., n_times)
        The signals, in the same unit.

    Returns
    -------
    ndarray of float64, shape (...)
        From -1 to 1, which is the same shape whatever its size; NaN where a signal is zero throughout.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> float(cosine_similarity([3.0, 4.0], [6.0, 8.0]))
    1.0
    """
    x, y = _pair(original, reconstructed)
    return ratio(np.sum(x * y, axis=-1), np.sqrt(_energy(x) * _energy(y)))


def snr(clean: npt.ArrayLike, noisy: npt.ArrayLike) -> Floats:
    """Signal-to-noise ratio; the noise is what differs from the clean signal.

    Parameters
    ----------
    clean, noisy : array_like, shape (..., n_times)
        The signal without noise and with it, in the same unit.

    Returns
    -------
    ndarray of float64, shape (...)
        In dB; infinite where nothing differs, NaN where the clean signal is zero throughout.

    Raises
    ------
    ParameterError
        If the shapes differ.

    Examples
    --------
    >>> float(snr([1.0, -1.0], [1.1, -1.1]).round(6))
    20.0
    """
    x, y = _pair(clean, noisy)
    signal, noise = _energy(x), _energy(x - y)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(signal > 0, 10.0 * np.log10(signal / noise), np.nan)


def snr_improvement(clean: npt.ArrayLike, noisy: npt.ArrayLike, denoised: npt.ArrayLike) -> Floats:
    """SNR after denoising less SNR before, in dB; shape (...).

    Parameters
    ----------
    clean, noisy, denoised : array_like, shape (..., n_times)
        The signal without noise, with it, and after denoising.

    Returns
    -------
    ndarray of float64, shape (...)
        Positive where denoising helped; undefined where there was no noise to remove.

    Examples
    --------
    >>> round(float(snr_improvement([1.0, -1.0], [2.0, -1.0], [1.1, -1.0])), 6)
    20.0
    """
    before, after = snr(clean, noisy), snr(clean, denoised)
    return np.where(np.isfinite(before), after - np.where(np.isfinite(before), before, 0.0), np.nan)


def compression_ratio(n_samples: int, bits_per_sample: float, n_codes: int, bits_per_code: float) -> float:
    """Bits of the signal over bits of its code (CR).

    Count the bits that are stored: a code kept as 32-bit floats costs 32 each, however few they are.

    Parameters
    ----------
    n_samples, n_codes : int
        Numbers in the signal and in its code.
    bits_per_sample, bits_per_code : float
        Bits that each takes; MIT-BIH was digitised with 11.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If one of them is not above zero.

    Examples
    --------
    >>> compression_ratio(320, 11, 32, 8)
    13.75
    """
    if min(n_samples, bits_per_sample, n_codes, bits_per_code) <= 0:
        raise ParameterError(
            f"n_samples={n_samples}, bits_per_sample={bits_per_sample}, n_codes={n_codes},"
            f" bits_per_code={bits_per_code}: all must be above zero; count what is stored"
        )
    return n_samples * bits_per_sample / (n_codes * bits_per_code)
