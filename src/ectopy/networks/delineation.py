"""The delineator: a U-Net over one lead that says which wave, if any, is under way 125 times a second.

Four scales from 62.5 to 7.8 Hz (Ronneberger et al. 2015, in one dimension), with dilated convolutions at the
coarsest, where a second of context costs next to nothing. Four samples at a time enter as channels, and
each frame of the finest scale answers for two moments, so that nothing is computed at the full rate.
Convolutions are written in two dimensions, one of them of length one: onnxruntime runs these in a faster
layout.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

WAVES: Final = ("none", "P", "QRS", "T")
"""What may be under way, in the order of the outputs."""

STRIDE: Final = 4
"""Samples in a frame of the finest scale."""

PER_FRAME: Final = 2
"""Moments that a frame answers for."""


LARGEST_LOGIT: Final = 30.0
"""Log-odds beyond which a wave is certain: their powers fit into 32 bits."""


@dataclass(frozen=True)
class DelineationShape:
    """Architecture of the network.

    Parameters
    ----------
    widths : tuple of int
        Channels at 62.5, 31.25, 15.6 and 7.8 Hz.
    dilations : tuple of int
        Of the convolutions at the coarsest scale.
    """

    widths: tuple[int, int, int, int] = (16, 32, 32, 48)
    dilations: tuple[int, ...] = (1, 2, 4)


class DelineationNetwork(nn.Module):
    """Conditioned lead → which wave is under way, and where waves peak.

    Parameters
    ----------
    shape : DelineationShape, optional
        The architecture.
    """

    def __init__(self, shape: DelineationShape | None = None) -> None:
        super().__init__()
        shape = shape or DelineationShape()
        widths = shape.widths
        self.stem = nn.Sequential(_convolution(STRIDE, widths[0], 5), _convolution(widths[0], widths[0], 3))
        self.down = nn.ModuleList(
            nn.Sequential(_convolution(fine, coarse, 4, stride=2), _convolution(coarse, coarse, 3))
            for fine, coarse in itertools.pairwise(widths)
        )
        self.deep = nn.ModuleList(
            _convolution(widths[-1], widths[-1], 3, dilation=d) for d in shape.dilations
        )
        self.up = nn.ModuleList(nn.Conv2d(coarse, fine, 1) for fine, coarse in itertools.pairwise(widths))
        self.join = nn.ModuleList(_convolution(width, width, 3) for width in widths[:-1])
        self.head = nn.Conv2d(widths[0], PER_FRAME * (2 * len(WAVES) - 1), 1)

    def logits(self, lead: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of waves and of peaks, shapes (n, 4, n_moments) and (n, 3, n_moments)."""
        n, n_times = lead.shape
        frames = lead.reshape(n, 1, n_times // STRIDE, STRIDE).permute(0, 3, 1, 2)  # (n, 4, 1, n_frames)
        scales = [self.stem(frames)]
        for down in self.down:
            scales.append(down(scales[-1]))
        features = scales.pop()
        for deep in self.deep:
            features = features + deep(features)
        for level in reversed(range(len(scales))):
            features = self.join[level](scales[level] + _doubled(self.up[level](features)))
        answers = self.head(features).reshape(n, PER_FRAME, -1, n_times // STRIDE)
        answers = answers.permute(0, 2, 3, 1).reshape(n, 2 * len(WAVES) - 1, n_times * PER_FRAME // STRIDE)
        return answers[:, : len(WAVES)], answers[:, len(WAVES) :]

    def forward(self, lead: Tensor) -> Tensor:
        """Say which wave is under way.

        Parameters
        ----------
        lead : Tensor, shape (n, n_times)
            From `ectopy.signal.conditioning.condition`; `n_times` a multiple of 32.

        Returns
        -------
        Tensor, shape (n, 6, n_times // 2)
            Probability that P, QRS and T are under way; then that P, QRS and T peak here.
        """
        waves, peaks = self.logits(lead)
        odds = (
            (waves[:, 1:] - waves[:, :1]).clamp(max=LARGEST_LOGIT).exp()
        )  # a softmax, in a third of its time
        return torch.cat([odds / (1 + odds.sum(dim=1, keepdim=True)), torch.sigmoid(peaks)], dim=1)


def _convolution(n_in: int, n_out: int, kernel: int, *, stride: int = 1, dilation: int = 1) -> nn.Module:
    padding = (kernel - 1) // 2 * dilation
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, (1, kernel), (1, stride), (0, padding), (1, dilation), bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(),
    )


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=(1.0, 2.0), mode="nearest")
