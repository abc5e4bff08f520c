"""A perceptron on features of single beats: the baseline that any other network has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class Perceptron(nn.Module):
    """Features → probability of each class.

    Parameters
    ----------
    n_features, n_classes : int
        Columns in and out.
    hidden : int
        Width of the first hidden layer; the second is half as wide.
    dropout : float
        Share of the first hidden layer that is silenced in training.
    """

    def __init__(self, n_features: int, n_classes: int, *, hidden: int = 256, dropout: float = 0.1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.BatchNorm1d(n_features),
            nn.Linear(n_features, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden // 2),
            nn.ReLU(),
            nn.Linear(hidden // 2, n_classes),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return probabilities, shape (n, n_classes)."""
        return torch.softmax(self.layers(features), dim=1)


def perceptron_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy.

    Parameters
    ----------
    network : torch.nn.Module
        A `Perceptron`.
    batch : sequence of Tensor
        Features (n, n_features), classes (n,) as numbers, weights (n,).
    """
    features, classes, weights = batch
    logits = network.layers(features)  # type: ignore[operator]
    loss = functional.cross_entropy(logits, classes, reduction="none", label_smoothing=0.02)
    return (loss * weights).mean()
