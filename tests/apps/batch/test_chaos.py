"""Whatever goes wrong, nothing is lost, nothing is there twice, and the tables are those of a quiet run."""

from __future__ import annotations

import errno
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from batch_tables import contents, errors, rows
from ectopy.apps.batch import parts
from ectopy.apps.batch.run import Batch, run_batch
from ectopy.engines.local import LocalEngine
from ectopy.engines.worker import Limits
from ectopy.errors import EctopyError
from hostile import Forgiving, Unstartable

Make = Callable[..., Batch]
Files = Callable[..., Path]

NAMES = [f"pid{number:02}" for number in range(40)]


@pytest.fixture
def quiet(files: Files, hostile: Make, tmp_path: Path) -> dict[str, bytes]:
    """Tables of an undisturbed run."""
    run_batch(hostile(files(*NAMES), out="quiet"), LocalEngine(1))
    return contents(tmp_path / "quiet")


def test_workers_that_are_killed_at_random_change_no_byte(
    files: Files, hostile: Make, quiet: dict[str, bytes], tmp_path: Path
):
    folder, over = files(*NAMES), Event()

    def kill() -> None:
        chance = random.Random(1)
        while not over.wait(0.3):
            running = [int(path.read_text() or 0) for path in folder.glob("*.pid")]
            for pid in chance.sample(running, min(1, len(running))):
                if pid and is_child(pid):
                    os.kill(pid, signal.SIGKILL)

    for path in folder.glob("*.pid"):
        path.unlink()
    killer = Thread(target=kill)
    killer.start()
    try:
        totals = run_batch(hostile(folder), LocalEngine(2))
    finally:
        over.set()
        killer.join()
    assert totals.recordings_done == len(NAMES)
    assert contents(tmp_path / "out") == quiet


def is_child(pid: int) -> bool:
    """Tell whether a process is one of ours, and not another one that got its number."""
    try:
        return f"\nPPid:\t{os.getpid()}\n" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_run_that_is_killed_goes_on_where_it_was(
    files: Files, hostile: Make, quiet: dict[str, bytes], tmp_path: Path
):
    folder, out = files(*NAMES), tmp_path / "out"
    program = (
        "from ectopy.apps.batch.run import run_batch; from ectopy.engines.local import LocalEngine;"
        f"import pickle, sys; run_batch(pickle.load(open({str(tmp_path / 'batch')!r}, 'rb')), LocalEngine(2))"
    )
    (tmp_path / "batch").write_bytes(pickle.dumps(hostile(folder)))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", program], env=environment)
    while len(list((out / parts.DONE).glob("*.json"))) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = {path.name: path.stat().st_mtime_ns for path in (out / parts.DONE).glob("*.json")}
    run_batch(hostile(folder), LocalEngine(2))
    assert contents(out) == quiet
    assert 2 <= len(done) < len(list((out / parts.DONE).glob("*.json")))
    for name, when in done.items():
        assert (out / parts.DONE / name).stat().st_mtime_ns == when, "was done twice"


def test_one_recording_that_crashes_hangs_or_eats_memory_is_a_row_of_errors(
    files: Files, hostile: Make, tmp_path: Path
):
    batch = hostile(files("a", "crash", "hang", "eat", "defect", "z"), limits=Limits(6, 500 << 20))
    totals = run_batch(batch, LocalEngine(1))
    assert errors(tmp_path / "out") == {
        "crash": "WorkerDied",
        "hang": "TimeLimit",
        "eat": "MemoryLimit",
        "defect": "KeyError",
    }
    assert [row["record"] for row in rows(tmp_path / "out", "recordings")] == ["a", "z"]
    assert (totals.errors, totals.recordings_done) == (4, 6)


@pytest.mark.parametrize("where", ["scratch", "tables"])
def test_a_full_disk_ends_the_run_and_a_second_one_completes_it(
    where: str, files: Files, hostile: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    names = [f"n{number}" for number in range(20)]
    run_batch(hostile(files(*names), out="quiet"), LocalEngine(1))
    with monkeypatch.context() as change:
        full = files("n19", folder="in") if where == "tables" else files("full", folder="in")
        if where == "tables":
            change.setattr("ectopy.apps.batch.table_writer.TableWriter.close", _no_space)
        with pytest.raises(OSError, match="No space left") as caught:
            run_batch(hostile(full), LocalEngine(1))
        assert caught.value.errno == errno.ENOSPC
    (tmp_path / "in" / "full.edf").unlink(missing_ok=True)
    run_batch(hostile(tmp_path / "in"), LocalEngine(1))
    assert contents(tmp_path / "out") == contents(tmp_path / "quiet")
    assert not list((tmp_path / "out").rglob(".ectopy-draft-*"))


def _no_space(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "beats")


def test_a_changed_recording_is_done_again_and_the_others_are_not(
    files: Files, hostile: Make, tmp_path: Path
):
    folder, done = files(*NAMES), tmp_path / "out" / parts.DONE
    run_batch(hostile(folder), LocalEngine(1))
    before = {path.name for path in done.iterdir()}
    (folder / "pid07.edf").write_text("another length")
    files("pid99")
    run_batch(hostile(folder), LocalEngine(1))
    after = {path.name for path in done.iterdir()}
    assert 1 <= len(after - before) <= 3
    assert {row["record"]: row["n_bytes"] for row in rows(tmp_path / "out", "recordings")}["pid07"] == 14
    assert len(rows(tmp_path / "out", "recordings")) == len(NAMES) + 1


def test_errors_are_tried_again_when_that_is_asked_for(files: Files, hostile: Make, tmp_path: Path):
    batch = hostile(files("a", "hang"), limits=Limits(1))
    assert run_batch(batch, LocalEngine(1)).errors == 1
    assert run_batch(replace(batch, start=Forgiving), LocalEngine(1)).errors == 1
    assert run_batch(replace(batch, start=Forgiving, retry_errors=True), LocalEngine(1)).errors == 0
    assert errors(tmp_path / "out") == {}


def test_shares_side_by_side_give_the_tables_of_one_run(
    files: Files, hostile: Make, quiet: dict[str, bytes], tmp_path: Path
):
    for share in (2, 3, 1):
        run_batch(hostile(files(*NAMES), shard=(share, 3)), LocalEngine(1))
    assert contents(tmp_path / "out") == quiet


def test_work_that_cannot_begin_is_told_and_is_no_row_of_errors(files: Files, hostile: Make, tmp_path: Path):
    with pytest.raises(EctopyError, match="cannot start: ValueError: no such model"):
        run_batch(hostile(files("a"), start=Unstartable), LocalEngine(1))
    assert contents(tmp_path / "out") == {}
