"""A rewritten model gives the same answers, and every shipped one is rewritten already."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ectopy.features.table import BEAT_FEATURES
from ectopy.models import artifact
from ectopy.models.artifact import NETWORK
from ectopy.models.manifest import Manifest
from ectopy.models.optimize import optimize
from ectopy.models.registry import model_folder
from ectopy.networks.beat_classifier import ClassifierNetwork
from ectopy.training.export import to_onnx


@pytest.mark.parametrize(
    "name", ["anomaly-detector", "beat-classifier", "qrs", "rhythm", "signal-classifier"]
)
def test_models_of_an_analysis_are_shipped_in_their_fastest_layout(name: str, tmp_path: Path) -> None:
    shipped = artifact.load(model_folder(name))
    assert optimize(shipped.folder, tmp_path / name).manifest == shipped.manifest


def test_a_model_of_rows_is_rewritten_in_place_and_keeps_its_other_files(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((1, 50, len(BEAT_FEATURES))).astype(np.float32)
    network = to_onnx(ClassifierNetwork(len(BEAT_FEATURES), 4), x, ["probability"])
    files = {NETWORK: network, "calibration.npy": artifact.array_file(np.arange(3, dtype=np.float32))}
    old = artifact.save(tmp_path / "model", Manifest(name="rows", kind="test"), files)
    before = old.run(x)[0]
    made = optimize(old.folder)
    assert (made.folder / NETWORK).read_bytes() != network
    np.testing.assert_allclose(artifact.load(made.folder).run(x)[0], before, atol=1e-6)
    np.testing.assert_array_equal(made.array("calibration.npy"), [0, 1, 2])


def test_rewriting_needs_no_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "ectopy.training.onnx_layout", raising=False)
    assert optimize(model_folder("qrs"), tmp_path / "qrs").manifest.kind == "qrs-detector"
