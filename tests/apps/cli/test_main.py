"""The front door: help, version, wrong usage, interruptions, output that nobody reads, completion."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ectopy
from command_line import Command
from ectopy.apps.cli.main import COMMANDS, app
from ectopy.recipes.registry import RECIPES


def test_the_version_is_that_of_the_package(run: Command) -> None:
    assert run("--version").out.strip() == ectopy.__version__


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
    for name in COMMANDS if not command else ():
        assert f" {name} " in result.output


def test_the_help_of_train_names_every_recipe() -> None:
    shown = CliRunner().invoke(app, ["train", "--help"]).output
    assert set(RECIPES) <= set(re.findall(r"[a-z]+", shown))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says(name: str) -> None:
    assert COMMANDS[name].command(name).help.partition("\n")[0] == COMMANDS[name].help


def python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


HEAVY = ("matplotlib", "numpy", "onnxruntime", "pandas", "scipy", "sklearn", "torch", "wfdb")


def test_the_help_imports_nothing_heavy() -> None:
    program = f"""
import sys
from ectopy.apps.cli.main import COMMANDS, app
try:
    app(["--help"])
except SystemExit:
    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stderr.strip() == "[]"


def test_output_that_nobody_reads_ends_the_command_quietly(tmp_path: Path) -> None:
    command = f"{sys.executable} -m ectopy models show qrs"
    for reader in ("head -1", "true"):
        script = f"set -o pipefail; {command} | {reader} >/dev/null; echo $?"
        ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        assert ran.stderr == ""
        assert ran.stdout.strip() in {"0", "141"}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ectopy re", {"reproduce", "review"}),
        ("ectopy reproduce ecg", {"ecg5000-lstm", "ecg5000-recurrent"}),
        ("ectopy data where mit", {"mitdb"}),
        ("ectopy models show beat-", {"beat-autoencoder", "beat-classifier", "beat-encoder"}),
        ("ectopy analyze --model q", {"qrs"}),
        ("ectopy train --recipe auto", {"autoencoder"}),
        ("ectopy evaluate --split ds", {"ds1", "ds2"}),
    ],
)
def test_the_shell_completes_commands_and_values(words: str, offered: set[str]) -> None:
    environment = {
        "_ECTOPY_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    result = CliRunner().invoke(app, [], env=environment, prog_name="ectopy")
    assert set(result.output.split()) == offered


def test_help_says_that_this_is_no_medical_device() -> None:
    assert "not for diagnosis" in " ".join(CliRunner().invoke(app, ["--help"]).output.split())


@pytest.mark.parametrize("arguments", [("analyze",), ("nix",), ("analyze", "x", "--fs", "often")])
def test_wrong_usage_ends_with_the_same_exit_code(arguments: tuple[str, ...], run: Command) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "ectopy" in ran.err


def test_an_interruption_has_its_own_exit_code(
    run: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ectopy.io.registry.open_source", interrupt)
    ran = run("analyze", "anything", "--out", "out")
    assert ran.code == 130
    assert not (here / "out").exists()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("arguments", "code"), [("--version", 0), ("stream --fs 250 --leads II", 2)])
def test_closed_standard_streams_are_borne(arguments: str, code: int, closed: str) -> None:
    """Daemons and cron may start a program with any of them closed."""
    program = f'{sys.executable} -c "from ectopy.apps.cli.main import main; main()"'
    give = "" if "<&-" in closed else "< /dev/null"
    ran = subprocess.run(
        ["bash", "-c", f"{program} {arguments} {give} {closed}"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_command_that_is_nearly_one_is_asked_after(run: Command) -> None:
    ran = run("analyse", "holter.edf")
    assert ran.code == 2
    assert "Did you mean 'analyze'?" in ran.err


@pytest.mark.parametrize("group", ["compare", "data", "edits", "models"])
def test_no_line_of_a_list_of_commands_is_cut(group: str) -> None:
    shown = CliRunner().invoke(app, [group, "--help"]).output
    assert "Commands:" in shown
    assert "..." not in shown.partition("Commands:")[2]
