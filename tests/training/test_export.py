"""What is done to an exported network changes its speed and size, not what it computes."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime as ort
import torch

from ectopy.networks.qrs_network import QrsNetwork
from ectopy.training.export import in_two_dimensions, to_onnx


def test_pictures_of_one_row_give_what_rows_give() -> None:
    torch.manual_seed(0)
    x = np.random.default_rng(0).standard_normal((2, 3, 256)).astype(np.float32)
    n, leads, steps = (torch.export.Dim(name) for name in ("n", "n_leads", "steps"))
    rows = to_onnx(QrsNetwork(), x, ["log_odds"], free={0: n, 1: leads, 2: 16 * steps})
    pictures = in_two_dimensions(rows)
    kernels = [
        attribute.ints
        for node in onnx.load_from_string(pictures).graph.node
        for attribute in node.attribute
        if attribute.name == "kernel_shape"
    ]
    assert kernels
    assert all(len(kernel) == 2 and kernel[0] == 1 for kernel in kernels)
    for some in (x, x[:1, :1, :64]):
        one, other = (
            ort.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"input": some})[0]
            for content in (rows, pictures)
        )
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, atol=1e-5)
