"""Fractal scaling and regularity of NN intervals; gaps between them are closed up.

References
----------
Peng et al., Quantification of scaling exponents and crossover phenomena in nonstationary heartbeat time
series, Chaos 5:82-87, 1995. Richman and Moorman, Physiological time-series analysis using approximate entropy
and sample entropy, Am J Physiol Heart Circ Physiol 278:H2039-H2049, 2000.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ectopy.rhythm.hrv.windows import Floats

SCALES: Final = tuple(range(4, 17))
"""Beats in the boxes of detrended fluctuation analysis whose slope is alpha 1 (Peng 1995)."""

_EMBEDDING: Final = 2
"""Intervals in a row that are compared (Richman and Moorman 2000)."""

_TOLERANCE: Final = 0.2
"""Share of the standard deviation within which two intervals are alike."""

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
    fluctuations = np.array([_fluctuation(walk, scale) for scale in SCALES])
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
    alike = np.abs(nn[:, None] - nn[None, :]) <= limit
    pairs = alike[:n, :n] & alike[1 : n + 1, 1 : n + 1]
    triples = pairs & alike[2 : n + 2, 2 : n + 2]
    # counted twice, and each with itself
    n_pairs, n_triples = (np.count_nonzero(each) - n for each in (pairs, triples))
    return float(np.log(n_pairs / n_triples)) if n_triples else None


def _fluctuation(walk: Floats, scale: int) -> float:
    """Return the root mean square of what is left of boxes after a line is taken out of each."""
    boxes = walk[: len(walk) // scale * scale].reshape(-1, scale)
    x = np.arange(scale) - (scale - 1) / 2
    centred = boxes - boxes.mean(axis=1, keepdims=True)
    slopes = centred @ x / (x @ x)
    left = np.vdot(centred, centred) - np.vdot(slopes, slopes) * (x @ x)
    return float(np.sqrt(max(left, 0.0) / boxes.size))
