"""Slow conduction and blocked P waves."""

from __future__ import annotations

from dataclasses import replace

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


def test_an_interval_about_the_limit_is_one_event() -> None:
    changed = waves(n=60)
    longer = np.where(np.arange(60) // 10 % 2, 35, 50)  # PR of 195 and of 210 ms in turn
    changed.marks[:, :3] -= longer[:, None] * changed.fs / 1000
    assert [event.kind for event in conduction_events(changed)] == ["slow AV conduction"]


def with_p(p: np.ndarray, r: np.ndarray, fs: float = 500.0) -> Waves:
    """Return beats at some times in seconds among P waves at others; those in QRS and T go unseen."""
    beats = replace(waves(n=len(r)), r_peaks=np.rint(r * fs).astype(np.int64))
    before = np.searchsorted(r, p) - 1
    seen = p[(before < 0) | (p - r[before] > 0.4)]
    following = np.searchsorted(r, seen)
    n_p = np.bincount(following, minlength=len(r))[: len(r)]
    rows = np.stack([seen - 0.05, seen, seen + 0.05], axis=1) * fs
    marks = beats.marks.copy()
    marks[:, :3] = np.nan
    return replace(
        beats, marks=marks, lead_marks=np.repeat(marks[:, None], 2, axis=1), n_p=n_p, lone_p=(rows, rows[:0])
    )


def test_p_waves_that_march_through_the_beats_are_dissociated() -> None:
    dissociated = with_p(np.arange(0.3, 45, 0.7), np.arange(1.0, 45, 1.63))
    (event,) = conduction_events(dissociated)
    assert (event.kind, event.first, event.last) == ("AV dissociation", 0, len(dissociated) - 1)


def test_every_other_p_wave_conducted_is_block_and_no_dissociation() -> None:
    p = np.arange(0.3, 45, 0.75)
    (event,) = conduction_events(with_p(p, p[::2] + 0.16))
    assert event.kind == "blocked P wave"


def test_every_p_wave_conducted_is_neither() -> None:
    p = np.arange(0.3, 45, 0.75)
    assert conduction_events(with_p(p, p + 0.16)) == ()


def test_p_waves_by_chance_are_no_rhythm() -> None:
    """Marks that noise makes come at any time, so they are no rhythm of the atria."""
    rng = np.random.default_rng(0)
    assert conduction_events(with_p(np.sort(rng.uniform(0, 45, 70)), np.arange(1.0, 45, 1.63))) == ()


def test_an_irregular_ventricle_is_no_escape_rhythm() -> None:
    r = np.cumsum(np.random.default_rng(1).uniform(0.5, 1.4, 45))
    assert "AV dissociation" not in {
        event.kind for event in conduction_events(with_p(np.arange(0.3, 45, 0.55), r))
    }
