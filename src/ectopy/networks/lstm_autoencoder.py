"""LSTM autoencoder of single heartbeats, sample by sample or by short patches of samples.

Two LSTMs read a beat from its first sample to its last, and the last hidden state of the second is the code;
two more, which are given the code at every step and nothing else, reconstruct the beat. The published network
takes one step per sample: ``LstmArchitecture(hidden=256, code=128, patch=1)``. With ``patch=10`` it takes one
step per ten samples, which are read and written together: a tenth of the steps, and a tenth of the distance
for the gradients.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError


@dataclass(frozen=True)
class LstmArchitecture:
    """Shape of an `LstmAutoencoder`.

    Parameters
    ----------
    hidden : int
        Units of the encoder's first LSTM and of the decoder's second.
    code : int
        Units of the two between them: the size of the code.
    patch : int
        Samples that are read, and written, in one step.

    Raises
    ------
    ParameterError
        If one of them is below one.
    """

    hidden: int = 32
    code: int = 8
    patch: int = 10

    def __post_init__(self) -> None:
        for name, value in (("hidden", self.hidden), ("code", self.code), ("patch", self.patch)):
            if value < 1:
                raise ParameterError(f"{name}={value!r} is not possible; give a number above 0")

    def build(self, n_leads: int, n_times: int) -> LstmAutoencoder:
        """Return a network with random weights for windows of (n_leads, n_times)."""
        return LstmAutoencoder(self, n_leads, n_times)


class LstmAutoencoder(nn.Module):
    """Encoder and decoder of two LSTMs each, joined by the encoder's last hidden state.

    Parameters
    ----------
    architecture : LstmArchitecture
        Units and patch.
    n_leads, n_times : int
        Shape of a window.
    """

    def __init__(self, architecture: LstmArchitecture, n_leads: int, n_times: int) -> None:
        super().__init__()
        hidden, code, patch = architecture.hidden, architecture.code, architecture.patch
        self.n_leads = n_leads
        self.n_times = n_times
        self.patch = patch
        self.n_steps = -(-n_times // patch)
        self.read = nn.LSTM(n_leads * patch, hidden, batch_first=True)
        self.squeeze = nn.LSTM(hidden, code, batch_first=True)
        self.unfold = nn.LSTM(code, code, batch_first=True)
        self.write = nn.LSTM(code, hidden, batch_first=True)
        self.output = nn.Linear(hidden, n_leads * patch)

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each window: (n, n_leads, n_times) → (n, code)."""
        padding = self.n_steps * self.patch - self.n_times
        padded = functional.pad(x, (0, padding), mode="replicate")  # (n, n_leads, n_steps·patch)
        patches = padded.reshape(-1, self.n_leads, self.n_steps, self.patch).transpose(1, 2)
        steps, _ = self.read(patches.flatten(2))  # (n, n_steps, hidden)
        remembered, _ = self.squeeze(steps)  # (n, n_steps, code)
        return remembered[:, -1]

    def decode(self, code: Tensor) -> Tensor:
        """Reconstruct windows from their codes: (n, code) → (n, n_leads, n_times)."""
        repeated = code.unsqueeze(1).expand(-1, self.n_steps, -1)  # (n, n_steps, code)
        unfolded, _ = self.unfold(repeated)  # (n, n_steps, code)
        hidden, _ = self.write(unfolded)  # (n, n_steps, hidden)
        patches = self.output(hidden).reshape(-1, self.n_steps, self.n_leads, self.patch)
        joined = patches.transpose(1, 2).flatten(2)  # (n, n_leads, n_steps·patch)
        return torch.narrow(joined, 2, 0, self.n_times)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction of each window and its code."""
        code = self.encode(x)
        return self.decode(code), code
