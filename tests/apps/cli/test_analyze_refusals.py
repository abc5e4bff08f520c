"""What ``ectopy analyze`` says of bad input and of bad models: one line, and no file is left."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import Command, as_wfdb, is_one_line_about
from ectopy.io.csv import write_csv
from ectopy.io.npz import write_npz
from ectopy.models.registry import model_folder
from ectopy.record import Record


def shortened(path: str, to: int) -> None:
    Path(path).write_bytes(Path(path).read_bytes()[:to])


# One function a way in which input can be bad: it makes the input and returns what to type.


def missing_file(good: Record) -> str:
    return "nowhere"


def missing_table(good: Record) -> str:
    return "nowhere.csv"


def a_folder(good: Record) -> str:
    Path("folder").mkdir()
    return "folder"


def empty_file(good: Record) -> str:
    Path("empty.csv").touch()
    return "empty.csv"


def empty_header(good: Record) -> str:
    Path("empty.hea").touch()
    return "empty"


def truncated_dat(good: Record) -> str:
    shortened(as_wfdb(good, "cut") + ".dat", 1000)
    return "cut"


def empty_dat(good: Record) -> str:
    shortened(as_wfdb(good, "hollow") + ".dat", 0)
    return "hollow"


def header_without_dat(good: Record) -> str:
    Path(as_wfdb(good, "lonely") + ".dat").unlink()
    return "lonely.hea"


def zero_leads(good: Record) -> str:
    Path("none.hea").write_text("none 0 250 3000\n")
    return "none"


def unknown_unit(good: Record) -> str:
    return as_wfdb(good, "odd", unit=("/mV", "/furlong"))


def all_nan(good: Record) -> str:
    return as_wfdb(replace(good, signal=np.full_like(good.signal, np.nan)), "absent")


def all_flat(good: Record) -> str:
    return as_wfdb(replace(good, signal=np.full_like(good.signal, 0.3)), "level")


def five_seconds(good: Record) -> str:
    return as_wfdb(good.slice(0, 5), "brief")


def fs_of_zero(good: Record) -> str:
    return as_wfdb(good, "still", fs=(" 250 ", " 0 "))


def fs_of_a_gigahertz(good: Record) -> str:
    return as_wfdb(good, "fast", fs=(" 250 ", " 1000000000 "))


def fs_of_text(good: Record) -> str:
    return as_wfdb(good, "wordy", fs=(" 250 ", " often "))


def text_among_numbers(good: Record) -> str:
    write_csv(good, Path("words.csv"))
    lines = Path("words.csv").read_text().splitlines()
    lines[100] = lines[100].rpartition(",")[0] + ",oops"
    Path("words.csv").write_text("\n".join(lines))
    return "words.csv"


def no_rate(good: Record) -> str:
    Path("bare.csv").write_text("II,V1\n" + "0.1,0.2\n" * 3000)
    return "bare.csv"


def truncated_npz(good: Record) -> str:
    write_npz(good, Path("cut.npz"))
    shortened("cut.npz", 2000)
    return "cut.npz"


def no_recording(good: Record) -> str:
    Path("photo.jpg").write_bytes(np.random.default_rng(0).bytes(3000))
    return "photo.jpg"


def header_that_leads_out(good: Record) -> str:
    return as_wfdb(good, "escape", file=("escape.dat", "../escape.dat"))


BAD = {
    missing_file: ("nowhere", "check the path"),
    missing_table: (r"nowhere\.csv", "check the path"),
    a_folder: ("folder", "give one of the recordings"),
    empty_file: (r"empty\.csv", "empty; get it again"),
    empty_header: (r"empty\.hea", "empty; get the whole file"),
    truncated_dat: (r"cut\.dat", "250 of 3000 frames; get the whole file"),
    empty_dat: (r"hollow\.dat", "0 of 3000 frames; get the whole file"),
    header_without_dat: (r"lonely\.dat", "missing .*; put it there"),
    zero_leads: ("none", r"0 leads.*; give one with a lead"),
    unknown_unit: ("II: unit", "'furlong' is unknown.*--unit"),
    all_nan: ("absent", r"every lead \(II, V1\) is missing or flat; check"),
    all_flat: ("level", r"every lead \(II, V1\) is missing or flat; check"),
    five_seconds: ("brief", r"5\.0 s .* too short .*; give at least 8 s"),
    fs_of_zero: ("still", "frequency 0 Hz is not possible; correct the header"),
    fs_of_a_gigahertz: ("fast", "frequency 1000000000 Hz is not possible; correct the header"),
    fs_of_text: ("wordy", "frequency often Hz is not possible; correct the header"),
    text_among_numbers: (r"words\.csv", "line 101, column V1: 'oops' is no number; correct"),
    no_rate: (r"bare\.csv", r"sampling frequency; pass it as .*--fs"),
    truncated_npz: (r"cut\.npz", "; save it again"),
    no_recording: (r"photo\.jpg", "of no format that is read.*; convert it"),
    header_that_leads_out: ("escape", "outside .*; put the file beside the header"),
}


@pytest.mark.parametrize("make", BAD, ids=lambda make: make.__name__)
def test_bad_input_gets_one_line_and_leaves_nothing(
    make: Callable[[Record], str], run: Command, here: Path, good: Record
) -> None:
    ran = run("analyze", make(good), "--out", "out")
    is_one_line_about(ran, *BAD[make])
    assert not (here / "out").exists()


@pytest.mark.parametrize("fs", ["0", "-250", "1e9", "nan"])
def test_a_rate_that_cannot_be_is_refused(fs: str, run: Command, here: Path, good: Record) -> None:
    np.savetxt("bare.csv", good.signal, delimiter=",", header="II,V1", comments="")
    is_one_line_about(run("analyze", "bare.csv", "--fs", fs, "--out", "out"), "bare", "frequency", "; give")
    assert not (here / "out").exists()


def test_a_rate_that_contradicts_the_file_is_refused(run: Command, here: Path, good: Record) -> None:
    as_wfdb(good, "good")
    is_one_line_about(run("analyze", "good", "--fs", 300), "250 Hz", "300", "leave fs out")


def damaged(here: Path, change: Callable[[Path], object]) -> Path:
    """Return a copy of the shipped model with something done to it."""
    folder = here / "model"
    shutil.copytree(model_folder("beat-autoencoder"), folder)
    change(folder)
    return folder


def of_version(text: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(manifest | {"format_version": text}))

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: (f / "network.onnx").write_bytes(b"rot"), "network.onnx .*SHA-256.*again"),
        (lambda f: (f / "network.onnx").unlink(), "network.onnx is missing; .*again"),
        (lambda f: (f / "manifest.json").write_text("{"), "manifest.json is damaged.*again"),
        (lambda f: (f / "manifest.json").unlink(), "neither shipped nor a folder with one; choose"),
        (of_version("3.0"), r"version 3\.0 is newer than 2\.0; upgrade with: pip"),
    ],
    ids=["rotten network", "no network", "damaged manifest", "no manifest", "newer version"],
)
def test_a_bad_model_gets_one_line(
    change: Callable[[Path], object], words: str, run: Command, here: Path, good: Record
) -> None:
    model = damaged(here, change)
    ran = run("analyze", as_wfdb(good, "good"), "--detector", model, "--out", "out")
    is_one_line_about(ran, re.escape(str(model)), words)
    assert not (here / "out").exists()


def test_a_model_of_another_kind_is_refused(run: Command, here: Path, good: Record) -> None:
    ran = run("analyze", as_wfdb(good, "good"), "--detector", "qrs")
    is_one_line_about(ran, "qrs-detector; give one of kind anomaly-detector")


def test_results_that_cannot_be_written_are_one_line(run: Command, here: Path, good: Record) -> None:
    (here / "taken").write_text("a file")
    ran = run("analyze", as_wfdb(good, "good"), "--out", "taken")
    is_one_line_about(ran, "taken", "nothing can be written in .*give another folder")
    assert (here / "taken").read_text() == "a file"
    before = run("analyze", "nothing", "--out", "taken/below")
    is_one_line_about(before, "nothing can be written in .*taken")
