from __future__ import annotations

import numpy as np

from ectopy.datasets.arrdb import BeatSequence
from ectopy.training import qrs_simulation
from ectopy.training.qrs_simulation import RATES, SECONDS, simulated


def test_marks_stand_where_waves_do_and_a_seed_gives_the_same() -> None:
    for seed in range(20):
        made = simulated(np.random.default_rng(seed))
        again = simulated(np.random.default_rng(seed))
        np.testing.assert_array_equal(made.record.signal, again.record.signal)
        assert made.record.fs in RATES
        assert made.record.duration == SECONDS
        assert np.isfinite(made.record.signal).all()
        assert made.record.annotations is not None
        assert np.abs(made.record.signal).max() > 0.05


def test_some_hearts_stand_still_and_some_are_very_fast() -> None:
    counts = []
    for seed in range(80):
        marks = simulated(np.random.default_rng(seed)).record.annotations
        assert marks is not None
        counts.append(60 * len(marks) / SECONDS)
    assert min(counts) == 0
    assert max(counts) > 230


def test_a_real_rhythm_is_followed() -> None:
    n = 400
    rr = np.where(np.arange(n) % 2, 0.5, 1.0)
    rhythm = BeatSequence(
        "someone", np.cumsum(rr), np.full(n, "N"), np.full(n, "N"), np.zeros(n, dtype=np.bool_)
    )
    found = 0
    for seed in range(40):
        made = simulated(np.random.default_rng(seed), [rhythm]).record
        assert made.annotations is not None
        ratio = np.diff(made.annotations.samples) / made.fs
        if len(ratio) > 10:
            pairs = ratio[1:] / ratio[:-1]
            found += bool((np.isclose(pairs, 2, atol=0.1) | np.isclose(pairs, 0.5, atol=0.1)).all())
    assert found >= 4


def test_pacing_spikes_are_no_beats() -> None:
    for seed in range(12):
        drawing = qrs_simulation._Drawing(np.random.default_rng(seed))
        qrs_simulation._paced(drawing)
        beats = np.sort(drawing.beats)
        assert len(beats) > 10
        assert np.diff(beats).min() > 0.25
