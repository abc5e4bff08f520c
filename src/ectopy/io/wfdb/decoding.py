"""Samples of the signal formats that most records are in, 16 and 212; the wfdb package decodes all others.

The grammar is that of signal(5) of the WFDB documentation.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.io.wfdb.headers import Header

MISSING: Final = {"16": -(2**15), "212": -(2**11)}
"""Format → digital value of a sample that is missing."""


def decode_signals(
    header: Header, wanted: Sequence[int], first: int, stop: int
) -> list[npt.NDArray[np.float64]]:
    """Return frames ``first`` to ``stop`` of signals in formats of `MISSING`, in their units.

    Parameters
    ----------
    header : Header
        Of a record whose files were found to be long enough.
    wanted : sequence of int
        Which signals.
    first, stop : int
        First frame, and the one after the last.

    Returns
    -------
    list of ndarray of float64, shape ((stop - first) * samples per frame,)
        NaN where missing.
    """
    files = {header.signals[i].file for i in wanted}
    frames = {file: _frames(header, file, first, stop) for file in files}
    return [_physical(header, i, frames[header.signals[i].file]) for i in wanted]


def _frames(header: Header, file: str, first: int, stop: int) -> npt.NDArray[np.int16]:
    """Return the digital samples of a file, one row per frame."""
    lines = [line for line in header.signals if line.file == file]
    width = sum(line.per_frame for line in lines)
    decode = _decode_16 if lines[0].format == "16" else _decode_212
    samples = decode(header.inside(file), lines[0].offset, first * width, stop * width)
    return samples.reshape(stop - first, width)


def _decode_16(path: Path, offset: int, first: int, stop: int) -> npt.NDArray[np.int16]:
    return np.fromfile(path, "<i2", stop - first, offset=offset + 2 * first)


def _decode_212(path: Path, offset: int, first: int, stop: int) -> npt.NDArray[np.int16]:
    """Unpack pairs of 12 bits from three bytes; the second one holds the upper halves."""
    pair = first // 2
    n_pairs = -(-stop // 2) - pair
    content = np.fromfile(path, np.uint8, 3 * n_pairs, offset=offset + 3 * pair)
    packed = np.pad(content, (0, 3 * n_pairs - len(content))).reshape(n_pairs, 3).astype(np.int16)
    samples = np.empty((n_pairs, 2), np.int16)
    samples[:, 0] = packed[:, 0] | (packed[:, 1] & 0x0F) << 8
    samples[:, 1] = packed[:, 2] | (packed[:, 1] & 0xF0) << 4
    samples[samples > 2**11 - 1] -= 2**12
    return samples.reshape(-1)[first - 2 * pair : stop - 2 * pair]


def _physical(header: Header, signal: int, frames: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    line = header.signals[signal]
    before = sum(each.per_frame for each in header.signals[:signal] if each.file == line.file)
    digital = frames[:, before : before + line.per_frame].reshape(-1)
    samples = (digital.astype(np.float64) - line.baseline) / line.gain
    samples[digital == MISSING[line.format]] = np.nan
    return samples
