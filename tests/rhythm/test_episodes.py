"""Episodes: their marks are what the EC57 comparators read, and their sums what a reader is told."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.evaluation.ec57 import compare_episodes
from ectopy.record import Annotations
from ectopy.rhythm.episodes import (
    ATRIAL_FIBRILLATION,
    ATRIAL_FLUTTER,
    BRADYCARDIA,
    EPISODE_KINDS,
    TACHYCARDIA,
    VENTRICULAR_FIBRILLATION,
    Episode,
    episode_totals,
    inside_episodes,
    rhythm_marks,
)
from ectopy.rhythm.rates import rate_episodes


def told(*episodes: Episode, n_samples: int = 10_000) -> list[tuple[int, str]]:
    marks = rhythm_marks(episodes, n_samples)
    return [
        (sample, aux or symbol)
        for sample, symbol, aux in zip(marks.samples, marks.symbols, marks.aux, strict=True)
    ]


def test_a_rhythm_that_follows_another_has_one_mark_between_them():
    flutter, fibrillation = Episode(ATRIAL_FLUTTER, 1000, 2000), Episode(ATRIAL_FIBRILLATION, 2000, 3000)
    assert told(fibrillation, flutter) == [(999, "(AFL"), (1999, "(AFIB"), (2999, "(N")]


def test_what_lasts_from_start_to_end_has_no_mark_beyond_the_recording():
    assert told(Episode(ATRIAL_FIBRILLATION, 0, 500), n_samples=500) == [(0, "(AFIB")]


def test_ventricular_fibrillation_does_not_end_atrial_fibrillation():
    inner, outer = Episode(VENTRICULAR_FIBRILLATION, 2000, 3000), Episode(ATRIAL_FIBRILLATION, 1000, 4000)
    assert told(outer, inner) == [(999, "(AFIB"), (1999, "["), (2999, "]"), (3999, "(N")]


def test_rates_have_no_mark():
    assert told(Episode(TACHYCARDIA, 0, 500), Episode(BRADYCARDIA, 600, 900)) == []


@pytest.mark.parametrize(("kind", "judged"), [(ATRIAL_FIBRILLATION, "AF"), (VENTRICULAR_FIBRILLATION, "VF")])
def test_the_comparators_read_the_marks(kind, judged):
    beats = Annotations(np.arange(0, 90_000, 90), np.full(1000, "N"), fs=100)
    marks = beats.merged(rhythm_marks([Episode(kind, 36_000, 54_001)], 90_000))
    found = compare_episodes(marks, marks, judged)
    assert found.duration_sensitivity.whole == pytest.approx(18_000, abs=2)
    assert found.duration_predictivity.percent == 100


def test_episodes_add_up_by_kind():
    episodes = [Episode(ATRIAL_FIBRILLATION, 0, 100), Episode(ATRIAL_FIBRILLATION, 200, 500)]
    totals = episode_totals(episodes, fs=10, analysed=80)
    assert list(totals) == list(EPISODE_KINDS)
    total = totals[ATRIAL_FIBRILLATION]
    assert (total.count, total.seconds, total.longest, total.burden) == (2, 40.0, 30.0, 0.5)
    assert episode_totals([], fs=10, analysed=0)[ATRIAL_FIBRILLATION].burden is None


def test_the_first_sample_is_inside_and_the_one_after_the_last_is_not():
    samples = np.array([99, 100, 150, 199, 200])
    inside = inside_episodes(samples, [Episode(ATRIAL_FIBRILLATION, 100, 200)], [ATRIAL_FIBRILLATION])
    assert inside.tolist() == [False, True, True, True, False]
    assert not inside_episodes(samples, [Episode(TACHYCARDIA, 100, 200)], [ATRIAL_FIBRILLATION]).any()


def rates(*stretches: tuple[float, int], fs: float = 250.0) -> list[tuple[str, float, float]]:
    """Episodes of so many intervals of a length each, as kind, start and stop in seconds."""
    rr = np.concatenate([[np.nan], *(np.full(n, seconds) for seconds, n in stretches)]).astype(np.float32)
    samples = np.rint(np.cumsum(np.nan_to_num(rr, nan=1.0)) * fs).astype(np.int64)
    return [(each.kind, each.start / fs, each.stop / fs) for each in rate_episodes(samples, rr, fs)]


def test_a_slow_heart_is_an_episode_and_a_normal_one_is_none():
    assert rates((0.8, 60)) == []
    ((kind, start, stop),) = rates((0.8, 60), (1.5, 20), (0.8, 60))
    assert kind == BRADYCARDIA
    assert start == pytest.approx(49, abs=8)
    assert stop == pytest.approx(79, abs=8)


def test_a_fast_heart_is_an_episode_and_a_short_run_is_none():
    ((kind, start, stop),) = rates((0.8, 60), (0.4, 100), (0.8, 60))
    assert kind == TACHYCARDIA
    assert (start, stop) == (pytest.approx(49, abs=4), pytest.approx(89, abs=4))
    assert rates((0.8, 60), (0.4, 6), (0.8, 60)) == []


def test_a_rate_that_hovers_around_the_limit_is_one_episode():
    assert len(rates(*[(0.55, 10), (0.63, 10)] * 10)) == 1
    assert len(rates((0.4, 60), (0.8, 30), (0.4, 60))) == 2


def test_unknown_intervals_are_no_rate():
    assert rates((np.nan, 30)) == []
    assert rates((0.4, 5), (np.nan, 1), (0.4, 5), (0.8, 5)) == []
