"""What a heart does, drawn, and what the whole analysis must say of it."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.analysis.pipeline import analyze
from ectopy.analysis.result import Analysis
from ectopy.record import Record
from ectopy.simulation import simulate

P = ((0.12, -0.17, 0.022),)
QRS = ((-0.1, -0.028, 0.009), (1.0, 0.0, 0.01), (-0.2, 0.028, 0.01))
T = ((0.28, 0.3, 0.05),)
ECTOPIC_P = ((-0.1, -0.13, 0.02),)


def drawn(fs: int, seconds: float, waves: dict[float, tuple[tuple[float, float, float], ...]]) -> Analysis:
    """Analyse a lead of waves (height in mV, centre and width in seconds) at some times."""
    times = np.arange(round(seconds * fs)) / fs
    signal = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    for place, shape in waves.items():
        for height, centre, width in shape:
            signal += height * np.exp(-0.5 * ((times - place - centre) / width) ** 2)
    return analyze(Record(signal=signal[:, np.newaxis].astype(np.float32), fs=fs, leads=("II",)), waves=False)


@pytest.mark.parametrize(("fs", "p_height"), [(360, 0.25), (500, 0.3)])
def test_standstill_is_a_pause_and_its_p_waves_are_no_beats(fs: int, p_height: float) -> None:
    p_wave = ((p_height, -0.17, 0.025),)
    atrial = np.arange(0.7, 119, 0.8)
    conducted = atrial[(atrial < 50) | (atrial > 72)]
    analysis = drawn(fs, 120, {t: p_wave + QRS + T if t in conducted else p_wave for t in atrial})
    assert np.abs(len(analysis.beats) - len(conducted)) <= 2
    assert np.diff(analysis.beats.samples).max() / fs > 20
    assert set(analysis.symbols) <= {"N", "Q", "?"}


def paced(height: float, before: float, every: int) -> Analysis:
    """Analyse beats of which one in so many begins with a spike of one sample."""
    fs, beats = 360, np.arange(0.5, 59, 0.85)
    times = np.arange(60 * fs) / fs
    signal = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    for number, place in enumerate(beats):
        wide = number % every == 0
        for size, centre, width in ((1.3, 0.06, 0.03), (-0.5, 0.3, 0.06)) if wide else P + QRS + T:
            signal += size * np.exp(-0.5 * ((times - place - centre) / width) ** 2)
        if wide or before > 0.13:
            signal[round((place - before + 0.06 * wide) * fs)] += height
    return analyze(Record(signal=signal[:, np.newaxis].astype(np.float32), fs=fs, leads=("II",)), waves=False)


@pytest.mark.parametrize("height", [-3.0, 1.5, 8.0])
def test_beats_that_begin_with_a_spike_are_paced(height: float) -> None:
    analysis = paced(height, 0.08, every=1)
    assert np.mean(analysis.symbols == "/") > 0.97
    assert np.mean(analysis.classes == "Q") > 0.97
    assert [each.kind for each in analysis.episodes] == ["ventricular pacing"]


@pytest.mark.parametrize(("fs", "height"), [(250, 1.5), (500, 0.6), (1000, -0.8)])
def test_beats_that_begin_with_a_widened_spike_are_paced(fs: int, height: float) -> None:
    beats = np.arange(0.5, 59, 0.85)
    paced_beat = ((height, -0.08, 0.0015), (1.3, 0.0, 0.03), (-0.5, 0.26, 0.06))
    analysis = drawn(fs, 60, dict.fromkeys(beats, paced_beat))
    assert np.mean(analysis.symbols == "/") > 0.97
    assert [each.kind for each in analysis.episodes] == ["ventricular pacing"]
    assert analysis.differ.mean() < 0.03


def test_paced_beats_may_point_anywhere_and_others_may_not() -> None:
    beats = np.arange(0.5, 59, 0.85)
    down = ((-1.3, 0.0, 0.03), (0.5, 0.26, 0.06))
    plain, paced = (
        drawn(500, 60, dict.fromkeys(beats, waves)) for waves in (down, ((0.6, -0.08, 0.0015), *down))
    )
    assert any("points down" in warning for warning in plain.warnings)
    assert not any("points down" in warning for warning in paced.warnings)


def test_a_paced_atrium_makes_no_paced_beats_and_single_spikes_no_pacing() -> None:
    assert "/" not in paced(4.0, 0.2, every=10**6).symbols
    assert "/" not in paced(4.0, 0.08, every=9).symbols


@pytest.mark.parametrize("rate", [4.0, 10.0])
def test_a_stimulator_of_nerves_paces_no_heart(rate: float) -> None:
    record = simulate(60, 360, ("II",), seed=5)
    signal = record.signal.copy()
    signal[(360 * np.arange(1, 59, 1 / rate)).astype(int)] += 2.0
    analysis = analyze(Record(signal=signal, fs=360, leads=("II",)), waves=False)
    assert not (analysis.symbols == "/").any()


@pytest.mark.parametrize("height", [0.9, 1.1])
def test_a_tall_t_wave_before_a_pause_is_no_beat(height: float) -> None:
    beats = np.arange(0.5, 118, 0.9)
    beats = beats[(beats < 40) | (beats > 43)]
    tall = ((-0.08, -0.026, 0.009), (0.45, 0, 0.011), (-0.15, 0.027, 0.011), (height, 0.3, 0.045))
    analysis = drawn(360, 120, dict.fromkeys(beats, P + tall))
    assert len(analysis.beats) == len(beats)
    assert "V" not in analysis.symbols


@pytest.mark.parametrize("cycle", [0.7, 0.8])
def test_a_longer_pr_interval_makes_no_beat_ventricular(cycle: float) -> None:
    waves = {}
    for number, t in enumerate(np.arange(0.5, 178, cycle)):
        pr = (0.18, 0.26, None)[number % 3]
        waves[t] = ((0.12, 0, 0.022),)
        if pr is not None:
            waves[t + pr] = QRS + T
    assert set(drawn(250, 180, waves).symbols) <= {"N", "Q", "?"}


@pytest.mark.parametrize(("fs", "cycle", "run"), [(250, 0.75, 0.36), (128, 0.8, 0.38), (250, 0.95, 0.4)])
def test_an_atrial_run_behind_t_waves_is_supraventricular(fs: int, cycle: float, run: float) -> None:
    waves, early, t = {}, 0, 0.6
    for number in range(200):
        waves[t] = P + QRS + T
        t += cycle * (1 + 0.03 * np.sin(number))
        if number % 40 == 20:
            t -= 0.38 * cycle
            for _ in range(5):
                waves[t] = ECTOPIC_P + QRS + T
                early += 1
                t += run
            t += cycle - run
    symbols = drawn(fs, t, waves).symbols
    assert (symbols == "V").sum() == 0
    assert (symbols == "S").sum() >= 0.8 * early


@pytest.mark.parametrize(("fs", "size", "slower"), [(200, 1.0, 1.0), (360, 1.0, 1.0), (500, -1.0, 1.0)])
def test_the_beat_after_an_interpolated_ventricular_one_is_normal(
    fs: int, size: float, slower: float
) -> None:
    ventricular = tuple(
        (size * height, slower * centre, slower * width)
        for height, centre, width in ((1.6, 0, 0.03), (-0.8, 0.09, 0.035), (-0.5, 0.32, 0.06))
    )
    waves, wide, t = {}, 0, 0.6
    for number in range(150):
        waves[t] = P + QRS + T
        if number % 12 == 6:
            waves[t + 0.6] = ventricular
            wide += 1
            t += 0.15
        t += 0.9 * (1 + 0.03 * np.sin(number))
    symbols = drawn(fs, t, waves).symbols
    assert (symbols == "S").sum() == 0
    assert 0.8 * wide <= (symbols == "V").sum() <= wide


@pytest.mark.parametrize("fs", [250, 500])
def test_a_bundle_branch_block_that_comes_and_goes_is_no_ventricular_rhythm(fs: int) -> None:
    blocked = ((0.9, 0, 0.03), (0.6, 0.05, 0.02), (-0.3, 0.32, 0.06))
    beats = 0.6 + np.cumsum(0.85 * (1 + 0.02 * np.sin(np.arange(200))))
    waves = {t: P + (blocked if number // 30 % 2 else QRS + T) for number, t in enumerate(beats)}
    symbols = drawn(fs, beats[-1] + 1, waves).symbols
    assert not {"V", "F"} & set(symbols)


def test_a_ventricular_rhythm_as_slow_as_the_sinus_stays_ventricular() -> None:
    wide = ((1.6, 0, 0.03), (-0.8, 0.09, 0.035), (-0.5, 0.32, 0.06))
    beats = 0.6 + 0.8 * np.arange(200)
    own = range(80, 110)
    waves = {t: wide if number in own else P + QRS + T for number, t in enumerate(beats)}
    waves |= dict.fromkeys(beats[80] + 0.7 * np.arange(33) + 0.01, P)
    symbols = drawn(250, beats[-1] + 1, waves).symbols
    assert np.isin(symbols[80:110], ["V", "F"]).mean() > 0.8


@pytest.mark.parametrize(("fs", "size"), [(250, 2.0), (500, 0.4)])
def test_an_electrode_that_gives_nothing_but_noise_shows_no_beats(fs: int, size: float) -> None:
    rng, off = np.random.default_rng(2), np.arange(20, 110, 30)
    times = np.arange(120 * fs) / fs
    signal = 0.01 * rng.standard_normal(len(times))
    for place in np.arange(0.6, 119, 0.85):
        for height, centre, width in P + QRS + T:
            signal += height * np.exp(-0.5 * ((times - place - centre) / width) ** 2)
    lost = ((times[:, np.newaxis] > off) & (times[:, np.newaxis] < off + 6)).any(axis=1)
    signal[lost] = size * rng.standard_normal(lost.sum())
    lead = Record(signal=signal[:, np.newaxis].astype(np.float32), fs=fs, leads=("II",))
    analysis = analyze(lead, waves=False)
    inside = lost[analysis.beats.samples]
    assert set(analysis.symbols[~inside]) <= {"N", "Q", "?"}
    assert np.mean(analysis.symbols[inside] == "?") > 0.8
    assert "V" not in analysis.symbols


def cut_after_r(seconds: float, held: float = 0.0) -> Analysis:
    """Analyse a recording that ends so soon after an R peak, or is filled up with its last sample."""
    record = simulate(30, 500, ("II", "V5"), seed=4)
    stop = record.annotations.beats().samples[-3] + round(seconds * 500)
    filling = np.repeat(record.signal[stop - 1 : stop], round(held * 500), axis=0)
    signal = np.concatenate([record.signal[:stop], filling])
    return analyze(Record(signal=signal, fs=500, leads=record.leads), waves=False)


@pytest.mark.parametrize("seconds", [0.08, 0.15])
def test_a_beat_is_not_unusual_because_the_recording_ends_within_it(seconds: float) -> None:
    scores = cut_after_r(seconds).scores
    assert scores[-1] < scores[:-1].max() + 0.1


def test_a_qrs_that_goes_on_as_a_repeated_sample_cannot_be_judged() -> None:
    assert list(cut_after_r(0.03, held=0.1).symbols[-2:]) == ["N", "?"]
    assert list(cut_after_r(0.08, held=0.1).symbols[-2:]) == ["N", "N"]


@pytest.mark.parametrize("height", [3.0, 4.0])
def test_a_beat_before_an_electrode_pops_is_judged(height: float) -> None:
    fs, beats = 250, np.arange(0.5, 78, 0.667)
    times = np.arange(80 * fs) / fs
    signal = 0.01 * np.random.default_rng(0).standard_normal(len(times))
    for place in beats:
        for size, centre, width in P + QRS + T:
            signal += size * np.exp(-0.5 * ((times - place - centre) / width) ** 2)
    popped = beats[12::20]
    for place in popped + 0.4:
        signal += np.where(times >= place, height * np.exp(-np.maximum(times - place, 0) / 0.6), 0)
    record = Record(signal=signal[:, np.newaxis].astype(np.float32), fs=fs, leads=("II",))
    analysis = analyze(record, waves=False)
    before = np.abs(analysis.beats.samples[:, np.newaxis] / fs - popped).min(axis=1) < 0.08
    assert before.sum() == len(popped)
    assert set(analysis.symbols[before]) <= {"N", "Q"}
    assert not {"V", "F", "S"} & set(analysis.symbols)


@pytest.mark.parametrize("conducted", [3, 4])
def test_the_beats_of_a_very_slow_heart_are_judged(conducted: int) -> None:
    p_wave = ((0.2, -0.17, 0.025),)
    atrial = np.arange(0.6, 178, 0.9)
    ventricular = atrial[::conducted]
    analysis = drawn(250, 180, {t: p_wave + QRS + T if t in ventricular else p_wave for t in atrial})
    assert len(analysis.beats) == len(ventricular)
    assert set(analysis.symbols) <= {"N", "Q"}


def test_wide_beats_of_a_fast_regular_heart_are_judged() -> None:
    wide = ((0.1, -0.15, 0.016), (1.0, -0.02, 0.02), (1.0, 0.05, 0.022), (-0.3, 0.22, 0.035))
    beats = 0.6 + np.cumsum(0.42 * (1 + 0.02 * np.sin(np.arange(140))))
    analysis = drawn(360, beats[-1] + 0.6, dict.fromkeys(beats, wide))
    assert len(analysis.beats) == len(beats)
    assert "?" not in analysis.symbols


def test_a_beat_of_usual_qrs_that_is_no_ectopy_is_a_normal_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ectopy.analysis.judging.unbelievable", lambda beats, model: np.isin(beats.classes, ["S", "V"])
    )
    waves, t = {}, 0.6
    for number in range(120):
        waves[t] = (ECTOPIC_P if number % 10 == 5 else P) + QRS + T
        t += {4: 0.55, 5: 1.15}.get(number % 10, 0.85)
    symbols = drawn(250, t, waves).symbols
    assert set(symbols) <= {"N", "Q"}
