"""Slow conduction and blocked P waves."""

from __future__ import annotations

import numpy as np

from ectopy.beats.waves import Waves
from ectopy.rhythm.conduction import conduction_events
from typical_waves import waves


def with_pr(longer: float, first: int, last: int) -> Waves:
    """Return 30 beats with a PR of 160 ms, some of them with a longer one in ms."""
    changed = waves(n=30)
    changed.marks[first : last + 1, :3] -= longer * changed.fs / 1000
    return changed


def test_ordinary_conduction_is_no_event() -> None:
    assert conduction_events(waves(n=30)) == ()
    assert conduction_events(with_pr(30, 0, 29)) == ()


def test_a_long_pr_interval_is_one_event() -> None:
    (event,) = conduction_events(with_pr(60, 10, 29))
    assert event.kind == "slow AV conduction"
    assert (event.first, event.last) == (10, 29)
    assert event.stop > event.start


def test_a_single_long_interval_is_none() -> None:
    assert conduction_events(with_pr(60, 10, 12)) == ()


def test_fibrillation_has_no_conduction_to_measure() -> None:
    without = waves(n=30)
    without.marks[:, :3] = np.nan
    without.n_p[:] = 0
    assert conduction_events(without) == ()


def test_a_p_wave_that_no_qrs_complex_follows() -> None:
    dropped = waves(n=30)
    dropped.r_peaks[20:] += 400
    dropped.marks[20:] += 400
    dropped.n_p[20] = 2
    (event,) = conduction_events(dropped)
    assert (event.kind, event.first, event.last) == ("blocked P wave", 19, 20)


def test_two_p_waves_without_a_pause_are_none() -> None:
    twice = waves(n=30)
    twice.n_p[20] = 2
    assert conduction_events(twice) == ()


def test_a_handful_of_beats_is_too_few() -> None:
    assert conduction_events(waves(n=3)) == ()
