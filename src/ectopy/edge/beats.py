"""Beat windows as a graph: samples and R peaks in, windows out."""

from __future__ import annotations

import numpy as np

from ectopy.beats.windows import HIGH, LOW, MAX_OF_RATE, WindowSpec
from ectopy.edge.graph import Graph, Tensor
from ectopy.edge.nearby import filtered, held, resampled
from ectopy.signal.filters import fill_reach
from ectopy.signal.kernels import bandpass_kernel
from ectopy.signal.resampling import rational_ratio


def windows_graph(window: WindowSpec, fs: float) -> Graph:
    """Write the graph that filters a signal and cuts its beats.

    Parameters
    ----------
    window : WindowSpec
        How the beats are cut.
    fs : float
        Rate of the samples in Hz.

    Returns
    -------
    Graph
        ``signal`` (n_leads, n_samples) and ``r_peaks`` (n_beats,) → ``windows`` (n_beats, n_leads, n_times).
    """
    graph = Graph("beat_windows")
    signal = graph.input("signal", ["n_leads", "n_samples"])
    r_peaks = graph.input("r_peaks", ["n_beats"], np.float64)
    ratio = rational_ratio(fs, window.fs)
    high = min(HIGH, MAX_OF_RATE * window.fs)
    level = filtered(resampled(held(signal, fill_reach(fs)), ratio), bandpass_kernel(window.fs, LOW, high))
    places = _centres(r_peaks, fs, window).expanded(1) + np.arange(-window.before, window.after)
    index = places.at_least(0).at_most(level.size(1) - 1)
    windows = level.take(index, axis=1).transposed(1, 0, 2)
    graph.output("windows", windows, ["n_beats", "n_leads", window.n_times])
    return graph


def _centres(r_peaks: Tensor, fs: float, window: WindowSpec) -> Tensor:
    """Return the nearest sample of each R peak at the rate of the windows, as the pipeline takes it."""
    nearest = (r_peaks + 0.5).op("Floor")
    ratio = rational_ratio(fs, window.fs)
    return (nearest * ratio.up / ratio.down).op("Round").to(np.int64)
