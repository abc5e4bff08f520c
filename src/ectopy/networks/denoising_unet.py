"""Small U-shaped network that takes noise off an ECG of any length.

What cannot be told from noise at one scale can be at a coarser one: strided convolutions see ever longer
parts of the signal, transposed ones return to the full rate, and at every scale the finer features are joined
in again (Ronneberger, Fischer and Brox, MICCAI 2015). Each window is divided by its standard deviation on the
way in and multiplied by it on the way out, so that gain does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError

STEM_STRIDE = 4
"""The first convolution quarters the rate: an ECG of 360 Hz, filtered to 40 Hz, loses nothing."""

_LEAST_SCALE = 1e-3
"""Standard deviation in mV below which a window is not enlarged further: it is flat."""


@dataclass(frozen=True)
class UnetArchitecture:
    """Shape of a `DenoisingUnet`.

    Parameters
    ----------
    filters : tuple of int
        Channels of each scale, the finest first; each one halves the rate of the one before.
    kernel : int
        Width of every convolution, odd.

    Raises
    ------
    ParameterError
        If there is no scale, a number is below one, or the kernel is not odd.
    """

    filters: tuple[int, ...] = (24, 48, 64, 64)
    kernel: int = 7

    def __post_init__(self) -> None:
        if not self.filters or min(self.filters) < 1:
            raise ParameterError(
                f"filters={self.filters!r} is not possible; give one or more numbers above 0"
            )
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ParameterError(f"kernel={self.kernel!r} is not possible; give an odd number above 0")

    def build(self, n_leads: int) -> DenoisingUnet:
        """Return a network with random weights for windows of (n_leads, any length)."""
        return DenoisingUnet(self, n_leads)


class DenoisingUnet(nn.Module):
    """Strided convolutions down, transposed convolutions up, with the fine scales joined in.

    Parameters
    ----------
    architecture : UnetArchitecture
        Sizes of its layers.
    n_leads : int
        Leads of a window.
    """

    def __init__(self, architecture: UnetArchitecture, n_leads: int) -> None:
        super().__init__()
        filters, kernel = architecture.filters, architecture.kernel
        first, last = filters[0], filters[-1]
        self.multiple = STEM_STRIDE * 2 ** (len(filters) - 1)
        stem = nn.Conv1d(n_leads, first, 2 * kernel + 1, stride=STEM_STRIDE, padding=kernel)
        self.stem = nn.Sequential(stem, nn.BatchNorm1d(first), nn.ReLU())
        pairs = list(pairwise(filters))
        self.down = nn.ModuleList(_convolve(fine, coarse, kernel, stride=2) for fine, coarse in pairs)
        self.middle = _convolve(last, last, kernel)
        self.up = nn.ModuleList(
            nn.ConvTranspose1d(coarse, fine, 2, stride=2) for fine, coarse in reversed(pairs)
        )
        self.join = nn.ModuleList(_convolve(2 * fine, fine, kernel) for fine, _ in reversed(pairs))
        self.output = nn.ConvTranspose1d(first, n_leads, 2 * STEM_STRIDE, STEM_STRIDE, STEM_STRIDE // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the windows without noise: (n, n_leads, n_times) → the same shape."""
        n_times = x.shape[-1]
        centre = x.mean(dim=-1, keepdim=True)
        scale = x.std(dim=-1, keepdim=True).clamp_min(_LEAST_SCALE)
        padded = functional.pad((x - centre) / scale, (0, -n_times % self.multiple))
        features = self.stem(padded)  # (n, filters[0], n_times / 4)
        fine = []
        for halve in self.down:
            fine.append(features)
            features = halve(features)  # (n, filters[i], n_times / (4 · 2^i))
        features = self.middle(features)
        for double, join in zip(self.up, self.join, strict=True):
            features = join(torch.cat([double(features), fine.pop()], dim=1))
        clean: Tensor = self.output(features)[..., :n_times]
        return clean * scale


def _convolve(n_in: int, n_out: int, kernel: int, stride: int = 1) -> nn.Module:
    convolution = nn.Conv1d(n_in, n_out, kernel, stride=stride, padding=kernel // 2)
    return nn.Sequential(convolution, nn.BatchNorm1d(n_out), nn.ReLU())


class NoiseSubtractor(nn.Module):
    """Takes away what a `DenoisingUnet` finds to be noise; where that finds none, nothing changes.

    Parameters
    ----------
    architecture : UnetArchitecture
        Of the network that finds the noise.
    n_leads : int
        Leads of a window.
    """

    def __init__(self, architecture: UnetArchitecture, n_leads: int = 1) -> None:
        super().__init__()
        self.noise = architecture.build(n_leads)

    def forward(self, x: Tensor) -> Tensor:
        """Return the windows without noise: (n, n_leads, n_times) → the same shape."""
        clean: Tensor = x - self.noise(x)
        return clean
