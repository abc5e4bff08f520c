"""A batch on a Ray cluster that somebody else started gives the bytes of one without."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from batch_tables import contents
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import simulate

pytest.importorskip("ray", reason="the extra cluster is not installed")

TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4}
"""What whoever joins the cluster has to know; without it, Ray would take one of this user's, or none."""

BEGUN = 90.0
"""Seconds in which a head has to answer."""

STARTS = 3
"""Times that a head is started: Ray gives one up that is not there after half a minute."""


@pytest.fixture
def head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start the head of a cluster of this machine alone, and end it with its processes."""
    for name, value in TOKEN.items():
        monkeypatch.setenv(name, value)
    short = tempfile.mkdtemp(prefix="ray-")  # names of sockets have to be short
    log = tmp_path / "head.log"
    for _ in range(STARTS):
        port = free_port()
        process = begin_head(port, short, log)
        try:
            if answers(port, process, log):
                yield f"127.0.0.1:{port}"
                break
        finally:
            end(process)
    else:
        pytest.fail(f"no head answers: {log.read_text()}")
    shutil.rmtree(short, ignore_errors=True)


def test_a_running_cluster_gives_the_bytes_of_one_machine(head: str, tmp_path: Path):
    for number in range(3):
        write_wfdb(simulate(10, 250, seed=number, name=f"r{number}"), tmp_path / "in" / f"r{number}")
    for out, options in (("local", []), ("cluster", ["--engine", "ray", "--address", head])):
        command = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / out), "--jobs", "2", "--quiet"]
        done = subprocess.run(
            [sys.executable, "-m", "ectopy", *command, "--part-size", "1", *options],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "cluster") == contents(tmp_path / "local") != {}


def test_an_address_at_which_nobody_answers_is_told(tmp_path: Path):
    write_wfdb(simulate(10, 250, name="r"), tmp_path / "in" / "r")
    address = f"127.0.0.1:{free_port()}"
    command = ["batch", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--engine", "ray"]
    done = subprocess.run(
        [sys.executable, "-m", "ectopy", *command, "--address", address],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert f"address='{address}': no Ray cluster answers there (" in " ".join(done.stderr.split())


def free_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def begin_head(port: int, folder: str, log: Path) -> subprocess.Popen[bytes]:
    """Start a head in a session of its own."""
    options = (
        *("--head", "--block", f"--port={port}", "--node-ip-address=127.0.0.1", "--num-cpus=2"),
        *("--object-store-memory=100000000", "--include-dashboard=false", "--disable-usage-stats"),
        f"--temp-dir={folder}",
    )
    with log.open("wb") as file:
        return subprocess.Popen(
            [Path(sys.executable).parent / "ray", "start", *options],
            stdout=file,
            stderr=file,
            start_new_session=True,
            env={**os.environ, "RAY_worker_niceness": "0"},  # other tests run beside it
        )


def answers(port: int, process: subprocess.Popen[bytes], log: Path) -> bool:
    """Wait until a head answers; it may give up on a busy machine."""
    end_at = time.monotonic() + BEGUN
    while time.monotonic() < end_at and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and "Ray runtime started" in log.read_text():
                return True
        time.sleep(0.2)
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End the head, which ends what it started; and what is left of its session, if it does not."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
