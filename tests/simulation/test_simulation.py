"""Simulated recordings: known beats, shapes a cardiologist would accept, noise as loud as asked."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import bilinear, lfilter, periodogram

from ectopy.errors import ParameterError
from ectopy.record import Record
from ectopy.simulation import Noise, Rhythm, Variability, demo_record, simulate
from ectopy.simulation.rhythm import BeatTrain, sinus_process
from ectopy.simulation.waves import Patient, add_beats, lead_matrix
from naive_dynamical import integrate

CLOCKWORK = Variability(sdnn=0, drift=0, breathing=0, beat_to_beat=0)
MIXED = Rhythm(supraventricular=0.05, ventricular=0.06, fusion=0.02, pauses=0.01, couplets=0.2, runs=0.1)


def beats(record: Record) -> tuple[np.ndarray, np.ndarray]:
    assert record.annotations is not None
    marks = record.annotations.beats()
    return marks.samples, marks.symbols


def around(record: Record, symbol: str, first: float, last: float, lead: int = 0) -> np.ndarray:
    """Cut each beat of a kind from ``first`` to ``last`` seconds about its R peak, whole windows only."""
    samples, symbols = beats(record)
    offsets = np.arange(round(first * record.fs), round(last * record.fs))
    places = samples[symbols == symbol][:, None] + offsets
    whole = (places[:, 0] >= 0) & (places[:, -1] < record.n_samples)
    return record.signal[places[whole], lead]


def test_a_seed_gives_the_same_recording() -> None:
    one, two = (simulate(30, rhythm=MIXED, noise=Noise(motion=0.1, snr_db=6), seed=11) for _ in range(2))
    assert one.signal.tobytes() == two.signal.tobytes()
    assert beats(one)[0].tolist() == beats(two)[0].tolist()
    assert one.signal.tobytes() != simulate(30, rhythm=MIXED, seed=12).signal.tobytes()


def test_a_seed_gives_the_same_recording_on_every_machine() -> None:
    record = simulate(8, 360, ("II",), rhythm=MIXED, seed=26)
    samples, symbols = beats(record)
    assert samples.tolist() == [264, 465, 806, 1032, 1342, 1644, 1944, 2145, 2552, 2869]
    assert "".join(symbols.tolist()) == "NANANNNVNN"
    tops = [1.322, 1.284, 1.270, 1.312, 1.359, 1.197, 1.241, -1.156, 1.286, 1.355]
    np.testing.assert_allclose(record.signal[samples, 0], tops, atol=2e-3)


@pytest.mark.parametrize("seed", [0, 1])
def test_beats_do_not_depend_on_sampling_rate_or_leads(seed: int) -> None:
    slow = simulate(20, 250, ("II",), rhythm=MIXED, noise=None, seed=seed)
    fast = simulate(20, 1000, ("V5", "II", "holter-1"), rhythm=MIXED, noise=None, seed=seed)
    np.testing.assert_allclose(fast.signal[::4, 1], slow.signal[:, 0], atol=1e-4)
    np.testing.assert_allclose(beats(fast)[0] / 1000, beats(slow)[0] / 250, atol=0.5 / 250 + 0.5 / 1000)
    assert beats(fast)[1].tolist() == beats(slow)[1].tolist()


def test_a_longer_recording_begins_with_the_same_noise() -> None:
    noise = Noise(motion=0.1)
    long, short = (
        simulate(t, noise=noise, seed=2).signal - simulate(t, noise=None, seed=2).signal for t in (150, 70)
    )
    np.testing.assert_allclose(long[: len(short)], short, atol=1e-5)


def test_more_of_one_noise_leaves_the_others_alone() -> None:
    hum, both = (simulate(70, noise=Noise(wander=w, mains=0.1, muscle=0.05)).signal for w in (0, 0.2))
    wander = simulate(70, noise=Noise(wander=0.2, mains=0, muscle=0)).signal - simulate(70, noise=None).signal
    np.testing.assert_allclose(hum + wander, both, atol=1e-5)


@pytest.mark.parametrize("fs", [128, 250, 360, 500, 1000])
@pytest.mark.parametrize("seed", [0, 5, 9])
def test_r_sample_is_the_top_of_the_qrs(fs: float, seed: int) -> None:
    record = simulate(60, fs, ("II",), rhythm=MIXED, noise=None, seed=seed)
    reach = round(0.06 * fs)
    tops = around(record, "N", -0.06, 0.06 + 1 / fs).argmax(axis=1) - reach
    assert np.abs(tops).max() <= 1


@pytest.mark.parametrize("seed", range(6))
def test_a_sinus_beat_measures_like_one(seed: int) -> None:
    record = simulate(30, 1000, ("II",), heart_rate=60, hrv=CLOCKWORK, noise=None, seed=seed)
    beat = around(record, "N", -0.3, 0.6)[0]
    p, qrs, t = beat[:220], beat[220:380], beat[420:700]
    assert 0.05 < p.max() < 0.25
    assert 0.6 < qrs.max() < 1.8
    assert 0.1 < t.max() < 0.6
    steep = np.flatnonzero(np.abs(np.gradient(beat)) > 0.006)
    assert 0.05 < np.ptp(steep) / 1000 < 0.11
    before_top, after_top = (np.abs(side - t.max() / 2).argmin() for side in np.split(t, [t.argmax()]))
    assert t.argmax() - before_top > after_top, "a T wave rises more slowly than it falls"


def test_t_wave_comes_sooner_in_a_fast_heart() -> None:
    def r_to_t(heart_rate: float) -> float:
        record = simulate(20, 1000, ("II",), heart_rate=heart_rate, hrv=CLOCKWORK, noise=None, seed=3)
        return 0.12 + float(around(record, "N", 0.12, 0.25 + 9 / heart_rate)[0].argmax()) / 1000

    assert r_to_t(120) / r_to_t(60) == pytest.approx(math.sqrt(0.5), rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_ventricular_beats_are_wide_premature_and_compensated(seed: int) -> None:
    frank, rhythm = ("X", "Y", "Z"), Rhythm(ventricular=0.1)
    record = simulate(400, 500, frank, heart_rate=50, hrv=CLOCKWORK, rhythm=rhythm, noise=None, seed=seed)
    samples, symbols = beats(record)
    rr = np.diff(samples) / 500
    premature = np.flatnonzero(symbols == "V")
    premature = premature[(premature > 0) & (premature < len(rr))]
    assert len(premature) > 20
    assert (rr[premature - 1] < 0.8 * 60 / 50).all()
    np.testing.assert_allclose(rr[premature - 1] + rr[premature], 2 * 60 / 50, atol=0.005)

    def qrs_seconds(symbol: str) -> float:
        waves = np.stack([around(record, symbol, -0.1, 0.15, lead)[0] for lead in range(3)])
        speed = np.linalg.norm(np.gradient(waves, 1 / 500, axis=1), axis=0)
        return float(np.ptp(np.flatnonzero(speed > 5))) / 500

    assert qrs_seconds("N") < 0.11
    assert 0.13 < qrs_seconds("V") < 0.21

    def p_wave(symbol: str) -> float:
        return max(float(np.abs(around(record, symbol, -0.2, -0.11, lead)).max()) for lead in range(3))

    assert p_wave("V") < 0.03 < p_wave("N")


def test_supraventricular_beats_are_narrow_with_another_p_and_no_full_pause() -> None:
    record = simulate(
        600, 500, ("II",), heart_rate=60, hrv=CLOCKWORK, rhythm=Rhythm(supraventricular=0.1), noise=None
    )
    samples, symbols = beats(record)
    rr = np.diff(samples) / 500
    premature = np.flatnonzero(symbols == "A")
    premature = premature[(premature > 0) & (premature < len(rr))]
    assert ((rr[premature - 1] > 0.58) & (rr[premature - 1] < 0.82)).all()
    assert (rr[premature - 1] + rr[premature] < 1.95).all()
    sinus, ectopic = (around(record, symbol, -0.05, 0.05).mean(axis=0) for symbol in "NA")
    assert np.corrcoef(sinus, ectopic)[0, 1] > 0.98
    assert around(record, "N", -0.2, -0.06).mean(axis=0).max() > 0.05
    assert around(record, "A", -0.2, -0.06).mean(axis=0).min() < -0.02


def test_blocks_widen_the_qrs_and_show_in_v1() -> None:
    left, right = (
        simulate(20, 500, ("V1", "V6"), hrv=CLOCKWORK, rhythm=rhythm, noise=None, seed=1)
        for rhythm in (Rhythm(left_block=1), Rhythm(right_block=1))
    )
    assert around(left, "L", -0.1, 0.1).min() < -0.7
    assert around(left, "L", -0.1, 0.1, lead=1).max() > 0.4
    assert around(right, "R", 0.03, 0.1).max() > 0.3, "the second R in V1"
    assert around(right, "R", 0.03, 0.1, lead=1).min() < -0.2, "the wide S in V6"


def test_beats_come_in_the_shares_asked_for() -> None:
    rhythm = Rhythm(
        supraventricular=0.05,
        ventricular=0.1,
        fusion=0.03,
        couplets=0.2,
        runs=0.1,
        bigeminy=0.1,
        left_block=0.25,
    )
    _, symbols = beats(simulate(4 * 3600, 50, ("II",), rhythm=rhythm, noise=None))
    shares = {symbol: float((symbols == symbol).mean()) for symbol in "NLRAVF"}
    assert shares["A"] == pytest.approx(0.05, rel=0.15)
    assert shares["V"] == pytest.approx(0.10, rel=0.15)
    assert shares["F"] == pytest.approx(0.03, rel=0.15)
    assert shares["L"] / (shares["L"] + shares["N"]) == pytest.approx(0.25, abs=0.01)
    assert shares["R"] == 0
    text = "".join(symbols.tolist()).replace("L", "N")
    assert all(pattern in text for pattern in ("NVVN", "NVVVN", "NVNVNVN"))


def test_pauses_are_long() -> None:
    samples, _ = beats(simulate(1800, 50, ("II",), rhythm=Rhythm(pauses=0.02), noise=None))
    rr = np.diff(samples) / 50
    assert (rr > 1.8 * np.median(rr)).mean() == pytest.approx(0.02, abs=0.008)


def test_sinus_intervals_have_the_two_humps() -> None:
    hrv = Variability(sdnn=0.05, lf_hf=2.0, drift=0)
    cycles, _ = sinus_process(3600, 0.85, hrv, np.random.default_rng(0))
    assert 1 / np.mean(1 / cycles) == pytest.approx(0.85)
    assert cycles.std() == pytest.approx(0.05, rel=0.1)
    f, power = periodogram(cycles, fs=4.0)
    low, high = (power[(f > a) & (f < b)].sum() for a, b in ((0.04, 0.15), (0.15, 0.4)))
    assert low / high == pytest.approx(2.0, rel=0.2)


@pytest.mark.parametrize("snr_db", [-6, 0, 12, 24])
def test_noise_is_as_loud_as_asked(snr_db: float) -> None:
    mixture = Noise(wander=1, mains=0.5, muscle=0.5, motion=1, snr_db=snr_db)
    clean = simulate(90, noise=None, seed=7).signal
    noise = simulate(90, noise=mixture, seed=7).signal - clean
    np.testing.assert_allclose(10 * np.log10(clean.var(axis=0) / noise.var(axis=0)), snr_db, atol=0.05)


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("wander", 0, 0.8), ("mains", 59.9, 60.1), ("muscle", 10, 180), ("motion", 0, 8)],
)
def test_each_noise_has_its_level_and_band(kind: str, low: float, high: float) -> None:
    silent = {"wander": 0.0, "mains": 0.0, "muscle": 0.0, "motion": 0.0, "mains_hz": 60.0}
    clean = simulate(900, 360, ("II",), noise=None).signal
    noise = (simulate(900, 360, ("II",), noise=Noise(**silent | {kind: 0.1})).signal - clean)[:, 0]
    assert noise.std() == pytest.approx(0.1, rel=0.3)
    f, power = periodogram(noise, fs=360)
    assert power[(f >= low) & (f <= high)].sum() > 0.9 * power.sum()


@pytest.mark.parametrize("fs", [25, 50, 99.7, 100])
def test_slow_recorders_hold_no_mains(fs: float) -> None:
    hum = Noise(wander=0, mains=0.5, muscle=0, mains_hz=60)
    assert np.array_equal(simulate(5, fs, noise=hum).signal, simulate(5, fs, noise=None).signal)


def test_closed_form_agrees_with_the_integrated_model() -> None:
    fs, cycle, n_beats = 500.0, 0.9, 10
    patient = Patient.draw(np.random.default_rng(0))
    lead = lead_matrix(["II"])
    shape = patient.shapes["N"]
    stretch = np.where(shape.waves == "T", math.sqrt(cycle), 1.0)
    numbers = np.stack([shape.centres * stretch, shape.lefts * stretch, shape.rights * stretch])
    events = [(c, b, a, h) for (c, b, a), h in zip(numbers.T, (shape.vectors @ lead[0]), strict=True)]
    slow = np.array(integrate(events, cycle, fs, round(n_beats * cycle * fs)))

    train = BeatTrain(
        times=cycle * np.arange(-1, n_beats + 1),
        symbols=np.full(n_beats + 2, "N"),
        foci=np.zeros(n_beats + 2, dtype=np.int64),
        cycles=np.full(n_beats + 2, cycle),
        breaths=np.zeros(n_beats + 2),
    )
    fast = np.zeros((len(slow), 1), dtype=np.float32)
    add_beats(fast, fs, train, patient, lead, CLOCKWORK, np.random.default_rng(0))
    settled = slice(round(7 * cycle * fs), None)
    assert np.corrcoef(fast[settled, 0], slow[settled])[0, 1] > 0.99
    pulled_back = lfilter(*bilinear([1, 0], [1, 1], fs), fast[:, 0])
    np.testing.assert_allclose(pulled_back[settled], slow[settled], atol=0.004)


def test_leads_agree_with_einthoven_and_unknown_names_stay_the_same() -> None:
    record = simulate(10, 250, ("I", "II", "III", "aVR", "patch-7"), rhythm=MIXED, noise=None, seed=4)
    np.testing.assert_allclose(record.lead("I") + record.lead("III"), record.lead("II"), atol=0.01)
    assert np.ptp(record.lead("patch-7")) > 0.3
    again = simulate(10, 250, ("patch-7",), rhythm=MIXED, noise=None, seed=4)
    np.testing.assert_allclose(again.lead("patch-7"), record.lead("patch-7"), atol=1e-5)


def test_people_differ() -> None:
    tops = [float(simulate(5, 250, ("II",), noise=None, seed=seed).signal.max()) for seed in range(8)]
    assert np.std(tops) > 0.05


@pytest.mark.parametrize(("duration", "fs"), [(0.001, 360), (0.5, 360), (5, 1), (1, 40_000), (1.3, 127.3)])
def test_odd_lengths_and_rates_work(duration: float, fs: float) -> None:
    record = simulate(duration, fs, ("II",), noise=Noise(motion=0.1, snr_db=10))
    assert record.n_samples == max(1, round(duration * fs))
    assert np.isfinite(record.signal).all()


@pytest.mark.parametrize("heart_rate", [15, 40, 120, 200])
def test_the_heart_beats_at_the_rate_asked(heart_rate: float) -> None:
    samples, _ = beats(simulate(600, 100, ("II",), heart_rate=heart_rate, noise=None))
    assert 60 * 100 / np.diff(samples).mean() == pytest.approx(heart_rate, rel=0.02)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"duration": 0}, "duration"),
        ({"duration": -1}, "duration"),
        ({"duration": math.inf}, "duration"),
        ({"duration": math.nan}, "duration"),
        ({"duration": 1e12}, "duration"),
        ({"fs": 0}, "fs"),
        ({"fs": 1e9}, "fs"),
        ({"leads": ()}, "leads"),
        ({"leads": "II"}, "leads"),
        ({"heart_rate": 0}, "heart_rate"),
        ({"heart_rate": 1000}, "heart_rate"),
        ({"seed": -1}, "seed"),
    ],
)
def test_impossible_arguments_are_named(arguments: dict[str, object], named: str) -> None:
    with pytest.raises(ParameterError, match=rf"^{named}="):
        simulate(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fractions",
    [
        {"ventricular": 1.2},
        {"supraventricular": -0.1},
        {"pauses": math.nan},
        {"ventricular": 0.6, "supraventricular": 0.6},
        {"runs": 0.7, "couplets": 0.7},
        {"left_block": 0.6, "right_block": 0.6},
        {"ventricular": 0.9},
    ],
)
def test_impossible_rhythms_are_refused(fractions: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(fractions))):
        Rhythm(**fractions)


@pytest.mark.parametrize("levels", [{"wander": -1}, {"muscle": math.inf}, {"snr_db": math.nan}])
def test_impossible_noise_is_refused(levels: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(levels))):
        Noise(**levels)


def test_an_snr_of_no_noise_is_refused() -> None:
    with pytest.raises(ParameterError, match="snr_db"):
        Noise(wander=0, mains=0, muscle=0, motion=0, snr_db=10)


def test_negative_variability_is_refused() -> None:
    with pytest.raises(ParameterError, match="sdnn"):
        Variability(sdnn=-0.1)


def test_the_demo_shows_what_ectopy_finds() -> None:
    record = demo_record()
    _, symbols = beats(record)
    text = "".join(symbols.tolist())
    assert "NVN" in text
    assert "NVVN" in text
    assert "NVVVN" in text
    assert text.count("A") >= 5
    assert 0.02 < text.count("V") / len(text) < 0.04
    missing = np.isnan(record.signal).any(axis=1)
    assert missing.sum() == 10 * record.fs
    assert not np.isnan(record.lead("MLII")).any()
    noisy, calm = record.slice(402, 428), record.slice(300, 326)
    assert np.diff(noisy.signal, axis=0).std() > 2 * np.diff(calm.signal, axis=0).std()
