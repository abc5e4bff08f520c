"""How an exported network is stored and laid out; what it computes stays. It needs onnx, not torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import require_extra

onnx: Any = require_extra("onnx", "export")

_ROW: Final = "row axis"
_CHANNELS: Final = "channel axis"
_SOFTMAX: Final = ("Softmax", "LogSoftmax")
_ROW_FIRST: Final = ("kernel_shape", "strides", "dilations")
_ALONG: Final = ("Relu", "Resize", "Concat", "Add")
"""What a network does between convolutions that works on pictures as on rows: `Concat` joins channels, `Add`
adds what has the same shape."""


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
    _replace_nodes(graph, [*casts, *graph.node])
    onnx.checker.check_model(model)
    return model.SerializeToString()


def in_two_dimensions(content: bytes) -> bytes:
    """Let an exported network convolve pictures of one row instead of rows.

    onnxruntime has far faster routines for them on common processors; the network computes the same. What
    scales the input of a convolution becomes part of its weights, and a softmax over channels is written out,
    as onnxruntime is slow at one that is not over the last axis. A network that is so already stays as it is.

    Parameters
    ----------
    content : bytes
        The ONNX file of a network that convolves along one axis.

    Returns
    -------
    bytes
        The same network; what lies between its convolutions has a second last axis of length one.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    in_rows = any(len(_attribute(node, "kernel_shape")) == 1 for node in graph.node)
    if not in_rows and not any(map(_is_over_channels, graph.node)):
        return content
    _write_out_softmax(graph)
    if in_rows:
        _make_pictures(graph)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _is_over_channels(node: Any) -> bool:
    return node.op_type in _SOFTMAX and any(each.name == "axis" and each.i == 1 for each in node.attribute)


def _write_out_softmax(graph: Any) -> None:
    """Take maxima, sums and exponentials of channels in place of a softmax over them, or of its logarithm."""
    graph.initializer.append(onnx.helper.make_tensor(_CHANNELS, onnx.TensorProto.INT64, [1], [1]))
    nodes = []
    for node in graph.node:
        if not _is_over_channels(node):
            nodes.append(node)
            continue
        values, result = node.input[0], node.output[0]
        highest, below, odds, total = (f"{result}.{part}" for part in ("highest", "below", "odds", "total"))
        nodes += [
            onnx.helper.make_node("ReduceMax", [values, _CHANNELS], [highest]),
            onnx.helper.make_node("Sub", [values, highest], [below]),
            onnx.helper.make_node("Exp", [below], [odds]),
            onnx.helper.make_node("ReduceSum", [odds, _CHANNELS], [total]),
        ]
        if node.op_type == "Softmax":
            nodes.append(onnx.helper.make_node("Div", [odds, total], [result]))
        else:
            nodes.append(onnx.helper.make_node("Log", [total], [f"{total}.log"]))
            nodes.append(onnx.helper.make_node("Sub", [below, f"{total}.log"], [result]))
    graph.ClearField("value_info")
    _replace_nodes(graph, nodes)
    _forget_unused(graph)


def _make_pictures(graph: Any) -> None:
    """Let what convolves rows convolve pictures of one row."""
    _fold_normalisation(graph)
    rewriting = _TwoDimensions(graph.initializer, graph.node)
    nodes = [made for node in graph.node for made in rewriting.of(node)]
    nodes += [made for output in graph.output for made in rewriting.as_row(output.name, nodes)]
    graph.ClearField("value_info")
    _replace_nodes(graph, nodes)
    graph.initializer.append(onnx.helper.make_tensor(_ROW, onnx.TensorProto.INT64, [1], [2]))


def _replace_nodes(graph: Any, nodes: Sequence[Any]) -> None:
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    graph.ClearField("node")
    graph.node.extend(kept)


def _fold_normalisation(graph: Any) -> None:
    """Make what normalises the input of a convolution over single places part of its weights, in 32 bits."""
    constants = {each.name: each for each in graph.initializer}
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast"}
    scaled = {node.output[0]: node for node in graph.node if node.op_type == "BatchNormalization"}

    def numbers(name: str) -> npt.NDArray[np.float64]:
        stored = casts[name].input[0] if name in casts else name
        return np.asarray(onnx.numpy_helper.to_array(constants[stored]), np.float64)

    for node in graph.node:
        if node.op_type != "Conv" or node.input[0] not in scaled or any(_attribute(node, "pads")):
            continue  # beyond the ends there are zeros, which no weight scales
        before = scaled[node.input[0]]
        scale, offset, mean, variance = map(numbers, before.input[1:])
        factor = scale / np.sqrt(variance + onnx.helper.get_node_attr_value(before, "epsilon"))
        weights, bias = numbers(node.input[1]), numbers(node.input[2])
        bias = bias + weights.sum(axis=2) @ (offset - mean * factor)
        folded = {1: weights * factor[:, np.newaxis], 2: bias}
        node.input[0] = before.input[0]
        for place, values in folded.items():
            node.input[place] = f"{node.input[place]}.scaled"
            graph.initializer.append(
                onnx.numpy_helper.from_array(values.astype(np.float32), node.input[place])
            )
    _forget_unused(graph)


def _forget_unused(graph: Any) -> None:
    """Remove nodes and constants that no output depends on."""
    needed = {each.name for each in graph.output}
    for node in reversed(list(graph.node)):
        if needed.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            needed.update(node.input)
    for constant in [each for each in graph.initializer if each.name not in needed]:
        graph.initializer.remove(constant)


def _attribute(node: Any, name: str) -> Sequence[int]:
    return next((each.ints for each in node.attribute if each.name == name), ())


class _TwoDimensions:
    """Rewrites the nodes of a graph one after the other, and knows which tensors have the new axis."""

    def __init__(self, constants: Sequence[Any], nodes: Sequence[Any]) -> None:
        self._constants = {each.name: each for each in constants}
        converted = {node.output[0]: node.input[0] for node in nodes if node.op_type == "Cast"}
        self._constants |= {
            name: self._constants[stored] for name, stored in converted.items() if stored in self._constants
        }
        self._pictures: set[str] = set()
        self._made: set[str] = set()

    def of(self, node: Any) -> list[Any]:
        """Return the nodes that take the place of one."""
        if node.op_type == "Conv":
            self._widen(node.input[1], lambda weights: weights[:, :, np.newaxis])
            for attribute in node.attribute:
                if attribute.name in _ROW_FIRST:
                    attribute.CopyFrom(onnx.helper.make_attribute(attribute.name, [1, *attribute.ints]))
                elif attribute.name == "pads":
                    before, after = attribute.ints
                    attribute.CopyFrom(onnx.helper.make_attribute("pads", [0, before, 0, after]))
            return [*self._turned(node, 1, picture=True), node]
        if node.op_type not in _ALONG or node.input[0] not in self._pictures:
            return [*self._turned(node, len(node.input), picture=False), node]
        if node.op_type == "Resize":
            self._widen(node.input[2], lambda scales: np.insert(scales, 2, 1))
        n_pictures = 1 if node.op_type == "Resize" else len(node.input)
        return [*self._turned(node, n_pictures, picture=True), node]

    def as_row(self, name: str, nodes: Sequence[Any]) -> list[Any]:
        """Return what gives an output of the network its old shape, and rename the picture in the nodes."""
        if name not in self._pictures:
            return []
        picture = f"{name}.picture"
        for node in nodes:
            for names in (node.input, node.output):
                names[:] = [picture if each == name else each for each in names]
        return [onnx.helper.make_node("Squeeze", [picture, _ROW], [name])]

    def _turned(self, node: Any, n_inputs: int, *, picture: bool) -> list[Any]:
        """Give or take the new axis where the first inputs of a node lack it, or have it unasked."""
        made = []
        for place, name in enumerate(node.input[:n_inputs]):
            if (name in self._pictures) != picture and name not in self._constants:
                turned = f"{name}.{'picture' if picture else 'row'}"
                kind = "Unsqueeze" if picture else "Squeeze"
                if turned not in self._made:
                    made.append(onnx.helper.make_node(kind, [name, _ROW], [turned]))
                self._made.add(turned)
                node.input[place] = turned
        if picture:
            self._pictures.update(node.output)
        return made

    def _widen(self, name: str, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> None:
        """Change a constant, once, however many nodes share it."""
        constant = self._constants[name]
        if constant.name not in self._pictures:
            values = change(onnx.numpy_helper.to_array(constant))
            constant.CopyFrom(onnx.numpy_helper.from_array(values, constant.name))
            self._pictures.add(constant.name)
