"""The one way through: find the beats, judge the shape of each, name it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import NO_LEAD, Extraction, extract_beats
from ectopy.analysis.result import Analysis
from ectopy.analysis.warnings import caveats, check_extent, dead_leads
from ectopy.beats.clusters import find_families
from ectopy.beats.windows import WindowSpec
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.beat_classifier import BeatClassifier
from ectopy.models.registry import default_classifier, default_detector
from ectopy.record import Record
from ectopy.signal.quality import spans


def analyze(
    record: Record, model: BeatAnomalyDetector | None = None, classifier: BeatClassifier | None = None
) -> Analysis:
    """Find the beats of a recording, judge the shape of each, and name it.

    Parameters
    ----------
    record : Record
        Any rate, any leads, at least eight seconds.
    model : BeatAnomalyDetector, optional
        An anomaly detector that was loaded from an artifact; the shipped one by default.
    classifier : BeatClassifier, optional
        A classifier that was loaded from an artifact; the shipped one by default.

    Returns
    -------
    Analysis

    Raises
    ------
    RecordError
        If the recording is too short, its rate is too low or too high, or no lead holds a signal.
    ArtifactError
        If a model was not loaded from an artifact, so that nobody says how its beats are cut.

    Examples
    --------
    >>> from ectopy.simulation import simulate
    >>> analysis = analyze(simulate(duration=30, seed=1))
    >>> analysis.summary().n_beats > 20
    True
    """
    detector, namer = model or default_detector(), classifier or default_classifier()
    window = detector.window
    check_extent(record)
    dead = dead_leads(record)
    found = extract_beats(record, window)
    examined = detector.examine(found.beats, sources=found.leads) if len(found.beats) else None
    blind = np.isin(found.quality, ("missing", "flat"))
    return Analysis(
        record=record,
        beats=found.beats,
        beat_leads=np.array(record.leads)[found.leads],
        quality=found.quality,
        scores=np.where(blind, np.nan, examined.scores) if examined else np.zeros(0, np.float32),
        threshold=detector.threshold_,
        reconstructions=examined.reconstructions[:, 0]
        if examined
        else np.zeros((0, window.n_times), np.float32),
        class_names=tuple(namer.classes_.tolist()),
        probabilities=_probabilities(record, found, window, namer),
        families=np.where(blind, -1, find_families(found.beats.waveforms[:, 0])),
        spans=spans(found.flags, record.fs, record.leads),
        window=window,
        manifest=detector.artifact_.manifest,
        classifier=namer.artifact_.manifest,
        usable_share=float((found.flags == 0).any(axis=1).mean()),
        warnings=caveats(record, found, dead),
    )


def _probabilities(
    record: Record, found: Extraction, window: WindowSpec, classifier: BeatClassifier
) -> npt.NDArray[np.float32]:
    """Name the beats on the lead that shows each best, and by the mean of two where another is good.

    They are cut again if the classifier looks at other windows than the detector.
    """
    own = found if classifier.window == window else extract_beats(record, classifier.window)
    said = classifier.predict_proba(own.beats, sources=own.leads)
    twice = own.second != NO_LEAD
    if twice.any():
        leads = np.where(twice, own.second, own.leads)
        said[twice] = (said[twice] + classifier.predict_proba(own.again, sources=leads)[twice]) / 2
    return said
