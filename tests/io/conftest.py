"""Recordings that the tests of every reader share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ectopy.record import Annotations, Record

import wfdb  # isort: skip  # after ectopy, which bears with what wfdb does to pandas as it is imported


@pytest.fixture
def record() -> Record:
    """Ten seconds of two leads with missing samples, and marks of every kind of field."""
    rng = np.random.default_rng(1)
    signal = rng.normal(0, 0.5, (3600, 2)).round(3).astype(np.float32)
    signal[100:140, 0] = np.nan
    signal[-1, 1] = np.nan
    marks = Annotations(
        samples=np.array([18, 370, 660, 3599]),
        symbols=np.array(["+", "N", "V", "~"]),
        subtypes=np.array([0, 1, 0, -1]),
        chans=np.array([0, 0, 1, 1]),
        nums=np.array([0, 2, 2, -3]),
        aux=("(AFIB", "", "odd", ""),
        fs=360.0,
    )
    return Record(signal, fs=360.0, leads=("MLII", "V5"), name="strip", annotations=marks)


@pytest.fixture
def write_header(tmp_path: Path) -> Callable[..., Path]:
    """Write a header by hand, line by line, and return its stem."""

    def write(*lines: str, name: str = "rec") -> Path:
        (tmp_path / f"{name}.hea").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def wrsamp(tmp_path: Path) -> Callable[..., Path]:
    """Write a record ``rec`` with the wfdb package: one gain of 1 per mV and baseline 0 unless told."""

    def write(digital: np.ndarray, fmt: str, **fields: Any) -> Path:
        n = digital.shape[1]
        defaults = {"adc_gain": [1.0] * n, "baseline": [0] * n, "write_dir": str(tmp_path)}
        names = [f"L{i}" for i in range(n)]
        wfdb.wrsamp("rec", 360, ["mV"] * n, names, d_signal=digital, fmt=[fmt] * n, **{**defaults, **fields})
        return tmp_path / "rec"

    return write
