"""The denoiser: noise goes, waves stay, and how a recording is read changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.mitbih import load_noise
from ectopy.errors import ArtifactError, ParameterError
from ectopy.evaluation.reconstruction import snr
from ectopy.models.denoiser import Denoiser
from ectopy.record import Record
from ectopy.signal.filters import bandpass
from ectopy.signal.resampling import resample
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def denoiser() -> Denoiser:
    return Denoiser.load()


@pytest.fixture(scope="module")
def clean() -> Record:
    return simulate(duration=60, fs=360, seed=5)


def with_tremor(record: Record, size: float) -> Record:
    rng = np.random.default_rng(0)
    tremor = rng.normal(0, size, record.signal.shape).astype(np.float32)
    wander = np.sin(2 * np.pi * 0.15 * np.arange(record.n_samples) / record.fs)[:, np.newaxis]
    return replace(record, signal=(record.signal + tremor + wander).astype(np.float32))


@pytest.mark.parametrize("fs", [128.0, 250.0, 360.0, 500.0, 1000.0])
def test_noise_goes_at_any_rate(denoiser: Denoiser, fs: float) -> None:
    clean = simulate(duration=30, fs=fs, seed=5)
    level = bandpass(clean.signal, fs, low=0.5, high=None)
    noisy = with_tremor(clean, 0.1)
    before = snr(level.T, bandpass(noisy.signal, fs, low=0.5, high=None).T)
    after = snr(level.T, denoiser.denoise(noisy).load().signal.T)
    assert (after > before + 2).all()


def test_any_reading_gives_the_same_bits(denoiser: Denoiser, clean: Record) -> None:
    gappy = clean.signal.copy()
    gappy[4000:4100, 0] = np.nan
    source = replace(clean, signal=gappy)
    whole = denoiser.denoise(source).load().signal
    for start, stop in ((0, 1), (100, 5000), (8639, 8641), (21000, 30000), (-5, 9)):
        part = denoiser.denoise(source).read(start, stop)
        np.testing.assert_array_equal(part, whole[max(0, start) : stop])
    np.testing.assert_array_equal(np.isnan(whole), np.isnan(gappy))


def test_what_lies_beyond_the_reach_changes_nothing(denoiser: Denoiser, clean: Record) -> None:
    reach, block = denoiser.reach(clean.fs), round(24 * clean.fs)
    changed = clean.signal.copy()
    changed[block + reach :] = 0
    one, other = (
        denoiser.denoise(replace(clean, signal=each)).read(0, block) for each in (clean.signal, changed)
    )
    assert block + reach < clean.n_samples
    np.testing.assert_array_equal(one, other)


def test_names_marks_and_times_are_those_of_the_recording(denoiser: Denoiser, clean: Record) -> None:
    denoised = denoiser.denoise(clean).load()
    for field in ("fs", "leads", "name", "annotations", "start", "comments", "channels", "n_samples"):
        assert getattr(denoised, field) == getattr(clean, field)


def test_flat_missing_and_short_leads_are_no_harm(denoiser: Denoiser) -> None:
    signal = np.zeros((400, 2), np.float32)
    signal[:, 1] = np.nan
    denoised = denoiser.denoise(Record(signal, 250, ("I", "II"))).load().signal
    assert np.abs(denoised[:, 0]).max() < 0.02
    assert np.isnan(denoised[:, 1]).all()
    assert denoiser.denoise(Record(signal[:1, :1], 250, ("I",))).load().n_samples == 1


def test_a_rate_too_far_away_is_refused(denoiser: Denoiser) -> None:
    with pytest.raises(ParameterError, match="give a rate nearer"):
        denoiser.denoise(Record(np.zeros((9, 1), np.float32), 0.1, ("I",)))


def test_another_kind_of_model_is_refused() -> None:
    with pytest.raises(ArtifactError, match="denoiser"):
        Denoiser.load("qrs")


def test_the_shipped_network_is_small(denoiser: Denoiser) -> None:
    assert (denoiser.artifact.folder / "network.onnx").stat().st_size < 1_000_000


def test_p_and_t_waves_keep_their_height(denoiser: Denoiser, data_dir: Path) -> None:
    """On the validation people of LUDB; the card has the figures."""
    heights: dict[str, list[tuple[float, float]]] = {"P": [], "T": []}
    for name in [name for name in LUDB_RECORDS if ludb_part(name) == "validation"]:
        record, marks = load_ludb_record(name).select(["ii"]), load_ludb_waves(name, "ii")
        denoised = denoiser.denoise(record).load().signal[:, 0]
        for kind, rows in heights.items():
            chosen = marks.of(kind)
            for onset, peak in zip(chosen.onsets.astype(int), chosen.peaks.astype(int), strict=True):
                rows.append(
                    (float(np.ptp(record.signal[onset : peak + 1])), np.ptp(denoised[onset : peak + 1]))
                )
    for kind, rows in heights.items():
        before, after = np.array(rows).T
        assert 0.93 < (before * after).sum() / (before**2).sum() < 1.05, kind


def test_muscle_noise_on_a_real_lead_is_halved(denoiser: Denoiser, data_dir: Path) -> None:
    record = load_ludb_record("11").select(["ii"])
    noise = resample(load_noise("ma", "train")[-9000:, :1], 360, record.fs)[: record.n_samples]
    level = bandpass(record.signal, record.fs, low=0.5, high=None)
    noise *= level.std() / noise.std()
    denoised = denoiser.denoise(replace(record, signal=level + noise)).load().signal
    assert snr(level.T, denoised.T)[0] > 6
