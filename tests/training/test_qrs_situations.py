from __future__ import annotations

import numpy as np
import pytest

from ectopy.record import Annotations, Record
from ectopy.training.qrs_situations import Strip, blocked, cut, disturbed, join_strips

FS = 250.0
BEATS = np.arange(200, 250 * 120, 220)


def record() -> Record:
    """Two minutes with P, QRS and T, each beat as the one before."""
    times = np.arange(250 * 120)[:, None]
    signal = sum(
        size * np.exp(-0.5 * ((times - BEATS - centre * FS) / (width * FS)) ** 2).sum(axis=1)
        for size, centre, width in ((0.12, -0.17, 0.022), (1, 0, 0.01), (0.3, 0.28, 0.05))
    )
    marks = Annotations(BEATS, np.full(len(BEATS), "N"), fs=FS)
    return Record(np.column_stack([signal, -0.5 * signal]), FS, ("I", "II"), annotations=marks)


def at(record: Record, seconds: float) -> np.ndarray:
    return record.signal[np.rint(BEATS + seconds * FS).astype(int).clip(0, record.n_samples - 1), 0]


def test_a_blocked_p_wave_keeps_its_p_and_loses_qrs_t_and_mark() -> None:
    made = blocked(record(), np.random.default_rng(0))
    inner = (BEATS > 2 * FS) & (BEATS < 117 * FS)
    assert made.record.annotations is not None
    gone = ~np.isin(BEATS, made.record.annotations.samples) & inner
    assert 10 < gone.sum() < inner.sum()
    assert (at(made.record, 0)[gone] < 0.1).all()
    assert (at(made.record, 0.28)[gone] < 0.15).all()
    assert (at(made.record, -0.17)[gone] > 0.08).all()
    assert (at(made.record, 0)[inner & ~gone] > 0.9).all()


def test_cut_leaves_no_beat_in_the_gaps_and_says_nothing_of_halves() -> None:
    made = cut(record(), np.random.default_rng(1))
    assert made.record.annotations is not None
    kept = made.record.annotations.samples
    missing = np.isnan(made.record.signal[:, 0])
    assert missing.any()
    assert not missing[kept].any()
    halves = [beat / FS for beat in kept if missing[beat - 10 : beat + 11].any()]
    assert all(((made.unknown[:, 0] < half) & (half < made.unknown[:, 1])).any() for half in halves)


def test_what_disturbs_adds_no_marks_and_doubts_only_beats() -> None:
    made = disturbed(record(), np.random.default_rng(2))
    assert made.record.annotations is not None
    np.testing.assert_array_equal(made.record.annotations.samples, BEATS)
    assert np.abs(made.record.signal - record().signal).max() > 0.4
    for start, stop in made.unknown:
        assert ((start - 0.05 < BEATS / FS) & (stop + 0.05 > BEATS / FS)).any()


def test_strips_are_joined_with_their_marks() -> None:
    whole = record()
    strip = Strip(whole.signal[:2500], FS, BEATS[BEATS < 2500], np.array([[0.0, 0.4]]))
    joined = join_strips([strip, strip], np.random.default_rng(3))
    assert joined.record.annotations is not None
    assert len(joined.record.annotations) == 2 * len(strip.beats)
    assert (joined.record.signal[joined.record.annotations.samples, 0] > 0.9).all()
    starts = np.flatnonzero(np.diff(np.isnan(joined.record.signal[:, 0]).astype(int)) == -1) + 1
    assert joined.unknown[:, 0] == pytest.approx(starts / FS)


def test_the_record_itself_is_left_as_it_is() -> None:
    whole = record()
    before = whole.signal.copy()
    for change in (blocked, cut, disturbed):
        change(whole, np.random.default_rng(4))
    np.testing.assert_array_equal(whole.signal, before)
