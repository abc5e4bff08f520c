"""The anomaly detector as a graph: windows of one person in, scores and reconstructions out.

With the normalisation ``template`` the graph finds the patient template among the windows that it is given,
and what is usual for that person, as `ectopy.models.trained_detector.TrainedDetector.score_beats` does for
up to 2,999 beats of one recording and lead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ectopy.beats.clusters import MIN_LENGTH
from ectopy.beats.normalisation import MIN_CORRELATION, MIN_USUAL_SCORE, USUAL_QUANTILE
from ectopy.beats.template import MIN_SPREAD, USUAL_SHARE
from ectopy.edge.graph import Graph, Tensor
from ectopy.models.anomaly_score import MAX_ARCSINH
from ectopy.models.trained_detector import TrainedDetector


@dataclass(frozen=True, eq=False)
class _Standard:
    """Windows that were shifted and scaled, by what."""

    windows: Tensor
    offset: Tensor
    scale: Tensor


def anomaly_graph(network: bytes, detector: TrainedDetector) -> Graph:
    """Write the graph of an anomaly detector.

    Parameters
    ----------
    network : bytes
        The network, an ONNX file.
    detector : TrainedDetector
        Its shape of windows, normalisation and spread of the codes.

    Returns
    -------
    Graph
        ``windows`` (n_beats, n_leads, n_times) in mV → ``score`` (n_beats,) and ``reconstruction``, like the
        windows.
    """
    graph = Graph("anomaly_detector")
    shape = ("n_beats", *detector.window_shape_)
    windows = graph.input("windows", shape)
    standard = _normalised(windows, detector.normalisation)
    if detector.normalisation == "template":
        output, codes = graph.network(network, standard.windows.op("Asinh"))
        output = output.clip(-MAX_ARCSINH, MAX_ARCSINH).op("Sinh")
        usual = _usual(windows, standard.offset)
        score = _relative(_difference(output, standard.windows), usual)
        spread = codes / graph.of(detector.code_spread_)
        score = score + _relative(abs(spread - _median_row(spread)).mean(1), usual)
        largest = abs(standard.windows).max(1, 2, keep=True)
        output = output.at_least(-largest).at_most(largest)
    else:
        output = graph.network(network, standard.windows)[0]
        score = _difference(output, standard.windows)
    graph.output("score", score, ["n_beats"])
    graph.output("reconstruction", output * standard.scale + standard.offset, shape)
    return graph


def _normalised(windows: Tensor, kind: str) -> _Standard:
    """Shift and scale windows as `ectopy.beats.normalisation.normalise` does."""
    if kind == "template":
        offset, scale = _templates(windows)
    elif kind == "zscore":
        offset = windows.mean(2, keep=True)
        centred = windows - offset
        scale = (centred * centred).mean(2, keep=True).op("Sqrt")
    elif kind == "minmax":
        offset = windows.min(2, keep=True)
        scale = windows.max(2, keep=True) - offset
    else:
        offset, scale = windows.graph.of([[[0]]]), windows.graph.of([[[1]]])
    scale = (scale > 0).where(scale, np.float32(1))
    return _Standard((windows - offset) / scale, offset, scale)


def _templates(windows: Tensor) -> tuple[Tensor, Tensor]:
    """Return the template of each lead, (1, n_leads, n_times), and the spread around it, (1, n_leads, 1)."""
    first = _median_row(windows)
    distance = abs(windows - first).mean(2)
    template = median_of_some(windows, distance <= _median_row(distance))
    spread = quantile(abs(windows - template).mean(2), USUAL_SHARE)
    return template, spread.at_least(np.float32(MIN_SPREAD)).expanded(2)


def median_of_some(windows: Tensor, mask: Tensor) -> Tensor:
    """Return the median row over the beats that the mask (n_beats, n_leads) holds for, lead by lead."""
    kept = mask.expanded(2).where(windows, np.float32(np.inf))
    ordered = kept.ordered(windows.size(0), axis=0)
    n = mask.to(np.int64).total(0).expanded(0, 2)
    shape = windows.op("Shape", dtype=np.int64, start=1, end=3)
    one = windows.graph.of([1], np.int64).op("Concat", shape, axis=0)
    low = ((n - 1).op("Div", windows.graph.of(2, np.int64))).op("Expand", one)
    high = (n.op("Div", windows.graph.of(2, np.int64))).op("Expand", one)
    return (ordered.take_along(low, axis=0) + ordered.take_along(high, axis=0)) * np.float32(0.5)


def _median_row(values: Tensor) -> Tensor:
    """Return the median over the first axis, which stays with length one."""
    n = values.size(0)
    ordered = values.ordered(n, axis=0)
    two = values.graph.of([2], np.int64)
    low, high = (n - 1).op("Div", two), n.op("Div", two)
    return (ordered.take(low) + ordered.take(high)) * np.float32(0.5)


def quantile(values: Tensor, share: float) -> Tensor:
    """Return a quantile over the first axis, which stays with length one, by linear interpolation."""
    n = values.size(0)
    ordered = values.ordered(n, axis=0)
    place = (n - 1).to(np.float64) * share
    low = place.op("Floor")
    weight = (place - low).to(np.float32)
    below = ordered.take(low.to(np.int64))
    above = ordered.take(place.op("Ceil").to(np.int64))
    return below + (above - below) * weight


def _usual(windows: Tensor, templates: Tensor) -> Tensor:
    """Return which beats resemble the template."""
    correlation = (unit_rows(windows) * unit_rows(templates)).total(2).mean(1)
    return correlation >= _median_row(correlation).at_most(np.float32(MIN_CORRELATION))


def unit_rows(windows: Tensor) -> Tensor:
    """Return windows of mean zero and length one; flat ones become constant."""
    centred = windows - windows.mean(2, keep=True)
    length = (centred * centred).total(2, keep=True).op("Sqrt")
    n = windows.op("Shape", dtype=np.int64, start=2, end=3).to(np.float32)
    flat = n.op("Sqrt").op("Reciprocal")
    return (length > MIN_LENGTH).where(centred / length.at_least(np.float32(MIN_LENGTH)), flat)


def _relative(scores: Tensor, usual: Tensor) -> Tensor:
    """Divide scores by a high quantile of those of the usual beats."""
    divisor = quantile(scores.chosen(usual), USUAL_QUANTILE).at_least(np.float32(MIN_USUAL_SCORE))
    return scores / divisor


def _difference(one: Tensor, other: Tensor) -> Tensor:
    return abs(one - other).mean(1, 2)
