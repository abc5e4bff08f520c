from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.beats.windows import Beats
from ectopy.features.morphology import CONTEXT_FEATURES, context_features

PEAK = 48


def wave(width: float = 2.0, p: float = 0.15) -> np.ndarray:
    time = np.arange(96) - PEAK
    return (
        np.exp(-0.5 * (time / width) ** 2)
        + p * np.exp(-0.5 * ((time + 18) / 3) ** 2)
        + 0.3 * np.exp(-0.5 * ((time - 30) / 6) ** 2)
    )


def heart(n: int = 60) -> Beats:
    """A regular rhythm, with an early beat that only lacks its P wave (20), and an early wide one (40)."""
    rng = np.random.default_rng(0)
    waveforms = np.stack([wave() for _ in range(n)])
    waveforms[20], waveforms[40] = wave(p=0.0), 1.5 * wave(width=9.0, p=0.0)
    rr = np.full(n, 0.8)
    rr[[20, 40]], rr[[21, 41]] = 0.5, 1.1
    noisy = waveforms + rng.normal(0, 0.01, waveforms.shape)
    return Beats.of(noisy[:, np.newaxis], fs=120, rr=rr, records=np.full(n, "a"))


def column(beats: Beats, name: str) -> np.ndarray:
    return context_features(beats, PEAK)[:, CONTEXT_FEATURES.index(name)]


def test_an_early_beat_is_early_against_what_was_due() -> None:
    early = np.exp(column(heart(), "before to median of 21"))
    assert early[[20, 21, 30]] == pytest.approx([0.625, 1.375, 1.0], abs=0.01)


def test_the_own_beat_is_one_that_was_due_where_most_are_early() -> None:
    waveforms = np.tile(wave(p=-0.15), (100, 1, 1))
    waveforms[3::4] = wave()
    beats = Beats.of(waveforms, fs=120, rr=np.tile([0.6, 0.6, 0.6, 1.1], 25))
    likeness = column(beats, "p likeness")
    assert likeness[3::4].min() > 0.98
    assert likeness[~(np.arange(100) % 4 == 3)].max() < 0.5


def test_a_p_wave_is_found_on_the_t_wave_before() -> None:
    """A T wave of the beat before lies over the P waves of early beats; two of three still have theirs."""
    beats = heart(61)
    time = np.arange(96) - PEAK
    rr = np.tile([0.8, 0.8, 0.5], 21)[:61]
    t_before = 0.3 * np.exp(-0.5 * ((time + 0.5 * 120 - 30) / 6) ** 2)
    early = np.flatnonzero(rr == 0.5)
    waveforms = beats.waveforms.copy()
    waveforms[:] = wave()
    waveforms[early] += t_before.astype(np.float32)
    waveforms[early[::2], 0] = wave(p=0.0) + t_before
    noise = np.random.default_rng(1).normal(0, 0.005, waveforms.shape)
    found = replace(beats, waveforms=(waveforms + noise).astype(np.float32), rr=rr.astype(np.float32))
    likeness = column(found, "rest likeness in place")
    assert likeness[early[1::2]].min() > 0.8 > likeness[early[::2]].max()


def test_a_missing_p_wave_is_seen_and_the_qrs_is_still_the_own_one() -> None:
    beats = heart()
    assert column(beats, "p likeness")[20] < 0.7 < 0.9 < column(beats, "p likeness")[30]
    assert column(beats, "qrs likeness")[20] > 0.98


def test_a_wide_beat_is_wide() -> None:
    width = column(heart(), "width")
    assert width[40] > 0.4 > abs(width[20]) + 0.3


def test_size_and_polarity_of_the_lead_do_not_matter() -> None:
    beats = heart()
    other = replace(beats, waveforms=-3 * beats.waveforms)
    names = [CONTEXT_FEATURES.index(name) for name in ("qrs likeness", "width", "p likeness", "family")]
    ours, theirs = (context_features(b, PEAK)[:, names] for b in (beats, other))
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_records_do_not_see_each_other() -> None:
    beats = heart()
    other = replace(beats, records=np.full(len(beats), "b"), rr=2 * beats.rr)
    together = context_features(Beats.concatenate([beats, other]), PEAK)
    np.testing.assert_array_equal(together[: len(beats)], context_features(beats, PEAK))


def test_a_beat_on_another_lead_is_compared_with_that_lead() -> None:
    beats = heart()
    waveforms = beats.waveforms.copy()
    waveforms[::2] *= -1
    sources = np.arange(len(beats)) % 2
    features = context_features(replace(beats, waveforms=waveforms), PEAK, sources)
    assert features[30, CONTEXT_FEATURES.index("qrs likeness")] > 0.98


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_few_or_flat_beats_give_numbers(n: int, level: float) -> None:
    beats = Beats.of(np.full((n, 1, 96), level), fs=120)
    features = context_features(beats, PEAK)
    assert features.shape == (n, len(CONTEXT_FEATURES))
    assert np.isfinite(features).all()
