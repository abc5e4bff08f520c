"""``ectopy reproduce``: what a user types, and what comes back."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from ectopy.apps.cli.main import main
from ectopy.reproductions import registry as published
from ectopy.reproductions.registry import STUDIES, Study, reproduce_all
from ectopy.reproductions.study import Estimate, Reproduction, Row, Settings


def made_up(settings: Settings) -> Reproduction:
    """Return a study that takes no time."""
    rows = (Row("accuracy", 0.9, Estimate(0.91), Estimate(0.5)),)
    return Reproduction("Title", "Source", "As published.", f"By patient, {settings.seed}.", rows)


@pytest.fixture
def one_study(monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study("a made-up study", "none", f"{__name__}:made_up")
    monkeypatch.setattr(published, "STUDIES", {"made-up": study})


def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["ectopy", "reproduce", *arguments])
    try:
        code = main() or 0
    except SystemExit as end:
        code = int(end.code or 0)
    return code, *capsys.readouterr()


def test_the_studies_are_listed(capsys, monkeypatch):
    code, out, _ = run(capsys, monkeypatch, "--list", "--json")
    assert code == 0
    assert list(json.loads(out)) == list(STUDIES)


@pytest.mark.parametrize("arguments", [(), ("ptb-conv", "--all")])
def test_one_study_or_all_of_them(capsys, monkeypatch, arguments):
    code, _, err = run(capsys, monkeypatch, *arguments)
    assert code == 2
    assert "give the name of one study, or --all" in err


def test_an_unknown_study_is_named(capsys, monkeypatch, tmp_path: Path):
    code, _, err = run(capsys, monkeypatch, "lstm", "--out", str(tmp_path))
    assert code == 2
    assert "'lstm' is unknown; choose one of: dense-autoencoder" in err


@pytest.mark.usefixtures("one_study")
@pytest.mark.parametrize("which", [("made-up",), ("--all",)])
def test_figures_are_printed_and_written(capsys, monkeypatch, tmp_path: Path, which: tuple[str, ...]):
    code, out, err = run(capsys, monkeypatch, *which, "--quick", "--out", str(tmp_path))
    assert (code, err) == (0, "")
    assert "0.9100" in out
    assert "its figures mean nothing" in out
    metrics = json.loads((tmp_path / "made-up" / "metrics.json").read_text())
    assert metrics["rows"][0]["strict"]["value"] == 0.5
    assert "Quick run" in (tmp_path / "made-up" / "table.md").read_text()


def test_a_study_without_its_data_leaves_no_folder(capsys, monkeypatch, tmp_path: Path):
    out = tmp_path / "out"
    words = ("ptb-conv", "--beats", str(tmp_path / "nowhere.csv"), "--out", str(out))
    code, _, err = run(capsys, monkeypatch, *words)
    assert code == 2
    assert "nowhere.csv: no such file" in err
    assert not out.exists()


@pytest.mark.usefixtures("one_study")
def test_the_seed_reaches_the_study(tmp_path: Path):
    ((name, found),) = reproduce_all(Settings(tmp_path, seed=7))
    assert (name, found.strict_protocol) == ("made-up", "By patient, 7.")
