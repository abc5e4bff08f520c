"""The beat encoder: what a beat is among its neighbours, in few numbers.

Each beat is a row of features that mean the same in all people (`ectopy.features.table`). One branch sees the
row alone, another those of the beats around it, by convolutions of growing dilation; the code is drawn from
both, and a linear layer tells from it what was done to the beat (`ectopy.training.pretext`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.networks.beat_classifier import ResidualBlock, bfloat16_where_fast


@dataclass(frozen=True)
class EncoderArchitecture:
    """Architecture of the network.

    Parameters
    ----------
    n_code : int
        Numbers of the code.
    channels : int
        Channels of every hidden layer.
    dilations : tuple of int
        Distance in beats between the three inputs of each convolution, one residual block each.
    feature_dropout : float
        Share of the features that are set to zero in training, for a whole recording.
    dropout : float
        Share of the channels that are set to zero in training, beat by beat.
    channel_dropout : float
        Share of the channels of each block that are set to zero in training, for a whole recording.
    """

    n_code: int = 64
    channels: int = 56
    dilations: tuple[int, ...] = (1, 2, 4, 8)
    feature_dropout: float = 0.2
    dropout: float = 0.2
    channel_dropout: float = 0.1


class EncoderNetwork(nn.Module):
    """Features of consecutive beats → a code each.

    Parameters
    ----------
    n_features, n_changes : int
        Columns in, and kinds of changes that are told apart in training.
    architecture : EncoderArchitecture, optional
        Sizes of its layers.
    """

    def __init__(
        self, n_features: int, n_changes: int, architecture: EncoderArchitecture | None = None
    ) -> None:
        super().__init__()
        sizes = architecture or EncoderArchitecture()
        self.embed, self.alone = (_embedding(n_features, sizes) for _ in range(2))
        self.blocks = nn.Sequential(
            *(ResidualBlock(sizes.channels, dilation, sizes.channel_dropout) for dilation in sizes.dilations)
        )
        self.joint = nn.Sequential(
            nn.Dropout(sizes.dropout), nn.Conv1d(2 * sizes.channels, sizes.n_code, 1), nn.ReLU()
        )
        self.changes = nn.Conv1d(sizes.n_code, n_changes, 1)

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


def _embedding(n_features: int, sizes: EncoderArchitecture) -> nn.Sequential:
    """Return layers that look at each beat alone: (n, n_features, n_beats) → (n, channels, n_beats)."""
    return nn.Sequential(
        nn.BatchNorm1d(n_features),
        nn.Dropout1d(sizes.feature_dropout),
        nn.Conv1d(n_features, sizes.channels, 1),
        nn.ReLU(),
        nn.Dropout(sizes.dropout),
    )


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
