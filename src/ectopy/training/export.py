"""Export of trained networks to ONNX."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from torch import nn


def to_onnx(
    network: nn.Module,
    example: npt.NDArray[np.float32],
    outputs: Sequence[str],
    *,
    free: Mapping[int, Any] | None = None,
) -> bytes:
    """Export a network for onnxruntime.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    example : ndarray of float32, shape (n, …)
        One batch of input.
    outputs : sequence of str
        Names of the network's outputs, in order.
    free : mapping of int to torch.export.Dim, optional
        Axes of the input without a fixed length in the exported graph; the rows alone by default.

    Returns
    -------
    bytes
        The ONNX file.
    """
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the exporter warns of its internals
            target = Path(folder) / "network.onnx"
            torch.onnx.export(
                network.eval(),
                (torch.from_numpy(example),),
                target,
                input_names=["input"],
                output_names=list(outputs),
                dynamic_shapes=(dict(free or {0: torch.export.Dim("n")}),),
                external_data=False,
                verbose=False,
            )
            return _without_traces(onnx.load(target)).SerializeToString()
    finally:
        logger.setLevel(level)


def in_half(content: bytes) -> bytes:
    """Store the matrices of an exported network in 16 bits; they are converted back when it is loaded.

    Parameters
    ----------
    content : bytes
        The ONNX file. Entries that 16 bits do not hold are rounded.

    Returns
    -------
    bytes
        The smaller file; it computes in 32 bits as before.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if len(tensor.dims) >= 2 and tensor.data_type == onnx.TensorProto.FLOAT:
            stored = onnx.numpy_helper.to_array(tensor).astype(np.float16)
            wide = tensor.name
            tensor.CopyFrom(onnx.numpy_helper.from_array(stored, f"{wide}.half"))
            casts.append(onnx.helper.make_node("Cast", [tensor.name], [wide], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    graph.ClearField("node")
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _without_traces(model: Any) -> Any:
    """Remove the source location of each node, so that a model does not depend on where it was exported."""
    model.ClearField("metadata_props")
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return model
