"""A trained encoder of beats: what runs without torch and without scikit-learn."""

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

KIND: Final = "beat-encoder"

CODE, CHANGES = 0, 1
"""Outputs of the network."""


class TrainedEncoder(FeatureNetwork):
    """The half of `ectopy.models.beat_encoder.BeatEncoder` that does not learn.

    It has the same parameters and attributes. An analysis uses it, as importing scikit-learn takes longer
    than analysing a short recording.

    Examples
    --------
    >>> from ectopy.models.registry import DEFAULT_ENCODER, model_folder
    >>> TrainedEncoder.load(model_folder(DEFAULT_ENCODER)).n_features_out_
    64
    """

    n_features_out_: int

    def __init__(
        self,
        *,
        n_code: int = 64,
        channels: int = 56,
        dilations: tuple[int, ...] = (1, 2, 4, 8),
        epochs: int = 8,
        batch_size: int = 32,
        learning_rate: float = 3e-3,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.n_code = n_code
        self.channels = channels
        self.dilations = dilations
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.progress = progress

    def transform(self, X: Beats) -> Floats:
        """Return the code of each beat.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); all beats of each record, in order.

        Returns
        -------
        ndarray of float32, shape (n_beats, n_code)

        Raises
        ------
        ParameterError
            If ``X`` is no `Beats`, has more than one lead, or its beats are cut unlike those of the training.
        """
        return self._rows(X, CODE)

    def anomaly_score(self, X: Beats) -> Floats:
        """Return how sure it is that something was done to a beat: higher is more abnormal.

        Parameters
        ----------
        X : Beats
            As for `transform`, which says what is raised.

        Returns
        -------
        ndarray of float32, shape (n_beats,)
            Negative decimal logarithm of the probability that the beat is a usual one: 1 means one in ten.
            It knows timing: premature beats of usual shape stand out.
        """
        return np.asarray(-self._rows(X, CHANGES)[:, 0] / np.log(10), np.float32)

    def _rows(self, X: Beats, output: int) -> Floats:
        """Return one of the outputs of the network for each beat."""
        require_fitted(self, "n_features_out_")
        check_beats(X)
        self._check_windows(X)
        features = beat_features(X, self.window.before)
        parts = {int(rows[0]): self.run_features(features[rows])[output] for rows in by_record(X)}
        found = np.zeros((len(X), next(iter(parts.values())).shape[1]), np.float32)
        for rows in by_record(X):
            found[rows] = parts[int(rows[0])]
        return found

    def transform_features(self, features: Floats) -> Floats:
        """Return the codes of the beats of one recording, of which the features are known already.

        Parameters
        ----------
        features : ndarray of float32, shape (n_beats, n_features)
            From `ectopy.features.table.beat_features`, of all beats of the recording, in order.

        Returns
        -------
        ndarray of float32, shape (n_beats, n_code)
        """
        require_fitted(self, "n_features_out_")
        return self.run_features(features)[CODE]

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read an encoder that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or no beat encoder.
        """
        return cls.of(artifact.load(Path(folder), KIND))

    @classmethod
    def _of_manifest(cls, manifest: Manifest) -> Self:
        encoder = super()._of_manifest(manifest)
        encoder.n_features_out_ = encoder.n_code
        return encoder
