"""Running ``ectopy`` as the shell would, in an empty folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from command_line import Command, Ran
from ectopy.apps.cli.main import main
from ectopy.record import Record
from ectopy.simulation import simulate


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


@pytest.fixture(scope="session")
def good() -> Record:
    return simulate(12, 250, ("II", "V1"), seed=3, name="good")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path
