"""The signal classifier: convolutions from 60 Hz to two frames a second, then dilated ones along the frames.

The dilated residual stack is that of Yu and Koltun (Multi-scale context aggregation by dilated convolutions,
2016) in one dimension: it sees 8 s to either side, as long as one looks to tell fibrillation from motion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

NOT_LEARNED = -1
"""Label of frames that the loss leaves out."""


@dataclass(frozen=True)
class SignalShape:
    """Architecture of the network.

    Parameters
    ----------
    widths : tuple of int
        Channels at 20, 4 and 2 Hz.
    dilations : tuple of int
        Of the convolutions along the frames.
    """

    widths: tuple[int, int, int] = (12, 20, 28)
    dilations: tuple[int, ...] = (1, 2, 4, 8)


class SignalNetwork(nn.Module):
    """Scaled leads → logits of what each frame shows.

    Parameters
    ----------
    shape : SignalShape, optional
        The architecture.
    """

    def __init__(self, shape: SignalShape | None = None) -> None:
        super().__init__()
        shape = shape or SignalShape()
        fine, middle, coarse = shape.widths
        self.frames = nn.Sequential(
            *_convolution(1, fine, 9, stride=3, padding=3),
            *_convolution(fine, middle, 9, stride=5, padding=2),
            *_convolution(middle, coarse, 4, stride=2, padding=1),
        )
        self.context = nn.ModuleList(
            nn.Sequential(*_convolution(coarse, coarse, 3, padding=d, dilation=d)) for d in shape.dilations
        )
        self.head = nn.Conv1d(coarse, 3, 1)

    def forward(self, leads: Tensor) -> Tensor:
        """Return the logits of beats, fibrillation and artefact.

        Parameters
        ----------
        leads : Tensor, shape (n, n_times)
            From `ectopy.signal.classifier_input.signal_input`; `n_times` a multiple of 30.

        Returns
        -------
        Tensor, shape (n, 3, n_times // 30)
        """
        frames = self.frames(leads[:, None])  # (n, 28, n_times / 30)
        for layer in self.context:
            frames = frames + layer(frames)
        logits: Tensor = self.head(frames)
        return logits


def signal_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the weighted cross-entropy of the frames that have a label.

    Parameters
    ----------
    network : SignalNetwork
        The network.
    batch : sequence of Tensor
        Leads (n, n_times), labels (n, n_frames) with `NOT_LEARNED` where there is none, weights (n,).
    """
    leads, labels, weights = batch
    if network.training:
        leads = leads * torch.where(torch.rand(len(leads), 1) < 0.5, -1.0, 1.0)
    losses = functional.cross_entropy(
        network(leads), labels.long(), ignore_index=NOT_LEARNED, reduction="none", label_smoothing=0.02
    )
    return (losses * weights[:, None]).sum() / ((labels != NOT_LEARNED) * weights[:, None]).sum().clamp_min(
        1.0
    )


def _convolution(
    n_in: int, n_out: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv1d(n_in, n_out, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm1d(n_out),
        nn.ReLU(),
    ]
