"""From samples, as they come, to beats: R peaks, the quality of the signal around each, and its windows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.rolling import Rolling
from ectopy.analysis.signal_blocks import Block, SignalBlocks, Step
from ectopy.analysis.signal_marks import FIBRILLATION, SignalMarks, marks_reach
from ectopy.beats.windows import (
    QRS_HALF,
    WindowSpec,
    condition_block,
    condition_block_size,
    condition_reach,
    window_centres,
)
from ectopy.models.artifact import Artifact
from ectopy.models.qrs_detector import block_span, detect_block
from ectopy.rhythm.pacing import BEFORE_R, REFRACTORY, SPIKE_FLOOR
from ectopy.signal.cleaning import clean_block_length, clean_piece, clean_reach
from ectopy.signal.pacing_spikes import pacing_spikes
from ectopy.signal.quality import FAULTS, Quality, assess, assess_reach, block_length
from ectopy.signal.quality_log import QualityLog

SLACK: Final = 0.08
"""Seconds that a window is cut longer on each side, so that its beat can be moved to fit the template."""

BLOCK: Final = 300.0
"""Seconds of signal that are worked on at a time, about."""

CLEANED: Final = 60.0
"""Seconds of signal that are cleaned at a time, about."""

UNREADABLE: Final = (
    np.uint8(Quality.MISSING | Quality.FLAT | Quality.ARTEFACT | Quality.UNREADABLE) | FIBRILLATION
)
"""What a QRS cannot be judged through."""

SHOWN: Final = UNREADABLE & ~np.uint8(Quality.UNREADABLE)
"""The same without what the signal classifier alone says, which knows no beats."""

HELD: Final = (0.02, 2.0)
"""Seconds over which every lead stays where it is at the end of a recording, from which on and up to which
this is no signal but the last sample repeated to fill a length, as in all of PTB-XL; more is flat."""

EDGE: Final = 0.05
"""Seconds at either end of a recording in which nobody can say whether a peak has been passed."""


def slack(window: WindowSpec) -> int:
    """Return the samples by which windows are cut longer on each side."""
    return int(np.ceil(SLACK * window.fs))


@dataclass(frozen=True, eq=False)
class CutBeats:
    """Beats as they were detected, every lead of each.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks, rising.
    windows : ndarray of float32, shape (n_beats, n_leads, n_times + 2 * slack)
        In mV, conditioned.
    spoilt : ndarray of float32, shape (n_beats, n_leads, n_faults)
        Which share of the window each fault takes.
    r_peaks : ndarray of float64, shape (n_beats,)
        R peaks between the samples.
    readable : ndarray of bool, shape (n_beats, n_leads)
        Whether each lead shows the whole QRS, outside artefact.
    shown : ndarray of bool, shape (n_beats, n_leads)
        The same, whatever the signal classifier says of artefact.
    spike_delays : ndarray of float16, shape (n_beats,)
        Seconds from the last spike, as of a pacemaker, that stands or stood before the R peak on any lead;
        NaN where there is none, and where another comes too soon after the beat.
    artefact : ndarray of float32, shape (n_beats, n_leads)
        Probability that each lead shows artefact there; zero where no model says it.
    recorded : ndarray of int64, shape (n_beats, 2)
        First sample of the window that lies in the recording, and the one after the last; beyond its ends
        the outermost samples are held.
    """

    samples: npt.NDArray[np.int64]
    windows: npt.NDArray[np.float32]
    spoilt: npt.NDArray[np.float32]
    r_peaks: npt.NDArray[np.float64]
    readable: npt.NDArray[np.bool_]
    shown: npt.NDArray[np.bool_]
    spike_delays: npt.NDArray[np.float16]
    artefact: npt.NDArray[np.float32]
    recorded: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, rows: slice | npt.NDArray[np.bool_]) -> CutBeats:
        return CutBeats(*(column[rows] for column in vars(self).values()))

    @classmethod
    def concatenate(cls, parts: Sequence[CutBeats]) -> CutBeats:
        """Join beats of one recording."""
        columns = ([getattr(part, field.name) for part in parts] for field in fields(cls))
        return cls(*(np.concatenate(column) for column in columns))


class BeatExtractor:
    """Takes the samples of a recording in any portions and hands out its beats in order.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    n_leads : int
        Columns of the signal.
    window : WindowSpec
        How the beats are cut.
    qrs : Artifact
        Of kind ``qrs-detector``.
    signal : Artifact, optional
        Of kind ``signal-classifier``; without it, rules alone say what cannot be read.
    r_peaks : ndarray of int64, optional
        R peaks that are known: nothing is detected.

    Attributes
    ----------
    quality : QualityLog
        What was wrong with the signal so far.
    marks : SignalMarks or None
        Where the ventricles fibrillate, and how noisy the signal is.
    """

    def __init__(
        self,
        fs: float,
        n_leads: int,
        window: WindowSpec,
        qrs: Artifact,
        signal: Artifact | None = None,
        r_peaks: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self.quality = QualityLog(n_leads)
        self.marks = SignalMarks(fs, window.fs, n_leads, signal) if signal else None
        self._fs, self._window = fs, window
        self._given = r_peaks is not None
        self._peaks = np.empty(0) if r_peaks is None else r_peaks.astype(np.float64)
        self._level = Rolling(np.float32, n_leads)
        self._flags = Rolling(np.uint8, n_leads)
        self._unmarked = Rolling(np.uint8, n_leads)
        self._spikes = Rolling(np.uint8, 1)
        self._cleaning = SignalBlocks(n_leads, _cleaning_step(fs))
        steps = [_quality_step(fs), _condition_step(fs, window)]
        self._blocks = SignalBlocks(n_leads, *steps, *([] if self._given else [_qrs_step(fs, qrs)]))
        self._detected = 0
        self._latest = np.empty((0, n_leads), np.float32)
        self._held = 0

    @property
    def n_samples(self) -> int:
        """Samples taken so far."""
        return self._cleaning.n_samples

    def push(self, samples: npt.NDArray[np.float32]) -> CutBeats:
        """Take samples, shape (n, n_leads), and return the beats whose surroundings are complete."""
        latest = round(HELD[1] * self._fs)
        self._latest = np.concatenate([self._latest, samples[-latest:]])[-latest:]
        self._work(self._cleaning.push(samples))
        return self._cut(ended=False)

    def flush(self) -> CutBeats:
        """Return the beats that are left, now that no sample will follow."""
        self._work(self._cleaning.flush())
        for block in self._blocks.flush():
            self._take(block)
        if self.marks:
            self.marks.flush()
        self._mark(self._unmarked.stop)
        held = _held_at_the_end(self._latest)
        self._held = held if held >= HELD[0] * self._fs else 0
        return self._cut(ended=True)

    def _work(self, cleaned: Iterable[Block]) -> None:
        """Take cleaned samples, all at once: the more blocks are complete, the more run side by side."""
        results = [block.result for block in cleaned]
        if not results:
            return
        self._spikes.append(np.concatenate([spikes for _, spikes in results]))
        for block in self._blocks.push(*(samples for samples, _ in results)):
            self._take(block)

    def _take(self, block: Block) -> None:
        if block.step == 0:
            self._unmarked.append(block.result)
        elif block.step == 1:
            self._level.append(block.result)
            if self.marks:
                self.marks.push(block.result)
            self._mark(min(self._unmarked.stop, self.marks.stop) if self.marks else self._unmarked.stop)
        else:
            peaks = block.result + block.start
            self._peaks = np.concatenate([self._peaks, peaks[peaks >= EDGE * self._fs]])
            self._detected = block.stop

    def _mark(self, stop: int) -> None:
        """Join what rules and the signal classifier say of the samples until ``stop``."""
        start = self._flags.stop
        if stop <= start:
            return
        flags = self._unmarked.part(start, stop)
        marks = self.marks.take(start, stop) if self.marks else None
        self.quality.add(flags if marks is None else flags | (marks & ~FIBRILLATION))
        self._flags.append(flags if marks is None else flags | marks)
        self._unmarked.forget(stop)

    def _cut(self, ended: bool) -> CutBeats:
        if ended and not self._given:
            self._peaks = self._peaks[self._peaks < self.n_samples - EDGE * self._fs]
        ready = len(self._peaks) if ended else self._n_ready()
        peaks, self._peaks = self._peaks[:ready], self._peaks[ready:]
        samples = nearest_samples(peaks)
        cut = CutBeats(
            samples,
            self._windows(samples),
            self._spoilt(samples),
            peaks,
            self._without(UNREADABLE, samples),
            self._without(SHOWN, samples),
            self._spike_delays(samples),
            self._artefact(samples),
            self._recorded(samples),
        )
        self._forget()
        return cut

    def _n_ready(self) -> int:
        """Count the peaks around which every sample that will be looked at is there."""
        window, reach = self._window, slack(self._window)
        samples = nearest_samples(self._peaks)
        centres = window_centres(samples, self._fs, window.fs)
        _, after = self._extent()
        whole = (centres + window.after + reach < self._level.stop) & (samples + after <= self._flags.stop)
        return int(whole.argmin()) if not whole.all() else len(whole)

    def _extent(self) -> tuple[int, int]:
        """Return the samples before and after an R peak over which quality is judged."""
        scale = self._fs / self._window.fs
        return round(self._window.before * scale), round(self._window.after * scale)

    def _windows(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        firsts, length = self._firsts(samples)
        inside = (firsts >= self._level.start) & (firsts + length <= self._level.stop)
        windows = np.empty((len(samples), self._level.n_leads, length), np.float32)
        if inside.any():
            windows[inside] = self._level.windows(firsts[inside], length)
        if not inside.all():
            index = np.clip(firsts[~inside, np.newaxis] + np.arange(length), 0, self._level.stop - 1)
            windows[~inside] = self._level.at(index)
        return windows

    def _recorded(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        firsts, length = self._firsts(samples)
        stop = self._level.stop - ceil(self._held * self._window.fs / self._fs)
        return np.stack([-firsts, stop - firsts], axis=1).clip(0, length)

    def _firsts(self, samples: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], int]:
        """Return where the window of each beat begins, and how long it is."""
        window, reach = self._window, slack(self._window)
        firsts = window_centres(samples, self._fs, window.fs) - window.before - reach
        return firsts, window.n_times + 2 * reach

    def _spoilt(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        before, after = self._extent()
        length = min(before + after, self._flags.stop)
        starts = np.clip(samples - before, 0, max(0, self._flags.stop - length))
        shares = np.zeros((len(samples), self._flags.n_leads, len(FAULTS)), np.float32)
        if not len(samples):
            return shares
        seen = self._flags.seen()
        for number, fault in enumerate(FAULTS):
            if not seen & fault:
                continue
            total = self._flags.running_count(np.uint8(fault))
            counts = total[starts + length - self._flags.start] - total[starts - self._flags.start]
            shares[..., number] = counts.astype(np.float32) / np.float32(length)
        return shares

    def _without(self, faults: np.uint8, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return where the whole QRS was recorded without some faults, shape (n_beats, n_leads)."""
        half = round(QRS_HALF * self._fs)
        inside = (samples >= half) & (samples + half < self._flags.stop - self._held)
        if not len(samples) or not self._flags.seen() & faults:
            return np.repeat(inside[:, np.newaxis], self._flags.n_leads, axis=1)
        total = self._flags.running_count(faults)
        first = np.clip(samples - half, self._flags.start, None) - self._flags.start
        last = np.clip(samples + half + 1, None, self._flags.stop) - self._flags.start
        return (total[last] == total[first]) & inside[:, np.newaxis]

    def _spike_delays(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float16]:
        spikes = np.flatnonzero(self._spikes.part(self._spikes.start, self._spikes.stop)) + self._spikes.start
        delays = np.full(len(samples), np.nan, np.float16)
        if not len(samples) or not len(spikes):
            return delays
        first, last, then, after = (
            samples - round(seconds * self._fs) for seconds in (*BEFORE_R, *REFRACTORY)
        )
        latest = spikes[np.maximum(np.searchsorted(spikes, last) - 1, 0)]
        stray = np.searchsorted(spikes, after) > np.searchsorted(spikes, then)
        paced = (latest >= first) & (latest < last) & ~stray
        delays[paced] = (samples - latest)[paced] / self._fs
        return delays

    def _artefact(self, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        if self.marks is None:
            return np.zeros((len(samples), self._flags.n_leads), np.float32)
        return self.marks.artefact_at(samples)

    def _forget(self) -> None:
        """Drop what no beat to come will need."""
        before, _ = self._extent()
        detected = self._blocks.n_samples if self._given else self._detected
        oldest = int(self._peaks[0]) if len(self._peaks) else detected
        oldest = max(0, oldest - before - round(2 * SLACK * self._fs))
        self._flags.forget(oldest)
        self._spikes.forget(oldest)
        centre = int(window_centres(np.array([oldest]), self._fs, self._window.fs)[0])
        self._level.forget(max(0, centre - slack(self._window) - 2))


def _held_at_the_end(samples: npt.NDArray[np.float32]) -> int:
    """Return how often the last sample of all leads, shape (n, n_leads), only repeats the one before."""
    changes = np.flatnonzero((samples[1:] != samples[:-1]).any(axis=1))
    return len(samples) - 1 - (int(changes[-1]) + 1 if len(changes) else 0)


def nearest_samples(peaks: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the sample nearest to each R peak; halves go up."""
    return np.floor(peaks + 0.5).astype(np.int64)


def _cleaning_step(fs: float) -> Step:
    length = clean_block_length(fs)

    def work(
        part: npt.NDArray[np.float32], before: int, after: int, start: int
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
        cleaned = clean_piece(part, fs, start - before)
        core = slice(before, len(part) - after)
        spikes = np.zeros((len(part[core]), 1), np.uint8)
        if cleaned is not part:
            with np.errstate(invalid="ignore", over="ignore"):
                for lead, bridged in zip(part[core].T, cleaned[core].T, strict=True):
                    spikes[:, 0] |= np.abs(lead - bridged) > SPIKE_FLOOR
        for lead in cleaned.T:
            tops = pacing_spikes(lead, fs) - before
            spikes[tops[(tops >= 0) & (tops < len(spikes))]] = 1
        return cleaned[core], spikes

    return Step(length * max(1, round(CLEANED * fs / length)), clean_reach(fs), work)


def _quality_step(fs: float) -> Step:
    length = block_length(fs)

    def work(part: npt.NDArray[np.float32], before: int, after: int, start: int) -> npt.NDArray[np.uint8]:
        return assess(part, fs)[before : len(part) - after]

    return Step(length * max(1, round(BLOCK * fs / length)), assess_reach(fs), work)


def _condition_step(fs: float, window: WindowSpec) -> Step:
    def work(part: npt.NDArray[np.float32], before: int, after: int, start: int) -> npt.NDArray[np.float32]:
        return condition_block(part, fs, window.fs, before, after)

    return Step(condition_block_size(fs, window.fs, BLOCK), condition_reach(fs, window.fs), work)


def _qrs_step(fs: float, qrs: Artifact) -> Step:
    def work(part: npt.NDArray[np.float32], before: int, after: int, start: int) -> npt.NDArray[np.float64]:
        return detect_block(part, fs, before, after, qrs)

    return Step(*block_span(fs), work)


def reach(fs: float, window: WindowSpec) -> float:
    """Return the seconds after an R peak whose samples have a say in where and how well it is seen."""
    marked = condition_reach(fs, window.fs) + ceil(marks_reach(window.fs) * fs)
    return (clean_reach(fs) + max(assess_reach(fs), marked, block_span(fs)[1])) / fs
