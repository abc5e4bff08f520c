"""docs/training.md: the options that it names exist (its example is run by test_examples.py)."""

from __future__ import annotations

import re
from pathlib import Path

from ectopy.apps.cli.main import COMMANDS

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_options_exist() -> None:
    named = set(re.findall(r"--[a-z][a-z-]*", PAGE))
    known = {
        option
        for name in ("train", "explore", "analyze")
        for parameter in COMMANDS[name].command(name).params
        for option in parameter.opts
    }
    assert named <= known, named - known
