"""A classifier adapted to one person: labels move the beats like them, and nothing else."""

from __future__ import annotations

import time

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.models.adaptation import MOST_LABELS, BeatSpace, adapt

N, S, V = range(3)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.random.default_rng(0).choice(3, 3000, p=[0.8, 0.1, 0.1])


@pytest.fixture(scope="module")
def space(truth: np.ndarray) -> BeatSpace:
    """Three kinds of beats that differ in features; the shared classifier takes S and V for N at times."""
    rng = np.random.default_rng(1)
    features = rng.normal(0, 0.3, (len(truth), 40)).astype(np.float32)
    features[:, :30] += np.repeat(np.eye(3, dtype=np.float32)[truth], 10, axis=1)
    shared = np.tile([0.6, 0.25, 0.15], (len(truth), 1))
    return BeatSpace.of(features, shared)


def test_without_labels_it_says_what_the_shared_classifier_says(space: BeatSpace) -> None:
    np.testing.assert_allclose(adapt(space, [], []).probabilities, np.exp(space.prior))


def test_a_few_chosen_labels_find_the_classes_of_all(space: BeatSpace, truth: np.ndarray) -> None:
    rows: list[int] = []
    for _ in range(6):
        adapted = adapt(space, rows, truth[rows])
        rows.append(adapted.next_beat())
    assert len(set(rows)) == 6
    right = adapt(space, rows, truth[rows]).probabilities.argmax(axis=1) == truth
    assert right.mean() > 0.97
    assert (adapt(space, [], []).probabilities.argmax(axis=1) == truth).mean() < 0.85


def test_a_label_leaves_beats_that_are_unlike_it_alone(space: BeatSpace, truth: np.ndarray) -> None:
    ventricular = np.flatnonzero(truth == V)
    adapted = adapt(space, ventricular[:1], [V])
    assert (adapted.probabilities[ventricular].argmax(axis=1) == V).mean() > 0.9
    assert (adapted.probabilities[truth == S].argmax(axis=1) == V).mean() < 0.02
    near = adapted.alike(int(ventricular[0]))
    assert (truth[near] == V).all()
    assert len(near) > 5


def test_only_allowed_beats_are_asked_and_none_twice(space: BeatSpace) -> None:
    allowed = np.zeros(len(space), np.bool_)
    allowed[[5, 9]] = True
    first = adapt(space, [], []).next_beat(allowed)
    second = adapt(space, [first], [N]).next_beat(allowed)
    assert {first, second} == {5, 9}
    assert adapt(space, [5, 9], [N, N]).next_beat(allowed) is None


def test_thousands_of_labels_of_one_kind_do_not_drown_another(space: BeatSpace, truth: np.ndarray) -> None:
    normal, ventricular = np.flatnonzero(truth == N), np.flatnonzero(truth == V)
    rows = np.append(normal[:2000], ventricular[:3])
    adapted = adapt(space, rows, truth[rows])
    assert set(ventricular[:3]) <= set(adapted.rows)
    assert len(adapted.rows) <= MOST_LABELS
    assert (adapted.probabilities[ventricular].argmax(axis=1) == V).mean() > 0.9


def test_the_same_labels_give_the_same_probabilities(space: BeatSpace) -> None:
    one, two = (adapt(space, [3, 4, 5], [N, V, S]).probabilities for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_a_day_adapts_within_a_second() -> None:
    rng = np.random.default_rng(0)
    space = BeatSpace.of(
        rng.normal(size=(110_000, 40)).astype(np.float32), rng.dirichlet([8, 1, 1, 1], 110_000)
    )
    began = time.process_time()
    adapted = adapt(space, np.arange(20) * 5000, np.arange(20) % 4)
    assert adapted.next_beat() is not None
    assert time.process_time() - began < 1.0


def test_labels_and_features_that_do_not_match_are_refused(space: BeatSpace) -> None:
    with pytest.raises(ParameterError, match="one class a beat"):
        adapt(space, [1, 2], [0])
    with pytest.raises(ParameterError, match="one beat at the least"):
        BeatSpace.of(np.zeros((0, 3), np.float32), np.zeros((0, 4)))
