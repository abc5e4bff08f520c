"""The one door to models: by the name of a shipped model or by folder, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from ectopy.errors import ArtifactError, unknown_option
from ectopy.models import anomaly_detector, artifact, beat_classifier, qrs_detector
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.artifact import Artifact, Manifest
from ectopy.models.beat_classifier import BeatClassifier

PRETRAINED: Final = Path(str(files("ectopy"))) / "pretrained"
"""Folder of the models that are shipped with ectopy."""

DEFAULT_MODEL: Final = "beat-autoencoder"
"""The shipped anomaly detector, used when no other is given."""

DEFAULT_CLASSIFIER: Final = "beat-classifier"
"""The shipped beat classifier, used when no other is given."""

DEFAULT_QRS: Final = "qrs"
"""The shipped QRS detector, used when no other is given."""

Model = BeatAnomalyDetector | BeatClassifier | Artifact

LOADERS: Final[Mapping[str, Callable[[Path], Model]]] = {
    anomaly_detector.KIND: BeatAnomalyDetector.load,
    beat_classifier.KIND: BeatClassifier.load,
    qrs_detector.KIND: qrs_detector.load,
}
"""Kind of model → what reads it."""


def load_model(model: str | Path) -> Model:
    """Read a model of any kind; torch is not needed.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or a folder that holds one.

    Returns
    -------
    BeatAnomalyDetector, BeatClassifier or Artifact
        By the kind in its manifest; an `Artifact` for the QRS detector, see
        `ectopy.models.qrs_detector.detect_qrs`.

    Raises
    ------
    ArtifactError
        If there is no such model, or it is damaged or of another version of the format.
    ParameterError
        If this version of ectopy knows no model of that kind.

    Examples
    --------
    >>> load_model("beat-classifier").classes_.tolist()
    ['N', 'S', 'V', 'F']
    """
    folder = model_folder(model)
    kind = artifact.load(folder).manifest.kind
    if kind not in LOADERS:
        raise unknown_option("kind", kind, LOADERS)
    return LOADERS[kind](folder)


@cache
def default_detector() -> BeatAnomalyDetector:
    """Return the shipped anomaly detector."""
    return BeatAnomalyDetector.load(model_folder(DEFAULT_MODEL))


@cache
def default_classifier() -> BeatClassifier:
    """Return the shipped beat classifier."""
    return BeatClassifier.load(model_folder(DEFAULT_CLASSIFIER))


def shipped_models() -> list[Manifest]:
    """Return the manifests of the models that are shipped with ectopy, by name."""
    return [artifact.load(path.parent).manifest for path in sorted(PRETRAINED.glob(f"*/{artifact.MANIFEST}"))]


def model_folder(model: str | Path) -> Path:
    """Return the folder of a model.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or a folder that holds one.

    Raises
    ------
    ArtifactError
        If it is neither.
    """
    for folder in (PRETRAINED / model, Path(model)):
        if (folder / artifact.MANIFEST).is_file():
            return folder
    known = ", ".join(manifest.name for manifest in shipped_models())
    raise ArtifactError(
        f"model {str(model)!r} is neither shipped nor a folder with one; choose {known} or a folder"
    )
