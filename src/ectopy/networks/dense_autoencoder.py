"""Convolutional autoencoder with a dense code.

Encoder: convolutions that halve the time axis, then one fully connected layer whose outputs are the code.
Decoder: transposed convolutions that lengthen the code, then one fully connected layer that gives the window.
Every number of the code depends on the whole window, so that a few of them can hold much: where the beats
are, and what they look like.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError


@dataclass(frozen=True)
class DenseArchitecture:
    """Shape of a `DenseAutoencoder`.

    Parameters
    ----------
    n_code : int
        Numbers in the code.
    filters : tuple of int
        Channels after each convolution; each one halves the time axis.
    stretch : tuple of int
        Channels after each transposed convolution; each one doubles the length of the code.
    kernel : int
        Width of every convolution in samples, odd.
    bounded : bool
        Squash the code to −1 … 1, so that a quantiser with a known number of levels holds it.

    Raises
    ------
    ParameterError
        If a size is below one, a list is empty, or the kernel is not odd.
    """

    n_code: int = 16
    filters: tuple[int, ...] = (16, 32, 32)
    stretch: tuple[int, ...] = (16, 8)
    kernel: int = 7
    bounded: bool = False

    def __post_init__(self) -> None:
        # a manifest hands back lists
        object.__setattr__(self, "filters", tuple(self.filters))
        object.__setattr__(self, "stretch", tuple(self.stretch))
        for name in ("filters", "stretch"):
            sizes = getattr(self, name)
            if not sizes or min(sizes) < 1:
                raise ParameterError(f"{name}={sizes!r} is not possible; give one or more numbers above 0")
        if self.n_code < 1:
            raise ParameterError(f"n_code={self.n_code!r} is not possible; give a number above 0")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ParameterError(f"kernel={self.kernel!r} is not possible; give an odd number above 0")

    def build(self, n_leads: int, n_times: int) -> DenseAutoencoder:
        """Return a network with random weights for windows of (n_leads, n_times)."""
        return DenseAutoencoder(self, n_leads, n_times)


class DenseAutoencoder(nn.Module):
    """Encoder of convolutions and a dense layer, decoder of transposed convolutions and a dense layer.

    Parameters
    ----------
    architecture : DenseArchitecture
        Sizes of its layers.
    n_leads, n_times : int
        Shape of a window.
    """

    def __init__(self, architecture: DenseArchitecture, n_leads: int, n_times: int) -> None:
        super().__init__()
        filters, stretch, kernel = architecture.filters, architecture.stretch, architecture.kernel
        self.n_leads = n_leads
        self.n_times = n_times
        self.bounded = architecture.bounded
        self.padding = -n_times % 2 ** len(filters)
        squeezed = (n_times + self.padding) // 2 ** len(filters)
        channels = (n_leads, *filters)
        self.convolutions = nn.Sequential(
            *(_halve(n_in, n_out, kernel) for n_in, n_out in zip(channels, filters, strict=False))
        )
        self.dense = nn.Linear(filters[-1] * squeezed, architecture.n_code)
        channels = (1, *stretch)
        self.deconvolutions = nn.Sequential(
            *(_double(n_in, n_out, kernel) for n_in, n_out in zip(channels, stretch, strict=False))
        )
        stretched = architecture.n_code * 2 ** len(stretch)
        self.output = nn.Linear(stretch[-1] * stretched, n_leads * n_times)

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each window: (n, n_leads, n_times) → (n, n_code)."""
        padded = functional.pad(x, (0, self.padding))
        features = self.convolutions(padded)  # (n, filters[-1], n_times / 2^len(filters))
        code: Tensor = self.dense(torch.flatten(features, 1))  # (n, n_code)
        return torch.tanh(code) if self.bounded else code

    def decode(self, code: Tensor) -> Tensor:
        """Reconstruct windows from their codes: (n, n_code) → (n, n_leads, n_times)."""
        image = self.deconvolutions(code.unsqueeze(1))  # (n, stretch[-1], n_code · 2^len(stretch))
        flat: Tensor = self.output(torch.flatten(image, 1))  # (n, n_leads·n_times)
        return flat.reshape(-1, self.n_leads, self.n_times)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction of each window and its code."""
        code = self.encode(x)
        return self.decode(code), code


def _halve(n_in: int, n_out: int, kernel: int) -> nn.Module:
    convolution = nn.Conv1d(n_in, n_out, kernel, stride=2, padding=kernel // 2)
    return nn.Sequential(convolution, nn.BatchNorm1d(n_out), nn.ReLU())


def _double(n_in: int, n_out: int, kernel: int) -> nn.Module:
    convolution = nn.ConvTranspose1d(n_in, n_out, kernel, stride=2, padding=kernel // 2, output_padding=1)
    return nn.Sequential(convolution, nn.BatchNorm1d(n_out), nn.ReLU())
