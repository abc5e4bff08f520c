"""The log of edits: nothing acknowledged is lost, whatever ends the writer; writers take turns."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ectopy.analysis.edits import (
    AddBeat,
    DeleteBeats,
    EditLog,
    MarkSpan,
    Redo,
    Relabel,
    RelabelCluster,
    Sign,
    Undo,
)
from ectopy.errors import EditError, ParameterError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "day.edits.jsonl"


def sequences(log: EditLog) -> list[int]:
    return [entry.sequence for entry in log.effective()]


def test_a_log_that_nobody_wrote_is_empty_and_makes_no_file(path: Path) -> None:
    log = EditLog(path)
    assert (log.entries(), log.effective(), log.state, len(log)) == ((), (), "analysed", 0)
    assert (log.undo("ada"), log.redo("ada")) == (None, None)


def test_entries_are_numbered_and_read_again_as_they_were(path: Path) -> None:
    log = EditLog(path)
    made = [log.append(Relabel((number,), "V"), "ada") for number in range(3)]
    assert [entry.sequence for entry in made] == [1, 2, 3]
    assert list(EditLog(path).entries()) == made
    assert EditLog(path).entries(since=2) == (made[2],)


def test_a_second_tab_sees_what_the_first_wrote(path: Path) -> None:
    one, two = EditLog(path), EditLog(path)
    first = one.append(Relabel((1,), "V"), "ada")
    second = two.append(Relabel((1,), "S"), "ben")
    assert one.entries(since=first.sequence) == (second,)
    assert two.entries() == (first, second)


def test_undo_and_redo_are_each_authors_own(path: Path) -> None:
    log = EditLog(path)
    for author in ("ada", "ben", "ada"):
        log.append(DeleteBeats((1,)), author)
    assert log.undo("ada").edit == Undo(3)
    assert log.undo("ada").edit == Undo(1)
    assert log.undo("ada") is None
    assert sequences(log) == [2]
    assert log.redo("ben") is None
    assert log.redo("ada").edit == Redo(1)
    assert log.redo("ada").edit == Redo(3)
    assert log.redo("ada") is None
    assert sequences(log) == [1, 2, 3]


def test_an_edit_after_undo_ends_redo_but_others_edits_do_not(path: Path) -> None:
    log = EditLog(path)
    log.append(DeleteBeats((1,)), "ada")
    log.undo("ada")
    log.append(DeleteBeats((2,)), "ben")
    assert log.redo("ada").edit == Redo(1)
    log.undo("ada")
    log.append(DeleteBeats((3,)), "ada")
    assert log.redo("ada") is None


def test_an_action_of_several_edits_is_undone_and_redone_as_a_whole(path: Path) -> None:
    log = EditLog(path)
    log.append(DeleteBeats((9,)), "ada")
    made = log.append_action([RelabelCluster(0, "V"), RelabelCluster(1, "V"), Relabel((4,), "S")], "ada")
    assert [(each.sequence, each.action) for each in made] == [(2, 2), (3, 2), (4, 2)]
    assert EditLog(path).entries() == log.entries()
    assert (log.undo("ada").edit, sequences(log)) == (Undo(2), [1])
    assert (log.redo("ada").edit, sequences(log)) == (Redo(2), [1, 2, 3, 4])
    log.append(Undo(3), "ben")  # by any of its numbers
    assert sequences(log) == [1]
    for wrong in (Undo(2), Undo(4)):
        with pytest.raises(ParameterError, match="undone already"):
            log.append(wrong, "ada")
    log.append(Redo(4), "ben")
    assert sequences(log) == [1, 2, 3, 4]
    assert (log.redo("ben"), log.undo("ada").edit, log.undo("ada").edit) == (None, Undo(2), Undo(1))


def test_a_log_of_the_first_version_is_read_and_goes_on(path: Path) -> None:
    EditLog(path).append(DeleteBeats((1,)), "ada")
    path.write_bytes(path.read_bytes().replace(b'"1.1"', b'"1.0"'))
    log = EditLog(path)
    log.append_action([DeleteBeats((2,)), DeleteBeats((3,))], "ada")
    log.undo("ada")
    assert sequences(EditLog(path)) == [1]


def test_an_action_holds_no_undo(path: Path) -> None:
    log = EditLog(path)
    log.append(DeleteBeats((1,)), "ada")
    with pytest.raises(ParameterError, match="append that alone"):
        log.append_action([DeleteBeats((2,)), Undo(1)], "ada")
    assert len(log) == 1


def test_an_older_edit_of_another_can_be_undone_by_its_number(path: Path) -> None:
    log = EditLog(path)
    log.append(DeleteBeats((1,)), "ada")
    log.append(Undo(1), "ben")
    assert sequences(log) == []
    for wrong in (Undo(1), Undo(2), Redo(9)):
        with pytest.raises(ParameterError, match="entry="):
            log.append(wrong, "ben")
    assert log.redo("ben").edit == Redo(1)
    assert len(log) == 3


def test_the_state_follows_signature_and_edits(path: Path) -> None:
    log = EditLog(path)
    log.append(MarkSpan(0, 5, "artefact"), "ada")
    assert log.state == "in review"
    log.append(Sign("Ada"), "ada")
    assert log.state == "signed"
    log.append(AddBeat(7, "V"), "ben")
    assert log.state == "in review"
    log.undo("ben")
    assert log.state == "signed"


def test_an_author_has_a_name(path: Path) -> None:
    with pytest.raises(ParameterError, match="author="):
        EditLog(path).append(Relabel((1,), "V"), " ")
    assert not path.exists()


@pytest.mark.parametrize("torn", [b'{"sequence":3,"time":"20', b"\0\0\0\0\n", b"\0" * 40, b"{"])
def test_a_line_that_a_crash_cut_off_is_passed_over_and_overwritten(path: Path, torn: bytes) -> None:
    log = EditLog(path)
    made = [log.append(Relabel((number,), "V"), "ada") for number in range(2)]
    with path.open("ab") as file:
        file.write(torn)
    again = EditLog(path)
    assert list(again.entries()) == made
    third = again.append(Relabel((9,), "S"), "ada")
    assert list(EditLog(path).entries()) == [*made, third]
    assert list(log.entries()) == [*made, third]


def test_a_log_that_ends_anywhere_has_all_entries_before(path: Path) -> None:
    log = EditLog(path)
    for number in range(3):
        log.append(Relabel((number,), "V"), "ada")
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = EditLog(path).entries()
        assert len(kept) == max(0, whole[:length].count(b"\n") - 1)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda lines: [b"{}\n", *lines[1:]], "no log of edits"),
        (lambda lines: [b"PK\n", *lines[1:]], "line 1"),
        (lambda lines: [lines[0].replace(b'"1.1"', b'"2.0"'), *lines[1:]], "version 2.0"),
        (lambda lines: [lines[0], *lines[2:]], "lines are missing"),
        (lambda lines: [*lines[:2], b"x" + lines[2]], "line 3"),
        (lambda lines: [*lines[:2], lines[2].replace(b"relabel", b"reboot")], "line 3"),
    ],
)
def test_damage_in_the_middle_is_told_and_never_overwritten(path: Path, damage, words: str) -> None:
    log = EditLog(path)
    for number in range(2):
        log.append(Relabel((number,), "V"), "ada")
    spoilt = b"".join(damage(path.read_bytes().splitlines(keepends=True)))
    path.write_bytes(spoilt)
    for use in (EditLog.entries, lambda log: log.append(Relabel((1,), "V"), "ada")):
        with pytest.raises(EditError, match=words):
            use(EditLog(path))
    assert path.read_bytes() == spoilt


def test_a_log_about_another_analysis_is_refused(path: Path) -> None:
    EditLog(path, "abc").append(Relabel((1,), "V"), "ada")
    assert EditLog(path).fingerprint == EditLog(path, "abc").fingerprint == "abc"
    with pytest.raises(EditError, match="another analysis"):
        EditLog(path, "def").entries()


def test_many_writers_at_once_lose_nothing(path: Path) -> None:
    def write(author: str) -> None:
        log = EditLog(path)
        for number in range(10):
            log.append(Relabel((number,), "V"), author)

    writers = [threading.Thread(target=write, args=(name,)) for name in ("ada", "ben", "cleo")]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    entries = EditLog(path).entries()
    assert [entry.sequence for entry in entries] == list(range(1, 31))
    for name in ("ada", "ben", "cleo"):
        assert [entry.edit.beats[0] for entry in entries if entry.author == name] == list(range(10))


WRITER = """
import sys
from ectopy.analysis.edits.kinds import Relabel
from ectopy.analysis.edits.log import EditLog
log = EditLog(sys.argv[1])
number = 0
while True:
    print(log.append(Relabel(range(number, number + 400), "V"), sys.argv[2]).sequence, flush=True)
    number += 1
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_kill_9_at_any_moment_loses_no_acknowledged_edit(path: Path) -> None:
    moments = random.Random(0)
    acknowledged: set[int] = set()
    for _ in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True
            )
            for name in ("ada", "ben")
        ]
        for each in writers:
            acknowledged.add(int(each.stdout.readline()))  # both are at work
        time.sleep(moments.uniform(0, 0.1))
        for each in writers:
            each.send_signal(signal.SIGKILL)
        for each in writers:
            told, _ = each.communicate()
            acknowledged |= {int(line) for line in told.splitlines(keepends=True) if line.endswith("\n")}
        there = {entry.sequence for entry in EditLog(path).entries()}
        assert acknowledged <= there
    assert len(acknowledged) > 6
    last = EditLog(path).append(Sign("Ada"), "ada")
    assert EditLog(path).entries()[-1] == last
