"""``ectopy edits``: what became of the corrections of a review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ectopy
from command_line import Command, is_one_line_about
from ectopy.analysis.edits import EditLog, Relabel, fingerprint
from ectopy.io.wfdb.files import read_annotations, write_wfdb
from ectopy.record import Record


@pytest.fixture
def reviewed(here: Path, good: Record) -> Path:
    write_wfdb(good, here / "good")
    analysis = ectopy.analyze(here / "good", waves=False)
    analysis.save(here / "good")
    EditLog(here / "good.edits.jsonl", fingerprint(analysis)).append(Relabel((3, 4), "V"), "ada")
    return here


def test_reviews_are_listed_and_exported_with_a_training_set(run: Command, reviewed: Path) -> None:
    (listed,) = json.loads(run("edits", "list", ".", "--json").out)
    assert (listed["recording"], listed["state"], listed["edits"]) == ("good", "in review", 1)
    told = run("edits", "export", ".", "--out", "out", "--training", "set", "--no-report")
    assert told.code == 0
    assert "1 edits, in review" in told.out
    for marks in (read_annotations("out/good", "ectopy"), read_annotations("set/good", "atr")):
        assert marks.beats().symbols[3:5].tolist() == ["V", "V"]
    assert Path("out/comparison.txt").is_file()
    is_one_line_about(run("edits", "export", ".", "--out", "out", "--signed"), "signed")


def test_a_folder_without_reviews_is_refused(run: Command, here: Path) -> None:
    is_one_line_about(run("edits", "list", "."), "no log of edits")
