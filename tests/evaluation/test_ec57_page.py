"""What docs/evaluation.md shows of the comparators is what happens, in the shell and in Python alike."""

from __future__ import annotations

import pytest

from doc_examples import DOCS, examples


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Run the blocks in their order in one folder; return the kind and the standard output of each."""
    text = (DOCS / "evaluation.md").read_text(encoding="utf-8")
    ran = examples.run(text, tmp_path_factory.mktemp("page"))
    return [(each.block.kind, each.output) for each in ran if each.output is not None]


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
