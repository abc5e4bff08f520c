"""The models that come with ectopy, and where a model stands."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ectopy.errors import ArtifactError

if TYPE_CHECKING:
    from ectopy.models.anomaly_detector import BeatAnomalyDetector
    from ectopy.models.artifact import Manifest
    from ectopy.models.beat_classifier import BeatClassifier

PRETRAINED: Final = Path(str(files("ectopy"))) / "pretrained"
"""Where the models stand that come with ectopy."""

_MANIFEST: Final = "manifest.json"

DEFAULT_MODEL: Final = "beat-autoencoder"
"""The shipped model that judges the shape of beats when no other is named."""

DEFAULT_QRS: Final = "qrs"
"""The shipped model that finds the R peaks when no other is named."""

DEFAULT_CLASSIFIER: Final = "beat-classifier"
"""The shipped model that names beats when no other is given."""


@cache
def default_detector() -> BeatAnomalyDetector:
    """Return the shipped anomaly detector."""
    from ectopy.models.anomaly_detector import BeatAnomalyDetector

    return BeatAnomalyDetector.load(model_folder(DEFAULT_MODEL))


@cache
def default_classifier() -> BeatClassifier:
    """Return the shipped beat classifier."""
    from ectopy.models.beat_classifier import BeatClassifier

    return BeatClassifier.load(model_folder(DEFAULT_CLASSIFIER))


def shipped_names() -> list[str]:
    """Return the names of the models that come with ectopy."""
    return sorted(path.parent.name for path in PRETRAINED.glob(f"*/{_MANIFEST}"))


def shipped_models() -> list[Manifest]:
    """Return the manifests of the models that come with ectopy, by name."""
    from ectopy.models import artifact

    return [artifact.load(PRETRAINED / name).manifest for name in shipped_names()]


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
        if (folder / _MANIFEST).is_file():
            return folder
    known = ", ".join(shipped_names())
    raise ArtifactError(
        f"model {model!r} is neither shipped nor a folder with one; choose {known} or a folder"
    )
