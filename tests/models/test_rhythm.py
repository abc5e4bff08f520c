"""The rhythm model: what is fibrillation, what is not, and how far it looks."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.errors import ArtifactError
from ectopy.features.atrial import (
    ATRIAL_FEATURES,
    LAGS,
    N_INTERVALS,
    atrial_features,
    atrial_intervals,
    interval_features,
)
from ectopy.models import artifact
from ectopy.models.registry import model_folder
from ectopy.models.rhythm import (
    APART,
    GAP,
    KIND,
    REACH,
    SHORTEST,
    default_rhythm,
    fibrillating,
    fibrillation_probabilities,
    load,
)
from ectopy.training.made_up_intervals import grouped_intervals, made_up_intervals


def by_intervals(rr: np.ndarray, classes: np.ndarray | None = None) -> np.ndarray:
    """Which beats are in fibrillation where the intervals are all that is known; normal ones by default."""
    features = np.zeros((len(rr), len(ATRIAL_FEATURES)), np.float32)
    called = np.full(len(rr), "N") if classes is None else classes
    features[:, :N_INTERVALS] = interval_features(atrial_intervals(rr.astype(np.float32), called))
    return fibrillating(fibrillation_probabilities(features))


def irregular(n: int, seed: int) -> np.ndarray:
    """Intervals of fibrillation: each drawn anew."""
    return np.clip(np.random.default_rng(seed).gamma(14, 0.05, n), 0.33, 2.0)


def regular(n: int, seed: int, mean: float = 0.85) -> np.ndarray:
    return mean + 0.02 * np.random.default_rng(seed).standard_normal(n)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_drawn_anew_are_fibrillation_and_steady_ones_are_not(seed):
    assert by_intervals(irregular(200, seed)).mean() > 0.8  # with waves hidden
    assert not by_intervals(regular(200, seed)).any()


def test_other_irregular_rhythms_are_seldom_fibrillation_even_where_no_wave_is_seen():
    told = [by_intervals(made_up_intervals(200, np.random.default_rng(seed))).any() for seed in range(40)]
    assert np.mean(told) <= 0.25


def grouped(seed: int, group: tuple[float, ...]) -> np.ndarray:
    """Intervals of a group of beats that comes again and again, with the jitter of a sinus rhythm."""
    return np.resize(group, 200) * (1 + 0.01 * np.random.default_rng(seed).standard_normal(200))


@pytest.mark.parametrize("group", [(0.6, 1.1), (0.8, 0.5, 1.1), (0.85, 0.85, 0.6, 1.1), (0.9, 1.5, 0.9, 0.9)])
@pytest.mark.parametrize("seed", range(3))
def test_beats_in_groups_are_no_fibrillation_though_their_intervals_differ(group, seed):
    assert not by_intervals(grouped(seed, group)).any()


@pytest.mark.parametrize("seed", range(3))
def test_premature_beats_at_any_time_are_no_fibrillation(seed):
    rng = np.random.default_rng(seed)
    rr = regular(200, seed)
    for beat in range(4, 195, 5):
        early = rng.uniform(0.55, 0.75)
        rr[beat : beat + 2] *= early, 2 - early
    assert by_intervals(rr).mean() < 0.2


@pytest.mark.parametrize("seed", range(3))
def test_an_episode_begins_and_ends_within_a_dozen_beats(seed):
    rr = np.concatenate([regular(150, seed), irregular(150, seed), regular(150, seed + 1)])
    places = np.flatnonzero(by_intervals(rr))
    assert abs(places[0] - 150) <= 12
    assert abs(places[-1] - 299) <= 12
    assert len(places) == places[-1] - places[0] + 1


@pytest.mark.parametrize("seed", range(3))
def test_ventricular_beats_in_groups_are_no_fibrillation_though_some_are_called_normal(seed):
    told = [
        by_intervals(*grouped_intervals(200, np.random.default_rng(100 * seed + k))).any() for k in range(20)
    ]
    assert np.mean(told) <= 0.1


def test_an_interval_across_a_ventricular_beat_counts_as_the_sinus_intervals_that_it_spans():
    rr = np.array([0.8, 0.8, 0.5, 1.1, 0.8, 0.4, 0.42, 0.8, 0.5, 0.5, 1.3, 0.8], np.float32)
    found = atrial_intervals(rr, np.array(list("NNVNNVNNVVNN")))
    assert found.across.nonzero()[0].tolist() == [3, 6]  # not behind a couplet
    np.testing.assert_allclose(found.rr[found.across], [0.8, 0.82])
    assert found.between.nonzero()[0].tolist() == [1, 4, 7, 11]
    gap = rr.copy()
    gap[3] = np.nan
    assert not atrial_intervals(gap, np.array(list("NNVNNVNNVVNN"))).across[3]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_intervals_that_come_again_are_alike_at_the_lag_of_their_group(size):
    rr = grouped(0, (0.8,) * (size - 2) + (0.5, 1.1)).astype(np.float32)
    rows = interval_features(atrial_intervals(rr, np.full(len(rr), "N")))
    similar = rows[50:150, N_INTERVALS - len(LAGS) :].mean(axis=0)
    assert similar[size - 1] > 0.8
    assert similar[0] < 0.6


@pytest.mark.parametrize(("n_beats", "needed"), [(200, 30), (60, 30), (40, 20), (24, 15), (16, 11), (10, 7)])
def test_half_of_a_short_recording_is_a_stretch_but_hardly_less_than_fifteen_beats(n_beats, needed):
    for n_inside in (needed - 1, needed):
        probabilities = np.zeros(n_beats, np.float32)
        probabilities[:n_inside] = 0.9
        assert fibrillating(probabilities).sum() == (n_inside if n_inside == needed else 0)


def test_nothing_is_made_of_unknown_intervals():
    assert not by_intervals(np.full(100, np.nan)).any()
    assert by_intervals(np.empty(0)).shape == (0,)


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_short_recordings_have_an_answer(n):
    assert by_intervals(regular(n, 0)).tolist() == [False] * n


def test_beats_beyond_the_reach_have_no_say():
    rr = np.concatenate([regular(300, 0), irregular(300, 1), regular(300, 2)])
    whole = by_intervals(rr)
    for start, stop in ((0, 500), (250, 650), (430, 900)):
        part = by_intervals(rr[start:stop])
        first, last = start + (REACH if start else 0), stop - (REACH if stop < 900 else 0)
        assert (part[first - start : last - start] == whole[first:last]).all()


def test_short_stretches_are_no_rhythm_and_short_gaps_end_none():
    def told(*lengths: int) -> int:
        pieces = [np.full(n, 0.9 if i % 2 else 0.1, np.float32) for i, n in enumerate(lengths)]
        return int(fibrillating(np.concatenate(pieces)).sum())

    assert told(60, SHORTEST - 1, 60) == 0
    assert told(60, SHORTEST, 60) == SHORTEST
    assert told(60, 40, GAP - 1, 40, 60) == 80 + GAP - 1
    assert told(60, 20, GAP, 20, 60) == 0
    assert told(60, 40, APART - 1, 40, 60) == 80 + APART - 1
    assert told(60, 40, APART, 40, 60) == 80


def test_a_strip_of_half_a_minute_is_fibrillation_if_half_of_it_is():
    assert fibrillating(np.full(25, 0.9, np.float32)).all()
    assert fibrillating(np.repeat(np.float32([0.9, 0.1]), [20, 20])).any()
    assert not fibrillating(np.repeat(np.float32([0.9, 0.1]), [19, 21])).any()


def test_windows_that_nobody_can_judge_do_not_count():
    rng = np.random.default_rng(0)
    waves = rng.standard_normal((50, 96)).astype(np.float32)
    classes = np.full(50, "N")
    classes[20:30] = "?"
    intervals = atrial_intervals(np.full(50, 0.8, np.float32), classes)
    broken = waves.copy()
    broken[20:30] = 1e6
    rows = atrial_features(intervals, waves, 120.0, 48)
    assert np.array_equal(rows, atrial_features(intervals, broken, 120.0, 48))
    assert np.isfinite(rows).all()
    assert (rows[20:30, N_INTERVALS:] == 0).all()


def test_the_size_of_the_signal_does_not_matter():
    waves = np.random.default_rng(0).standard_normal((50, 96)).astype(np.float32)
    intervals = atrial_intervals(np.full(50, 0.8, np.float32), np.full(50, "N"))
    small, large = (atrial_features(intervals, size * waves, 120.0, 48) for size in (1.0, 4.0))
    np.testing.assert_allclose(small, large, atol=1e-4)


def test_a_model_of_other_features_is_refused(tmp_path):
    shipped = default_rhythm()
    manifest = shipped.manifest.model_copy(update={"parameters": {"features": ["rr"]}})
    files = {name: (shipped.folder / name).read_bytes() for name in manifest.files}
    artifact.save(tmp_path / "other", manifest, files)
    with pytest.raises(ArtifactError, match="uses other features"):
        load(tmp_path / "other")
    with pytest.raises(ArtifactError, match=KIND):
        load(model_folder("qrs"))


def test_the_shipped_model_is_small_and_states_its_reach():
    shipped = default_rhythm()
    size = sum((shipped.folder / name).stat().st_size for name in shipped.manifest.files)
    assert size <= 250_000
    assert shipped.manifest.parameters["reach_beats"] == REACH
