from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.beats.windows import Beats
from ectopy.features.table import BEAT_FEATURES, beat_features

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
    return beat_features(beats, PEAK)[:, BEAT_FEATURES.index(name)]


def test_a_premature_beat_has_a_short_rr_to_the_median() -> None:
    early = np.exp(column(heart(), "rr_to_median_21"))
    assert early[[20, 21, 30]] == pytest.approx([0.625, 1.375, 1.0], abs=0.01)


def test_the_template_is_of_beats_that_were_due_where_most_are_premature() -> None:
    waveforms = np.tile(wave(p=-0.15), (100, 1, 1))
    waveforms[3::4] = wave()
    beats = Beats.of(waveforms, fs=120, rr=np.tile([0.6, 0.6, 0.6, 1.1], 25))
    correlation = column(beats, "p_correlation")
    assert correlation[3::4].min() > 0.98
    assert correlation[~(np.arange(100) % 4 == 3)].max() < 0.5


def test_a_p_wave_is_found_on_the_previous_t_wave() -> None:
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
    correlation = column(found, "residual_correlation")
    assert correlation[early[1::2]].min() > 0.8 > correlation[early[::2]].max()


def test_a_missing_p_wave_shows_and_the_qrs_is_still_that_of_the_template() -> None:
    beats = heart()
    assert column(beats, "p_correlation")[20] < 0.7 < 0.9 < column(beats, "p_correlation")[30]
    assert column(beats, "qrs_correlation")[20] > 0.98


def test_a_wide_beat_is_wide() -> None:
    width = column(heart(), "qrs_width_ratio")
    assert width[40] > 0.4 > abs(width[20]) + 0.3


def test_size_and_polarity_of_the_lead_do_not_matter() -> None:
    beats = heart()
    other = replace(beats, waveforms=-3 * beats.waveforms)
    names = [
        BEAT_FEATURES.index(name)
        for name in ("qrs_correlation", "qrs_width_ratio", "p_correlation", "cluster_share")
    ]
    ours, theirs = (beat_features(b, PEAK)[:, names] for b in (beats, other))
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_records_do_not_see_each_other() -> None:
    beats = heart()
    other = replace(beats, records=np.full(len(beats), "b"), rr=2 * beats.rr)
    together = beat_features(Beats.concatenate([beats, other]), PEAK)
    np.testing.assert_array_equal(together[: len(beats)], beat_features(beats, PEAK))


def test_a_beat_on_another_lead_is_compared_with_that_lead() -> None:
    beats = heart()
    waveforms = beats.waveforms.copy()
    waveforms[::2] *= -1
    sources = np.arange(len(beats)) % 2
    features = beat_features(replace(beats, waveforms=waveforms), PEAK, sources)
    assert features[30, BEAT_FEATURES.index("qrs_correlation")] > 0.98


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_few_or_flat_beats_give_numbers(n: int, level: float) -> None:
    beats = Beats.of(np.full((n, 1, 96), level), fs=120)
    features = beat_features(beats, PEAK)
    assert features.shape == (n, len(BEAT_FEATURES))
    assert np.isfinite(features).all()
