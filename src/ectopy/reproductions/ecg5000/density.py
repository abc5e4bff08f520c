"""Anomaly detection by the density of an autoencoder's code among normal beats.

The reconstruction error asks how well a beat can be reconstructed; the density of its code asks how common
such a beat is. Normal beats of one heart come in a few shapes, some of them rare, and the rare ones lie as
far from the mean as ectopic beats do: a mixture of Gaussians (as in Zong et al., Deep autoencoding Gaussian
mixture model, ICLR 2018, here fitted after the autoencoder) gives each its place. Codes of several sizes,
each under several mixtures, are averaged, since one mixture of a few hundred beats depends on chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import KFold
from sklearn.neighbors import NearestNeighbors
from torch import nn

from ectopy.networks.patch_autoencoder import PatchArchitecture
from ectopy.reproductions.ecg5000.data import (
    Floats,
    Waveforms,
    codes,
    linear_start,
    losses,
    squared,
    train,
    varied,
)
from ectopy.training.loop import Schedule

Score = Callable[[Waveforms], Floats]
"""Beats → anomaly scores, higher for more abnormal ones."""

Fit = Callable[[Waveforms, Waveforms, int], Score]
"""Normal beats to learn from, normal beats to stop by, seed → score."""

COMPONENTS: Final = (4, 8)
"""Gaussians of the mixtures."""

CODES: Final = (6, 8, 10)
"""Sizes of the codes."""

FLOOR: Final = 1e-2
"""Added to the variances of a mixture, whose whole has variance 1."""

NEIGHBOURS: Final = 3


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """Scores of normal beats outside training, and of test beats.

    Parameters
    ----------
    held_out : ndarray of float64, shape (n_held_out,)
        Each by the model that was not trained on it; a threshold is learned from them.
    tested : ndarray of float64, shape (n_tested,)
        Mean over the models of all folds.
    """

    held_out: Floats
    tested: Floats


def cross_fit(fit: Fit, normal: Waveforms, tested: Waveforms, n_folds: int, seed: int) -> CrossFitted:
    """Fit a score on folds of normal beats, and score each held-out fold and the test beats.

    Parameters
    ----------
    fit : callable
        Which score.
    normal, tested : ndarray of float32, shape (n, n_times)
        Beats to train on, and beats to test.
    n_folds : int
        How many models; each holds out one fold.
    seed : int
        Of folds and models.

    Returns
    -------
    CrossFitted
    """
    folds = KFold(n_folds, shuffle=True, random_state=seed).split(normal)
    held_out, scores = np.empty(len(normal)), []
    for learned, left_out in folds:
        score = fit(normal[learned], normal[left_out], seed)
        held_out[left_out] = score(normal[left_out])
        scores.append(score(tested))
    return CrossFitted(held_out, np.mean(scores, axis=0))


def hold_out(fit: Fit, normal: Waveforms, tested: Waveforms, share: float, seed: int) -> CrossFitted:
    """Fit a score on most normal beats, and score the others and the test beats: one fold only."""
    order = np.random.default_rng(seed).permutation(len(normal))
    kept, learned = np.split(order, [round(share * len(normal))])
    score = fit(normal[learned], normal[kept], seed)
    return CrossFitted(score(normal[kept]), score(tested))


def fit_density(encode: Callable[[Waveforms], Floats], learned: Waveforms, seed: int) -> Score:
    """Describe the codes of normal beats by mixtures of Gaussians, and score by how unlikely a code is."""
    learned_codes = encode(learned)
    white = PCA(whiten=True).fit(learned_codes)
    members = [
        GaussianMixture(k, reg_covar=FLOOR, random_state=seed).fit(white.transform(learned_codes))
        for k in COMPONENTS
    ]

    def unlikeliness(member: GaussianMixture, waveforms: Waveforms) -> Floats:
        return -np.asarray(member.score_samples(white.transform(encode(waveforms))))

    return averaged([partial(unlikeliness, member) for member in members], learned)


def averaged(scores: Sequence[Score], learned: Waveforms) -> Score:
    """Return the mean of scores, each brought to one scale on the beats that it learned from.

    The scale runs from the median to the 90 % quantile, and is logarithmic: a score is not decided by one
    member that finds a beat utterly impossible.
    """
    scaled = [_scaled(score, learned) for score in scores]
    return lambda waveforms: np.mean([score(waveforms) for score in scaled], axis=0)


def _scaled(score: Score, learned: Waveforms) -> Score:
    middle, high = np.quantile(score(learned), [0.5, 0.9])
    return lambda waveforms: np.log1p(np.maximum((score(waveforms) - middle) / (high - middle), -0.9))


@dataclass(frozen=True)
class DensityRecipe:
    """How the autoencoders of an ensemble learn.

    Parameters
    ----------
    copies : int
        Varied copies of each beat (see `ectopy.reproductions.ecg5000.data.varied`).
    epochs : int
        Passes over beats and copies.
    code_sizes : tuple of int
        One autoencoder each.
    """

    copies: int = 4
    epochs: int = 5
    code_sizes: tuple[int, ...] = CODES

    def fit(self, learned: Waveforms, held_out: Waveforms, seed: int) -> Score:
        """Train the autoencoders, and return the mean unlikeliness of their codes."""
        more = self._varied(learned, seed)
        networks = [self._network(size, more, held_out, seed) for size in self.code_sizes]
        return averaged([fit_density(partial(codes, network), more, seed) for network in networks], learned)

    def fit_residual(self, learned: Waveforms, held_out: Waveforms, seed: int) -> Score:
        """Train the autoencoder of the middle size, and return its summed absolute error."""
        more = self._varied(learned, seed)
        return partial(losses, self._network(CODES[1], more, held_out, seed))

    def fit_linear(self, learned: Waveforms, held_out: Waveforms, seed: int) -> Score:
        """Return the same score with principal components for the codes: the baseline without a network."""
        more = self._varied(learned, seed)
        axes = [PCA(size).fit(more) for size in self.code_sizes]
        return averaged([fit_density(each.transform, more, seed) for each in axes], learned)

    def _varied(self, learned: Waveforms, seed: int) -> Waveforms:
        return varied(learned, self.copies, np.random.default_rng(seed))

    def _network(self, size: int, more: Waveforms, held_out: Waveforms, seed: int) -> nn.Module:
        schedule = Schedule(self.epochs, 64, 2e-3, patience=self.epochs, weight_decay=0)
        network = linear_start(PatchArchitecture(code=size), more, seed)
        return train(network, more, held_out, schedule, seed, squared).network


def fit_neighbours(learned: Waveforms, held_out: Waveforms, seed: int) -> Score:
    """Return the mean distance to the three nearest normal beats: the baseline to beat."""
    search = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(learned)
    return lambda waveforms: search.kneighbors(waveforms)[0].mean(axis=1)


def fit_components(learned: Waveforms, held_out: Waveforms, seed: int) -> Score:
    """Return the squared error of the best linear autoencoder, with the code of the middle size."""
    components = PCA(CODES[1]).fit(learned)

    def error(waveforms: Waveforms) -> Floats:
        reconstructed = components.inverse_transform(components.transform(waveforms))
        return np.asarray(np.square(waveforms - reconstructed).sum(axis=1, dtype=np.float64))

    return error
