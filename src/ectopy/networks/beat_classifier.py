"""The beat classifier: a temporal convolutional network along the beats of a recording.

What a beat is depends on the beats around it: the same early beat is premature in sinus rhythm and means
nothing in fibrillation, and where most beats are premature only runs and pauses show it. Each beat is a row
of features that mean the same in all people (`ectopy.features.table`); the network sees those of about 60
beats on each side, by convolutions of growing dilation (Bai, Kolter and Koltun 2018). Whether a beat is
ventricular or a fusion beat its own row says: a second head decides that, and sees no neighbour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

LABEL_SMOOTHING: Final = 0.02
"""Share of the probability that a label leaves to the other classes, so that one wrong label costs little."""

N_RHYTHM: Final = 2
"""Classes that only the beats around tell apart, the first ones: N and S."""


@dataclass(frozen=True)
class ClassifierArchitecture:
    """Architecture of the network.

    Parameters
    ----------
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

    channels: int = 56
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    feature_dropout: float = 0.2
    dropout: float = 0.3
    channel_dropout: float = 0.1


class ClassifierNetwork(nn.Module):
    """Features of consecutive beats → probability of each class.

    Parameters
    ----------
    n_features, n_classes : int
        Columns in and out.
    architecture : ClassifierArchitecture, optional
        Sizes of its layers.
    """

    def __init__(
        self, n_features: int, n_classes: int, architecture: ClassifierArchitecture | None = None
    ) -> None:
        super().__init__()
        sizes = architecture or ClassifierArchitecture()
        self.embed = _embedding(n_features, sizes)
        self.blocks = nn.Sequential(
            *(ResidualBlock(sizes.channels, dilation, sizes.channel_dropout) for dilation in sizes.dilations)
        )
        self.rhythm_head = _head(sizes, N_RHYTHM)
        self.shape_embed = _embedding(n_features, sizes)
        self.shape_head = _head(sizes, n_classes - N_RHYTHM + 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return probabilities: (n, n_beats, n_features) → (n, n_beats, n_classes)."""
        return self.logits(features).exp().transpose(1, 2)

    def logits(self, features: Tensor) -> Tensor:
        """Return logarithms of probabilities: (n, n_beats, n_features) → (n, n_classes, n_beats)."""
        columns = features.transpose(1, 2)
        rhythm = self.rhythm_head(self.blocks(self.embed(columns)))  # (n, 2, n_beats): N, S
        shape = self.shape_head(self.shape_embed(columns))  # (n, 1 + 2, n_beats): N or S, V, F
        shape = functional.log_softmax(shape, dim=1)
        return torch.cat([shape[:, :1] + functional.log_softmax(rhythm, dim=1), shape[:, 1:]], dim=1)


def _embedding(n_features: int, sizes: ClassifierArchitecture) -> nn.Sequential:
    """Return layers that look at each beat alone: (n, n_features, n_beats) → (n, channels, n_beats)."""
    return nn.Sequential(
        nn.BatchNorm1d(n_features),
        nn.Dropout1d(sizes.feature_dropout),
        nn.Conv1d(n_features, sizes.channels, 1),
        nn.ReLU(),
        nn.Dropout(sizes.dropout),
    )


def _head(sizes: ClassifierArchitecture, n_out: int) -> nn.Sequential:
    """Return the layers from hidden channels to logits, beat by beat."""
    return nn.Sequential(
        nn.Dropout(sizes.dropout),
        nn.Conv1d(sizes.channels, sizes.channels, 1),
        nn.ReLU(),
        nn.Conv1d(sizes.channels, n_out, 1),
    )


class ResidualBlock(nn.Module):
    """A dilated convolution over three beats, added to its input.

    Parameters
    ----------
    channels : int
        In and out.
    dilation : int
        Distance in beats.
    channel_dropout : float
        Share of the channels that are set to zero in training.
    """

    def __init__(self, channels: int, dilation: int, channel_dropout: float) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1),
            nn.Dropout1d(channel_dropout),
        )

    def forward(self, beats: Tensor) -> Tensor:
        """Return the input and what the convolutions add: (n, channels, n_beats) → the same shape."""
        return beats + self.convolutions(beats)


def classifier_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy.

    Parameters
    ----------
    network : torch.nn.Module
        A `ClassifierNetwork`.
    batch : sequence of Tensor
        Features (n, n_beats, n_features), classes (n, n_beats) as numbers, weights (n, n_beats).
    """
    features, classes, weights = batch
    with bfloat16_where_fast():
        logits = network.logits(features)  # type: ignore[operator]
    loss = functional.cross_entropy(
        logits.float(), classes, reduction="none", label_smoothing=LABEL_SMOOTHING
    )
    return (loss * weights).mean()


def bfloat16_where_fast() -> torch.autocast:
    """Multiply in bfloat16 if the processor has units for that; the weights themselves stay in 32 bits."""
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(torch.cpu.get_capabilities().get("amx_bf16")))


@torch.no_grad()
def round_to_half(network: nn.Module) -> None:
    """Round the matrices to half precision, so that they can be stored in 16 bits unchanged."""
    for parameter in network.parameters():
        if parameter.ndim >= 2:
            parameter.copy_(parameter.half().float())
