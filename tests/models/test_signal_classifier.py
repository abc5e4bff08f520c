"""Ventricular fibrillation and artefact are told from beats, wherever a recording ends."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.pipeline import analyze
from ectopy.analysis.signal_marks import SignalMarks, calm_mean
from ectopy.beats.uniformity import UNKNOWN, Uniformity, uniformity
from ectopy.beats.windows import condition
from ectopy.datasets.cudb import (
    CUDB_RECORDS,
    FIBRILLATION,
    UNCLEAR,
    audited_onset,
    audited_stretches,
    load_cudb_record,
)
from ectopy.errors import ArtifactError
from ectopy.models import signal_classifier
from ectopy.models.registry import DEFAULT_SIGNAL, load_model, model_folder
from ectopy.models.signal_classifier import default_model, is_too_noisy
from ectopy.record import Record
from ectopy.rhythm.episodes import VENTRICULAR_FIBRILLATION
from ectopy.signal.filters import bandpass
from ectopy.signal.quality import Quality
from ectopy.simulation import simulate
from ectopy.training.signal_examples import bad_contact, fibrillation, massage, tremor

FS = 250


def sinus(seconds: float = 60, seed: int = 1) -> Record:
    return simulate(seconds, FS, ("II",), seed=seed, name="sinus")


def laid_over(record: Record, wave: np.ndarray, start: float, gain: float, *, instead: bool) -> Record:
    """Put a made wave of forty seconds at 60 Hz into a record, over its beats or in their place."""
    times = np.arange(round(40 * record.fs)) / record.fs
    samples = np.interp(times, np.arange(len(wave)) / 60, wave)[:, None] * gain
    signal = record.signal.copy()
    inside = slice(round(start * record.fs), round(start * record.fs) + len(samples))
    samples = samples[: len(signal[inside])]
    signal[inside] = samples if instead else signal[inside] + samples
    return replace(record, signal=signal.astype(np.float32))


def marked(record: Record, window_fs: float = 120) -> SignalMarks:
    marks = SignalMarks(record.fs, window_fs, len(record.leads), signal_classifier.default_model())
    marks.push(condition(record.signal, record.fs, window_fs))
    marks.flush()
    return marks


def episodes(record: Record, window_fs: float = 120) -> list[tuple[float, float]]:
    found = marked(record, window_fs).fibrillation(record.n_samples) / record.fs
    return [(float(start), float(stop)) for start, stop in found]


def test_beats_are_neither_fibrillation_nor_artefact():
    marks = marked(sinus(120))
    assert not len(marks.fibrillation(120 * FS))
    assert marks.noisiness < 0.1
    assert marks.take(0, 120 * FS) is None


@pytest.mark.parametrize("seed", range(4))
def test_made_fibrillation_is_named_where_it_begins_and_ends(seed):
    record = laid_over(sinus(120, seed), fibrillation(np.random.default_rng(seed)), 40, 0.7, instead=True)
    ((start, stop),) = episodes(record)
    assert abs(start - 40) < 5
    assert abs(stop - 80) < 5


@pytest.mark.parametrize("seed", range(4))
def test_waves_of_a_tenth_of_a_millivolt_are_noise_and_no_fibrillation(seed):
    wave = fibrillation(np.random.default_rng(seed))
    assert episodes(laid_over(sinus(120, seed), wave, 40, 0.3, instead=True))
    low = laid_over(sinus(120, seed), wave, 40, 0.1 / np.ptp(wave), instead=True)
    assert not episodes(low)


def test_windows_at_another_rate_give_the_same_episode():
    record = laid_over(sinus(120), fibrillation(np.random.default_rng(0)), 40, 0.7, instead=True)
    ((start, stop),) = episodes(record)
    ((other_start, other_stop),) = episodes(record, window_fs=125)
    assert (abs(start - other_start), abs(stop - other_stop)) <= (1, 1)


def test_tremor_over_beats_is_no_fibrillation():
    record = laid_over(sinus(90), tremor(np.random.default_rng(2)), 30, 0.12, instead=False)
    assert episodes(record) == []


def test_massage_of_a_chest_is_artefact_and_no_fibrillation():
    record = laid_over(sinus(90), massage(np.random.default_rng(3)), 30, 3.0, instead=False)
    assert episodes(record) == []


def test_an_electrode_that_came_off_is_unreadable():
    record = laid_over(sinus(90), bad_contact(np.random.default_rng(4)), 30, 4.0, instead=True)
    bits = marked(record).take(0, record.n_samples)
    assert bits is not None
    unreadable = (bits[:, 0] & np.uint8(Quality.UNREADABLE)) > 0
    assert unreadable[35 * FS : 65 * FS].mean() > 0.8
    assert unreadable[: 25 * FS].mean() == 0


def moving(seed: int, low: float, high: float) -> np.ndarray:
    """Make forty seconds of motion in a band at 60 Hz, of unit standard deviation."""
    white = np.random.default_rng(seed).standard_normal((2400, 1)).astype(np.float32)
    level = bandpass(white, 60, low=low, high=high)[:, 0]
    return level / level.std()


def unreadable_under(wave: np.ndarray, gain: float) -> float:
    """Return the share of the time under a wave that cannot be read."""
    record = laid_over(sinus(100), wave, 30, gain, instead=False)
    bits = marked(record).take(0, record.n_samples)
    return (
        0.0 if bits is None else float(((bits[32 * FS : 68 * FS] & np.uint8(Quality.UNREADABLE)) > 0).mean())
    )


@pytest.mark.parametrize("seed", range(4))
def test_under_wander_of_three_millivolts_beats_can_be_read(seed):
    assert unreadable_under(moving(seed, 0.5, 1.5), 1.5) < 0.1


@pytest.mark.parametrize("seed", range(4))
def test_under_motion_as_large_and_as_fast_as_beats_they_cannot(seed):
    assert unreadable_under(moving(seed, 4, 20), 0.8) > 0.8


def test_no_beat_in_fibrillation_counts_and_the_reader_is_told_first():
    record = laid_over(sinus(120), fibrillation(np.random.default_rng(0)), 40, 0.7, instead=True)
    analysis = analyze(record, waves=False)
    (episode,) = [each for each in analysis.episodes if each.kind == VENTRICULAR_FIBRILLATION]
    inside = (analysis.beats.samples > episode.start) & (analysis.beats.samples < episode.stop)
    assert set(analysis.classes[inside]) <= {"?"}
    assert analysis.judged[~inside].mean() > 0.95
    assert analysis.warnings[0].startswith("Ventricular fibrillation or flutter")
    assert not analysis.too_noisy


def test_a_recording_of_bad_contact_alone_is_too_noisy():
    noise = bad_contact(np.random.default_rng(5))
    signal = np.interp(np.arange(40 * FS) / FS, np.arange(len(noise)) / 60, noise)[:, None] * 2
    analysis = analyze(replace(sinus(40), signal=signal.astype(np.float32), annotations=None), waves=False)
    assert analysis.too_noisy
    assert analysis.summary().too_noisy
    assert any("too noisy" in warning for warning in analysis.warnings)


def test_a_recording_is_not_too_noisy_where_a_third_of_it_is_calm():
    frames = np.full(240, 0.9, np.float32)
    frames[100:190] = 0.05
    assert calm_mean(frames) < 0.2 < frames.mean()
    frames[100:190:20] = 1  # no fifteen seconds in a row are calm
    assert calm_mean(frames) > 0.09


@pytest.mark.parametrize("n_frames", [1, 20, 29, 30, 31, 61])
def test_short_recordings_are_as_noisy_as_their_calmest_stretches(n_frames):
    frames = np.linspace(0.1, 0.9, n_frames).astype(np.float32)
    length = min(30, n_frames)
    means = sorted(frames[k : k + length].mean() for k in range(n_frames - length + 1))
    assert calm_mean(frames) == pytest.approx(np.mean(means[: -(-len(means) // 3)]), abs=1e-6)


def test_no_frames_are_no_noise():
    assert calm_mean(np.zeros(0, np.float32)) == 0


def test_more_noise_is_borne_where_the_beats_are_alike():
    shipped = default_model()
    assert is_too_noisy(0.6, UNKNOWN, shipped)
    assert is_too_noisy(0.6, Uniformity(0.3, 0.4), shipped)
    assert not is_too_noisy(0.6, Uniformity(0.95, 0.1), shipped)
    assert not is_too_noisy(0.99, UNKNOWN, None)


def test_beats_of_many_shapes_alone_make_no_recording_too_noisy():
    assert not is_too_noisy(0.1, Uniformity(0.2, 1.0), default_model())


def test_beats_are_alike_or_not_whatever_their_size_and_offset():
    rng = np.random.default_rng(0)
    beat = np.hanning(96)
    sizes = rng.uniform(0.5, 2, 700)
    alike = np.stack([size * beat + size for size in sizes]).astype(np.float32)
    assert uniformity(alike, 120, 48).principal_share > 0.999
    assert uniformity(alike, 120, 48).amplitude_spread > 0.2
    assert uniformity(rng.standard_normal((700, 96)).astype(np.float32), 120, 48).principal_share < 0.2
    assert uniformity(alike[:2], 120, 48) == UNKNOWN


@pytest.mark.parametrize("rate", [200, 240, 280, 300])
def test_the_fast_heart_of_an_infant_can_be_read(rate):
    times = np.arange(40 * 500) / 500
    signal = 0.01 * np.random.default_rng(rate).standard_normal(len(times))
    for beat in np.arange(0.4, 39.5, 60 / rate):
        for height, centre, width in (
            (0.1, -0.1, 0.015),
            (0.8, 0, 0.006),
            (-0.4, 0.014, 0.006),
            (0.15, 0.12, 0.025),
        ):
            signal += height * np.exp(-0.5 * ((times - beat - centre) / width) ** 2)
    record = replace(sinus(40), signal=signal[:, None].astype(np.float32), fs=500.0, annotations=None)
    assert episodes(record) == []
    bits = marked(record).take(0, record.n_samples)
    assert bits is None or (bits > 0).mean() < 0.02


@pytest.mark.parametrize(
    ("rate", "width", "t_wave"), [(45, 0.07, 0.8), (55, 0.07, 0.5), (65, 0.09, 0.5), (100, 0.07, 0.5)]
)
def test_a_slow_heart_does_not_fibrillate_however_wide_its_beats(rate, width, t_wave):
    times = np.arange(40 * 500) / 500
    signal = 0.01 * np.random.default_rng(rate).standard_normal(len(times))
    for beat in np.arange(0.4, 39.5, 60 / rate):
        signal += np.exp(-0.5 * ((times - beat) / width) ** 2)
        signal += t_wave * np.exp(-0.5 * ((times - beat - 4.5 * width) / width) ** 2)
    record = replace(sinus(40), signal=signal[:, None].astype(np.float32), fs=500.0, annotations=None)
    assert episodes(record) == []


def test_short_recordings_are_judged_too():
    assert episodes(sinus(8)) == []


def test_a_damaged_threshold_is_refused(tmp_path):
    shutil.copytree(model_folder(DEFAULT_SIGNAL), tmp_path / "model")
    manifest = json.loads((tmp_path / "model/manifest.json").read_text())
    manifest["parameters"]["fibrillation"] = 2
    (tmp_path / "model/manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="fibrillation 2 is no probability"):
        load_model(tmp_path / "model")


def test_the_network_is_small():
    assert (model_folder(DEFAULT_SIGNAL) / "network.onnx").stat().st_size < 250_000


@pytest.mark.parametrize("name", CUDB_RECORDS)
def test_audited_stretches_follow_one_another(name):
    stretches = audited_stretches(name)
    bounds = [bound for each in stretches for bound in (each.start, each.stop)]
    assert bounds == sorted(bounds)
    assert {each.label for each in stretches} <= {FIBRILLATION, UNCLEAR}
    assert all(each.start < each.stop <= 508.93 for each in stretches)


@pytest.mark.parametrize("name", ["cu01", "cu08", "cu34"])
def test_the_heart_of_a_person_that_fibrillates_is_named_within_ten_seconds(data_dir, name):
    onset = audited_onset(name)
    assert onset is not None
    assert any(abs(start - onset) < 10 for start, _ in episodes(load_cudb_record(name)))
