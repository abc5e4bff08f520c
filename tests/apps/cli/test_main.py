"""The command line: what a user types, what comes back, and what bad input gets."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import ectopy
from ectopy.analysis.result import DISCLAIMER
from ectopy.apps.cli.main import app, main
from ectopy.io.csv import write_csv
from ectopy.io.npz import write_npz
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations, write_wfdb
from ectopy.models.registry import model_folder
from ectopy.record import Record
from ectopy.simulation import simulate

KINDS = ("beats.csv", "ectopy", "events.csv", "report.html", "summary.json")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run ``ectopy`` as the shell would."""

    def ectopy_command(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["ectopy", *map(str, arguments)])
        try:
            code = main() or 0
        except SystemExit as end:
            code = end.code or 0
        return Ran(code, *capsys.readouterr())

    return ectopy_command


@pytest.fixture(scope="module")
def good() -> Record:
    return simulate(12, 250, ("II", "V1"), seed=3, name="good")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def as_wfdb(record: Record, name: str, **header: str) -> str:
    """Write a record to the current folder, and change words of its header."""
    write_wfdb(replace(record, name=name), Path(name))
    text = Path(f"{name}.hea").read_text()
    for old, new in header.values():
        assert old in text
        text = text.replace(old, new)
    Path(f"{name}.hea").write_text(text)
    return name


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
    unknown_unit: ("II: unit", "'furlong' is unknown.*give one in .*mV"),
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


def is_one_line_about(ran: Ran, *patterns: str) -> None:
    """Check that a command failed as it should: exit code 2, and one line that says it all."""
    assert ran.code == 2
    assert ran.out == ""
    assert re.fullmatch(r"ectopy: error: [^\n]+\n", ran.err), ran.err
    for pattern in patterns:
        assert re.search(pattern, ran.err), ran.err


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
        (of_version("2.0"), r"version 2\.0 is newer than 1\.0; upgrade with: pip"),
    ],
    ids=["rotten network", "no network", "damaged manifest", "no manifest", "newer version"],
)
def test_a_bad_model_gets_one_line(
    change: Callable[[Path], object], words: str, run: Command, here: Path, good: Record
) -> None:
    model = damaged(here, change)
    ran = run("analyze", as_wfdb(good, "good"), "--model", model, "--out", "out")
    is_one_line_about(ran, re.escape(str(model)), words)
    assert not (here / "out").exists()


def test_a_model_of_another_kind_is_refused(run: Command, here: Path, good: Record) -> None:
    ran = run("analyze", as_wfdb(good, "good"), "--model", "qrs")
    is_one_line_about(ran, "qrs-detector; give one of kind anomaly-detector")


def test_results_that_cannot_be_written_are_one_line(run: Command, here: Path, good: Record) -> None:
    (here / "taken").write_text("a file")
    ran = run("analyze", as_wfdb(good, "good"), "--out", "taken")
    is_one_line_about(ran, "taken", "check the path")
    assert (here / "taken").read_text() == "a file"


@pytest.mark.parametrize("name", ["good", "good.hea", "good.dat", "good.csv", "good.npz"])
def test_a_recording_by_any_of_its_names(name: str, run: Command, here: Path, good: Record) -> None:
    as_wfdb(good, "good")
    write_csv(good, Path("good.csv"))
    write_npz(good, Path("good.npz"))
    ran = run("analyze", name, "--out", "out")
    assert ran.code == 0
    assert ran.err == ""
    assert "good: 0.2 min" in ran.out
    assert DISCLAIMER in " ".join(ran.out.split())
    assert {path.name for path in (here / "out").iterdir()} == {f"good.{kind}" for kind in KINDS}
    assert len(read_annotations(here / "out" / "good", "ectopy")) >= 10


def test_the_reference_annotations_are_never_touched(run: Command, here: Path, good: Record) -> None:
    as_wfdb(good, "good")
    before = (here / "good.atr").read_bytes()
    assert run("analyze", "good", "--out", ".").code == 0
    assert (here / "good.atr").read_bytes() == before
    assert len(open_record("good").annotations.beats()) == len(good.annotations.beats())


def test_one_bad_recording_does_not_stop_the_others(run: Command, here: Path, good: Record) -> None:
    first, third = as_wfdb(good, "first"), as_wfdb(good, "third")
    ran = run("analyze", first, "nowhere", third, "--out", "out", "--quiet")
    is_one_line_about(ran, "nowhere")
    assert {path.name for path in (here / "out").glob("*.ectopy")} == {"first.ectopy", "third.ectopy"}


def test_recordings_of_one_name_do_not_overwrite_each_other(run: Command, here: Path, good: Record) -> None:
    as_wfdb(good, "good")
    write_csv(good.slice(0, 10), Path("good.csv"))
    ran = run("analyze", "good", "good.csv", "--out", "out", "--quiet")
    is_one_line_about(ran, r"good\.csv", "--out of its own")
    assert json.loads((here / "out" / "good.summary.json").read_text())["duration"] == 12


def test_json_is_one_line_a_recording_and_nothing_else(run: Command, here: Path, good: Record) -> None:
    ran = run("analyze", as_wfdb(good, "a"), as_wfdb(good, "b"), "--json", "--out", "out")
    facts = [json.loads(line) for line in ran.out.splitlines()]
    assert [fact["record"] for fact in facts] == ["a", "b"]
    assert facts[0] == json.loads((here / "out" / "a.summary.json").read_text())
    assert (ran.code, ran.err) == (0, "")


def test_quiet_prints_nothing(run: Command, here: Path, good: Record) -> None:
    assert run("analyze", as_wfdb(good, "good"), "--quiet") == Ran(0, "", "")
    assert (here / "out" / "good.report.html").is_file()
    assert run("simulate", "--out", "made", "--seconds", 5, "--quiet") == Ran(0, "", "")


def test_warnings_are_said_on_the_terminal(run: Command, here: Path, good: Record) -> None:
    signal = good.signal.copy()
    signal[:, 1] = np.nan
    write_csv(replace(good, signal=-signal), Path("my [red] recorder.csv"))
    ran = run("analyze", "my [red] recorder.csv", "--out", "out")
    text = " ".join(ran.out.split())
    assert ran.code == 0, ran.err
    assert "my [red] recorder: 0.2 min" in text
    assert "note: Lead V1 holds no sample at all" in text
    assert "note: The QRS of lead II points down" in text


def test_the_demo_works_and_finds_abnormal_beats(run: Command, here: Path) -> None:
    ran = run("demo", "--json")
    facts = json.loads(ran.out)
    assert (ran.code, facts["record"], facts["duration"]) == (0, "demo", 600)
    assert facts["n_abnormal"] >= 10
    assert {path.name for path in (here / "demo-out").iterdir()} == {f"demo.{kind}" for kind in KINDS}


def test_what_is_simulated_can_be_analysed(run: Command, here: Path) -> None:
    made = run("simulate", "--out", "made/one", "--seconds", 30, "--fs", 128, "--leads", "I, II", "--seed", 4)
    assert made.code == 0
    assert re.search(r"made/one: 30 s, 2 leads, \d\d beats", made.out)
    assert open_record("made/one").leads == ("I", "II")
    ran = run("analyze", "made/one", "--json")
    assert json.loads(ran.out)["n_beats"] == pytest.approx(len(open_record("made/one").annotations), abs=2)


def test_a_seed_is_a_recording(run: Command, here: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        run("simulate", "--out", name, "--hours", 0.002, "--seed", seed)
    a, b, c = (Path(f"{name}.dat").read_bytes() for name in "abc")
    assert a == b != c


def test_a_simulated_record_is_replaced_only_by_force(run: Command, here: Path) -> None:
    assert run("simulate", "--out", "one", "--seconds", 5).code == 0
    before = Path("one.dat").read_bytes()
    is_one_line_about(run("simulate", "--out", "one", "--seconds", 6), r"one\.hea exists")
    assert Path("one.dat").read_bytes() == before
    assert run("simulate", "--out", "one", "--seconds", 6, "--force").code == 0
    assert open_record("one").duration == 6


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--seconds", -5, "duration=-5.0 .*; give"),
        ("--hours", 1e9, "duration=.*; make"),
        ("--fs", 0, "fs=0.0 .*; give"),
        ("--leads", " , ", "names no leads; give"),
        ("--heart-rate", 900, "heart_rate=900.0 .*; give"),
        ("--ventricular", 3, "ventricular=3.0 .*; give"),
        ("--snr", "nan", "snr_db=nan .*; give"),
        ("--seed", -1, "seed=-1 .*; give"),
    ],
)
def test_what_cannot_be_simulated_is_named(
    option: str, value: object, words: str, run: Command, here: Path
) -> None:
    is_one_line_about(run("simulate", "--out", "made", f"{option}={value}"), words)
    assert not list(here.iterdir())


def test_models_are_listed_and_shown(run: Command) -> None:
    assert "beat-autoencoder" in run("models", "list").out
    listed = {entry["name"]: entry for entry in json.loads(run("models", "list", "--json").out)}
    shown = json.loads(run("models", "show", "beat-autoencoder").out)
    assert shown == listed["beat-autoencoder"]
    assert shown["training"]["dataset"]
    is_one_line_about(run("models", "show", "dense"), "'dense'", "choose beat-autoencoder, beat-classifier")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--dataset", "nix"), "dataset='nix' is unknown; choose one of: mitdb"),
        (("--network", "nix"), "network='nix' is unknown; choose one of: autoencoder"),
        ((), "mitdb.* not in .*; run: ectopy data download mitdb"),
    ],
    ids=["unknown dataset", "unknown network", "absent dataset"],
)
def test_what_cannot_be_trained_is_named(
    arguments: tuple[str, ...], words: str, run: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(here / "data"))
    is_one_line_about(run("train", *arguments, "--out", "model"), words)
    assert not list(here.iterdir())


def test_a_model_is_not_trained_for_a_folder_that_is_taken(run: Command, here: Path) -> None:
    (here / "thesis").mkdir()
    (here / "thesis" / "chapter1.tex").write_text("years of work")
    is_one_line_about(run("train", "--dataset", "nix", "--out", "thesis"), "thesis exists and is no model")


def test_the_version_is_that_of_the_package(run: Command) -> None:
    assert run("--version").out.strip() == ectopy.__version__


@pytest.mark.parametrize("command", [(), ("analyze",), ("simulate",), ("models",), ("data",), ("compare",)])
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_help_says_that_this_is_no_medical_device() -> None:
    assert "not for diagnosis" in " ".join(CliRunner().invoke(app, ["--help"]).output.split())


@pytest.mark.parametrize("arguments", [("analyze",), ("nix",), ("analyze", "x", "--fs", "often")])
def test_wrong_usage_ends_with_the_same_exit_code(arguments: tuple[str, ...], run: Command) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "ectopy" in ran.err


def test_an_interruption_has_its_own_exit_code(
    run: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ectopy.apps.cli.main.open_record", interrupt)
    ran = run("analyze", "anything", "--out", "out")
    assert ran.code == 130
    assert not (here / "out").exists()
