"""``ectopy batch``: what it says, and what it refuses."""

from __future__ import annotations

from pathlib import Path

from batch_tables import rows
from command_line import Command, as_wfdb, is_one_line_about
from ectopy.record import Record


def test_the_command_writes_tables_and_refuses_another_runs_output(run: Command, here: Path, good: Record):
    as_wfdb(good, "good")
    given = ("batch", "good", "--out", "out", "--jobs", "1", "--report")
    ran = run(*given, "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    (row,) = rows("out", "recordings")
    assert Path("out", row["page"]).read_text().startswith("<!doctype html>")
    is_one_line_about(
        run(*given, "--no-waves"), "it holds a run with waves=None, not False; give another --out"
    )
    is_one_line_about(run("batch", "good", "--out", "good.dat"), "out=good.dat: a file stands there")
    is_one_line_about(run("batch", "good", "--out", "."), "no output of ectopy batch; choose another --out")


def test_what_cannot_be_done_is_told_before_anything_is_written(run: Command, here: Path, good: Record):
    as_wfdb(good, "good")
    for options, said in {
        ("nowhere",): "nowhere: no such recording",
        ("good", "--engine", "dask"): "engine='dask' is unknown; choose one of: local, ray",
        ("good", "--address", "auto"): "address='auto' is of no use to the local engine; add --engine ray",
        ("good", "--shard", "3"): "shard='3' is no share; give one like 3/16",
        ("good", "--shard", "3/2"): "shard=3/2 is no share; give 1/2 to 2/2",
        ("good", "--detector", "nosuch"): "nosuch",
    }.items():
        is_one_line_about(run("batch", *options, "--out", "out"), said)
    assert not Path("out").exists()


def test_none_that_can_be_analysed_is_a_failure(run: Command, here: Path):
    Path("damaged.edf").write_bytes(b"0       " + b"x" * 300)
    ran = run("batch", "damaged.edf", "--out", "out", "--jobs", "1", "--quiet")
    is_one_line_about(ran, "none of the recordings could be analysed; out/errors says why")
