"""Beats: windows of signal around R peaks, and what is known about each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from types import EllipsisType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from ectopy.beats.rr import rr_intervals
from ectopy.errors import ParameterError
from ectopy.record import Record
from ectopy.signal.block_resampling import resample_block
from ectopy.signal.filters import bandpass, bandpass_reach, bandpass_step, fill_missing
from ectopy.signal.resampling import rational_ratio, resample, resample_reach

Index = int | slice | npt.NDArray[np.bool_] | npt.NDArray[np.integer]

LOW: Final = 0.5
HIGH: Final = 40.0
"""Pass band of the windows in Hz: it keeps P, QRS and T waves, and removes wander and muscle noise."""

QRS_HALF: Final = 0.06
"""Seconds on each side of an R peak that hold the QRS: all of them recorded, or nobody can judge the beat."""

MAX_OF_RATE: Final = 0.45
"""Highest band edge as a share of the rate: the filter needs room for its slope below half of it."""


class WindowSpec(BaseModel):
    """How a beat is cut: the rate in Hz, the samples before the R peak, and those from it on."""

    model_config = ConfigDict(frozen=True)

    fs: float = Field(gt=0)
    before: int = Field(ge=0)
    after: int = Field(gt=0)

    @property
    def n_times(self) -> int:
        """Samples in a window."""
        return self.before + self.after


DEFAULT_WINDOW: Final = WindowSpec(fs=120, before=48, after=48)
"""The window of the shipped models, 0.4 s to either side of the R peak: one cut of the beats serves all."""


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
        Seconds since the previous beat of the same recording; NaN for the first.
    symbols : ndarray of str, shape (n_beats,)
        WFDB symbol of each beat; empty where unknown.
    patients, records : ndarray of str, shape (n_beats,)
        Patient and recording of each beat.
    r_peaks : ndarray of float64, shape (n_beats,)
        Each R peak between the samples of its recording; ``samples`` where nobody looked closer.
    peak : int, optional
        Index of the R peak in the windows, where known.

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
    r_peaks: npt.NDArray[np.float64]
    peak: int | None = None

    def __post_init__(self) -> None:
        if self.waveforms.ndim != 3:
            raise ParameterError(
                f"waveforms has shape {self.waveforms.shape}; give (n_beats, n_leads, n_times)"
            )
        for name in _PER_BEAT:
            if len(getattr(self, name)) != len(self.waveforms):
                raise ParameterError(
                    f"{name} has {len(getattr(self, name))} entries for {len(self.waveforms)} beats;"
                    " give one per beat"
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
        r_peaks: npt.ArrayLike | None = None,
        peak: int | None = None,
    ) -> Self:
        """Make beats from waveforms; what is not given is unknown (zeros, NaN or empty strings)."""
        waves = np.asarray(waveforms, dtype=np.float32)
        n = len(waves)
        unknown = np.full(n, "")
        marks = np.zeros(n, np.int64) if samples is None else np.asarray(samples, np.int64)
        return cls(
            waveforms=waves,
            samples=marks,
            fs=float(fs),
            rr=np.full(n, np.nan, np.float32) if rr is None else np.asarray(rr, np.float32),
            symbols=unknown if symbols is None else np.asarray(symbols, dtype=np.str_),
            patients=unknown if patients is None else np.asarray(patients, dtype=np.str_),
            records=unknown if records is None else np.asarray(records, dtype=np.str_),
            r_peaks=np.asarray(marks if r_peaks is None else r_peaks, dtype=np.float64),
            peak=peak,
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join beats of the same rate, leads and window.

        Raises
        ------
        ParameterError
            If there is nothing to join, or the rates or window shapes differ.
        """
        if not parts:
            raise ParameterError("parts is empty; give at least one Beats")
        kinds = {(part.fs, part.peak, part.waveforms.shape[1:]) for part in parts}
        if len(kinds) > 1:
            raise ParameterError(
                f"parts differ in rate or window (fs, peak, (n_leads, n_times)): {sorted(kinds, key=str)};"
                " cut them alike before joining"
            )
        joined: dict[str, Any] = {
            name: np.concatenate([getattr(p, name) for p in parts]) for name in _PER_BEAT
        }
        return replace(parts[0], **joined)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Beats, leads and samples; scikit-learn asks for it before it takes some of the beats."""
        n_beats, n_leads, n_times = self.waveforms.shape
        return n_beats, n_leads, n_times

    @property
    def window(self) -> WindowSpec | None:
        """How the beats were cut; None where the index of the R peak is unknown."""
        if self.peak is None:
            return None
        return WindowSpec(fs=self.fs, before=self.peak, after=self.shape[2] - self.peak)

    def __len__(self) -> int:
        return len(self.waveforms)

    def __repr__(self) -> str:
        n_beats, n_leads, n_times = self.shape
        return (
            f"<Beats: {n_beats} of {len(np.unique(self.records))} recordings,"
            f" {n_leads} leads × {n_times} samples at {self.fs:g} Hz>"
        )

    def __getitem__(self, index: Index | tuple[Index, EllipsisType]) -> Self:
        """Return the chosen beats; an integer gives a Beats of length one."""
        if isinstance(index, tuple):  # scikit-learn takes rows as ``X[rows, ...]``
            index = index[0]
        chosen = [index] if isinstance(index, (int, np.integer)) else index
        return replace(self, **{name: getattr(self, name)[chosen] for name in _PER_BEAT})

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))


_PER_BEAT = tuple(field.name for field in fields(Beats) if field.name not in ("fs", "peak"))


def condition(signal: npt.NDArray[np.float32], fs: float, window_fs: float) -> npt.NDArray[np.float32]:
    """Bring a signal to the rate of the windows and band-pass it.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        In mV, NaN where missing.
    fs, window_fs : float
        Sampling rate of the signal and of the windows, in Hz.

    Returns
    -------
    ndarray of float32, shape (about n_samples · window_fs / fs, n_leads)
        0.5 to 40 Hz, linear phase; missing samples take the nearest valid value for a second, then zero.
    """
    resampled = resample(fill_missing(signal, fs), fs, window_fs)
    return bandpass(resampled, window_fs, low=LOW, high=min(HIGH, MAX_OF_RATE * window_fs))


def condition_block(
    part: npt.NDArray[np.float32], fs: float, window_fs: float, before: int = 0, after: int = 0
) -> npt.NDArray[np.float32]:
    """Condition a block of a signal that comes with its neighbours.

    Parameters
    ----------
    part : ndarray of float32, shape (n_samples, n_leads)
        In mV, NaN where missing; starts at a multiple of ``rational_ratio(fs, window_fs).down``.
    fs, window_fs : float
        Its rate and that of the windows, in Hz.
    before, after : int
        Samples of the neighbours at the two ends: `condition_reach`, or as many as there are.

    Returns
    -------
    ndarray of float32, shape (about n_samples · window_fs / fs, n_leads)
        What `condition` gives for the block but for rounding.
    """
    ratio = rational_ratio(fs, window_fs)
    leads = resample_block(fill_missing(part, fs).T, fs, window_fs)
    first = before * ratio.up // ratio.down
    after = leads.shape[1] - first - ratio.length(len(part) - before - after)
    high = min(HIGH, 0.45 * window_fs)
    return np.stack([bandpass(lead, window_fs, LOW, high, before=first, after=after) for lead in leads]).T


def condition_block_size(fs: float, window_fs: float, seconds: float) -> int:
    """Return about so many seconds of samples that are whole steps of resampling and filtering.

    A rate whose steps do not fit into twice that time gets whole steps of resampling only: any chunking of it
    still gives the same bits, but not those of `condition`.
    """
    ratio = rational_ratio(fs, window_fs)
    step = math.lcm(bandpass_step(window_fs, LOW, min(HIGH, 0.45 * window_fs)), ratio.up)
    if step > 2 * seconds * window_fs:
        step = ratio.up
    return max(1, round(seconds * window_fs / step)) * step // ratio.up * ratio.down


def condition_reach(fs: float, window_fs: float) -> int:
    """Return how many samples of the signal, on either side, a conditioned sample may depend on.

    A multiple of ``rational_ratio(fs, window_fs).down``.
    """
    held = 2 * int(np.ceil(fs))  # a gap is filled up to its middle, and by no more than a second
    filtered = int(np.ceil((bandpass_reach(window_fs, LOW) + 1) * fs / window_fs))
    down = rational_ratio(fs, window_fs).down
    return -(-(held + resample_reach(fs, window_fs) + filtered) // down) * down


def cut_windows(
    signal: npt.NDArray[np.float32], centres: npt.NDArray[np.integer], window: WindowSpec
) -> npt.NDArray[np.float32]:
    """Cut a window around every centre.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        At the rate of the windows.
    centres : ndarray of int, shape (n_beats,)
        Index of each R peak in ``signal``.
    window : WindowSpec
        Samples before the peak, and from it on.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_leads, n_times)
        Beyond the ends of the signal its first and last samples are held.
    """
    offsets = np.arange(-window.before, window.after)
    index = np.clip(np.asarray(centres)[:, np.newaxis] + offsets, 0, len(signal) - 1)
    return np.ascontiguousarray(signal[index].transpose(0, 2, 1))


def cut_beats(
    record: Record,
    samples: npt.NDArray[np.integer],
    window: WindowSpec,
    symbols: npt.ArrayLike | None = None,
) -> Beats:
    """Cut the beats of a recording, all leads of each.

    Parameters
    ----------
    record : Record
        The recording.
    samples : ndarray of int, shape (n_beats,)
        R peaks at the sampling rate of the record, increasing.
    window : WindowSpec
        Rate and extent of the windows.
    symbols : array_like of str, shape (n_beats,), optional
        WFDB symbol of each beat.

    Returns
    -------
    Beats
        Waveforms of shape (n_beats, n_leads, n_times) in mV, band-passed.
    """
    conditioned = condition(record.signal, record.fs, window.fs)
    waveforms = cut_windows(conditioned, window_centres(samples, record.fs, window.fs), window)
    return beats_of(record, samples, waveforms, window.fs, symbols, peak=window.before)


def window_centres(samples: npt.NDArray[np.integer], fs: float, window_fs: float) -> npt.NDArray[np.int64]:
    """Return the position of samples at rate ``fs`` in a signal that was resampled to ``window_fs``."""
    return np.rint(rational_ratio(fs, window_fs).target(samples)).astype(np.int64)


def milliseconds(n_times: int, fs: float, before: int = 0) -> npt.NDArray[np.float64]:
    """Return the times of the samples of a window whose R peak, at 0 ms, follows so many of them."""
    return (np.arange(n_times) - before) / fs * 1000


def beats_of(
    record: Record,
    samples: npt.NDArray[np.integer],
    waveforms: npt.NDArray[np.float32],
    window_fs: float,
    symbols: npt.ArrayLike | None = None,
    *,
    peak: int | None = None,
) -> Beats:
    """Return waveforms of a record as beats with their patient, record and RR intervals."""
    n = len(samples)
    return Beats.of(
        waveforms,
        fs=window_fs,
        samples=samples,
        rr=rr_intervals(samples, record.fs),
        symbols=symbols,
        patients=np.full(n, record.patient),
        records=np.full(n, record.name),
        peak=peak,
    )
