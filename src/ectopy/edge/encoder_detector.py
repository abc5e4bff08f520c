"""The anomaly detector by the beat encoder as a graph: features of the beats of one person in, scores out.

The graph finds what is usual for the person among the beats that it is given, as
`ectopy.models.encoder_detector.EncoderDetector.score_features` does for up to 2,999 beats of one lead.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ectopy.edge.anomaly_detector import quantile
from ectopy.edge.graph import Graph
from ectopy.models.encoder_detector import MAX_LEVEL, USUAL_QUANTILE
from ectopy.models.trained_encoder import CHANGES

LN_10: Final = np.float32(np.log(10))


def encoder_graph(network: bytes, n_features: int) -> Graph:
    """Write the graph of an anomaly detector by the beat encoder, from the features on.

    Parameters
    ----------
    network : bytes
        The network of the encoder, an ONNX file.
    n_features : int
        Columns of its input.

    Returns
    -------
    Graph
        ``features`` (n_beats, n_features) → ``score`` (n_beats,).
    """
    graph = Graph("encoder_detector")
    features = graph.input("features", ["n_beats", n_features])
    log_probability = graph.network(network, features.expanded(0))[CHANGES].squeezed(0)
    changed = log_probability.part(1, None, axis=1)
    highest = changed.max(1, keep=True)
    done = (changed - highest).op("Exp").total(1, keep=True).op("Log") + highest
    log_odds = (done - log_probability.part(0, 1, axis=1)) / LN_10
    level = quantile(log_odds, USUAL_QUANTILE).clip(-MAX_LEVEL, MAX_LEVEL)
    score = ((log_odds - level) * LN_10).op("Softplus") / LN_10
    graph.output("score", score.squeezed(1), ["n_beats"])
    return graph
