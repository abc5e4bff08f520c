"""The beat classifier as a graph: windows, RR intervals and clusters in, the probability of each class out.

The features (`ectopy.features.table`) are computed in the graph, but for the morphology clusters, which are
found step by step and which no graph can find: the caller numbers the shapes (`ectopy.beats.clusters`). A
second graph begins at the features, for those who compute them elsewhere.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ectopy.beats.clusters import MAX_CLUSTERS
from ectopy.beats.windows import WindowSpec
from ectopy.edge.graph import Graph, Tensor
from ectopy.edge.rhythm_features import Intervals, moving_rank
from ectopy.edge.shape_features import Shapes
from ectopy.features import morphology, prematurity
from ectopy.features.intervals import LONG
from ectopy.features.table import QUARTILES_OVER

OF_CLUSTER: Final = ("rr_to_mean_51", f"rr_to_p80_{LONG}")
QUARTILES: Final = ("p_correlation", "p_deviation", "residual_deviation", "residual_correlation")


def classifier_graph(network: bytes, n_features: int, n_classes: int) -> Graph:
    """Write the graph of a beat classifier from its features on.

    Parameters
    ----------
    network : bytes
        The network, an ONNX file.
    n_features, n_classes : int
        Columns of its input and of its output.

    Returns
    -------
    Graph
        ``features`` (n_beats, n_features) → ``probability`` (n_beats, n_classes).
    """
    graph = Graph("beat_classifier")
    features = graph.input("features", ["n_beats", n_features])
    probability = graph.network(network, features.expanded(0))[0].squeezed(0)
    graph.output("probability", probability, ["n_beats", n_classes])
    return graph


def features_graph(window: WindowSpec, peak: int, names: tuple[str, ...]) -> Graph:
    """Write the graph of the features of beats.

    Parameters
    ----------
    window : WindowSpec
        How the beats are cut.
    peak : int
        Index of the R peak in the windows.
    names : tuple of str
        The features, in order; all of them known to `known_features`.

    Returns
    -------
    Graph
        ``windows`` (n_beats, 1, n_times), ``rr`` and ``cluster`` (n_beats,) → ``features`` (n_beats, n).
    """
    graph = Graph("beat_features")
    windows = graph.input("windows", ["n_beats", 1, window.n_times])
    rr, cluster = graph.input("rr", ["n_beats"]), graph.input("cluster", ["n_beats"], np.int64)
    columns = _columns(windows.squeezed(1), rr, cluster, window, peak)
    stacked = [columns[name].expanded(1) for name in names]
    graph.output("features", stacked[0].op("Concat", *stacked[1:], axis=1), ["n_beats", len(names)])
    return graph


def known_features(window: WindowSpec, peak: int) -> frozenset[str]:
    """Return the names of the features that a graph can compute."""
    graph = Graph("names")
    windows, rr = graph.input("windows", ["n", window.n_times]), graph.input("rr", ["n"])
    return frozenset(_columns(windows, rr, graph.input("cluster", ["n"], np.int64), window, peak))


def _columns(
    windows: Tensor, rr: Tensor, cluster: Tensor, window: WindowSpec, peak: int
) -> dict[str, Tensor]:
    intervals = Intervals(rr)
    shapes = Shapes(windows, intervals.seconds, window.fs, peak, window.n_times)
    shape = shapes.columns() | {"cluster_share": _cluster_share(cluster)}
    timing = _limited(intervals.columns(), prematurity.LIMITS)
    columns = _limited(shape, morphology.LIMITS) | timing
    for name in OF_CLUSTER:
        columns[f"cluster_{name}"] = _cluster_median(timing[name], cluster)
    for name in QUARTILES:
        columns[f"{name}_q25"] = moving_rank(columns[name], QUARTILES_OVER, 25)
        columns[f"{name}_q75"] = moving_rank(columns[name], QUARTILES_OVER, 75)
    return columns


def _limited(columns: dict[str, Tensor], limits: tuple[float, float]) -> dict[str, Tensor]:
    return {name: column.clip(*limits).to(np.float32) for name, column in columns.items()}


def _members(cluster: Tensor) -> Tensor:
    """Return which beats are of each cluster, (MAX_CLUSTERS, n_beats)."""
    return cluster.expanded(0).equals(np.arange(MAX_CLUSTERS)[:, np.newaxis])


def _cluster_share(cluster: Tensor) -> Tensor:
    """Return the logarithm of the share of the beats that are of the same cluster."""
    return _members(cluster).to(np.float32).mean(1).take(cluster).op("Log")


def _cluster_median(column: Tensor, cluster: Tensor) -> Tensor:
    """Return the median of a column over the beats of the same cluster."""
    members = _members(cluster)
    n = members.to(np.int64).total(1, keep=True)
    ordered = members.where(column.expanded(0), np.float32(np.inf)).ordered(column.size(0), axis=1)
    two = column.graph.of(2, np.int64)
    low = (n - 1).at_least(0).op("Div", two)
    high = n.op("Div", two).at_most(column.size(0) - 1)
    middle = (ordered.take_along(low, axis=1) + ordered.take_along(high, axis=1)) * 0.5
    return middle.squeezed(1).take(cluster)
