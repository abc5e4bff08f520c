"""What the convolutional autoencoder's options do."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest
import torch
from torch import nn

from ectopy.errors import ParameterError
from ectopy.networks.conv_autoencoder import ConvArchitecture
from ectopy.training.export import to_onnx
from ectopy.training.loop import apply_network, seeded

PUBLISHED = ConvArchitecture(filters=(128, 128, 32), kernel=3, decoder="upsampling")


def test_the_upsampling_decoder_has_no_transposed_convolution() -> None:
    kinds = [type(module) for module in PUBLISHED.build(1, 187).modules()]
    assert kinds.count(nn.Upsample) == 3
    assert nn.ConvTranspose1d not in kinds
    transposed = [type(module) for module in ConvArchitecture().build(1, 187).modules()]
    assert transposed.count(nn.ConvTranspose1d) == 3
    assert nn.Upsample not in transposed


@pytest.mark.parametrize(("n_leads", "n_times"), [(1, 187), (2, 51)])
def test_the_upsampling_decoder_runs_on_onnxruntime_too(n_leads: int, n_times: int) -> None:
    with seeded(0):
        network = ConvArchitecture((8, 8, 2), 3, "upsampling").build(n_leads, n_times)
    x = np.random.default_rng(0).normal(size=(5, n_leads, n_times)).astype(np.float32)
    content = to_onnx(network, x[:2], ["reconstruction", "code"])
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    pairs = zip(apply_network(network, x), session.run(None, {"input": x}), strict=True)
    for ours, theirs in pairs:
        np.testing.assert_allclose(theirs, ours, atol=1e-5)


def test_the_upsampling_decoder_learns_with_every_weight() -> None:
    network = ConvArchitecture((4, 4, 1), 3, "upsampling").build(1, 64)
    x = torch.linspace(-1, 1, 64).sin().repeat(8, 1, 1) * torch.arange(1, 9)[:, None, None]
    (network(x)[0] - x).square().mean().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in network.parameters())


def test_an_unknown_decoder_lists_the_known() -> None:
    with pytest.raises(ParameterError, match="transposed, upsampling"):
        ConvArchitecture(decoder="painting")  # type: ignore[arg-type]
