"""Convolutional autoencoder of single heartbeats.

Three convolutions with ReLU, batch normalisation and max-pooling reduce a beat to a short code; three
transposed convolutions, or repeated samples and convolutions, and a dense layer reconstruct it. What the code
cannot hold of a beat is missing from the reconstruction, and the difference shows that the beat is unlike
those of the training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from ectopy.errors import ParameterError, unknown_option

N_STAGES = 3
"""Halvings of the time axis."""


@dataclass(frozen=True)
class ConvArchitecture:
    """Shape of a `ConvAutoencoder`.

    Parameters
    ----------
    filters : tuple of int
        Channels after each of the three encoder stages; the last one sets the size of the code.
    kernel : int
        Width of every convolution in samples, odd.
    decoder : {"transposed", "upsampling"}
        How the decoder doubles the time axis: by transposed convolutions, or by repeating every sample and a
        convolution.

    Raises
    ------
    ParameterError
        If there are not three filters above zero, the kernel is not odd, or there is no such decoder.
    """

    filters: tuple[int, int, int] = (16, 16, 1)
    kernel: int = 7
    decoder: Literal["transposed", "upsampling"] = "transposed"

    def __post_init__(self) -> None:
        if len(self.filters) != N_STAGES or min(self.filters) < 1:
            raise ParameterError(f"filters={self.filters!r} is not possible; give {N_STAGES} numbers above 0")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise ParameterError(f"kernel={self.kernel!r} is not possible; give an odd number above 0")
        if self.decoder not in DECODERS:
            raise unknown_option("decoder", self.decoder, DECODERS)

    def build(self, n_leads: int, n_times: int) -> ConvAutoencoder:
        """Return a network with random weights for windows of (n_leads, n_times)."""
        return ConvAutoencoder(self, n_leads, n_times)


class ConvAutoencoder(nn.Module):
    """Encoder of three pooled convolutions, decoder of three stages and a dense layer.

    Parameters
    ----------
    architecture : ConvArchitecture
        Filters, kernel and decoder.
    n_leads, n_times : int
        Shape of a window.
    """

    def __init__(self, architecture: ConvArchitecture, n_leads: int, n_times: int) -> None:
        super().__init__()
        first, second, code = architecture.filters
        kernel, stretch = architecture.kernel, DECODERS[architecture.decoder]
        self.n_leads = n_leads
        self.n_times = n_times
        self.code_times = -(-n_times // 2**N_STAGES)
        self.code_filters = code
        self.encoder = nn.Sequential(
            *_squeeze(n_leads, first, kernel),
            *_squeeze(first, second, kernel),
            *_squeeze(second, code, kernel),
        )
        self.decoder = nn.Sequential(
            *stretch(code, second, kernel),
            *stretch(second, first, kernel),
            *stretch(first, code, kernel),
        )
        self.output = nn.Linear(code * self.code_times * 2**N_STAGES, n_leads * n_times)

    def encode(self, x: Tensor) -> Tensor:
        """Return the code of each window: (n, n_leads, n_times) → (n, n_code)."""
        padding = self.code_times * 2**N_STAGES - self.n_times
        padded = functional.pad(x, (0, padding))  # (n, n_leads, 8·code_times)
        return torch.flatten(self.encoder(padded), 1)  # (n, code_filters·code_times)

    def decode(self, code: Tensor) -> Tensor:
        """Reconstruct windows from their codes: (n, n_code) → (n, n_leads, n_times)."""
        image = code.reshape(-1, self.code_filters, self.code_times)  # (n, code_filters, code_times)
        stretched = self.decoder(image)  # (n, code_filters, 8·code_times)
        flat: Tensor = self.output(torch.flatten(stretched, 1))  # (n, n_leads·n_times)
        return flat.reshape(-1, self.n_leads, self.n_times)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reconstruction of each window and its code."""
        code = self.encode(x)
        return self.decode(code), code


def _squeeze(n_in: int, n_out: int, kernel: int) -> list[nn.Module]:
    convolution = nn.Conv1d(n_in, n_out, kernel, padding=kernel // 2)
    return [convolution, nn.ReLU(), nn.BatchNorm1d(n_out), nn.MaxPool1d(2)]


def _transpose(n_in: int, n_out: int, kernel: int) -> list[nn.Module]:
    convolution = nn.ConvTranspose1d(n_in, n_out, kernel, stride=2, padding=kernel // 2, output_padding=1)
    return [convolution, nn.ReLU(), nn.BatchNorm1d(n_out)]


def _upsample(n_in: int, n_out: int, kernel: int) -> list[nn.Module]:
    convolution = nn.Conv1d(n_in, n_out, kernel, padding=kernel // 2)
    return [nn.Upsample(scale_factor=2), convolution, nn.ReLU(), nn.BatchNorm1d(n_out)]


DECODERS: Final[dict[str, Callable[[int, int, int], list[nn.Module]]]] = {
    "transposed": _transpose,
    "upsampling": _upsample,
}
"""Name → one stage of the decoder, from its channels in and out and its kernel."""
