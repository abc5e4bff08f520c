"""Rows that the rhythm model learns from: onsets where they are, nothing learned where nothing is known."""

from __future__ import annotations

import numpy as np

from ectopy.features.atrial import ATRIAL_FEATURES, N_INTERVALS
from ectopy.training.made_up_intervals import grouped_intervals, made_up_intervals
from ectopy.training.rhythm_rows import LENGTH, UNSURE, RhythmRecording, rhythm_rows


def recording(group: str, label: int, seed: int, n: int = 40, *, signal: bool = True) -> RhythmRecording:
    rng = np.random.default_rng(seed)
    rr = rng.uniform(0.4, 1.2, n).astype(np.float32) if label == 1 else np.full(n, 0.8, np.float32)
    waves = rng.standard_normal((n, 96)).astype(np.float32)
    classes = np.where(np.arange(n) % 7 == 6, "V", "N")
    return RhythmRecording(
        group, f"{group} {seed}", rr, classes, np.full(n, label, np.int8), waves if signal else waves[:, :0]
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


def test_ventricular_beats_in_groups_are_partly_called_normal():
    found = [grouped_intervals(100, np.random.default_rng(seed)) for seed in range(50)]
    for rr, classes in found:
        assert rr.shape == classes.shape == (100,)
        assert (rr > 0.2).all()
        ventricular = np.flatnonzero(classes[:-1] == "V")
        assert (rr[ventricular] < rr[ventricular + 1]).all()  # early, and a pause after it
    shares = [(classes == "V").mean() for _, classes in found]
    assert min(shares) < 0.05
    assert max(shares) > 0.3


def test_part_of_the_ventricular_beats_is_learned_from_as_if_it_were_normal():
    one = recording("mitdb", 0, 5, n=LENGTH)
    pools = [recording("cinc2017 A", 1, 0), recording("cinc2017 N", 0, 1)]
    bare = [recording("arrdb", label, label, n=400, signal=False) for label in (0, 1)]
    rows = rhythm_rows([one, *pools, *bare], 120.0, 48, seed=0)
    known = [int((row[:, N_INTERVALS + 1] == 1).sum()) for row in rows.features[:2]]  # first of them: `one`
    assert known[0] == (one.classes == "N").sum()
    assert known[0] < known[1] < LENGTH
