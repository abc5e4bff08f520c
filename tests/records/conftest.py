"""Recordings that the tests of every reader share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ectopy.records import Annotations, Record


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
