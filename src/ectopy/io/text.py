"""Text of files as people save it: any encoding, any line ends, compressed or not by the caller."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ectopy.errors import RecordError

MOST_BYTES: Final = 4 << 30
"""Larger text files are no recordings that fit into memory."""

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_text(path: Path, most: int | None = None) -> str:
    r"""Return the text of a file, with ``\n`` at the end of each line.

    Parameters
    ----------
    path : Path
        The file.
    most : int, optional
        Bytes to read at most; the last line, which may be cut, is left out then.

    Returns
    -------
    str

    Raises
    ------
    RecordError
        If the file cannot be read, is too large, or is no text.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            content = file.read(min(size, MOST_BYTES) if most is None else most)
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if most is None and size > MOST_BYTES:
        raise RecordError(f"{path}: {size / 2**30:.1f} GiB of text are too much at once; give a part of it")
    text = decode_text(path, content)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text[: text.rfind("\n") + 1] if most is not None and len(content) == most < size else text


def decode_text(path: Path, content: bytes) -> str:
    """Decode bytes as UTF-8 or UTF-16, as Windows-1252 where they are neither.

    Raises
    ------
    RecordError
        If the bytes hold what no text does.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), _guess(content))
    if len(content) % 2 and encoding.startswith("utf-16"):
        content = content[:-1]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\0" in text:
        raise RecordError(f"{path}: it holds NUL bytes and is no text; get the file again")
    return text


def is_text(head: bytes) -> bool:
    """Tell whether the first bytes of a file are text."""
    return any(head.startswith(mark) for mark, _ in _MARKS) or b"\0" not in head or _guess(head) != "utf-8"


def _guess(content: bytes) -> str:
    """Tell UTF-16 without a mark by its NUL bytes, which are every second one."""
    head = content[:4096]
    odd, even = head[1::2].count(0), head[::2].count(0)
    half = 0.4 * len(head) / 2
    if odd > half and not even:
        return "utf-16-le"
    return "utf-16-be" if even > half and not odd else "utf-8"
