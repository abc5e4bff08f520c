"""Doubtful waves among beats on a lead that shows the QRS complex as a small wave."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.datasets.ptbxl import load_ptbxl_record, load_ptbxl_table
from ectopy.models.qrs_detector import QRS_REACH, detect_qrs, locate_r_peaks
from ectopy.models.qrs_similarity import COMPARED, similar

Waves = tuple[tuple[float, float, float], ...]
RATE = 100.0
QRS: Waves = ((-0.04, -0.03, 0.009), (0.08, 0.0, 0.009), (-0.05, 0.03, 0.009))
T: Waves = ((0.06, 0.26, 0.04),)
P: Waves = ((0.08, 0.0, 0.025),)
NO_WAVE: Waves = ()


def lead(places: npt.NDArray[np.int64], shapes: list[Waves]) -> npt.NDArray[np.float32]:
    """Return one lead at 100 Hz with noise of 5 µV: waves of (mV, seconds late, width) at each place."""
    times = np.arange(places[-1] + 100)[:, np.newaxis] / RATE
    signal = 0.005 * np.random.default_rng(3).standard_normal(len(times))
    for place, waves in zip(places, shapes, strict=True):
        for height, late, width in waves:
            signal += height * np.exp(-0.5 * ((times[:, 0] - place / RATE - late) / width) ** 2)
    return signal[np.newaxis].astype(np.float32)


PLACES = 100 + 80 * np.arange(11)
DOUBTED = 5


def believed(doubtful: Waves, others: Waves = QRS + T, late: int = 0) -> bool:
    """Tell whether one wave among ten beats is believed."""
    places = PLACES.copy()
    places[DOUBTED] += late
    sure = np.arange(len(places)) != DOUBTED
    shapes = [doubtful if n == DOUBTED else others for n in range(len(places))]
    alike = similar(places, sure, lead(places, shapes), RATE)
    assert not alike[sure].any()
    return bool(alike[DOUBTED])


@pytest.mark.parametrize("late", [-20, 0, 33])
def test_a_wave_like_the_beats_around_it_is_one_wherever_it_lies(late: int) -> None:
    assert believed(QRS + T, late=late)


def test_a_beat_that_the_network_points_beside_is_found() -> None:
    assert believed(tuple((height, place + 0.04, width) for height, place, width in QRS + T))


@pytest.mark.parametrize(
    "waves",
    [P, T, NO_WAVE, tuple((0.3 * height, place, width) for height, place, width in QRS + T)],
    ids=["P", "T", "nothing", "a third of the size"],
)
def test_other_waves_are_not(waves: Waves) -> None:
    assert not believed(waves)


def test_p_waves_that_were_taken_for_beats_make_no_more_of_them() -> None:
    assert not believed(P, others=P)


def test_too_few_beats_say_nothing() -> None:
    signal = lead(PLACES, [QRS + T] * 11)
    sure = np.zeros(11, np.bool_)
    sure[:COMPARED] = True
    assert similar(PLACES, sure, signal, RATE)[COMPARED]
    sure[0] = False
    assert not similar(PLACES, sure, signal, RATE).any()


def test_beats_far_away_say_nothing() -> None:
    places = np.concatenate([PLACES[:8], PLACES[8:] + 1000])
    signal = lead(places, [QRS + T] * 11)
    assert not similar(places, np.arange(11) < 8, signal, RATE).any()


@pytest.mark.parametrize("fs", [128, 360])
def test_a_piece_gives_the_beats_of_the_whole(fs: int) -> None:
    rng = np.random.default_rng(fs)
    times = np.arange(250 * fs) / fs
    signal = rng.normal(0, 0.022 * np.sqrt(fs / 250), len(times))
    for beat in np.cumsum(rng.uniform(0.7, 0.95, 260)):
        for height, late, width in QRS + T:
            signal += height * np.exp(-0.5 * ((times - beat - late) / width) ** 2)
    whole, reach = locate_r_peaks(signal, fs), int(QRS_REACH * fs)
    for first, last in np.sort(rng.integers(len(signal), size=(8, 2)), axis=1).tolist():
        start = max(0, first - reach)
        found = locate_r_peaks(signal[start : last + reach], fs, start=start) + start
        inside = whole[(whole >= first) & (whole < last)]
        np.testing.assert_allclose(found[(found >= first) & (found < last)], inside, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("number", "name"), [(35, "AVL"), (83, "AVL"), (236, "AVL"), (289, "III"), (351, "III")]
)
def test_small_qrs_complexes_of_real_people_are_found(data_dir: Path, number: int, name: str) -> None:
    entry = next(each for each in load_ptbxl_table() if each.ecg_id == number)
    record = load_ptbxl_record(entry)
    beats = detect_qrs(record.signal, record.fs) / record.fs
    found = detect_qrs(record.signal[:, record.leads.index(name)], record.fs) / record.fs
    apart = np.abs(found[:, np.newaxis] - beats[np.newaxis])
    assert (apart.min(axis=0) > 0.08).sum() <= 1
    assert (apart.min(axis=1) > 0.08).sum() <= 1
