"""Networks in 8-bit integers: smaller, faster on small processors, and a little less exact.

Weights are stored in 8 bits, output channel by output channel. Convolutions are computed in 8 bits too; the
ranges of their values come from recordings that the whole analysis is shown first (static quantisation). The
first one is not: it reads the signal, in which a P wave is less than one of 256 steps of the largest QRS
complex or pop. Dense layers compute in 32 bits with 8-bit weights: they are the smaller part of the work, and
the anomaly score is made of small differences that 8 bits do not hold. What surrounds the network stays.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.pipeline import Pipeline
from ectopy.edge.graph import onnx
from ectopy.errors import unknown_option
from ectopy.models import delineator, encoder_detector, qrs_detector, trained_classifier, trained_detector
from ectopy.models.artifact import NETWORK, Artifact
from ectopy.models.delineator import delineate
from ectopy.models.detectors import detector_of
from ectopy.models.qrs_detector import detect_qrs
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.record import Record
from ectopy.simulation import Noise, Rhythm, simulate

COMPUTED: Final = "Conv"
"""Operator that computes in 8 bits."""

STORED: Final = "Gemm"
"""Operator whose weights are stored in 8 bits."""

LARGEST: Final = 127
"""Of the integers that stand for weights, which are symmetric about zero."""

ROWS: Final = 256
"""Rows of each input that the ranges are taken from at the most: beats; the other networks see fewer."""

Inputs = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ObservedArtifact(Artifact):
    """A model that keeps what its network is shown."""

    seen: list[Inputs] = field(default_factory=list)

    def run(self, inputs: Inputs, batch_size: int = 1024) -> list[Inputs]:
        """Run the network and keep its input."""
        self.seen.append(inputs)
        return super().run(inputs, batch_size)


def quantised(network: bytes, inputs: Iterable[Inputs]) -> bytes:
    """Return a network that computes in 8 bits.

    Parameters
    ----------
    network : bytes
        The network, an ONNX file.
    inputs : iterable of ndarray
        What it is shown, from which the ranges of the values are taken.

    Returns
    -------
    bytes
        The ONNX file.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    model = _with_small_weights(_with_plain_weights(onnx.load_from_string(network)))
    convolutions = [node.name for node in model.graph.node if node.op_type == COMPUTED]
    if not convolutions:
        return bytes(model.SerializeToString())
    name = model.graph.input[0].name

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left: Iterator[Inputs] = iter(inputs)

        def get_next(self) -> dict[str, Inputs] | None:
            following = next(self._left, None)
            return None if following is None else {name: following}

    with tempfile.TemporaryDirectory() as folder, _quiet():
        target = Path(folder) / NETWORK
        quantize_static(
            model,
            target,
            Reader(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=[COMPUTED],
            nodes_to_exclude=convolutions[:1],
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
        )
        return target.read_bytes()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the advice of onnxruntime, to optimise the network first, from the user."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def calibration_inputs(loaded: Artifact, records: Sequence[Record] | None = None) -> list[Inputs]:
    """Return what the network of a model is shown when recordings are analysed.

    Parameters
    ----------
    loaded : Artifact
        Of one of the kinds of `RUNS`.
    records : sequence of Record, optional
        The recordings; `calibration_records` by default.

    Raises
    ------
    ParameterError
        If the model is of another kind.
    """
    if loaded.manifest.kind not in RUNS:
        raise unknown_option("kind", loaded.manifest.kind, RUNS)
    observed = ObservedArtifact(loaded.folder, loaded.manifest)
    for record in calibration_records() if records is None else records:
        RUNS[loaded.manifest.kind](observed, record)
    return [inputs[:ROWS] for inputs in observed.seen]


def calibration_records() -> list[Record]:
    """Return simulated recordings: every rhythm, slow and fast hearts, clean and noisy leads."""
    rhythm = Rhythm(supraventricular=0.08, ventricular=0.1, fusion=0.02, couplets=0.2, runs=0.1)
    return [
        simulate(120, heart_rate=rate, rhythm=rhythm, noise=noise, seed=seed)
        for seed, (rate, noise) in enumerate(
            [(50, None), (70, Noise()), (90, Noise(muscle=0.05, motion=0.1)), (130, Noise(wander=0.3))]
        )
    ]


def _detect(loaded: Artifact, record: Record) -> object:
    return detect_qrs(record.signal, record.fs, model=loaded)


def _delineate(loaded: Artifact, record: Record) -> object:
    return delineate(record, model=loaded)


def _score(loaded: Artifact, record: Record) -> object:
    shipped = Pipeline.shipped()
    return Pipeline(shipped.qrs, detector_of(loaded), shipped.classifier).run(record, waves=False)


def _classify(loaded: Artifact, record: Record) -> object:
    shipped = Pipeline.shipped()
    classifier = TrainedClassifier.load(loaded.folder)
    classifier.artifact_ = loaded
    return Pipeline(shipped.qrs, shipped.detector, classifier).run(record, waves=False)


RUNS: Final[dict[str, Callable[[Artifact, Record], object]]] = {
    qrs_detector.KIND: _detect,
    delineator.KIND: _delineate,
    encoder_detector.KIND: _score,
    trained_detector.KIND: _score,
    trained_classifier.KIND: _classify,
}
"""Kind of model → how one of its models is run on a recording."""


def _with_plain_weights(model: Any) -> Any:
    """Return a network whose weights are stored in 32 bits, not in 16 to be converted."""
    graph = model.graph
    stored = {each.name: each for each in graph.initializer}
    casts = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in stored]
    for cast in casts:
        array = onnx.numpy_helper.to_array(stored[cast.input[0]]).astype(np.float32)
        stored[cast.input[0]].CopyFrom(onnx.numpy_helper.from_array(array, cast.output[0]))
        graph.node.remove(cast)
    return model


def _with_small_weights(model: Any) -> Any:
    """Return a network whose dense layers have weights in 8 bits, one scale for each output."""
    graph, nodes = model.graph, []
    stored = {each.name: each for each in graph.initializer}
    done: set[str] = set()
    for node in graph.node:
        if node.op_type == STORED and node.input[1] in stored and node.input[1] not in done:
            name = node.input[1]
            transposed = any(each.name == "transB" and each.i for each in node.attribute)
            nodes.append(_dequantised(graph, stored[name], axis=0 if transposed else 1))
            done.add(name)
        nodes.append(node)
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    graph.ClearField("node")
    graph.node.extend(kept)
    return model


def _dequantised(graph: Any, tensor: Any, axis: int) -> Any:
    """Store a matrix in 8 bits under another name, and return the node that makes numbers of it again."""
    name, weights = tensor.name, onnx.numpy_helper.to_array(tensor)
    scale = np.abs(weights).max(axis=1 - axis, keepdims=True) / LARGEST
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    small = np.rint(weights / scale).astype(np.int8)
    tensor.CopyFrom(onnx.numpy_helper.from_array(small, f"{name}.int8"))
    zero = np.zeros(scale.size, np.int8)
    graph.initializer.append(onnx.numpy_helper.from_array(scale.ravel(), f"{name}.scale"))
    graph.initializer.append(onnx.numpy_helper.from_array(zero, f"{name}.zero"))
    inputs = [tensor.name, f"{name}.scale", f"{name}.zero"]
    return onnx.helper.make_node("DequantizeLinear", inputs, [name], axis=axis)
