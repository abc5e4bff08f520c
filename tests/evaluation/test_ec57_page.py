"""What docs/evaluation.md shows of the comparators is what happens, in the shell and in Python alike."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
COMPARATORS, _ = PAGE.read_text().split("## A whole analysis", maxsplit=1)
BLOCKS = re.findall(r"```(console|python)\n(.*?)```", COMPARATORS, flags=re.DOTALL)
COMMAND = f"ectopy() {{ {sys.executable} -c 'from ectopy.apps.cli.main import main; main()' \"$@\"; }}\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Run the blocks in their order in one folder; return the kind and the standard output of each."""
    folder = tmp_path_factory.mktemp("page")
    names: dict[str, object] = {}
    outputs = []
    with contextlib.chdir(folder):
        for kind, block in BLOCKS:
            if kind == "console":
                run = subprocess.run(["bash", "-e", "-c", COMMAND + block], capture_output=True, text=True)
                assert run.returncode == 0, run.stderr
                outputs.append((kind, run.stdout))
            else:
                stream = io.StringIO()
                with contextlib.redirect_stdout(stream):
                    exec(block, names)
                outputs.append((kind, stream.getvalue()))
    return outputs


def test_python_gives_the_report_of_the_command_line(shown):
    (_, command), (_, python) = shown[:2]
    report = command[command.index("Beat-by-beat") : command.index("\n\n  Beats missed in shutdown")]
    assert report in python


def test_python_gives_the_table_of_the_command_line(shown):
    table = next(output for kind, output in shown[2:] if kind == "console")
    summary = next(output for kind, output in shown[3:] if kind == "python" and "Gross" in output)
    assert summary.startswith(table)


def test_sumstats_gives_the_table_too(shown):
    tables = [output for kind, output in shown[1:] if kind == "console"]
    assert tables[0] == tables[1]
