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

READ: Final = 2**20
"""Samples, of all leads together, that are read at a time: four megabytes."""

_P_ONSET, _QRS_ONSET, _QRS_END = (MARKS.index(name) for name in ("p_onset", "qrs_onset", "qrs_end"))
_PEAKS: Final = [MARKS.index(f"{wave}_peak") for wave in ("p", "qrs", "t")]

Floats = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]


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
    """Measure the waves of every beat on every lead, reading four megabytes at a time.

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
    group = np.floor_divide(beats, max(1, READ // size.n_leads))
    for rows in np.split(np.arange(len(beats)), np.flatnonzero(np.diff(group)) + 1):
        there = marks[rows][np.isfinite(marks[rows])]
        if not len(there):
            continue
        margin = (ST_SECONDS[-1] + _LEVEL_SECONDS) * size.fs + 1
        start = max(0, int(there.min() - margin))
        signal = read(start, min(size.n_samples, int(there.max() + margin) + 1))
        part = _measure(marks[rows] - start, signal, size.fs)
        heights.amplitudes[rows], heights.qrs_net[rows], heights.st[rows] = part
    return heights


def _measure(marks: Floats, leads: Samples, fs: float) -> tuple[Floats, Floats, Floats]:
    """Measure the waves of some beats, marked (n_beats, n_leads, 9), in the stretch of leads around them."""
    after = marks[..., [_QRS_END]] + np.array(ST_SECONDS) * fs
    levels = _level(np.concatenate([marks[..., [_P_ONSET, _QRS_ONSET]], after], axis=-1), leads, fs)
    peaks = _gather(marks[..., _PEAKS], leads, np.zeros(1, np.int64))[..., 0]
    net = _net(marks[..., _QRS_ONSET], marks[..., _QRS_END], leads, round(LONGEST_QRS * fs))
    return peaks - levels[..., [0, 1, 1]], net - 2 * levels[..., 1], levels[..., 2:] - levels[..., 1:2]


def _net(onsets: Floats, ends: Floats, leads: Samples, longest: int) -> Floats:
    """Return the highest and the lowest sample from each onset to its end, added up."""
    net = np.full(onsets.shape, np.nan)
    there = np.isfinite(onsets + ends)
    starts, stops = _nearest(onsets[there]), np.minimum(_nearest(ends[there]), len(leads) - 1)
    offsets = np.arange(min(longest, (stops - starts).max(initial=0) + 1))
    values = leads[np.minimum(starts[:, None] + offsets, stops[:, None]), there.nonzero()[1][:, None]]
    net[there] = values.max(axis=1, initial=-np.inf) + values.min(axis=1, initial=np.inf).astype(np.float64)
    return net


def _level(places: Floats, leads: Samples, fs: float) -> Floats:
    """Return the mean of each lead around its places."""
    half = round(_LEVEL_SECONDS * fs)
    return np.asarray(_gather(places, leads, np.arange(-half, half + 1)).mean(axis=-1))


def _gather(places: Floats, leads: Samples, offsets: npt.NDArray[np.int64]) -> Floats:
    """Return the samples at some offsets from the one nearest to each place; NaN where there is no place.

    Parameters
    ----------
    places : ndarray of float64, shape (n_beats, n_leads, n_places)
        In samples.
    leads : ndarray of float32, shape (n_samples, n_leads)
        In mV.
    offsets : ndarray of int64, shape (n_offsets,)
        In samples.

    Returns
    -------
    ndarray of float64, shape (n_beats, n_leads, n_places, n_offsets)
    """
    there = np.isfinite(places)
    index = np.clip(_nearest(np.where(there, places, 0))[..., None] + offsets, 0, len(leads) - 1)
    lead = np.arange(leads.shape[1])[:, None, None]
    return np.where(there[..., None], leads[index, lead].astype(np.float64), np.nan)


def _nearest(places: Floats) -> npt.NDArray[np.int64]:
    return np.rint(places).astype(np.int64)
