"""No test waveform is in training."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import naive
from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError
from ectopy.evaluation.duplicates import duplicate_check


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_finds_what_comparing_every_pair_finds(seed):
    rng = np.random.default_rng(seed)
    waveforms = rng.integers(-1, 2, (20, 2, 2)) * rng.choice([0.0, -0.0, 1.0])
    beats = Beats.of(waveforms, fs=120)
    train, validation, test = np.split(rng.permutation(20), [8, 12])
    split = Split("drawn", train, test, beats.patients, validation=validation, kind="intra-patient")
    found = duplicate_check(beats, split)
    expected = naive.duplicates(beats.waveforms, np.concatenate([train, validation]), test)
    assert found.test_rows.tolist() == expected
    assert found.passed == (not expected)
    np.testing.assert_array_equal(beats.waveforms[found.test_rows], beats.waveforms[found.train_rows])


def test_says_which_beat_is_which():
    beats = Beats.of(np.array([[[0.0, 1.0]], [[1.0, 0.0]], [[1.0, 0.0]]]), fs=120)
    found = duplicate_check(beats, Split("s", [0, 1], [2], beats.patients, kind="intra-patient"))
    assert str(found) == "1 of 1 test waveforms are also in training, such as row 2 as row 1"


def test_a_split_of_other_beats_is_refused():
    beats = Beats.of(np.zeros((2, 1, 3)), fs=120)
    with pytest.raises(ParameterError, match="made for 3 beats"):
        duplicate_check(beats, Split("s", [0], [1], np.array(["a", "b", "c"])))
