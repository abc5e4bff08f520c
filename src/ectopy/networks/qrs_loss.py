"""The loss of the QRS network, and the augmentation of its batches.

There are only a few patients to learn from. So other leads are made from theirs (mixtures of two leads are
projections of the same heart vector, a shifted phase is another shape of the same width), amplitudes change
from lead to lead and from beat to beat, leads are inverted, lost and noisy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.signal.qrs_input import FRAME

SINGLE = 0.45
"""Share of the batches in which the network sees one lead only."""

MIXED = 0.3
"""Share of the single leads that are mixtures of two."""

TURNED = 0.15
"""Share of the batches with shifted phases."""

SWELLING = 0.3
"""Share of the batches in which the amplitude changes from beat to beat."""

FLIPPED = 0.3
"""Share of the leads that are inverted."""

GAPS = (0.06, 0.2)
"""Share of the examples with a gap in the only lead, and in one of several."""


def qrs_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the mean cross-entropy of the frames; in training, of an augmented batch.

    Parameters
    ----------
    network : torch.nn.Module
        A `QrsNetwork`.
    batch : sequence of Tensor
        Leads (n, n_leads, n_times), targets and weights (n, n_times // 2).
    """
    leads, targets, weights = batch
    leads, targets = changed(leads, targets) if network.training else (leads[:, :1], targets)
    loss = functional.binary_cross_entropy_with_logits(network(leads), targets, reduction="none")
    return (loss * weights).mean()


def changed(leads: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return a batch as another recorder, with other electrodes, might have recorded it.

    Parameters
    ----------
    leads : Tensor, shape (n, n_leads, n_times)
    targets : Tensor, shape (n, n_times // 2)

    Returns
    -------
    tuple of Tensor
        Leads, one or all of them, and targets, zero in a gap of the only lead.
    """
    single = _chance(SINGLE)
    if single:
        leads = _one_lead(leads)
    if _chance(TURNED):
        leads = _turned(leads)
    if _chance(SWELLING):
        leads = leads * _swell(leads)
    sign = torch.where(torch.rand(*leads.shape[:2], 1) < FLIPPED, -1.0, 1.0)
    leads = leads * sign * torch.exp2(torch.empty(*leads.shape[:2], 1).uniform_(-1, 1))
    gaps = _gaps(len(leads), leads.shape[2], GAPS[0] if single else GAPS[1])
    if single:
        return leads.masked_fill(gaps[:, None], 0.0), targets.masked_fill(gaps[:, ::FRAME], 0.0)
    return _lose_contact(leads, gaps), targets


def _chance(share: float) -> bool:
    return bool(torch.rand(()) < share)


def _one_lead(leads: Tensor) -> Tensor:
    n, n_leads, _ = leads.shape
    pure = leads[torch.arange(n), torch.randint(n_leads, (n,))]
    angle = torch.rand(n, 1) * 2 * math.pi
    mixed = leads[:, 0] * torch.cos(angle) + leads[:, -1] * torch.sin(angle)
    return torch.where(torch.rand(n, 1) < MIXED, mixed, pure)[:, None]


def _turned(leads: Tensor) -> Tensor:
    turn = torch.exp(2j * math.pi * torch.rand(*leads.shape[:2], 1))
    return torch.fft.irfft(torch.fft.rfft(leads) * turn, n=leads.shape[2])


def _swell(leads: Tensor) -> Tensor:
    knots = 0.35 * torch.randn(*leads.shape[:2], 24)
    return functional.interpolate(knots, size=leads.shape[2], mode="linear").exp()


def _gaps(n: int, n_times: int, share: float) -> Tensor:
    start = torch.randint(n_times, (n, 1))
    time = torch.arange(n_times)
    inside = (time >= start) & (time < start + torch.randint(50, 800, (n, 1)))
    return inside & (torch.rand(n, 1) < share)


def _lose_contact(leads: Tensor, gaps: Tensor) -> Tensor:
    """Put silence or hiss into the gaps of one lead."""
    n, n_leads, n_times = leads.shape
    lost = gaps[:, None] & functional.one_hot(torch.randint(n_leads, (n,)), n_leads).bool()[:, :, None]
    loudness = torch.exp2(torch.empty(n, 1, 1).uniform_(-3, 1)) * (torch.rand(n, 1, 1) < 0.6)
    hiss = torch.randn(n, 1, n_times) * loudness
    return torch.where(lost, hiss.expand_as(leads), leads)
