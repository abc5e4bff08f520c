import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ectopy.errors import AnnotationError, ParameterError
from ectopy.evaluation.matching import ALONE, match_beats
from naive_matching import match_slowly

beats = st.lists(st.integers(0, 600), max_size=30).map(sorted)
windows = st.integers(0, 60)


@given(beats, beats, windows)
def test_fast_matching_agrees_with_the_obvious_one(reference, test, window):
    found = match_beats(reference, test, window)
    events = [
        (None if i == ALONE else i, None if j == ALONE else j)
        for i, j in zip(found.reference.tolist(), found.test.tolist(), strict=True)
    ]
    assert events == match_slowly(reference, test, window)


@given(beats, beats, windows)
def test_every_beat_is_used_exactly_once(reference, test, window):
    found = match_beats(reference, test, window)
    assert sorted(found.reference[found.reference != ALONE]) == list(range(len(reference)))
    assert sorted(found.test[found.test != ALONE]) == list(range(len(test)))
    assert len(found.pairs) + len(found.missed) + len(found.extra) == len(found)


@given(beats, beats, windows)
def test_pairs_lie_in_the_window_and_never_cross(reference, test, window):
    pairs = match_beats(reference, test, window).pairs
    distance = np.take(reference or [0], pairs[:, 0]) - np.take(test or [0], pairs[:, 1])
    assert np.all(np.abs(distance) <= window)
    assert np.all(np.diff(pairs, axis=0) > 0)


@given(beats, beats, windows)
def test_no_two_lonely_beats_are_each_others_only_neighbour(reference, test, window):
    found = match_beats(reference, test, window)
    for i in found.missed:
        near = [j for j in range(len(test)) if abs(test[j] - reference[i]) <= window]
        rivals = [k for j in near for k in range(len(reference)) if abs(test[j] - reference[k]) <= window]
        assert not near or len(rivals) > 1 or len(near) > 1


@given(beats, windows)
def test_a_list_matches_itself(reference, window):
    assert match_beats(reference, reference, window).matched.all()


@pytest.mark.parametrize(
    ("reference", "test", "pairs"),
    [
        ([100], [154], [[0, 0]]),
        ([100], [155], []),
        ([100], [60, 90], [[0, 1]]),
        ([100], [90, 110], [[0, 1]]),
        ([0, 41], [23, 58], [[0, 0], [1, 1]]),
        ([100, 160], [150], [[1, 0]]),
        ([100, 100], [100], [[0, 0]]),
        ([], [], []),
    ],
    ids=[
        "window's edge",
        "outside",
        "nearer follows",
        "equally near: the later",
        "a follower that has a nearer beat to go to",
        "nearer reference",
        "duplicates",
        "empty",
    ],
)
def test_known_cases(reference, test, pairs):
    assert match_beats(reference, test, 54).pairs.tolist() == pairs


def test_beats_out_of_order_are_refused_by_name():
    with pytest.raises(AnnotationError, match="test_samples: 5 stands after 9; sort"):
        match_beats([1, 2], [9, 5], 54)


def test_a_negative_window_is_refused():
    with pytest.raises(ParameterError, match="window=-1 is negative"):
        match_beats([1], [1], -1)
