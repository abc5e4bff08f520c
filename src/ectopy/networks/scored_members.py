"""Autoencoders that score beats: by the error of the reconstruction, the density of the code, or both.

The density of a code among those of normal beats is that of mixtures of Gaussians (as in Zong et al., Deep
autoencoding Gaussian mixture model, ICLR 2018, here fitted after the autoencoder). The mean over several
mixtures depends less on chance than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

LOWEST = -0.9
"""Relative scores are held above this before their logarithm is taken."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of Gaussians, and the scale of its scores.

    Parameters
    ----------
    log_weights : ndarray, shape (n_components,)
        Logarithms of the weights, with those of the normalising constants.
    means : ndarray, shape (n_components, n_axes)
    precisions : ndarray, shape (n_components, n_axes, n_axes)
        Cholesky factors of the precisions, as scikit-learn has them.
    middle, high : float
        Median and 90 % quantile of the negative log-likelihood of the training beats.
    """

    log_weights: npt.NDArray[np.float64]
    means: npt.NDArray[np.float64]
    precisions: npt.NDArray[np.float64]
    middle: float = 0.0
    high: float = 1.0


class MixtureScore(nn.Module):
    """Negative log-likelihood of whitened codes: (n, n_axes) → (n,), on the scale of the training beats."""

    log_weights: Tensor
    means: Tensor
    precisions: Tensor

    def __init__(self, mixture: Mixture) -> None:
        super().__init__()
        for name in ("log_weights", "means", "precisions"):
            self.register_buffer(name, torch.from_numpy(np.asarray(getattr(mixture, name), np.float32)))
        self.middle, self.high = mixture.middle, mixture.high

    def forward(self, axes: Tensor) -> Tensor:
        """Return how unlikely each code is."""
        difference = axes.unsqueeze(1) - self.means  # (n, n_components, n_axes)
        scaled = torch.matmul(difference.unsqueeze(2), self.precisions).squeeze(2)
        log_likelihood = self.log_weights - scaled.square().sum(dim=2) / 2  # (n, n_components)
        return relative(-torch.logsumexp(log_likelihood, dim=1), self.middle, self.high)


class CodeDensity(nn.Module):
    """Mean over mixtures of how unlikely a code is: (n, n_code) → (n,).

    Parameters
    ----------
    centre : ndarray, shape (n_code,)
        Mean code.
    whitening : ndarray, shape (n_code, n_axes)
        What brings centred codes to independent axes of variance 1.
    mixtures : sequence of Mixture
        Over the whitened codes.
    """

    centre: Tensor
    whitening: Tensor

    def __init__(
        self,
        centre: npt.NDArray[np.floating],
        whitening: npt.NDArray[np.floating],
        mixtures: Sequence[Mixture],
    ) -> None:
        super().__init__()
        self.register_buffer("centre", torch.from_numpy(np.asarray(centre, np.float32)))
        self.register_buffer("whitening", torch.from_numpy(np.asarray(whitening, np.float32)))
        self.mixtures = nn.ModuleList(MixtureScore(mixture) for mixture in mixtures)

    def whitened(self, code: Tensor) -> Tensor:
        """Return codes on independent axes."""
        return torch.matmul(code - self.centre, self.whitening)

    def forward(self, code: Tensor) -> Tensor:
        """Return the mean score of the mixtures."""
        axes = self.whitened(code)
        return torch.stack([mixture(axes) for mixture in self.mixtures]).mean(dim=0)


class ScoredMember(nn.Module):
    """An autoencoder with its score: (n, n_leads, n_times) → (n,).

    Parameters
    ----------
    network : nn.Module
        Gives reconstruction and code.
    density : CodeDensity, optional
        Of the code; without it the error alone is the score.
    error_scale : tuple of float, optional
        Median and 90 % quantile of the error of the training beats; without it the density alone is the
        score.
    """

    def __init__(
        self,
        network: nn.Module,
        density: CodeDensity | None = None,
        error_scale: tuple[float, float] | None = None,
    ) -> None:
        super().__init__()
        self.network, self.density, self.error_scale = network, density, error_scale

    def forward(self, x: Tensor) -> Tensor:
        """Return the score of each beat; higher = more abnormal."""
        reconstruction, code = self.network(x)
        error = (reconstruction - x).abs().mean(dim=(1, 2))
        if self.density is None:
            return error
        score: Tensor = self.density(code)
        if self.error_scale is None:
            return score
        return (score + relative(error, *self.error_scale)) / 2


class ScoredMembers(nn.Module):
    """The members of an ensemble side by side: (n, n_leads, n_times) → (n, n_members)."""

    def __init__(self, members: Sequence[ScoredMember]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        """Return the score of each beat by each member."""
        return torch.stack([member(x) for member in self.members], dim=1)


def relative(score: Tensor, middle: float, high: float) -> Tensor:
    """Return scores on a logarithmic scale of those of the training beats.

    A mean over members is then not decided by one that finds a beat utterly impossible.
    """
    return torch.log1p(((score - middle) / max(high - middle, 1e-6)).clamp(min=LOWEST))
