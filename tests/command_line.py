"""What the tests of the commands share: how a command ended, and recordings to give it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ectopy.io.wfdb.files import write_wfdb
from ectopy.record import Record

FORMS = ("report.html", "holter.json", "holter.md")
"""Forms of the report that are written by default."""

KINDS = ("ectopy", "beats.csv", "episodes.csv", "events.csv", "summary.json", *FORMS)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ran]


def as_wfdb(record: Record, name: str, **header: str) -> str:
    """Write a record to the current folder, and change words of its header."""
    write_wfdb(replace(record, name=name), Path(name))
    text = Path(f"{name}.hea").read_text()
    for old, new in header.values():
        assert old in text
        text = text.replace(old, new)
    Path(f"{name}.hea").write_text(text)
    return name


def is_one_line_about(ran: Ran, *patterns: str) -> None:
    """Check that a command failed as it should: exit code 2, and one line that says it all."""
    assert ran.code == 2
    assert ran.out == ""
    assert re.fullmatch(r"ectopy: error: [^\n]+\n", ran.err), ran.err
    for pattern in patterns:
        assert re.search(pattern, ran.err), ran.err
