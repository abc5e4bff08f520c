"""``ectopy hrv``: what a user types, what comes back, and what bad input gets."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import wfdb

from ectopy.analysis.pipeline import analyze
from ectopy.apps.cli.main import main
from ectopy.io.registry import open_record
from ectopy.io.wfdb.files import write_wfdb
from ectopy.rhythm.hrv import Intervals
from ectopy.simulation import simulate


def ran(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["ectopy", "hrv", *map(str, arguments)])
    try:
        return int(main() or 0)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_wfdb(simulate(60, 250, ("II",), seed=5, name="minute"), tmp_path / "minute")


def test_figures_hours_and_intervals_are_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert ran(monkeypatch, path, "--out", out) == 0
    assert "RMSSD" in capsys.readouterr().out
    with (out / "minute.rr.csv").open(encoding="utf-8") as file:
        beats = list(csv.DictReader(file))
    nn = [float(beat["rr_ms"]) for beat in beats if beat["nn"] == "1"]
    assert [float(line) for line in (out / "minute.rr.txt").read_text("utf-8").split()] == nn
    assert json.loads((out / "minute.hrv.json").read_text("utf-8"))["n_nn"] == len(nn)
    assert len((out / "minute.hrv.csv").read_text("utf-8").splitlines()) == 2
    assert len(wfdb.rdann(str(out / "minute"), "nn").sample) == len(beats)


def test_beats_that_are_known_are_taken_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    assert ran(monkeypatch, path, "--beats", "atr", "--json", "--out", tmp_path / "out") == 0
    record = simulate(60, 250, ("II",), seed=5)
    known = Intervals.from_annotations(record.annotations, 60)
    assert json.loads(capsys.readouterr().out)["sdnn"] == pytest.approx(known.variability.sdnn)


def test_bad_input_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    assert ran(monkeypatch, path, "--beats", "nobody", "--out", tmp_path / "out") == 2
    assert "no annotations of 'nobody'" in capsys.readouterr().err
    (tmp_path / "minute.cut").write_bytes((tmp_path / "minute.atr").read_bytes()[:-2])
    assert ran(monkeypatch, path, "--beats", "cut", "--out", tmp_path / "out") == 2
    assert "minute.cut: the annotation file is damaged" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_files_of_another_recording_are_not_replaced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, tmp_path: Path
) -> None:
    assert ran(monkeypatch, path, "--out", tmp_path / "out") == 0
    other = write_wfdb(simulate(60, 250, ("II",), seed=6, name="minute"), tmp_path / "other")
    assert ran(monkeypatch, other, "--out", tmp_path / "out") == 0
    twin = tmp_path / "twin"
    twin.mkdir()
    write_wfdb(simulate(60, 250, ("II",), seed=6, name="minute"), twin / "minute")
    assert ran(monkeypatch, twin / "minute", "--out", tmp_path / "out") == 2
    assert "--force" in capsys.readouterr().err


def test_no_interval_of_atrial_fibrillation_is_nn(data_dir: Path) -> None:
    """Record 201 is in fibrillation for a third of its half hour."""
    record = open_record(data_dir / "mitdb" / "201")
    intervals = Intervals.from_annotations(record.annotations, record.duration)
    fibrillation = [i for i, text in enumerate(record.annotations.aux) if text.startswith("(AFIB")]
    first = record.annotations.samples[fibrillation[0]]
    inside = (intervals.samples > first) & (intervals.samples < first + 60 * 360)
    assert inside.any()
    assert not intervals.normal[inside].any()


def test_detected_beats_give_the_figures_of_annotated_ones(data_dir: Path) -> None:
    record = open_record(data_dir / "mitdb" / "100")
    ours = analyze(record, waves=False).intervals.variability
    theirs = Intervals.from_annotations(record.annotations, record.duration).variability
    np.testing.assert_allclose(ours.sdnn, theirs.sdnn, rtol=0.02)
    np.testing.assert_allclose(ours.mean_nn, theirs.mean_nn, rtol=0.001)
