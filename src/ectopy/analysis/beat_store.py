"""Where judged beats lie until a recording ends: in files without a name, so that memory does not grow."""

from __future__ import annotations

import tempfile
from dataclasses import fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_parts import JudgedBeats

_AT_ONCE: Final = 100_000
"""Beats that are read back at a time, some 5 MB."""

_COLUMNS: Final = tuple(
    each.name for each in fields(JudgedBeats) if each.name not in ("waveforms", "averages")
)

Columns = dict[str, npt.NDArray[Any]]


class BeatStore:
    """Judged beats in two files that end with the process: waveforms, and rows of all else.

    Parameters
    ----------
    n_times : int
        Samples of a waveform.
    """

    def __init__(self, n_times: int) -> None:
        self._waveforms = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`; a memory map outlives it
        self._rows = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `close`
        self._n_times = n_times
        self._n_beats = 0
        self._row = np.dtype([])
        self._averages: list[npt.NDArray[np.float32]] = []

    def close(self) -> None:
        """Close both files; what `beats` returned stays."""
        self._waveforms.close()
        self._rows.close()

    def add(self, part: JudgedBeats) -> None:
        """Put the next beats away."""
        columns = {name: getattr(part, name) for name in _COLUMNS}
        self._row = np.dtype([(name, each.dtype, each.shape[1:]) for name, each in columns.items()])
        rows = np.empty(len(part), self._row)
        for name, column in columns.items():
            rows[name] = column
        self._rows.write(rows.tobytes())
        self._waveforms.write(np.ascontiguousarray(part.waveforms).tobytes())
        self._averages.append(part.averages)
        self._n_beats += len(part)

    def beats(self, n_leads: int, n_classes: int) -> JudgedBeats:
        """Return all beats; samples never fall, whatever two parts made of the beats where they meet."""
        if not self._n_beats:
            return _no_beats(n_leads, n_classes, self._n_times)
        columns = self._columns()
        for name in ("samples", "r_peaks"):
            np.maximum.accumulate(columns[name], out=columns[name])
        self._waveforms.flush()
        return JudgedBeats(
            **columns,
            waveforms=np.memmap(self._waveforms, np.float32, "r", shape=(self._n_beats, self._n_times)),
            averages=np.median(self._averages, axis=0),
        )

    def _columns(self) -> Columns:
        """Return the columns of the rows, each made once and filled portion by portion."""
        columns: Columns = {
            name: np.empty((self._n_beats, *self._row[name].shape), self._row[name].base) for name in _COLUMNS
        }
        self._rows.seek(0)
        for start in range(0, self._n_beats, _AT_ONCE):
            content = self._rows.read(_AT_ONCE * self._row.itemsize)
            rows = np.frombuffer(content, self._row)
            for name, column in columns.items():
                column[start : start + len(rows)] = rows[name]
        return columns


def _no_beats(n_leads: int, n_classes: int, n_times: int) -> JudgedBeats:
    """Return no beat at all, in the columns that beats have."""
    whole, real, flags = np.empty(0, np.int64), np.empty(0, np.float32), np.empty(0, np.bool_)
    return JudgedBeats(
        samples=whole,
        r_peaks=np.empty(0),
        lead=whole,
        fault=whole,
        rr=real,
        scores=real,
        probabilities=np.empty((0, n_classes), np.float32),
        fibrillating=flags,
        spike_delays=np.empty(0, np.float16),
        artefact=real,
        waveforms=np.empty((0, n_times), np.float32),
        averages=np.zeros((n_leads, n_times), np.float32),
    )
