"""Anomaly scores of beats, from what an autoencoder makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import (
    Normalised,
    code_deviation,
    limit_reconstructions,
    relative_scores,
    template_correlation,
)

Floats = npt.NDArray[np.float32]

MAX_ARCSINH: Final = 6.0
"""Reconstructions are clipped here, as an inverse hyperbolic sine: about 200 times the usual difference."""


@dataclass(frozen=True, eq=False)
class ScoredBeats:
    """Scores, reconstructions and codes of beats, from one pass of the network.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_beats,)
        Anomaly score of each beat; higher = more abnormal.
    reconstructions : ndarray of float32, shape (n_beats, n_leads, n_times)
        Each beat as the network reconstructs it, in the units of the input; limited by
        `ectopy.beats.normalisation.limit_reconstructions` where the normalisation is ``template``.
    codes : ndarray of float32, shape (n_beats, n_code)
        The latent code.
    """

    scores: Floats
    reconstructions: Floats
    codes: Floats


class AnomalyScores:
    """What every detector does with its scores, by the outlier convention of scikit-learn."""

    offset_: float

    def score_beats(self, X: Any, sources: npt.ArrayLike | None = None) -> ScoredBeats:
        """Return scores, what was expected, and codes of beats."""
        raise NotImplementedError

    def anomaly_score(self, X: Any) -> Floats:
        """Return the anomaly score of each beat, shape (n_beats,); higher = more abnormal."""
        return self.score_beats(X).scores

    def score_samples(self, X: Any) -> Floats:
        """Return the opposite of the anomaly score, shape (n_beats,); higher = more normal."""
        return -self.anomaly_score(X)

    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """Return threshold minus score, shape (n_beats,); below zero = abnormal."""
        return -self.anomaly_score(X).astype(np.float64) - self.offset_

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Return −1 for an abnormal beat and 1 for a normal one, shape (n_beats,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def reconstruct(self, X: Any) -> Floats:
        """Return what was expected for each beat, (n_beats, n_leads, n_times), in the units of ``X``."""
        return self.score_beats(X).reconstructions

    def transform(self, X: Any) -> Floats:
        """Return the latent code of each beat, shape (n_beats, n_code)."""
        return self.score_beats(X).codes


def network_inputs(standard: Normalised, normalisation: str) -> Floats:
    """Return the windows, for ``template`` as inverse hyperbolic sine, so that no single wave dominates."""
    return _arcsinh(standard.waveforms) if normalisation == "template" else standard.waveforms


def reconstruction_scores(output: Floats, codes: Floats, standard: Normalised) -> ScoredBeats:
    """Score beats by the mean absolute reconstruction error of the normalised windows.

    Parameters
    ----------
    output : ndarray of float32, shape (n_beats, n_leads, n_times)
        Reconstructions of the normalised windows.
    codes : ndarray of float32, shape (n_beats, n_code)
        Latent codes.
    standard : Normalised
        The windows.
    """
    return ScoredBeats(_difference(output, standard.waveforms), standard.undo(output), codes)


def template_scores(
    output: Floats,
    codes: Floats,
    code_spread: Floats,
    standard: Normalised,
    waveforms: Floats,
    sources: npt.NDArray[Any],
) -> ScoredBeats:
    """Score beats by reconstruction error and code, each relative to the usual beats of the same person.

    Parameters
    ----------
    output, codes, standard
        As for `reconstruction_scores`; the windows were normalised by ``template``.
    code_spread : ndarray of float32, shape (n_code,)
        Standard deviation of each number of the code over the training beats.
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        The windows as they were cut.
    sources : ndarray, shape (n_beats,)
        Recording and lead of each beat.
    """
    reconstructed = _sinh(output.clip(-MAX_ARCSINH, MAX_ARCSINH))
    correlation = template_correlation(waveforms, standard.offset)
    scores = relative_scores(_difference(reconstructed, standard.waveforms), correlation, sources)
    scores += relative_scores(code_deviation(codes / code_spread, sources), correlation, sources)
    limited = limit_reconstructions(reconstructed, standard.waveforms)
    return ScoredBeats(scores, standard.undo(limited), codes)


def _difference(one: Floats, other: Floats) -> Floats:
    return np.abs(one - other).mean(axis=(1, 2), dtype=np.float32)


def _arcsinh(values: Floats) -> Floats:
    """Return the inverse hyperbolic sine within 1e-6: that of NumPy takes eight times as long."""
    size = np.abs(values)
    root = np.square(values)
    root += 1
    size += np.sqrt(root, out=root)
    return np.copysign(np.log(size, out=size), values, out=size)


def _sinh(values: Floats) -> Floats:
    """Return the hyperbolic sine within a millionth: that of NumPy takes ten times as long."""
    up = np.exp(values)
    down = 1 / up
    up -= down
    up *= np.float32(0.5)
    return up
