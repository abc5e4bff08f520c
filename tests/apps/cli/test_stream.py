"""``ectopy stream``: beats come while samples are still being sent, and are final in the end."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from command_line import Command, is_one_line_about
from ectopy.analysis.pipeline import analyze
from ectopy.record import Record
from fibrillating import END, FS, ONSET, fibrillating

COMMAND = [sys.executable, "-m", "ectopy", "stream"]


def rounded(record: Record) -> tuple[list[str], Record]:
    """Return a record as lines of text, and as these lines say it."""
    lines = [" ".join(f"{value:.4f}" for value in row) for row in record.signal]
    signal = np.array([line.split() for line in lines], np.float32)
    return lines, Record(signal, record.fs, record.leads, name="stream")


def parsed(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_beats_come_before_the_pipe_is_closed(good: Record) -> None:
    lines, record = rounded(good)
    arguments = ["--fs", "250", "--leads", "II,V1"]
    with subprocess.Popen(
        [*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for start in range(0, len(lines), 10):
            process.stdin.write("\n".join(lines[start : start + 10]) + "\n")
            process.stdin.flush()
        first = json.loads(process.stdout.readline())
        assert (first["kind"], first["final"]) == ("beat", False)
        process.stdin.close()
        rest = parsed(process.stdout.read())
    assert process.returncode == 0
    final = [line for line in rest if line["kind"] == "beat" and line["final"]]
    whole = analyze(record, waves=False)
    assert [line["sample"] for line in final] == whole.beats.samples.tolist()
    assert [line["class"] for line in final] == whole.classes.tolist()
    assert [line["event"] for line in rest if line["kind"] == "event" and line["final"]] == [
        event.kind for event in whole.events
    ]
    assert (rest[-1]["kind"], rest[-1]["n_beats"]) == ("end", len(whole.beats))


def test_fibrillation_is_told_when_it_begins_and_when_it_is_over(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n".join(f"{value:.3f}" for value in fibrillating())
    monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))
    lines = parsed(run("stream", "--fs", FS, "--leads", "II").out)
    told = [line for line in lines if line["kind"] == "episode" and not line["final"]]
    assert {line["episode"] for line in told} == {"ventricular fibrillation"}
    assert [line["start"] for line in told] == pytest.approx([ONSET, ONSET], abs=2)
    assert told[0]["stop"] is None
    assert END < told[1]["stop"] < END + 15


def test_integers_are_read_by_their_gain(run: Command, good: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    units = np.rint(good.signal * 200).astype("<i2")
    units[1000:1003] = -32768
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(units.tobytes())))
    ran = run("stream", "--fs", 250, "--leads", "II,V1", "--format", "int16", "--gain", 200)
    assert ran.code == 0, ran.err
    signal = np.where(units == -32768, np.nan, units / np.float32(200)).astype(np.float32)
    whole = analyze(Record(signal, 250, ("II", "V1")), waves=False)
    final = [line for line in parsed(ran.out) if line["kind"] == "beat" and line["final"]]
    assert [line["sample"] for line in final] == whole.beats.samples.tolist()


@pytest.mark.parametrize(
    ("text", "options", "about"),
    [
        ("1 2\n", [], "line 1 of the input"),
        ("0.1\n\nabc\n", [], "line 3 of the input is 'abc'; give 1 numbers"),
        ("0.1\n", ["--format", "int16"], "--gain"),
        ("0.1\n", ["--gain", "0"], "--gain 0"),
        ("0.1\n", [], "too short"),
    ],
)
def test_what_cannot_be_read_is_named(
    run: Command, monkeypatch: pytest.MonkeyPatch, text: str, options: list[str], about: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    is_one_line_about(run("stream", "--fs", 250, "--leads", "II", *options), about)
