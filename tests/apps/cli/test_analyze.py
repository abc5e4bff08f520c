"""``ectopy analyze`` and ``ectopy demo``: what comes back."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from command_line import FORMS, KINDS, Command, Ran, as_wfdb, is_one_line_about
from ectopy.analysis.disclaimer import DISCLAIMER
from ectopy.io.csv import write_csv
from ectopy.io.npz import write_npz
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import read_annotations
from ectopy.record import Record


@pytest.mark.parametrize("name", ["good", "good.hea", "good.dat", "good.csv", "good.npz"])
def test_a_recording_by_any_of_its_names(name: str, run: Command, here: Path, good: Record) -> None:
    as_wfdb(good, "good")
    write_csv(good, Path("good.csv"))
    write_npz(good, Path("good.npz"))
    ran = run("analyze", name, "--out", "out")
    assert ran.code == 0
    assert ran.err == ""
    assert ran.out.split()[0] == "good"
    assert "12.0 s" in ran.out
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
    assert text.startswith("my [red] recorder")
    assert "note: Lead V1 holds no sample at all" in text
    assert "note: The QRS of lead II points down" in text


def test_the_demo_can_show_a_real_heart(run: Command, here: Path) -> None:
    ran = run("demo", "--real", "--no-report", "--json")
    facts = json.loads(ran.out)
    assert (ran.code, facts["record"], facts["duration"]) == (0, "228x", 30)


def test_the_demo_works_and_finds_abnormal_beats(run: Command, here: Path) -> None:
    ran = run("demo", "--json")
    facts = json.loads(ran.out)
    assert (ran.code, facts["record"], facts["duration"]) == (0, "demo", 600)
    assert facts["n_abnormal"] >= 10
    assert {path.name for path in (here / "demo-out").iterdir()} == {f"demo.{kind}" for kind in KINDS}


def test_a_name_inside_a_file_does_not_lead_out_of_the_folder(run: Command, here: Path, good: Record) -> None:
    out = here / "deep" / "out"
    for number, name in enumerate(("../escaped", str(here / "absolute"), "a/../../b")):
        write_npz(replace(good, name=name), Path(f"{number}.npz"))
        assert run("analyze", f"{number}.npz", "--out", out, "--quiet", "--no-report").code == 0
    written = {path for path in here.rglob("*") if path.is_file() and path.suffix != ".npz"}
    assert len(written) == 3 * (len(KINDS) - len(FORMS))
    assert {path.parent for path in written} == {out}


def test_names_reach_the_terminal_as_text(run: Command, here: Path, good: Record) -> None:
    name = "\x1b]0;owned\x07:M: [red]"
    write_npz(replace(good, name=name, leads=("\x1b[2J", "\u202eV1")), Path("evil.npz"))
    for more in ((), ("--json",)):
        ran = run("analyze", "evil.npz", "--no-report", *more)
        assert ran.code == 0
        assert not {"\x1b", "\x07", "\u202e"} & set(ran.out + ran.err)
    assert json.loads(ran.out)["record"] == name
    title = run("analyze", "evil.npz", "--no-report").out.splitlines()[0]
    assert r"\x1b]0;owned\x07:M: [red]" in title


def test_a_file_name_in_an_error_is_text(run: Command, here: Path) -> None:
    ran = run("analyze", "no\x1b[2Jwhere\u202e")
    is_one_line_about(ran, r"no\\x1b\[2Jwhere\\u202e")
    assert "\x1b" not in ran.err


def test_results_of_another_recording_are_replaced_only_by_force(
    run: Command, here: Path, good: Record
) -> None:
    def lengths() -> float:
        return json.loads((here / "out" / "good.summary.json").read_text())["duration"]

    write_npz(good, Path("good.npz"))
    for _ in range(2):  # the same recording again is welcome
        assert run("analyze", "good.npz", "--no-report", "--quiet") == Ran(0, "", "")
    write_npz(good.slice(0, 10), Path("good.npz"))
    is_one_line_about(run("analyze", "good.npz", "--no-report"), r"good\.ectopy exists", "--force")
    assert lengths() == 12
    assert run("analyze", "good.npz", "--no-report", "--force", "--quiet").code == 0
    assert lengths() == 10


def test_without_a_report_there_is_no_page(run: Command, here: Path, good: Record) -> None:
    assert run("analyze", as_wfdb(good, "good"), "--no-report", "--quiet").code == 0
    assert {path.name for path in (here / "out").iterdir()} == {
        f"good.{kind}" for kind in KINDS if kind not in FORMS
    }


def test_without_a_report_nothing_draws(here: Path, good: Record) -> None:
    program = (
        "import sys; sys.argv = ['ectopy', 'analyze', 'good', '--no-report', '--quiet']\n"
        "from ectopy.apps.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('matplotlib', 'jinja2', 'torch') if name in sys.modules])"
    )
    as_wfdb(good, "good")
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert (here / "out" / "good.summary.json").is_file()


def test_model_is_an_older_name_of_detector(run: Command, good: Record, here: Path) -> None:
    ran = run("analyze", as_wfdb(good, "good"), "--model", "beat-autoencoder", "--no-report")
    assert ran.code == 0
    assert "--model is the same as --detector" in ran.out + ran.err
    both = ("--model", "anomaly-detector", "--detector", "beat-autoencoder")
    is_one_line_about(run("analyze", "good", *both), "are the same option; give --detector")


@pytest.mark.parametrize("option", ["--qrs", "--detector", "--classifier"])
def test_each_model_can_be_chosen_and_must_be_of_its_kind(
    run: Command, good: Record, here: Path, option: str
) -> None:
    own = {"--qrs": "qrs", "--detector": "anomaly-detector", "--classifier": "beat-classifier"}
    record = as_wfdb(good, "good")
    assert run("analyze", record, option, own.pop(option), "--no-report", "--quiet").code == 0
    for other in own.values():
        ran = run("analyze", record, option, other, "--no-report", "--out", "other")
        assert ran.code == 2
        assert other.split("-")[0] in ran.err


def test_only_the_leads_that_are_asked_for(run: Command, good: Record, here: Path) -> None:
    assert run("analyze", as_wfdb(good, "good"), "--leads", "V1", "--no-report", "--quiet").code == 0
    marks = read_annotations(Path("out/good"), "ectopy")
    assert set(marks.chans) == {1}
    ran = run("analyze", "good", "--leads", "V1,aVR")
    assert ran.code == 2
    assert "aVR" in ran.err


@pytest.mark.parametrize("name", ["bad.edf", "bad.xml", "bad.npz", "bad.dcm", "bad.mat"])
def test_a_damaged_file_stops_no_other(name: str, good: Record, run: Command, here: Path) -> None:
    signs = {
        "bad.edf": b"0       ".ljust(184) + b"512     ".ljust(52) + b"9       1       1   " + b"\xff" * 300,
        "bad.xml": b"<RestingECG><Waveform></RestingECG>",
        "bad.npz": b"PK\x03\x04" + b"\x09" * 99,
        "bad.dcm": b"\0" * 128 + b"DICM" + b"\xff" * 99,
        "bad.mat": b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + b"\x0f\0\0\0\xff\xff\xff\x7f",
    }
    Path(name).write_bytes(signs[name])
    first, last = as_wfdb(good, "first"), as_wfdb(good, "last")
    ran = run("analyze", first, name, last, "--quiet", "--no-report")
    is_one_line_about(ran, name)
    assert Path("out/first.summary.json").exists()
    assert Path("out/last.summary.json").exists()


def test_the_alarm_rate_is_chosen_told_and_refused_where_it_cannot_be_promised(
    run: Command, good: Record, here: Path
) -> None:
    def summary() -> dict[str, Any]:
        return json.loads((here / "out" / "good.summary.json").read_text())

    record = as_wfdb(good, "good")
    assert run("analyze", record, "--no-report", "--quiet").code == 0
    own = summary()["threshold"]
    assert run("analyze", record, "--no-report", "--quiet", "--alarm-rate", "0.1").code == 0
    assert summary()["threshold"] < own
    assert any("false-alarm rate of 0.1" in warning for warning in summary()["warnings"])
    is_one_line_about(run("analyze", record, "--alarm-rate", "0"), "alarm_rate=0", r"rates from 0\.0005 to")
