"""Fractal scaling and regularity of NN intervals; gaps between them are closed up.

References
----------
Peng et al., Quantification of scaling exponents and crossover phenomena in nonstationary heartbeat time
series, Chaos 5:82-87, 1995. Richman and Moorman, Physiological time-series analysis using approximate entropy
and sample entropy, Am J Physiol Heart Circ Physiol 278:H2039-H2049, 2000.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.rhythm.hrv.windows import Floats

SCALES: Final = tuple(range(4, 17))
"""Beats in the boxes of detrended fluctuation analysis whose slope is alpha 1 (Peng 1995)."""

_EMBEDDING: Final = 2
"""Intervals in a row that are compared (Richman and Moorman 2000)."""

_TOLERANCE: Final = 0.2
"""Share of the standard deviation within which two intervals are alike."""

_ROWS: Final = 64
"""Intervals that are compared with all others at a time: a few hundred kilobytes, which caches hold."""

_LEAST: Final = 4 * SCALES[-1]
"""NN intervals below which a slope over boxes of up to 16 says nothing."""


def dfa_alpha1(nn: Floats) -> float | None:
    """Return the short-term scaling exponent of detrended fluctuation analysis.

    Boxes lie side by side from the first interval on; in each a straight line is taken out of the summed
    deviations from the mean.

    Parameters
    ----------
    nn : ndarray of float64, shape (n,)
        NN intervals, ms.

    Returns
    -------
    float or None
        About 1 at rest in health, 0.5 for intervals that know nothing of each other; None for fewer than
        64 intervals or where nothing varies.
    """
    if len(nn) < _LEAST:
        return None
    walk = np.cumsum(nn - nn.mean())
    fluctuations = _fluctuations(walk)
    if not (fluctuations > 0).all():
        return None
    late = np.log(SCALES) - np.log(SCALES).mean()
    return float(late @ np.log(fluctuations) / (late @ late))


def sample_entropy(nn: Floats, tolerance: float | None = None) -> float | None:
    """Return the sample entropy of two intervals in a row.

    Parameters
    ----------
    nn : ndarray of float64, shape (n,)
        NN intervals, ms.
    tolerance : float, optional
        Milliseconds within which two intervals are alike; a fifth of the standard deviation by default.

    Returns
    -------
    float or None
        In nats: low where what follows two alike pairs is alike too. None where no pairs are alike.
    """
    if len(nn) < _LEAST:
        return None
    limit = _TOLERANCE * nn.std(ddof=1) if tolerance is None else tolerance
    n = len(nn) - _EMBEDDING
    alike = np.empty((len(nn), len(nn)), bool)
    for first in range(0, len(nn), _ROWS):
        some = slice(first, first + _ROWS)
        np.less_equal(np.abs(nn[some, None] - nn), limit, out=alike[some])
    pairs = alike[:n, :n] & alike[1 : n + 1, 1 : n + 1]
    triples = pairs & alike[2 : n + 2, 2 : n + 2]
    # counted twice, and each with itself
    n_pairs, n_triples = (np.count_nonzero(each) - n for each in (pairs, triples))
    return float(np.log(n_pairs / n_triples)) if n_triples else None


@lru_cache(maxsize=512)
def _boxes(n: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Return how many boxes of each scale a walk holds, and the first place and the length of every box."""
    counts = n // np.array(SCALES)
    starts = [scale * np.arange(count) for scale, count in zip(SCALES, counts, strict=True)]
    return counts, np.concatenate(starts), np.repeat(SCALES, counts)


def _fluctuations(walk: Floats) -> Floats:
    """Return the root mean square of what is left of boxes after a line is taken out of each, by scale."""
    counts, starts, lengths = _boxes(len(walk))
    level, moment, power = (
        total[starts + lengths] - total[starts]
        for total in (np.append(0, np.cumsum(each)) for each in (walk, np.arange(len(walk)) * walk, walk**2))
    )
    middles, spread = starts + (lengths - 1) / 2, lengths * (lengths**2 - 1) / 12
    left = power - level**2 / lengths - (moment - middles * level) ** 2 / spread
    of_scale = np.add.reduceat(left, np.cumsum(counts) - counts)
    return np.sqrt(np.maximum(of_scale, 0) / (counts * np.array(SCALES)))
