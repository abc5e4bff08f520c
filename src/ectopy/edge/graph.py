"""ONNX graphs written as arithmetic: what numpy does to arrays, a graph is told to do to tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import require_extra

onnx: Any = require_extra("onnx", "export")

IR_VERSION: Final = 10
"""Of the file format; the one that onnxruntime has read since 1.18."""

OPSET: Final = 20
"""Version of the operators, the one that the shipped networks use."""

Shape = Sequence[int | str]


@dataclass(frozen=True, eq=False)
class Tensor:
    """A value that a graph will compute; operators on it add nodes to the graph.

    Numbers and arrays on the other side of an operator take the type of the tensor.

    Parameters
    ----------
    graph : Graph
        Which graph computes it.
    name : str
        Its name there.
    dtype : numpy.dtype
        Type of its elements.
    """

    graph: Graph
    name: str
    dtype: np.dtype[Any]

    def __add__(self, other: Any) -> Tensor:
        return self._with("Add", other)

    def __sub__(self, other: Any) -> Tensor:
        return self._with("Sub", other)

    def __mul__(self, other: Any) -> Tensor:
        return self._with("Mul", other)

    def __truediv__(self, other: Any) -> Tensor:
        return self._with("Div", other)

    def __neg__(self) -> Tensor:
        return self.op("Neg")

    def __abs__(self) -> Tensor:
        return self.op("Abs")

    def __lt__(self, other: Any) -> Tensor:
        return self._with("Less", other, bool)

    def __le__(self, other: Any) -> Tensor:
        return self._with("LessOrEqual", other, bool)

    def __gt__(self, other: Any) -> Tensor:
        return self._with("Greater", other, bool)

    def __ge__(self, other: Any) -> Tensor:
        return self._with("GreaterOrEqual", other, bool)

    def __and__(self, other: Tensor) -> Tensor:
        return self.op("And", other)

    def __or__(self, other: Tensor) -> Tensor:
        return self.op("Or", other)

    def __invert__(self) -> Tensor:
        return self.op("Not")

    def equals(self, other: Any) -> Tensor:
        """Return where the elements are equal."""
        return self._with("Equal", other, bool)

    def op(self, kind: str, *others: Any, dtype: npt.DTypeLike | None = None, **attributes: Any) -> Tensor:
        """Return what an operator makes of this tensor, and of others after it."""
        return self.graph.op(kind, self, *others, dtype=dtype, **attributes)

    def to(self, dtype: npt.DTypeLike) -> Tensor:
        """Return the tensor with elements of another type."""
        kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.op("Cast", dtype=dtype, to=kind)

    def where(self, yes: Any, no: Any) -> Tensor:
        """Return one of two values by this condition; one of them at least is a tensor."""
        dtype = yes.dtype if isinstance(yes, Tensor) else no.dtype
        return self.graph.op("Where", self, self.graph.of(yes, dtype), self.graph.of(no, dtype), dtype=dtype)

    def clip(self, low: float, high: float) -> Tensor:
        """Return the elements, none beyond two limits."""
        return self.op("Clip", self.graph.of(low, self.dtype), self.graph.of(high, self.dtype))

    def at_least(self, other: Any) -> Tensor:
        """Return the larger of each element and another."""
        return self._with("Max", other)

    def at_most(self, other: Any) -> Tensor:
        """Return the smaller of each element and another."""
        return self._with("Min", other)

    def size(self, axis: int) -> Tensor:
        """Return the length of an axis, shape (1,)."""
        return self.op("Shape", dtype=np.int64, start=axis, end=axis + 1)

    def reshape(self, *shape: int) -> Tensor:
        """Return the elements in another shape; 0 keeps an axis, one -1 is computed."""
        return self.op("Reshape", self.graph.of(shape, np.int64))

    def expanded(self, *axes: int) -> Tensor:
        """Return the tensor with new axes of length one."""
        return self.op("Unsqueeze", self.graph.of(axes, np.int64))

    def squeezed(self, *axes: int) -> Tensor:
        """Return the tensor without axes of length one."""
        return self.op("Squeeze", self.graph.of(axes, np.int64))

    def transposed(self, *axes: int) -> Tensor:
        """Return the tensor with its axes in another order."""
        return self.op("Transpose", perm=list(axes))

    def part(self, start: int, stop: int | None, axis: int) -> Tensor:
        """Return a slice along an axis, as Python cuts it."""
        stop = np.iinfo(np.int64).max if stop is None else stop
        return self.op("Slice", *(self.graph.of([each], np.int64) for each in (start, stop, axis)))

    def take(self, index: Tensor | npt.NDArray[np.int64], axis: int = 0) -> Tensor:
        """Return the elements at places along an axis, as `numpy.take` does."""
        return self.op("Gather", self.graph.of(index, np.int64), axis=axis)

    def take_along(self, index: Tensor, axis: int) -> Tensor:
        """Return the elements at places along an axis, as `numpy.take_along_axis` does."""
        return self.op("GatherElements", index, axis=axis)

    def chosen(self, mask: Tensor) -> Tensor:
        """Return the rows for which the mask holds."""
        return self.op("Compress", mask, axis=0)

    def padded(self, before: int, after: int, axis: int, mode: str = "constant") -> Tensor:
        """Return the tensor longer along an axis: by zeros, or by its ends (``mode="edge"``)."""
        pads = self.graph.of([before, after], np.int64)
        value = [] if mode == "edge" else [self.graph.of(0, self.dtype)]
        filler: list[Any] = value or [None]
        return self.op("Pad", pads, *filler, self.graph.of([axis], np.int64), mode=mode)

    def total(self, *axes: int, keep: bool = False) -> Tensor:
        """Return the sum over axes."""
        return self._reduced("ReduceSum", axes, keep)

    def mean(self, *axes: int, keep: bool = False) -> Tensor:
        """Return the mean over axes."""
        return self._reduced("ReduceMean", axes, keep)

    def max(self, *axes: int, keep: bool = False) -> Tensor:
        """Return the largest element over axes."""
        return self._reduced("ReduceMax", axes, keep)

    def min(self, *axes: int, keep: bool = False) -> Tensor:
        """Return the smallest element over axes."""
        return self._reduced("ReduceMin", axes, keep)

    def argmax(self, axis: int) -> Tensor:
        """Return the place of the first largest element along an axis, which stays with length one."""
        return self.op("ArgMax", dtype=np.int64, axis=axis, keepdims=1)

    def ordered(self, n: Tensor | int, axis: int) -> Tensor:
        """Return the `n` smallest elements along an axis, rising; `n` of shape (1,)."""
        n = self.graph.of([n], np.int64) if isinstance(n, int) else n
        return self.graph.ops("TopK", [self, n], 2, axis=axis, largest=0, sorted=1)[0]

    def _reduced(self, kind: str, axes: Sequence[int], keep: bool) -> Tensor:
        return self.op(kind, self.graph.of(axes, np.int64), keepdims=int(keep))

    def _with(self, kind: str, other: Any, dtype: npt.DTypeLike | None = None) -> Tensor:
        return self.op(kind, self.graph.of(other, self.dtype), dtype=dtype)


class Graph:
    """An ONNX graph while it is being written.

    Parameters
    ----------
    name : str
        What to call it.

    Examples
    --------
    >>> import onnxruntime
    >>> graph = Graph("doubled")
    >>> graph.output("twice", graph.input("values", ["n"]) * 2, ["n"])
    >>> session = onnxruntime.InferenceSession(graph.content())
    >>> session.run(None, {"values": np.float32([1, 2])})[0].tolist()
    [2.0, 4.0]
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._numbers = count()
        self._weights: dict[str, Any] = {}
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._networks: dict[bytes, str] = {}

    def input(self, name: str, shape: Shape, dtype: npt.DTypeLike = np.float32) -> Tensor:
        """Add an input; names in the shape stand for lengths that vary."""
        self._inputs.append(_value(name, shape, dtype))
        return Tensor(self, name, np.dtype(dtype))

    def output(self, name: str, tensor: Tensor, shape: Shape) -> None:
        """Add an output."""
        self._nodes.append(onnx.helper.make_node("Identity", [tensor.name], [name]))
        self._outputs.append(_value(name, shape, tensor.dtype))

    def of(self, value: Any, dtype: npt.DTypeLike = np.float32) -> Tensor:
        """Return a constant; a tensor as it is."""
        if isinstance(value, Tensor):
            return value
        array = np.asarray(value, dtype=dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            name = self._known[key] = self._new("constant")
            self._weights[name] = onnx.numpy_helper.from_array(array, name)
        return Tensor(self, self._known[key], array.dtype)

    def op(self, kind: str, *inputs: Any, dtype: npt.DTypeLike | None = None, **attributes: Any) -> Tensor:
        """Add an operator and return its one result, by default of the type of its first input."""
        return self.ops(kind, inputs, 1, dtype=dtype, **attributes)[0]

    def ops(
        self,
        kind: str,
        inputs: Sequence[Any],
        n: int,
        *,
        dtype: npt.DTypeLike | None = None,
        **attributes: Any,
    ) -> list[Tensor]:
        """Add an operator and return its `n` results."""
        results = [self._new(kind.lower()) for _ in range(n)]
        names = ["" if each is None else each.name for each in inputs]
        self._nodes.append(onnx.helper.make_node(kind, names, results, **attributes))
        kept = inputs[0].dtype if dtype is None else np.dtype(dtype)
        return [Tensor(self, result, kept) for result in results]

    def network(self, content: bytes, inputs: Tensor) -> list[Tensor]:
        """Run a network that takes one input; one that is run twice is stored once.

        Parameters
        ----------
        content : bytes
            The ONNX file.
        inputs : Tensor
            Its input.

        Returns
        -------
        list of Tensor
            Its outputs, float32.
        """
        model = onnx.load_from_string(content)
        names = self._stored(content, model)
        names[model.graph.input[0].name] = inputs.name
        for node in model.graph.node:
            renamed = onnx.NodeProto()
            renamed.CopyFrom(node)
            fresh = [self._new("network") if name else "" for name in node.output]
            renamed.ClearField("name")
            renamed.input[:] = [names.get(name, name) for name in node.input]
            renamed.output[:] = fresh
            names.update(zip(node.output, fresh, strict=True))
            self._nodes.append(renamed)
        return [Tensor(self, names[each.name], np.dtype(np.float32)) for each in model.graph.output]

    def content(self) -> bytes:
        """Return the ONNX file, checked."""
        model = onnx.helper.make_model(
            self._proto(),
            ir_version=IR_VERSION,
            opset_imports=[onnx.helper.make_opsetid("", OPSET)],
            producer_name="ectopy",
        )
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())

    def _stored(self, content: bytes, model: Any) -> dict[str, str]:
        """Store the weights of a network and return what each is called here."""
        prefix = self._networks.setdefault(content, self._new("weights"))
        names = {each.name: f"{prefix}.{each.name}" for each in model.graph.initializer}
        for each in model.graph.initializer:
            each.name = names[each.name]
            self._weights[each.name] = each
        return names

    def _new(self, stem: str) -> str:
        return f"{stem}_{next(self._numbers)}"

    def _proto(self) -> Any:
        weights = list(self._weights.values())
        return onnx.helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, weights)


def _value(name: str, shape: Shape, dtype: npt.DTypeLike) -> Any:
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return onnx.helper.make_tensor_value_info(name, kind, list(shape))
