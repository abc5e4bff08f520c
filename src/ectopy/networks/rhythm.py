"""The rhythm network: the temporal convolutions of the beat classifier, smaller, over atrial features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.features.atrial import ATRIAL_FEATURES, N_INTERVALS, N_WITHOUT_P, P_POINTS
from ectopy.networks.beat_classifier import LABEL_SMOOTHING, ClassifierNetwork
from ectopy.networks.beat_context import ContextArchitecture

ARCHITECTURE: Final = ContextArchitecture(
    channels=24, dilations=(1, 2, 4, 8, 16), feature_dropout=0.0, dropout=0.2
)
"""Sizes; the network sees 31 beats on either side."""

HIDDEN: Final = 0.2
"""Share of the rows whose waves are hidden in training, so that intervals are enough where there is noise."""

FEATURE_DROPOUT: Final = 0.1
"""Share of the other features that are hidden in training, for a whole row."""

INVERTED: Final = 0.15
"""Share of the rows whose lead is turned round in training."""

_SIGNED: Final = slice(N_WITHOUT_P, N_WITHOUT_P + P_POINTS)
"""Features that change their sign with the lead."""


def rhythm_network() -> ClassifierNetwork:
    """Return an untrained network: (n, n_beats, n_features) → (n, n_beats, 2)."""
    return ClassifierNetwork(len(ATRIAL_FEATURES), 2, ARCHITECTURE)


def rhythm_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy, with part of the features hidden in training.

    Parameters
    ----------
    network : torch.nn.Module
        From `rhythm_network`.
    batch : sequence of Tensor
        Features (n, n_beats, n_features), labels (n, n_beats), weights (n, n_beats).
    """
    features, labels, weights = batch
    if network.training:
        features = features * _shown(len(features))
    logits = network.logits(features)  # type: ignore[operator]
    loss = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=LABEL_SMOOTHING)
    return (loss * weights).mean()


def _shown(n_rows: int) -> Tensor:
    """Return what the features of each row are multiplied by, (n_rows, 1, n_features)."""
    shown = (torch.rand(n_rows, 1, len(ATRIAL_FEATURES)) >= FEATURE_DROPOUT).float()
    shown[..., _SIGNED] *= torch.where(torch.rand(n_rows, 1, 1) < INVERTED, -1.0, 1.0)
    hidden = torch.rand(n_rows) < HIDDEN
    whole = torch.rand(n_rows) < 0.5
    shown[hidden, :, N_WITHOUT_P:] = 0.0
    shown[hidden & whole, :, N_INTERVALS:] = 0.0
    return shown
