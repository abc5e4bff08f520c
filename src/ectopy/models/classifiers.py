"""Beat classifiers of every kind by folder: what an analysis uses, without scikit-learn and torch."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

from ectopy.errors import ArtifactError
from ectopy.models import artifact, trained_classifier, trained_wavelet_classifier
from ectopy.models.manifest import read_manifest
from ectopy.models.trained_classifier import TrainedClassifier
from ectopy.models.trained_wavelet_classifier import TrainedWaveletClassifier

Classifier: TypeAlias = TrainedClassifier | TrainedWaveletClassifier

NAMED: Final = frozenset("NSVF")
"""AAMI classes that an analysis knows."""


def load_classifier(folder: Path) -> Classifier:
    """Read a beat classifier that an analysis can use.

    Parameters
    ----------
    folder : Path
        Of a model of either kind.

    Returns
    -------
    TrainedClassifier or TrainedWaveletClassifier

    Raises
    ------
    ArtifactError
        If it is damaged or another kind of model, its classes are not those of the AAMI, or it takes beats
        only and not recordings.
    """
    kind = read_manifest(folder).kind
    classifier: Classifier
    if kind == trained_wavelet_classifier.KIND:
        classifier = TrainedWaveletClassifier.load(folder)
    elif kind == trained_classifier.KIND:
        classifier = TrainedClassifier.load(folder)
    else:
        raise ArtifactError(
            f"model {folder} is of kind {kind}; give one of kind {trained_classifier.KIND} or"
            f" {trained_wavelet_classifier.KIND}"
        )
    names = classifier.classes_.tolist()
    if "N" not in names or not NAMED.issuperset(names):
        raise ArtifactError(
            f"model {folder} tells {', '.join(names)} apart, and an analysis needs AAMI classes, N and others"
            " of S, V, F; train it with --rename OLD=NEW"
        )
    n_leads = classifier.window_shape_[0] if isinstance(classifier, TrainedWaveletClassifier) else 1
    artifact.check_takes_recordings(folder, classifier.window_, n_leads)
    return classifier
