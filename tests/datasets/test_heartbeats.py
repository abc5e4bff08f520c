"""The Kaggle files are read as laid out, and the recipe they were made by does what the paper says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.datasets import kachuee_beats, load_heartbeats, load_ptbxl_record, load_ptbxl_table, load_record
from ectopy.errors import DatasetError, ParameterError, RecordError
from ectopy.record import Annotations, Record

FS = 125


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    (tmp_path / "heartbeats").mkdir()
    return tmp_path / "heartbeats"


def csv(classes: list[int], n_times: int = 187) -> str:
    beat = np.linspace(1, 0, n_times)
    rows = [",".join(f"{x:.18e}" for x in [*beat, number]) for number in classes]
    return "\n".join(rows) + "\n"


def spikes(heights: npt.ArrayLike, distance: int = FS, fs: int = FS) -> Record:
    """One narrow bump of the given height in the middle of each stretch of `distance` samples."""
    shape = np.hanning(distance) ** 50
    signal = np.concatenate([height * shape for height in np.asarray(heights)])
    return Record(signal[:, None].astype(np.float32), fs=fs, leads=("II",), name="spikes", patient="p")


@pytest.mark.parametrize(
    ("name", "classes", "symbols"),
    [
        ("mitbih_train", [0, 4, 2], ["N", "Q", "V"]),
        ("mitbih_test", [1, 3], ["S", "F"]),
        ("ptbdb_normal", [0, 0], ["normal", "normal"]),
        ("ptbdb_abnormal", [1], ["abnormal"]),
    ],
)
def test_each_file_is_read_with_its_class_names(
    kaggle: Path, name: str, classes: list[int], symbols: list[str]
):
    (kaggle / f"{name}.csv").write_text(csv(classes))
    beats = load_heartbeats(name)
    assert beats.symbols.tolist() == symbols
    assert beats.waveforms.shape == (len(classes), 1, 187)
    assert beats.fs == FS
    assert beats.waveforms[0, 0, [0, -1]].tolist() == [1, 0]
    assert set(beats.patients) == {""}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (csv([0], n_times=186), "187 columns, not 188"),
        (csv([2]), "line 1 has class 2, not one of 0 to 1"),
        ("a," * 187 + "0\n", "could not convert string .*'a'"),
    ],
)
def test_a_file_of_another_layout_is_refused(kaggle: Path, content: str, reason: str):
    (kaggle / "ptbdb_normal.csv").write_text(content)
    with pytest.raises(DatasetError, match=reason):
        load_heartbeats("ptbdb_normal")


def test_an_absent_file_says_where_to_get_it_and_an_unknown_one_which_there_are(kaggle: Path):
    with pytest.raises(DatasetError, match=r"mitbih_test\.csv is not in .*kaggle\.com"):
        load_heartbeats("mitbih_test")
    with pytest.raises(ParameterError, match="name='mitbih' is unknown; choose one of: mitbih_train"):
        load_heartbeats("mitbih")


def test_a_beat_is_1_2_periods_from_its_peak_then_zeros():
    beats = kachuee_beats(spikes(np.ones(10)))
    assert len(beats) == 9
    assert np.diff(beats.samples).tolist() == [FS] * 8
    wave = beats.waveforms[0, 0]
    assert wave[0] == wave.max() == pytest.approx(1)
    assert wave[FS] == pytest.approx(1)
    assert wave[FS - 20] < 0.01
    assert not wave[round(1.2 * FS) :].any()


def test_only_peaks_above_nine_tenths_of_the_window_count():
    heights = np.ones(20)
    heights[[3, 4, 12]] = 0.85
    beats = kachuee_beats(spikes(heights))
    assert len(beats) == 18 - 3
    assert not np.isin(np.flatnonzero(heights < 0.9), beats.samples // FS).any()


def test_each_window_is_scaled_by_itself():
    beats = kachuee_beats(spikes(np.repeat([1, 5], 10)))
    assert len(beats) == 18
    assert beats.waveforms.max() == pytest.approx(1)
    assert beats.waveforms.min() >= 0


def test_other_rates_give_the_same_beats_at_samples_of_their_own():
    slow, fast = kachuee_beats(spikes(np.ones(10))), kachuee_beats(spikes(np.ones(10), 500, fs=500))
    assert len(slow) == len(fast)
    assert fast.samples == pytest.approx(slow.samples * 4, abs=8)
    assert fast.waveforms == pytest.approx(slow.waveforms, abs=0.1)


def test_symbols_come_from_the_nearest_mark_within_150_ms_and_the_patient_from_the_record():
    record = spikes(np.ones(10))
    peaks = FS // 2 + FS * np.arange(10)
    shifts = np.array([0, 10, -10, 30, 0, 0, 0, 0, 0, 0])
    marks = Annotations(peaks + shifts, np.array(list("NVAVNNNNNN")), fs=FS)
    beats = kachuee_beats(Record(record.signal, FS, ("II",), "r", marks, "p"))
    assert beats.symbols.tolist() == ["N", "V", "A", "", "N", "N", "N", "N", "N"]
    assert set(beats.patients) == {"p"}
    assert beats.rr[1:] == pytest.approx(1.0)
    assert np.isnan(beats.rr[0])


@pytest.mark.parametrize("spoil", [np.nan, 0.0])
def test_windows_that_are_flat_or_lack_samples_give_no_beats(spoil: float):
    signal = spikes(np.ones(30)).signal.copy()
    signal[10 * FS : 20 * FS] = spoil
    beats = kachuee_beats(Record(signal, FS, ("II",)))
    assert len(beats) == 18
    assert not ((beats.samples >= 10 * FS) & (beats.samples < 20 * FS)).any()


def test_a_recording_shorter_than_a_window_gives_no_beats():
    assert len(kachuee_beats(spikes(np.ones(9)))) == 0


def test_a_notch_in_a_peak_makes_no_second_beat_unless_the_letter_of_the_paper_is_asked_for():
    record = spikes(np.ones(10))
    notched = record.signal.copy()
    notched[FS // 2 :: FS] *= 0.95
    twice = Record(notched, FS, ("II",))
    assert len(kachuee_beats(twice)) == 9
    assert len(kachuee_beats(twice, refractory=0)) > 9
    with pytest.raises(ParameterError, match="refractory=-1 s is not possible"):
        kachuee_beats(twice, refractory=-1)


def test_an_unknown_lead_lists_the_leads():
    with pytest.raises(RecordError, match="no lead 'V9'; it has: II"):
        kachuee_beats(spikes(np.ones(10)), "V9")


def test_beats_of_mit_bih_lie_on_annotated_beats(data_dir: Path):
    beats = kachuee_beats(load_record("122"), "MLII")
    assert len(beats) > 2000
    assert (beats.symbols == "N").all()


def test_beats_of_ptb_xl_carry_their_patient(data_dir: Path):
    entries = load_ptbxl_table()[:20]
    cut = [kachuee_beats(load_ptbxl_record(entry), "II") for entry in entries]
    assert np.median([len(beats) for beats in cut]) >= 5
    for entry, beats in zip(entries, cut, strict=True):
        assert set(beats.patients) <= {entry.patient}
