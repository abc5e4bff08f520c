"""The threshold keeps its promise in the database where that is hardest, each person counting the same."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.models.encoder_detector import RATES
from ectopy.models.registry import DEFAULT_ENCODER, model_folder
from ectopy.models.trained_encoder import TrainedEncoder
from ectopy.recipes.encoder_detector import METHODS, People, normal_scores, realised, thresholds
from ectopy.simulation import Rhythm, simulate


def test_every_person_counts_the_same_however_long_the_recording() -> None:
    rng = np.random.default_rng(0)
    long, short = rng.normal(0, 1, 100_000), [rng.normal(2, 1, 200) for _ in range(9)]
    curve = thresholds({"one": [long, *short]})
    for rate in (0.01, 0.02, 0.1):
        at = np.interp(np.log(rate), np.log(RATES), curve)
        assert np.mean([(each > at).mean() for each in (long, *short)]) == pytest.approx(rate, rel=0.1)


def test_the_promise_is_kept_in_the_hardest_database() -> None:
    easy, hard = np.arange(1000.0), np.arange(1000.0) + 500
    np.testing.assert_array_equal(thresholds({"easy": [easy], "hard": [hard]}), thresholds({"hard": [hard]}))


def test_only_normal_beats_are_counted_by_each_method() -> None:
    rhythm = Rhythm(ventricular=0.1)
    records = [simulate(60, seed=seed, rhythm=rhythm, name=f"made {seed}") for seed in (1, 2)]
    encoder = TrainedEncoder.load(model_folder(DEFAULT_ENCODER))
    marked = normal_scores(People("made", records, marked=True), encoder)
    every = normal_scores(People("made", records), encoder)
    for method in METHODS:
        assert sum(map(len, marked[method])) < sum(map(len, every[method])), method
    found = realised({"made": marked}, dict.fromkeys(METHODS, 1e9))
    assert found["made"]["beat encoder"]["worst person"] == 0
    assert found["made"]["beat encoder"]["people"] == 2
