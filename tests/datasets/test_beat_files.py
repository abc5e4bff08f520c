"""A user's file of beats is read as it is meant, or refused with the remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ectopy.datasets.beat_columns import Columns
from ectopy.datasets.beat_files import highest_sample, read_beats, with_peak
from ectopy.errors import DatasetError, ParameterError

N_TIMES = 12


def table(n: int = 6) -> pd.DataFrame:
    waves = np.arange(n * N_TIMES, dtype=float).reshape(n, N_TIMES)
    content = pd.DataFrame(waves, columns=[f"t{i}" for i in range(N_TIMES)])
    content.insert(0, "kind", ["N", "V"] * (n // 2))
    content["who"] = [f"p{i % 3}" for i in range(n)]
    return content


def test_a_csv_with_a_header_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "beats.csv", index=False)
    read = read_beats(tmp_path / "beats.csv", Columns("kind", "who"), fs=100)
    assert read.beats.shape == (6, 1, N_TIMES)
    assert read.beats.waveforms[1, 0, 0] == N_TIMES
    assert read.beats.symbols.tolist() == ["N", "V"] * 3
    assert read.beats.patients.tolist() == ["p0", "p1", "p2"] * 2
    assert read.beats.fs == 100


def test_a_table_without_header_is_read_by_number(tmp_path: Path) -> None:
    waves = np.random.default_rng(0).normal(size=(4, N_TIMES))
    np.savetxt(tmp_path / "ucr.txt", np.column_stack([[1, 2, 1, 2], waves]))
    np.savetxt(tmp_path / "kaggle.csv", np.column_stack([waves, [0, 1, 0, 1]]), delimiter=",")
    first = read_beats(tmp_path / "ucr.txt", Columns("0"))
    last = read_beats(tmp_path / "kaggle.csv", Columns("-1"))
    assert first.beats.symbols.tolist() == ["1", "2", "1", "2"]
    assert last.beats.symbols.tolist() == ["0", "1", "0", "1"]
    np.testing.assert_allclose(first.beats.waveforms, last.beats.waveforms)
    assert np.isnan(first.beats.fs)


def test_numbers_of_rows_that_pandas_wrote_are_no_samples(tmp_path: Path) -> None:
    table().to_csv(tmp_path / "beats.csv")
    read = read_beats(tmp_path / "beats.csv", Columns("kind", "who"))
    assert read.beats.shape[2] == N_TIMES
    assert "no name" in read.notes[0]


def test_an_npz_says_its_own_rate_and_may_have_leads(tmp_path: Path) -> None:
    waves = np.arange(6.0 * N_TIMES, dtype=np.float32).reshape(3, 2, N_TIMES)
    np.savez(tmp_path / "beats.npz", waveforms=waves, y=np.array([0.0, 1.0, 0.0]), fs=250)
    read = read_beats(tmp_path / "beats.npz", Columns("y"))
    assert (read.beats.shape, read.beats.fs) == ((3, 2, N_TIMES), 250)
    assert read.beats.symbols.tolist() == ["0", "1", "0"]


def test_a_ts_file_has_its_labels_at_the_end(tmp_path: Path) -> None:
    rows = ["@problemName b", "@univariate false", "@classLabel true a b", "@data"]
    rows += ["1,2,3,4,5,6,7,8:8,7,6,5,4,3,2,1:a", "0,0,0,1,0,0,0,0:1,1,1,1,1,1,1,1:b"]
    (tmp_path / "beats.ts").write_text("\n".join(rows))
    read = read_beats(tmp_path / "beats.ts")
    assert read.beats.shape == (2, 2, 8)
    assert read.beats.symbols.tolist() == ["a", "b"]


def _whole(content: pd.DataFrame) -> pd.DataFrame:
    return content


def _nan(content: pd.DataFrame) -> pd.DataFrame:
    content.loc[2, "t5"] = np.nan
    return content


def _ragged(content: pd.DataFrame) -> pd.DataFrame:
    content.loc[3, ["t10", "t11"]] = np.nan
    return content.drop(columns="who")


def _text(content: pd.DataFrame) -> pd.DataFrame:
    return content.assign(sex="F")


@pytest.mark.parametrize(
    ("spoil", "columns", "words"),
    [
        (_nan, Columns("kind", "who"), "beat 3 lacks a sample.*leave such beats out, or fill"),
        (_ragged, Columns("kind"), "beat 4 ends after 10 of 12 samples; cut all beats to one length"),
        (_text, Columns("kind", "who"), r"column 'sex' holds 'F' \(beat 1\).*--drop"),
        (_whole, Columns("label"), "no column 'label'; its columns are kind, t0"),
        (lambda content: content.iloc[:, :6], Columns("kind"), "5 samples per beat are no waveform"),
        (lambda content: content.iloc[:0], Columns("kind", "who"), "no beats; give one row per beat"),
    ],
    ids=["NaN", "unequal lengths", "text", "absent column", "features", "empty"],
)
def test_a_table_that_is_no_table_of_beats_is_refused(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], columns: Columns, words: str, tmp_path: Path
) -> None:
    spoil(table()).to_csv(tmp_path / "beats.csv", index=False)
    with pytest.raises((DatasetError, ParameterError), match=words):
        read_beats(tmp_path / "beats.csv", columns)


def test_lines_of_unequal_length_are_refused_by_number(tmp_path: Path) -> None:
    (tmp_path / "beats.csv").write_text("1,2,3,4,5,6,7,8,0\n" * 2 + "1,2,3,4,5,6,7,8,9,0\n")
    with pytest.raises(DatasetError, match=r"line 3.*all of one length"):
        read_beats(tmp_path / "beats.csv", Columns("-1"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("beats.xlsx", b"PK", "not read from files of kind '.xlsx'"),
        ("beats.npz", b"PK\x03\x04 no", "no NPZ of plain arrays; write it again with numpy.savez"),
        ("beats.npz", b"hello", "no NPZ of plain arrays; write it again with numpy.savez"),
        ("beats.csv", b"", "is empty"),
        ("beats.csv", b"1,1,1,1,1,1,1,1\n" * 3, "all beats are flat"),
        (
            "beats.ts",
            b"@classLabel true a\n@data\n1,2,3,4,5,6,7,8:a\n1,2,3:a\n",
            "series 2 has another length",
        ),
        ("beats.ts", b"@timestamps true\n@data\n(0,1):a\n", "time stamps are not read"),
    ],
)
def test_other_files_are_refused(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=words):
        read_beats(tmp_path / name)


@pytest.mark.parametrize("fs", [-3.0, 0.0, np.nan, np.inf])
def test_a_rate_that_is_none_is_refused_wherever_it_stands(fs: float, tmp_path: Path) -> None:
    np.savez(tmp_path / "beats.npz", X=np.arange(60.0).reshape(3, 20), fs=fs)
    with pytest.raises(ParameterError, match=r"is no rate.*--fs"):
        read_beats(tmp_path / "beats.npz")
    with pytest.raises(ParameterError, match=r"is no rate.*--fs"):
        read_beats(tmp_path / "beats.npz", fs=fs)
    assert read_beats(tmp_path / "beats.npz", fs=100).beats.fs == 100


def test_an_absent_file_is_named() -> None:
    with pytest.raises(DatasetError, match=r"nowhere\.csv: no such file"):
        read_beats("nowhere.csv")


def test_labels_of_another_number_than_beats_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "beats.npz", X=np.arange(60.0).reshape(3, 20), y=np.zeros(2))
    with pytest.raises(DatasetError, match="y has 2 entries for 3 beats"):
        read_beats(tmp_path / "beats.npz", Columns("y"))


def test_the_r_peak_is_given_in_seconds_or_found(tmp_path: Path) -> None:
    waves = np.zeros((5, 50))
    waves[:, 20] = -3
    np.savez(tmp_path / "beats.npz", X=waves, fs=100)
    read = read_beats(tmp_path / "beats.npz")
    assert highest_sample(read.beats.waveforms) == 20
    assert with_peak(read, None).beats.peak == 20
    assert with_peak(read, 0.25).beats.peak == 25
    with pytest.raises(ParameterError, match=r"outside the beats, which last 0\.5 s"):
        with_peak(read, 0.5)
