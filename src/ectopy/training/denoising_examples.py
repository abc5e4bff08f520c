"""Clean windows and recorded noise, from which a denoiser learns; each time they meet at another level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

Signals = npt.NDArray[np.float32]

LEVELS: Final = (0.03, 2.5)
"""Standard deviation of the noise over that of the clean window: 30 dB to -8 dB, all decibels as likely."""

CLEAN_SHARE: Final = 0.15
"""Of the windows get no noise: what is clean is to stay as it is."""

LEAST_SPREAD: Final = 0.02
"""mV; the noise of a flat window is as loud as if that were its standard deviation."""

NEARBY: Final = 51
"""Samples, 0.2 s at 250 Hz, over which the height of a wave is taken."""

_SOFTENING: Final = 0.3
"""Share of a window's standard deviation below which waves do not weigh more for being low."""


@dataclass(frozen=True, eq=False)
class DenoisingExamples:
    """Windows of clean signal and of noise.

    Parameters
    ----------
    clean : ndarray of float32, shape (n, 1, n_times)
        In mV, without baseline wander.
    noise : ndarray of float32, shape (n, 1, n_times)
        Of standard deviation 1.
    levels : ndarray of float32, shape (n, 1, 1)
        How loud the noise is outside of training, as a share of the standard deviation of the window.
    """

    clean: Signals
    noise: Signals
    levels: Signals

    @classmethod
    def draw(cls, clean: Signals, noises: Sequence[Signals], rng: np.random.Generator) -> DenoisingExamples:
        """Give each clean window (n, n_times) a stretch of one of the noises, each (n_samples,), in turn."""
        n, n_times = clean.shape
        noise = np.empty_like(clean)
        for row in range(n):
            source = noises[row % len(noises)]
            start = rng.integers(len(source) - n_times + 1)
            noise[row] = source[start : start + n_times]
        noise /= np.maximum(noise.std(axis=1, keepdims=True), np.finfo(np.float32).tiny)
        low, high = np.log(LEVELS)
        levels = np.exp(rng.uniform(low, high, (n, 1))).astype(np.float32)
        return cls(clean[:, np.newaxis], noise[:, np.newaxis], levels[:, np.newaxis])

    @property
    def arrays(self) -> tuple[Signals, ...]:
        """What `denoising_loss` takes."""
        return self.clean, self.noise, self.levels


def denoising_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Absolute error as a share of the height of the waves nearby: a flattened P wave costs as a QRS does."""
    clean, noise, levels = batch
    if network.training:
        noise = noise[torch.randperm(len(noise))] + _second(noise)
        low, high = np.log(LEVELS)
        levels = torch.exp(low + (high - low) * torch.rand_like(levels))
        levels = levels * (torch.rand_like(levels) >= CLEAN_SHARE)
    spread = clean.std(dim=-1, keepdim=True).clamp_min(LEAST_SPREAD)
    denoised = network(clean + levels * spread * noise)
    heights = functional.avg_pool1d(clean.abs(), NEARBY, stride=1, padding=NEARBY // 2) / spread
    weights = (1 + _SOFTENING) / (heights + _SOFTENING)
    return ((denoised - clean).abs() / spread * weights).mean()


def _second(noise: Tensor) -> Tensor:
    """Return another noise for every third window."""
    chosen = torch.rand(len(noise), 1, 1) < 1 / 3
    return noise[torch.randperm(len(noise))] * chosen
