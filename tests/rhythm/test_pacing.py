"""Which beats are paced, given those that begin with a spike."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.rhythm.pacing import paced_episodes

SAMPLES = np.arange(40) * 100


def paced(*spiked: int, ventricular: tuple[int, ...] = ()) -> list[tuple[int, int]]:
    """Return the numbers of the first and the last beat of each stretch, of forty beats."""
    classes = np.where(np.isin(np.arange(40), ventricular), "V", "N")
    found = paced_episodes(SAMPLES, np.where(np.isin(np.arange(40), spiked), 0.07, np.nan), classes)
    return [(each.start // 100, each.stop // 100) for each in found]


def test_three_in_a_row_are_paced_and_two_are_not() -> None:
    assert paced(4, 5, 6, 20, 21) == [(4, 6)]


def test_spikes_before_half_of_the_beats_make_all_of_them_paced() -> None:
    assert paced(*range(10, 30, 2)) == [(10, 28)]
    assert paced(*range(10, 30, 3)) == []


def test_a_ventricular_beat_without_a_spike_is_not_paced() -> None:
    assert paced(*range(10, 16), *range(17, 23), ventricular=(16,)) == [(10, 15), (17, 22)]
    assert paced(*range(10, 23), ventricular=(16,)) == [(10, 22)]


@pytest.mark.parametrize("n_beats", [0, 1, 2])
def test_few_beats_are_never_paced(n_beats: int) -> None:
    assert not paced_episodes(SAMPLES[:n_beats], np.full(n_beats, 0.07), np.full(n_beats, "N"))


def test_spikes_that_do_not_know_of_the_heart_pace_nothing() -> None:
    anywhere = np.linspace(-0.01, 0.13, 40)[np.random.default_rng(0).permutation(40)]
    assert not paced_episodes(SAMPLES, anywhere, np.full(40, "N"))
