"""What the signal classifier decided, frame by frame, and which samples that is said of."""

from __future__ import annotations

from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.signal_blocks import SignalBlocks, Step
from ectopy.models.artifact import Artifact
from ectopy.models.signal_classifier import BLOCK, FrameVerdicts, block_span, classify_block
from ectopy.signal.classifier_input import FRAME, INPUT_FS
from ectopy.signal.filters import runs
from ectopy.signal.quality import Quality

FIBRILLATION: Final = np.uint8(128)
"""Bit of samples in which the ventricles fibrillate: no `Quality`, for nothing is wrong with the signal."""

FRAME_SECONDS: Final = FRAME / INPUT_FS

CALM_SECONDS: Final = 15.0
"""Length of the stretches whose noise is compared: in so many seconds the rhythm of a heart can be read."""

CALM_SHARE: Final = 1 / 3
"""Share of these stretches that must be readable, the calmest ones, for the recording to be readable."""


class SignalMarks:
    """Takes the conditioned signal in order and hands out marks for the samples of the recording.

    Parameters
    ----------
    fs, window_fs : float
        Rates of the recording and of the conditioned signal in Hz.
    n_leads : int
        Columns of the signal.
    model : Artifact
        Of kind ``signal-classifier``.
    """

    def __init__(self, fs: float, window_fs: float, n_leads: int, model: Artifact) -> None:
        self._fs, self._n_leads = fs, n_leads
        self._blocks = SignalBlocks(n_leads, _step(window_fs, model))
        self._bits = np.zeros((0, n_leads), np.uint8)
        self._first = 0
        self._fibrillation: list[npt.NDArray[np.bool_]] = []
        self._artefact: list[npt.NDArray[np.float32]] = []
        self._first_block = 0
        self._clearest: list[npt.NDArray[np.float32]] = []

    @property
    def stop(self) -> int:
        """Samples of the recording that are decided on."""
        return ceil((self._first + len(self._bits)) * FRAME_SECONDS * self._fs)

    def push(self, conditioned: npt.NDArray[np.float32]) -> None:
        """Take the next samples of the conditioned signal, shape (n, n_leads)."""
        for block in self._blocks.push(conditioned):
            self._add(block.result)

    def flush(self) -> None:
        """Decide on what is left, now that no sample will follow."""
        for block in self._blocks.flush():
            self._add(block.result)

    def take(self, start: int, stop: int) -> npt.NDArray[np.uint8] | None:
        """Return the marks of some samples, shape (n, n_leads), and forget them; None where there is none."""
        first, last, following = self._frames(np.array([start, stop - 1, stop])).tolist()
        last += 1
        bits = self._bits[first - self._first : last - self._first]
        self._bits, kept = self._bits[following - self._first :], bits
        self._first = following
        if not kept.any():
            return None
        edges = np.clip(self._starts(np.arange(first, first + len(kept) + 1)), start, stop)
        edges[-1] = stop
        return np.repeat(kept, np.diff(edges), axis=0)

    def fibrillation(self, n_samples: int) -> npt.NDArray[np.int64]:
        """Return start and stop of each stretch in which the ventricles fibrillate, shape (n, 2)."""
        if not self._fibrillation:
            return np.empty((0, 2), np.int64)
        frames = np.stack(runs(np.concatenate(self._fibrillation)), axis=1)
        return np.minimum(np.ceil(frames * FRAME_SECONDS * self._fs), n_samples).astype(np.int64)

    @property
    def noisiness(self) -> float:
        """Mean probability that artefact hides the heart in every lead."""
        frames = np.concatenate(self._clearest or [np.zeros(0, np.float32)])
        return float(frames.mean(dtype=np.float64)) if len(frames) else 0.0

    @property
    def calm_noisiness(self) -> float:
        """What `noisiness` is in the calmest third of the stretches of fifteen seconds."""
        return calm_mean(np.concatenate(self._clearest or [np.zeros(0, np.float32)]))

    def artefact_at(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Return the probability of artefact around some samples that are decided on, rising, by lead.

        Nobody asks for earlier ones afterwards.
        """
        if not len(samples):
            return np.zeros((0, self._n_leads), np.float32)
        frames = self._frames(samples)
        first, last = (frames[[0, -1]] // BLOCK).tolist()
        del self._artefact[: first - self._first_block]
        self._first_block = first
        near = np.concatenate(self._artefact[: last + 1 - first])
        return np.asarray(near[np.minimum(frames - first * BLOCK, len(near) - 1)])

    def _add(self, verdicts: FrameVerdicts) -> None:
        bits = verdicts.unreadable * np.uint8(Quality.UNREADABLE)
        bits |= verdicts.fibrillation[:, np.newaxis] * FIBRILLATION
        self._bits = np.concatenate([self._bits, bits])
        self._fibrillation.append(verdicts.fibrillation)
        self._artefact.append(verdicts.artefact)
        self._clearest.append(verdicts.artefact.min(axis=1))

    def _starts(self, frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the first sample of each frame."""
        return np.ceil(frames * FRAME_SECONDS * self._fs).astype(np.int64)

    def _frames(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the frame in which each sample lies."""
        frames = (samples / (FRAME_SECONDS * self._fs)).astype(np.int64)
        return np.asarray(frames + (self._starts(frames + 1) <= samples))


def calm_mean(frames: npt.NDArray[np.float32]) -> float:
    """Return the mean of the calmest stretches: `CALM_SHARE` of those of `CALM_SECONDS` from each frame on.

    Parameters
    ----------
    frames : ndarray of float32, shape (n_frames,)
        Probabilities of artefact, one every `FRAME_SECONDS`; the mean of all where there is not one stretch.

    Examples
    --------
    >>> calm_mean(np.repeat(np.array([0.9, 0.1], np.float32), [40, 60])).__round__(3)
    0.1
    """
    if not len(frames):
        return 0.0
    length = min(len(frames), round(CALM_SECONDS / FRAME_SECONDS))
    total = np.cumsum(np.append(0.0, frames.astype(np.float64)))
    means = np.sort((total[length:] - total[:-length]) / length)
    return float(means[: ceil(CALM_SHARE * len(means))].mean())


def marks_reach(window_fs: float) -> float:
    """Return the seconds of conditioned signal to either side that have a say in a mark."""
    return block_span(window_fs)[1] / window_fs


def _step(window_fs: float, model: Artifact) -> Step:
    def work(part: npt.NDArray[np.float32], before: int, after: int, start: int) -> FrameVerdicts:
        return classify_block(part, window_fs, before, after, model)

    return Step(*block_span(window_fs), work)
