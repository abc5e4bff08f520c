"""The QRS detector as one graph: samples in, R peaks out.

All of `ectopy.models.qrs_detector` is in the graph but the removal of pacing spikes and of impossible values
(`ectopy.signal.clean`): resampling, baseline and size of the leads, the network, the rule that tells beats
from P waves, and the top of each R wave.
"""

from __future__ import annotations

import numpy as np

from ectopy.edge.graph import Graph, Tensor
from ectopy.edge.nearby import (
    block_max,
    every,
    is_present,
    moving_max,
    moving_median,
    near,
    neighbourhoods,
    repeated,
    resampled,
    without_baseline,
)
from ectopy.edge.qrs_similarity import similar
from ectopy.models import qrs_detector, qrs_waves
from ectopy.signal import qrs_input
from ectopy.signal.qrs_input import BLOCK, FRAME, LARGEST, SILENT, SMALLEST, Grid
from ectopy.signal.resampling import Ratio


def qrs_graph(network: bytes, grid: Grid, threshold: float) -> Graph:
    """Write the graph of a QRS detector.

    Parameters
    ----------
    network : bytes
        The network, an ONNX file.
    grid : Grid
        The rate of the samples and that of the network.
    threshold : float
        Probability above which a peak may be a beat.

    Returns
    -------
    Graph
        ``signal`` (n_leads, n_samples) → ``probability`` (n_frames,), ``r_peaks`` (n_beats,) in samples.
    """
    graph = Graph("qrs_detector")
    signal = graph.input("signal", ["n_leads", "n_samples"])
    raw, conditioned = _conditioned(signal, grid)
    probability = _probability(conditioned, network)
    frames = _peaks(probability, threshold)
    peaks = _beats_among(_centres(probability, frames), raw, probability.take(frames), grid.rate)
    largest = _largest(conditioned, peaks)
    graph.output("probability", probability, ["n_frames"])
    graph.output("r_peaks", _tops(signal, conditioned, largest, grid), ["n_beats"])
    return graph


def conditioning_graph(grid: Grid) -> Graph:
    """Write the graph of what the network of a QRS detector is shown: ``signal`` → ``conditioned``."""
    graph = Graph("qrs_input")
    _, conditioned = _conditioned(graph.input("signal", ["n_leads", "n_samples"]), grid)
    graph.output("conditioned", conditioned, ["n_leads", "n_times"])
    return graph


def _conditioned(signal: Tensor, grid: Grid) -> tuple[Tensor, Tensor]:
    """Return the leads in mV at the rate of the network, and the same in sizes of their beats."""
    present = is_present(signal)
    ratio = Ratio(grid.up, grid.down)
    low = resampled(present.where(signal, np.float32(0)), ratio)
    whole = present.to(np.int32).min(0, 1) > 0
    there = whole.where(np.float32(1), resampled(present.to(np.float32), ratio))
    mean, share = without_baseline(low, there, whole, qrs_input._BASELINE)
    raw = low - there * (mean / share)
    return raw, (raw * repeated(_one_over_amplitude(raw), BLOCK)).clip(-LARGEST, LARGEST)


def _one_over_amplitude(raw: Tensor) -> Tensor:
    """Return one over the typical peak nearby, block by block; zero in silence."""
    peaks = moving_max(block_max(abs(raw), BLOCK), qrs_input._BEAT)
    usual = moving_max(peaks, qrs_input._FILL)
    typical = moving_median((peaks < SILENT).where(usual, peaks), qrs_input._NEARBY)
    smooth = neighbourhoods(typical, qrs_input._SMOOTH // 2).mean(2)
    return (smooth < SILENT).where(np.float32(0), smooth.at_least(SMALLEST).op("Reciprocal"))


def _probability(conditioned: Tensor, network: bytes) -> Tensor:
    return conditioned.graph.network(network, conditioned.expanded(0))[0].op("Sigmoid").squeezed(0)


def _peaks(probability: Tensor, threshold: float) -> Tensor:
    """Return the frames that are likely enough, and the likeliest within the refractory time."""
    refractory = qrs_detector._REFRACTORY
    highest = moving_max(probability.expanded(0), 2 * refractory + 1).squeezed(0)
    likely = probability.equals(highest) & (probability > np.float32(threshold))
    frames = likely.op("NonZero", dtype=np.int64).squeezed(0)
    graph = probability.graph
    before = graph.of([-(10**9)], np.int64).op("Concat", frames.part(0, -1, axis=0), axis=0)
    before = before.part(0, 1, axis=0).op("Concat", frames.part(0, -1, axis=0), axis=0)
    return frames.chosen(frames - before.take(every(frames.size(0))) > refractory)


def _centres(probability: Tensor, frames: Tensor) -> Tensor:
    """Return the middle of the frames around each that are about as likely, in grid samples."""
    plateau = qrs_detector._PLATEAU
    likely = probability.take(near(frames, plateau, probability.size(0)))
    as_high = likely >= likely.part(plateau, plateau + 1, axis=1) * np.float32(qrs_detector._AS_HIGH)
    counted = as_high.to(np.float64)
    shift = (counted * np.arange(-plateau, plateau + 1.0)).total(1) * FRAME / counted.total(1)
    return frames * FRAME + shift.op("Round").to(np.int64)


def _beats_among(peaks: Tensor, signal: Tensor, probability: Tensor, rate: float) -> Tensor:
    """Return the waves that are beats; all as for `ectopy.models.qrs_waves.beats_among`."""
    slopes = abs(signal.part(2, None, axis=1) - signal.part(0, -2, axis=1)).max(0) * np.float32(rate / 2)
    around = near(peaks - 1, qrs_waves._STEEP_REACH, slopes.size(0))
    steepness = slopes.take(around).max(1)
    needed = -steepness / np.float32(qrs_waves.STEEP) + np.float32(qrs_waves.SURE)
    beats = probability >= needed
    others = _due(peaks, beats, rate) | similar(peaks, beats, signal, rate)
    return peaks.chosen(beats | (~beats & others))


def _due(peaks: Tensor, beats: Tensor, rate: float) -> Tensor:
    """Return which waves lie in the middle of a long interval; all as for `ectopy.models.qrs_waves`."""
    beside, reach = qrs_waves.BESIDE, qrs_waves.BESIDE_SECONDS * rate
    beyond = qrs_waves.FAR * np.arange(1, beside + 2)
    before_all, after_all = (peaks.graph.of(each, np.int64) for each in (-beyond[::-1], beyond))
    places = before_all.op("Concat", peaks.chosen(beats), after_all, axis=0).to(np.float64)
    counted = beats.to(np.int64).op("CumSum", peaks.graph.of(0, np.int64))
    before = (counted + beside).at_most(places.size(0) - beside - 2)
    first, last = places.take(before), places.take(before + 1)
    index = before.expanded(1) + qrs_waves.OFFSETS[np.newaxis]
    starts, stops = places.take(index), places.take(index + 1)
    close = (first.expanded(1) - starts <= reach) & (stops - last.expanded(1) <= reach)
    intervals = close.where(stops - starts, np.float64(qrs_waves.FAR))
    rank = (close.to(np.int64).total(1, keep=True) - 1).at_least(0) / 2
    usual = intervals.ordered(2 * beside, axis=1).take_along(rank, axis=1)
    regular = (abs(intervals - usual) <= usual * qrs_waves.SPREAD) & close
    usual = usual.squeezed(1)
    twice = abs(last - first - usual * 2) <= usual * (2 * qrs_waves.SPREAD)
    twice &= usual <= qrs_waves.LONGEST * rate
    nearest = (usual * qrs_waves.MIDDLE_SHARE).at_most(qrs_waves.MIDDLE * rate)
    centred = abs(peaks.to(np.float64) * 2 - first - last) <= nearest * 2
    return (regular.to(np.int64).total(1) >= beside) & twice & centred


def _largest(conditioned: Tensor, peaks: Tensor) -> Tensor:
    """Return the largest deflection near each peak, between grid samples, as float64."""
    height = abs(conditioned).total(0)
    length = height.size(0)
    around = near(peaks, qrs_detector._FINE, length)
    best = around.take_along(height.take(around).argmax(1), axis=1)
    sides = (best + np.array([[-1, 0, 1]])).at_least(0).at_most(length - 1)
    before, at, after = (height.take(sides).part(i, i + 1, axis=1) for i in range(3))
    bend = (at * 2 - before - after).at_least(np.float32(1e-6))
    return (best.to(np.float64) + ((after - before) * 0.5 / bend).clip(-0.5, 0.5).to(np.float64)).squeezed(1)


def _tops(signal: Tensor, conditioned: Tensor, largest: Tensor, grid: Grid) -> Tensor:
    """Return the top of each R wave in samples, as float64: that of the sum of the leads."""
    bend = max(1, round(qrs_detector._BEND * grid.fs))
    reach = max(1, round(qrs_detector._TOP * grid.fs))
    nearest = (largest * grid.down / grid.up).op("Round").to(np.int64)
    around = near(nearest, reach + bend, signal.size(1))
    filled = is_present(signal).where(signal, np.float32(0))
    shares = conditioned.take(largest.op("Round").to(np.int64), axis=1).to(np.float64)
    shares = (shares * 100).op("Round") / 100
    height = (filled.take(around, axis=1).to(np.float64) * shares.expanded(2)).total(0)
    best = height.part(bend, -bend, axis=1).argmax(1) + bend
    top = nearest.expanded(1) + best - (reach + bend)
    return (top.to(np.float64) + _summits(height, best, bend)).squeezed(1)


def _summits(height: Tensor, best: Tensor, reach: int) -> Tensor:
    """Return how far from `best` the parabola through the samples around it has its top, (n, 1)."""
    offsets = np.arange(-reach, reach + 1)
    around = height.take_along(best + offsets[np.newaxis], axis=1)
    square = offsets**2 - (offsets**2).mean()
    slope = (around * (offsets / (offsets**2).sum())).total(1, keep=True)
    bend = (around * (square / (square**2).sum())).total(1, keep=True)
    curved = bend < 0
    summit = -slope / (curved.where(bend, np.float64(-1)) * 2)
    return curved.where(summit, np.float64(0)).clip(-reach / 2, reach / 2)
