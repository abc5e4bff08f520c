"""What the rhythm model learns from is what an analysis shows it."""

from __future__ import annotations

import numpy as np

from ectopy.analysis.pipeline import Pipeline
from ectopy.datasets.arrdb import BeatSequence
from ectopy.recipes.rhythm import find_beats, of_beats, of_sequence
from ectopy.simulation import simulate
from ectopy.simulation.rhythm import Rhythm


def test_beats_and_classes_are_those_of_an_analysis():
    pipeline = Pipeline.shipped()
    record = simulate(120, 250, ("II",), rhythm=Rhythm(ventricular=0.1), seed=3)
    analysis = pipeline.run(record, waves=False)
    found = find_beats(record, pipeline)
    assert np.array_equal(found.samples, analysis.beats.samples)
    assert (analysis.classes == "V").sum() > 5
    assert np.array_equal(found.classes == "V", analysis.classes == "V")
    (learned,) = of_beats("mitdb", "p", found, np.zeros(len(found.rr), np.int8))
    assert np.isclose(np.median(np.ptp(learned.waveforms[:, 38:59], axis=1)), 1)


def test_intervals_without_signal_keep_which_beats_are_ventricular():
    beats = np.array(["N"] * 10 + ["V"] + ["S"] * 9)
    unreadable = np.arange(20) == 15
    sequence = BeatSequence("arrdb-1", 0.8 * np.arange(20.0), beats, np.full(20, "N"), unreadable)
    learned = of_sequence(sequence)
    assert "".join(learned.classes) == "N" * 10 + "V" + "N" * 4 + "?" + "N" * 4
    assert np.isnan(learned.rr).nonzero()[0].tolist() == [0, 15, 16]
    assert not learned.has_signal
