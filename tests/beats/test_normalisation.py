"""Beats of different people and devices brought to one size, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.beats.normalisation import (
    NORMALISATIONS,
    code_deviation,
    limit_reconstructions,
    normalise,
    relative_scores,
    template_correlation,
)
from ectopy.beats.template import TEMPLATE_BEATS
from ectopy.errors import ParameterError

TIME = np.linspace(-1, 1, 40)
NARROW = np.exp(-((TIME / 0.1) ** 2))
WIDE = -np.exp(-((TIME / 0.4) ** 2))


def person(n: int, height: float, abnormal: int = 0, seed: int = 0, spread: float = 0.02) -> np.ndarray:
    """Return beats of one person, the last ones wide, (n, 1, 40)."""
    rng = np.random.default_rng(seed)
    shapes = np.where((np.arange(n) >= n - abnormal)[:, None], WIDE, NARROW)
    return (height * (shapes + rng.normal(0, spread, (n, 40))))[:, None].astype(np.float32)


@pytest.mark.parametrize("kind", NORMALISATIONS)
@given(st.integers(0, 999), st.floats(0.01, 100), st.floats(-5, 5))
@settings(max_examples=10, deadline=None)
def test_undoing_gives_back_the_beats(kind, seed, height, offset):
    beats = person(12, height, abnormal=3, seed=seed) + np.float32(offset)
    normal = normalise(beats, kind)
    np.testing.assert_allclose(normal.undo(normal.waveforms), beats, atol=1e-4 * (height + abs(offset)))


@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_nothing_becomes_infinite_where_nothing_moves(kind):
    for beats in (np.zeros((3, 2, 8), np.float32), np.full((3, 2, 8), 0.3, np.float32)):
        assert np.isfinite(normalise(beats, kind).waveforms).all()


@pytest.mark.parametrize("kind", NORMALISATIONS)
def test_no_beats_stay_no_beats_and_numbers_stay_small(kind):
    normal = normalise(np.zeros((0, 1, 8), np.float32), kind)
    assert normal.waveforms.shape == (0, 1, 8)
    assert normalise(person(5, 1.0), kind).waveforms.dtype == np.float32


@pytest.mark.parametrize("kind", ["zscore", "minmax"])
def test_size_and_offset_of_a_window_do_not_matter(kind):
    beats = person(6, 1.0)
    np.testing.assert_allclose(
        normalise(7 * beats + 3, kind).waveforms, normalise(beats, kind).waveforms, atol=1e-4
    )


@pytest.mark.parametrize("kind", ["zscore", "minmax"])
def test_a_window_is_treated_by_itself(kind):
    beats = person(6, 1.0, abnormal=2)
    alone = np.concatenate([normalise(beats[[i]], kind).waveforms for i in range(6)])
    np.testing.assert_array_equal(normalise(beats, kind).waveforms, alone)


def test_each_kind_does_what_it_says():
    beats = person(6, 3.0)
    z = normalise(beats, "zscore").waveforms
    np.testing.assert_allclose(z.mean(axis=-1), 0, atol=1e-5)
    np.testing.assert_allclose(z.std(axis=-1), 1, atol=1e-5)
    m = normalise(beats, "minmax").waveforms
    assert (m.min(), m.max()) == (0, 1)
    np.testing.assert_array_equal(normalise(beats, "none").waveforms, beats)


def test_leads_are_treated_apart():
    one, other = person(9, 1.0), person(9, 50.0, seed=1)
    both = np.concatenate([one, other], axis=1)
    for kind in NORMALISATIONS:
        found = normalise(both, kind).waveforms
        np.testing.assert_array_equal(found[:, :1], normalise(one, kind).waveforms)
        np.testing.assert_array_equal(found[:, 1:], normalise(other, kind).waveforms)


@pytest.mark.parametrize("abnormal", [0, 10, 40])
def test_the_own_beat_is_the_usual_one_even_with_many_abnormal(abnormal):
    beats = person(100, 2.0, abnormal=abnormal)
    normal = normalise(beats, "template")
    np.testing.assert_allclose(normal.offset[0, 0], 2 * NARROW, atol=0.05)
    size = np.abs(normal.waveforms).mean(axis=(1, 2))
    usual, odd = size[: 100 - abnormal], size[100 - abnormal :]
    assert np.median(usual) == pytest.approx(1, abs=0.2)
    assert (odd > 5 * usual.max()).all()


def test_a_height_that_all_beats_share_does_not_matter():
    beats = person(60, 1.0, abnormal=5)
    ours, theirs = normalise(beats, "template"), normalise(8 * beats, "template")
    np.testing.assert_allclose(theirs.waveforms, ours.waveforms, rtol=1e-3, atol=1e-3)


def test_what_no_recorder_resolves_is_no_difference():
    beats = person(40, 1.0, spread=0.0)
    beats[::4] += np.float32(1e-5)
    assert np.abs(normalise(beats, "template").waveforms).max() < 0.01


def test_everybody_is_compared_with_themselves():
    small, large = person(50, 0.5), person(50, 5.0, seed=1)
    mixed = np.stack([small, large], axis=1).reshape(100, 1, 40)
    people = np.tile(["a", "b"], 50)
    found = normalise(mixed, "template", sources=people).waveforms
    np.testing.assert_array_equal(found[::2], normalise(small, "template").waveforms)
    np.testing.assert_array_equal(found[1::2], normalise(large, "template").waveforms)


def test_a_shape_that_changes_over_the_day_is_followed():
    early, late = person(3 * TEMPLATE_BEATS, 1.0), person(3 * TEMPLATE_BEATS, 2.0, seed=1)
    size = np.abs(normalise(np.concatenate([early, late]), "template").waveforms).mean(axis=(1, 2))
    assert np.median(size[: 3 * TEMPLATE_BEATS]) == pytest.approx(1, abs=0.2)
    assert np.median(size[3 * TEMPLATE_BEATS :]) == pytest.approx(1, abs=0.2)


def test_a_single_beat_is_its_own_usual():
    assert not normalise(person(1, 1.0), "template").waveforms.any()


def test_scores_are_set_beside_what_is_usual_for_the_person():
    scores = np.array([1, 1, 1, 1, 9, 4, 4, 4, 4, 36], np.float32)
    people = np.repeat(["a", "b"], 5)
    assert relative_scores(scores, scores < 9, people).tolist() == [1, 1, 1, 1, 9] * 2
    assert scores[5] == 4  # what came in is left alone


def test_more_abnormal_beats_do_not_raise_what_is_usual():
    few, many = (np.r_[np.ones(60), np.full(n, 9.0)].astype(np.float32) for n in (3, 40))
    correlation = np.r_[np.ones(60), np.zeros(40)]
    assert relative_scores(few, correlation[:63])[-1] == relative_scores(many, correlation)[-1] == 9


def test_someone_whose_beats_are_all_unlike_still_has_usual_ones():
    found = relative_scores(np.array([2, 2, 2, 8], np.float32), [0.5, 0.5, 0.4, 0.1])
    assert found.tolist() == [1, 1, 1, 4]


def test_scores_of_zero_stay_zero():
    assert relative_scores(np.zeros(4, np.float32), np.ones(4)).tolist() == [0, 0, 0, 0]
    assert relative_scores(np.zeros(0, np.float32), np.zeros(0)).shape == (0,)


def test_scores_of_beats_that_hardly_differ_are_not_blown_up():
    scores = np.array([1e-6] * 9 + [1e-2], np.float32)
    assert relative_scores(scores, np.ones(10)).max() < 0.1
    assert relative_scores(scores, np.arange(10) < 9, minimum=0).max() == pytest.approx(1e4)


def test_the_correlation_with_the_template_is_the_same_whatever_the_size_of_the_beat():
    beats = person(30, 1.0, abnormal=5, spread=0.0)
    templates = normalise(beats, "template").offset
    correlation = template_correlation(7 * beats + 3, templates)
    np.testing.assert_allclose(correlation[:25], 1, atol=1e-5)
    assert (correlation[25:] < 0).all()
    two = template_correlation(
        np.concatenate([beats, -beats], axis=1), np.concatenate([templates, templates], axis=1)
    )
    np.testing.assert_allclose(two, 0, atol=1e-5)  # alike on one lead, opposite on the other


def test_a_code_is_strange_beside_the_codes_of_the_same_person():
    codes = np.array([[0, 0], [0, 0], [0, 4], [9, 9], [9, 9], [9, 1]], np.float32)
    assert code_deviation(codes, np.repeat(["a", "b"], 3)).tolist() == [0, 0, 2, 0, 0, 4]


def test_a_picture_strays_no_further_from_the_own_beat_than_the_beat_does():
    beats = np.array([[[0.0, 1.0, -2.0]], [[5.0, 0.0, 0.0]]], np.float32)
    reconstructed = np.array([[[9.0, 0.5, -9.0]], [[4.0, 0.0, -9.0]]], np.float32)
    assert limit_reconstructions(reconstructed, beats).tolist() == [[[2, 0.5, -2]], [[4, 0, -5]]]
    assert limit_reconstructions(reconstructed[:0], beats[:0]).shape == (0, 1, 3)


def test_an_unknown_kind_lists_the_known():
    with pytest.raises(ParameterError, match="choose one of: template, zscore, minmax, none"):
        normalise(person(3, 1.0), "z-score")


@pytest.mark.parametrize(
    "call",
    [
        lambda names: normalise(person(3, 1.0), "template", names),
        lambda names: relative_scores([1, 2, 3], [1, 1, 1], names),
    ],
)
def test_one_source_a_beat(call):
    with pytest.raises(ParameterError, match="sources has 2 entries for 3 beats"):
        call(["a", "b"])
