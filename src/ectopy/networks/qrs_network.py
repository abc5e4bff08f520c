"""The QRS detector: a small U-Net over each lead, whose outputs are combined by weights.

The shape is that of Ronneberger et al. 2015 in one dimension, three scales deep: 25, 12.5 and 6.25 times a
second, with dilated convolutions at the coarsest, which sees 3 s on each side: wide enough to tell a beat
from a T or P wave by what comes before and after, at little cost. The last layer gives two frames for each
step (Shi et al. 2016), so that a beat is placed to 20 ms without a scale of its own. Every lead goes through
the same network, which gives two numbers per frame: the log-odds of a beat, and the weight of that lead; so
one network serves any number of leads of any name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.signal.qrs_input import FRAME

STRIDE: Final = 4
"""Grid samples per step of the finest scale."""


@dataclass(frozen=True)
class QrsShape:
    """Architecture of the network.

    Parameters
    ----------
    widths : tuple of int
        Channels at 25, 12.5 and 6.25 Hz; multiples of 16 are computed fastest.
    dilations : tuple of int
        Of the convolutions at the coarsest scale.
    """

    widths: tuple[int, int, int] = (16, 32, 32)
    dilations: tuple[int, ...] = (1, 2, 4, 8)


class QrsNetwork(nn.Module):
    """Conditioned leads → log-odds of a beat in each frame.

    Parameters
    ----------
    shape : QrsShape, optional
        The architecture.
    """

    def __init__(self, shape: QrsShape | None = None) -> None:
        super().__init__()
        shape = shape or QrsShape()
        fine, middle, coarse = shape.widths
        self.stem = _convolution(1, fine, 16, stride=STRIDE, padding=6)
        self.fine = _convolution(fine, fine, 5)
        self.middle = nn.Sequential(_convolution(fine, middle, 3, stride=2), _convolution(middle, middle, 3))
        self.deep = nn.Sequential(
            _convolution(middle, coarse, 3, stride=2),
            *(_convolution(coarse, coarse, 3, dilation=d) for d in shape.dilations),
        )
        self.up = _convolution(coarse + middle, middle, 3)
        self.top = _convolution(middle + fine, fine, 3)
        self.head = nn.Conv1d(fine, 2 * STRIDE // FRAME, 1)

    def forward(self, leads: Tensor) -> Tensor:
        """Return the log-odds of a beat in each frame, combined over the leads.

        Parameters
        ----------
        leads : Tensor, shape (n, n_leads, n_times)
            From `ectopy.signal.qrs_input.condition`; `n_times` a multiple of 16.

        Returns
        -------
        Tensor, shape (n, n_times // 2)
            Log-odds of a beat.
        """
        n, n_leads, n_times = leads.shape
        fine = self.fine(self.stem(leads.reshape(n * n_leads, 1, n_times)))  # (n * n_leads, 16, n_times / 4)
        middle = self.middle(fine)  # (n * n_leads, 32, n_times / 8)
        coarse = self.deep(middle)  # (n * n_leads, 32, n_times / 16)
        middle = self.up(torch.cat([_doubled(coarse), middle], dim=1))
        fine = self.top(torch.cat([_doubled(middle), fine], dim=1))
        steps = self.head(fine).reshape(n, n_leads, 2, STRIDE // FRAME, n_times // STRIDE)
        opinion = steps.transpose(3, 4).reshape(n, n_leads, 2, n_times // FRAME)
        trust = functional.softmax(opinion[:, :, 1], dim=1)
        return (trust * opinion[:, :, 0]).sum(dim=1)


def _convolution(
    n_in: int, n_out: int, kernel: int, *, stride: int = 1, dilation: int = 1, padding: int | None = None
) -> nn.Module:
    padding = (kernel - 1) // 2 * dilation if padding is None else padding
    return nn.Sequential(
        nn.Conv1d(n_in, n_out, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm1d(n_out),
        nn.ReLU(),
    )


def _doubled(features: Tensor) -> Tensor:
    return functional.interpolate(features, scale_factor=2.0, mode="nearest")
