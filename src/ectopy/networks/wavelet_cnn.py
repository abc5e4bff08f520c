"""Convolutional classifier of single heartbeats given by their wavelet coefficients.

Two wide convolutions, each with batch normalisation, ReLU and max-pooling, then a small dense layer. It is
the design that was published with the db2 approximation of MIT-BIH beats: 100 and 90 filters of width 5, 30
units, five classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError


@dataclass(frozen=True)
class WaveletCnnArchitecture:
    """Shape of a `WaveletCnn`.

    Parameters
    ----------
    filters : tuple of int
        Channels after the first and after the second convolution.
    kernel, stride : int
        Width and step of both convolutions, in coefficients.
    pool : int
        Width of both max-poolings.
    dense : int
        Units of the hidden dense layer.
    n_classes : int
        Of beats.

    Raises
    ------
    ParameterError
        If a number is below one, or there are not two filters.
    """

    filters: tuple[int, int] = (100, 90)
    kernel: int = 5
    stride: int = 2
    pool: int = 3
    dense: int = 30
    n_classes: int = 5

    def __post_init__(self) -> None:
        if len(self.filters) != 2:
            raise ParameterError(f"filters={self.filters!r} is not possible; give 2 numbers above 0")
        numbers = (*self.filters, self.kernel, self.stride, self.pool, self.dense, self.n_classes)
        if min(numbers) < 1:
            raise ParameterError(f"{self!r} has a number below 1; give numbers above 0")

    def build(self, n_leads: int, n_times: int) -> WaveletCnn:
        """Return a network with random weights for beats of (n_leads, n_times).

        Raises
        ------
        ParameterError
            If so short a beat is pooled away.
        """
        return WaveletCnn(self, n_leads, n_times)

    def left(self, n_times: int) -> int:
        """Return how many of ``n_times`` coefficients are left behind both stages."""
        for _ in self.filters:
            n_times = ((n_times - self.kernel) // self.stride + 1) // self.pool
        return n_times


class WaveletCnn(nn.Module):
    """Two pooled convolutions and two dense layers: coefficients → log-odds of each class.

    Parameters
    ----------
    architecture : WaveletCnnArchitecture
        Its sizes.
    n_leads, n_times : int
        Shape of a beat.
    """

    def __init__(self, architecture: WaveletCnnArchitecture, n_leads: int, n_times: int) -> None:
        super().__init__()
        first, second = architecture.filters
        left = architecture.left(n_times)
        if left < 1:
            raise ParameterError(f"n_times={n_times} is pooled away; give longer beats, or a smaller pool")
        # images one line high, channels last in memory: they train half again as fast as 1-D signals
        self.stages = nn.Sequential(
            *_stage(n_leads, first, architecture), *_stage(first, second, architecture)
        ).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.dense = nn.Sequential(
            nn.Linear(second * left, architecture.dense),
            nn.ReLU(),
            nn.Linear(architecture.dense, architecture.n_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the log-odds of each class: (n, n_leads, n_times) → (n, n_classes)."""
        image = x.unsqueeze(2)  # (n, n_leads, 1, n_times)
        features = self.stages(image)  # (n, second, 1, left)
        return self.dense(torch.flatten(features, 1))  # (n, second·left) → (n, n_classes)


def _stage(n_in: int, n_out: int, architecture: WaveletCnnArchitecture) -> list[nn.Module]:
    return [
        nn.Conv2d(n_in, n_out, (1, architecture.kernel), stride=(1, architecture.stride)),
        nn.BatchNorm2d(n_out),
        nn.MaxPool2d((1, architecture.pool)),  # before the ReLU, which is the same and cheaper
        nn.ReLU(),
    ]


def wavelet_cnn_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted mean cross-entropy.

    Parameters
    ----------
    network : torch.nn.Module
        A `WaveletCnn`.
    batch : sequence of Tensor
        Beats (n, n_leads, n_times), classes (n,) as numbers, weights (n,).
    """
    beats, classes, weights = batch
    losses = functional.cross_entropy(network(beats), classes, reduction="none")
    return (losses * weights).mean()
