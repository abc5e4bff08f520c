"""``ectopy delineate``: what a user types, what comes back, and what bad input gets."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from ectopy.apps.cli.main import main
from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record
from ectopy.simulation import simulate


def ran(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["ectopy", "delineate", *map(str, arguments)])
    try:
        return int(main() or 0)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    record = simulate(12, 250, ("II", "V1"), seed=5, name="strip")
    return write_wfdb(record, tmp_path / "strip")


def test_files_are_written_and_intervals_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert ran(monkeypatch, path, "--out", out) == 0
    assert {file.name for file in out.iterdir()} == {"strip.waves", "strip.waves.csv", "strip.waves.json"}
    shown = capsys.readouterr().out
    for name in ("PR, ms", "QTc (Fridericia), ms", "more than one P"):
        assert f" {name} " in shown


def test_json_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    assert ran(monkeypatch, path, "--out", tmp_path / "out", "--json", "--beats", "atr") == 0
    assert json.loads(capsys.readouterr().out)["intervals"]["qrs"]["n_beats"] > 5


def test_annotations_that_are_not_there_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    assert ran(monkeypatch, path, "--out", tmp_path / "out", "--beats", "xyz") == 2
    assert "no annotations of 'xyz'" in " ".join(capsys.readouterr().err.split())


def test_a_recording_without_a_beat_has_files_and_no_intervals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    silent = Record(np.full((2500, 2), np.nan, np.float32), 250, ("I", "II"), "silent")
    path = write_wfdb(silent, tmp_path / "silent")
    assert ran(monkeypatch, path, "--out", tmp_path / "out", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["n_beats"], summary["axes"]) == (0, {})
