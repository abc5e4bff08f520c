"""Fitting of scores: the density of codes among those of normal beats, and the scale of errors."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from ectopy.errors import unknown_option
from ectopy.networks.scored_members import CodeDensity, Mixture, ScoredMember
from ectopy.training.loop import apply_network

SCORES: Final = ("density", "reconstruction", "both")
"""What a detector may score by."""

COMPONENTS: Final = (4, 8)
"""Gaussians of the mixtures."""

MIN_BEATS: Final = 10
"""Beats to each Gaussian at least."""

FLOOR: Final = 1e-2
"""Added to the variances of a mixture, whose whole has variance 1."""

LEAST_VARIANCE: Final = 1e-4
"""Axes of the code with less than this share of the largest variance say nothing."""

Floats = npt.NDArray[np.float32]


def scored_member(network: Any, score_by: str, varied: Floats, learned: Floats, seed: int) -> ScoredMember:
    """Give a trained autoencoder its score.

    Parameters
    ----------
    network : torch.nn.Module
        The autoencoder.
    score_by : {"density", "reconstruction", "both"}
        By how unlikely the code is, by the mean absolute error, or by the mean of both.
    varied : ndarray of float32, shape (n, n_leads, n_times)
        Normal beats that it was trained on, with varied copies: the density is that of their codes.
    learned : ndarray of float32, shape (n_beats, n_leads, n_times)
        Without copies: the scale of each part of the score.
    seed : int
        Of the mixtures.

    Returns
    -------
    ScoredMember
        In evaluation mode.

    Raises
    ------
    ParameterError
        If there is no such score.
    """
    if score_by not in SCORES:
        raise unknown_option("score_by", score_by, SCORES)
    if score_by == "reconstruction":
        return ScoredMember(network).eval()
    density = _fit_density(network, varied, learned, seed)
    if score_by == "density":
        return ScoredMember(network, density).eval()
    errors = apply_network(ScoredMember(network).eval(), learned)[0]
    return ScoredMember(network, density, _scale(errors)).eval()


def _fit_density(network: Any, varied: Floats, learned: Floats, seed: int) -> CodeDensity:
    codes = apply_network(network, varied)[1].astype(np.float64)
    centre = codes.mean(axis=0)
    whitening = _whitening(codes - centre)
    axes = (codes - centre) @ whitening
    plain = (apply_network(network, learned)[1].astype(np.float64) - centre) @ whitening
    most = max(1, len(axes) // MIN_BEATS)
    mixtures = []
    for n_components in sorted({min(each, most) for each in COMPONENTS}):
        fitted = _mixture(axes, n_components, seed)
        middle, high = _scale(-fitted.score_samples(plain))
        mixtures.append(replace(_as_arrays(fitted), middle=middle, high=high))
    return CodeDensity(centre, whitening, mixtures)


def _whitening(centred: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return principal axes of codes, each divided by its standard deviation, shape (n_code, n_axes)."""
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    deviations = sizes / np.sqrt(max(1, len(centred) - 1))
    told = deviations**2 > LEAST_VARIANCE * max(deviations[0] ** 2, 1e-12)
    told[0] = True
    scaled: npt.NDArray[np.float64] = axes[told].T / np.maximum(deviations[told], 1e-6)
    return scaled


def _mixture(axes: npt.NDArray[np.float64], n_components: int, seed: int) -> GaussianMixture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a mixture that still moves describes them too
        return GaussianMixture(n_components, reg_covar=FLOOR, random_state=seed).fit(axes)


def _as_arrays(fitted: GaussianMixture) -> Mixture:
    factors = fitted.precisions_cholesky_  # (n_components, n_axes, n_axes), upper triangular
    log_determinants = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    constant = -0.5 * factors.shape[1] * np.log(2 * np.pi)
    return Mixture(np.log(fitted.weights_) + log_determinants + constant, fitted.means_, factors)


def _scale(scores: npt.NDArray[np.floating]) -> tuple[float, float]:
    middle, high = np.quantile(scores, [0.5, 0.9])
    return float(middle), float(high)
