"""The models that come with ectopy, and where a model stands."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from ectopy.errors import ArtifactError
from ectopy.models import artifact
from ectopy.models.anomaly_detector import BeatAnomalyDetector
from ectopy.models.artifact import Manifest
from ectopy.models.beat_classifier import BeatClassifier

PRETRAINED: Final = Path(str(files("ectopy"))) / "pretrained"
"""Where the models stand that come with ectopy."""

DEFAULT_MODEL: Final = "beat-autoencoder"
"""The shipped model that judges the shape of beats when no other is named."""

DEFAULT_QRS: Final = "qrs"
"""The shipped model that finds the R peaks when no other is named."""

DEFAULT_CLASSIFIER: Final = "beat-classifier"
"""The shipped model that names beats when no other is given."""


@cache
def default_detector() -> BeatAnomalyDetector:
    """Return the shipped anomaly detector."""
    return BeatAnomalyDetector.load(model_folder(DEFAULT_MODEL))


@cache
def default_classifier() -> BeatClassifier:
    """Return the shipped beat classifier."""
    return BeatClassifier.load(model_folder(DEFAULT_CLASSIFIER))


def shipped_models() -> list[Manifest]:
    """Return the manifests of the models that come with ectopy, by name."""
    return [artifact.load(path.parent).manifest for path in sorted(PRETRAINED.glob(f"*/{artifact.MANIFEST}"))]


def model_folder(model: str) -> Path:
    """Return where a model stands.

    Parameters
    ----------
    model : str
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
        f"model {model!r} is neither shipped nor a folder with one; choose {known} or a folder"
    )
