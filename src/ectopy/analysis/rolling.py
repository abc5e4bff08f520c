"""What is still needed of a signal that comes block by block: its last rows, numbered from the first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ectopy.analysis.signal_blocks import lead_by_lead


class Rolling:
    """The end of a long array of columns, each column in one piece.

    Parameters
    ----------
    dtype : dtype
        Of what is appended.
    n_leads : int
        Columns.
    """

    def __init__(self, dtype: npt.DTypeLike, n_leads: int) -> None:
        self._kept = np.empty((n_leads, 0), dtype)
        self.start = 0
        self.n_leads = n_leads

    @property
    def stop(self) -> int:
        """One after the last row that is there."""
        return self.start + self._kept.shape[1]

    def append(self, block: npt.NDArray[np.generic]) -> None:
        """Take the next rows, shape (n, n_leads)."""
        self._kept = lead_by_lead(self._kept, block)

    def forget(self, before: int) -> None:
        """Drop the rows before one."""
        surplus = min(before, self.stop) - self.start
        if surplus > 0:
            self._kept = self._kept[:, surplus:].copy()
            self.start += surplus

    def at(self, index: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the rows of an index of shape (n, length), shape (n, n_leads, length)."""
        return self._kept[:, index - self.start].transpose(1, 0, 2)

    def windows(self, firsts: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.float32]:
        """Return stretches of one length, each from its first row on, shape (n, n_leads, length)."""
        stretches = np.lib.stride_tricks.sliding_window_view(self._kept, length, axis=1)
        return stretches[:, firsts - self.start].transpose(1, 0, 2)

    def part(self, start: int, stop: int) -> npt.NDArray[np.uint8]:
        """Return the rows between two, shape (n, n_leads)."""
        return self._kept[:, start - self.start : stop - self.start].T

    def seen(self) -> int:
        """Return every bit that any row carries, of whole numbers."""
        return int(np.bitwise_or.reduce(self._kept, axis=None))

    def running_count(self, bit: np.uint8) -> npt.NDArray[np.int32]:
        """Return how many samples before each carry a bit, one row more than there are samples."""
        total = np.zeros((self.n_leads, self._kept.shape[1] + 1), np.int32)
        np.cumsum((self._kept & bit) > 0, axis=1, out=total[:, 1:])
        return total.T
