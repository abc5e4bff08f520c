"""``ectopy data`` says what is here, where it lies, and brings what is not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pooch
import pytest
from typer.testing import CliRunner

from ectopy.apps.cli.data import app
from ectopy.errors import DatasetError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hold one file of MIT-BIH in an otherwise empty cache."""
    monkeypatch.delenv("ECTOPY_DATA_DIR", raising=False)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path)
    (tmp_path / "mitdb").mkdir()
    (tmp_path / "mitdb" / "100.hea").touch()
    return tmp_path


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_list_names_every_dataset_and_what_is_here():
    text = run("list")
    for name in ("mitdb", "nstdb", "ecg5000", "ptbxl", "heartbeats"):
        assert name in text
    assert "1 of 144 files" in " ".join(text.split())


def test_the_list_as_json_is_whole():
    facts = {entry["name"]: entry for entry in json.loads(run("list", "--json"))}
    assert len(facts["mitdb"]["missing"]) == 143
    assert facts["ecg5000"]["downloadable"]
    assert not facts["heartbeats"]["downloadable"]
    assert all(entry["licence"] and entry["citation"] and entry["doi"] for entry in facts.values())


def test_where_prints_the_folder_even_of_what_is_not_here(home: Path):
    assert run("where", "heartbeats").strip() == str(home / "heartbeats")
    assert json.loads(run("where", "mitdb", "--json"))["folder"] == str(home / "mitdb")


def test_download_draws_progress_unless_told_to_be_quiet(home: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[str, bool]] = []

    def pretend(name: str, *, progress: bool) -> Path:
        asked.append((name, progress))
        return home / name

    monkeypatch.setattr(sys.modules["ectopy.datasets.download"], "download", pretend)
    assert run("download", "nstdb").strip() == str(home / "nstdb")
    assert run("download", "nstdb", "--quiet") == ""
    assert json.loads(run("download", "nstdb", "--json"))["name"] == "nstdb"
    assert asked == [("nstdb", True), ("nstdb", False), ("nstdb", False)]


@pytest.mark.parametrize(("command", "name"), [("where", "mitbih"), ("download", "heartbeats")])
def test_what_cannot_be_done_is_left_to_the_command_line_to_say(command: str, name: str):
    with pytest.raises(DatasetError, match=name):
        run(command, name)
