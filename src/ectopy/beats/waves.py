"""The waves of each beat: where P, QRS and T begin, peak and end, on each lead and on all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.wave_marks import WAVES, WaveMarks
from ectopy.errors import ParameterError
from ectopy.record import Annotations

if TYPE_CHECKING:
    import pandas as pd

MARKS: Final = tuple(f"{wave.lower()}_{mark}" for wave in WAVES for mark in ("onset", "peak", "end"))
"""Names of the nine marks of a beat, in order."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Waves:
    """The waves of every beat of a recording.

    Parameters
    ----------
    r_peaks : ndarray of int64, shape (n_beats,)
        Sample of each R peak.
    fs : float
        Sampling frequency in Hz.
    leads : tuple of str
        Names of the leads.
    marks : ndarray of float64, shape (n_beats, 9)
        Where the waves begin, peak and end by all leads together, in samples of the recording, in the order
        of `MARKS`; NaN where there is no such wave.
    confidences : ndarray of float64, shape (n_beats, 3)
        How sure the delineator is of P, QRS and T, from 0 to 1; 0 where there is none.
    n_p : ndarray of int64, shape (n_beats,)
        P waves between the T wave of the beat before and this QRS complex: 0 where there is none, 2 or more
        where some are not conducted.
    lead_marks : ndarray of float64, shape (n_beats, n_leads, 9)
        The marks on each lead.
    lead_confidences : ndarray of float64, shape (n_beats, n_leads, 3)
        The confidences on each lead.
    amplitudes : ndarray of float64, shape (n_beats, n_leads, 3)
        Height of each wave at its peak in mV, above the level at which P (for P) or QRS (for QRS and T)
        begins; its sign is the wave's polarity.
    qrs_net : ndarray of float64, shape (n_beats, n_leads)
        Highest and lowest point of the QRS complex in mV above the level at which it begins, added up: its
        net height, which gives the axis.
    st : ndarray of float64, shape (n_beats, n_leads, 2)
        Level 60 and 80 ms after the end of the QRS complex in mV, above the level at which it begins.
    lone_p : tuple of ndarray of float64, each of shape (n, 3)
        Onset, peak and end of the P waves on each lead that no QRS complex follows at once.
    p_cycles : ndarray of float64, shape (n_beats,), optional
        Seconds from one P wave to the next where P waves keep a regular rhythm of their own among slower
        beats, NaN elsewhere; by default nobody has looked.
    """

    r_peaks: npt.NDArray[np.int64]
    fs: float
    leads: tuple[str, ...]
    marks: Floats
    confidences: Floats
    n_p: npt.NDArray[np.int64]
    lead_marks: Floats
    lead_confidences: Floats
    amplitudes: Floats
    qrs_net: Floats
    st: Floats
    lone_p: tuple[Floats, ...]
    p_cycles: Floats | None = None

    def columns(self) -> dict[str, npt.NDArray[np.float64] | npt.NDArray[np.int64]]:
        """Return PR, QRS and QT of each beat in ms, NaN where it is missing, and the number of P waves."""
        onset = self.mark("qrs_onset")
        intervals = {
            "pr_ms": onset - self.mark("p_onset"),
            "qrs_ms": self.mark("qrs_end") - onset,
            "qt_ms": self.mark("t_end") - onset,
        }
        return {name: samples * 1000 / self.fs for name, samples in intervals.items()} | {"n_p": self.n_p}

    def __len__(self) -> int:
        return len(self.r_peaks)

    def __repr__(self) -> str:
        p, qrs, t = (np.isfinite(self.marks[:, 3 * i + 1]).sum() for i in range(3))
        return f"<Waves of {len(self)} beats on {len(self.leads)} leads: {p} P, {qrs} QRS, {t} T>"

    def mark(self, name: str, lead: str | None = None) -> Floats:
        """Return one mark of every beat, in samples of the recording.

        Parameters
        ----------
        name : str
            One of `MARKS`.
        lead : str, optional
            On which lead; by all leads together by default.

        Raises
        ------
        ParameterError
            If there is no such mark or lead.
        """
        if name not in MARKS:
            raise ParameterError(f"name={name!r} is no mark; choose one of: {', '.join(MARKS)}")
        table = self.marks if lead is None else self.lead_marks[:, self._column(lead)]
        return np.asarray(table[:, MARKS.index(name)])

    def to_frame(self) -> pd.DataFrame:
        """Return one row per beat: the R peak, the marks, the confidences, and what each lead shows.

        Columns of a lead end with its name: ``p_amplitude_II`` …, in mV.
        """
        import pandas as pd

        frame = pd.DataFrame({"r_peak": self.r_peaks, **dict(zip(MARKS, self.marks.T, strict=True))})
        for i, wave in enumerate(WAVES):
            frame[f"{wave.lower()}_confidence"] = self.confidences[:, i]
        frame["n_p"] = self.n_p
        columns = {
            f"{wave.lower()}_amplitude_{lead}": self.amplitudes[:, column, i]
            for column, lead in enumerate(self.leads)
            for i, wave in enumerate(WAVES)
        }
        return pd.concat([frame, pd.DataFrame(columns)], axis=1)

    def wave_marks(self, lead: str | None = None) -> WaveMarks:
        """Return the waves in the order of their peaks.

        Parameters
        ----------
        lead : str, optional
            On which lead, P waves without a QRS complex included; by all leads together by default.

        Raises
        ------
        ParameterError
            If there is no such lead.
        """
        table = self.marks if lead is None else self.lead_marks[:, self._column(lead)]
        parts = [table[:, 3 * i : 3 * i + 3] for i in range(len(WAVES))]
        lone = np.empty((0, 3)) if lead is None else self.lone_p[self._column(lead)]
        rows = np.concatenate([*parts, lone])
        names = np.repeat([*WAVES, "P"], [*(len(part) for part in parts), len(lone)])
        there = np.isfinite(rows[:, 1])
        rows, names = rows[there], names[there]
        order = np.argsort(rows[:, 1], kind="stable")
        return WaveMarks(names[order], *rows[order].T)

    def to_annotations(self, lead: str | None = None) -> Annotations:
        """Return the marks as WFDB annotations in the convention of LUDB and of the QT database.

        Parameters
        ----------
        lead : str, optional
            Of which lead, which is named by ``chan``; by all leads together by default.
        """
        chan = 0 if lead is None else self._column(lead)
        return self.wave_marks(lead).to_annotations(fs=self.fs, chan=chan)

    def _column(self, lead: str) -> int:
        if lead not in self.leads:
            raise ParameterError(f"lead={lead!r} is not there; choose one of: {', '.join(self.leads)}")
        return self.leads.index(lead)
