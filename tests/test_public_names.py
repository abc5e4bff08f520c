"""What `import ectopy` promises."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ectopy


def test_names_are_sorted_and_all_there():
    assert ectopy.__all__ == sorted(ectopy.__all__)
    assert dir(ectopy) == ectopy.__all__
    for name in ectopy.__all__:
        assert getattr(ectopy, name).__name__.removeprefix("ectopy.") == name


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="analyse"):
        _ = ectopy.analyse


def test_the_evaluation_alone_brings_neither_networks_nor_pictures():
    program = (
        "import sys, ectopy.evaluation;"
        "print([name for name in ('torch', 'onnxruntime', 'matplotlib', 'typer') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_compare_prints_its_help_without_numpy():
    program = (
        "import sys; sys.argv = ['ectopy', 'compare', 'bxb', '--help']\n"
        "from ectopy.apps.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('numpy', 'scipy', 'pandas') if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stderr.strip() == "[]"
    assert "beat by beat" in run.stdout
