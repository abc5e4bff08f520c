"""Lossy coding: wavelet coefficients in whole steps, each written by what was decoded around it.

The wavelet is the biorthogonal 4.4 of JPEG 2000 (Cohen, Daubechies and Feauveau, 1992), mirrored at the ends
of a chunk, down to scales below 1 Hz. Where coefficients of a coarser scale, of the lead before and of
neighbours that are known already are large, a wide distribution is taken (as zerotrees do, Shapiro, IEEE
Trans. Signal Process. 41(12), 1993). Choices of this module were made on people of DS1.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log2
from typing import Final

import numpy as np
import numpy.typing as npt
import pywt

from ectopy.io.ecz.integers import N_CLASSES, IntegerDecoder, IntegerEncoder, Integers, class_of

WAVELET: Final = "bior4.4"
_MODE: Final = "symmetric"
_SLOWEST: Final = 0.7
"""Hz; the transform stops where the coarsest scale reaches below it."""

_ROUNDING: Final = 0.38
"""From which share of a step on, less one half of it, a detail is rounded up: most are near zero."""

_FIRST_CLASS: Final = 34
_SIXTEENTH: Final = 16

_WEIGHTS: Final = np.array(
    [
        [[6, 1, 0, 0, 0], [5, 0, 0, 0, 3], [3, 0, 0, 0, 5]],
        [[2, 0, 4, 1, 0], [2, 0, 5, 0, 1], [1, 0, 4, 0, 3]],
    ]
)
"""Sixteenths by which magnitudes predict that of a coefficient, for the first lead and the others, and for
those that are written first, second and last: of the coarser scale at its place and two places beside, of the
lead before at its place and beside, and of its nearest known neighbours."""

Bands = list[Integers]
"""Whole steps: the approximation, then the details from the coarsest scale to the finest."""


def n_levels(n_samples: int, fs: float) -> int:
    """Return how many times a chunk is halved."""
    wanted = max(0, round(log2(fs / 2 / _SLOWEST)))
    return min(wanted, pywt.dwt_max_level(n_samples, pywt.Wavelet(WAVELET).dec_len))


def to_steps(counts: npt.NDArray[np.float64], step: float, fs: float) -> Bands:
    """Return the wavelet coefficients of a chunk of a lead in whole steps."""
    bands = pywt.wavedec(counts, WAVELET, mode=_MODE, level=n_levels(len(counts), fs))
    rounding = [0.5] + [_ROUNDING] * (len(bands) - 1)
    return [
        (np.sign(band) * np.floor(np.abs(band) / step + share)).astype(np.int64)
        for band, share in zip(bands, rounding, strict=True)
    ]


def from_steps(bands: Bands, step: float, n_samples: int) -> Integers:
    """Return the counts nearest to what whole steps say."""
    signal = pywt.waverec([band * step for band in bands], WAVELET, mode=_MODE)[:n_samples]
    return np.rint(signal).astype(np.int64)


def write_bands(encoder: IntegerEncoder, bands: Bands, before: Bands | None, floors: Integers) -> None:
    """Write the steps of a lead.

    Parameters
    ----------
    encoder : IntegerEncoder
        Where to.
    bands : list of ndarray of int64
        As of `to_steps`.
    before : list of ndarray of int64, optional
        Those of the lead before, which were written already.
    floors : ndarray of int64, shape (n_bands,)
        Class of the details of each scale where nothing around them is above zero, the finest first.
    """
    differences = np.diff(bands[0])
    each = class_of(np.abs(differences).mean() if len(differences) else 0.0)
    encoder.write(bands[0][:1], np.full(1, _FIRST_CLASS))
    encoder.write_uniform(np.full(1, each), N_CLASSES)
    encoder.write(differences, np.full(len(differences), each))
    for scale in range(1, len(bands)):
        band = bands[scale]
        for places, sums in _predictions(band, bands[:scale], before):
            encoder.write(band[places], _classes(sums, int(floors[len(bands) - 1 - scale])))


def read_bands(
    decoder: IntegerDecoder, n_samples: int, fs: float, before: Bands | None, floors: Integers
) -> Bands:
    """Read what `write_bands` wrote, of so many samples of a lead."""
    lengths = band_lengths(n_samples, fs)
    first = decoder.read(np.full(1, _FIRST_CLASS))
    each = decoder.read_uniform(1, N_CLASSES)[0]
    bands = [np.cumsum(np.concatenate([first, decoder.read(np.full(lengths[0] - 1, each))]))]
    for scale in range(1, len(lengths)):
        band = np.zeros(lengths[scale], np.int64)
        for places, sums in _predictions(band, bands, before):
            band[places] = decoder.read(_classes(sums, int(floors[len(lengths) - 1 - scale])))
        bands.append(band)
    return bands


def band_lengths(n_samples: int, fs: float) -> list[int]:
    """Return how many coefficients each band of a chunk has."""
    lengths = [n_samples]
    for _ in range(n_levels(n_samples, fs)):
        lengths.append(pywt.dwt_coeff_len(lengths[-1], pywt.Wavelet(WAVELET).dec_len, _MODE))
    return [lengths[-1], *lengths[:0:-1]]


def lonely_sums(bands: Bands, before: Bands | None) -> Iterator[tuple[float, int]]:
    """Yield sum and number of the magnitudes around which nothing is above zero, scale by scale."""
    for scale in range(1, len(bands)):
        alone = [
            np.abs(bands[scale][places][sums == 0])
            for places, sums in _predictions(bands[scale], bands[:scale], before)
        ]
        yield float(sum(part.sum() for part in alone)), sum(len(part) for part in alone)


def _predictions(band: Integers, coarser: Bands, before: Bands | None) -> Iterator[tuple[slice, Integers]]:
    """Yield places of a band and what is expected there, in sixteenths; those before are known by then."""
    n, scale = len(band), len(coarser)
    nothing = np.zeros(n, np.int64)
    parent = _doubled(np.abs(coarser[-1]), n) if scale > 1 else nothing
    beside = nothing if before is None else np.abs(before[scale])
    fixed = [parent, _around(parent, 2), beside, _around(beside, 1)]
    weights = _WEIGHTS[0 if before is None else 1]
    for turn, (places, distance) in enumerate(
        ((slice(0, n, 4), 0), (slice(2, n, 4), 2), (slice(1, n, 2), 1))
    ):
        near = _around(np.abs(band), distance) if distance else nothing
        parts = zip((*fixed, near), weights[turn], strict=True)
        yield places, sum((part[places] * weight for part, weight in parts if weight), nothing[places])


def _classes(sums: Integers, floor: int) -> Integers:
    return np.where(sums > 0, np.maximum(class_of(sums / _SIXTEENTH), floor), floor)


def _doubled(band: Integers, n: int) -> Integers:
    """Stretch a band to the length of the next finer one, middle on middle."""
    twice = np.repeat(band, 2)
    skip = (len(twice) - n) // 2
    return twice[skip : skip + n]


def _around(band: Integers, distance: int) -> Integers:
    """Return the sums of both neighbours at a distance; beyond the ends there is nothing."""
    sums = np.zeros_like(band)
    sums[distance:] += band[:-distance]
    sums[:-distance] += band[distance:]
    return sums
