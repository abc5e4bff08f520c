"""Networks in 8 bits find what they find in 32."""

from __future__ import annotations

import numpy as np
import onnxruntime as ort
import pytest

from ectopy.edge.quantisation import RUNS, calibration_inputs, quantised
from ectopy.errors import ParameterError
from ectopy.models import artifact
from ectopy.models.artifact import NETWORK
from ectopy.models.registry import model_folder, shipped_models
from ectopy.simulation import simulate


@pytest.mark.parametrize("name", [model.name for model in shipped_models() if model.kind in RUNS])
def test_every_network_answers_nearly_the_same(name: str) -> None:
    loaded = artifact.load(model_folder(name))
    records = [simulate(150, seed=1), simulate(150, heart_rate=110, seed=2)]
    content = (loaded.folder / NETWORK).read_bytes()
    small = quantised(content, calibration_inputs(loaded, records))
    assert len(small) < 0.8 * len(content)
    shown = calibration_inputs(loaded, [simulate(150, heart_rate=80, seed=3)])[0]
    session = ort.InferenceSession(small, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: shown})
    for answer, expected in zip(answers, loaded.run(shown), strict=True):
        assert np.corrcoef(answer.ravel(), expected.ravel())[0, 1] > 0.98


def test_another_kind_of_model_is_refused() -> None:
    loaded = artifact.load(model_folder("qrs"))
    other = artifact.Artifact(loaded.folder, loaded.manifest.model_copy(update={"kind": "denoiser"}))
    with pytest.raises(ParameterError, match="kind='denoiser' is unknown"):
        calibration_inputs(other, [])
