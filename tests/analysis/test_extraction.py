"""From samples to beats: each on a lead that shows it, or labelled with what spoils it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.located_beats import NO_LEAD
from ectopy.beats.windows import WindowSpec
from ectopy.record import Record
from ectopy.signal.quality import FAULTS, Quality
from ectopy.simulation import simulate
from extracted import Extraction, extract_beats
from spoiled import spoil

WINDOW = WindowSpec(fs=120, before=48, after=48)
FS = 250


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(40, FS, ("II", "V5"), seed=2, name="whole")


def during(found: Extraction, start: float, stop: float) -> np.ndarray:
    """Tell which beats have their whole window between two times."""
    times = found.beats.samples / FS
    return (times > start + 0.5) & (times < stop - 0.5)


def test_beats_of_a_good_record_come_from_its_first_lead(record):
    found = extract_beats(record, WINDOW)
    assert len(found.beats) == len(record.annotations.beats())
    assert set(found.leads) == {0}
    assert set(found.quality) == {"good"}
    assert found.beats.waveforms.shape == (len(found.beats), 1, 96)
    assert found.log.n_samples == record.n_samples
    assert found.averages.shape == (2, 96)


def test_beats_are_cut_again_from_a_second_lead_where_another_one_is_good(record):
    found = extract_beats(spoil(record, 1, 10, 20, np.nan), WINDOW)
    inside = during(found, 10, 20)
    assert inside.any()
    assert set(found.second[inside]) == {NO_LEAD}
    assert set(found.second[during(found, 20, 30)]) == {1}
    alike = (found.again.waveforms == found.beats.waveforms).all(axis=(1, 2))
    np.testing.assert_array_equal(alike, found.second == NO_LEAD)
    np.testing.assert_array_equal(found.again.samples, found.beats.samples)


def test_the_second_lead_is_cut_at_the_same_instants_and_not_aligned_by_itself(record):
    late, marks = round(0.04 * FS), record.annotations.beats().samples
    odd = record.signal.copy()
    odd[:, 1] = odd[:, 0]
    for mark in marks[2:-2:5]:
        part = slice(mark - FS // 4, mark + FS // 4)
        odd[part, 1] = np.roll(odd[part, 0], late)
    found = extract_beats(replace(record, signal=odd), WINDOW)
    summits = found.again.waveforms[2:-2, 0].argmax(axis=1) - found.beats.waveforms[2:-2, 0].argmax(axis=1)
    np.testing.assert_allclose(summits[::5] / WINDOW.fs, 0.04, atol=0.01)
    np.testing.assert_allclose(np.delete(summits, slice(None, None, 5)) / WINDOW.fs, 0, atol=0.01)


def test_a_single_lead_has_no_second(record):
    found = extract_beats(replace(record, signal=record.signal[:, :1], leads=("II",)), WINDOW)
    assert set(found.second) == {NO_LEAD}
    assert found.again is found.beats


@pytest.mark.parametrize("fs", [128, 250, 360, 500, 1000])
def test_the_r_peak_stands_where_the_window_says_at_every_rate(fs):
    # clean and in one lead, the R peak is simply the highest sample
    found = extract_beats(simulate(30, fs, ("II",), noise=None, seed=5), WINDOW)
    waves = found.beats.waveforms[:, 0]
    assert len(waves) > 20
    assert np.abs(np.abs(waves).argmax(axis=1) - WINDOW.before).max() <= 1


@pytest.mark.parametrize(("value", "name"), [(np.nan, "missing"), (0.2, "flat")])
def test_where_a_lead_fails_beats_are_cut_from_the_other(record, value, name):
    found = extract_beats(spoil(record, 0, 10, 20, value), WINDOW)
    inside = during(found, 10, 20)
    outside = ~during(found, 8, 22)
    assert inside.sum() >= 8
    assert set(found.leads[inside]) == {1}
    assert set(found.leads[outside]) == {0}
    assert set(found.quality[inside]) == {"good"}, name
    whole = extract_beats(record, WINDOW)
    assert len(found.beats) == pytest.approx(len(whole.beats), abs=1)
    assert np.ptp(found.beats.waveforms[inside, 0], axis=1).min() > 0.1


def test_beats_on_the_other_lead_are_those_of_the_other_lead(record):
    found = extract_beats(spoil(record, 0, 10, 20, np.nan), WINDOW)
    other = extract_beats(replace(record, signal=record.signal[:, 1:], leads=("V5",)), WINDOW)
    inside, alone = during(found, 10, 20), during(other, 10, 20)
    np.testing.assert_allclose(
        np.median(found.beats.waveforms[inside], axis=0),
        np.median(other.beats.waveforms[alone], axis=0),
        atol=0.1,
    )


def test_where_every_lead_is_noisy_beats_say_so(record):
    noise = np.random.default_rng(0).normal(0, 0.35, record.signal.shape).astype(np.float32)
    noise[: 15 * FS] = noise[30 * FS :] = 0
    found = extract_beats(replace(record, signal=record.signal + noise), WINDOW)
    inside, outside = during(found, 16, 29), during(found, 0, 13)
    assert inside.sum() >= 8
    assert set(found.quality[inside]) == {"noisy"}
    assert set(found.quality[outside]) == {"good"}


def test_of_two_spoilt_leads_the_less_spoilt_is_taken(record):
    spoilt = spoil(spoil(record, 0, 10, 20, np.nan), 1, 14.9, 15.1, np.nan)
    found = extract_beats(spoilt, WINDOW)
    assert set(found.leads[during(found, 10, 20)]) == {1}


def test_an_interval_across_missing_signal_is_no_rr_interval(record):
    found = extract_beats(spoil(record, slice(None), 10, 20, np.nan), WINDOW)
    times = found.beats.samples / FS
    after = int(np.searchsorted(times, 20))
    assert np.isnan(found.beats.rr[after])
    assert np.isfinite(np.delete(found.beats.rr, [0, after])).all()
    assert np.nanmax(found.beats.rr) < 2


def test_a_gap_in_one_lead_hides_no_interval(record):
    found = extract_beats(spoil(record, 0, 10, 20, np.nan), WINDOW)
    assert np.isfinite(found.beats.rr[1:]).all()


def test_a_few_missing_samples_hide_no_beat(record):
    found = extract_beats(spoil(record, slice(None), 10, 10.1, np.nan), WINDOW)
    assert np.isfinite(found.beats.rr[1:]).all()


def test_nothing_to_find_is_no_beats_and_says_what_is_wrong(record):
    empty = replace(record, signal=np.full_like(record.signal, np.nan))
    found = extract_beats(empty, WINDOW)
    assert len(found.beats) == len(found.leads) == len(found.quality) == 0
    assert found.log.shares[:, list(FAULTS).index(Quality.MISSING)].tolist() == [1, 1]
    assert found.averages.shape == (2, 96)


def test_a_recording_shorter_than_a_window_is_survived(record):
    assert len(extract_beats(record.slice(0, 0.5), WINDOW).beats) <= 1
