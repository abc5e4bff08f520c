"""The evidence model learns to tell what repeats from what does not, and how much of either it may lose."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.features.ectopic_evidence import EVIDENCE
from ectopy.models import ectopic_evidence
from ectopy.recipes.ectopic_evidence import LOST, EvidenceRows, fit_evidence

N = 400


def rows(seed: int = 0) -> EvidenceRows:
    rng = np.random.default_rng(seed)
    ectopic = np.arange(N) % 2 == 0
    evidence = rng.standard_normal((N, len(EVIDENCE))).astype(np.float32)
    evidence[:, 3] += 4 * ectopic
    return EvidenceRows(
        evidence,
        np.array(list("SVF"))[np.arange(N) % 3],
        ectopic,
        np.zeros(N, np.bool_),
        np.array([f"{['', 'cinc2017-'][i % 2]}{i // 10}" for i in range(N)]),
    )


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    pytest.importorskip("torch")
    return fit_evidence(rows(), tmp_path_factory.mktemp("model"), epochs=8, seed=0), rows()


def test_all_but_a_promised_share_of_the_known_beats_is_believed(manifest) -> None:
    made, learned = manifest
    for name, lost in LOST.items():
        figures = made.metrics[f"doubted of what was called {name}, cross-validated by person"]
        assert figures["ectopic beats"]["beats"] == int(((learned.predicted == name) & learned.ectopic).sum())
        assert figures["ectopic beats"]["doubted"] == pytest.approx(lost, abs=0.02)
        assert figures["recordings labelled normal"]["doubted"] > 0.5


def test_people_of_many_beats_weigh_little_more() -> None:
    few_and_many = EvidenceRows(
        np.zeros((110, len(EVIDENCE)), np.float32),
        np.full(110, "V"),
        np.ones(110, np.bool_),
        np.zeros(110, np.bool_),
        np.array(["few"] * 10 + ["many"] * 100),
    )
    weights = few_and_many.weights
    assert weights[10:].sum() / weights[:10].sum() == pytest.approx(np.sqrt(10))


def test_what_was_written_is_read(tmp_path) -> None:
    pytest.importorskip("torch")
    fit_evidence(rows(1), tmp_path / "model", epochs=2, seed=1)
    model = ectopic_evidence.load(tmp_path / "model")
    (probability,) = model.run(rows(1).evidence)
    assert probability.shape == (N,)
