"""A trained beat classifier: what runs without torch and without scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.features.table import beat_features
from ectopy.models import artifact
from ectopy.models.artifact import require_fitted
from ectopy.models.feature_network import FeatureNetwork, by_record, check_beats
from ectopy.models.manifest import Manifest

Floats = npt.NDArray[np.float32]

KIND: Final = "beat-classifier"


class TrainedClassifier(FeatureNetwork):
    """The half of `ectopy.models.beat_classifier.BeatClassifier` that does not learn.

    It has the same parameters and attributes. An analysis uses it, as importing scikit-learn takes longer
    than analysing a short recording.

    Examples
    --------
    >>> from ectopy.models.registry import DEFAULT_CLASSIFIER, model_folder
    >>> TrainedClassifier.load(model_folder(DEFAULT_CLASSIFIER)).classes_.tolist()
    ['N', 'S', 'V', 'F']
    """

    classes_: npt.NDArray[np.str_]

    def __init__(
        self,
        *,
        peak: int = 48,
        channels: int = 56,
        dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32),
        epochs: int = 6,
        batch_size: int = 8,
        learning_rate: float = 3e-3,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.peak = peak
        self.channels = channels
        self.dilations = dilations
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.progress = progress

    def predict_proba(self, X: Beats, sources: npt.ArrayLike | None = None) -> Floats:
        """Return the probability of each class.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); all beats of each record, in order.
        sources : array_like, shape (n_beats,), optional
            Which recording and lead each beat was cut from; the records of ``X`` by default.

        Returns
        -------
        ndarray of float32, shape (n_beats, n_classes)
            In the order of ``classes_``.

        Raises
        ------
        ParameterError
            If ``X`` is no `Beats`, or the beats have more than one lead.
        """
        require_fitted(self, "classes_")
        check_beats(X)
        probabilities = np.zeros((len(X), len(self.classes_)), np.float32)
        if len(X):
            features = beat_features(X, self.peak, sources)
            for rows in by_record(X):
                probabilities[rows] = self.predict_features(features[rows])
        return probabilities

    def predict_features(self, features: Floats) -> Floats:
        """Return the probability of each class for the beats of one recording.

        Parameters
        ----------
        features : ndarray of float32, shape (n_beats, n_features)
            From `ectopy.features.table.beat_features`, of all beats of the recording, in order.

        Returns
        -------
        ndarray of float32, shape (n_beats, n_classes)
            In the order of ``classes_``.
        """
        require_fitted(self, "classes_")
        return self.run_features(features)[0]

    def predict(self, X: Beats, sources: npt.ArrayLike | None = None) -> npt.NDArray[np.str_]:
        """Return the most probable class of each beat, shape (n_beats,)."""
        return self.classes_[self.predict_proba(X, sources).argmax(axis=1)]

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a classifier that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or no beat classifier.
        """
        return cls.of(artifact.load(Path(folder), KIND))

    @classmethod
    def _of_manifest(cls, manifest: Manifest) -> Self:
        classifier = super()._of_manifest(manifest)
        classifier.classes_ = np.array(manifest.classes)
        return classifier
