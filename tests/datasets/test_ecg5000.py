"""ECG5000 is read as published, and a file that is something else is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets import ECG5000_CLASSES, load_ecg5000
from ectopy.errors import DatasetError
from ectopy.labels import aami_classes


def write_parts(root: Path, train: str, test: str = "") -> None:
    folder = root / "ecg5000"
    folder.mkdir()
    (folder / "ECG5000_TRAIN.txt").write_text(train)
    (folder / "ECG5000_TEST.txt").write_text(test or line(1))


def line(number: object, n_times: int = 140, value: object = 0.5) -> str:
    return "  ".join(f"{x:>16}" for x in [number, *[value] * n_times]) + "\n"


def test_classes_order_and_shapes_of_the_published_files(data_dir: Path):
    data = load_ecg5000()
    assert data.train.waveforms.shape == (500, 1, 140)
    assert data.test.waveforms.shape == (4500, 1, 140)
    names, counts = np.unique(data.all.symbols, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "N": 2919,
        "R-on-T PVC": 1767,
        "PVC": 96,
        "SP/EB": 194,
        "UB": 24,
    }
    assert (data.train.symbols == "N").sum() == 292
    assert data.train.waveforms[0, 0, :2] == pytest.approx([-0.11252183, -2.8272038])


def test_class_names_are_not_mistaken_for_wfdb_symbols_that_start_alike():
    assert aami_classes(ECG5000_CLASSES).tolist() == ["N", "", "", "", ""]


def test_a_small_file_of_the_layout_is_read_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    write_parts(tmp_path, "".join(line(f"{number}.0e+00") for number in (5, 1, 3)))
    data = load_ecg5000()
    assert data.train.symbols.tolist() == [ECG5000_CLASSES[i] for i in (4, 0, 2)]
    assert set(data.all.patients) == {"chf07"}
    assert (data.train.waveforms == 0.5).all()


@pytest.mark.parametrize(
    ("train", "reason"),
    [
        (line(1, n_times=139), "140 columns, not 141"),
        (line(1) + line(1, n_times=139), "line 2 lacks a value"),
        (line(1) + line(1, n_times=141), "Expected 141 fields in line 2, saw 142"),
        (line(1) + line(1, value="one"), "could not convert string .*'one'"),
        (line(1) + line(1, value="nan"), "line 2 lacks a value, or holds an infinite one"),
        (line(1) + line(6), "line 2 has class 6, not one of 1 to 5"),
        (line(0), "line 1 has class 0"),
        (line(1.5), r"line 1 has class 1\.5"),
        ("", "No columns to parse"),
        ("\xff", "convert|decode"),
    ],
)
def test_a_file_that_is_something_else_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, train: str, reason: str
):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    write_parts(tmp_path, train)
    with pytest.raises(DatasetError, match=reason) as caught:
        load_ecg5000()
    assert "ECG5000_TRAIN.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_absent_part_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    write_parts(tmp_path, line(1))
    (tmp_path / "ecg5000" / "ECG5000_TEST.txt").unlink()
    with pytest.raises(DatasetError, match=r"ECG5000_TEST\.txt is not in .*ectopy data download ecg5000"):
        load_ecg5000()
