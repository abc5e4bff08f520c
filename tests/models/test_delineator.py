"""The delineator: where it puts the waves, and what it does with any input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ectopy.beats.waves import MARKS, Waves
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.errors import ParameterError
from ectopy.evaluation.delineation import compare_waves, delineation_figures
from ectopy.models.delineator import default_delineator, delineate
from ectopy.models.wave_assembly import P_NEIGHBOURS
from ectopy.models.wave_candidates import CORE, Size
from ectopy.models.wave_heights import measure_heights
from ectopy.record import Record
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(20, 250, ("II", "V1"), seed=5)


@pytest.fixture(scope="module")
def waves(record: Record) -> Waves:
    return delineate(record)


def test_marks_are_in_order(waves: Waves) -> None:
    for table in (waves.marks, *waves.lead_marks.transpose(1, 0, 2)):
        for row in table:
            there = row[np.isfinite(row)]
            assert np.all(np.diff(there) >= 0)


def test_most_beats_have_their_waves(waves: Waves) -> None:
    share = np.isfinite(waves.marks).mean(axis=0)
    assert share[MARKS.index("qrs_onset")] > 0.95
    assert share[MARKS.index("t_end")] > 0.8
    assert np.all((waves.confidences >= 0) & (waves.confidences <= 1))


def test_given_beats_are_kept(record: Record) -> None:
    given = [500, 760, 1500]
    assert delineate(record, given).r_peaks.tolist() == given


def test_upside_down_the_waves_stand_where_they_stood(record: Record, waves: Waves) -> None:
    turned = delineate(replace(record, signal=-record.signal), waves.r_peaks)
    apart = np.abs(turned.mark("qrs_onset") - waves.mark("qrs_onset")) * 4
    assert np.nanmedian(apart) <= 12
    np.testing.assert_array_less(turned.amplitudes[5:8, 0, 1] * waves.amplitudes[5:8, 0, 1], 0)


def test_amplitude_is_in_millivolts(record: Record, waves: Waves) -> None:
    louder = delineate(replace(record, signal=3 * record.signal + 1), waves.r_peaks)
    ratio = louder.amplitudes[3:-3, 0, 1] / waves.amplitudes[3:-3, 0, 1]
    np.testing.assert_allclose(ratio, 3, rtol=0.02)


def test_heights_of_a_known_shape() -> None:
    """A QRS complex of 1 mV up and 0.4 mV down, on an offset, and an ST segment 0.2 mV high."""
    signal = np.full((5000, 1), 0.7, np.float32)
    signal[1000:1010] += 1.0
    signal[1010:1020] -= 0.4
    signal[1020:1200] += 0.2
    marks = np.array([[[900, 910, 920, 995, 1005, 1019, 1100, 1150, 1199]]], dtype=float)
    found = measure_heights(
        marks, np.array([1005]), lambda start, stop: signal[start:stop], Size(5000, 1, 250)
    )
    np.testing.assert_allclose(found.amplitudes[0, 0], [0, 1.0, 0.2], atol=1e-6)
    np.testing.assert_allclose(found.qrs_net[0, 0], 0.6, atol=1e-6)
    np.testing.assert_allclose(found.st[0, 0], [0.2, 0.2], atol=1e-6)


class Counting:
    """A record that remembers what was read of it."""

    def __init__(self, record: Record) -> None:
        self.record, self.longest = record, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.record, name)

    def read(self, start: int, stop: int) -> np.ndarray:
        self.longest = max(self.longest, stop - start)
        return self.record.read(start, stop).copy()


def test_what_comes_later_changes_nothing() -> None:
    """A recording that goes on gives the same bits for what came before."""
    long = simulate(2.5 * CORE / 250, 360, ("II",), seed=2)
    r_peaks = np.arange(300, long.n_samples - 300, 330)
    whole = delineate(long, r_peaks)
    early = r_peaks[r_peaks < 1.5 * CORE * 360 / 250]
    part = delineate(long.slice(0, 2 * CORE / 250 + 30), early)
    last = P_NEIGHBOURS + 1  # beats whose P waves those after them have a say in
    np.testing.assert_array_equal(part.lead_marks[:-last], whole.lead_marks[: len(early) - last])
    np.testing.assert_array_equal(part.amplitudes[:-last], whole.amplitudes[: len(early) - last])


def test_no_more_is_read_at_a_time_than_memory_should_hold() -> None:
    """Whatever the length, ten minutes and four megabytes."""
    minutes = simulate(300, 250, ("II",), seed=2)
    hours = Counting(replace(minutes, signal=np.tile(minutes.signal, (30, 1))))
    delineate(hours, np.arange(300, hours.record.n_samples - 300, 250))
    assert hours.longest <= 2**20
    narrow = Counting(
        replace(minutes, signal=np.repeat(minutes.signal, 12, axis=1), leads=tuple("abcdefghijkl"))
    )
    delineate(narrow, np.arange(300, narrow.record.n_samples - 300, 250))
    assert narrow.longest <= 660 * minutes.fs


def test_missing_signal_has_no_waves(record: Record) -> None:
    signal = record.signal.copy()
    signal[1000:3000] = np.nan
    found = delineate(replace(record, signal=signal), [500, 2000, 4000])
    assert np.isnan(found.marks[1]).all()
    assert found.confidences[1].tolist() == [0, 0, 0]


def test_flat_and_short_recordings_have_none() -> None:
    flat = delineate(Record(np.full((2500, 1), 0.5, np.float32), 250, ("II",)), [1000, 1300])
    assert np.isnan(flat.marks).all()
    assert len(delineate(Record(np.zeros((10, 1), np.float32), 250, ("II",)))) == 0
    assert len(delineate(Record(np.full((1000, 2), np.nan, np.float32), 250, ("I", "II")), [])) == 0


@pytest.mark.parametrize(
    ("r_peaks", "message"),
    [
        ([20, 10], "goes backwards"),
        ([-1, 10], "holds -1"),
        ([10, 5000], "holds 5000; give samples from 0 to 4999"),
        ([1.5, 2.5], "whole samples"),
        ([[1, 2]], r"shape \(1, 2\)"),
    ],
)
def test_impossible_beats_are_refused(record: Record, r_peaks: list[object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        delineate(record, r_peaks)


def test_impossible_rates_are_refused() -> None:
    with pytest.raises(ParameterError, match="fs=20"):
        delineate(Record(np.zeros((500, 1), np.float32), 20, ("II",)), [100])


def test_names_that_are_not_there_are_refused(waves: Waves) -> None:
    with pytest.raises(ParameterError, match="lead='V9'"):
        waves.mark("p_onset", "V9")
    with pytest.raises(ParameterError, match="name='u_onset'"):
        waves.mark("u_onset")


def test_one_row_per_beat(waves: Waves) -> None:
    frame = waves.to_frame()
    assert len(frame) == len(waves)
    assert frame["qrs_onset"].notna().any()
    assert {"p_amplitude_II", "t_amplitude_V1", "n_p", "t_confidence"} <= set(frame.columns)
    assert "beats on 2 leads" in repr(waves)


def test_the_shipped_network_is_small() -> None:
    model = default_delineator()
    assert (model.folder / "network.onnx").stat().st_size <= 400_000


def test_people_it_was_chosen_on_are_delineated_well(data_dir: Path) -> None:
    """A floor under its accuracy on the validation people of LUDB, lead II; the card has the figures."""
    assert (data_dir / "ludb").is_dir()
    records = []
    for name in (name for name in LUDB_RECORDS if ludb_part(name) == "validation"):
        lead = load_ludb_record(name).select(["ii"])
        found = delineate(lead).wave_marks("ii")
        records.append([compare_waves(load_ludb_waves(name, "ii"), found, lead.fs)])
    figures = delineation_figures(records)
    assert figures["P"]["F1 150 ms"] > 0.96
    assert figures["QRS"]["F1 150 ms"] > 0.99
    assert figures["T"]["F1 150 ms"] > 0.98
    assert figures["T end"]["sd ms"] < 18
