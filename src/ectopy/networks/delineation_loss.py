"""What the delineator is trained to lower, on batches that are never twice the same.

Two hundred people do not show every recorder, rate and disturbance; so rows are played slower and faster,
blurred to the bandwidth of slower recorders, turned upside down, laid over wander, hum and recorded noise,
and cut off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.networks.delineation import WAVES, DelineationNetwork
from ectopy.signal.conditioning import condition

FS: Final = 250.0
"""Samples a second of a row."""

SPEEDS: Final = (0.75, 1.3)
"""How much slower and faster a row is played."""

FLIPPED: Final = 0.3
"""Share of rows that stand on their heads."""

NOISY: Final = 0.6
"""Share of rows with recorded noise."""

LOUDNESS: Final = (-30.0, 0.0)
"""Power of the noise in dB of the row's own."""

PEAK_SPREAD: Final = 12.0
"""Standard deviation in ms of the bump that stands for a peak."""

PEAK_WEIGHT: Final = 1.0
"""What the peaks' loss counts beside the waves'."""

_FINE: Final = 2
_PER_MOMENT: Final = 4


class DelineationLoss:
    """Cross-entropy of waves and peaks; in training, of changed rows.

    Parameters
    ----------
    noises : sequence of Tensor, each of shape (n_samples,)
        Recorded noise at 250 Hz.
    """

    def __init__(self, noises: Sequence[Tensor]) -> None:
        self.noises = list(noises)

    def __call__(self, network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        """Return the mean loss of a batch of leads, labels and distances."""
        if not isinstance(network, DelineationNetwork):
            raise TypeError(f"network is a {type(network).__name__}; give a DelineationNetwork")
        leads, labels, distances = batch
        if network.training:
            leads, labels, distances = self._changed(leads, labels, distances)
        waves, peaks = network.logits(torch.from_numpy(condition(leads.numpy(), FS)))
        moments = labels.reshape(len(labels), -1, _PER_MOMENT)
        known = (moments >= 0).all(dim=2).float()
        shares = torch.stack([(moments == wave).float().mean(dim=2) for wave in range(len(WAVES))], dim=1)
        loss = -(shares * functional.log_softmax(waves, dim=1)).sum(dim=1)
        bumps = torch.exp(-0.5 * (distances.float() / PEAK_SPREAD) ** 2)
        peak_loss = functional.binary_cross_entropy_with_logits(peaks, bumps, reduction="none")
        loss = known * (loss + PEAK_WEIGHT * peak_loss.sum(dim=1))
        mean: Tensor = loss.sum() / known.sum().clamp(min=1)
        return mean

    def _changed(self, leads: Tensor, labels: Tensor, distances: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n, n_times = leads.shape
        speed = torch.exp(torch.empty(n, 1).uniform_(math.log(SPEEDS[0]), math.log(SPEEDS[1])))
        speed = torch.where(torch.rand(n, 1) < 0.25, torch.ones(n, 1), speed)
        shift = torch.empty(n, 1).uniform_(-0.1, 0.1) * n_times
        leads = _played(leads, speed, shift, math.nan)
        labels = _picked(labels, speed, _FINE * shift)
        distances = torch.stack(
            [_played(distances[:, i].float(), speed, shift / 2, 100.0) for i in range(3)], dim=1
        )
        leads = _blurred(leads)
        missing = leads.isnan()
        size = leads.nan_to_num().std(dim=1, keepdim=True).clamp(min=0.01)
        leads = leads + size * (self._noise(n, n_times) + _wander(n, n_times) + _hum(n, n_times))
        leads = leads * torch.where(torch.rand(n, 1) < FLIPPED, -1.0, 1.0)
        leads = leads * _swell(n, n_times)
        cut = _cuts(n, n_times)
        leads = leads.masked_fill(missing | cut, math.nan)
        return leads, labels.masked_fill(cut.repeat_interleave(_FINE, dim=1), -1), distances / speed[:, None]

    def _noise(self, n: int, n_times: int) -> Tensor:
        rows = []
        for _ in range(n):
            noise = self.noises[int(torch.randint(len(self.noises), ()))]
            start = int(torch.randint(len(noise) - n_times, ()))
            row = noise[start : start + n_times]
            rows.append((row - row.mean()) / row.std().clamp(min=1e-6))
        loudness = 10 ** (torch.empty(n, 1).uniform_(*LOUDNESS) / 20) * (torch.rand(n, 1) < NOISY)
        hiss = torch.randn(n, n_times) * 10 ** (torch.empty(n, 1).uniform_(-50, -15) / 20)
        return torch.stack(rows) * loudness + hiss


def _places(n_times: int, speed: Tensor, shift: Tensor) -> Tensor:
    middle = (n_times - 1) / 2
    return middle + shift + (torch.arange(n_times) - middle) * speed


def _played(rows: Tensor, speed: Tensor, shift: Tensor, outside: float) -> Tensor:
    n_times = rows.shape[1]
    place = _places(n_times, speed, shift)
    left = place.floor().clamp(0, n_times - 2)
    share = (place - left).clamp(0, 1)
    index = left.long()
    value = rows.gather(1, index) * (1 - share) + rows.gather(1, index + 1) * share
    return torch.where((place < 0) | (place > n_times - 1), outside, value)


def _picked(labels: Tensor, speed: Tensor, shift: Tensor) -> Tensor:
    n_times = labels.shape[1]
    place = _places(n_times, speed, shift).round()
    picked = labels.gather(1, place.clamp(0, n_times - 1).long())
    return picked.masked_fill((place < 0) | (place > n_times - 1), -1)


def _blurred(leads: Tensor) -> Tensor:
    """Narrow the band of a third of the rows, as a slower recorder does."""
    missing = leads.isnan()
    filled = leads.nan_to_num()
    widths = torch.empty(len(leads), 1, 1).uniform_(0.3, 2.0)
    kernel = torch.exp(-0.5 * (torch.arange(-6, 7) / widths) ** 2)
    kernel = kernel / kernel.sum(dim=2, keepdim=True)
    blurred = functional.conv1d(filled[None], kernel, padding=6, groups=len(leads))[0]
    chosen = torch.rand(len(leads), 1) < 0.35
    return torch.where(missing, math.nan, torch.where(chosen, blurred, filled))


def _wander(n: int, n_times: int) -> Tensor:
    knots = torch.randn(n, 1, 12) * 10 ** (torch.empty(n, 1, 1).uniform_(-20, 8) / 20)
    return functional.interpolate(knots, size=n_times, mode="linear", align_corners=True)[:, 0]


def _hum(n: int, n_times: int) -> Tensor:
    seconds = torch.arange(n_times) / FS
    mains = torch.where(torch.rand(n, 1) < 0.5, 50.0, 60.0)
    size = 10 ** (torch.empty(n, 1).uniform_(-40, -8) / 20) * (torch.rand(n, 1) < 0.2)
    return size * torch.sin(2 * math.pi * (mains * seconds + torch.rand(n, 1)))


def _swell(n: int, n_times: int) -> Tensor:
    knots = 0.25 * torch.randn(n, 1, 16) * (torch.rand(n, 1, 1) < 0.3)
    return functional.interpolate(knots, size=n_times, mode="linear")[:, 0].exp()


def _cuts(n: int, n_times: int) -> Tensor:
    """Say where a few rows are cut off, at their start, their end, or for a moment."""
    start = torch.randint(-n_times // 4, n_times, (n, 1))
    stop = start + torch.randint(50, n_times // 2, (n, 1))
    time = torch.arange(n_times)
    return (time >= start) & (time < stop) & (torch.rand(n, 1) < 0.12)


def as_tensors(noises: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> list[Tensor]:
    """Return the columns of noises as tensors."""
    return [torch.from_numpy(np.ascontiguousarray(column)) for noise in noises for column in noise.T]
