"""An analysis of a signal that is still being recorded.

Each beat is told twice: provisionally, a second after its R peak, and finally, as the analysis of the whole
recording gives it, once all that has a say in it has been seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_classes import NOT_JUDGED
from ectopy.analysis.beat_parts import LAST_PART, JudgedBeats
from ectopy.analysis.extraction import BLOCK, CLEANED, reach
from ectopy.analysis.leads import preferred_order
from ectopy.analysis.ongoing_fibrillation import OngoingFibrillation
from ectopy.analysis.pipeline import Pipeline, shipped_pipeline
from ectopy.analysis.provisional import LATEST, ProvisionalBeats
from ectopy.analysis.result import Analysis
from ectopy.analysis.running import RunningAnalysis
from ectopy.analysis.stream_source import StreamSource
from ectopy.analysis.warnings import check_extent, check_rate
from ectopy.beats.template import TEMPLATE_BEATS
from ectopy.errors import ParameterError

LATENCY: Final = LATEST
"""Seconds after an R peak within which its provisional beat is told, plus one packet.

A beat that the network recognises later than that comes as a final one only; that is rare."""

FINAL_AFTER: Final = TEMPLATE_BEATS + LAST_PART
"""Beats, from the first of a part on, that must have been seen before the part is final: 3,000."""


@dataclass(frozen=True)
class StreamBeat:
    """What a stream says of one beat.

    Parameters
    ----------
    sample : int
        R peak, counted from the first sample of the stream.
    time : float
        The same in seconds.
    lead : str
        The lead it was judged on.
    rr : float or None
        Seconds since the beat before; None where unknown.
    label : str
        AAMI class, ``?`` where nobody can judge; of a provisional beat the class so far.
    probability : float
        How probable the classifier holds that class.
    score : float or None
        Anomaly score; None of a provisional beat, and where not judged.
    final : bool
        Whether this is what the analysis of the whole recording says of the beat.
    """

    sample: int
    time: float
    lead: str
    rr: float | None
    label: str
    probability: float
    score: float | None
    final: bool

    @property
    def rate(self) -> float | None:
        """Beats per minute of the last RR interval; None where it is unknown."""
        return None if not self.rr else 60 / self.rr


class Stream:
    """Takes the samples of a recording while they are measured, and tells beats as soon as it can.

    A *provisional* beat comes within `LATENCY` seconds (1.4 s) of its R peak, plus a packet. The
    *final* one, flagged so, is what `ectopy.analyze` gives for the whole recording, bit for bit. It comes
    with others of its part of `TEMPLATE_BEATS` (2,000) beats, once `FINAL_AFTER` (3,000) beats from the first
    of the part on have been seen, each with up to `final_reach` seconds of signal after it (two blocks of
    `BLOCK` = 300 s or less, and about 100 s beyond): after three quarters of an hour at most at 75 beats per
    minute. What is left when the stream ends, and the clusters, come with `flush`. The signal is not kept,
    and memory does not grow but by a few numbers for each beat.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    leads : sequence of str
        Names of the columns of the signal.
    pipeline : Pipeline, optional
        Other models than the shipped ones.
    name, patient : str
        What the recording is called, and whose heart it is; the name by default.
    start : datetime, optional
        When the first sample is taken.

    Raises
    ------
    RecordError
        If beats cannot be found at this rate.
    ParameterError
        If no lead is named.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> record = simulate(duration=20, fs=250, leads=("II",), seed=1)
    >>> with Stream(fs=250, leads=["II"]) as stream:
    ...     beats = [beat for packet in np.split(record.signal, 500) for beat in stream.push(packet)]
    ...     analysis = stream.flush()
    >>> beats[0].final, beats[0].label, len(analysis.beats) >= len(beats) > 15
    (False, 'N', True)
    """

    def __init__(
        self,
        fs: float,
        leads: Sequence[str],
        pipeline: Pipeline | None = None,
        *,
        name: str = "stream",
        patient: str = "",
        start: datetime | None = None,
    ) -> None:
        check_rate(name, fs)
        if not leads or isinstance(leads, str):
            raise ParameterError(f"leads={leads!r} names no columns; give a list with the name of each")
        self._pipeline = pipeline or shipped_pipeline()
        self._order = preferred_order(leads)
        self._leads = [leads[column] for column in self._order]
        self._source = StreamSource(fs, tuple(leads), name=name, patient=patient, start=start)
        self._running = RunningAnalysis(self._pipeline, fs, self._leads)
        self._provisional = ProvisionalBeats(self._pipeline, fs, len(leads))
        signal = self._pipeline.signal
        self._ongoing = OngoingFibrillation(signal, fs, len(leads)) if signal else None
        self._waiting = np.empty((0, len(leads)), np.float32)
        self._last_final = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def final_reach(self) -> float:
        """Seconds of signal that may have to come after a beat before it is final.

        A block of the signal, one of the signal classifier, which is shown filtered blocks, and their reach.
        """
        return 2 * BLOCK + CLEANED + reach(self._source.fs, self._pipeline.detector.window)

    @property
    def fibrillating_since(self) -> float | None:
        """Seconds from the first sample at which ventricular fibrillation began that goes on, or None.

        Known some seven seconds after the onset (``benchmarks/stream.py fibrillation``), and provisional: the
        episodes of `flush` are those of the whole recording.
        """
        return self._ongoing.since if self._ongoing else None

    def push(self, samples: npt.ArrayLike | None, n_missing: int = 0) -> list[StreamBeat]:
        """Take the next samples and return the beats that can be told now.

        Parameters
        ----------
        samples : array_like of float, shape (n, n_leads) or, of one lead, (n,)
            In mV, NaN where missing, a packet of any size; None for a packet that was lost.
        n_missing : int
            Samples in the packet that was lost.

        Returns
        -------
        list of StreamBeat
            Provisional and final ones, each by time.

        Raises
        ------
        ParameterError
            If the samples have another shape, or the stream has ended.
        """
        if self._source.ended:
            raise ParameterError("samples came after flush(); start another Stream")
        packet = self._checked(samples, n_missing)
        self._waiting = np.concatenate([self._waiting, packet])
        told: list[StreamBeat] = []
        step = self._provisional.step
        n_steps = len(self._waiting) // step
        for first in range(0, n_steps * step, step):
            told += self._take(self._waiting[first : first + step])
        if n_steps:
            self._waiting = self._waiting[n_steps * step :].copy()
        return told

    def flush(self) -> Analysis:
        """End the stream and return the analysis of the whole recording.

        Its ``record`` is a `StreamSource`, which has the last minutes of the signal only; waves are not
        delineated, for which a recording is read a second time.

        Raises
        ------
        ParameterError
            If the stream has ended before.
        RecordError
            If fewer than eight seconds came, or no lead held a signal.
        """
        if self._source.ended:
            raise ParameterError("flush() was called twice; start another Stream")
        self._running.push(self._waiting[:, self._order])
        self._source.append(self._waiting)
        self._source.ended = True
        check_extent(self._source)
        return self._pipeline.analysis(self._source, self._running.flush())

    def close(self) -> None:
        """Let go of the thread and of the file of the analysis; what `flush` returned stays."""
        self._source.ended = True
        self._running.close()

    def _take(self, samples: npt.NDArray[np.float32]) -> Iterator[StreamBeat]:
        """Tell what a step of the provisional detection makes known."""
        self._source.append(samples)
        ordered = np.ascontiguousarray(samples[:, self._order])
        if self._ongoing:
            self._ongoing.push(ordered)
        told = self._provisional.push(ordered)
        if told is not None:
            beats, probabilities = told.located.beats, told.probabilities
            scores = np.full(len(probabilities), np.nan, np.float32)
            yield from self._beats(
                beats.samples,
                told.located.lead,
                beats.rr,
                probabilities,
                told.not_judged,
                scores,
                final=False,
            )
        for part in self._running.push(ordered):
            yield from self._final(part)

    def _final(self, part: JudgedBeats) -> Iterator[StreamBeat]:
        """Tell the beats of a part; samples never fall, whatever two parts made of those where they meet."""
        rising = np.maximum.accumulate(np.maximum(part.samples, self._last_final))
        self._last_final = int(rising[-1])
        blind = np.isnan(part.scores)
        told = self._beats(rising, part.lead, part.rr, part.probabilities, blind, part.scores, final=True)
        for beat, fibrillating in zip(told, part.fibrillating.tolist(), strict=True):
            yield replace(beat, label="N") if fibrillating and beat.label == "S" else beat

    def _beats(
        self,
        samples: npt.NDArray[np.int64],
        lead: npt.NDArray[np.signedinteger],
        rr: npt.NDArray[np.float32],
        probabilities: npt.NDArray[np.float32],
        blind: npt.NDArray[np.bool_],
        scores: npt.NDArray[np.float32],
        *,
        final: bool,
    ) -> Iterator[StreamBeat]:
        names = self._pipeline.classifier.classes_
        for row, sample in enumerate(samples.tolist()):
            yield StreamBeat(
                sample=sample,
                time=sample / self._source.fs,
                lead=self._leads[lead[row]],
                rr=_known(rr[row]),
                label=NOT_JUDGED if blind[row] else str(names[probabilities[row].argmax()]),
                probability=float(probabilities[row].max()),
                score=_known(scores[row]),
                final=final,
            )

    def _checked(self, samples: npt.ArrayLike | None, n_missing: int) -> npt.NDArray[np.float32]:
        n_leads = len(self._leads)
        if samples is None:
            if n_missing < 0:
                raise ParameterError(f"n_missing={n_missing} is less than none; give 0 or more samples")
            return np.full((n_missing, n_leads), np.nan, np.float32)
        packet = np.asarray(samples, np.float32)
        if packet.ndim == 1 and n_leads == 1:
            packet = packet[:, np.newaxis]
        if packet.ndim != 2 or packet.shape[1] != n_leads:
            raise ParameterError(
                f"samples have shape {packet.shape}; give (n, {n_leads}), one column per lead"
            )
        return packet


def final_beats(analysis: Analysis, first: int = 0) -> Iterator[StreamBeat]:
    """Yield the beats of an analysis as a stream tells them, those that it did not tell before it ended.

    Parameters
    ----------
    analysis : Analysis
        From `Stream.flush`.
    first : int
        Final beats that were told before.
    """
    classes, fs = analysis.classes, analysis.record.fs
    for row in range(first, len(analysis.beats)):
        sample = int(analysis.beats.samples[row])
        yield StreamBeat(
            sample=sample,
            time=sample / fs,
            lead=str(analysis.beat_leads[row]),
            rr=_known(analysis.beats.rr[row]),
            label=str(classes[row]),
            probability=float(analysis.probabilities[row].max()),
            score=_known(analysis.scores[row]),
            final=True,
        )


def _known(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)
