"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ectopy.io.atomic import atomic_files, draft, sweep


def test_nothing_stands_there_until_the_file_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "new" / "beats.csv"
    with draft(target) as unfinished:
        unfinished.write_text("half")
        assert not target.exists()
        unfinished.write_text("whole")
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "beats.csv"
    target.write_text("old")

    def write_half() -> None:
        with draft(target) as unfinished:
            unfinished.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_files_are_as_private_as_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with draft(tmp_path / "beats.csv") as unfinished:
            unfinished.write_text("")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "beats.csv").stat().st_mode) == 0o600


def test_several_files_appear_together(tmp_path: Path) -> None:
    a, b, gone = tmp_path / "a.csv", tmp_path / "a.json", tmp_path / "a.html"
    gone.write_text("old")
    with atomic_files([a, b], remove=[gone]) as (new_a, new_b):
        new_a.write_text("1")
        assert not a.exists()
        new_b.write_text("2")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "1", "a.json": "2"}


def test_a_set_that_fails_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    (tmp_path / "a.json").mkdir()
    with (
        pytest.raises(IsADirectoryError),
        atomic_files([tmp_path / "a.csv", tmp_path / "a.json"]) as (new, _),
    ):
        new.write_text("new")
    assert (tmp_path / "a.csv").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "a.json"}


WRITER = """
import sys, time
from pathlib import Path
from ectopy.io import atomic

folder, stop_at = Path(sys.argv[1]), sys.argv[2]

def wait():
    print("waiting", flush=True)
    time.sleep(60)

replace = Path.replace

def slow(self, target):
    if Path(target).name == stop_at:
        wait()
    return replace(self, target)

Path.replace = slow
with atomic.atomic_files([folder / name for name in ("1", "2", "3")]) as files:
    for file in files:
        file.write_text("new")
        if file.name == stop_at and len(sys.argv) > 3:
            wait()
"""


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a process that writes three files, and wait until it is in the middle of it."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WRITER, str(tmp_path), *arguments]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        assert running[-1].stdout is not None
        assert running[-1].stdout.readline() == "waiting\n"
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def in_place(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "then"),
    [(("2", "while writing"), "old"), (("1",), "new"), (("2",), "new"), (("3",), "new")],
    ids=["while writing", "before the first", "between two", "before the last"],
)
def test_a_killed_writer_leaves_all_or_nothing(
    arguments: tuple[str, ...],
    then: str,
    stopped: Callable[..., subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    for name in ("1", "2", "3"):
        (tmp_path / name).write_text("old")
    writer = stopped(*arguments)
    if then == "new":
        assert "3" not in in_place(tmp_path)  # the last file stands for the set
    writer.kill()
    writer.wait()
    with draft(tmp_path / "other") as unfinished:  # whatever writes next into the folder
        unfinished.write_text("other")
    assert in_place(tmp_path) == {"1": then, "2": then, "3": then, "other": "other"}
    assert len(list(tmp_path.iterdir())) == 4


def test_the_drafts_of_a_running_process_are_left_alone(
    stopped: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    writer = stopped("3", "while writing")
    before = sorted(tmp_path.rglob("*"))
    sweep(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert writer.poll() is None


@pytest.mark.parametrize("plan", ["{", "[]", '{"move": ["../out"], "remove": []}', '{"move": ["a"]}'])
def test_a_plan_that_nobody_here_wrote_moves_nothing(plan: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / ".ectopy-draft-0" / "new").mkdir(parents=True)
    (folder / ".ectopy-draft-0" / "out").write_text("evil")
    (folder / ".ectopy-draft-0" / "plan.json").write_text(plan)
    before = {path for path in tmp_path.rglob("*") if path.name != "lock"}
    sweep(folder)
    assert {path for path in tmp_path.rglob("*") if path.name != "lock"} == before


def test_a_link_to_another_folder_is_no_draft(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis").write_text("years of work")
    (tmp_path / ".ectopy-draft-0").symlink_to(tmp_path / "precious")
    sweep(tmp_path)
    assert (tmp_path / "precious" / "thesis").read_text() == "years of work"


def test_a_full_disk_is_told_of_the_folder_and_not_of_a_draft(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as told, draft(tmp_path / "beats.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert told.value.filename == str(tmp_path)
    with pytest.raises(FileNotFoundError) as told, draft(tmp_path / "beats.csv") as unfinished:
        (unfinished.parent / "none" / "beats.csv").touch()
    assert told.value.filename == str(tmp_path)


def test_an_error_about_another_file_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as told, draft(tmp_path / "beats.csv"):
        Path("recording.edf").read_bytes()
    assert told.value.filename == "recording.edf"
