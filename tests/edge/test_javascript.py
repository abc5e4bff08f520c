"""onnxruntime-web computes what Python computes, with the code that docs/edge.md shows."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.beats.windows import Beats, condition, cut_beats, cut_windows, window_centres
from ectopy.edge.delineator import LENGTH, REACH
from ectopy.edge.export import export_model
from ectopy.features.shapes import Shapes
from ectopy.features.table import beat_features
from ectopy.models.delineator import default_delineator
from ectopy.models.qrs_detector import beat_probability, block_span, default_model, locate_r_peaks
from ectopy.models.registry import (
    DEFAULT_AUTOENCODER,
    DEFAULT_CLASSIFIER,
    DEFAULT_MODEL,
    default_detector,
    model_folder,
)
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.models.trained_detector import TrainedDetector
from ectopy.models.wave_candidates import FS
from ectopy.signal import conditioning, qrs_input
from ectopy.signal.qrs_input import Grid
from ectopy.simulation import Rhythm, simulate

NODE = Path(__file__).parents[1] / "node"
RATE = 250.0
CLOSE = 1e-3
ROUNDED = 5e-5  # s: the share of a lead in a top is rounded to a hundredth, at times the other way

Results = dict[str, Any]


def signal() -> npt.NDArray[np.float32]:
    """Return two leads with ectopic beats, a fast heart and gaps, shape (n_leads, n_samples)."""
    rhythm = Rhythm(ventricular=0.08, supraventricular=0.05)
    parts = [simulate(70, RATE, heart_rate=rate, rhythm=rhythm, seed=rate).signal for rate in (65, 170)]
    leads = np.ascontiguousarray(np.concatenate(parts).T, dtype=np.float32)
    leads[0, 4000:5500] = np.nan
    leads[:, 9000:9003] = np.nan
    return leads


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("edge")


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    """Write signals and graphs, run them in JavaScript, and return what came out."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: install nodejs and npm, then npm ci --prefix tests/node")
    if not (NODE / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip("onnxruntime-web is not installed: npm ci --prefix tests/node")
    for name in ("qrs", DEFAULT_AUTOENCODER, DEFAULT_MODEL, DEFAULT_CLASSIFIER):
        export_model(name, folder, fs=RATE)
    export_model("delineator", folder)
    (folder / "cases.json").write_text(json.dumps(cases(folder)))
    subprocess.run(["node", str(NODE / "edge.mjs"), str(folder)], check=True, timeout=300)
    return json.loads((folder / "results.json").read_text())


def cases(folder: Path) -> dict[str, Any]:
    leads, peaks = given(folder, "signal", signal()), given(folder, "peaks", r_peaks())
    detect = {"what": "detect", "graph": "qrs.onnx", "description": "qrs.json", "signal": leads}
    cut = {
        "what": "windows",
        "graph": f"{DEFAULT_AUTOENCODER}.windows.onnx",
        "description": f"{DEFAULT_AUTOENCODER}.json",
        "signal": leads,
        "r_peaks": peaks,
    }
    score = {
        "what": "score",
        "graph": f"{DEFAULT_AUTOENCODER}.onnx",
        "description": f"{DEFAULT_AUTOENCODER}.json",
    }
    classify = {
        "what": "classify",
        "graph": f"{DEFAULT_CLASSIFIER}.onnx",
        "features": f"{DEFAULT_CLASSIFIER}.features.onnx",
        "description": f"{DEFAULT_CLASSIFIER}.json",
        "windows": given(folder, "beats", beats().waveforms),
        "rr": given(folder, "rr", beats().rr),
    }
    return {
        "qrs, 20 s at a time": detect | {"seconds": 20},
        "qrs at once": detect | {"seconds": 1000},
        "windows": cut,
        "scores": score | {"windows": given(folder, "windows", windows()[:, :1])},
        "classes": classify | {"cluster": given(folder, "cluster", clusters())},
        "classes without clusters": classify,
        "scores of the encoder": {
            "what": "graph",
            "graph": f"{DEFAULT_MODEL}.onnx",
            "inputs": {"features": given(folder, "features", features())},
        },
        "waves": {
            "what": "graph",
            "graph": "delineator.onnx",
            "inputs": {"signal": given(folder, "block", block())},
        },
    }


def given(folder: Path, name: str, values: npt.NDArray[Any]) -> dict[str, Any]:
    (folder / name).write_bytes(np.ascontiguousarray(values).tobytes())
    return {"file": name, "type": values.dtype.name, "shape": values.shape}


def r_peaks() -> npt.NDArray[np.float64]:
    return locate_r_peaks(signal().T, RATE)


def windows() -> npt.NDArray[np.float32]:
    window = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER)).window
    centres = window_centres(np.floor(r_peaks() + 0.5).astype(np.int64), RATE, window.fs)
    return cut_windows(condition(signal().T, RATE, window.fs), centres, window)


def beats() -> Beats:
    window = TrainedClassifier.load(model_folder(DEFAULT_CLASSIFIER)).window
    rhythm = Rhythm(ventricular=0.1, supraventricular=0.08)
    record = simulate(240, rhythm=rhythm, seed=6)
    cut = cut_beats(record, record.reference_annotations().beats().samples, window)
    return replace(cut, waveforms=cut.waveforms[:, :1])


def features() -> npt.NDArray[np.float32]:
    return beat_features(beats(), default_detector().window.before)


def clusters() -> npt.NDArray[np.int64]:
    peak = TrainedClassifier.load(model_folder(DEFAULT_CLASSIFIER)).peak
    return Shapes.of(beats().waveforms[:, 0], beats().rr, beats().fs, peak).cluster


def block() -> npt.NDArray[np.float32]:
    record = simulate(LENGTH / FS + 1, FS, ("II",), seed=4)
    return np.ascontiguousarray(record.signal[:LENGTH].T)


@pytest.mark.parametrize("case", ["qrs, 20 s at a time", "qrs at once"])
def test_r_peaks_and_probability(results: Results, case: str) -> None:
    np.testing.assert_allclose(results[case]["rPeaks"], r_peaks(), atol=CLOSE + ROUNDED * RATE)
    grid, reach = Grid.of(RATE), block_span(RATE)[1]
    n = signal().shape[1]
    padded = np.full((2, -(-n // grid.stride) * grid.stride + 2 * reach), np.nan, np.float32)
    padded[:, reach : reach + n] = signal()
    expected = beat_probability(qrs_input.condition(padded, grid), default_model())
    frames = round(reach * grid.rate / RATE / qrs_input.FRAME)
    np.testing.assert_allclose(results[case]["probability"], expected[frames:-frames], atol=CLOSE)


def test_windows(results: Results) -> None:
    found = np.reshape(results["windows"]["data"], results["windows"]["dims"])
    np.testing.assert_allclose(found, windows(), atol=CLOSE)


def test_anomaly_scores(results: Results) -> None:
    detector = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
    expected = detector.score_beats(windows()[:, :1]).scores
    found = np.array([beat["score"] for beat in results["scores"]])
    np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE)
    assert [beat["abnormal"] for beat in results["scores"]] == (found > detector.threshold_).tolist()


def test_scores_of_the_encoder(results: Results) -> None:
    found = results["scores of the encoder"]["score"]["data"]
    np.testing.assert_allclose(found, default_detector().score_features(features()), atol=CLOSE)


def test_class_probabilities(results: Results) -> None:
    found = np.reshape(results["classes"]["data"], results["classes"]["dims"])
    expected = TrainedClassifier.load(model_folder(DEFAULT_CLASSIFIER)).predict_proba(beats())
    np.testing.assert_allclose(found, expected, atol=CLOSE)


def test_clusters_of_its_own_give_the_same_classes(results: Results) -> None:
    found = np.reshape(results["classes without clusters"]["data"], (len(beats()), -1))
    expected = TrainedClassifier.load(model_folder(DEFAULT_CLASSIFIER)).predict_proba(beats())
    assert np.mean(found.argmax(axis=1) == expected.argmax(axis=1)) > 0.99


def test_wave_probabilities(results: Results) -> None:
    outputs = [results["waves"][f"{name}_probability"] for name in ("wave", "peak")]
    found = np.concatenate([np.reshape(each["data"], each["dims"]) for each in outputs], axis=1)
    shown = conditioning.condition(block(), FS)[:, REACH:-REACH]
    np.testing.assert_allclose(found, default_delineator().run(shown)[0], atol=CLOSE)
