"""Beats of one shape are found together, the largest cluster first."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.clusters import MAX_CLUSTERS, morphology_clusters

TIME = np.linspace(-1, 1, 96)
SHAPES = {
    "narrow": np.exp(-((TIME / 0.05) ** 2)),
    "wide": -np.exp(-(((TIME - 0.1) / 0.3) ** 2)),
    "two-peaked": np.exp(-(((TIME + 0.2) / 0.06) ** 2)) - np.exp(-(((TIME - 0.2) / 0.06) ** 2)),
}


def mixed(counts: dict[str, int], noise: float = 0.03, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return shuffled beats of given shapes, and the name of each."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(np.repeat(list(counts), list(counts.values())))
    waves = np.array([SHAPES[name] for name in names]).reshape(-1, 96)
    return (waves + rng.normal(0, noise, waves.shape)).astype(np.float32), names


def test_shapes_are_told_apart_and_numbered_by_size():
    waves, names = mixed({"wide": 30, "narrow": 500, "two-peaked": 9})
    cluster = morphology_clusters(waves)
    for number, name in enumerate(("narrow", "wide", "two-peaked")):
        assert set(cluster[names == name]) == {number}


def test_a_rare_shape_is_not_swallowed_by_a_long_recording():
    waves, names = mixed({"narrow": 20_000, "wide": 3})
    cluster = morphology_clusters(waves)
    assert set(cluster[names == "wide"]) == {1}
    assert set(cluster[names == "narrow"]) == {0}


def test_size_and_offset_do_not_matter():
    waves, _ = mixed({"narrow": 40, "wide": 8})
    changed = waves * np.linspace(0.3, 3, len(waves))[:, None].astype(np.float32) + 5
    np.testing.assert_array_equal(morphology_clusters(changed), morphology_clusters(waves))


def test_upside_down_is_another_shape():
    waves = np.array([SHAPES["narrow"]] * 4 + [-SHAPES["narrow"]] * 2, np.float32)
    assert morphology_clusters(waves).tolist() == [0, 0, 0, 0, 1, 1]


def test_the_order_of_the_beats_does_not_matter():
    waves, _ = mixed({"narrow": 60, "wide": 25, "two-peaked": 10})
    order = np.random.default_rng(5).permutation(len(waves))
    np.testing.assert_array_equal(morphology_clusters(waves[order]), morphology_clusters(waves)[order])


def test_the_same_beats_give_the_same_families():
    waves, _ = mixed({"narrow": 900, "wide": 60}, noise=0.2)
    np.testing.assert_array_equal(morphology_clusters(waves), morphology_clusters(waves))


def test_noise_has_few_families_and_every_beat_has_one():
    waves = np.random.default_rng(0).normal(size=(300, 96)).astype(np.float32)
    cluster = morphology_clusters(waves)
    assert set(cluster) == set(range(MAX_CLUSTERS))
    sizes = np.bincount(cluster)
    assert (np.diff(sizes) <= 0).all()


@pytest.mark.parametrize("n", [0, 1])
def test_none_and_one(n):
    waves, _ = mixed({"narrow": n})
    assert morphology_clusters(waves).tolist() == [0] * n


def test_beats_without_a_shape_are_a_family_too():
    assert morphology_clusters(np.zeros((5, 96), np.float32)).tolist() == [0] * 5
