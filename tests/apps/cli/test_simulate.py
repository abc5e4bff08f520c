"""``ectopy simulate``: a seed is a recording, and nothing is overwritten unasked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from command_line import Command, is_one_line_about
from ectopy.io.registry import open_record


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


def test_one_lead_is_no_leads(run: Command, here: Path) -> None:
    assert ": 10 s, 1 lead, " in run("simulate", "--out", "one", "--seconds", 10, "--leads", "II").out
