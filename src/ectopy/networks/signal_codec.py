"""Learned transform codec: strided convolutions to a few numbers per frame, and how many bits those take.

Trained on distortion and rate together, as in Ballé, Laparra and Simoncelli (ICLR 2017): in training, uniform
noise of one step stands for rounding, and each channel's steps are taken to follow a logistic distribution
whose width is learned. Convolutions treat a beat the same wherever it is, so that, unlike in a dense
code, no bits are spent on where the beats are in the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError

GAIN = 10.0
"""Steps a millivolt that the untrained encoder gives, about."""

_LEAST_LIKELY = 1e-9


@dataclass(frozen=True)
class CodecArchitecture:
    """Shape of a `SignalCodec`.

    Parameters
    ----------
    n_channels : int
        Numbers in each frame of the code.
    filters : int
        Channels between the convolutions.
    strides : tuple of int
        Of the convolutions; a frame is as many samples as their product.

    Raises
    ------
    ParameterError
        If a number is below one, or a stride below two.
    """

    n_channels: int = 12
    filters: int = 32
    strides: tuple[int, ...] = (4, 4, 2)

    def __post_init__(self) -> None:
        if min(self.n_channels, self.filters) < 1:
            raise ParameterError(
                f"n_channels={self.n_channels}, filters={self.filters} is not possible; give numbers above 0"
            )
        if not self.strides or min(self.strides) < 2:
            raise ParameterError(f"strides={self.strides!r} is not possible; give one or more of at least 2")

    @property
    def frame(self) -> int:
        """Samples in a frame."""
        return prod(self.strides)

    def build(self, n_leads: int) -> SignalCodec:
        """Return a network with random weights for windows of (n_leads, any length)."""
        return SignalCodec(self, n_leads)


class SignalCodec(nn.Module):
    """Convolutions to frames of numbers, in units of one quantiser step, and back.

    Parameters
    ----------
    architecture : CodecArchitecture
        Its sizes.
    n_leads : int
        Leads of a window.
    """

    def __init__(self, architecture: CodecArchitecture, n_leads: int) -> None:
        super().__init__()
        between = [architecture.filters] * (len(architecture.strides) - 1)
        channels = [n_leads, *between, architecture.n_channels]
        self.frame = architecture.frame
        self.analysis = _analysis(channels, architecture.strides)
        self.synthesis = _synthesis(channels[::-1], architecture.strides[::-1])
        self.log_width = nn.Parameter(torch.zeros(architecture.n_channels, 1))

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each window: (n, n_leads, n_times) → (n, n_channels, n_frames)."""
        code: Tensor = self.analysis(functional.pad(x, (0, -x.shape[-1] % self.frame)))
        return GAIN * code

    def decode(self, code: Tensor) -> Tensor:
        """Reconstruct windows from codes: (n, n_channels, n_frames) → (n, n_leads, n_frames · frame)."""
        return self.synthesis(code / GAIN)

    def bits(self, code: Tensor) -> Tensor:
        """Return the bits of each number of a code by the learned distribution, of the shape of the code."""
        sharpness = torch.exp(-self.log_width)  # (n_channels, 1)
        size = code.abs()
        likely = torch.sigmoid((0.5 - size) * sharpness) - torch.sigmoid((-0.5 - size) * sharpness)
        return -torch.log2(likely.clamp_min(_LEAST_LIKELY))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return reconstruction and rounded code of each window; in training with noise of a step."""
        code = self.encode(x)
        stored = code + torch.rand_like(code) - 0.5 if self.training else torch.round(code)
        return self.decode(stored)[..., : x.shape[-1]], stored


def _analysis(channels: list[int], strides: tuple[int, ...]) -> nn.Sequential:
    """Return strided convolutions; each is twice its stride plus one wide: neighbours share samples."""
    pairs = zip(pairwise(channels), strides, strict=True)
    return _rectified(nn.Conv1d(n_in, n_out, 2 * s + 1, s, s) for (n_in, n_out), s in pairs)


def _synthesis(channels: list[int], strides: tuple[int, ...]) -> nn.Sequential:
    """Return transposed convolutions of the same widths, which multiply the length by their strides."""
    pairs = zip(pairwise(channels), strides, strict=True)
    return _rectified(
        nn.ConvTranspose1d(n_in, n_out, 2 * s + 1, s, s, output_padding=s - 1) for (n_in, n_out), s in pairs
    )


def _rectified(convolutions: Iterable[nn.Conv1d | nn.ConvTranspose1d]) -> nn.Sequential:
    """Put a rectifier with a learned slope after every convolution but the last."""
    layers: list[nn.Module] = []
    for convolution in convolutions:
        layers += [convolution, nn.PReLU(convolution.out_channels)]
    return nn.Sequential(*layers[:-1])
