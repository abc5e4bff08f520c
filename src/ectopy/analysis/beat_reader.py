"""From samples, as they come, to the parts of a recording that can be judged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_parts import PartCutter
from ectopy.analysis.extraction import BeatExtractor, CutBeats
from ectopy.analysis.located_beats import LocatedBeats, locate
from ectopy.analysis.wave_sieve import WaveSieve
from ectopy.beats.windows import WindowSpec

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline


class BeatReader:
    """Cuts the beats of a recording in one way, leaves out stray waves, and hands out parts of them.

    Parameters
    ----------
    pipeline : Pipeline
        The models of the signal.
    fs : float
        Sampling frequency in Hz.
    n_leads : int
        Columns of the signal.
    window : WindowSpec
        How the beats are cut.
    r_peaks : ndarray of int64, optional
        R peaks that are known: they are beats, whatever they look like, and stay where they are.
    leader : BeatReader, optional
        Another reader of the same samples, given them first, whose stray waves are those of this one too.

    Attributes
    ----------
    extractor : BeatExtractor
        What is known of the signal.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        fs: float,
        n_leads: int,
        window: WindowSpec,
        r_peaks: npt.NDArray[np.int64] | None = None,
        leader: BeatReader | None = None,
    ) -> None:
        self.extractor = BeatExtractor(fs, n_leads, window, pipeline.qrs, pipeline.signal, r_peaks)
        self._fs, self._window, self._given = fs, window, r_peaks is not None
        self._sieve: WaveSieve = WaveSieve(fs, window, leader._sieve if leader else None)
        self._cutter = PartCutter()

    def push(self, samples: npt.NDArray[np.float32]) -> Iterator[tuple[CutBeats, slice]]:
        """Take samples, shape (n, n_leads); yield each part that is complete, and which rows are its own."""
        yield from self._cut(self.extractor.push(samples), ended=False)

    def flush(self) -> Iterator[tuple[CutBeats, slice]]:
        """Yield the parts that are left, now that no sample will follow."""
        yield from self._cut(self.extractor.flush(), ended=True)
        yield from self._cutter.flush()

    def _cut(self, beats: CutBeats, *, ended: bool) -> Iterator[tuple[CutBeats, slice]]:
        return self._cutter.push(beats if self._given else self._sieve.push(beats, ended=ended))

    def locate(self, cut: CutBeats, blind: npt.NDArray[np.int64]) -> LocatedBeats:
        """Return the beats of a part where they are, on the leads that show them best.

        Parameters
        ----------
        cut : CutBeats
            The part with the beats beside it.
        blind : ndarray of int64, shape (n, 2)
            Start and stop of the stretches in which every lead is missing.
        """
        return locate(cut, self._fs, self._window, blind, move=not self._given)
