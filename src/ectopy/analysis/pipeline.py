"""The one way from a recording to its beats: detect them, score the shape of each, classify it.

The command line, the report, the validation of shipped models and every figure of a whole analysis come
through `Pipeline.run`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.analysis.beat_parts import JudgedBeats
from ectopy.analysis.leads import SelectedLeads, preferred_order
from ectopy.analysis.result import Analysis
from ectopy.analysis.running import Findings, RunningAnalysis
from ectopy.analysis.warnings import (
    alarm_rate_warning,
    check_extent,
    dead_leads,
    signal_warnings,
    warnings_of,
)
from ectopy.beats.clusters import morphology_clusters
from ectopy.beats.uniformity import uniformity
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.derived import held
from ectopy.errors import ParameterError
from ectopy.io.registry import open_source
from ectopy.models import qrs_detector, signal_classifier
from ectopy.models.artifact import Artifact
from ectopy.models.classifiers import Classifier, load_classifier
from ectopy.models.delineator import delineate
from ectopy.models.detectors import Detector, for_recordings, load_detector
from ectopy.models.ectopic_evidence import default_evidence
from ectopy.models.registry import DEFAULT_CLASSIFIER, DEFAULT_MODEL, DEFAULT_QRS, model_folder
from ectopy.models.rhythm import default_rhythm
from ectopy.models.signal_classifier import is_too_noisy
from ectopy.parallel import one_blas_thread
from ectopy.record import Source
from ectopy.rhythm.episodes import (
    ATRIAL_FIBRILLATION,
    EPISODE_KINDS,
    VENTRICULAR_FIBRILLATION,
    Episode,
    episodes_of,
)
from ectopy.rhythm.pacing import paced_episodes
from ectopy.rhythm.rates import rate_episodes
from ectopy.signal.filters import runs
from ectopy.signal.quality import FAULTS

_PORTION = 600.0
"""Seconds of a source that are read at a time."""


WAVES_UP_TO: Final = 3600.0
"""Seconds of the longest recording whose P, QRS and T are delineated without being asked for."""


@dataclass(frozen=True, eq=False)
class Pipeline:
    """The models that an analysis uses, in the order in which they are used.

    Parameters
    ----------
    qrs : Artifact
        Of kind ``qrs-detector``: finds the R peaks.
    detector : EncoderDetector or TrainedDetector
        Says how unusual each beat is; loaded from an artifact.
    classifier : TrainedClassifier or TrainedWaveletClassifier
        Gives each beat an AAMI class; loaded from an artifact.
    delineator : Artifact, optional
        Of kind ``delineator``: finds P, QRS and T of each beat; the shipped one by default.
    signal : Artifact, optional
        Of kind ``signal-classifier``: tells beats from ventricular fibrillation and artefact; without it,
        rules alone say what cannot be read.
    rhythm : Artifact, optional
        Of kind ``rhythm``: finds atrial fibrillation; the shipped one by default.
    evidence : Artifact, optional
        Of kind ``ectopic-evidence``: says which beats that were called ectopic may be artefact; without it
        all are believed.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> record = simulate(duration=30, seed=1)
    >>> analysis = Pipeline.shipped().run(record, r_peaks=record.annotations.beats().samples)
    >>> len(analysis.beats) == len(record.annotations.beats())
    True
    """

    qrs: Artifact
    detector: Detector
    classifier: Classifier
    delineator: Artifact | None = None
    signal: Artifact | None = None
    rhythm: Artifact | None = None
    evidence: Artifact | None = None

    @classmethod
    def shipped(
        cls,
        qrs: str = DEFAULT_QRS,
        detector: str = DEFAULT_MODEL,
        classifier: str = DEFAULT_CLASSIFIER,
    ) -> Self:
        """Return a pipeline of shipped models, or of folders that hold others.

        Raises
        ------
        ArtifactError
            If a model is absent, damaged or of another kind.
        """
        return cls(
            qrs_detector.load(model_folder(qrs)),
            for_recordings(load_detector(model_folder(detector))),
            load_classifier(model_folder(classifier)),
            signal=signal_classifier.default_model(),
            evidence=default_evidence(),
        )

    def at_alarm_rate(self, rate: float) -> Self:
        """Return a pipeline whose anomaly detector promises another false-alarm rate.

        Parameters
        ----------
        rate : float
            Share of the normal beats of new patients that may be called abnormal, on average over patients.

        Raises
        ------
        ParameterError
            If the calibration of the model cannot promise that rate; the message names what it can.
        """
        return replace(self, detector=self.detector.at_alarm_rate(rate))

    def run(
        self, source: Source, r_peaks: npt.ArrayLike | None = None, *, waves: bool | None = None
    ) -> Analysis:
        """Analyse a recording.

        Parameters
        ----------
        source : Source
            Any rate, any leads, at least eight seconds.
        r_peaks : array_like of int, shape (n_beats,), optional
            Samples of the R peaks, rising, where they are known: nothing is detected, no beat is moved.
        waves : bool, optional
            Whether to delineate P, QRS and T; by default where the recording is an hour long or less.

        Returns
        -------
        Analysis

        Raises
        ------
        RecordError
            If the recording is too short, its rate is too low or too high, or no lead holds a signal.
        ParameterError
            If the R peaks are no rising samples of the recording.
        ArtifactError
            If a model was not loaded from an artifact, so that nobody says how its beats are cut.
        """
        if source.n_samples is None:
            raise ParameterError(f"source {source.name} is an open stream; push its samples to a Stream")
        check_extent(source)
        peaks = None if r_peaks is None else _checked_peaks(r_peaks, source)
        samples = held(source)
        with one_blas_thread:
            analysis = self.analysis(samples, self.findings(samples, peaks))
        wanted = source.n_samples / source.fs <= WAVES_UP_TO if waves is None else waves
        found = delineate(samples, analysis.beats.samples, model=self.delineator) if wanted else None
        return replace(analysis, record=source, waves=found)

    def findings(self, source: Source, r_peaks: npt.NDArray[np.int64] | None = None) -> Findings:
        """Return what is found in a recording; what was needed to find it is gone then.

        Parameters
        ----------
        source : Source
            The recording, not an open stream.
        r_peaks : ndarray of int64, shape (n_beats,), optional
            Samples of the R peaks, rising, where they are known.
        """
        order = preferred_order(source.leads)
        leads = [source.leads[column] for column in order]
        with closing(RunningAnalysis(self, source.fs, leads, r_peaks)) as running:
            for portion in _portions(source):
                running.push(portion[:, order])
            return running.flush()

    def analysis(self, source: Source, found: Findings) -> Analysis:
        """Return what was found in a recording as a result.

        Parameters
        ----------
        source : Source
            The recording.
        found : Findings
            From `findings`, or a `RunningAnalysis` that was given the leads in their preferred order.

        Raises
        ------
        RecordError
            If no lead holds a signal.
        """
        leads = [source.leads[column] for column in preferred_order(source.leads)]
        dead = dead_leads(source.name, leads, found.spread)
        beats, window = found.beats, self.detector.window
        alike = uniformity(beats.waveforms, window.fs, window.before)
        too_noisy = is_too_noisy(found.calm_noisiness, alike, self.signal)
        models = (self.signal, self.rhythm or default_rhythm(), self.evidence)
        analysis = Analysis(
            record=source,
            beats=_beats(beats, source, window),
            beat_leads=_named(leads, beats.lead),
            quality=_named([*(fault.word for fault in FAULTS.values()), "good"], beats.fault),
            scores=beats.scores,
            threshold=self.detector.threshold_,
            class_names=tuple(self.classifier.classes_.tolist()),
            probabilities=beats.probabilities,
            clusters=_judged_clusters(beats.waveforms, ~np.isnan(beats.scores)),
            spans=found.quality.spans(source.fs, leads),
            detector=self.detector,
            classifier=self.classifier.manifest,
            usable_share=found.quality.usable_share,
            digest=found.digest,
            warnings=(
                *signal_warnings(found, source.fs, too_noisy),
                *warnings_of(source, leads, found, dead),
                *alarm_rate_warning(self.detector),
            ),
            noisiness=found.noisiness,
            too_noisy=too_noisy,
            further_models=tuple(each.manifest for each in models if each),
        )
        return replace(analysis, episodes=_episodes(analysis, found))


def analyze(
    source: Source | Path | str,
    *,
    r_peaks: npt.ArrayLike | None = None,
    leads: Sequence[str] | None = None,
    fs: float | None = None,
    waves: bool | None = None,
    alarm_rate: float | None = None,
    pipeline: Pipeline | None = None,
) -> Analysis:
    """Find the beats of a recording, score the shape of each, and classify it.

    Parameters
    ----------
    source : Source, Path or str
        A recording in memory, a source, or the path of a file of any format that is read.
    r_peaks : array_like of int, shape (n_beats,), optional
        Samples of the R peaks, where they are known.
    leads : sequence of str, optional
        Names of the leads to analyse; all by default.
    fs : float, optional
        Sampling frequency in Hz, where a file does not tell.
    waves : bool, optional
        Whether to delineate P, QRS and T; by default where the recording is an hour long or less.
    alarm_rate : float, optional
        Share of normal beats that may be called abnormal, on average over new patients; by default the one
        that the anomaly detector was made with.
    pipeline : Pipeline, optional
        Other models than the shipped ones.

    Returns
    -------
    Analysis

    Raises
    ------
    RecordError
        If the recording cannot be read, is too short, its rate is too low or too high, or no lead holds a
        signal.
    ParameterError
        If `source` is no recording, the R peaks are no rising samples of it, or the rate is no promise.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> analysis = analyze(simulate(duration=30, seed=1), leads=["MLII"])
    >>> analysis.summary().n_beats > 20
    True
    """
    pipeline = pipeline or shipped_pipeline()
    if alarm_rate is not None:
        pipeline = pipeline.at_alarm_rate(alarm_rate)
    path = ""
    if isinstance(source, (str, Path)):
        path = str(Path(source).absolute())
        source = open_source(source, fs=fs, leads=leads)
        leads = None
    if not hasattr(source, "leads"):
        raise ParameterError(
            f"source={type(source).__name__} is no recording; give a path, or a Record(signal, fs, leads)"
        )
    if fs is not None and fs != source.fs:
        raise ParameterError(f"fs={fs:g} Hz was given for a source of {source.fs:g} Hz; leave fs out")
    if leads is not None:
        source = SelectedLeads(source, tuple(leads))
    return replace(pipeline.run(source, r_peaks, waves=waves), path=path)


@cache
def shipped_pipeline() -> Pipeline:
    """Return the pipeline of the shipped models, loaded once."""
    return Pipeline.shipped()


def _portions(source: Source) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the samples of a source; while one portion is worked on, the next one is read."""
    size, n_samples = max(1, round(_PORTION * source.fs)), source.n_samples or 0
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(source.read, 0, size)
        for start in range(size, n_samples, size):
            portion = coming.result()
            coming = reader.submit(source.read, start, start + size)
            yield portion
        yield coming.result()


def _named(words: Sequence[str], numbers: npt.NDArray[np.signedinteger]) -> npt.NDArray[np.str_]:
    """Return the word of each beat by its number, no wider than the words that occur and the last one."""
    told = {*np.flatnonzero(np.bincount(numbers % len(words), minlength=len(words))).tolist(), len(words) - 1}
    return np.array([word if number in told else "" for number, word in enumerate(words)])[numbers]


def _beats(found: JudgedBeats, source: Source, window: WindowSpec) -> Beats:
    """Return the windows of the beats, with whose they are."""
    n = len(found)
    return Beats.of(
        found.waveforms[:, np.newaxis],
        fs=window.fs,
        samples=found.samples,
        r_peaks=found.r_peaks,
        rr=found.rr,
        symbols=np.broadcast_to(np.array(""), n),
        patients=np.broadcast_to(np.array(source.patient), n),
        records=np.broadcast_to(np.array(source.name), n),
        peak=window.before,
    )


def _episodes(analysis: Analysis, found: Findings) -> tuple[Episode, ...]:
    """Return the stretches in another rhythm than sinus rhythm, by time, the most urgent first."""
    beats = found.beats
    delays = np.where(analysis.judged, beats.spike_delays, np.nan)
    every = (
        *episodes_of(VENTRICULAR_FIBRILLATION, found.fibrillation),
        *_atrial_episodes(analysis, beats.fibrillating),
        *paced_episodes(beats.samples, delays, analysis.classes),
        *rate_episodes(beats.samples, analysis.rr, analysis.record.fs),
    )
    return tuple(sorted(every, key=lambda each: (each.start, EPISODE_KINDS.index(each.kind))))


def _atrial_episodes(analysis: Analysis, fibrillating: npt.NDArray[np.bool_]) -> tuple[Episode, ...]:
    """Return episodes of fibrillation; one that lasts to the last beat lasts to the end of the recording."""
    bounds = np.append(analysis.beats.samples, analysis.record.n_samples or 0)
    starts, stops = runs(fibrillating)
    return episodes_of(ATRIAL_FIBRILLATION, np.stack([bounds[starts], bounds[stops]], axis=1))


def _judged_clusters(
    waveforms: npt.NDArray[np.float32], judged: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Return morphology clusters numbered by their judged beats, the largest first; −1 for the others."""
    clusters = morphology_clusters(waveforms)
    numbers, sizes = np.unique(clusters[judged], return_counts=True)
    ranks = np.full(clusters.max(initial=-1) + 1, -1)
    ranks[numbers[np.argsort(-sizes, kind="stable")]] = np.arange(len(numbers))
    return np.where(judged, ranks[clusters], -1)


def _checked_peaks(r_peaks: npt.ArrayLike, source: Source) -> npt.NDArray[np.int64]:
    peaks, n_samples = np.asarray(r_peaks), source.n_samples or 0
    if peaks.ndim != 1 or (len(peaks) and peaks.dtype.kind not in "iu"):
        raise ParameterError(
            f"r_peaks has shape {peaks.shape} of {peaks.dtype}; give one row of sample indices"
        )
    peaks = peaks.astype(np.int64)
    inside = (peaks >= 0) & (peaks < n_samples)
    if not inside.all() or (np.diff(peaks) <= 0).any():
        raise ParameterError(
            f"r_peaks are not rising samples between 0 and {n_samples - 1}; sort them, each once"
        )
    return peaks
