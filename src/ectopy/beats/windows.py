"""Beats: windows of signal around R peaks, with what is known about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError


@dataclass(frozen=True, eq=False)
class Beats:
    """Heartbeats cut from one or many recordings.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        The windows, in mV unless they were normalised.
    samples : ndarray of int64, shape (n_beats,)
        Index of each R peak in its recording, at the recording's own rate.
    fs : float
        Rate of the windows in Hz.
    rr : ndarray of float32, shape (n_beats,)
        Seconds since the beat before in the same recording; NaN for the first.
    symbols : ndarray of str, shape (n_beats,)
        WFDB symbol of each beat; empty where unknown.
    patients, records : ndarray of str, shape (n_beats,)
        Whose beat it is, and from which recording.

    Raises
    ------
    ParameterError
        If the arrays differ in length.

    Examples
    --------
    >>> import numpy as np
    >>> beats = Beats.of(np.zeros((3, 1, 96), np.float32), fs=120, patients=["a", "a", "b"])
    >>> len(beats[beats.patients == "a"])
    2
    >>> len(Beats.concatenate([beats, beats]))
    6
    """

    waveforms: npt.NDArray[np.float32]
    samples: npt.NDArray[np.int64]
    fs: float
    rr: npt.NDArray[np.float32]
    symbols: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]
    records: npt.NDArray[np.str_]

    def __post_init__(self) -> None:
        if self.waveforms.ndim != 3:
            raise ParameterError(
                f"waveforms has shape {self.waveforms.shape}; give (n_beats, n_leads, n_times)"
            )
        for name in _PER_BEAT:
            if len(getattr(self, name)) != len(self.waveforms):
                raise ParameterError(
                    f"{name} has {len(getattr(self, name))} entries for {len(self.waveforms)} beats;"
                    " give one a beat"
                )

    @classmethod
    def of(
        cls,
        waveforms: npt.ArrayLike,
        *,
        fs: float,
        samples: npt.ArrayLike | None = None,
        rr: npt.ArrayLike | None = None,
        symbols: npt.ArrayLike | None = None,
        patients: npt.ArrayLike | None = None,
        records: npt.ArrayLike | None = None,
    ) -> Self:
        """Make beats from waveforms; what is not given is unknown (zeros, NaN, empty strings)."""
        waves = np.asarray(waveforms, dtype=np.float32)
        n = len(waves)
        unknown = np.full(n, "")
        return cls(
            waveforms=waves,
            samples=np.zeros(n, np.int64) if samples is None else np.asarray(samples, np.int64),
            fs=float(fs),
            rr=np.full(n, np.nan, np.float32) if rr is None else np.asarray(rr, np.float32),
            symbols=unknown if symbols is None else np.asarray(symbols, dtype=np.str_),
            patients=unknown if patients is None else np.asarray(patients, dtype=np.str_),
            records=unknown if records is None else np.asarray(records, dtype=np.str_),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join beats of the same rate, leads and window length.

        Raises
        ------
        ParameterError
            If there is nothing to join, or the rates or window shapes differ.
        """
        if not parts:
            raise ParameterError("parts is empty; give at least one Beats")
        kinds = {(part.fs, part.waveforms.shape[1:]) for part in parts}
        if len(kinds) > 1:
            raise ParameterError(
                f"parts differ in rate or window (fs, (n_leads, n_times)): {sorted(kinds)};"
                " cut them alike before joining"
            )
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(p, name) for p in parts]) for name in _PER_BEAT
        }
        return replace(parts[0], **joined)

    def __len__(self) -> int:
        return len(self.waveforms)

    def __getitem__(self, index: int | slice | npt.NDArray[np.bool_] | npt.NDArray[np.integer]) -> Self:
        """Return the chosen beats; one integer gives a Beats of length one."""
        chosen = [index] if isinstance(index, (int, np.integer)) else index
        return replace(self, **{name: getattr(self, name)[chosen] for name in _PER_BEAT})

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))


_PER_BEAT = tuple(field.name for field in fields(Beats) if field.name != "fs")
