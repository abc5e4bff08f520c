"""What is done to an exported network changes its speed and size, not what it computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from torch import nn
from torch.export import Dim

from ectopy.networks.beat_classifier import ClassifierNetwork
from ectopy.networks.beat_context import round_to_half
from ectopy.networks.beat_encoder import EncoderNetwork
from ectopy.networks.qrs_network import QrsNetwork
from ectopy.networks.signal_network import SignalNetwork
from ectopy.training.export import to_onnx
from ectopy.training.onnx_layout import in_half, in_two_dimensions

Shape = tuple[int, ...]
NETWORKS: Mapping[str, tuple[Callable[[], nn.Module], Sequence[str], Shape, Mapping[int, Any], Shape]] = {
    "qrs": (
        QrsNetwork,
        ["log_odds"],
        (2, 3, 256),
        {0: Dim("n"), 1: Dim("n_leads"), 2: 16 * Dim("steps")},
        (1, 1, 64),
    ),
    "signal": (SignalNetwork, ["logits"], (2, 600), {0: Dim("n"), 1: 30 * Dim("frames")}, (1, 300)),
    "classifier": (
        lambda: ClassifierNetwork(7, 4),
        ["probability"],
        (1, 80, 7),
        {1: Dim("n_beats")},
        (1, 9, 7),
    ),
    "encoder": (
        lambda: EncoderNetwork(7, 3),
        ["code", "log_probability"],
        (1, 80, 7),
        {1: Dim("n_beats")},
        (1, 9, 7),
    ),
}
"""Name → the network, its outputs, a shape of its input, the axes of any length, another shape."""


def normal(shape: Shape) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def trained(make: Callable[[], nn.Module]) -> nn.Module:
    """Return a network whose batch normalisations have seen something, as those of trained ones have."""
    torch.manual_seed(0)
    network = make()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            for values in (module.running_var, module.running_mean, module.weight, module.bias):
                values.data.uniform_(0.5, 2.0)
    round_to_half(network)
    return network


@pytest.mark.parametrize("name", NETWORKS)
def test_pictures_of_one_row_give_what_rows_give(name: str) -> None:
    make, outputs, shape, free, other_shape = NETWORKS[name]
    rows = in_half(to_onnx(trained(make), normal(shape), outputs, free=free))
    pictures = in_two_dimensions(rows)
    graph = onnx.load_from_string(pictures).graph
    kernels = [each.ints for node in graph.node for each in node.attribute if each.name == "kernel_shape"]
    assert kernels
    assert all(len(kernel) == 2 and kernel[0] == 1 for kernel in kernels)
    assert not {"BatchNormalization", "Softmax", "LogSoftmax"} & {node.op_type for node in graph.node}
    for some in (normal(shape), normal(other_shape)):
        one, other = (
            ort.InferenceSession(content, providers=["CPUExecutionProvider"]).run(outputs, {"input": some})
            for content in (rows, pictures)
        )
        for before, after in zip(one, other, strict=True):
            assert before.shape == after.shape
            np.testing.assert_allclose(before, after, atol=1e-5)


def test_a_network_of_pictures_stays_as_it_is() -> None:
    make, outputs, shape, free, _ = NETWORKS["classifier"]
    pictures = in_two_dimensions(to_onnx(trained(make), normal(shape), outputs, free=free))
    assert in_two_dimensions(pictures) == pictures
