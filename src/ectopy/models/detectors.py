"""Anomaly detectors of every kind by folder: what an analysis uses, without scikit-learn and torch."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from ectopy.errors import ArtifactError
from ectopy.models import artifact, encoder_detector, trained_detector
from ectopy.models.artifact import Artifact
from ectopy.models.encoder_detector import EncoderDetector
from ectopy.models.trained_detector import TrainedDetector

Detector: TypeAlias = EncoderDetector | TrainedDetector


def load_detector(folder: Path | str) -> Detector:
    """Read an anomaly detector of any kind.

    Raises
    ------
    ArtifactError
        If it is damaged, of another version of the format, or another kind of model.
    """
    return detector_of(artifact.load(Path(folder)))


def detector_of(loaded: Artifact) -> Detector:
    """Return the detector that an artifact describes.

    Raises
    ------
    ArtifactError
        If it is another kind of model, or its manifest lacks what a detector needs.
    """
    kind = loaded.manifest.kind
    if kind == encoder_detector.KIND:
        return EncoderDetector.of(loaded)
    if kind == trained_detector.KIND:
        return TrainedDetector.of(loaded)
    raise ArtifactError(
        f"model {loaded.folder} is a {kind}; give one of kind {trained_detector.KIND} or"
        f" {encoder_detector.KIND}"
    )


def for_recordings(detector: Detector) -> Detector:
    """Return a detector if recordings can be cut into the beats that it takes.

    Raises
    ------
    ArtifactError
        If they cannot.
    """
    n_leads = detector.window_shape_[0] if isinstance(detector, TrainedDetector) else 1
    artifact.check_takes_recordings(detector.artifact_.folder, detector.window_, n_leads)
    return detector
