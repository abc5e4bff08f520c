"""Files that appear whole or not at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def draft(path: Path) -> Iterator[Path]:
    """Give a temporary file to write, and rename it to `path` once it is whole.

    The temporary file lies in the same folder, so the renaming is atomic; missing folders are made. If the
    writing fails, the temporary file is removed and whatever stood at `path` is left as it was.

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
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    unfinished.touch(exist_ok=False)
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
