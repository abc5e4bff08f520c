"""Samples from a pipe, packet by packet: lines of text, or 16-bit integers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import RecordError

MISSING: Final = -32768
"""The 16-bit integer that stands for a missing sample, as in WFDB."""

_SPACES: Final = str.maketrans(",;\t", "   ")

_READ: Final = 1 << 16
"""Bytes that are taken from a pipe at most at a time."""


def text_packets(
    lines: Iterable[str], n_leads: int, size: int, gain: float = 1.0
) -> Iterator[npt.NDArray[np.float32]]:
    """Yield packets of so many lines, one number per lead in each; empty lines are passed over.

    Parameters
    ----------
    lines : iterable of str
        Numbers parted by spaces, tabs, commas or semicolons; ``nan`` where missing.
    n_leads : int
        Numbers in a line.
    size : int
        Lines that make a packet.
    gain : float
        Units of the numbers per mV.

    Raises
    ------
    RecordError
        If a line holds something else; the line is named.

    Examples
    --------
    >>> [packet.tolist() for packet in text_packets(["1 2", "3,nan", "5;6"], n_leads=2, size=2)]
    [[[1.0, 2.0], [3.0, nan]], [[5.0, 6.0]]]
    """
    rows = (_row(line, number, n_leads) for number, line in enumerate(lines, start=1) if line.strip())
    while packet := list(islice(rows, size)):
        yield np.array(packet, np.float32) / np.float32(gain)


def int16_packets(stream: BinaryIO, n_leads: int, gain: float) -> Iterator[npt.NDArray[np.float32]]:
    """Yield what has come through a pipe: little-endian 16-bit integers, all leads of an instant together.

    Parameters
    ----------
    stream : binary file with ``read1``
        Where the bytes come from.
    n_leads : int
        Integers of an instant.
    gain : float
        Units of the integers per mV; `MISSING` stands for a missing sample.
    """
    read = getattr(stream, "read1", stream.read)
    rest = b""
    while chunk := read(_READ):
        rest += chunk
        whole = len(rest) // (2 * n_leads) * 2 * n_leads
        units = np.frombuffer(rest[:whole], "<i2").reshape(-1, n_leads)
        rest = rest[whole:]
        if len(units):
            yield np.where(units == MISSING, np.float32(np.nan), units / np.float32(gain)).astype(np.float32)


def _row(line: str, number: int, n_leads: int) -> list[float]:
    try:
        row = [float(word) for word in line.translate(_SPACES).split()]
    except ValueError:
        row = []
    if len(row) != n_leads or any(map(math.isinf, row)):
        raise RecordError(
            f"line {number} of the input is {line.strip()[:40]!r}; give {n_leads} numbers, one per lead,"
            " nan where missing"
        )
    return row
