"""Autoencoder of single heartbeats with a linear path beside a hidden layer.

Encoder and decoder each add two paths: a linear one, which alone would learn the span of the principal
components (Baldi and Hornik 1989), and one hidden layer, which learns what is not linear about normal beats.
The linear path makes the training short, and the code well behaved far from the training beats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ectopy.errors import ParameterError


@dataclass(frozen=True)
class ShortcutArchitecture:
    """Shape of a `ShortcutAutoencoder`.

    Parameters
    ----------
    n_code : int
        Numbers in the code.
    n_hidden : int
        Units of the hidden layer, in the encoder and in the decoder.

    Raises
    ------
    ParameterError
        If either is below one.
    """

    starts_linear: ClassVar[bool] = True
    """Its networks can start as principal components."""

    n_code: int = 8
    n_hidden: int = 64

    def __post_init__(self) -> None:
        for name in ("n_code", "n_hidden"):
            if getattr(self, name) < 1:
                raise ParameterError(f"{name}={getattr(self, name)!r} is not possible; give a number above 0")

    def build(self, n_leads: int, n_times: int) -> ShortcutAutoencoder:
        """Return a network with random weights for windows of (n_leads, n_times)."""
        return ShortcutAutoencoder(self, n_leads, n_times)


class ShortcutAutoencoder(nn.Module):
    """One hidden layer beside a linear layer, to the code and back.

    Parameters
    ----------
    architecture : ShortcutArchitecture
        Sizes of code and hidden layers.
    n_leads, n_times : int
        Shape of a window.
    """

    def __init__(self, architecture: ShortcutArchitecture, n_leads: int, n_times: int) -> None:
        super().__init__()
        self.n_leads = n_leads
        self.n_times = n_times
        self.n_code = architecture.n_code
        self.encoder = _Bent(n_leads * n_times, architecture.n_hidden, architecture.n_code)
        self.decoder = _Bent(architecture.n_code, architecture.n_hidden, n_leads * n_times)

    @torch.no_grad()
    def start_linear(self, mean: npt.NDArray[np.floating], axes: npt.NDArray[np.floating]) -> None:
        """Start as a linear autoencoder, such as PCA, with the hidden layers silent.

        Parameters
        ----------
        mean : ndarray, shape (n_leads × n_times,)
            The beat that gets the code zero.
        axes : ndarray, shape (n_code, n_leads × n_times)
            Orthonormal rows.
        """
        centre, rows = (torch.from_numpy(np.asarray(part, np.float32)) for part in (mean, axes))
        self.encoder.start_linear(rows, -rows @ centre)
        self.decoder.start_linear(rows.T, centre)

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each window: (n, n_leads, n_times) → (n, n_code)."""
        return self.encoder(torch.flatten(x, 1))

    def decode(self, code: Tensor) -> Tensor:
        """Reconstruct windows from their codes: (n, n_code) → (n, n_leads, n_times)."""
        flat: Tensor = self.decoder(code)  # (n, n_leads·n_times)
        return flat.reshape(-1, self.n_leads, self.n_times)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction of each window and its code."""
        code = self.encode(x)
        return self.decode(code), code


class _Bent(nn.Module):
    """A linear map plus a hidden layer's correction: (n, n_in) → (n, n_out)."""

    def __init__(self, n_in: int, n_hidden: int, n_out: int) -> None:
        super().__init__()
        self.correction = nn.Sequential(nn.Linear(n_in, n_hidden), nn.Tanh(), nn.Linear(n_hidden, n_out))
        self.straight = nn.Linear(n_in, n_out)

    def start_linear(self, weight: Tensor, bias: Tensor) -> None:
        self.straight.weight.copy_(weight)
        self.straight.bias.copy_(bias)
        for number in list(self.correction[-1].parameters()):
            number.zero_()

    def forward(self, x: Tensor) -> Tensor:
        return self.straight(x) + self.correction(x)
