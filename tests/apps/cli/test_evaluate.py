"""``ectopy evaluate`` on a dataset of two simulated recordings, and on two real ones."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ectopy.apps.cli import main as cli
from ectopy.evaluation.ec57.summary import summarise_lines
from ectopy.io.wfdb.files import write_wfdb
from ectopy.simulation import Rhythm, simulate

RHYTHM = Rhythm(ventricular=0.08, supraventricular=0.03)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A folder of data with records 100 and 202 of MIT-BIH, as it were."""
    root = tmp_path_factory.mktemp("data")
    for seed, name in enumerate(("100", "202")):
        write_wfdb(simulate(360, rhythm=RHYTHM, seed=seed, name=name), root / "mitdb" / name)
    return root


def run(*arguments: object) -> str:
    result = CliRunner().invoke(cli.app, ["evaluate", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


@pytest.fixture(scope="module")
def outcome(home, tmp_path_factory) -> tuple[Path, dict]:
    """Where the files are, and what was printed."""
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECTOPY_DATA_DIR", str(home))
        printed = run("--out", out, "--records", "202,100", "--json")
    return out, json.loads(printed)


def test_it_writes_metrics_tables_and_a_page(outcome):
    out, printed = outcome
    assert json.loads((out / "metrics.json").read_text()) == printed
    tables = sorted(path.name for path in (out / "ec57").iterdir())
    assert tables == ["100.txt", "202.txt", "beats.csv", "beats.txt", "shutdown.txt", "sumstats.txt"]
    assert "anomaly-detector on mitdb" in (out / "evaluation.html").read_text(encoding="utf-8")


def test_it_says_on_whom_it_was_tested(outcome):
    _, printed = outcome
    assert printed["split"] == "ds2, 2 of 22 records (inter-patient; on both sides: 201)"
    assert printed["label_scheme"] == "aami"
    assert printed["records"] == ["100", "202"]
    assert printed["patients"] == ["100", "201"]
    assert printed["hours"] == pytest.approx(2 * 60 / 3600), "the learning period is left out"


def test_simulated_beats_are_found_and_the_ventricular_ones_flagged(outcome):
    _, printed = outcome
    for beats in ("detected beats", "reference R peaks"):
        figures = printed[beats]["figures"]
        assert figures["QRS Se"]["value"] > 0.97
        assert figures["AUROC"]["value"] > 0.7
    assert printed["ec57"]["gross"]["Q Se"] == pytest.approx(
        100 * printed["detected beats"]["figures"]["QRS Se"]["value"]
    )


def test_the_tables_are_those_of_the_comparators(outcome):
    out, printed = outcome
    found = summarise_lines((out / "ec57" / "beats.txt").read_text())
    assert found.gross == printed["ec57"]["gross"]
    assert str(found) == (out / "ec57" / "sumstats.txt").read_text()
    assert summarise_lines((out / "ec57" / "shutdown.txt").read_text()).records == ("100", "202")
    assert (out / "ec57" / "100.txt").read_text().startswith("Beat-by-beat comparison results for record 100")


def test_processes_give_the_same_as_one(outcome, home, tmp_path, monkeypatch):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(home))
    assert run("--out", tmp_path, "--records", "100,202", "--jobs", 2, "--quiet") == ""
    assert (tmp_path / "metrics.json").read_text() == (outcome[0] / "metrics.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dataset", "holter"], "dataset='holter' is unknown; choose one of: mitdb"),
        (["--split", "ds3"], "split='ds3' is unknown; choose one of: all, unpaced, paced, ds1, ds2"),
        (["--records", "100,101"], "records='101' is unknown; choose one of: 100, 103"),
        (["no-such-model"], "neither shipped nor a folder"),
    ],
)
def test_what_is_unknown_is_one_line_and_exit_2(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ectopy", "evaluate", *arguments, "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    said = capsys.readouterr().err
    assert stopped.value.code == 2
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_model_tested_on_its_training_records_is_called_intra_patient(tmp_path, monkeypatch):
    write_wfdb(simulate(330, rhythm=RHYTHM, name="101"), tmp_path / "mitdb" / "101")
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    text = run("--out", tmp_path / "out", "--split", "ds1", "--records", "101", "--json")
    assert json.loads(text)["kind"] == "intra-patient"


def test_two_real_recordings(data_dir, tmp_path):
    text = run("--out", tmp_path, "--records", "100,202", "--json")
    figures = json.loads(text)["detected beats"]["figures"]
    assert figures["QRS Se"]["value"] > 0.99
    assert figures["QRS +P"]["value"] > 0.99
    assert figures["Se V"]["value"] > 0.8
    assert len(list((tmp_path / "ec57").iterdir())) == 6
