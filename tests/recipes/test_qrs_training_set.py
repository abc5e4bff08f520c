from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.cudb import cudb_records
from ectopy.datasets.people import kept_apart
from ectopy.recipes import qrs_training_set
from ectopy.recipes.qrs_training_set import SHARES, draw
from ectopy.training.qrs_examples import QrsExamples


def examples(value: float, n: int) -> QrsExamples:
    leads = np.full((n, 2, 2048), value, np.float32)
    return QrsExamples(leads, np.full((n, 1024), value, np.float32), np.ones((n, 1024), np.float32))


def test_every_kind_has_its_share() -> None:
    some = {"ds1": examples(1, 3), "simulated": examples(2, 50), "cudb": examples(3, 0)}
    drawn = draw(some, 4000, np.random.default_rng(0))
    assert drawn.leads.shape == (4000, 2, 1024)
    share = (drawn.leads[:, 0, 0] == 1).mean()
    assert share == pytest.approx(SHARES["ds1"] / (SHARES["ds1"] + SHARES["simulated"]), abs=0.03)


def test_a_half_keeps_its_targets_beneath_its_leads() -> None:
    ramp = np.arange(2048, dtype=np.float32)
    leads = np.tile(ramp, (5, 2, 1))
    whole = QrsExamples(leads, leads[:, 0, ::2].copy(), leads[:, 1, ::2].copy())
    half = whole.halves(np.array([4, 0, 0, 2]), np.random.default_rng(1))
    np.testing.assert_array_equal(half.leads[:, 1, ::2], half.targets)
    np.testing.assert_array_equal(half.targets, half.weights)
    assert len(np.unique(half.leads[:, 0, 0])) > 1


def test_the_shares_make_a_whole() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)


def test_nobody_who_is_kept_apart_is_learned_from(data_dir: Path) -> None:
    learned = [each.record for each in qrs_training_set._cudb()]
    assert learned
    assert not any(kept_apart(f"cudb-{record.name}") for record in learned)
    assert {record.name for record in learned} < set(cudb_records())
    for record in learned:
        assert record.reference_annotations().beats().samples[-1] < record.n_samples
