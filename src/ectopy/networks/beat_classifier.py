"""The beat classifier: convolutions along the beats of a recording.

What a beat is depends on its company: the same early beat is premature in a sinus rhythm and nothing in
fibrillation, and where premature beats are the usual ones only the runs and the pauses around tell so. Each
beat was made a row of figures that are alike in all people (`ectopy.features.morphology`); the network looks
at the rows of some 60 beats to either side, by convolutions with ever wider gaps (temporal convolutional
network, Bai, Kolter and Koltun 2018).
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
    channels : int
        Figures that describe a beat inside.
    gaps : tuple of int
        Beats between the three that each convolution looks at.
    blur : float
        Share of the features that is silenced in training, each in a whole recording.
    dropout : float
        Share of the channels that is silenced in training, beat by beat.
    hush : float
        Share of the channels of each convolution that is silenced in training, each in a whole recording.
    """

    channels: int = 56
    gaps: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    blur: float = 0.2
    dropout: float = 0.3
    hush: float = 0.1


class ClassifierNetwork(nn.Module):
    """Features of beats in a row → probability of each class.

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
        self.describe = nn.Sequential(
            nn.BatchNorm1d(n_features),
            nn.Dropout1d(shape.blur),
            nn.Conv1d(n_features, shape.channels, 1),
            nn.ReLU(),
            nn.Dropout(shape.dropout),
        )
        self.look = nn.Sequential(*(Look(shape.channels, gap, shape.hush) for gap in shape.gaps))
        self.decide = nn.Sequential(
            nn.Dropout(shape.dropout),
            nn.Conv1d(shape.channels, shape.channels, 1),
            nn.ReLU(),
            nn.Conv1d(shape.channels, n_classes, 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return probabilities, (n, n_beats, n_classes), of features, (n, n_beats, n_features)."""
        return functional.softmax(self.odds(features), dim=1).transpose(1, 2)

    def odds(self, features: Tensor) -> Tensor:
        """Return logarithms of odds, (n, n_classes, n_beats)."""
        return self.decide(self.look(self.describe(features.transpose(1, 2))))


class Look(nn.Module):
    """What a beat and two at some distance tell together, added to what was known of it."""

    def __init__(self, channels: int, gap: int, hush: float) -> None:
        super().__init__()
        self.told = nn.Sequential(
            nn.Conv1d(channels, channels, 3, padding=gap, dilation=gap),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels, 1),
            nn.Dropout1d(hush),
        )

    def forward(self, beats: Tensor) -> Tensor:
        """Return channels, (n, channels, n_beats), as they came and with more added."""
        return beats + self.told(beats)


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
    with _half_if_fast():
        odds = network.odds(features)  # type: ignore[operator]
    loss = functional.cross_entropy(odds.float(), classes, reduction="none", label_smoothing=0.02)
    return (loss * weights).mean()


def _half_if_fast() -> torch.autocast:
    """Multiply in bfloat16 if the processor has units for that; the weights themselves stay in 32 bits."""
    return torch.autocast("cpu", torch.bfloat16, enabled=bool(torch.cpu.get_capabilities().get("amx_bf16")))


@torch.no_grad()
def round_to_half(network: nn.Module) -> None:
    """Round the matrices to what 16 bits hold, so that they can be stored in 16 bits unchanged."""
    for parameter in network.parameters():
        if parameter.ndim >= 2:
            parameter.copy_(parameter.half().float())
