"""``ectopy convert``: another format, and nobody's name."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from command_line import Command, is_one_line_about
from ectopy.io.edf_writer import write_edf
from ectopy.io.registry import open_record
from ectopy.record import Record
from io_samples import write_ishne, write_muse


@pytest.mark.parametrize("name", ["two.hea", "two", "two.edf", "two.csv", "two.npz", "two.ecz"])
def test_samples_and_marks_come_along(name: str, good: Record, run: Command, here: Path) -> None:
    write_edf(good, Path("one.edf"))
    ran = run("convert", "one.edf", name)
    assert (ran.code, ran.err) == (0, "")
    found = open_record(name)
    np.testing.assert_allclose(found.signal, good.signal, atol=0.0011)
    assert (found.fs, found.leads, found.name) == (good.fs, good.leads, "two")
    if name in ("two.csv", "two.npz"):
        assert f".{name[-3:]} files hold no marks" in ran.out
    else:
        assert found.annotations.samples.tolist() == good.annotations.samples.tolist()
        assert found.annotations.symbols.tolist() == good.annotations.symbols.tolist()


@pytest.mark.parametrize("suffix", ["hea", "edf", "csv", "npz", "ecz"])
def test_a_person_with_a_name_is_left_out(suffix: str, good: Record, run: Command, here: Path) -> None:
    write_ishne(replace(good, leads=("II", "V1")), Path("Lovelace.ecg"))
    ran = run("convert", "Lovelace.ecg", f"out/a.{suffix}")
    assert "holds a person's name" in ran.out
    content = b"".join(path.read_bytes() for path in Path("out").iterdir())
    for secret in (b"Lovelace", b"Ada", b"P-7", b"03/02/2020", b"03.02.20", b"FEB-2020"):
        assert secret not in content


def test_a_code_and_a_date_stay_when_asked_to(good: Record, run: Command, here: Path) -> None:
    write_muse(good, Path("one.xml"))
    ran = run("convert", "one.xml", "two.edf", "--no-anonymize", "--leads", "II, V1")
    assert ran.out.count("\n") == 1
    found = open_record("two.edf")
    assert (found.patient, found.start, found.leads) == (
        "P-7",
        datetime(2020, 3, 2, 23, 59, 58),
        ("II", "V1"),
    )
    assert b"Lovelace" not in Path("two.edf").read_bytes()


def test_nothing_is_replaced_unasked(good: Record, run: Command, here: Path) -> None:
    write_edf(good, Path("one.edf"))
    Path("two.csv").write_text("mine")
    is_one_line_about(run("convert", "one.edf", "two.csv"), r"two\.csv exists")
    assert Path("two.csv").read_text() == "mine"
    assert run("convert", "one.edf", "two.csv", "--force", "--quiet").out == ""
    assert open_record("two.csv").n_samples == good.n_samples


def test_an_unknown_target_lists_the_known_ones(good: Record, run: Command, here: Path) -> None:
    write_edf(good, Path("one.edf"))
    is_one_line_about(run("convert", "one.edf", "two.doc"), r"\.ecz, \.edf, \.npz, \.csv, \.hea")
    is_one_line_about(run("convert", "one.edf", "two.bdf"), r"no format is written as \.bdf")
    is_one_line_about(run("convert", "one.edf", "two.tsv"), r"no format is written as \.tsv")
    is_one_line_about(
        run("convert", "one.edf", "two.edf", "--to", "doc"), "choose one of: ecz, edf, npz, csv, wfdb"
    )


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_folder_is_no_file_to_write(
    options: tuple[str, ...], good: Record, run: Command, here: Path
) -> None:
    write_edf(good, Path("one.edf"))
    Path("out").mkdir()
    is_one_line_about(
        run("convert", "one.edf", "out/", "--to", "csv", *options), "out is a folder; name a file"
    )


@pytest.mark.parametrize(
    ("command", "to"),
    [
        ("convert", ("two.npz",)),
        ("compress", ("--out", "two.ecz")),
        ("denoise", ("--out", "two.npz")),
        ("delineate", ("--out", "out")),
        ("hrv", ("--out", "out")),
    ],
)
def test_every_command_that_asks_for_a_gain_takes_one(
    command: str, to: tuple[str, ...], good: Record, run: Command, here: Path
) -> None:
    counts = np.rint(200 * good.signal[:, :1] + 1024)
    np.savetxt("counts.csv", counts, header="II", comments="", fmt="%d")
    is_one_line_about(run(command, "counts.csv", *to, "--fs", 250), "--gain, --baseline")
    ran = run(command, "counts.csv", *to, "--fs", 250, "--gain", 200, "--baseline", 1024)
    assert (ran.code, ran.err) == (0, "")
    if command in ("convert", "compress"):
        np.testing.assert_allclose(open_record(here / to[-1]).signal, good.signal[:, :1], atol=0.003)
