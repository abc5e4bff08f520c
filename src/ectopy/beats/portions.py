"""Windows that lie in a file, looked at in portions, so that no more than a portion of them is in memory.

A page of a memory map stays with the process once it was read, and counts as its memory: a week of windows
is 250 MB. It is given back here after each portion. Arrays in memory go the same way, and nothing happens to
them.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

PORTION: Final = 10_000
"""Windows of a portion: 4 MB."""

_SCATTERED: Final = 128
"""Windows far from each other that are read before their pages are given back: a system brings up to 0.2 MB
of neighbours with each."""

_CLOSE: Final = 16
"""Windows among which one is wanted, or more: as many as `_SCATTERED` are read sixteen times over then."""

Number = TypeVar("Number", bound=np.generic)


def in_portions(rows: npt.NDArray[Number], size: int = PORTION) -> Iterator[tuple[int, npt.NDArray[Number]]]:
    """Yield the first row of each portion, and its rows, which must be done with when the next are asked for.

    Parameters
    ----------
    rows : ndarray, shape (n, ...)
        An array, or a memory map that is only read.
    size : int
        Rows of a portion.

    Examples
    --------
    >>> [(start, some.tolist()) for start, some in in_portions(np.arange(5), 2)]
    [(0, [0, 1]), (2, [2, 3]), (4, [4])]
    """
    for start in range(0, len(rows), size):
        yield start, rows[start : start + size]
        give_back(rows)


def chosen_rows(rows: npt.NDArray[Number], chosen: npt.NDArray[np.int64]) -> npt.NDArray[Number]:
    """Return a copy of some rows.

    Parameters
    ----------
    rows : ndarray, shape (n, ...)
        As for `in_portions`.
    chosen : ndarray of int64, shape (m,)
        Which of them.

    Examples
    --------
    >>> chosen_rows(np.arange(5) ** 2, np.array([4, 1])).tolist()
    [16, 1]
    """
    if _mapping(rows) is None:
        return rows[chosen]
    copied = np.empty((len(chosen), *rows.shape[1:]), rows.dtype)
    close = len(chosen) > 0 and np.ptp(chosen) <= _CLOSE * len(chosen)
    size = _CLOSE * _SCATTERED if close else _SCATTERED
    for start in range(0, len(chosen), size):
        some = slice(start, start + size)
        copied[some] = rows[chosen[some]]
        give_back(rows)
    return copied


def give_back(rows: npt.NDArray[Any]) -> None:
    """Give back the memory of a memory map that is only read; it is read again where it is asked for."""
    mapping = _mapping(rows)
    if mapping is not None and hasattr(mapping, "madvise"):  # Windows has none
        mapping.madvise(mmap.MADV_DONTNEED)


def _mapping(rows: npt.NDArray[Any]) -> mmap.mmap | None:
    """Return the mapping of a file that an array, or what it is a view of, only reads."""
    base: Any = rows
    while isinstance(base, np.ndarray):
        if isinstance(base, np.memmap) and base.mode != "r":
            return None
        base = base.base
    return base if isinstance(base, mmap.mmap) else None
