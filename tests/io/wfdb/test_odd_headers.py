"""WFDB headers as they are found, beside those of the documentation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from ectopy.io.registry import open_record

SIGNAL = "rec.dat 16 1000(0)/mV 16 0 0 0 0 II"


@pytest.mark.parametrize(
    ("rest", "start"),
    [
        ("50 05-May-2020 14:50:55", datetime(2020, 5, 5, 14, 50, 55)),
        ("50 2014-05-08 05:05:15", datetime(2014, 5, 8, 5, 5, 15)),
        ("50 14:50:55 05/05/2020", datetime(2020, 5, 5, 14, 50, 55)),
        ("2014-05-08 05:05:15", datetime(2014, 5, 8, 5, 5, 15)),
        ("50 2006", None),
        ("50 99:99:99 77/77/7777", None),
        ("0", None),
        ("", None),
    ],
)
def test_dates_and_lengths(rest: str, start: datetime | None, write_header: Callable, tmp_path: Path) -> None:
    np.arange(50, dtype="<i2").tofile(tmp_path / "rec.dat")
    record = open_record(write_header(f"rec.mat 1 500 {rest}", SIGNAL))
    assert (record.n_samples, record.start) == (50, start)


def test_samples_behind_the_head_of_a_mat_file(write_header: Callable, tmp_path: Path) -> None:
    (tmp_path / "rec.mat").write_bytes(bytes(24) + np.arange(50, dtype="<i2").tobytes())
    stem = write_header("rec 1 500 50", SIGNAL.replace("rec.dat 16", "rec.mat 16+24"))
    np.testing.assert_allclose(open_record(stem).signal[:, 0], np.arange(50) / 1000, rtol=1e-6)


def test_file_names_in_any_script(write_header: Callable, tmp_path: Path) -> None:
    np.arange(50, dtype="<i2").tofile(tmp_path / "µ-запись.dat")
    stem = write_header("rec 1 500 50", SIGNAL.replace("rec.dat", "µ-запись.dat"))
    assert open_record(stem).n_samples == 50


def test_a_gain_that_is_given_replaces_that_of_the_header(write_header: Callable, tmp_path: Path) -> None:
    from ectopy.io.channels import Calibration

    np.full(50, 600, "<i2").tofile(tmp_path / "rec.dat")
    stem = write_header("rec 1 500 50", SIGNAL)
    found = open_record(stem, calibration=Calibration(gain=100, baseline=100)).signal
    np.testing.assert_allclose(found, 5.0, rtol=1e-6)
