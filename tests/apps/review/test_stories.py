"""What a person does on the page, in chromium: correct a day, lose the server, sign and print."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ectopy.errors import ParameterError
from ectopy.report.pdf import find_browser

NODE = Path(__file__).parents[2] / "node"
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def browser() -> str:
    if shutil.which("node") is None:
        pytest.skip("node is not installed: install nodejs and npm, then npm ci --prefix tests/node")
    if not (NODE / "node_modules" / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed: npm ci --prefix tests/node")
    try:
        return find_browser()
    except ParameterError as error:
        pytest.skip(f"no browser: {error}")


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command that a user types; give the address that it prints."""
    command = [sys.executable, "-m", "ectopy", "review", str(folder), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


def told(browser: str, address: str, story: str) -> dict[str, Any]:
    """Act a story of tests/node/review.mjs, and return what was seen."""
    command = ["node", str(NODE / "review.mjs"), browser, address, story]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert seen["faults"] == []
    return seen


def test_a_day_is_corrected_survives_kill_9_and_is_signed_and_printed(browser, folder):
    with server(folder) as (address, process):
        seen = told(browser, address, "correct")
        start, size = seen["start"], seen["size"]
        assert size > 1
        assert seen["relabelled"] == start | {"V": start["V"] - size, "F": start["F"] + size}
        assert seen["undone"] == start
        assert seen["redone"] == seen["relabelled"]
        assert seen["back"] == start
        assert (seen["both"]["N"], seen["both"]["V"]) < (start["N"], start["V"])
        assert seen["neither"] == start
        assert seen["deleted"] == start | {"N": start["N"] - 1}
        assert seen["added"] == start
        assert seen["off"] > 0.3
        assert "artefact" in seen["span"]
        assert seen["artefact"]["?"] > start["?"]
        assert seen["moved"] == pytest.approx(0.2, abs=0.03)
        before, merged, split = seen["clusters"]
        assert (merged, split) == (before - 1, before)
        assert seen["chosen"] == 1
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with server(folder) as (address, _):
        again = told(browser, address, "sign")
    assert again["start"] == seen["last"] == seen["artefact"]
    assert again["pdf"] == "%PDF-"
    assert again["printed"]


def test_a_short_recording_has_a_line_of_rates_and_its_strip_room_for_labels(browser, folder):
    with server(folder) as (address, _):
        seen = told(browser, address, "look")
    assert seen["drawn"] > 0.5
    assert not seen["buttons"]


def test_two_tabs_lose_nothing_and_a_new_recording_is_analysed_from_the_page(browser, folder):
    with server(folder) as (address, _):
        seen = told(browser, address, "together")
        assert [after["Q"] for after in seen["after"]] == [seen["before"]["Q"] + 2] * 2
        assert told(browser, address, "analyse")["states"] == ["analysed", "in review"]


def test_axe_finds_no_serious_fault_and_nothing_runs_off_a_phone(browser, folder):
    with server(folder) as (address, _):
        seen = told(browser, address, "axe")
    looked = seen["looked"]
    assert len(looked) == 16
    assert all(one["passes"] for one in looked)
    faults = [(one["name"], one["scheme"], fault) for one in looked for fault in one["violations"]]
    assert [fault for fault in faults if fault[-1]["impact"] in SERIOUS] == []
    assert [(one["name"], one["scheme"]) for one in looked if one["scrolls"]] == []
    assert seen["cut"] == 0
