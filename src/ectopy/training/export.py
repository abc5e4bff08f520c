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
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.__trace")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)  # the second one costs more than the export where somebody listens
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
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _without_traces(model: Any) -> Any:
    """Remove the source location of each node, so that a model does not depend on where it was exported."""
    model.ClearField("metadata_props")
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return model
