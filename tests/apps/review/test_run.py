"""Where the server listens, and what it says where it cannot."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from ectopy.apps.cli.main import app
from ectopy.apps.review import run
from ectopy.apps.review.desk import Options
from ectopy.apps.review.worklist import Worklist
from ectopy.errors import ParameterError


def test_it_listens_on_this_machine_only_and_gives_way_on_its_usual_port():
    with run._listener(None) as first, run._listener(None) as second:
        assert first.getsockname()[0] == second.getsockname()[0] == "127.0.0.1"
        assert first.getsockname()[1] != second.getsockname()[1]


def test_a_port_that_is_taken_is_told(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ParameterError, match=f"port={port} cannot be listened on"):
            run.serve(Worklist(folder), Options(), port, print)


def test_a_folder_without_recordings_is_told(tmp_path):
    found = CliRunner().invoke(app, ["review", str(tmp_path), "--no-browser"])
    assert isinstance(found.exception, ParameterError)
    assert str(found.exception) == f"{tmp_path}: no recording there; check the path"


def test_without_the_extra_the_command_that_brings_it_is_told(folder):
    program = (
        "import sys; sys.modules.update(starlette=None, uvicorn=None)\n"
        "from ectopy.apps.cli.main import main\n"
        f"sys.argv = ['ectopy', 'review', {str(folder)!r}, '--no-browser']\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "pip install 'ectopy[review]'" in done.stderr
    assert "Traceback" not in done.stderr
