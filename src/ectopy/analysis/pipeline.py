"""The one way from a recording to its beats: detect them, score the shape of each, classify it.

The command line, the report, the validation of shipped models and every figure of a whole analysis come
through `Pipeline.run`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import NO_LEAD, Extraction, extract_beats
from ectopy.analysis.result import Analysis
from ectopy.analysis.warnings import caveats, check_extent, dead_leads
from ectopy.beats.clusters import morphology_clusters
from ectopy.beats.windows import WindowSpec
from ectopy.errors import ParameterError
from ectopy.io.registry import open_source
from ectopy.models import qrs_detector
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.artifact import Artifact
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.registry import DEFAULT_CLASSIFIER, DEFAULT_MODEL, DEFAULT_QRS, model_folder
from ectopy.record import Record, Source
from ectopy.signal.quality import spans


@dataclass(frozen=True, eq=False)
class Pipeline:
    """The models that an analysis uses, in the order in which they are used.

    Parameters
    ----------
    qrs : Artifact
        Of kind ``qrs-detector``: finds the R peaks.
    detector : BeatAnomalyDetector
        Scores the shape of each beat; loaded from an artifact.
    classifier : BeatClassifier
        Gives each beat an AAMI class; loaded from an artifact.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> record = simulate(duration=30, seed=1)
    >>> analysis = Pipeline.shipped().run(record, r_peaks=record.annotations.beats().samples)
    >>> len(analysis.beats) == len(record.annotations.beats())
    True
    """

    qrs: Artifact
    detector: BeatAnomalyDetector
    classifier: BeatClassifier

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
            BeatAnomalyDetector.load(model_folder(detector)),
            BeatClassifier.load(model_folder(classifier)),
        )

    def run(self, source: Source, r_peaks: npt.ArrayLike | None = None) -> Analysis:
        """Analyse a recording.

        Parameters
        ----------
        source : Source
            Any rate, any leads, at least eight seconds.
        r_peaks : array_like of int, shape (n_beats,), optional
            Samples of the R peaks, rising, where they are known: nothing is detected, no beat is moved.

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
        record = _in_memory(source)
        check_extent(record)
        peaks = None if r_peaks is None else _checked_peaks(r_peaks, record)
        dead = dead_leads(record)
        window = self.detector.window
        found = extract_beats(record, window, self.qrs, peaks)
        examined = self.detector.score_beats(found.beats, sources=found.leads) if len(found.beats) else None
        blind = np.isin(found.quality, ("missing", "flat"))
        return Analysis(
            record=record,
            beats=found.beats,
            beat_leads=np.array(record.leads)[found.leads],
            quality=found.quality,
            scores=np.where(blind, np.nan, examined.scores) if examined else np.zeros(0, np.float32),
            threshold=self.detector.threshold_,
            reconstructions=examined.reconstructions[:, 0]
            if examined
            else np.zeros((0, window.n_times), np.float32),
            class_names=tuple(self.classifier.classes_.tolist()),
            probabilities=self._probabilities(record, found, window, peaks),
            clusters=np.where(blind, -1, morphology_clusters(found.beats.waveforms[:, 0])),
            spans=spans(found.flags, record.fs, record.leads),
            window=window,
            manifest=self.detector.manifest,
            classifier=self.classifier.manifest,
            usable_share=float((found.flags == 0).any(axis=1).mean()),
            warnings=caveats(record, found, dead),
        )

    def _probabilities(
        self,
        record: Record,
        found: Extraction,
        window: WindowSpec,
        peaks: npt.NDArray[np.int64] | None,
    ) -> npt.NDArray[np.float32]:
        """Classify the beats on the lead that shows each best, and by the mean of two where another is good.

        They are cut again if the classifier looks at other windows than the detector.
        """
        classifier = self.classifier
        if classifier.window != window:
            found = extract_beats(record, classifier.window, self.qrs, peaks)
        probabilities = classifier.predict_proba(found.beats, sources=found.leads)
        twice = found.second != NO_LEAD
        if twice.any():
            leads = np.where(twice, found.second, found.leads)
            second = classifier.predict_proba(found.again, sources=leads)
            probabilities[twice] = (probabilities[twice] + second[twice]) / 2
        return probabilities


def analyze(
    source: Source | Path | str,
    *,
    r_peaks: npt.ArrayLike | None = None,
    leads: Sequence[str] | None = None,
    fs: float | None = None,
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
        If the R peaks are no rising samples of the recording.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> analysis = analyze(simulate(duration=30, seed=1), leads=["MLII"])
    >>> analysis.summary().n_beats > 20
    True
    """
    if isinstance(source, (str, Path)):
        source = open_source(source, fs=fs, leads=leads)
    elif fs is not None and fs != source.fs:
        raise ParameterError(f"fs={fs:g} Hz was given for a source of {source.fs:g} Hz; leave fs out")
    record = _in_memory(source)
    if leads is not None:
        record = record.select(leads)
    return (pipeline or _shipped()).run(record, r_peaks)


@cache
def _shipped() -> Pipeline:
    return Pipeline.shipped()


def _in_memory(source: Source) -> Record:
    if isinstance(source, Record):
        return source
    if source.n_samples is None:
        raise ParameterError(f"source {source.name} is an open stream; give one that has ended")
    return Record(
        signal=source.read(0, source.n_samples),
        fs=source.fs,
        leads=source.leads,
        name=source.name,
        annotations=source.annotations,
        patient=source.patient,
        start=source.start,
        comments=source.comments,
        channels=source.channels,
        decisions=source.decisions,
        notes=source.notes,
    )


def _checked_peaks(r_peaks: npt.ArrayLike, record: Record) -> npt.NDArray[np.int64]:
    peaks = np.asarray(r_peaks)
    if peaks.ndim != 1 or (len(peaks) and peaks.dtype.kind not in "iu"):
        raise ParameterError(
            f"r_peaks has shape {peaks.shape} of {peaks.dtype}; give one row of sample indices"
        )
    peaks = peaks.astype(np.int64)
    inside = (peaks >= 0) & (peaks < record.n_samples)
    if not inside.all() or (np.diff(peaks) <= 0).any():
        raise ParameterError(
            f"r_peaks are not rising samples between 0 and {record.n_samples - 1}; sort them, each once"
        )
    return peaks
