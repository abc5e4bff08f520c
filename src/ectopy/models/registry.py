"""The one door to models: by the name of a shipped model or by folder, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.resources import files
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from ectopy.errors import ArtifactError, unknown_option

if TYPE_CHECKING:
    from ectopy.models.anomaly_detector import BeatAnomalyDetector
    from ectopy.models.artifact import Artifact
    from ectopy.models.beat_classifier import BeatClassifier
    from ectopy.models.beat_encoder import BeatEncoder
    from ectopy.models.encoder_detector import EncoderDetector
    from ectopy.models.manifest import Manifest
    from ectopy.models.wavelet_classifier import WaveletClassifier

    Model: TypeAlias = (
        BeatAnomalyDetector | BeatClassifier | BeatEncoder | EncoderDetector | WaveletClassifier | Artifact
    )

PRETRAINED: Final = Path(str(files("ectopy"))) / "pretrained"
"""Folder of the models that are shipped with ectopy."""

_MANIFEST: Final = "manifest.json"

DEFAULT_MODEL: Final = "anomaly-detector"
"""The shipped anomaly detector, used when no other is given."""

DEFAULT_AUTOENCODER: Final = "beat-autoencoder"
"""The shipped autoencoder, an anomaly detector by shape alone."""

DEFAULT_CLASSIFIER: Final = "beat-classifier"
"""The shipped beat classifier, used when no other is given."""

DEFAULT_QRS: Final = "qrs"
"""The shipped QRS detector, used when no other is given."""

DEFAULT_DELINEATOR: Final = "delineator"
"""The shipped delineator of P, QRS and T, used when no other is given."""

DEFAULT_SIGNAL: Final = "signal-classifier"
"""The shipped signal classifier, used when no other is given."""

DEFAULT_RHYTHM: Final = "rhythm"
"""The shipped model of atrial fibrillation, used when no other is given."""

DEFAULT_EVIDENCE: Final = "ectopic-evidence"
"""The shipped model that doubts what was called ectopic, used when no other is given."""

DEFAULT_DENOISER: Final = "denoiser"
"""The shipped denoiser, used when no other is given."""

DEFAULT_ENCODER: Final = "beat-encoder"
"""The shipped encoder of beats, used when no other is given."""

LOADERS: Final = {
    "anomaly-detector": "ectopy.models.anomaly_detector:BeatAnomalyDetector.load",
    "beat-classifier": "ectopy.models.beat_classifier:BeatClassifier.load",
    "beat-encoder": "ectopy.models.beat_encoder:BeatEncoder.load",
    "delineator": "ectopy.models.delineator:load",
    "denoiser": "ectopy.models.denoiser:load",
    "encoder-anomaly-detector": "ectopy.models.encoder_detector:EncoderDetector.load",
    "ectopic-evidence": "ectopy.models.ectopic_evidence:load",
    "qrs-detector": "ectopy.models.qrs_detector:load",
    "rhythm": "ectopy.models.rhythm:load",
    "signal-classifier": "ectopy.models.signal_classifier:load",
    "wavelet-classifier": "ectopy.models.wavelet_classifier:WaveletClassifier.load",
}
"""Kind of model → what reads it, imported when it is needed."""


def load_model(model: str | Path) -> Model:
    """Read a model of any kind; torch is not needed.

    Parameters
    ----------
    model : str or Path
        Name of a shipped model, or a folder that holds one.

    Returns
    -------
    BeatAnomalyDetector, BeatClassifier, BeatEncoder, EncoderDetector, WaveletClassifier or Artifact
        By the kind in its manifest; an `Artifact` for the others, see
        `ectopy.models.qrs_detector.detect_qrs`, `ectopy.models.delineator.delineate`,
        `ectopy.models.denoiser.Denoiser`, `ectopy.models.ectopic_evidence.unbelievable`,
        `ectopy.models.rhythm.fibrillation_probabilities` and
        `ectopy.models.signal_classifier.classify_block`.

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
    from ectopy.models import artifact

    folder = model_folder(model)
    kind = artifact.load(folder).manifest.kind
    if kind not in LOADERS:
        raise unknown_option("kind", kind, LOADERS)
    module, _, name = LOADERS[kind].partition(":")
    load: Callable[[Path], Model] = attrgetter(name)(import_module(module))
    return load(folder)


@cache
def default_detector() -> EncoderDetector:
    """Return the shipped anomaly detector."""
    from ectopy.models.encoder_detector import EncoderDetector

    return EncoderDetector.load(model_folder(DEFAULT_MODEL))


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
        if (folder / _MANIFEST).is_file():
            return folder
    known = ", ".join(shipped_names())
    raise ArtifactError(
        f"model {str(model)!r} is neither shipped nor a folder with one; choose {known} or a folder"
    )
