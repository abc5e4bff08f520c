"""How high the waves of each beat stand: amplitudes, net height of the QRS complex, ST levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.waves import MARKS
from ectopy.models.wave_candidates import Reader, Size

ST_SECONDS: Final = (0.06, 0.08)
"""Seconds after the end of the QRS complex (the J point) where the ST level is measured."""

LONGEST_QRS: Final = 0.3
"""Seconds of a QRS complex that are looked at."""

_LEVEL_SECONDS: Final = 0.008
"""Half of the stretch around a mark whose mean is the level there."""

_READ_SECONDS: Final = 120.0
"""Seconds of the recording whose beats are measured together."""

_P_ONSET, _QRS_ONSET, _QRS_END = (MARKS.index(name) for name in ("p_onset", "qrs_onset", "qrs_end"))
_PEAKS: Final = [MARKS.index(f"{wave}_peak") for wave in ("p", "qrs", "t")]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heights:
    """Heights in mV; NaN where there is no such wave.

    Parameters
    ----------
    amplitudes : ndarray of float64, shape (n_beats, n_leads, 3)
        Of P at its peak, above its onset; of QRS and T at their peaks, above the onset of QRS.
    qrs_net : ndarray of float64, shape (n_beats, n_leads)
        Highest and lowest point of the QRS complex above its onset, added up.
    st : ndarray of float64, shape (n_beats, n_leads, 2)
        Level 60 and 80 ms after the J point, above the onset of QRS.
    """

    amplitudes: Floats
    qrs_net: Floats
    st: Floats


def measure_heights(marks: Floats, beats: npt.NDArray[np.int64], read: Reader, size: Size) -> Heights:
    """Measure the waves of every beat on every lead, reading two minutes at a time.

    Parameters
    ----------
    marks : ndarray of float64, shape (n_beats, n_leads, 9)
        In samples.
    beats : ndarray of int64, shape (n_beats,)
        R peaks.
    read : callable
        ``read(start, stop)`` → ndarray of float32, shape (stop - start, n_leads), in mV.
    size : Size
        Of the recording.
    """
    shape = marks.shape[:2]
    heights = Heights(np.full((*shape, 3), np.nan), np.full(shape, np.nan), np.full((*shape, 2), np.nan))
    group = np.floor_divide(beats, round(_READ_SECONDS * size.fs))
    for rows in np.split(np.arange(len(beats)), np.flatnonzero(np.diff(group)) + 1):
        there = marks[rows][np.isfinite(marks[rows])]
        if not len(there):
            continue
        margin = (ST_SECONDS[-1] + _LEVEL_SECONDS) * size.fs + 1
        start = max(0, int(there.min() - margin))
        signal = read(start, min(size.n_samples, int(there.max() + margin) + 1)).astype(np.float64)
        part = _measure(marks[rows] - start, signal, size.fs)
        heights.amplitudes[rows], heights.qrs_net[rows], heights.st[rows] = vars(part).values()
    return heights


def _measure(marks: Floats, signal: Floats, fs: float) -> Heights:
    """Measure the waves of some beats in the stretch of signal that holds them."""
    onset, end = marks[:, :, _QRS_ONSET], marks[:, :, _QRS_END]
    after = end[:, :, None] + np.array(ST_SECONDS) * fs
    levels = _level(np.concatenate([marks[:, :, [_P_ONSET, _QRS_ONSET]], after], axis=2), signal, fs)
    base, st = levels[:, :, [0, 1, 1]], levels[:, :, 2:]
    peaks = _gather(marks[:, :, _PEAKS], signal)
    longest = min(LONGEST_QRS * fs, np.nanmax(end - onset, initial=0) + 1)
    times = onset[:, :, None] + np.arange(round(longest))
    values = np.where(times <= end[:, :, None], _gather(times, signal), np.nan)
    net = np.fmax.reduce(values, axis=2) + np.fmin.reduce(values, axis=2) - 2 * base[:, :, 1]
    return Heights(peaks - base, net, st - base[:, :, 1:2])


def _level(places: Floats, signal: Floats, fs: float) -> Floats:
    """Return the mean of the signal around each place."""
    half = round(_LEVEL_SECONDS * fs)
    return _gather(places[..., None] + np.arange(-half, half + 1), signal).mean(axis=-1)


def _gather(places: Floats, signal: Floats) -> Floats:
    """Return the sample nearest to each place, whose second axis is the lead; NaN where there is no place."""
    there = np.isfinite(places)
    index = np.clip(np.rint(np.where(there, places, 0)), 0, len(signal) - 1).astype(np.int64)
    columns = np.arange(signal.shape[1]).reshape(1, -1, *[1] * (places.ndim - 2))
    return np.where(there, signal[index, columns], np.nan)
