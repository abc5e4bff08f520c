"""Which leads are looked at, and in which order, whatever their order in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.record import Annotations, ChannelDecision, Source, lead_columns, source_text

PREFERRED: Final = (
    "MLII",
    "ML2",
    "II",
    "I",
    "V5",
    "MV5",
    "V4",
    "V6",
    "V3",
    "V2",
    "V1",
    "III",
    "AVF",
    "AVL",
    "AVR",
)
"""Leads in the order in which a beat is looked at: those along the axis of most hearts first."""


def preferred_order(leads: Sequence[str]) -> list[int]:
    """Return the columns of leads, the one to look at first first.

    Leads of other names than `PREFERRED` come last, by their names, so that the order depends on what the
    leads are called and not on where they stand.

    Examples
    --------
    >>> preferred_order(["V1", "ECG 10", "ECG 2", "II"])
    [3, 0, 2, 1]
    """

    def place(column: int) -> tuple[int, list[tuple[int, str]]]:
        name = leads[column].upper()
        rank = PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)
        return rank, [
            (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)
        ]

    return sorted(range(len(leads)), key=place)


@dataclass(frozen=True, eq=False)
class SelectedLeads:
    """A source with some of its leads; a `ectopy.record.Source` itself."""

    source: Source
    leads: tuple[str, ...]

    def __post_init__(self) -> None:
        lead_columns(self.source, self.leads)

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
    def channels(self) -> tuple[int, ...]:
        """Which channel of the file each lead is."""
        return tuple(self.source.channels[column] for column in lead_columns(self.source, self.leads))

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
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads)."""
        return self.source.read(start, stop)[:, lead_columns(self.source, self.leads)]
