"""The files of a study say where its figures come from, and what is undefined."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import ectopy
from ectopy.reproductions import metrics
from ectopy.reproductions.metrics import (
    Cost,
    Provenance,
    checked_out_commit,
    processor_model,
    read_metrics,
    write_reproduction,
)
from ectopy.reproductions.study import Estimate, Race, Reproduction, Row, Run, Settings

ROW = Row("accuracy", 0.947, Estimate(0.95), Estimate.of_seeds([0.8, 0.9, 1.0]), "5 seeds", headline=True)


def written(folder: Path, *, quick: bool = False, **options: object) -> dict[str, object]:
    found = Reproduction("Title", "Source", "As published.", "By patient.", (ROW,), **options)
    settings = Settings(folder, quick=quick)
    write_reproduction(found, Provenance.of("s", settings, Cost(2.0, 1.0), threads=1), folder)
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def test_what_is_undefined_is_null_in_the_file(tmp_path: Path):
    found = written(tmp_path, details={"auc": np.float32("nan"), 5: np.array([np.inf, 1.0])})
    assert found["details"] == {"auc": None, "5": [None, 1.0]}
    assert found["rows"][0]["reproduced"]["low"] is None
    assert found["rows"][0]["strict"]["runs"] == [0.8, 0.9, 1.0]
    assert found["seeds"] == [0, 1, 2, 3, 4]
    assert (found["seconds"], found["processor_seconds"]) == (2, 1)


def test_the_file_says_by_what_it_was_measured(tmp_path: Path):
    found = written(tmp_path)
    assert found["version"] == ectopy.__version__
    assert found["threads"] == 1
    assert found["processor"] == processor_model() != ""
    assert found["commit"] == checked_out_commit()


def test_a_quick_run_says_on_its_page_that_it_measures_nothing(tmp_path: Path):
    assert written(tmp_path, quick=True)["quick"] is True
    assert (tmp_path / "table.md").read_text().startswith("**Quick run")
    written(tmp_path)
    assert (tmp_path / "table.md").read_text().startswith("# Title")


def test_what_was_written_is_read_back_whole(tmp_path: Path):
    races = (Race("accuracy", math.nan, Run(1.0, 1, math.nan, False), Run(2.0, 2, 0.9, True)),)
    written(tmp_path, races=races, remarks=("A remark.",))
    provenance, found = read_metrics(tmp_path / "metrics.json")
    assert provenance.command == "ectopy reproduce s"
    assert found.rows[0].strict == ROW.strict
    assert math.isnan(found.rows[0].reproduced.low)
    assert math.isnan(found.races[0].target)
    assert found.remarks == ("A remark.",)


def test_a_file_that_does_not_say_by_what_it_was_measured_is_refused(tmp_path: Path):
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps({key: value for key, value in written(tmp_path).items() if key != "commit"}))
    with pytest.raises(ValidationError, match="commit"):
        read_metrics(path)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a package in it, from which ectopy seems to run."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    package = tmp_path / "src" / "ectopy"
    package.mkdir(parents=True)
    (package / "file.py").write_text("1")
    for arguments in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -q -m first"):
        subprocess.run(["git", *arguments.split()], cwd=tmp_path, check=True)
    monkeypatch.setattr(metrics, "_PACKAGE", package)
    return package


def test_the_commit_is_that_of_the_checkout_and_says_when_files_were_changed(checkout: Path):
    commit = checked_out_commit()
    assert len(commit) == 40
    (checkout / "file.py").write_text("2")
    assert checked_out_commit() == f"{commit}-dirty"


def test_a_package_that_merely_lies_in_somebodys_repository_has_no_commit(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(metrics, "_PACKAGE", checkout.parent)
    assert checked_out_commit() is None
    monkeypatch.setattr(metrics, "_PACKAGE", Path(sys.executable).parent)
    assert checked_out_commit() is None
