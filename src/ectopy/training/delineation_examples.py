"""What the delineator learns from: ten seconds of one lead, and which wave is under way at each moment.

Rows are kept at 250 Hz with labels at 500 Hz, so that a row can be played slower and faster and its labels
with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.beats.wave_marks import WAVES, WaveMarks
from ectopy.signal.resampling import resample

FS: Final = 250.0
"""Samples a second of a row."""

N_TIMES: Final = 2560
"""Samples in a row."""

FINE: Final = 2
"""Labels for each sample of a row."""

UNKNOWN: Final = -1
"""Label where nobody says what is under way."""

FAR: Final = 100.0
"""Milliseconds from a peak beyond which it does not matter how far."""

_MOMENT: Final = 8.0
_CENTRE: Final = 2.0
_UNBOUNDED_QRS: Final = 0.12
"""Seconds around a QRS complex without boundaries in which nobody can say what is under way."""


@dataclass(frozen=True, eq=False)
class DelineationExamples:
    """Stretches of single leads, one a row.

    Parameters
    ----------
    leads : ndarray of float32, shape (n, 2560)
        In mV at 250 Hz; NaN before the recording begins and after it ends.
    labels : ndarray of int8, shape (n, 5120)
        0 for none, 1 to 3 for P, QRS and T, -1 for unknown, at 500 Hz.
    distances : ndarray of float16, shape (n, 3, 1280)
        Milliseconds from each moment to the nearest peak of P, QRS and T, 100 at most.
    """

    leads: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int8]
    distances: npt.NDArray[np.float16]

    @property
    def arrays(self) -> tuple[npt.NDArray[np.generic], ...]:
        """The three arrays in order, as the training loop takes them."""
        return self.leads, self.labels, self.distances

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join examples."""
        return cls(*(np.concatenate(column) for column in zip(*(part.arrays for part in parts), strict=True)))


def delineation_example(
    lead: npt.NDArray[np.float32],
    fs: float,
    waves: WaveMarks,
    known: Sequence[tuple[float, float]],
    centre: float,
) -> DelineationExamples:
    """Make one row.

    Parameters
    ----------
    lead : ndarray of float32, shape (n_samples,)
        In mV.
    fs : float
        Sampling frequency in Hz.
    waves : WaveMarks
        In samples of the lead.
    known : sequence of (float, float)
        Between which samples every wave is marked.
    centre : float
        Sample that stands in the middle of the row.

    Returns
    -------
    DelineationExamples
        Of one row.
    """
    first = centre / fs - N_TIMES / FS / 2
    first = round(first * FS) / FS
    low = resample(lead, fs, FS)
    row = np.full(N_TIMES, np.nan, dtype=np.float32)
    source = np.arange(N_TIMES) + round(first * FS)
    inside = (source >= 0) & (source < len(low))
    row[inside] = low[source[inside]]
    labels = _labels(_shifted(waves, fs, first), [(a / fs - first, b / fs - first) for a, b in known])
    distances = _distances(_shifted(waves, fs, first))
    return DelineationExamples(row[None], labels[None], distances[None])


def silent_examples(noises: Sequence[npt.NDArray[np.float32]]) -> DelineationExamples:
    """Make rows without a heart in them: recorded noise alone.

    Parameters
    ----------
    noises : sequence of ndarray of float32, each of shape (n_samples, n_leads)
        In mV at 250 Hz.
    """
    rows = [noise[: len(noise) // N_TIMES * N_TIMES].T.reshape(-1, N_TIMES) for noise in noises]
    leads = np.concatenate(rows)[::4]
    n = len(leads)
    return DelineationExamples(
        np.ascontiguousarray(leads),
        np.zeros((n, FINE * N_TIMES), dtype=np.int8),
        np.full((n, len(WAVES), N_TIMES // 2), FAR, dtype=np.float16),
    )


def _shifted(waves: WaveMarks, fs: float, first: float) -> WaveMarks:
    """Return the waves in seconds from the start of the row."""
    return WaveMarks(
        waves.waves, waves.onsets / fs - first, waves.peaks / fs - first, waves.ends / fs - first
    )


def _labels(waves: WaveMarks, known: Sequence[tuple[float, float]]) -> npt.NDArray[np.int8]:
    seconds = np.arange(FINE * N_TIMES) / (FINE * FS)
    labels = np.full(FINE * N_TIMES, UNKNOWN, dtype=np.int8)
    for start, stop in known:
        labels[(seconds >= start) & (seconds <= stop)] = 0
    before = -np.inf
    for wave, onset, peak, end in zip(waves.waves, waves.onsets, waves.peaks, waves.ends, strict=True):
        if np.isnan(onset):  # from the last mark to the peak it may begin anywhere
            start = max(before, peak - _UNBOUNDED_QRS) if wave == "QRS" else before
            labels[(seconds > start) & (seconds < peak)] = UNKNOWN
        if np.isnan(end):
            labels[(seconds >= peak) & (seconds < peak + _UNBOUNDED_QRS)] = UNKNOWN
        start, stop = peak if np.isnan(onset) else onset, peak if np.isnan(end) else end
        if stop > start:
            labels[(seconds >= start) & (seconds <= stop)] = 1 + WAVES.index(str(wave))
        before = stop
    return labels


def _distances(waves: WaveMarks) -> npt.NDArray[np.float16]:
    moments = _MOMENT * np.arange(N_TIMES // 2) + _CENTRE
    rows = []
    for wave in WAVES:
        peaks = 1000 * np.concatenate([[-1e6], waves.of(wave).peaks, [1e6]])
        after = np.searchsorted(peaks, moments)
        nearest = np.minimum(moments - peaks[after - 1], peaks[after] - moments)
        rows.append(np.minimum(nearest, FAR))
    return np.stack(rows).astype(np.float16)
