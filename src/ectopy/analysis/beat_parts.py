"""Parts of a recording, and the beats of each once they are judged.

What looks at more than the neighbours of a beat, the patient template above all, looks at one part: about
2,000 consecutive beats, half an hour, and `HALO` beats of the parts beside it. Parts lie on a grid that hangs
on the first beat, so the result is the same however the recording was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import CutBeats, slack
from ectopy.beats.portions import give_back
from ectopy.beats.template import TEMPLATE_BEATS, quick_median
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.models.detectors import Detector

HALO: Final = 200
"""Beats on each side of a part that are looked at with it: more than the five minutes of RR context."""

LAST_PART: Final = TEMPLATE_BEATS // 2
"""Fewest beats that the last part of a recording may have; fewer join the part before."""

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class JudgedBeats:
    """Beats of one part with the opinions of both models; one row per beat.

    Parameters
    ----------
    samples : ndarray of int64
        R peak.
    lead, fault : ndarray of int
        Column of the lead it was cut from, and what spoils that, as in `LocatedBeats`; in as few bytes as
        they need.
    rr, scores : ndarray of float32
        Seconds since the beat before; anomaly score, NaN where the beat cannot be judged.
    r_peaks : ndarray of float64
        R peak between the samples.
    probabilities : ndarray of float32, shape (n_beats, n_classes)
        Of the classifier.
    fibrillating : ndarray of bool
        Whether the beat is in atrial fibrillation.
    spike_delays : ndarray of float16
        Seconds from a spike to the R peak, as in `CutBeats`.
    artefact : ndarray of float32
        Probability of artefact around the beat.
    waveforms : ndarray of float32, shape (n_beats, n_times)
        In mV.
    averages : ndarray of float32, shape (n_leads, n_times)
        Median beat of each lead in this part.
    """

    samples: Rows
    r_peaks: npt.NDArray[np.float64]
    lead: npt.NDArray[np.signedinteger]
    fault: npt.NDArray[np.signedinteger]
    rr: Floats
    scores: Floats
    probabilities: Floats
    fibrillating: npt.NDArray[np.bool_]
    spike_delays: npt.NDArray[np.float16]
    artefact: Floats
    waveforms: Floats
    averages: Floats

    def __len__(self) -> int:
        return len(self.samples)


def part_bounds(n_beats: int) -> list[tuple[int, int]]:
    """Return first beat, and the one after the last, of each part of a recording of so many beats.

    Examples
    --------
    >>> part_bounds(2999), part_bounds(5200)
    ([(0, 2999)], [(0, 2000), (2000, 4000), (4000, 5200)])
    """
    n_parts = max(1, (n_beats + LAST_PART) // TEMPLATE_BEATS)
    starts = [TEMPLATE_BEATS * number for number in range(n_parts)]
    return list(zip(starts, [*starts[1:], n_beats], strict=True))


class PartCutter:
    """Gathers cut beats and hands out each part with its halo as soon as it cannot change any more."""

    def __init__(self) -> None:
        self._kept: list[CutBeats] = []
        self._first = 0
        self._start = 0

    def push(self, beats: CutBeats) -> Iterator[tuple[CutBeats, slice]]:
        """Take the next beats; yield parts with their halos, and which rows are the part itself."""
        if len(beats):
            self._kept.append(beats)
        while self._n_beats >= self._start + TEMPLATE_BEATS + LAST_PART:
            yield self._part(self._start + TEMPLATE_BEATS)

    def flush(self) -> Iterator[tuple[CutBeats, slice]]:
        """Yield the last part."""
        if self._n_beats > self._start:
            yield self._part(self._n_beats)

    @property
    def _n_beats(self) -> int:
        return self._first + sum(map(len, self._kept))

    def _part(self, stop: int) -> tuple[CutBeats, slice]:
        together = CutBeats.concatenate(self._kept)
        begin, end = max(0, self._start - HALO), min(stop + HALO, self._n_beats)
        part = together[slice(begin - self._first, end - self._first)]
        core = slice(self._start - begin, stop - begin)
        keep = max(0, stop - HALO)
        self._kept, self._first, self._start = [together[slice(keep - self._first, None)]], keep, stop
        return part, core


def reconstructed(chosen: Rows, beats: Beats, leads: npt.NDArray[np.str_], detector: Detector) -> Floats:
    """Return what was expected in place of some beats, part by part, shape (n, n_times) in mV."""
    pictures = np.zeros((len(chosen), detector.window.n_times), np.float32)
    for start, stop in part_bounds(len(beats)):
        inside = (chosen >= start) & (chosen < stop)
        if inside.any():
            expected = detector.expected(beats[start:stop], sources=leads[start:stop])
            pictures[inside] = expected[chosen[inside] - start, 0]
            give_back(beats.waveforms)
    return pictures


def average_beats(cut: CutBeats, window: WindowSpec, most: int = 500) -> Floats:
    """Return the median beat of each lead, shape (n_leads, n_times), of so many beats at the most."""
    margin = slack(window)
    some = cut.windows[:: max(1, len(cut) // most), :, margin : margin + window.n_times]
    return quick_median(some, axis=0)
