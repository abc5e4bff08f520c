"""The beat classifier: a few small perceptrons that vote.

What they see was made to be alike in all people (`ectopy.beats.context`), so little is left to learn; what is
left is learned from a handful of patients, and one perceptron's guess beyond them is another's doubt. The
mean of several is steadier than any of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class ClassifierShape:
    """Architecture of the network.

    Parameters
    ----------
    hidden : int
        Width of the first hidden layer; the second is half as wide.
    members : int
        Perceptrons that vote.
    dropout : float
        Share of the first hidden layer that is silenced in training.
    blur : float
        Share of the inputs that is silenced in training.
    """

    hidden: int = 128
    members: int = 4
    dropout: float = 0.5
    blur: float = 0.1


class ClassifierNetwork(nn.Module):
    """Features → probability of each class.

    Parameters
    ----------
    n_features, n_classes : int
        Columns in and out.
    shape : ClassifierShape, optional
        The architecture.
    """

    def __init__(self, n_features: int, n_classes: int, shape: ClassifierShape | None = None) -> None:
        super().__init__()
        shape = shape or ClassifierShape()
        half = shape.hidden // 2
        self.members = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(n_features),
                nn.Dropout(shape.blur),
                nn.Linear(n_features, shape.hidden),
                nn.ReLU(),
                nn.Dropout(shape.dropout),
                nn.Linear(shape.hidden, half),
                nn.ReLU(),
                nn.Linear(half, n_classes),
            )
            for _ in range(shape.members)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return probabilities, shape (n, n_classes), the mean of the members'."""
        votes = torch.stack([functional.softmax(member(features), dim=1) for member in self.members])
        return votes.mean(dim=0)

    def log_odds(self, features: Tensor) -> Tensor:
        """Return what each member says before the softmax, shape (members, n, n_classes)."""
        return torch.stack([member(features) for member in self.members])


def classifier_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy of the members, each trained as if it were alone.

    Parameters
    ----------
    network : torch.nn.Module
        A `ClassifierNetwork`.
    batch : sequence of Tensor
        Features (n, n_features), classes (n,) as numbers, weights (n,).
    """
    features, classes, weights = batch
    opinions = network.log_odds(features)  # type: ignore[operator]
    return torch.stack([_weighted(opinion, classes, weights) for opinion in opinions]).mean()


def member_loss(member: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy of one member, for members that learn from different beats.

    Parameters
    ----------
    member : torch.nn.Module
        One of the members of a `ClassifierNetwork`.
    batch : sequence of Tensor
        Features (n, n_features), classes (n,) as numbers, weights (n,).
    """
    features, classes, weights = batch
    return _weighted(member(features), classes, weights)


def _weighted(opinion: Tensor, classes: Tensor, weights: Tensor) -> Tensor:
    loss = functional.cross_entropy(opinion, classes, reduction="none", label_smoothing=0.02)
    mean: Tensor = (loss * weights).mean()
    return mean


@torch.no_grad()
def round_to_half(network: nn.Module) -> None:
    """Round the matrices to what 16 bits hold, so that they can be stored in 16 bits unchanged."""
    for parameter in network.parameters():
        if parameter.ndim == 2:
            parameter.copy_(parameter.half().float())
