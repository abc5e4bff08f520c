"""A trained wavelet classifier: what runs without torch and without scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import normalise
from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, ParameterError
from ectopy.models import artifact
from ectopy.models.artifact import require_fitted
from ectopy.models.trained_model import TrainedModel
from ectopy.signal.wavelets import dwt_approximation

Floats = npt.NDArray[np.float32]

KIND: Final = "wavelet-classifier"


class TrainedWaveletClassifier(TrainedModel):
    """The half of `ectopy.models.wavelet_classifier.WaveletClassifier` that does not learn.

    It has the same parameters and attributes.
    """

    classes_: npt.NDArray[np.str_]
    window_shape_: tuple[int, int]

    def __init__(
        self,
        *,
        wavelet: str = "db2",
        fill: float = 0.1,
        filters: tuple[int, int] = (100, 90),
        dense: int = 30,
        epochs: int = 12,
        batch_size: int = 64,
        learning_rate: float = 3e-3,
        patience: int = 4,
        validation_fraction: float = 0.15,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.wavelet = wavelet
        self.fill = fill
        self.filters = filters
        self.dense = dense
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.seed = seed
        self.progress = progress

    def predict_proba(self, X: npt.ArrayLike | Beats, sources: object = None) -> Floats:
        """Return the probability of each class.

        Parameters
        ----------
        X : Beats, or array_like of shape (n_beats, n_leads, n_times) or (n_beats, n_times)
            Beats, cut as those of the training.
        sources : ignored
            Present for the pipeline; this classifier looks at one beat at a time.

        Returns
        -------
        ndarray of float32, shape (n_beats, n_classes)
            In the order of ``classes_``.

        Raises
        ------
        ParameterError
            If the beats have another shape than those of the training, or lack samples.
        """
        require_fitted(self, "classes_")
        waveforms = as_waveforms(X)
        if waveforms.shape[1:] != self.window_shape_:
            raise ParameterError(
                f"X has beats of (n_leads, n_times) = {waveforms.shape[1:]}; this classifier takes"
                f" {self.window_shape_}: cut them alike"
            )
        if not len(waveforms):
            return np.zeros((0, len(self.classes_)), np.float32)
        log_odds = self._run(self.coefficients(waveforms))[0]
        odds = np.exp(log_odds - log_odds.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)

    def predict(self, X: npt.ArrayLike | Beats, sources: object = None) -> npt.NDArray[np.str_]:
        """Return the most probable class of each beat, shape (n_beats,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def coefficients(self, waveforms: Floats) -> Floats:
        """Return what the network is given, (n_beats, n_leads, about n_times / 2).

        The approximation coefficients of each beat, scaled to between 0 and 1.
        """
        scaled = normalise(waveforms, "minmax").waveforms
        return np.ascontiguousarray(dwt_approximation(scaled, self.wavelet, axis=2))

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a classifier that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or no wavelet classifier.
        """
        loaded = artifact.load(Path(folder), KIND)
        manifest = loaded.manifest
        try:
            classifier = cls(**manifest.parameters["constructor"])
            n_leads, n_times = manifest.parameters["window_shape"]
            classifier.window_shape_ = (int(n_leads), int(n_times))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"model {folder}: wrong parameters ({error}); train it again") from error
        classifier.classes_ = np.array(manifest.classes)
        classifier.window_ = manifest.window
        classifier.artifact_ = loaded
        return classifier

    @property
    def peak(self) -> int:
        """Index of the R peak in the windows."""
        return self.window.before


def as_waveforms(X: npt.ArrayLike | Beats) -> Floats:
    """Return beats as (n_beats, n_leads, n_times), all samples finite.

    Raises
    ------
    ParameterError
        If they have another number of axes, or a sample is missing.
    """
    values = np.asarray(X.waveforms if isinstance(X, Beats) else X, np.float32)
    if values.ndim == 2:
        values = values[:, np.newaxis]
    if values.ndim != 3:
        raise ParameterError(f"X has shape {values.shape}; give (n_beats, n_leads, n_times)")
    if not np.isfinite(values).all():
        raise ParameterError("X lacks samples, or holds infinite ones; leave such beats out")
    return values
