"""Open a compressed recording; chunks are decoded when their samples are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ectopy.io.ecz.container import EczFile, chunks_of, open_file
from ectopy.io.rates import agreed_fs
from ectopy.io.recording import Channel, Recording, Samples
from ectopy.io.registry import OpenOptions


def open_ecz(path: Path, options: OpenOptions) -> Recording:
    """Open a compressed recording.

    Parameters
    ----------
    path : Path
        The file.
    options : OpenOptions
        What the caller knows.

    Returns
    -------
    Recording
        Nothing is decoded yet.

    Raises
    ------
    RecordError
        If header or index are damaged, or the file is of a newer version of the format.
    """
    file = open_file(path)
    header, coding = file.header, file.header.coding
    agreed_fs(str(path), coding.fs, options.fs)
    return Recording(
        name=header.name,
        channels=tuple(
            Channel(lead.name, lead.unit, coding.fs, header.n_samples, lead.gain, lead.baseline)
            for lead in coding.leads
        ),
        decode=_Decoder(file),
        annotations=header.marks,
        patient=header.patient,
        start=header.start,
        comments=header.comments,
    )


@dataclass(frozen=True, eq=False)
class _Decoder:
    """Decodes the chunks that hold what is asked for."""

    file: EczFile

    def __call__(self, channels: Sequence[int], start: int, stop: int) -> Samples:
        header = self.file.header
        start, stop = max(0, start), min(stop, header.n_samples)
        signal = np.empty((max(0, stop - start), len(channels)), np.float32)
        for chunks in chunks_of(header, start, stop) if start < stop else ():
            lengths = [header.length(chunk) for chunk in chunks]
            decoded = header.coding.decode(self.file.read(chunks), lengths)[:, list(channels)]
            first = chunks.start * header.chunk
            low, high = max(start, first), min(stop, first + len(decoded))
            signal[low - start : high - start] = decoded[low - first : high - first]
        return signal
