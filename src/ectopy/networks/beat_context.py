"""Layers of networks along the beats of a recording: they see a beat alone, or those around it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ContextArchitecture:
    """Sizes of a network along the beats of a recording.

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


def embedding(n_features: int, sizes: ContextArchitecture) -> nn.Sequential:
    """Return layers that look at each beat alone: (n, n_features, n_beats) → (n, channels, n_beats)."""
    return nn.Sequential(
        nn.BatchNorm1d(n_features),
        nn.Dropout1d(sizes.feature_dropout),
        nn.Conv1d(n_features, sizes.channels, 1),
        nn.ReLU(),
        nn.Dropout(sizes.dropout),
    )


def residual_blocks(sizes: ContextArchitecture) -> nn.Sequential:
    """Return layers that look at the beats around each: (n, channels, n_beats) → the same shape."""
    return nn.Sequential(
        *(ResidualBlock(sizes.channels, dilation, sizes.channel_dropout) for dilation in sizes.dilations)
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


def bfloat16_where_fast() -> torch.autocast:
    """Multiply in bfloat16 if the processor has units for that; the weights themselves stay in 32 bits."""
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(torch.cpu.get_capabilities().get("amx_bf16")))


@torch.no_grad()
def round_to_half(network: nn.Module) -> None:
    """Round the matrices to half precision, so that they can be stored in 16 bits unchanged."""
    for parameter in network.parameters():
        if parameter.ndim >= 2:
            parameter.copy_(parameter.half().float())
