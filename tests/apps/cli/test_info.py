"""`ectopy info`: what a recording holds, however long it is."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command_line import Command, as_wfdb
from ectopy.io import registry
from ectopy.simulation import simulate


def test_every_channel_is_told_with_its_reason(run: Command, here: Path) -> None:
    record = simulate(duration=10, fs=250, leads=("II", "V5"), seed=1)
    name = as_wfdb(replace(record, leads=("II", "EEG C3-A2")), "psg")
    found = json.loads(run("info", name, "--json").out)
    assert (found["format"], found["duration"], found["duration_is_exact"]) == ("wfdb", 10, True)
    assert {each["name"]: each["is_lead"] for each in found["channels"]} == {"II": True, "EEG C3-A2": False}
    assert found["n_marks"] > 5


def test_a_file_without_an_ecg_is_told_too(run: Command, here: Path) -> None:
    Path("pulse.csv").write_text("time,PPG\n" + "".join(f"{i / 100},{i % 7}\n" for i in range(999)))
    ran = run("info", "pulse.csv")
    assert ran.code == 0
    assert "a pulse wave by its name" in " ".join(ran.out.split())


def test_what_samples_mean_can_be_tried(run: Command, here: Path) -> None:
    counts = np.rint(simulate(duration=10, fs=250, leads=("II",), seed=1).signal[:, 0] * 200 + 1024)
    Path("counts.csv").write_text("ecg\n" + "".join(f"{count:.0f}\n" for count in counts))
    first = json.loads(run("info", "counts.csv", "--fs", "250", "--json").out)
    assert not first["channels"][0]["is_lead"]
    assert "--gain" in first["channels"][0]["reason"]
    given = ("--gain", "200", "--baseline", "1024")
    mended = json.loads(run("info", "counts.csv", "--fs", "250", *given, "--json").out)
    assert mended["channels"][0]["is_lead"]


@pytest.mark.parametrize("compressed", [False, True])
def test_of_a_long_table_only_the_beginning_is_read(
    compressed: bool, run: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "_PEEK", 1 << 16)
    text = "time (s),II (mV)\n" + "".join(f"{i / 250:.3f},{i % 9}\n" for i in range(200_000))
    path = Path("long.csv.gz" if compressed else "long.csv")
    path.write_bytes(gzip.compress(text.encode()) if compressed else text.encode())
    found = json.loads(run("info", str(path), "--json").out)
    assert not found["duration_is_exact"]
    assert found["duration"] == pytest.approx(800, rel=0.3)


def test_a_missing_file_is_an_error(run: Command, here: Path) -> None:
    assert run("info", "nowhere.csv").code == 2
