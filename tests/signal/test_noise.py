"""Noise: the ratio asked for is the ratio that comes out, by the published definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ectopy.errors import ParameterError
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations
from ectopy.signal import add_noise, measure_snr
from ectopy.signal.noise import noise_rms, qrs_height

FS = 250
PEAKS = np.arange(100, 20_000, 200)


def clean(n_leads: int = 2) -> np.ndarray:
    """Beats 1 mV high in the first lead, 2 mV in the second, and so on."""
    x = np.exp(-(((np.arange(20_000) % 200 - 100) / 4) ** 2))
    return np.column_stack([x * (lead + 1) for lead in range(n_leads)]).astype(np.float32)


def white(n_samples: int = 30_000) -> np.ndarray:
    return np.random.default_rng(7).normal(scale=3, size=n_samples)


@given(
    snr_db=st.floats(-12, 30),
    definition=st.sampled_from(["nst", "rms"]),
    n_noise=st.sampled_from([900, 20_000, 30_000]),
    seed=st.one_of(st.none(), st.integers(0, 99)),
)
@settings(max_examples=30, deadline=None)
def test_the_ratio_asked_for_is_the_ratio_measured(
    snr_db: float, definition: str, n_noise: int, seed: int | None
) -> None:
    signal = clean()
    noisy = add_noise(signal, white(n_noise), snr_db, FS, qrs=PEAKS, definition=definition, seed=seed)
    measured = measure_snr(signal, noisy - signal, FS, qrs=PEAKS, definition=definition)
    np.testing.assert_allclose(measured, snr_db, atol=0.01)


def test_the_published_gains_of_the_stress_test_come_out(data_dir: Path) -> None:
    """Records 118e00 and 118e_6 say which share of `em` was added to 118; ours is the same to 0.2 dB."""
    signal = open_record(data_dir / "mitdb" / "118").signal
    marks = read_annotations(data_dir / "mitdb" / "118", "atr")
    normal = marks.samples[np.isin(marks.symbols, ["N", "L", "R"])]
    motion = open_record(data_dir / "nstdb" / "em").signal
    part = slice(300 * 360, 400 * 360)
    for name, snr_db in (("118e00", 0), ("118e_6", -6)):
        added = (open_record(data_dir / "nstdb" / name).signal - signal)[part]
        ours = (add_noise(signal, motion, snr_db, 360, qrs=normal) - signal)[part]
        np.testing.assert_allclose(20 * np.log10(ours.std(axis=0) / added.std(axis=0)), 0, atol=0.2)


def test_heights_and_amplitudes_are_in_millivolts_a_lead() -> None:
    np.testing.assert_allclose(qrs_height(clean(), FS, PEAKS), [1, 2], rtol=0.01)
    np.testing.assert_allclose(noise_rms(np.column_stack([white(), 2 * white()]), FS), [3, 6], rtol=0.02)


def test_few_giant_beats_do_not_raise_the_height() -> None:
    signal = clean(1)
    signal[PEAKS[3]] = 40
    np.testing.assert_allclose(qrs_height(signal, FS, PEAKS), 1, rtol=0.01)


def test_missing_samples_stay_missing_and_do_not_count() -> None:
    signal = clean()
    signal[4000:4100] = np.nan
    noisy = add_noise(signal, white(), 6, FS, qrs=PEAKS)
    np.testing.assert_array_equal(np.isnan(noisy), np.isnan(signal))


def test_a_seed_gives_the_same_piece_of_noise_and_another_seed_another() -> None:
    once, again, other = (add_noise(clean(), white(), 6, FS, qrs=PEAKS, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


def test_each_lead_gets_a_noise_of_its_own_where_there_are_enough() -> None:
    noises = np.column_stack([white(), np.sin(np.arange(30_000) / 5)])
    signal = clean(3)
    added = add_noise(signal, noises, 6, FS, definition="rms") - signal
    correlation = np.corrcoef(added.T)
    assert correlation[0, 2] > 0.99
    assert abs(correlation[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"definition": "snr"}, "choose one of: nst, rms"),
        ({"qrs": None}, "qrs=None"),
        ({"qrs": []}, "qrs has 0"),
        ({"qrs": [5]}, "none of them"),
        ({"snr_db": float("nan")}, "snr_db=nan"),
        ({"fs": 0}, "fs=0"),
        ({"noise": np.zeros(500)}, "noise has no power"),
        ({"noise": np.full(500, np.nan)}, "missing"),
        ({"signal": np.zeros(20_000)}, "signal has no power"),
    ],
)
def test_what_cannot_be_is_refused_by_name(arguments: dict, named: str) -> None:
    usual = {"signal": clean(), "noise": white(), "snr_db": 6, "fs": FS, "qrs": PEAKS}
    with pytest.raises(ParameterError, match=named):
        add_noise(**(usual | arguments))


def test_a_lead_without_a_sample_is_refused_by_name() -> None:
    signal = clean()
    signal[:, 1] = np.nan
    for definition in ("nst", "rms"):
        with pytest.raises(ParameterError, match=r"lead|measured"):
            add_noise(signal, white(), 6, FS, qrs=PEAKS, definition=definition)
