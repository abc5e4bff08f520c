"""The files of a recording brought to where they can be read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath

from ectopy.apps.batch.files import file_system, is_remote, patiently, why_refused
from ectopy.apps.batch.inputs import Input
from ectopy.apps.batch.members import open_archive
from ectopy.errors import EctopyError, RecordError
from ectopy.io.wfdb.headers import read_header

_Copy = Callable[[str, Path], None]


@contextmanager
def at_hand(item: Input) -> Iterator[Path]:
    """Give the path of a recording on this machine.

    What lies in an archive or an object store is copied to a folder of scratch; of a WFDB record the files
    that its header names come along.

    Parameters
    ----------
    item : Input
        The recording.

    Yields
    ------
    Path
        Where it can be read.

    Raises
    ------
    RecordError
        If it cannot be brought here.
    """
    if not item.member and not is_remote(item.location):
        yield Path(item.location)
        return
    with tempfile.TemporaryDirectory(prefix="ectopy-batch-") as scratch:
        source = item.member or item.location
        copy: _Copy = (
            open_archive(item.location).extract if item.member else partial(_download, item.location)
        )
        path = Path(scratch) / PurePosixPath(source).name
        try:
            _with_companions(source, path, copy, set())
            yield path
        except EctopyError as error:  # told of the recording, not of a place that is gone
            text = str(error).replace(str(path), item.recording).replace(f"{scratch}/", "")
            raise type(error)(text) from error


def _with_companions(source: str, target: Path, copy: _Copy, seen: set[str]) -> None:
    seen.add(target.name)
    copy(source, target)
    if target.suffix != ".hea":
        return
    header = read_header(target.with_suffix(""))
    names = {signal.file for signal in header.signals} | {f"{each.name}.hea" for each in header.segments}
    folder = source.rpartition("/")[0]
    for name in sorted(names - seen - {"~.hea"}):
        if PurePosixPath(name).name == name:
            _with_companions(f"{folder}/{name}" if folder else name, target.with_name(name), copy, seen)


def _download(location: str, source: str, target: Path) -> None:
    system, path = file_system(source)
    try:
        patiently(lambda: system.get_file(path, str(target)))
    except Exception as error:  # each store has errors of its own
        reason = why_refused(error)
        raise RecordError(
            f"{location}: cannot be fetched ({reason}); check the address and your rights"
        ) from error
