"""An analysis that takes a recording as it comes, and keeps of it only what it still needs.

Whole recordings, chunks of a file and packets of a stream all go this way, so all give the same result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.atrial_rhythm import atrial_rhythm
from ectopy.analysis.beat_classes import most_probable
from ectopy.analysis.beat_parts import JudgedBeats, average_beats
from ectopy.analysis.beat_reader import BeatReader
from ectopy.analysis.beat_store import BeatStore
from ectopy.analysis.digest import SignalDigest
from ectopy.analysis.extraction import CutBeats
from ectopy.analysis.judging import judge, without_premature
from ectopy.parallel import one_blas_thread
from ectopy.signal.quality_log import QualityLog

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline

_AHEAD: Final = 4
"""Parts that may wait to be judged, so that a fast reader does not fill the memory."""

_NO_SPANS: Final = np.empty((0, 2), np.int64)


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that an analysis has found, in columns; one row per beat.

    Parameters
    ----------
    beats : JudgedBeats
        Of the whole recording; ``waveforms`` lie in a file that is gone when nobody uses them any more.
    quality : QualityLog
        What was wrong with the signal.
    spread : ndarray of float32, shape (n_leads,)
        Difference between the largest and the smallest sample of each lead; NaN where there is none.
    n_samples : int
        Length of the recording.
    digest : str
        SHA-256 of rate, lead names and samples, in hexadecimal digits.
    fibrillation : ndarray of int64, shape (n, 2)
        First sample, and the one after the last, of each stretch of ventricular fibrillation.
    noisiness : float
        Mean probability that artefact hides the heart in every lead.
    calm_noisiness : float
        The same in the calmest third of the stretches of fifteen seconds.
    """

    beats: JudgedBeats
    quality: QualityLog
    spread: npt.NDArray[np.float32]
    n_samples: int
    digest: str
    fibrillation: npt.NDArray[np.int64]
    noisiness: float
    calm_noisiness: float


class RunningAnalysis:
    """Takes samples in any portions and judges beats as soon as their part of the recording is complete.

    Parameters
    ----------
    pipeline : Pipeline
        The models.
    fs : float
        Sampling frequency in Hz.
    leads : sequence of str
        Names of the columns of the signal, in the order in which leads are preferred.
    r_peaks : ndarray of int64, optional
        R peaks that are known.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        fs: float,
        leads: Sequence[str],
        r_peaks: npt.NDArray[np.int64] | None = None,
    ) -> None:
        n_leads = len(leads)
        self._pipeline, self._n_leads = pipeline, n_leads
        first, other = pipeline.detector.window, pipeline.classifier.window
        self._readers = [BeatReader(pipeline, fs, n_leads, first, r_peaks)]
        if other != first:
            self._readers.append(BeatReader(pipeline, fs, n_leads, other, r_peaks, self._readers[0]))
        self._parts: list[list[tuple[CutBeats, slice]]] = [[] for _ in self._readers]
        self._judging = ThreadPoolExecutor(1)
        self._waiting: list[Future[JudgedBeats]] = []
        self._store = BeatStore(pipeline.detector.window.n_times)
        self._low = np.full(n_leads, np.inf, np.float32)
        self._high = np.full(n_leads, -np.inf, np.float32)
        self._digest = SignalDigest(fs, leads)

    def push(self, samples: npt.NDArray[np.float32]) -> list[JudgedBeats]:
        """Take samples, shape (n, n_leads); return the parts of the recording that became final."""
        if not len(samples):
            return []
        with one_blas_thread:
            return self._push(samples)

    def _push(self, samples: npt.NDArray[np.float32]) -> list[JudgedBeats]:
        self._digest.update(samples)
        self._widen(samples)
        for waiting, reader in zip(self._parts, self._readers, strict=True):
            waiting += reader.push(samples)
        self._submit()
        return list(self._collect(at_most=_AHEAD))

    def flush(self) -> Findings:
        """Judge what is left, now that no sample will follow, and return everything."""
        with one_blas_thread:
            return self._flush()

    def _flush(self) -> Findings:
        for waiting, reader in zip(self._parts, self._readers, strict=True):
            waiting += reader.flush()
        self._submit()
        for _ in self._collect(at_most=0):
            pass
        with np.errstate(over="ignore"):
            spread = np.where(self._high >= self._low, self._high - self._low, np.nan)
        n_classes = len(self._pipeline.classifier.classes_)
        signal = self._readers[0].extractor
        marks = signal.marks
        return Findings(
            beats=self._store.beats(self._n_leads, n_classes),
            quality=signal.quality,
            spread=spread.astype(np.float32),
            n_samples=signal.n_samples,
            digest=self._digest.hexdigest(),
            fibrillation=marks.fibrillation(signal.n_samples) if marks else _NO_SPANS,
            noisiness=marks.noisiness if marks else 0.0,
            calm_noisiness=marks.calm_noisiness if marks else 0.0,
        )

    def close(self) -> None:
        """Let go of the thread and of the files; what `flush` returned stays."""
        self._judging.shutdown(cancel_futures=True)
        self._store.close()

    def _widen(self, samples: npt.NDArray[np.float32]) -> None:
        """Take samples into the range of each lead; infinite ones are none."""
        low, high = np.fmin.reduce(samples, axis=0), np.fmax.reduce(samples, axis=0)
        if np.isinf(low).any() or np.isinf(high).any():
            self._widen(np.where(np.isinf(samples), np.float32(np.nan), samples))
            return
        self._low, self._high = np.fmin(self._low, low), np.fmax(self._high, high)

    def _submit(self) -> None:
        while all(self._parts):
            parts = [waiting.pop(0) for waiting in self._parts]
            blind = self._readers[0].extractor.quality.blind()
            self._waiting.append(self._judging.submit(self._judge_alone, parts, blind))

    def _collect(self, at_most: int) -> Iterator[JudgedBeats]:
        """Store judged parts in their order, waiting for them where too many are on their way."""
        while self._waiting and (len(self._waiting) > at_most or self._waiting[0].done()):
            judged = self._waiting.pop(0).result()
            self._store.add(judged)
            yield judged

    def _judge_alone(self, parts: list[tuple[CutBeats, slice]], blind: npt.NDArray[np.int64]) -> JudgedBeats:
        with one_blas_thread:
            return self._judge(parts, blind)

    def _judge(self, parts: list[tuple[CutBeats, slice]], blind: npt.NDArray[np.int64]) -> JudgedBeats:
        located = [reader.locate(cut, blind) for (cut, _), reader in zip(parts, self._readers, strict=True)]
        detector, classifier = self._pipeline.detector, self._pipeline.classifier
        scores, probabilities = judge(located[0], detector, classifier, located[-1], self._pipeline.evidence)
        cut, core = parts[0]
        beats = located[0].beats
        classes = most_probable(classifier.classes_, probabilities, ~np.isnan(scores))
        rhythm = atrial_rhythm(beats, classes, detector.window, self._pipeline.rhythm)
        probabilities = without_premature(probabilities, classifier.classes_, rhythm.doubted)
        return JudgedBeats(
            samples=beats.samples[core],
            r_peaks=beats.r_peaks[core],
            lead=located[0].lead[core].astype(np.int16),
            fault=located[0].fault[core].astype(np.int8),
            rr=beats.rr[core],
            scores=scores[core],
            probabilities=probabilities[parts[-1][1]],
            fibrillating=rhythm.fibrillating[core],
            spike_delays=cut.spike_delays[core],
            artefact=located[0].artefact[core],
            waveforms=beats.waveforms[core, 0],
            averages=average_beats(cut[core], detector.window),
        )
