"""The delineator as a graph: a block of samples in, the probability of each wave out.

What turns probabilities into onsets, peaks and ends of the waves of a beat (`ectopy.models.wave_candidates`,
`ectopy.models.wave_assembly`) looks at stretches of any length and is not in the graph.
"""

from __future__ import annotations

import numpy as np

from ectopy.edge.graph import Graph, Tensor
from ectopy.edge.nearby import block_max, is_present, moving_max, moving_median, repeated, without_baseline
from ectopy.models.wave_candidates import FS, MOMENT, N_TIMES
from ectopy.signal import conditioning
from ectopy.signal.conditioning import BLOCK, LARGEST, LEVEL_SECONDS, SILENT, SMALLEST, condition_reach

REACH = -(-condition_reach(FS) // BLOCK) * BLOCK
"""Samples on each side of what the network sees that have a say in its baseline and size."""

LENGTH = N_TIMES + 2 * REACH
"""Samples that the graph takes."""


def delineator_graph(network: bytes, n_waves: int) -> Graph:
    """Write the graph of a delineator.

    Parameters
    ----------
    network : bytes
        The network, an ONNX file.
    n_waves : int
        Waves that it tells apart.

    Returns
    -------
    Graph
        ``signal`` (n_leads, LENGTH) → ``wave_probability`` and ``peak_probability``, both
        (n_leads, n_waves, n_moments).
    """
    graph = Graph("delineator")
    signal = graph.input("signal", ["n_leads", LENGTH])
    conditioned = _conditioned(signal).part(REACH, -REACH, axis=1)
    answers = graph.network(network, conditioned)[0]
    shape = ("n_leads", n_waves, N_TIMES // MOMENT)
    graph.output("wave_probability", answers.part(0, n_waves, axis=1), shape)
    graph.output("peak_probability", answers.part(n_waves, None, axis=1), shape)
    return graph


def conditioning_graph() -> Graph:
    """Write the graph of what the network of a delineator is shown: ``signal`` → ``conditioned``."""
    graph = Graph("wave_conditioning")
    signal = graph.input("signal", ["n_leads", "n_times"])
    graph.output("conditioned", _conditioned(signal), ["n_leads", "n_times"])
    return graph


def _conditioned(signal: Tensor) -> Tensor:
    present = is_present(signal)
    there = present.to(np.float32)
    filled = present.where(signal, np.float32(0))
    whole = present.to(np.int32).min(0, 1) > 0
    mean, share = without_baseline(filled, there, whole, round(LEVEL_SECONDS * FS) | 1)
    level = (filled - mean / share) * there
    return (level * repeated(_one_over_size(level), BLOCK)).clip(-LARGEST, LARGEST)


def _one_over_size(level: Tensor) -> Tensor:
    """Return one over the typical height of the peaks nearby, block by block; zero in silence."""
    peaks = moving_max(block_max(abs(level), BLOCK), conditioning._odd_blocks(conditioning._PEAK_SECONDS, FS))
    nearby = conditioning._odd_blocks(conditioning._NEARBY_SECONDS, FS)
    usual = moving_max(peaks, nearby)
    typical = moving_median((peaks < SILENT).where(usual, peaks), nearby)
    return (typical < SILENT).where(np.float32(0), typical.at_least(SMALLEST).op("Reciprocal"))
