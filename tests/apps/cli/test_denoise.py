"""``ectopy denoise``: a WFDB record of the same leads, without wander."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import Command, as_wfdb, is_one_line_about
from ectopy.io.registry import open_record, open_source
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record


def test_wander_goes_and_the_rest_stays(good: Record, run: Command, here: Path) -> None:
    wander = 2 * np.sin(2 * np.pi * 0.1 * np.arange(good.n_samples) / good.fs)[:, np.newaxis]
    wandering = replace(good, signal=(good.signal + wander).astype(np.float32), name="one")
    write_wfdb(wandering, Path("one"), scales=[(200.0, 1024)] * len(good.leads))
    ran = run("denoise", "one", "--out", "clean/two")
    assert (ran.code, ran.err) == (0, "")
    assert "not for diagnosis" in ran.out
    found = open_record("clean/two")
    assert (found.fs, found.leads, found.n_samples) == (good.fs, good.leads, good.n_samples)
    assert found.annotations.samples.tolist() == good.annotations.samples.tolist()
    assert open_source("clean/two").scales == ((200.0, 1024.0),) * len(good.leads)
    middle = slice(round(3 * good.fs), -round(3 * good.fs))
    assert np.abs(np.median(found.signal[middle], axis=0)).max() < 0.15
    assert 0.8 < np.ptp(found.signal[middle]) / np.ptp(good.signal[middle]) < 1.2


@pytest.mark.parametrize("name", ["two.csv", "two.npz", "two.edf", "two.ecz"])
def test_the_suffix_says_the_format(name: str, good: Record, run: Command, here: Path) -> None:
    as_wfdb(good, "one")
    ran = run("denoise", "one", "--out", name)
    assert (ran.code, ran.err) == (0, "")
    assert ("marks; " in ran.out) == name.endswith((".csv", ".npz")), "what is left out is told"
    found = open_record(name)
    assert (found.fs, found.leads, found.n_samples) == (good.fs, good.leads, good.n_samples)
    is_one_line_about(run("denoise", "one", "--out", name), f"{name} exists; give another name")


def test_wrong_input_is_one_line(good: Record, run: Command, here: Path) -> None:
    as_wfdb(good, "one")
    is_one_line_about(run("denoise", "none", "--out", "two"), "none")
    is_one_line_about(run("denoise", "one", "--out", "one"), "one.hea exists")
    is_one_line_about(run("denoise", "one", "--out", "two", "--model", "qrs"), "denoiser")
    is_one_line_about(run("denoise", "one", "--out", "two", "--leads", "V9"), "V9")
    is_one_line_about(run("denoise", "one", "--out", "two.xyz"), "no format is written as .xyz; end it in")
    assert {path.name for path in here.iterdir()} == {"one.hea", "one.dat", "one.atr"}
