"""The log of edits of one analysis: a file that only grows, one line of JSON an entry.

Why lines of JSON and not a database: a log is appended to and read from its beginning, which is all that a
file does well; it can be read, compared, merged and kept under version control without a program; and what a
reader must believe about a crash fits in a sentence. An entry is acknowledged once its line is on the disk
(``fsync``); a line that a crash cut off was never acknowledged, is passed over, and is overwritten by the
next entry. Writers take turns by a lock on the file, so that two tabs, threads or processes number their
entries one after another and lose nothing. (SQLite promises as much, and in its fast mode keeps two more
files beside the log; the queries it could answer are answered from all entries within milliseconds.)

Where two reviewers disagree the last entry wins, beat by beat: symbol, place, cluster and presence of a beat
are each what the last effective edit about it says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import IO, Any, Final

from ectopy.analysis.edits.history import (
    effective,
    is_undone,
    next_redo,
    next_undo,
    review_state,
)
from ectopy.analysis.edits.kinds import Edit, Redo, Undo, short_text
from ectopy.analysis.edits.wire import Entry, entry_from_json, entry_to_json
from ectopy.errors import EctopyError, EditError, ParameterError
from ectopy.io.file_lock import locked

FORMAT: Final = "ectopy edits"
FORMAT_VERSION: Final = "1.1"
"""Version of the file that this code writes: major.minor. Since 1.1 several entries can be one action."""

SUFFIX: Final = ".edits.jsonl"
"""Of the name of every such file."""


class EditLog:
    """The edits of one analysis in a file, which is made with the first of them.

    Parameters
    ----------
    path : Path or str
        The file, ``NAME.edits.jsonl`` by custom.
    fingerprint : str
        `ectopy.analysis.edits.fingerprint` of the analysis; is kept in the file, and held to it later.

    Raises
    ------
    EditError
        From every method: if the file is damaged, something else, of a newer version, or about another
        analysis.

    Examples
    --------
    >>> import tempfile
    >>> from ectopy.analysis.edits import Relabel
    >>> log = EditLog(Path(tempfile.mkdtemp()) / "day.edits.jsonl")
    >>> log.append(Relabel([4, 5], "V"), "ada").sequence
    1
    >>> log.undo("ada").edit
    Undo(entry=1)
    >>> log.effective()
    ()
    """

    def __init__(self, path: Path | str, fingerprint: str = "") -> None:
        self.path = Path(path)
        self._wanted = fingerprint
        self._turn = RLock()
        self._forget()

    def __repr__(self) -> str:
        return f"<EditLog {self.path}: {len(self)} entries>"

    def __len__(self) -> int:
        return len(self.entries())

    @property
    def fingerprint(self) -> str:
        """Of the analysis that the edits are about, as the file or the caller has it; empty if unknown."""
        self.entries()
        return self._fingerprint or self._wanted

    @property
    def state(self) -> str:
        """``analysed``, ``in review`` or ``signed``."""
        return review_state(self.effective())

    def entries(self, since: int = 0) -> tuple[Entry, ...]:
        """Return the entries after a sequence number, those of other writers included.

        Parameters
        ----------
        since : int
            Sequence number of the last entry that is known; 0 for all.
        """
        with self._turn:
            if self.path.is_file():
                with self.path.open("rb") as file:
                    self._read(file)
            elif self._entries:
                self._forget()
            return tuple(self._entries[max(0, since) :])

    def effective(self) -> tuple[Entry, ...]:
        """Return the edits that have an effect; see `ectopy.analysis.edits.history.effective`."""
        return effective(self.entries())

    def append(self, edit: Edit, author: str) -> Entry:
        """Add an edit; once this returns, it is on the disk.

        Parameters
        ----------
        edit : Edit
            What was done.
        author : str
            Who did it.

        Raises
        ------
        ParameterError
            If the author is no name, or the edit undoes or redoes what cannot be.
        OSError
            If the file cannot be written.
        """
        return self._add(lambda _: (edit,), author)[0]

    def append_action(self, edits: Sequence[Edit], author: str) -> tuple[Entry, ...]:
        """Add edits that were made at once, as one action: they are undone and redone together.

        Parameters
        ----------
        edits : sequence of Edit
            What was done; neither `Undo` nor `Redo`.
        author : str
            Who did it.

        Raises
        ------
        ParameterError, OSError
            As `append`.
        """
        if any(isinstance(edit, (Undo, Redo)) for edit in edits):
            raise ParameterError(
                "edits holds an undo or a redo, which is an action by itself; append that alone"
            )
        return self._add(lambda _: edits, author)

    def undo(self, author: str) -> Entry | None:
        """Undo the author's last action that has an effect; None where there is none.

        Undo is an entry of its own; how far back it goes knows no limit.
        """
        return _first(self._add(lambda entries: _meant(Undo, next_undo(entries, author)), author))

    def redo(self, author: str) -> Entry | None:
        """Redo what the author undid last; None where there is nothing, or an edit was made since."""
        return _first(self._add(lambda entries: _meant(Redo, next_redo(entries, author)), author))

    def _add(self, choose: Callable[[list[Entry]], Sequence[Edit]], author: str) -> tuple[Entry, ...]:
        """Append what is chosen when it is this writer's turn and all entries are known."""
        short_text("author", author)
        with self._turn, self._opened() as file, locked(file):
            self._read(file)
            edits = choose(self._entries)
            for edit in edits:
                _check_turns(edit, self._entries)
            first, now = len(self._entries) + 1, _now()
            entries = tuple(
                Entry(sequence, author, now, edit, first) for sequence, edit in enumerate(edits, start=first)
            )
            if entries:
                self._write(file, entries)
            return entries

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.path, flags, 0o644), "r+b") as file:
            yield file

    def _write(self, file: IO[bytes], entries: Sequence[Entry]) -> None:
        """Put lines behind the last whole one, and wait until the disk has them."""
        new = self._stop == 0
        head = {"format": FORMAT, "version": FORMAT_VERSION, "analysis": self._wanted}
        lines = b"".join([_line(head)] * new + [_line(entry_to_json(entry)) for entry in entries])
        file.seek(self._stop)
        file.truncate()
        try:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                os.ftruncate(file.fileno(), self._stop)
            raise
        if new:
            _sync_folder(self.path.parent)
            self._fingerprint = self._wanted
        self._entries += entries
        self._stop += len(lines)

    def _read(self, file: IO[bytes]) -> None:
        """Take in the whole lines that are new."""
        if os.fstat(file.fileno()).st_size < self._stop:  # the file was replaced by a shorter one
            self._forget()
        file.seek(self._stop)
        for line in file:
            if not line.endswith(b"\n") or b"\0" in line:
                return  # a crash cut it off, or the disk never had all of it; nobody was told it is there
            self._take(line)
            self._stop += len(line)

    def _take(self, line: bytes) -> None:
        try:
            plain = json.loads(line)
            if self._stop == 0:
                self._take_head(plain)
                return
            entry = entry_from_json(plain)
        except EditError:
            raise
        except (ValueError, EctopyError) as error:
            number = len(self._entries) + 2 if self._stop else 1
            raise EditError(f"{self.path}, line {number}, is no entry of a log of edits ({error})") from error
        if entry.sequence != len(self._entries) + 1:
            raise EditError(
                f"{self.path}: entry {entry.sequence} follows {len(self._entries)}; lines are missing or were"
                " moved: restore the file"
            )
        self._entries.append(entry)

    def _take_head(self, head: Any) -> None:
        if not isinstance(head, dict) or head.get("format") != FORMAT:
            raise EditError(f"{self.path} is no log of edits; give one that ectopy wrote")
        version = str(head.get("version", ""))
        if version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
            raise EditError(
                f"{self.path}: version {version} of the file is not {FORMAT_VERSION};"
                " upgrade with: pip install --upgrade ectopy"
            )
        about = str(head.get("analysis", ""))
        if about and self._wanted and about != self._wanted:
            raise EditError(
                f"{self.path} has the edits of another analysis: its beats are not these; open it with the"
                " analysis that was reviewed, or begin another log"
            )
        self._fingerprint = about

    def _forget(self) -> None:
        self._entries: list[Entry] = []
        self._stop = 0
        self._fingerprint = ""


def _meant(kind: type[Undo | Redo], sequence: int | None) -> tuple[Edit, ...]:
    return () if sequence is None else (kind(sequence),)


def _first(entries: tuple[Entry, ...]) -> Entry | None:
    return entries[0] if entries else None


def _check_turns(edit: Edit, entries: list[Entry]) -> None:
    """Refuse to undo what is undone, to redo what is not, or either of what is no edit."""
    if not isinstance(edit, (Undo, Redo)):
        return
    undone = is_undone(entries, edit.entry)
    if undone is None:
        raise ParameterError(f"entry={edit.entry} is no edit of the log; give the sequence number of one")
    if undone == isinstance(edit, Undo):
        state = "undone" if undone else "in effect"
        raise ParameterError(f"entry={edit.entry} is {state} already; give another one")


def _line(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _now() -> datetime:
    """Return the time in UTC to the millisecond, as the file keeps it."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _sync_folder(folder: Path) -> None:
    """Wait until the disk knows the name of a new file, where the system can tell."""
    with suppress(OSError, PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
