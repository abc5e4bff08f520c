"""The graphs compute what the pipeline computes, whatever the signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.beats.windows import WindowSpec, condition, cut_beats, cut_windows, window_centres
from ectopy.edge import delineator, qrs_detector
from ectopy.edge.anomaly_detector import anomaly_graph
from ectopy.edge.beat_classifier import features_graph
from ectopy.edge.beats import windows_graph
from ectopy.edge.encoder_detector import encoder_graph
from ectopy.edge.graph import Graph
from ectopy.features.shapes import Shapes
from ectopy.features.table import BEAT_FEATURES, beat_features
from ectopy.models import qrs_waves
from ectopy.models.artifact import NETWORK
from ectopy.models.delineator import default_delineator
from ectopy.models.qrs_detector import _centres, beat_probability, block_span, default_model, detect_block
from ectopy.models.registry import DEFAULT_AUTOENCODER, default_detector, model_folder
from ectopy.models.trained_detector import TrainedDetector
from ectopy.models.wave_candidates import FS
from ectopy.signal import conditioning, qrs_input
from ectopy.signal.qrs_input import Grid
from ectopy.signal.resampling import rational_ratio
from ectopy.simulation import Noise, Rhythm, simulate

Floats = npt.NDArray[np.float32]
CLOSE = 1e-3
ROUNDED = 5e-5  # s: the share of a lead in a top is rounded to a hundredth, at times the other way
RATES = (100.0, 128.0, 250.0, 360.0, 1000.0)
WINDOW = WindowSpec(fs=120, before=48, after=48)

few = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 10_000)
amplitudes = st.sampled_from([0.003, 0.1, 1.0, 8.0])
gaps = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2)), max_size=3)


def session(graph: Graph) -> ort.InferenceSession:
    return ort.InferenceSession(graph.content(), providers=["CPUExecutionProvider"])


def run(graph: Callable[..., ort.InferenceSession], key: Any, **inputs: npt.NDArray[Any]) -> list[Floats]:
    return graph(key).run(None, inputs)


@cache
def qrs(fs: float) -> ort.InferenceSession:
    model = default_model()
    network = (model.folder / NETWORK).read_bytes()
    threshold = model.manifest.parameters["threshold"]
    return session(qrs_detector.qrs_graph(network, Grid.of(fs), threshold))


@cache
def qrs_conditioning(fs: float) -> ort.InferenceSession:
    return session(qrs_detector.conditioning_graph(Grid.of(fs)))


@cache
def windows(fs: float) -> ort.InferenceSession:
    return session(windows_graph(WINDOW, fs))


def noise_with_gaps(seed: int, shape: tuple[int, int], amplitude: float, gaps: list[Any]) -> Floats:
    """Return random walks with spikes, and a lead with missing stretches."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=shape).cumsum(axis=1) * 0.05 + rng.normal(size=shape) * 0.05
    signal[:, :: rng.integers(60, 300)] += 1
    signal = (signal * amplitude).astype(np.float32)
    for start, length in gaps:
        first = int(start * shape[1])
        signal[0, first : first + 1 + int(length * shape[1])] = np.nan
    return signal


@given(seed=seeds, amplitude=amplitudes, gaps=gaps, fs=st.sampled_from(RATES))
@few
def test_qrs_conditioning(seed: int, amplitude: float, gaps: list[Any], fs: float) -> None:
    grid = Grid.of(fs)
    signal = noise_with_gaps(seed, (2, 12 * grid.stride + grid.stride * (seed % 20)), amplitude, gaps)
    (found,) = run(qrs_conditioning, fs, signal=signal)
    np.testing.assert_allclose(found, qrs_input.condition(signal, grid), atol=CLOSE)


@given(seed=seeds, rate=st.sampled_from([40, 75, 140, 200]), size=st.sampled_from([0.2, 1.0, 5.0]))
@few
def test_r_peaks_and_probability(seed: int, rate: int, size: float) -> None:
    fs = RATES[seed % len(RATES)]
    noise = Noise(wander=0.2, muscle=0.03, motion=0.1)
    record = simulate(40, fs, heart_rate=rate, rhythm=Rhythm(ventricular=0.1), noise=noise, seed=seed)
    grid, reach = Grid.of(fs), block_span(fs)[1]
    n = record.n_samples // grid.stride * grid.stride
    signal = np.full((2, n + 2 * reach), np.nan, np.float32)
    signal[:, reach:-reach] = size * record.signal[:n].T
    probability, peaks = run(qrs, fs, signal=signal)
    expected = detect_block(signal[:, reach:-reach].T, fs, 0, 0, default_model())
    inner = _away_from_the_ends(peaks - reach, n, fs)
    np.testing.assert_allclose(inner, _away_from_the_ends(expected, n, fs), atol=CLOSE + ROUNDED * fs)
    reference = beat_probability(qrs_input.condition(signal, grid), default_model())
    np.testing.assert_allclose(probability, reference, atol=CLOSE)


@cache
def centres(_: None) -> ort.InferenceSession:
    graph = Graph("centres")
    probability, frames = graph.input("probability", ["n_frames"]), graph.input("frames", ["n"], np.int64)
    graph.output("peaks", qrs_detector._centres(probability, frames), ["n"])
    return session(graph)


@given(seed=seeds, width=st.integers(1, 9))
@few
def test_the_middle_of_what_is_about_as_likely(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    probability = np.convolve(rng.random(400) ** 4, np.ones(width) / width, "same").astype(np.float32)
    frames = (
        np.flatnonzero((probability[1:-1] > probability[:-2]) & (probability[1:-1] > probability[2:])) + 1
    )
    (found,) = run(centres, None, probability=probability, frames=frames)
    np.testing.assert_array_equal(found, _centres(probability, frames))


@cache
def beats_among(rate: float) -> ort.InferenceSession:
    graph = Graph("beats_among")
    peaks = graph.input("peaks", ["n"], np.int64)
    signal = graph.input("signal", ["n_leads", "n_times"])
    beats = qrs_detector._beats_among(peaks, signal, graph.input("probability", ["n"]), rate)
    graph.output("beats", beats, ["n_beats"])
    return session(graph)


@given(seed=seeds, rr=st.integers(25, 160), irregular=st.sampled_from([0.0, 0.02, 0.06]))
@few
def test_gentle_waves_where_beats_were_due(seed: int, rr: int, irregular: float) -> None:
    rng = np.random.default_rng(seed)
    every = 50 + np.rint(np.cumsum(rr * (1 + irregular * rng.standard_normal(60)).clip(0.5, 2))).astype(int)
    peaks = every[rng.random(60) < 0.95]
    probability = np.where(rng.random(len(peaks)) < 0.85, 0.97, rng.random(len(peaks))).astype(np.float32)
    signal = (0.003 * rng.standard_normal((2, peaks[-1] + 50))).astype(np.float32)
    (found,) = run(beats_among, 100.0, peaks=peaks, signal=signal, probability=probability)
    np.testing.assert_array_equal(found, qrs_waves.beats_among(peaks, signal, probability, 100.0))


@given(seed=seeds, rr=st.integers(60, 160), doubted=st.sampled_from([0.05, 0.3, 0.7]))
@few
def test_waves_that_look_like_the_beats_around_them(seed: int, rr: int, doubted: float) -> None:
    rng = np.random.default_rng(seed)
    peaks = 60 + np.cumsum(np.rint(rr * rng.uniform(0.6, 1.4, 40))).astype(np.int64)
    probability = np.where(rng.random(40) < doubted, 0.2, 0.97).astype(np.float32)
    signal = np.zeros((2, peaks[-1] + 60), np.float32)
    for peak in peaks:  # small QRS complexes, some of them smaller, and T waves
        signal[:, peak - 1 : peak + 2] += np.float32([[-0.02, 0.05, -0.03]]) * rng.choice([0.2, 1.0])
        signal[:, peak + 25 : peak + 35] += 0.02
    signal += (0.003 * rng.standard_normal(signal.shape)).astype(np.float32)
    (found,) = run(beats_among, 100.0, peaks=peaks, signal=signal, probability=probability)
    np.testing.assert_array_equal(found, qrs_waves.beats_among(peaks, signal, probability, 100.0))


def _away_from_the_ends(peaks: npt.NDArray[np.floating], n: int, fs: float) -> npt.NDArray[np.floating]:
    """Leave out peaks within 60 ms of an end: a QRS complex cut there is no beat."""
    return peaks[(peaks >= 0.06 * fs) & (peaks < n - 0.06 * fs)]


@pytest.mark.parametrize("value", [0.0, np.nan, 1e-4])
def test_silence_has_no_beats(value: float) -> None:
    signal = np.full((1, 320), value, np.float32)
    probability, peaks = run(qrs, 100.0, signal=signal)
    assert len(peaks) == 0
    assert np.isfinite(probability).all()


@given(seed=seeds, amplitude=amplitudes, gaps=gaps)
@few
def test_wave_conditioning(seed: int, amplitude: float, gaps: list[Any]) -> None:
    signal = noise_with_gaps(seed, (2, conditioning.BLOCK * (50 + seed % 50)), amplitude, gaps)
    found = session(delineator.conditioning_graph()).run(None, {"signal": signal})[0]
    np.testing.assert_allclose(found, conditioning.condition(signal, FS), atol=CLOSE)


def test_wave_probabilities() -> None:
    model = default_delineator()
    record = simulate(160, FS, ("II",), rhythm=Rhythm(ventricular=0.1), seed=3)
    signal = np.ascontiguousarray(record.signal[: delineator.LENGTH].T)
    signal[0, 9000:9500] = np.nan
    graph = delineator.delineator_graph((model.folder / NETWORK).read_bytes(), 3)
    found = np.concatenate(session(graph).run(None, {"signal": signal}), axis=1)
    shown = conditioning.condition(signal, FS)[:, delineator.REACH : -delineator.REACH]
    np.testing.assert_allclose(found, model.run(shown)[0], atol=CLOSE)


@given(seed=seeds, amplitude=amplitudes, gaps=gaps, fs=st.sampled_from([120.0, *RATES]))
@few
def test_windows(seed: int, amplitude: float, gaps: list[Any], fs: float) -> None:
    down = rational_ratio(fs, WINDOW.fs).down
    n = int(30 * fs) // down * down
    signal = noise_with_gaps(seed, (2, n), amplitude, gaps)
    peaks = np.sort(np.random.default_rng(seed).uniform(0, n, 20))
    (found,) = run(windows, fs, signal=signal, r_peaks=peaks)
    centres = window_centres(np.floor(peaks + 0.5).astype(np.int64), fs, WINDOW.fs)
    expected = cut_windows(condition(signal.T, fs, WINDOW.fs), centres, WINDOW)
    np.testing.assert_allclose(found, expected, atol=CLOSE * max(1.0, amplitude))


@given(seed=seeds, n=st.integers(2, 120), size=st.sampled_from([0.05, 1.0, 5.0]))
@few
@pytest.mark.parametrize("normalisation", ["template", "zscore", "minmax", "none"])
def test_anomaly_scores(normalisation: str, seed: int, n: int, size: float) -> None:
    detector = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    detector.normalisation = normalisation
    rng = np.random.default_rng(seed)
    n_leads, n_times = detector.window_shape_
    shape = np.exp(-0.5 * ((np.arange(n_times) - n_times // 2) / 4) ** 2)
    beats = size * (shape + rng.normal(0, 0.05, (n, n_leads, n_times))).astype(np.float32)
    beats[::7] *= -2
    network = (detector.artifact_.folder / NETWORK).read_bytes()
    scores, drawn = session(anomaly_graph(network, detector)).run(None, {"windows": beats})
    expected = detector.score_beats(beats)
    np.testing.assert_allclose(scores, expected.scores, rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(drawn, expected.reconstructions, rtol=CLOSE, atol=CLOSE * size)


@given(seed=seeds, size=amplitudes, seconds=st.integers(9, 300), unknown=st.floats(0, 0.5))
@few
def test_features(seed: int, size: float, seconds: int, unknown: float) -> None:
    rhythm = Rhythm(ventricular=0.1, supraventricular=0.1, runs=0.2, pauses=0.02)
    record = simulate(seconds, rhythm=rhythm, noise=Noise(muscle=0.05), seed=seed)
    cut = cut_beats(record, record.reference_annotations().beats().samples, WINDOW)
    rr = np.where(np.random.default_rng(seed).random(len(cut)) < unknown, np.nan, cut.rr).astype(np.float32)
    beats = replace(cut, waveforms=np.float32(size) * cut.waveforms[:, :1], rr=rr)
    cluster = Shapes.of(beats.waveforms[:, 0], rr, WINDOW.fs, WINDOW.before).cluster
    given = {"windows": beats.waveforms, "rr": rr, "cluster": cluster}
    (found,) = features().run(None, given)
    np.testing.assert_allclose(found, beat_features(beats, WINDOW.before), atol=CLOSE)


@given(seed=seeds, seconds=st.integers(9, 300))
@few
def test_scores_of_the_encoder(seed: int, seconds: int) -> None:
    rhythm = Rhythm(ventricular=0.1, supraventricular=0.1)
    record = simulate(seconds, rhythm=rhythm, noise=Noise(muscle=0.05), seed=seed)
    cut = cut_beats(record, record.reference_annotations().beats().samples, WINDOW)
    given = beat_features(replace(cut, waveforms=cut.waveforms[:, :1]), WINDOW.before)
    (scores,) = encoder_scores().run(None, {"features": given})
    np.testing.assert_allclose(scores, default_detector().score_features(given), atol=CLOSE)


@cache
def encoder_scores() -> ort.InferenceSession:
    network = (default_detector().artifact_.folder / NETWORK).read_bytes()
    return session(encoder_graph(network, len(BEAT_FEATURES)))


@cache
def features() -> ort.InferenceSession:
    return session(features_graph(WINDOW, WINDOW.before, BEAT_FEATURES))
