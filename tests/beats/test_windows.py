"""Beats as a table, and windows that have the R peak where they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.beats.windows import (
    Beats,
    WindowSpec,
    condition,
    condition_reach,
    cut_beats,
    cut_windows,
    window_centres,
)
from ectopy.errors import ParameterError
from ectopy.record import Record
from ectopy.signal import rational_ratio

WINDOW = WindowSpec(fs=120, before=48, after=48)
RATES = [100, 120, 128, 250, 256.5, 360, 500, 999.56, 1000]


def spikes(fs: float, duration: float = 20.0, name: str = "spikes") -> tuple[Record, np.ndarray]:
    """One upright QRS-like spike a second, a second lead upside down and half as high."""
    times = np.arange(1, duration - 1)
    seconds = np.arange(round(duration * fs)) / fs
    nearest = np.clip(np.rint(seconds), times[0], times[-1])
    lead = np.exp(-(((seconds - nearest) / 0.015) ** 2))
    signal = np.stack([lead, -0.5 * lead], axis=1).astype(np.float32)
    return Record(signal, fs, ("II", "V1"), name=name), np.rint(times * fs).astype(np.int64)


def some(n: int = 5, fs: float = 120, n_times: int = 4) -> Beats:
    numbers = np.arange(n)
    return Beats.of(
        np.tile(numbers[:, None, None], (1, 1, n_times)),
        fs=fs,
        samples=100 * numbers,
        rr=numbers / 10,
        symbols=list("NVNAF")[:n],
        patients=[f"p{i % 2}" for i in range(n)],
        records=[f"r{i % 2}" for i in range(n)],
    )


def test_what_is_not_given_is_unknown():
    beats = Beats.of(np.zeros((2, 1, 4)), fs=120)
    assert beats.waveforms.dtype == np.float32
    assert np.isnan(beats.rr).all()
    assert beats.symbols.tolist() == beats.patients.tolist() == beats.records.tolist() == ["", ""]


@pytest.mark.parametrize(
    "index", [2, slice(1, 4), np.array([4, 0]), np.array([True, False, True, False, False])]
)
def test_whatever_is_chosen_stays_together(index):
    beats = some()
    chosen = beats[index]
    assert isinstance(chosen, Beats)
    first = chosen.waveforms[:, 0, 0].astype(int)
    np.testing.assert_array_equal(chosen.samples, 100 * first)
    np.testing.assert_allclose(chosen.rr, first / 10, rtol=1e-6)
    np.testing.assert_array_equal(chosen.symbols, beats.symbols[first])
    np.testing.assert_array_equal(chosen.patients, beats.patients[first])
    np.testing.assert_array_equal(chosen.records, beats.records[first])


def test_iterating_gives_every_beat_in_order():
    assert [beat.symbols[0] for beat in some()] == list("NVNAF")
    assert all(len(beat) == 1 for beat in some())


def test_rows_can_be_taken_as_scikit_learn_does():
    beats, rows = some(), np.array([3, 1])
    assert beats.shape == (5, 1, 4)
    np.testing.assert_array_equal(beats[rows, ...].samples, beats[rows].samples)


def test_cut_beats_know_their_window():
    record, peaks = spikes(250)
    assert cut_beats(record, peaks, WINDOW)[:3].window == WINDOW
    assert some().window is None


def test_the_last_beat_can_be_asked_for():
    assert some()[-1].symbols.tolist() == ["F"]
    with pytest.raises(IndexError):
        some()[5]


def test_joining_keeps_every_beat_and_what_is_known_of_it():
    parts = [some(5), some(3), some(0)]
    joined = Beats.concatenate(parts)
    assert len(joined) == 8
    assert "".join(joined.symbols) == "NVNAFNVN"
    assert Beats.concatenate(parts[:1]).symbols.tolist() == parts[0].symbols.tolist()


@pytest.mark.parametrize("other", [some(fs=250), some(n_times=5)])
def test_beats_cut_otherwise_do_not_join(other):
    with pytest.raises(ParameterError, match="differ in rate or window"):
        Beats.concatenate([some(), other])


def test_nothing_cannot_be_joined():
    with pytest.raises(ParameterError, match="parts is empty"):
        Beats.concatenate([])


@pytest.mark.parametrize("name", ["samples", "rr", "symbols", "patients", "records"])
def test_a_column_of_another_length_is_named(name):
    with pytest.raises(ParameterError, match=f"{name} has 4 entries for 5 beats"):
        replace(some(), **{name: getattr(some(), name)[:4]})


def test_waveforms_without_leads_are_refused():
    with pytest.raises(ParameterError, match=r"shape \(5, 96\)"):
        Beats.of(np.zeros((5, 96)), fs=120)


@pytest.mark.parametrize("fs", RATES)
def test_the_r_peak_stands_where_the_window_says(fs):
    record, peaks = spikes(fs)
    beats = cut_beats(record, peaks, WINDOW)
    assert beats.waveforms.shape == (len(peaks), 2, 96)
    assert np.abs(beats.waveforms[:, 0].argmax(axis=1) - WINDOW.before).max() <= 1
    assert np.abs(beats.waveforms[:, 1].argmin(axis=1) - WINDOW.before).max() <= 1


@pytest.mark.parametrize("fs", RATES)
def test_a_beat_looks_the_same_whatever_the_rate(fs):
    shape, reference = (cut_beats(*spikes(rate), WINDOW).waveforms[5, 0] for rate in (fs, 360))
    shifted = [np.abs(np.roll(shape, shift) - reference)[5:-5].max() for shift in (-1, 0, 1)]
    assert min(shifted) < 0.25
    assert abs(np.ptp(shape) - np.ptp(reference)) < 0.12


def test_far_into_a_long_recording_peaks_are_still_in_their_place():
    record, peaks = spikes(256.5, duration=1800)
    beats = cut_beats(record, peaks[-20:], WINDOW)
    assert np.abs(beats.waveforms[:, 0].argmax(axis=1) - WINDOW.before).max() <= 1


def test_beats_know_where_they_come_from():
    record, peaks = spikes(250, name="rec")
    beats = cut_beats(replace(record, patient="Ada"), peaks, WINDOW, symbols=["V"] * len(peaks))
    assert set(beats.patients) == {"Ada"}
    assert set(beats.records) == {"rec"}
    assert set(beats.symbols) == {"V"}
    np.testing.assert_array_equal(beats.samples, peaks)
    assert beats.fs == 120
    np.testing.assert_allclose(beats.rr[1:], 1.0)
    assert np.isnan(beats.rr[0])


def test_no_peaks_are_no_beats():
    record, _ = spikes(250)
    beats = cut_beats(record, np.zeros(0, np.int64), WINDOW)
    assert beats.waveforms.shape == (0, 2, 96)
    assert Beats.concatenate([beats, beats]).rr.shape == (0,)


def test_beyond_the_ends_the_last_sample_is_held():
    ramp = np.arange(10, dtype=np.float32)[:, None]
    cut = cut_windows(ramp, np.array([0, 9]), WindowSpec(fs=1, before=3, after=3))
    assert cut[:, 0].tolist() == [[0, 0, 0, 0, 1, 2], [6, 7, 8, 9, 9, 9]]


def test_wander_and_an_offset_leave_no_trace_in_a_window():
    record, peaks = spikes(250, duration=60)
    seconds = np.arange(record.n_samples) / record.fs
    wandering = record.signal + (3 + 0.5 * np.sin(2 * np.pi * 0.1 * seconds))[:, None].astype(np.float32)
    clean, cut = (
        cut_beats(replace(record, signal=signal), peaks[10:-10], WINDOW).waveforms
        for signal in (record.signal, wandering)
    )
    assert np.abs(cut - clean).max() < 0.05


def test_missing_samples_do_not_spread_beyond_their_reach():
    record, peaks = spikes(250, duration=60)
    signal = record.signal.copy()
    signal[25 * 250 : 30 * 250] = np.nan
    reach = condition_reach(250, WINDOW.fs)
    beats = cut_beats(replace(record, signal=signal), peaks, WINDOW).waveforms
    assert np.isfinite(beats).all()
    far = (peaks + 125 < 25 * 250 - reach) | (peaks - 125 > 30 * 250 + reach)
    assert far.sum() > 20
    np.testing.assert_allclose(beats[far], cut_beats(record, peaks, WINDOW).waveforms[far], atol=1e-6)


@pytest.mark.parametrize("fs", [128, 250, 360, 1000])
def test_a_chunk_is_conditioned_as_the_whole(fs):
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(40 * fs, 1)).astype(np.float32)
    signal[17 * fs : 18 * fs] = np.nan
    ratio, reach = rational_ratio(fs, WINDOW.fs), condition_reach(fs, WINDOW.fs)
    first = ratio.down * (9 * fs // ratio.down)
    whole, chunk = condition(signal, fs, WINDOW.fs), condition(signal[first : 30 * fs], fs, WINDOW.fs)
    shift = first * ratio.up // ratio.down
    begin, end = (int(ratio.target(edge)) + 1 for edge in (first + reach, 30 * fs - reach))
    assert end - begin > 5 * WINDOW.fs
    np.testing.assert_allclose(chunk[begin - shift : end - shift], whole[begin:end], atol=1e-5)


def test_centres_follow_the_resampling():
    assert window_centres(np.array([0, 3, 4, 3600]), 360, 120).tolist() == [0, 1, 1, 1200]
