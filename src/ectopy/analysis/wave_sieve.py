"""Between the detector and the parts: beats that turn out to be P or T waves are left out.

What a usual beat looks like takes many beats, so they are looked at in groups on a grid that hangs on the
first one; the result does not depend on how the recording was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import CutBeats, slack
from ectopy.beats.stray_waves import stray_waves
from ectopy.beats.windows import WindowSpec

GROUP: Final = 250
"""Beats that are compared with each other: some minutes; more than half of them are beats."""


class WaveSieve:
    """Takes cut beats in any portions and hands on those that are no stray waves.

    Parameters
    ----------
    fs : float
        Sampling frequency of the recording in Hz.
    window : WindowSpec
        How the beats are cut.
    leader : WaveSieve, optional
        Another sieve of the same beats, cut in another way, whose decisions are followed; it must be given
        them first.

    Attributes
    ----------
    stray : ndarray of bool
        Which of the beats that are decided are stray waves; empty where a leader decides.
    """

    def __init__(self, fs: float, window: WindowSpec, leader: WaveSieve | None = None) -> None:
        self._fs, self._window, self._leader = fs, window, leader
        self._kept: list[CutBeats] = []
        self._n_done = 0
        self.stray = np.empty(0, np.bool_)

    def push(self, beats: CutBeats, *, ended: bool = False) -> CutBeats:
        """Take the next beats, and whether they are the last; return those that are decided and stay."""
        together = CutBeats.concatenate([*self._kept, beats])
        if not self._leader and (groups := list(self._groups(together, ended))):
            self.stray = np.concatenate([self.stray, *groups])
        decided = (self._leader or self).stray[self._n_done :][: len(together)]
        self._kept = [together[len(decided) :]]
        self._n_done += len(decided)
        return together[: len(decided)][~decided]

    def _groups(self, beats: CutBeats, ended: bool) -> Iterator[npt.NDArray[np.bool_]]:
        """Yield which beats are stray waves, for each group that is complete; the last one is longer."""
        start = 0
        while len(beats) - start >= 2 * GROUP or (ended and start < len(beats)):
            stop = start + GROUP if len(beats) - start >= 2 * GROUP else len(beats)
            peak = self._window.before + slack(self._window)
            rr = np.diff(beats.r_peaks[start:stop], prepend=np.nan) / self._fs
            yield stray_waves(beats.windows[start:stop], rr, self._window.fs, peak)
            start = stop
