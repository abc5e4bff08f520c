"""Rows that the rhythm model learns from: onsets where they are, nothing learned where nothing is known."""

from __future__ import annotations

import numpy as np

from ectopy.features.atrial import ATRIAL_FEATURES, atrial_features
from ectopy.training.rhythm_rows import (
    LENGTH,
    UNSURE,
    RhythmRecording,
    made_up_intervals,
    rhythm_rows,
)


def recording(group: str, label: int, seed: int, n: int = 40, *, signal: bool = True) -> RhythmRecording:
    rng = np.random.default_rng(seed)
    rr = rng.uniform(0.4, 1.2, n).astype(np.float32) if label == 1 else np.full(n, 0.8, np.float32)
    waves, judged = rng.standard_normal((n, 96)).astype(np.float32), np.ones(n, np.bool_)
    features = atrial_features(rr, waves, judged, 120.0, 48)
    return RhythmRecording(
        group, rr, np.full(n, label, np.int8), features, waves if signal else waves[:, :0], judged
    )


def test_rows_are_whole_known_and_weighted():
    learned = [
        recording("cinc2017 A", 1, 0),
        recording("cinc2017 N", 0, 1),
        recording("mitdb", UNSURE, 2, n=300),
        recording("arrdb", 1, 3, n=400, signal=False),
        recording("arrdb", 0, 4, n=400, signal=False),
    ]
    rows = rhythm_rows(learned, 120.0, 48, seed=0)
    assert rows.features.shape[1:] == (LENGTH, len(ATRIAL_FEATURES))
    assert rows.features.shape[:2] == rows.labels.shape == rows.weights.shape
    assert np.isfinite(rows.features).all()
    assert (rows.weights[~rows.features.any(axis=2)] == 0).all()  # beats that are not there
    assert set(np.unique(rows.labels)) == {0, 1}
    both = (rows.labels == 0) & (rows.weights > 0)
    onsets = both.any(axis=1) & ((rows.labels == 1) & (rows.weights > 0)).any(axis=1)
    assert onsets.sum() > 1000
    again = rhythm_rows(learned, 120.0, 48, seed=0)
    assert np.array_equal(rows.features, again.features)
    assert np.array_equal(rows.weights, again.weights)


def test_intervals_that_are_made_up_are_possible():
    for seed in range(50):
        rr = made_up_intervals(100, np.random.default_rng(seed))
        assert rr.shape == (100,)
        assert (rr >= 0.25).all()
        assert (rr <= 2.9).all()
