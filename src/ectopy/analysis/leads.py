"""Which leads are looked at, and in which order, whatever their order in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.derived import DerivedSource
from ectopy.record import lead_columns

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
class SelectedLeads(DerivedSource):
    """A source with some of its leads.

    Parameters
    ----------
    source : Source
        With more leads.
    selected : tuple of str
        Names of those that are shown, in their order.
    """

    selected: tuple[str, ...]

    def __post_init__(self) -> None:
        lead_columns(self.source, self.selected)

    @property
    def leads(self) -> tuple[str, ...]:
        """Names of the leads."""
        return self.selected

    @property
    def channels(self) -> tuple[int, ...]:
        """Which channel of the file each lead is."""
        return tuple(self.source.channels[column] for column in self._columns)

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Return samples ``start`` to ``stop`` in mV, shape (n, n_leads)."""
        return self.source.read(start, stop)[:, self._columns]

    @property
    def _columns(self) -> list[int]:
        return lead_columns(self.source, self.selected)
