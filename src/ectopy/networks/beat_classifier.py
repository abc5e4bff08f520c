"""The beat classifier: a temporal convolutional network along the beats of a recording.

What a beat is depends on the beats around it: the same early beat is premature in sinus rhythm and means
nothing in fibrillation, and where most beats are premature only runs and pauses show it. Each beat is a row
of features that mean the same in all people (`ectopy.features.table`); the network sees those of about 60
beats on each side, by convolutions of growing dilation (Bai, Kolter and Koltun 2018). Whether a beat is
ventricular or a fusion beat its own row says: a second head decides that, and sees no neighbour.
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

LABEL_SMOOTHING: Final = 0.02
"""Share of the probability that a label leaves to the other classes, so that one wrong label costs little."""

N_RHYTHM: Final = 2
"""Classes that only the beats around tell apart, the first ones: N and S."""


class ClassifierNetwork(nn.Module):
    """Features of consecutive beats → probability of each class.

    Parameters
    ----------
    n_features, n_classes : int
        Columns in and out.
    architecture : ContextArchitecture, optional
        Sizes of its layers.
    """

    def __init__(
        self, n_features: int, n_classes: int, architecture: ContextArchitecture | None = None
    ) -> None:
        super().__init__()
        sizes = architecture or ContextArchitecture()
        self.embed = embedding(n_features, sizes)
        self.blocks = residual_blocks(sizes)
        self.rhythm_head = _head(sizes, N_RHYTHM)
        self.shape_embed = embedding(n_features, sizes)
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


def _head(sizes: ContextArchitecture, n_out: int) -> nn.Sequential:
    """Return the layers from hidden channels to logits, beat by beat."""
    return nn.Sequential(
        nn.Dropout(sizes.dropout),
        nn.Conv1d(sizes.channels, sizes.channels, 1),
        nn.ReLU(),
        nn.Conv1d(sizes.channels, n_out, 1),
    )


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
