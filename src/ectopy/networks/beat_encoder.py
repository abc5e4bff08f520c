"""The beat encoder: what a beat is among its neighbours, in few numbers.

Each beat is a row of features that mean the same in all people (`ectopy.features.table`). One branch sees the
row alone, another those of the beats around it, by convolutions of growing dilation; the code is drawn from
both, and a linear layer tells from it what was done to the beat (`ectopy.training.pretext`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.networks.beat_classifier import ResidualBlock, bfloat16_where_fast

HIDDEN_SHARE: Final = 0.15
"""Share of the beats that are hidden in training and predicted from the others."""

PREDICTION: Final = 0.5
"""Weight of the prediction of hidden beats beside the telling of changes."""

LARGEST: Final = 4.0
"""Standard deviations that the features of a hidden beat are taken to differ from the mean at most."""


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
        self.hidden = nn.Conv1d(sizes.n_code, n_features, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return codes: (n, n_beats, n_features) → (n, n_beats, n_code)."""
        return self.encode(features.transpose(1, 2)).transpose(1, 2)

    def encode(self, columns: Tensor) -> Tensor:
        """Return codes: (n, n_features, n_beats) → (n, n_code, n_beats)."""
        return self.joint(torch.cat([self.blocks(self.embed(columns)), self.alone(columns)], dim=1))

    def pretext(self, features: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of the changes (n, n_changes, n_beats), and features predicted from the codes.

        The features are given as (n, n_beats, n_features), and predicted as (n, n_features, n_beats).
        """
        shown = torch.where(hidden.unsqueeze(-1), self.embed[0].running_mean, features)
        code = self.encode(shown.transpose(1, 2))
        return self.changes(code), self.hidden(code)

    def standardised(self, features: Tensor) -> Tensor:
        """Return features by their usual mean and spread: (n, n_beats, n_features) → (n, n_features, n_beats)."""
        scale = self.embed[0]
        usual = (features - scale.running_mean) / torch.sqrt(scale.running_var + scale.eps)
        return usual.clamp(-LARGEST, LARGEST).transpose(1, 2)


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
    """Return how badly it is told what was done to each beat, and how badly hidden beats are predicted.

    In training, some beats are hidden: the network sees the mean of all features in their place, and predicts
    theirs from the beats around them.

    Parameters
    ----------
    network : torch.nn.Module
        An `EncoderNetwork`.
    batch : sequence of Tensor
        Features (n, n_beats, n_features), changes (n, n_beats) as numbers, weights (n, n_beats).
    """
    features, changes, weights = batch
    hidden = torch.rand(changes.shape) < (HIDDEN_SHARE if network.training else 0)
    with bfloat16_where_fast():
        logits, predicted = network.pretext(features, hidden)  # type: ignore[operator]
    told = functional.cross_entropy(logits.float(), changes, reduction="none") * weights
    missed = functional.smooth_l1_loss(
        predicted.float(),
        network.standardised(features),  # type: ignore[operator]
        reduction="none",
    )
    return (told * ~hidden).mean() + PREDICTION * (missed.mean(dim=1) * hidden).sum() / hidden.sum().clamp(1)
