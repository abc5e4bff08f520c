"""What a stream leaves of its signal: a source that knows its length and still has the last minutes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.record import Annotations, ChannelDecision

KEPT: Final = 300.0
"""Seconds at the end of a stream whose samples can still be read: strips of what has just happened."""


class StreamSource:
    """The signal of a stream, a `ectopy.record.Source`; all but its last `KEPT` seconds is forgotten.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    leads : tuple of str
        Names of the columns.
    name, patient : str
        What the recording is called, and whose heart it is; the name by default.
    start : datetime, optional
        When the first sample was taken.

    Examples
    --------
    >>> source = StreamSource(fs=250, leads=("II",))
    >>> source.append(np.zeros((100_000, 1), np.float32))
    >>> source.duration, bool(np.isnan(source.read(0, 10)).all()), float(source.read(99_999, 100_001)[0, 0])
    (400.0, True, 0.0)
    """

    def __init__(
        self,
        fs: float,
        leads: tuple[str, ...],
        *,
        name: str = "stream",
        patient: str = "",
        start: datetime | None = None,
    ) -> None:
        self.fs, self.leads, self.name = fs, leads, name
        self.patient = patient or name
        self.start = start
        self.channels = tuple(range(len(leads)))
        self.comments = (f"Of the signal of this stream only the last {KEPT:g} s were kept.",)
        self.annotations: Annotations | None = None
        self.decisions: tuple[ChannelDecision, ...] = ()
        self.notes: tuple[str, ...] = ()
        self.ended = False
        self._recent = RecentSamples(len(leads), round(KEPT * fs))

    @property
    def n_samples(self) -> int | None:
        """Samples of each lead; None while the stream is open."""
        return self._recent.stop if self.ended else None

    @property
    def duration(self) -> float:
        """Length in seconds, so far."""
        return self._recent.stop / self.fs

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, n_leads)."""
        self._recent.append(samples)

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads); NaN where they were forgotten."""
        return self._recent.read(start, stop)


class RecentSamples:
    """The last samples of a signal: at least so many, at most twice as many.

    Parameters
    ----------
    n_leads : int
        Columns of the signal.
    length : int
        Samples that are kept at least, once there are so many.
    """

    def __init__(self, n_leads: int, length: int) -> None:
        self._kept = np.empty((2 * length, n_leads), np.float32)
        self._length = length
        self._filled = 0
        self.stop = 0

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Take the next samples, shape (n, n_leads)."""
        self.stop += len(samples)
        samples = samples[-self._length :]
        if self._filled + len(samples) > len(self._kept):
            old = self._kept[self._filled - self._length : self._filled].copy()
            self._kept[: self._length], self._filled = old, self._length
        self._kept[self._filled : self._filled + len(samples)] = samples
        self._filled += len(samples)

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop``, NaN where they were forgotten."""
        start, stop = max(0, start), min(stop, self.stop)
        oldest = self.stop - self._filled
        known = self._kept[max(0, start - oldest) : max(0, stop - oldest)]
        forgotten = max(0, stop - start - len(known))
        return np.concatenate([np.full((forgotten, known.shape[1]), np.nan, np.float32), known])
