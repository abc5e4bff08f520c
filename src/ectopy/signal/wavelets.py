"""Wavelets: approximation coefficients, and denoising."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pywt

from ectopy.errors import ParameterError
from ectopy.signal.filters import complete_samples

_MODE = "symmetric"

_MAD_OF_NORMAL = 0.6745
"""Median magnitude of a normal distribution of standard deviation 1."""


def dwt_approximation(
    x: npt.ArrayLike, wavelet: str = "db2", level: int = 1, axis: int = 0
) -> npt.NDArray[np.float32]:
    """Return the approximation coefficients of the discrete wavelet transform.

    With ``n = 2 ** level`` and ``m`` the length of the wavelet's filters, coefficient ``k`` is made of the
    samples from ``n * k - (n - 1) * (m - 2)`` to ``n * k + n - 1``, mirrored beyond the ends of the signal.

    Parameters
    ----------
    x : array_like, of any number of axes
        Samples, none missing.
    wavelet : str
        Name of a discrete wavelet of PyWavelets.
    level : int
        How many times the signal is halved.
    axis : int
        The axis of time.

    Returns
    -------
    ndarray of float32
        As `x`, but about ``n_times / 2 ** level`` coefficients along `axis`.

    Raises
    ------
    ParameterError
        If the wavelet is unknown, or the signal is too short for that level.

    References
    ----------
    Mallat, A theory for multiresolution signal decomposition, IEEE PAMI 11(7), 1989.

    Examples
    --------
    >>> dwt_approximation(np.ones(140), wavelet="db2").shape
    (71,)
    """
    samples = np.asarray(x, dtype=np.float32)
    filters = _checked(wavelet, level, samples.shape[axis])
    approximation = pywt.wavedec(samples, filters, mode=_MODE, level=level, axis=axis)[0]
    return np.asarray(approximation, dtype=np.float32)


def denoise(
    x: npt.ArrayLike,
    wavelet: str = "db4",
    level: int = 4,
    threshold: npt.ArrayLike | None = None,
) -> npt.NDArray[np.float32]:
    """Remove noise from each lead by soft thresholding of its wavelet coefficients.

    With a threshold given, a chunk that starts at a multiple of ``2 ** level`` and overlaps by
    `denoise_reach` gives what the whole recording gives there. Without one it is estimated from all of `x`.

    Parameters
    ----------
    x : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV, none missing.
    wavelet : str
        Name of a discrete wavelet of PyWavelets.
    level : int
        How many times the signal is halved; noise below ``fs / 2 ** (level + 1)`` Hz stays.
    threshold : float or array_like, shape (n_leads,), optional
        By how many mV coefficients are shrunk; `universal_threshold` of `x` by default.

    Returns
    -------
    ndarray of float32
        The denoised samples, of the shape of `x`.

    Raises
    ------
    ParameterError
        If `x` has missing samples or is too short for that level, the wavelet is unknown, or the threshold
        is negative.

    References
    ----------
    Donoho, De-noising by soft-thresholding, IEEE Trans. Inf. Theory 41(3), 1995.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> wave = np.sin(np.arange(2048) / 100)
    >>> noisy = wave + rng.normal(scale=0.1, size=2048)
    >>> bool(np.std(denoise(noisy) - wave) < 0.5 * np.std(noisy - wave))
    True
    """
    samples = complete_samples(x)
    filters = _checked(wavelet, level, len(samples))
    limits = np.asarray(universal_threshold(samples, wavelet) if threshold is None else threshold, np.float32)
    if not (limits >= 0).all():
        raise ParameterError(f"threshold={limits.min():g} mV is not possible; give zero or more")
    coarse, *details = pywt.wavedec(samples, filters, mode=_MODE, level=level, axis=0)
    shrunk = [np.sign(detail) * np.maximum(np.abs(detail) - limits, 0) for detail in details]
    return np.asarray(pywt.waverec([coarse, *shrunk], filters, mode=_MODE, axis=0), np.float32)[
        : len(samples)
    ]


def denoise_reach(wavelet: str = "db4", level: int = 4) -> int:
    """Return how many samples on each side `denoise` depends on, given a threshold."""
    return 2 * (_wavelet(wavelet).dec_len - 1) * (2**level - 1)


def universal_threshold(x: npt.ArrayLike, wavelet: str = "db4") -> npt.NDArray[np.float32]:
    """Return the universal threshold, which white noise of the level in the signal hardly ever exceeds.

    Parameters
    ----------
    x : array_like, shape (n_samples,) or (n_samples, n_leads)
        Samples in mV, none missing.
    wavelet : str
        Name of a discrete wavelet of PyWavelets.

    Returns
    -------
    ndarray of float32, shape () or (n_leads,)
        ``sigma * sqrt(2 ln n_samples)`` in mV; sigma from the median magnitude of the finest details.

    Raises
    ------
    ParameterError
        If `x` has missing samples or is too short, or the wavelet is unknown.

    References
    ----------
    Donoho and Johnstone, Ideal spatial adaptation by wavelet shrinkage, Biometrika 81(3), 1994.
    """
    samples = complete_samples(x)
    _, finest = pywt.dwt(samples, _checked(wavelet, 1, len(samples)), mode=_MODE, axis=0)
    sigma = np.median(np.abs(finest), axis=0) / _MAD_OF_NORMAL
    return np.asarray(sigma * np.sqrt(2 * np.log(len(samples))), dtype=np.float32)


def _wavelet(name: str) -> pywt.Wavelet:
    if name not in pywt.wavelist(kind="discrete"):
        raise ParameterError(
            f"wavelet={name!r} is unknown; choose a discrete wavelet of PyWavelets: db1 … db38, sym2 … sym20,"
            " coif1 … coif17, haar, dmey, bior…, rbio…"
        )
    return pywt.Wavelet(name)


def _checked(wavelet: str, level: int, n_samples: int) -> pywt.Wavelet:
    """Return the filters of a wavelet, if the signal is long enough for that level."""
    filters = _wavelet(wavelet)
    highest = pywt.dwt_max_level(n_samples, filters.dec_len)
    if not 1 <= level <= highest:
        raise ParameterError(
            f"level={level} is not possible with {n_samples} samples and wavelet {wavelet!r};"
            f" give 1 to {highest}, or a longer signal"
        )
    return filters
