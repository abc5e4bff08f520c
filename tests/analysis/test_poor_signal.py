"""Recordings that are hard to read: what is analysed around, what is told, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.pipeline import analyze
from ectopy.errors import RecordError
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate
from spoiled import spoil

FS = 250
CALM = Rhythm(ventricular=0.0, supraventricular=0.0, fusion=0.0)


def test_missing_signal_is_analysed_around_and_said(short: Record) -> None:
    analysis = analyze(spoil(short, slice(None), 8, 13, np.nan))
    times = analysis.beats.samples / FS
    assert not ((times > 8.2) & (times < 12.8)).any()
    assert (times < 8).sum() >= 7
    assert (times > 13).sum() >= 6
    assert any("missing for 25%" in warning for warning in analysis.warnings)
    summary = analysis.summary()
    assert summary.longest_rr < 2  # the gap is no pause
    assert summary.mean_heart_rate == pytest.approx(analyze(short).summary().mean_heart_rate, rel=0.1)
    assert summary.usable_share == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize(
    ("value", "words"), [(np.nan, "holds no sample at all"), (0.4, "flat from end to end")]
)
def test_a_dead_lead_is_left_out_and_said(short: Record, value: float, words: str) -> None:
    analysis = analyze(spoil(short, 0, 0, 20, value))
    assert [warning for warning in analysis.warnings if words in warning and "Lead II " in warning]
    assert len([warning for warning in analysis.warnings if "Lead II " in warning]) == 1
    assert set(analysis.beat_leads) == {"V1"}
    assert len(analysis.beats) == pytest.approx(len(short.annotations.beats()), abs=1)
    assert np.isfinite(analysis.scores).all()


def test_inverted_polarity_is_analysed_and_said(short: Record) -> None:
    upright, inverted = analyze(short), analyze(replace(short, signal=-short.signal))
    assert not any("points down" in warning for warning in upright.warnings)
    assert any("lead II points down" in warning for warning in inverted.warnings)
    assert len(inverted.beats) == pytest.approx(len(upright.beats), abs=1)
    assert inverted.abnormal.mean() < 0.25


@pytest.mark.parametrize("gain", [1000, 0.001])
def test_a_wrong_unit_is_said(short: Record, gain: float) -> None:
    warnings = analyze(replace(short, signal=np.float32(gain) * short.signal)).warnings
    assert any("--unit" in warning or "flat for" in warning for warning in warnings)


def test_noise_from_end_to_end_is_said(short: Record) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.5, short.signal.shape).astype(np.float32)
    analysis = analyze(replace(short, signal=short.signal + noise))
    assert sum("noisy for" in warning for warning in analysis.warnings) == 2
    assert analysis.summary().usable_share < 0.1


def test_a_good_recording_is_not_warned_of(short: Record) -> None:
    assert analyze(short).warnings == ()


def test_a_recording_without_beats_is_no_error() -> None:
    wander = 0.3 * np.sin(np.pi * np.arange(12 * FS) / FS)
    analysis = analyze(Record(wander[:, None], FS, ("II",), name="wander"))
    summary = analysis.summary()
    assert len(analysis.annotations()) == summary.n_beats == 0
    assert summary.mean_heart_rate is summary.longest_rr is summary.abnormal_share is None
    assert any("No heartbeat" in warning for warning in analysis.warnings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.slice(0, 5), r"5\.0 s of signal are too short to judge; give at least 8 s"),
        (lambda r: spoil(r, slice(None), 0, 20, np.nan), r"every lead \(II, V1\) is missing or flat"),
        (lambda r: spoil(r, slice(None), 0, 20, 0.7), r"every lead \(II, V1\) is missing or flat"),
        (
            lambda r: spoil(spoil(r, 0, 0, 20, np.nan), 1, 0, 20, 0),
            r"every lead \(II, V1\) is missing or flat",
        ),
    ],
    ids=["too short", "all missing", "all flat", "one missing, one flat"],
)
def test_what_no_one_can_judge_is_refused(short: Record, change, words: str) -> None:
    with pytest.raises(RecordError, match=f"record short: {words}") as caught:
        analyze(change(short))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("fs", [49, 10_001])
def test_a_rate_at_which_no_beat_can_be_found_is_refused(fs: float, short: Record) -> None:
    long = np.tile(short.signal, (40, 1))
    with pytest.raises(RecordError, match=rf"record short: .* {fs} Hz; resample it to 50 Hz or more"):
        analyze(replace(short, signal=long, fs=fs))


def test_what_is_detected_in_artefact_makes_no_neighbour_premature():
    fs, record = 250, simulate(240, 250, ("II",), rhythm=CALM, seed=11, name="pops")
    signal, beats = record.signal[:, 0].copy(), record.annotations.beats().samples / 250
    pops = np.random.default_rng(7).uniform(10, 230, 12)
    for pop in pops:
        after = np.arange(len(signal) - int(pop * fs)) / fs
        signal[int(pop * fs) :] += 3 * np.exp(-after / 0.5).astype(np.float32)
    analysis = analyze(replace(record, signal=signal[:, None]), waves=False)
    assert np.isin(analysis.classes, ["S", "V"]).sum() <= 1
    counted = analysis.beats.samples[analysis.judged] / fs
    missed = [beat for beat in beats if np.abs(counted - beat).min() > 0.08]
    assert len(missed) <= len(pops)


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e37, 1000.0])
def test_one_impossible_sample_changes_no_verdict(value):
    record = simulate(40, 250, ("II", "V5"), seed=4, name="one sample")
    signal = record.signal.copy()
    signal[20 * 250, 0] = value
    plain, changed = (analyze(each, waves=False) for each in (record, replace(record, signal=signal)))
    np.testing.assert_array_equal(changed.symbols, plain.symbols)
    np.testing.assert_array_equal(changed.beats.samples, plain.beats.samples)


@pytest.mark.parametrize("factor", [1e37, 1e-3])
def test_what_no_heart_can_be_holds_no_beat(factor):
    record = simulate(40, 250, ("II", "V5"), seed=4, name="no ECG")
    analysis = analyze(replace(record, signal=(record.signal * np.float32(factor))), waves=False)
    assert not analysis.judged.any()
    assert analysis.warnings


def test_noise_that_no_beat_is_judged_in_points_nowhere() -> None:
    noise = np.random.default_rng(0).normal(size=(60 * FS, 1)).astype(np.float32)
    for sign in (-1, 1):
        analysis = analyze(Record(sign * noise, FS, ("II",)))
        assert not analysis.judged.any()
        assert not any("points down" in warning for warning in analysis.warnings)
