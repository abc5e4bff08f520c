"""Patch-recurrent autoencoder of single heartbeats: a linear autoencoder with a recurrent one beside it.

Encoder and decoder are each the sum of two paths. One is linear, as in PCA: it learns the outline of a beat
in a few steps of training, and gives an unusual beat an unusual code. The other is a GRU that takes one step
per ten samples: it adds what is not linear. The code has no activation function, so that its distribution
over normal beats can be described by Gaussians.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError


@dataclass(frozen=True)
class PatchArchitecture:
    """Shape of a `PatchAutoencoder`.

    Parameters
    ----------
    code : int
        Numbers in the code.
    hidden : int
        Units of the two GRUs.
    patch : int
        Samples that a GRU reads, or writes, in one step.

    Raises
    ------
    ParameterError
        If one of them is below one.
    """

    starts_linear: ClassVar[bool] = True
    """Its networks can start as principal components."""

    code: int = 8
    hidden: int = 32
    patch: int = 10

    def __post_init__(self) -> None:
        for name, value in (("code", self.code), ("hidden", self.hidden), ("patch", self.patch)):
            if value < 1:
                raise ParameterError(f"{name}={value!r} is not possible; give a number above 0")

    def build(self, n_leads: int, n_times: int) -> PatchAutoencoder:
        """Return a network with random weights for windows of (n_leads, n_times)."""
        return PatchAutoencoder(self, n_leads, n_times)


class PatchAutoencoder(nn.Module):
    """A dense layer and a GRU over patches to the code, and the same two back from it.

    Parameters
    ----------
    architecture : PatchArchitecture
        Code, units and patch.
    n_leads, n_times : int
        Shape of a window.
    """

    def __init__(self, architecture: PatchArchitecture, n_leads: int, n_times: int) -> None:
        super().__init__()
        hidden, code, patch = architecture.hidden, architecture.code, architecture.patch
        self.n_leads = n_leads
        self.n_times = n_times
        self.n_code = code
        self.patch = patch
        self.n_steps = -(-n_times // patch)
        self.project = nn.Linear(n_leads * n_times, code)
        self.read = nn.GRU(n_leads * patch, hidden, batch_first=True)
        self.squeeze = nn.Linear(hidden, code)
        self.expand = nn.Linear(code, n_leads * n_times)
        self.write = nn.GRU(code, hidden, batch_first=True)
        self.output = nn.Linear(hidden, n_leads * patch)

    @torch.no_grad()
    def start_linear(self, mean: npt.NDArray[np.floating], axes: npt.NDArray[np.floating]) -> None:
        """Start as a linear autoencoder, such as PCA, with the recurrent paths at zero.

        Parameters
        ----------
        mean : ndarray, shape (n_leads × n_times,)
            The beat that gets the code zero.
        axes : ndarray, shape (code, n_leads × n_times)
            Orthonormal rows.
        """
        centre, rows = (torch.from_numpy(np.asarray(part, np.float32)) for part in (mean, axes))
        self.project.weight.copy_(rows)
        self.project.bias.copy_(-rows @ centre)
        self.expand.weight.copy_(rows.T)
        self.expand.bias.copy_(centre)
        for silent in (self.squeeze, self.output):
            silent.weight.zero_()
            silent.bias.zero_()

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each window: (n, n_leads, n_times) → (n, code)."""
        padding = self.n_steps * self.patch - self.n_times
        padded = functional.pad(x, (0, padding), mode="replicate")  # (n, n_leads, n_steps·patch)
        patches = padded.reshape(-1, self.n_leads, self.n_steps, self.patch).transpose(1, 2)
        steps, _ = self.read(patches.flatten(2))  # (n, n_steps, hidden)
        return self.project(x.flatten(1)) + self.squeeze(steps[:, -1])

    def decode(self, code: Tensor) -> Tensor:
        """Reconstruct windows from their codes: (n, code) → (n, n_leads, n_times)."""
        outline = self.expand(code).reshape(-1, self.n_leads, self.n_times)
        hidden, _ = self.write(code.unsqueeze(1).expand(-1, self.n_steps, -1))  # (n, n_steps, hidden)
        patches = self.output(hidden).reshape(-1, self.n_steps, self.n_leads, self.patch)
        joined = patches.transpose(1, 2).flatten(2)  # (n, n_leads, n_steps·patch)
        return outline + torch.narrow(joined, 2, 0, self.n_times)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction of each window and its code."""
        code = self.encode(x)
        return self.decode(code), code
