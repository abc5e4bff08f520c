"""docs/training.md: its example runs as it stands, and the options that it names exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ectopy.apps.cli.main import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLE)
def test_the_example_runs(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/training.md", "exec"), {})
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert {path.name for path in tmp_path.iterdir()} == {"my-detector", "my-classifier"}


def test_the_options_exist() -> None:
    named = set(re.findall(r"--[a-z][a-z-]*", PAGE))
    known = {
        option
        for name in ("train", "explore", "analyze")
        for parameter in COMMANDS[name].command(name).params
        for option in parameter.opts
    }
    assert named <= known, named - known
