"""Formats 16 and 212 are decoded as the wfdb package decodes them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from ectopy.io.wfdb.decoding import decode_signals
from ectopy.io.wfdb.headers import read_header

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import wfdb

N = 1001


def written(folder: Path, fmt: str, per_frame: list[int]) -> Path:
    """Write a record of three leads in two files, with missing samples, by the wfdb package."""
    limit = 2**11 if fmt == "212" else 2**15
    rng = np.random.default_rng(0)
    digital = [rng.integers(-limit, limit, N * each) for each in per_frame]
    wfdb.wrsamp(
        "made",
        fs=360,
        units=["mV"] * 3,
        sig_name=["a", "b", "c"],
        e_d_signal=digital,
        samps_per_frame=per_frame,
        fmt=[fmt] * 3,
        adc_gain=[200.0, 1000.0, 12.5],
        baseline=[0, -5, 1024],
        write_dir=str(folder),
    )
    return folder / "made"


@pytest.mark.parametrize("fmt", ["16", "212"])
@pytest.mark.parametrize("per_frame", [[1, 1, 1], [1, 2, 4], [1, 1, 3]])
def test_every_stretch_is_what_wfdb_decodes(tmp_path: Path, fmt: str, per_frame: list[int]) -> None:
    path = written(tmp_path, fmt, per_frame)
    expected = wfdb.rdrecord(str(path), smooth_frames=False).e_p_signal
    header = read_header(path)
    for first, stop in ((0, N), (0, 1), (1, 2), (7, 500), (N - 1, N), (5, 5)):
        decoded = decode_signals(header, [0, 2, 1], first, stop)
        for signal, samples in zip([0, 2, 1], decoded, strict=True):
            each = per_frame[signal]
            np.testing.assert_array_equal(samples, expected[signal][first * each : stop * each])
