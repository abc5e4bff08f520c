"""Random splits exist by name only and are labelled."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.datasets.random_splits import RANDOM_SPLITS, random_split
from ectopy.errors import ParameterError

NORMAL = np.arange(5000) < 2919


@pytest.mark.parametrize("name", RANDOM_SPLITS)
def test_every_random_split_is_labelled_and_tests_no_trained_beat(name):
    split = random_split(name, ["one"] * 5000, normal=NORMAL)
    assert split.label == f"{name} (intra-patient)"
    assert not set(split.train) & set(split.test)
    if RANDOM_SPLITS[name].normals_only:
        assert NORMAL[split.train].all()
        assert NORMAL[split.validation].all()
        assert not NORMAL[split.test].all()


def test_the_published_sizes_of_ecg5000():
    split = random_split("ecg5000-85-10-5", ["one"] * 5000, normal=NORMAL)
    tested = NORMAL[split.test]
    assert (len(split.train), len(split.validation), tested.sum(), (~tested).sum()) == (2481, 293, 145, 145)


def test_the_seed_decides():
    first, same, other = (
        random_split("mitbih-90-10", ["a"] * 50, seed=seed).test.tolist() for seed in (0, 0, 1)
    )
    assert first == same != other


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ParameterError, match="choose one of: mitbih-90-10"):
        random_split("mine", ["a"])


def test_a_recipe_for_normal_beats_asks_which_are():
    with pytest.raises(ParameterError, match="ptb-85-15 trains on normal beats only"):
        random_split("ptb-85-15", ["a"] * 10)
