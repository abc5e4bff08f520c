"""What was wrong with a recording, gathered block by block: shares, spans, stretches without signal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ectopy.signal.filters import runs
from ectopy.signal.quality import FAULTS, Quality, Span


class _Runs:
    """Runs of True in a mask that comes in blocks."""

    def __init__(self) -> None:
        self._found: list[npt.NDArray[np.int64]] = []

    def add(self, mask: npt.NDArray[np.bool_], start: int) -> None:
        """Take the next block, whose first sample is ``start``."""
        if mask.any():
            begins, ends = runs(mask)
            self._found.append(np.stack([begins, ends], axis=1) + start)

    def merged(self) -> npt.NDArray[np.int64]:
        """Return start and stop of each run, shape (n_runs, 2); those that meet between blocks are one."""
        if not self._found:
            return np.empty((0, 2), np.int64)
        found = np.concatenate(self._found)
        opens = np.append(True, found[1:, 0] != found[:-1, 1])
        return np.stack([found[opens, 0], found[np.append(opens[1:], True), 1]], axis=1)


class QualityLog:
    """Takes the flags of a recording in order and keeps what is asked for later, not the flags.

    Parameters
    ----------
    n_leads : int
        Columns of the flags.

    Examples
    --------
    >>> log = QualityLog(1)
    >>> log.add(np.array([[0], [1], [1]], np.uint8))
    >>> log.add(np.array([[1], [0]], np.uint8))
    >>> log.spans(fs=1, leads=["II"])
    (Span(start=1.0, stop=4.0, lead='II', kind=<Quality.MISSING: 1>),)
    >>> log.usable_share
    0.4
    """

    def __init__(self, n_leads: int) -> None:
        self.n_samples = 0
        self._counts = np.zeros((n_leads, len(FAULTS)), np.int64)
        self._usable = 0
        self._runs = [[_Runs() for _ in FAULTS] for _ in range(n_leads)]
        self._blind = _Runs()

    def add(self, flags: npt.NDArray[np.uint8]) -> None:
        """Take the flags of the next samples, shape (n, n_leads)."""
        columns = np.ascontiguousarray(flags.T)
        self._usable += int(np.count_nonzero(columns.min(axis=0) == 0))
        for lead, column in enumerate(columns):
            seen = np.bitwise_or.reduce(column)
            for number, fault in enumerate(FAULTS):
                if seen & np.uint8(fault):
                    mask = (column & np.uint8(fault)) > 0
                    self._counts[lead, number] += np.count_nonzero(mask)
                    self._runs[lead][number].add(mask, self.n_samples)
        self._blind.add(np.bitwise_and.reduce(columns) & np.uint8(Quality.MISSING) > 0, self.n_samples)
        self.n_samples += len(flags)

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """Share of the samples of each lead with each of `FAULTS`, shape (n_leads, n_faults)."""
        return self._counts / max(1, self.n_samples)

    @property
    def usable_share(self) -> float:
        """Share of the samples at which nothing is wrong with at least one lead."""
        return self._usable / max(1, self.n_samples)

    def spans(self, fs: float, leads: Sequence[str]) -> tuple[Span, ...]:
        """Return every stretch with something wrong, as `ectopy.signal.quality.spans` does."""
        found = [
            Span(float(start / fs), float(stop / fs), name, fault)
            for name, row in zip(leads, self._runs, strict=True)
            for fault, each in zip(FAULTS, row, strict=True)
            for start, stop in each.merged()
        ]
        return tuple(sorted(found, key=lambda span: (span.start, span.stop)))

    def blind(self) -> npt.NDArray[np.int64]:
        """Return start and stop of the stretches in which every lead is missing, shape (n, 2)."""
        return self._blind.merged()
