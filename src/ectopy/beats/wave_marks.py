"""The marks of P, QRS and T: as a table, and in the convention of a WFDB annotation file.

In the files of LUDB and of the QT database each wave is up to three marks, ``(`` where it begins, ``p``,
``N`` or ``t`` at its peak, and ``)`` where it ends; either bracket may be missing. The number of a bracket
tells whose it is: 0 a P wave's, 1 a QRS complex's, 2 a T wave's. U waves are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError
from ectopy.labels import is_beat
from ectopy.record import Annotations

WAVES: Final = ("P", "QRS", "T")
"""The waves of a beat, in the order in which they come."""

_SYMBOLS: Final = {"P": "p", "QRS": "N", "T": "t"}


@dataclass(frozen=True, eq=False)
class WaveMarks:
    """Waves of one kind or several, in the order of their peaks.

    Parameters
    ----------
    waves : ndarray of str, shape (n,)
        ``P``, ``QRS`` or ``T``.
    onsets, peaks, ends : ndarray of float64, shape (n,)
        Where each wave begins, peaks and ends, in samples of the recording; NaN where nobody says.

    Raises
    ------
    AnnotationError
        If the arrays differ in length.

    Examples
    --------
    >>> marks = Annotations([10, 14, 17, 20, 25, 30], ["(", "p", ")", "(", "N", ")"])
    >>> waves = WaveMarks.from_annotations(marks)
    >>> waves.waves.tolist(), waves.onsets.tolist()
    (['P', 'QRS'], [10.0, 20.0])
    >>> waves.to_annotations().samples.tolist()
    [10, 14, 17, 20, 25, 30]
    """

    waves: npt.NDArray[np.str_]
    onsets: npt.NDArray[np.float64]
    peaks: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "waves", np.asarray(self.waves, dtype="U3"))
        for name in ("onsets", "peaks", "ends"):
            values = np.asarray(getattr(self, name), dtype=np.float64)
            object.__setattr__(self, name, values)
            if values.shape != self.waves.shape:
                raise AnnotationError(
                    f"wave marks: {name} has {len(values)} entries and waves {len(self.waves)};"
                    " give one for each"
                )

    def __len__(self) -> int:
        return len(self.waves)

    def of(self, wave: str) -> Self:
        """Return the waves of one kind."""
        return self[self.waves == wave]

    def __getitem__(self, index: npt.NDArray[np.bool_] | npt.NDArray[np.integer] | slice) -> Self:
        """Return the waves selected by a mask, an index array or a slice."""
        return replace(
            self,
            waves=self.waves[index],
            onsets=self.onsets[index],
            peaks=self.peaks[index],
            ends=self.ends[index],
        )

    @classmethod
    def from_annotations(cls, marks: Annotations) -> Self:
        """Read the waves of one lead from the marks of an annotation file.

        Parameters
        ----------
        marks : Annotations
            With symbols ``(``, ``p``, ``N`` (or any other beat), ``t``, ``u`` and ``)``.

        Returns
        -------
        WaveMarks
            P, QRS and T waves.
        """
        symbols = marks.symbols
        kinds = np.select([symbols == "p", symbols == "t", is_beat(symbols)], ["P", "T", "QRS"], default="")
        peaks = np.flatnonzero(kinds != "")
        samples = np.concatenate([marks.samples.astype(np.float64), [np.nan]])
        around = np.concatenate([symbols, [""]])
        onsets = np.where(around[peaks - 1] == "(", samples[peaks - 1], np.nan)
        ends = np.where(around[peaks + 1] == ")", samples[peaks + 1], np.nan)
        return cls(kinds[peaks], onsets, samples[peaks], ends)

    def to_annotations(self, fs: float | None = None, chan: int = 0) -> Annotations:
        """Return the marks in the convention of LUDB and of the QT database.

        Parameters
        ----------
        fs : float, optional
            Sampling frequency in Hz that the marks count in.
        chan : int
            Lead that they belong to.

        Returns
        -------
        Annotations
            Up to three marks a wave, rounded to whole samples.
        """
        table = np.stack([self.onsets, self.peaks, self.ends], axis=1)
        numbers = np.searchsorted(WAVES, self.waves)
        middle = np.array([_SYMBOLS[wave] for wave in self.waves.tolist()], dtype="U1")
        symbols = np.stack([np.full(len(self), "("), middle, np.full(len(self), ")")], axis=1)
        given = np.isfinite(table)
        samples = np.rint(table[given]).astype(np.int64)
        order = np.argsort(samples, kind="stable")
        nums = np.stack([numbers, np.zeros_like(numbers), numbers], axis=1)[given].astype(np.int64)
        return Annotations(
            samples[order], symbols[given][order], nums=nums[order], chans=np.full(len(samples), chan), fs=fs
        )
