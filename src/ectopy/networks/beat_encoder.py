"""The beat encoder: what a beat is among its neighbours, in few numbers.

Each beat is a row of features that mean the same in all people (`ectopy.features.table`). One branch sees the
row alone, another those of the beats around it, by convolutions of growing dilation; the code is drawn from
both, and a linear layer tells from it what was done to the beat (`ectopy.training.pretext`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.networks.beat_context import (
    ContextArchitecture,
    bfloat16_where_fast,
    embedding,
    residual_blocks,
)

N_CODE: Final = 64
"""Numbers of the code by default."""

ARCHITECTURE: Final = ContextArchitecture(dilations=(1, 2, 4, 8), dropout=0.2)
"""Sizes by default; the network sees 15 beats on either side."""


class EncoderNetwork(nn.Module):
    """Features of consecutive beats → a code each.

    Parameters
    ----------
    n_features, n_changes : int
        Columns in, and kinds of changes that are told apart in training.
    n_code : int
        Numbers of the code.
    sizes : ContextArchitecture
        Sizes of its layers.
    """

    def __init__(
        self,
        n_features: int,
        n_changes: int,
        n_code: int = N_CODE,
        sizes: ContextArchitecture = ARCHITECTURE,
    ) -> None:
        super().__init__()
        self.embed, self.alone = (embedding(n_features, sizes) for _ in range(2))
        self.blocks = residual_blocks(sizes)
        self.joint = nn.Sequential(
            nn.Dropout(sizes.dropout), nn.Conv1d(2 * sizes.channels, n_code, 1), nn.ReLU()
        )
        self.changes = nn.Conv1d(n_code, n_changes, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes, and logarithms of the probabilities of the changes.

        (n, n_beats, n_features) → (n, n_beats, n_code), (n, n_beats, n_changes)
        """
        code = self.encode(features.transpose(1, 2))
        changes = functional.log_softmax(self.changes(code), dim=1)
        return code.transpose(1, 2), changes.transpose(1, 2)

    def encode(self, columns: Tensor) -> Tensor:
        """Return codes: (n, n_features, n_beats) → (n, n_code, n_beats)."""
        return self.joint(torch.cat([self.blocks(self.embed(columns)), self.alone(columns)], dim=1))

    def logits(self, features: Tensor) -> Tensor:
        """Return what tells changes apart: (n, n_beats, n_features) → (n, n_changes, n_beats)."""
        return self.changes(self.encode(features.transpose(1, 2)))


def pretext_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy of what was done to each beat.

    Parameters
    ----------
    network : torch.nn.Module
        An `EncoderNetwork`.
    batch : sequence of Tensor
        Features (n, n_beats, n_features), changes (n, n_beats) as numbers, weights (n, n_beats).
    """
    features, changes, weights = batch
    with bfloat16_where_fast():
        logits = network.logits(features)  # type: ignore[operator]
    return (functional.cross_entropy(logits.float(), changes, reduction="none") * weights).mean()
