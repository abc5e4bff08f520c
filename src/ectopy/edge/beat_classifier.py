"""The beat classifier as a graph: the features of consecutive beats in, the probability of each class out.

The features themselves (`ectopy.features.table`) are not in the graph: they need the patient template of
about 2,000 beats, morphology clusters, which no graph can find, and the rhythm around each beat.
"""

from __future__ import annotations

from ectopy.edge.graph import Graph


def classifier_graph(network: bytes, n_features: int, n_classes: int) -> Graph:
    """Write the graph of a beat classifier.

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
