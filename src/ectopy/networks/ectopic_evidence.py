"""A few small networks that weigh the evidence for an ectopic beat, and agree by their mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

MEMBERS: Final = 5
HIDDEN: Final = 24
DROPOUT: Final = 0.1

SMOOTHING: Final = 0.02
"""Share of the probability that a label leaves to the other answer: some labels are wrong."""


class EvidenceNetwork(nn.Module):
    """Evidence → probability that the beat is ectopic.

    Parameters
    ----------
    n_features : int
        Columns in.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.scale = nn.BatchNorm1d(n_features, affine=False)
        self.members = nn.ModuleList(
            nn.Sequential(
                nn.Linear(n_features, HIDDEN),
                nn.ReLU(),
                nn.Dropout(DROPOUT),
                nn.Linear(HIDDEN, HIDDEN),
                nn.ReLU(),
                nn.Linear(HIDDEN, 1),
            )
            for _ in range(MEMBERS)
        )

    def forward(self, evidence: Tensor) -> Tensor:
        """Return probabilities: (n, n_features) → (n,)."""
        return torch.sigmoid(self.logits(evidence).mean(dim=1))

    def logits(self, evidence: Tensor) -> Tensor:
        """Return what each member says: (n, n_features) → (n, members)."""
        scaled = self.scale(evidence)
        return torch.cat([member(scaled) for member in self.members], dim=1)


def evidence_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy of the members.

    Parameters
    ----------
    network : torch.nn.Module
        An `EvidenceNetwork`.
    batch : sequence of Tensor
        Evidence (n, n_features), whether the beats are ectopic (n,), weights (n,).
    """
    evidence, ectopic, weights = batch
    logits = network.logits(evidence)  # type: ignore[operator]
    wanted = (ectopic * (1 - SMOOTHING) + SMOOTHING / 2)[:, None].expand_as(logits)
    loss = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return (loss * weights[:, None]).mean()
