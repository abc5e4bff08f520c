"""A source made from another one: what it does not change is that of the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.record import Annotations, ChannelDecision, Record, Source, source_text

HELD: Final = 1 << 22
"""Samples of all leads together, 16 MB, up to which a recording is held in memory: more than half an hour."""


@dataclass(frozen=True, eq=False)
class DerivedSource:
    """A source that shows another one; subclasses say in what they differ.

    Parameters
    ----------
    source : Source
        The other one.

    Examples
    --------
    >>> from ectopy.record import Record
    >>> record = Record(np.zeros((720, 2), np.float32), fs=360, leads=("MLII", "V1"), name="100")
    >>> DerivedSource(record)
    <DerivedSource 100: 2 s at 360 Hz, leads MLII V1>
    """

    source: Source

    def __repr__(self) -> str:
        return source_text(self)

    @property
    def name(self) -> str:
        """What the recording is called."""
        return self.source.name

    @property
    def patient(self) -> str:
        """Whose heart it is."""
        return self.source.patient

    @property
    def start(self) -> datetime | None:
        """When the first sample was taken."""
        return self.source.start

    @property
    def comments(self) -> tuple[str, ...]:
        """Free text that came with the recording."""
        return self.source.comments

    @property
    def fs(self) -> float:
        """Sampling frequency in Hz."""
        return self.source.fs

    @property
    def leads(self) -> tuple[str, ...]:
        """Names of the leads."""
        return self.source.leads

    @property
    def channels(self) -> tuple[int, ...]:
        """Which channel of the file each lead is."""
        return self.source.channels

    @property
    def n_samples(self) -> int | None:
        """Samples of each lead."""
        return self.source.n_samples

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.source.duration

    @property
    def annotations(self) -> Annotations | None:
        """Reference marks that came with the recording."""
        return self.source.annotations

    @property
    def decisions(self) -> tuple[ChannelDecision, ...]:
        """Which channels of the file are leads, and why."""
        return self.source.decisions

    @property
    def notes(self) -> tuple[str, ...]:
        """What was mended while the file was read."""
        return self.source.notes

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads), NaN where missing."""
        return self.source.read(start, stop)


@dataclass(frozen=True, eq=False)
class HeldSource(DerivedSource):
    """A recording that is read once, however often its samples are asked for."""

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop`` in mV, read-only, shape (n, n_leads), NaN where missing."""
        return self._samples[max(0, start) : max(0, stop)]

    @cached_property
    def _samples(self) -> npt.NDArray[np.float32]:
        samples = self.source.read(0, self.source.n_samples or 0)
        samples.flags.writeable = False
        return samples


def held(source: Source) -> Source:
    """Return a source that reads a short file once; any other one as it is."""
    n_samples = source.n_samples
    if isinstance(source, Record) or n_samples is None or n_samples * len(source.leads) > HELD:
        return source
    return HeldSource(source)
