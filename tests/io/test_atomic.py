"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ectopy.io.atomic import draft


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
