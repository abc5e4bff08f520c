"""Quality: what spoils a signal is found, and what a heart does is not taken for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.errors import ParameterError
from ectopy.io.registry import open_record
from ectopy.signal import FAULTS, Quality, Span, assess, assess_reach, block_length, spans
from ectopy.simulation import simulate

FS = 360
MINUTE = 60 * FS


def beats(n_samples: int = MINUTE, fs: float = FS, height: float = 1.2) -> npt.NDArray[np.float32]:
    """P, QRS and T waves at 75 a minute, as an 11-bit converter of 5 µV would give them."""
    phase = (np.arange(n_samples) / fs) % 0.8
    waves = ((0.1, 0.2, 0.025), (1.0, 0.36, 0.012), (-0.2, 0.39, 0.012), (0.25, 0.62, 0.05))
    ecg = sum(size * np.exp(-(((phase - at) / width) ** 2)) for size, at, width in waves)
    return (np.round(height * np.asarray(ecg) / 0.005) * 0.005).astype(np.float32)


def share(x: npt.NDArray[np.floating], kind: Quality, fs: float = FS) -> float:
    return float(np.mean((assess(x, fs) & kind) > 0))


def noise(scale: float, n_samples: int = MINUTE) -> npt.NDArray[np.float64]:
    return np.random.default_rng(0).normal(scale=scale, size=n_samples)


@pytest.mark.parametrize("fs", [64, 100, 128, 250, 360, 500, 1000])
@pytest.mark.parametrize("height", [0.3, 1.2, 4.0])
def test_a_clean_lead_is_good_throughout(fs: int, height: float) -> None:
    assert not assess(beats(20 * fs, fs, height), fs).any()


def test_missing_samples_are_missing_and_nothing_else() -> None:
    x = beats()
    x[1000:1100], x[5000], x[9000:15000] = np.nan, np.inf, np.nan
    flags = assess(x, FS)
    np.testing.assert_array_equal(flags == Quality.MISSING, ~np.isfinite(x))
    assert not flags[np.isfinite(x)].any()


def test_a_gap_does_not_spoil_its_neighbours() -> None:
    x = beats() + 3.0
    for length in (10, 200, 1000, 4000):
        x[5000 : 5000 + length] = np.nan
        assert not assess(x, FS)[np.isfinite(x)].any()


def test_a_lead_that_falls_off_is_flat_from_then_on() -> None:
    x = beats()
    x[7200:] = 0.4
    flat = (assess(x, FS) & Quality.FLAT) > 0
    assert not flat[:7200].any()
    assert flat[7200 + block_length(FS) :].all()


def test_a_pause_of_the_heart_is_not_flat() -> None:
    x = beats() + noise(0.004)
    x[7200:9000] = noise(0.004)[7200:9000]
    assert share(x, Quality.FLAT) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_the_rail_is_clipped(sign: int) -> None:
    x = sign * np.minimum(beats(height=4.0), np.float32(2.0))
    clipped = (assess(x, FS) & Quality.CLIPPED) > 0
    np.testing.assert_array_equal(clipped, np.abs(x) == 2.0)


def test_broad_rounded_waves_are_not_clipped() -> None:
    times = np.arange(MINUTE) / FS
    x = np.round(1.8 * np.sin(2 * np.pi * 1.5 * times) / 0.005) * 0.005
    assert share(x, Quality.CLIPPED) == 0


def test_muscle_noise_is_noisy_where_it_is() -> None:
    x = beats() + 0
    x[7200:14400] += noise(0.3)[:7200].astype(np.float32)
    noisy = (assess(x, FS) & Quality.NOISY) > 0
    assert noisy[7200:14400].mean() >= 0.9
    assert not noisy[: 7200 - 2 * FS].any()
    assert not noisy[14400 + 2 * FS :].any()


def test_electrode_motion_is_noisy() -> None:
    rng = np.random.default_rng(0)
    steps = np.repeat(rng.normal(scale=1.0, size=240), FS // 4)
    motion = np.convolve(steps, np.hanning(120) / 60, "same")
    assert share(beats(len(motion)) + motion, Quality.NOISY) > 0.7


@pytest.mark.parametrize(
    "harmless",
    [
        0.4 * np.sin(2 * np.pi * 0.15 * np.arange(MINUTE) / FS),
        0.2 * np.sin(2 * np.pi * 60 * np.arange(MINUTE) / FS),
        noise(0.01),
    ],
    ids=["breathing", "mains", "a little noise"],
)
def test_what_filters_take_out_is_not_noisy(harmless: npt.NDArray[np.float64]) -> None:
    assert share(beats() + harmless, Quality.NOISY) == 0


@pytest.mark.parametrize("hz", [2.5, 3.5, 4.5, 6.0])
def test_flutter_and_fast_ventricular_rhythms_are_not_noise(hz: float) -> None:
    times = np.arange(MINUTE) / FS
    assert share(1.2 * np.sin(2 * np.pi * hz * times), Quality.NOISY) == 0


def test_rates_too_low_to_tell_are_not_called_noisy() -> None:
    assert share(noise(1.0, 600), Quality.NOISY, fs=50) == 0


@pytest.mark.parametrize("n_samples", [1, 2, 3, 4, 5, 100, 181, 719])
def test_a_short_recording_is_judged_too(n_samples: int) -> None:
    assert assess(beats(n_samples), FS).shape == (n_samples,)


def test_each_lead_is_judged_for_itself() -> None:
    x = np.column_stack([beats(), np.zeros(MINUTE), np.full(MINUTE, np.nan)])
    flags = assess(x, FS)
    assert flags.dtype == np.uint8
    assert [np.unique(lead).tolist() for lead in flags.T] == [[0], [Quality.FLAT], [Quality.MISSING]]


def test_a_long_recording_is_judged_alike_wherever_it_begins() -> None:
    rng = np.random.default_rng(0)
    loudness = np.repeat(rng.uniform(0, 0.5, 500), 3 * FS)
    x = beats(len(loudness)) + loudness * rng.normal(size=len(loudness))
    flags, later = assess(x, FS), assess(x[100 * block_length(FS) :], FS)
    begin = 100 * block_length(FS) + assess_reach(FS)
    np.testing.assert_array_equal(later[assess_reach(FS) :], flags[begin:])
    assert 0.1 < np.mean(flags > 0) < 0.9


def test_spans_are_in_seconds_and_in_order() -> None:
    flags = np.zeros((1000, 2), dtype=np.uint8)
    flags[500:, 0] = Quality.NOISY | Quality.CLIPPED
    flags[:250, 1] = Quality.MISSING
    assert spans(flags, 250, ["MLII", "V1"]) == (
        Span(0.0, 1.0, "V1", Quality.MISSING),
        Span(2.0, 4.0, "MLII", Quality.CLIPPED),
        Span(2.0, 4.0, "MLII", Quality.NOISY),
    )


def test_what_cannot_be_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="fs=0"):
        assess(beats(), 0)
    with pytest.raises(ParameterError, match="shape"):
        assess(np.zeros((0, 2)), FS)
    with pytest.raises(ParameterError, match="1 leads"):
        spans(np.zeros((10, 2), np.uint8), FS, ["MLII"])


@pytest.mark.parametrize(("record", "most"), [("101", 0.03), ("115", 0.03), ("122", 0.03), ("230", 0.03)])
def test_clean_records_are_good(data_dir: Path, record: str, most: float) -> None:
    signal = open_record(data_dir / "mitdb" / record).signal[:, 0]
    assert share(signal, Quality.NOISY) < most
    assert share(signal, Quality.FLAT) == 0
    assert share(signal, Quality.CLIPPED) < 1e-4


def test_the_stress_test_is_noisy_where_noise_was_added(data_dir: Path) -> None:
    record = open_record(data_dir / "nstdb" / "118e_6")
    seconds = np.arange(record.n_samples) / record.fs
    added = (seconds >= 300) & ((seconds - 300) // 120 % 2 == 0)
    noisy = (assess(record.signal, record.fs) & Quality.NOISY) > 0
    assert noisy[added].mean() > 0.8
    assert noisy[~added].mean() < 0.05


def test_real_rails_are_found(data_dir: Path) -> None:
    signal = open_record(data_dir / "mitdb" / "116").signal[:, 0]
    clipped = (assess(signal, FS) & Quality.CLIPPED) > 0
    assert clipped.sum() > 500
    assert np.unique(signal[clipped]).tolist() == [np.float32(-5.12)]


def test_every_flag_has_a_word_a_tolerance_and_a_look_of_its_own():
    assert tuple(FAULTS) == tuple(Quality)
    assert all(0 < fault.tolerance < 1 for fault in FAULTS.values())
    for looks in zip(*((fault.word, fault.colour, fault.hatch) for fault in FAULTS.values()), strict=True):
        assert len(set(looks)) == len(FAULTS)


def strip(fs: float, ventricular: bool = False) -> np.ndarray:
    """A minute of beats of 1 mV; ventricular ones are wide, of 2 mV, their T wave of 0.8 mV upside down."""
    times, signal = np.arange(round(60 * fs)) / fs, np.zeros(round(60 * fs))
    for number, beat in enumerate(np.arange(0.5, 59, 0.8)):
        wide = ventricular and number % 4 == 3
        waves = ((2, 0, 0.03), (-0.8, 0.3, 0.06)) if wide else ((1, 0, 0.01), (0.3, 0.28, 0.05))
        for size, centre, width in waves:
            signal += size * np.exp(-0.5 * ((times - beat - centre) / width) ** 2)
    return signal


@pytest.mark.parametrize("fs", [128, 250, 360, 500])
def test_an_electrode_pop_is_artefact_for_a_quarter_of_a_second_around(fs: int):
    signal, times = strip(fs), np.arange(60 * fs) / fs
    signal += np.where(times >= 30, 3 * np.exp(-(times - 30) / 0.6), 0)
    found = (assess(signal, fs) & Quality.ARTEFACT) > 0
    assert found[(times > 29.9) & (times < 30.1)].all()
    assert not found[(times < 29.5) | (times > 30.8)].any()


@pytest.mark.parametrize("fs", [128, 250, 360, 500])
def test_no_ventricular_beat_is_artefact(fs: int):
    assert not (assess(strip(fs, ventricular=True), fs) & Quality.ARTEFACT).any()


@pytest.mark.parametrize("fs", [125, 250, 360, 1000])
def test_noise_alone_is_unreadable_and_beats_that_stand_out_of_noise_are_not(fs):
    noise = 0.3 * np.random.default_rng(1).standard_normal((60 * fs, 1))
    unreadable = assess(noise, fs) & Quality.UNREADABLE > 0
    assert unreadable.mean() > 0.97
    record = simulate(60, fs, ("II",), seed=1)
    assert not (assess(record.signal + 0.25 * noise, fs) & Quality.UNREADABLE).any()
