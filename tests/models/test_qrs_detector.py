from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.datasets.mitbih import load_noise, load_record
from ectopy.errors import ParameterError
from ectopy.labels import MATCH_WINDOW
from ectopy.models.qrs_detector import QRS_REACH, detect_qrs, locate_r_peaks
from ectopy.models.qrs_waves import beats_among
from ectopy.signal.noise import add_noise

WAVES = (
    (-0.18, 0.12, 0.025),
    (-0.02, -0.1, 0.008),
    (0.0, 1.0, 0.010),
    (0.025, -0.2, 0.009),
    (0.28, 0.3, 0.05),
)
"""Seconds from the R peak, millivolts and width of P, Q, R, S and T."""


def heart(
    fs: float, seconds: float = 40, n_leads: int = 1, seed: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return an ECG with baseline wander and a little noise, and its R peaks in seconds."""
    rng = np.random.default_rng(seed)
    peaks = 0.5 + np.cumsum(rng.uniform(0.65, 1.0, int(seconds / 0.8)))
    peaks = peaks[peaks < seconds - 0.6]
    times = np.arange(0, seconds, 1 / fs)
    after = np.searchsorted(peaks, times)[:, None]
    since = times[:, None] - peaks[np.clip(after - [1, 0], 0, len(peaks) - 1)]
    one = sum(size * np.exp(-0.5 * ((since - at) / width) ** 2).sum(axis=1) for at, size, width in WAVES)
    wander = 0.3 * np.sin(2 * np.pi * 0.25 * times)
    gains = np.where(np.arange(n_leads) % 3 == 1, -0.7, 1.0)
    return (one + wander)[:, None] * gains + rng.normal(0, 0.01, (len(times), n_leads)), peaks


def assert_found(found: npt.NDArray[np.int64], peaks: npt.NDArray[np.float64], fs: float) -> None:
    """Every peak once, within 40 ms, and nothing else."""
    assert len(found) == len(peaks)
    assert np.abs(found / fs - peaks).max() < 0.04


@pytest.mark.parametrize("fs", [50, 73.3, 100, 128, 250, 257, 360, 500, 1000, 10_000])
def test_every_rate_gives_every_beat(fs: float) -> None:
    signal, peaks = heart(fs)
    assert_found(detect_qrs(signal, fs), peaks, fs)


@pytest.mark.parametrize("n_leads", [1, 2, 3, 12])
def test_any_number_of_leads(n_leads: int) -> None:
    signal, peaks = heart(250, n_leads=n_leads)
    assert_found(detect_qrs(signal, 250), peaks, 250)


@pytest.mark.parametrize("gain", [-1, 0.2, -4, 1])
def test_polarity_and_size_do_not_matter(gain: float) -> None:
    signal, peaks = heart(360)
    assert_found(detect_qrs(gain * signal + 50 * gain, 360), peaks, 360)


def test_peaks_are_sharp() -> None:
    signal, peaks = heart(500)
    assert np.abs(detect_qrs(signal, 500) / 500 - peaks).max() < 0.005


@pytest.mark.parametrize("bad", [np.nan, 0.0, 3.0, np.inf])
def test_a_dead_lead_does_no_harm(bad: float) -> None:
    signal, peaks = heart(360, n_leads=2)
    signal[:, 1] = bad
    assert_found(detect_qrs(signal, 360), peaks, 360)


def test_a_lead_that_falls_off_is_replaced_by_the_other() -> None:
    signal, peaks = heart(360, seconds=60, n_leads=2)
    signal[: 20 * 360, 0] = np.nan
    signal[40 * 360 :, 1] = 0
    assert_found(detect_qrs(signal, 360), peaks, 360)


@pytest.mark.parametrize("level", [0.0, -5.0, np.nan, 1e3])
@pytest.mark.parametrize("n_leads", [1, 2])
def test_silence_on_nothing(level: float, n_leads: int) -> None:
    assert not len(detect_qrs(np.full((36_000, n_leads), level), 360))


def test_silence_on_the_noise_of_an_idle_amplifier() -> None:
    rng = np.random.default_rng(0)
    assert not len(detect_qrs(rng.normal(1.0, 0.003, 36_000), 360))


def test_a_gap_silences_only_itself() -> None:
    signal, peaks = heart(360, seconds=60)
    signal += 4
    signal[20 * 360 : 30 * 360] = np.nan
    kept = peaks[(peaks < 19.8) | (peaks > 30.2)]
    found = detect_qrs(signal, 360)
    assert not ((found > 20.1 * 360) & (found < 29.9 * 360)).any()
    outside = found[(found < 19.8 * 360) | (found > 30.2 * 360)]
    assert_found(outside, kept, 360)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 17, 100, 360])
def test_short_signals_are_no_trouble(n_samples: int) -> None:
    found = detect_qrs(np.random.default_rng(0).normal(size=n_samples), 360)
    assert found.dtype == np.int64
    assert ((found >= 0) & (found < n_samples)).all()


def test_beats_rise_and_keep_their_distance_even_in_noise() -> None:
    found = detect_qrs(np.random.default_rng(0).normal(size=(72_000, 2)), 360, threshold=0.05)
    assert (np.diff(found) > 0.05 * 360).all()


@pytest.mark.parametrize(("fs", "n_leads"), [(360, 1), (250, 2), (128, 1), (257, 1)])
def test_a_piece_with_its_margin_gives_the_beats_of_the_whole(fs: int, n_leads: int) -> None:
    rng = np.random.default_rng(fs)
    signal, _ = heart(fs, seconds=700, n_leads=n_leads)
    signal += rng.normal(0, 0.25, signal.shape)
    signal[100 * fs : 103 * fs] = np.nan
    whole = detect_qrs(signal, fs)
    reach = int(QRS_REACH * fs)
    for _ in range(8):
        first = int(rng.integers(len(signal)))
        last = first + int(rng.integers(60 * fs))
        start, stop = max(0, first - reach), min(len(signal), last + reach)
        found = detect_qrs(signal[start:stop], fs, start=start) + start
        np.testing.assert_array_equal(
            found[(found >= first) & (found < last)], whole[(whole >= first) & (whole < last)]
        )


@pytest.mark.parametrize(
    ("signal", "options"),
    [
        (np.zeros(100), {"fs": 0}),
        (np.zeros(100), {"fs": 1e9}),
        (np.zeros(100), {"fs": float("nan")}),
        (np.zeros((2, 3, 4)), {"fs": 360}),
        (np.zeros((100, 0)), {"fs": 360}),
        (np.zeros(100), {"fs": 360, "threshold": 0}),
        (np.zeros(100), {"fs": 360, "threshold": 1.0}),
        (np.zeros(100), {"fs": 360, "start": -1}),
    ],
)
def test_what_cannot_be_is_refused(signal: npt.NDArray[np.float64], options: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        detect_qrs(signal, **options)  # type: ignore[arg-type]


def heartbeats(
    fs: float,
    beats: np.ndarray,
    p_waves: np.ndarray,
    seconds: float = 60,
    p_height: float = 0.12,
) -> np.ndarray:
    """QRS complexes of 1 mV with T waves at some times, and P waves at others, with a little noise."""
    times = np.arange(round(seconds * fs)) / fs
    signal = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    qrs = ((-0.1, -0.028, 0.009), (1, 0, 0.01), (-0.2, 0.028, 0.01), (0.28, 0.3, 0.05))
    for places, waves in ((beats, qrs), (p_waves, ((p_height, 0, 0.022),))):
        for place in places:
            for size, centre, width in waves:
                signal += size * np.exp(-0.5 * ((times - place - centre) / width) ** 2)
    return signal


@pytest.mark.parametrize("fs", [128, 250, 500])
@pytest.mark.parametrize("p_height", [0.06, 0.12])
def test_blocked_p_waves_are_no_beats(fs: int, p_height: float) -> None:
    p_waves = np.arange(0.5, 59, 0.8)
    conducted = p_waves[::3] + 0.17
    found = detect_qrs(heartbeats(fs, conducted, p_waves, p_height=p_height), fs)
    assert_found(found, conducted, fs)


@pytest.mark.parametrize("rate", [25, 60, 150, 200, 240, 280, 300])
def test_every_beat_is_found_at_any_rate_of_a_heart(rate: int) -> None:
    rr = 60 / rate
    uneven = np.random.default_rng(rate).normal(0, 0.005, int(58 / rr))
    beats = 0.5 + np.cumsum(rr * (1 + uneven))
    width, squeeze = (0.006, 0.6) if rate > 180 else (0.01, 1)
    times = np.arange(60 * 500) / 500
    signal = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    for beat in beats:
        for size, centre, spread in (
            (0.8, 0, width),
            (-0.3, 2.4 * width, width),
            (0.15, 0.45 * rr * squeeze, 0.1 * rr),
        ):
            signal += size * np.exp(-0.5 * ((times - beat - centre) / spread) ** 2)
    found = detect_qrs(signal, 500) / 500
    nearest = np.abs(found[:, None] - beats[None]).min(axis=0)
    assert np.mean(nearest < 0.03) > 0.98
    assert len(found) <= len(beats) + 1


@pytest.mark.parametrize("fs", [250, 360, 500, 1000])
def test_r_peaks_between_the_samples_lie_within_two_milliseconds_and_do_not_tremble(fs: int) -> None:
    beats = 0.5 + np.arange(0, 58, 0.857)
    found = locate_r_peaks(heartbeats(fs, beats, beats - 0.17), fs) / fs
    assert np.abs(found - beats).max() < 0.002
    rr = np.diff(found)
    assert np.sqrt(np.mean(np.diff(rr) ** 2)) < 0.001


@pytest.mark.parametrize("height", [-8.0, 2.0, 8.0])
def test_pacing_spikes_are_no_beats(height: float) -> None:
    beats = np.arange(0.5, 59, 0.81)
    signal = heartbeats(250, beats, beats - 0.17)
    signal[np.rint((beats - 0.2) * 250).astype(int)] += height
    assert_found(detect_qrs(signal, 250), beats, 250)


@pytest.mark.parametrize(("fs", "seed"), [(128, 0), (250, 19), (360, 3)])
def test_a_wide_beat_behind_its_p_wave_is_where_it_is_tallest(fs: int, seed: int) -> None:
    """Of a pacemaker that stirs atria and ventricles, in whose complexes P wave and QRS run together."""
    begins = np.arange(0.5, 59.3, 0.81)
    times = np.arange(60 * fs) / fs
    signal = 0.01 * np.random.default_rng(seed).standard_normal(len(times))
    for begin in begins:
        for size, centre, width in ((0.1, -0.1, 0.02), (1.2, 0.06, 0.028), (-0.4, 0.3, 0.06)):
            signal += size * np.exp(-0.5 * ((times - begin - centre) / width) ** 2)
    assert_found(detect_qrs(signal, fs), begins + 0.06, fs)


@pytest.mark.parametrize("n_beats", range(8))
def test_a_strip_of_any_number_of_beats_is_no_trouble(n_beats: int) -> None:
    beats = 2 + 0.7 * np.arange(n_beats)
    found = detect_qrs(heartbeats(250, beats, beats - 0.17, seconds=10), 250)
    assert len(found) == n_beats


def near(found: npt.NDArray[np.int64], beats: npt.NDArray[np.float64], fs: float) -> npt.NDArray[np.bool_]:
    """Return which detected beats lie within 60 ms of one that is."""
    return np.asarray(np.abs(found[:, None] / fs - beats[None]).min(axis=1, initial=9) < 0.06)


@pytest.mark.parametrize(("rate", "p_height"), [(60, 0.1), (90, 0.2), (130, 0.15)])
@pytest.mark.parametrize("fs", [125, 360])
def test_p_waves_of_a_standstill_are_no_beats(fs: int, rate: int, p_height: float) -> None:
    p_waves = np.arange(0.5, 59, 60 / rate)
    beats = p_waves[p_waves < 20] + 0.16
    found = detect_qrs(heartbeats(fs, beats, p_waves, p_height=p_height), fs)
    assert (found / fs < 20.5).sum() == pytest.approx(len(beats), abs=1)
    assert (found / fs > 20.5).sum() <= 0.1 * (p_waves > 20.5).sum()


@pytest.mark.parametrize(("height", "late"), [(1.4, 0.26), (1.1, 0.34), (0.9, 0.42)])
def test_a_tall_or_late_t_wave_is_no_beat(height: float, late: float) -> None:
    fs, beats = 250, np.arange(0.6, 59, 0.93)
    times = np.arange(60 * fs) / fs
    signal = heartbeats(fs, beats, beats - 0.17)
    for beat in beats:
        signal += height * np.exp(-0.5 * ((times - beat - late) / 0.045) ** 2)
    assert_found(detect_qrs(signal, fs), beats, fs)


@pytest.mark.parametrize("gain", [0.1, 0.25, 1, 4])
def test_size_does_not_decide(gain: float) -> None:
    beats = np.arange(0.5, 59, 0.77)
    signal = heartbeats(360, beats, beats - 0.17) * gain
    signal += 0.003 * np.random.default_rng(1).standard_normal(len(signal))
    assert_found(detect_qrs(signal, 360), beats, 360)


@pytest.mark.parametrize("end", [-0.12, -0.07, 0.2, 0.28, 0.33])
def test_half_a_wave_at_the_end_of_a_strip_is_no_beat(end: float) -> None:
    fs, beats = 500, np.arange(0.4, 10, 0.9)
    signal = heartbeats(fs, beats, beats - 0.17, seconds=11)
    stop = beats[-1] + end
    inside = beats[beats < stop - 0.05]
    found = detect_qrs(signal[: round(stop * fs)], fs)
    assert_found(found, inside, fs)


@pytest.mark.parametrize(("until", "height"), [(0.3, 0.5), (0.4, -0.7)])
def test_paced_beats_with_a_square_st_segment_are_beats(until: float, height: float) -> None:
    fs, beats = 250, np.arange(0.6, 59, 0.86)
    times = np.arange(60 * fs) / fs
    signal = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    for beat in beats:
        signal += np.exp(-0.5 * ((times - beat) / 0.028) ** 2)
        edges = [np.tanh((times - beat - at) / 0.024) / 2 for at in (0.1, until)]
        signal += height * (edges[0] - edges[1])
    found = detect_qrs(signal, fs) / fs
    apart = np.abs(found[:, None] - beats[None])
    assert (apart.min(axis=0) < MATCH_WINDOW).mean() > 0.97
    assert (apart.min(axis=1) < MATCH_WINDOW).mean() > 0.97


@pytest.mark.parametrize(("size", "decay"), [(2.0, 0.3), (-4.0, 0.8)])
def test_electrode_pops_are_no_beats(size: float, decay: float) -> None:
    fs = 250
    beats = np.arange(0.5, 119, 0.9)
    signal = heartbeats(fs, beats, beats - 0.17, seconds=120)
    times = np.arange(len(signal)) / fs
    pops = np.arange(10.4, 110, 7.3)
    for pop in pops:
        signal += size * np.where(times >= pop, np.exp(-(times - pop) / decay), 0)
    found = detect_qrs(signal, fs)
    assert (~near(found, beats, fs)).sum() <= 2  # of 14 pops
    assert len(beats) - near(found, beats, fs).sum() <= 3


@pytest.mark.parametrize(("name", "every"), [("115", 2), ("112", 3), ("122", 2)])
def test_p_waves_of_real_people_without_their_qrs_are_no_beats(data_dir: Path, name: str, every: int) -> None:
    """Take each second or third QRS and T out of ten minutes of a recording, and leave the P waves."""
    record = load_record(name).slice(0, 600)
    beats = record.reference_annotations().beats().samples
    beats = beats[(beats > 40) & (beats < record.n_samples - 200)]
    signal = record.signal[:, 0].copy()
    gone = np.arange(len(beats)) % every == every - 1
    for beat in beats[gone]:
        start, stop = beat - 20, beat + 165
        signal[start:stop] = np.linspace(signal[start], signal[stop], stop - start)
    found = detect_qrs(signal, record.fs)
    inside = (found > 40) & (found < record.n_samples - 200)
    assert (~near(found[inside], beats[~gone] / record.fs, record.fs)).sum() <= 3
    assert len(beats[~gone]) - near(found[inside], beats[~gone] / record.fs, record.fs).sum() <= 2


@pytest.mark.parametrize("name", ["102", "104", "107", "217"])
def test_beats_of_real_pacemakers_are_found_once_each(data_dir: Path, name: str) -> None:
    record = load_record(name).slice(0, 600)
    beats = record.reference_annotations().beats().samples / record.fs
    beats = beats[(beats > 1) & (beats < 599)]
    for n_leads in (1, 2):
        found = detect_qrs(record.signal[:, :n_leads], record.fs)
        found = found[(found > record.fs) & (found < 599 * record.fs)]
        apart = np.abs(found[:, None] / record.fs - beats[None])
        assert (apart.min(axis=0) > MATCH_WINDOW).sum() <= 2
        assert (apart.min(axis=1) > MATCH_WINDOW).sum() <= 2


def test_motion_of_an_electrode_as_large_as_the_beats_hides_few_of_them(data_dir: Path) -> None:
    record = load_record("118").slice(0, 600)
    marks = record.reference_annotations().beats()
    loud = add_noise(record.signal, load_noise("em", "test"), 6.0, record.fs, qrs=marks.samples)
    found = detect_qrs(loud[:, :1], record.fs) / record.fs
    beats = marks.samples / record.fs
    apart = np.abs(found[:, None] - beats[None])
    assert (apart.min(axis=0) < MATCH_WINDOW).mean() > 0.985
    assert (apart.min(axis=1) < MATCH_WINDOW).mean() > 0.93


class TestGentleWaves:
    """A flat lead: what counts is where a wave lies among beats that the network is sure of."""

    RATE = 100.0

    def among(self, sure: list[int], gentle: int) -> bool:
        peaks = np.array(sorted([*sure, gentle]), np.int64)
        probability = np.where(peaks == gentle, 0.3, 0.95).astype(np.float32)
        flat = np.zeros((1, int(peaks[-1]) + 100), np.float32)
        return gentle in beats_among(peaks, flat, probability, self.RATE)

    @pytest.mark.parametrize("rr", [40, 80, 150])
    def test_where_a_beat_of_a_regular_rhythm_was_due_one_is_a_beat(self, rr: int) -> None:
        beats = [100 + rr * n for n in range(10) if n != 4]
        assert self.among(beats, 100 + 4 * rr + 2)
        assert self.among([each for each in beats if each > 100 + 2 * rr], 100 + 4 * rr)

    def test_a_blocked_p_wave_is_none(self) -> None:
        beats = [100 + 80 * n for n in range(9) if n != 4]
        assert not self.among(beats, 100 + 4 * 80 - 14)

    @pytest.mark.parametrize(
        "beats",
        [
            [100, 200, 300, 500, 600],  # too few beside it
            [100, 170, 290, 350, 450, 610, 690, 790, 850],  # irregular
            [100 + 160 * n for n in range(9) if n != 4],  # below 40 a minute, where one is not missed
            [0, 100, 200, 300, 400, 700, 800, 900, 1000],  # three times as long
        ],
    )
    def test_elsewhere_it_is_none(self, beats: list[int]) -> None:
        gap = int(np.argmax(np.diff(beats)))
        assert not self.among(beats, (beats[gap] + beats[gap + 1]) // 2)
