"""The thirty seconds of a real heart that are part of ectopy."""

from __future__ import annotations

import numpy as np

from ectopy import analyze, datasets
from ectopy.datasets import mitbih
from ectopy.evaluation.matching import match_beats

FIRST, LAST = 1650 * 360, 1680 * 360


def test_it_is_a_part_of_the_record_it_names(data_dir):
    excerpt, whole = datasets.load_excerpt(), datasets.load_record("228")
    np.testing.assert_array_equal(excerpt.signal, whole.signal[FIRST:LAST])
    beats, all_beats = excerpt.annotations.beats(), whole.annotations.beats()
    inside = (all_beats.samples >= FIRST) & (all_beats.samples < LAST)
    np.testing.assert_array_equal(beats.samples, all_beats.samples[inside] - FIRST)
    np.testing.assert_array_equal(beats.symbols, all_beats.symbols[inside])


def test_its_licence_lies_beside_it():
    told = mitbih._EXCERPT.with_name("README.md").read_text(encoding="utf-8")
    assert "Open Data Commons" in told
    assert "10.13026/C2F305" in told


def test_its_beats_are_found():
    excerpt = datasets.load_excerpt()
    analysis = analyze(excerpt)
    beats = excerpt.annotations.beats()
    matching = match_beats(beats.samples, analysis.beats.samples, round(0.15 * excerpt.fs))
    assert len(matching.pairs) >= len(beats.samples) - 1
    assert abs((analysis.classes == "V").sum() - (beats.symbols == "V").sum()) <= 2
