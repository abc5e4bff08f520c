"""Recordings of Biopac AcqKnowledge."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from bioread.reader import Reader

from ectopy.errors import RecordError
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Channel, Recording, Samples, unique_names
from ectopy.io.registry import OpenOptions
from ectopy.record import Annotations

_BOMB: Final = 1200
"""Bytes that no compression makes of one: deflate reaches 1032."""

_NOTE: Final = '"'
_LONGEST_NOTE: Final = 200
"""Characters of a marker's text that are kept; a WFDB annotation holds 255 bytes."""


def open_acq(path: Path, options: OpenOptions) -> Recording:
    """Open a recording of Biopac AcqKnowledge; its event markers come along as comments.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording

    Raises
    ------
    RecordError
        If the file is damaged or cut short.
    """
    file = _read(path)
    channels = list(file.channels)
    names = unique_names(each.name.strip() for each in channels)
    described = tuple(
        Channel(name, each.units.strip(), float(each.samples_per_second), len(each.raw_data))
        for name, each in zip(names, channels, strict=True)
    )
    if not described:
        raise RecordError(f"{path}: it holds no channel; get the file again")
    agreed_fs(str(path), max(each.fs for each in described), options.fs)

    def decode(indices: Sequence[int], start: int, stop: int) -> Samples:
        parts = [_scaled(channels[i], start, stop) for i in indices]
        samples = np.full((max(map(len, parts), default=0), len(parts)), np.nan, np.float32)
        for column, part in enumerate(parts):
            samples[: len(part), column] = part
        return samples

    return Recording(path.stem, described, decode, _marks(file))


def _read(path: Path) -> Any:
    logging.getLogger("bioread").setLevel(logging.CRITICAL)  # what it complains of comes as an error
    size = path.stat().st_size
    with path.open("rb") as stream:
        reader = Reader(stream)
        reader._read_headers()
        pairs = zip(reader.channel_headers, reader.channel_dtype_headers, strict=True)
        announced = sum(max(0, head.point_count) * kind.sample_size for head, kind in pairs)
        if announced > size * (_BOMB if reader.is_compressed else 1):
            raise RecordError(
                f"{path}: cut short: announces {announced} bytes of samples; get the file again"
            )
        reader._read_data()
    return reader.datafile


def _scaled(channel: Any, start: int, stop: int) -> Samples:
    raw = channel.raw_data[max(0, start) : max(0, stop)]
    if raw.dtype.kind == "f":
        return raw.astype(np.float32)
    return (raw * channel.raw_scale_factor + channel.raw_offset).astype(np.float32)


def _marks(file: Any) -> Annotations | None:
    markers = sorted(file.event_markers or [], key=lambda each: each.sample_index)
    markers = [each for each in markers if each.sample_index >= 0 and each.text]
    if not markers:
        return None
    return Annotations(
        samples=np.array([each.sample_index for each in markers], np.int64),
        symbols=np.array([_NOTE] * len(markers)),
        aux=tuple(each.text[:_LONGEST_NOTE] for each in markers),
        fs=float(file.samples_per_second),
    )
