"""Files that appear whole or not at all, one alone or several together."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says where no space is left: no recording is at fault, and trying again is of no use."""

_PREFIX: Final = ".ectopy-draft-"
"""Of the folder in which files are written, beside the files that they become."""

_NEW: Final = "new"
_LOCK: Final = "lock"
"""File that the writer holds locked as long as it lives; the system unlocks it, however it ends."""

_PLAN: Final = "plan.json"
"""File that is there from when all files are whole until all stand where they belong."""

_NOT_OURS_TO_SWEEP: Final = (OSError, ValueError, KeyError, TypeError)
"""A running process holds the lock, another one sweeps the folder just now, or a stranger made it."""


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Give a temporary file to write, and rename it to `path` once it is whole.

    As `atomic_files` does, for one file.

    Parameters
    ----------
    path : Path
        Where the finished file goes.

    Yields
    ------
    Path
        An empty file to write into.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "new" / "beats.csv"
    >>> with draft(target) as unfinished:
    ...     _ = unfinished.write_text("sample,symbol")
    >>> target.read_text()
    'sample,symbol'
    """
    with atomic_files([path]) as (unfinished,):
        yield unfinished


@contextmanager
def atomic_files(targets: Sequence[Path], remove: Sequence[Path] = ()) -> Iterator[tuple[Path, ...]]:
    """Give temporary files to write, and put all of them in place once all are whole.

    The temporary files lie below the folder of the targets, so that renaming is atomic; missing folders are
    made. If the writing fails, they are removed and whatever stood at the targets is left as it was. If the
    process is killed, the next one that writes into the folder removes them (`sweep`), or finishes the
    renaming where it had begun. The last target stands for the whole set: it disappears first and comes
    back last.

    Parameters
    ----------
    targets : sequence of Path
        Where the finished files go, all in one folder.
    remove : sequence of Path
        Files of the same folder that are gone once the new ones are there.

    Yields
    ------
    tuple of Path
        An empty file to write into for each target.

    Raises
    ------
    OSError
        If a file cannot be written, or a folder stands where one goes.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with atomic_files([folder / "a.csv", folder / "a.json"]) as (table, summary):
    ...     _, _ = table.write_text("sample"), summary.write_text("{}")
    >>> sorted(path.name for path in folder.iterdir())
    ['a.csv', 'a.json']
    """
    folder = targets[0].parent
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    with _told_of(folder), _workshop(folder) as work:
        unfinished = tuple(work / _NEW / target.name for target in targets)
        for file in unfinished:
            file.touch(exist_ok=False)
        yield unfinished
        for target in targets:
            if target.is_dir():
                raise IsADirectoryError(errno.EISDIR, "a folder stands there", str(target))
        plan = {"move": [target.name for target in targets], "remove": [path.name for path in remove]}
        (work / _NEW / _PLAN).write_text(json.dumps(plan), encoding="utf-8")
        (work / _NEW / _PLAN).replace(work / _PLAN)
        _carry_out(work)


@contextmanager
def files_in_order(root: Path, names: Sequence[str]) -> Iterator[tuple[Path, ...]]:
    """Give temporary files to write, and put them in place below a folder, the last one last.

    Unlike those of `atomic_files` they may go into several folders. Whoever finds the last of them finds all:
    where it stood before, it disappears first, and it comes back when the others stand.

    Parameters
    ----------
    root : Path
        Folder below which all of them go.
    names : sequence of str
        Where to, relative to it.

    Yields
    ------
    tuple of Path
        A path for each, to which a file has to be written.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp())
    >>> with files_in_order(root, ["beats/1.csv", "done/1"]) as (beats, done):
    ...     _, _ = beats.write_text("sample"), done.write_text("")
    >>> sorted(path.relative_to(root).as_posix() for path in root.glob("*/*"))
    ['beats/1.csv', 'done/1']
    """
    root.mkdir(parents=True, exist_ok=True)
    sweep(root)
    with _told_of(root), _workshop(root) as work:
        unfinished = tuple(work / _NEW / str(number) for number in range(len(names)))
        yield unfinished
        (root / names[-1]).unlink(missing_ok=True)
        for file, name in zip(unfinished, names, strict=True):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            file.replace(root / name)


def sweep(folder: Path) -> None:
    """Clear away what killed processes of this user left of what they were writing.

    What was being written is removed; a set of files that was whole is put in place. What running
    processes write is left alone.

    Parameters
    ----------
    folder : Path
        Where files go; it need not exist.
    """
    for work in folder.glob(f"{_PREFIX}*"):
        with suppress(*_NOT_OURS_TO_SWEEP):
            if _is_ours(work):
                with (work / _LOCK).open("ab") as lock:
                    _lock(lock)
                    _carry_out(work)
                shutil.rmtree(work, ignore_errors=True)


def _is_ours(work: Path) -> bool:
    if work.is_symlink() or not work.is_dir():
        return False
    return sys.platform == "win32" or work.stat().st_uid == os.getuid()


@contextmanager
def _told_of(folder: Path) -> Iterator[None]:
    """Name the folder where no space is left, and in place of a draft, which nobody has heard of."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL or _PREFIX in str(error.filename):
            error.filename = str(folder)
        raise


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """Make a folder that `sweep` leaves alone while this process lives; remove it unless a plan is left."""
    work, lock = _locked_folder(folder)
    try:
        (work / _NEW).mkdir()
        yield work
    finally:
        lock.close()
        if not (work / _PLAN).exists():
            shutil.rmtree(work, ignore_errors=True)


def _locked_folder(folder: Path) -> tuple[Path, IO[bytes]]:
    while True:
        work = folder / f"{_PREFIX}{secrets.token_hex(8)}"
        work.mkdir()
        try:
            lock = (work / _LOCK).open("xb")
        except (FileExistsError, FileNotFoundError):
            continue  # swept before it was locked
        try:
            _lock(lock)
        except (BlockingIOError, PermissionError):
            lock.close()
            continue
        except OSError:
            return work, lock  # a file system without locks; nobody can sweep there
        if (work / _LOCK).exists():
            return work, lock
        lock.close()


def _carry_out(work: Path) -> None:
    """Move what a plan names from the workshop to the folder it stands in; nothing if there is no plan."""
    if not (work / _PLAN).is_file():
        return
    plan = json.loads((work / _PLAN).read_text(encoding="utf-8"))
    for name in (*plan["move"], *plan["remove"]):
        if Path(name).name != name:
            raise ValueError(f"{work / _PLAN}: {name} is no name of a file")
    new, folder = work / _NEW, work.parent
    *others, last = plan["move"]
    if (new / last).exists():
        (folder / last).unlink(missing_ok=True)
    for name in plan["remove"]:
        (folder / name).unlink(missing_ok=True)
    for name in (*others, last):
        if (new / name).exists():
            (new / name).replace(folder / name)
    (work / _PLAN).unlink()
