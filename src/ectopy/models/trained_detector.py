"""A trained anomaly detector: what runs without torch and without scikit-learn."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from math import ceil, floor
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from ectopy import networks
from ectopy.beats.normalisation import Normalised, normalise
from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, ParameterError
from ectopy.models import artifact
from ectopy.models.anomaly_score import (
    AnomalyScores,
    ScoredBeats,
    network_inputs,
    reconstruction_scores,
    template_scores,
)
from ectopy.models.artifact import Artifact, require_fitted
from ectopy.models.cross_conformal import CrossConformal
from ectopy.models.threshold import DEFAULT_THRESHOLD, ConformalThreshold, Threshold, threshold_from_dict
from ectopy.models.trained_model import TrainedModel

KIND: Final = "anomaly-detector"

Floats = npt.NDArray[np.float32]


class TrainedDetector(TrainedModel, AnomalyScores):
    """The half of `ectopy.models.anomaly_detector.BeatAnomalyDetector` that does not learn.

    It has the same parameters and attributes. An analysis uses it, as importing scikit-learn takes longer
    than analysing a short recording.

    Examples
    --------
    >>> from ectopy.models.registry import DEFAULT_AUTOENCODER, model_folder
    >>> TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER)).window.n_times
    96
    """

    EXPECTATION: ClassVar[str] = "reconstruction"

    threshold_: float
    offset_: float
    code_spread_: Floats
    window_shape_: tuple[int, int]
    n_features_in_: int
    members_: Any
    cross_conformal_: CrossConformal

    def __init__(
        self,
        architecture: str | dict[str, Any] | networks.Architecture = "shortcut",
        *,
        score_by: str | None = None,
        threshold: Threshold | None = None,
        normalisation: str = "zscore",
        epochs: int | None = None,
        batch_size: int = 64,
        learning_rate: float = 2e-3,
        patience: int = 8,
        validation_fraction: float = 0.2,
        folds: int = 5,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.architecture = architecture
        self.score_by = score_by
        self.threshold = threshold
        self.normalisation = normalisation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.folds = folds
        self.seed = seed
        self.progress = progress

    def score_beats(self, X: npt.ArrayLike | Beats, sources: npt.ArrayLike | None = None) -> ScoredBeats:
        """Return scores, reconstructions and codes of beats, from one pass of the network.

        Parameters
        ----------
        X : Beats, or array_like of shape (n_beats, n_leads, n_times) or (n_beats, n_times)
            Beats, normal or not.
        sources : array_like of shape (n_beats,), optional
            For the ``template`` normalisation: which recording and lead each beat comes from; the records of
            ``X`` where it is a `Beats`.
        """
        waveforms = self._validate(X, reset=False)
        sources = sources_of(X, len(waveforms)) if sources is None else np.asarray(sources)
        standard = normalise(waveforms, self.normalisation, sources)
        return self._score(standard, waveforms, sources)

    def expected(self, X: npt.ArrayLike | Beats, sources: npt.ArrayLike | None = None) -> Floats:
        """Return the reconstruction of each beat, in the units of ``X`` and of its shape."""
        return self.score_beats(X, sources).reconstructions

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a detector that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or no anomaly detector.
        """
        return cls.of(artifact.load(Path(folder), KIND))

    @classmethod
    def of(cls, loaded: Artifact) -> Self:
        """Return the detector that an artifact describes.

        Raises
        ------
        ArtifactError
            If its manifest lacks what a detector needs.
        """
        manifest = loaded.manifest
        try:
            learned = manifest.parameters["learned"]
            options = dict(manifest.parameters["constructor"])
            options["threshold"] = threshold_from_dict(options["threshold"])
            detector = cls(**options)
            n_leads, n_times = learned["window_shape"]
            detector.window_shape_ = (int(n_leads), int(n_times))
            detector.n_features_in_ = n_leads * n_times
            detector.code_spread_ = np.array(learned["code_spread"], np.float32)
            detector._set_threshold(_finite(learned["threshold"]))
            if artifact.MEMBERS in manifest.files:
                content = loaded.array(artifact.CALIBRATION)
                detector.cross_conformal_ = CrossConformal.of_file(
                    np.zeros(0, np.float32) if content is None else content
                )
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"model {loaded.folder}: wrong parameters ({error}); install it again"
            ) from error
        detector.window_ = manifest.window
        detector.artifact_ = loaded
        return detector

    def at_alarm_rate(self, rate: float) -> Self:
        """Return the detector with the threshold that promises another false-alarm rate.

        Parameters
        ----------
        rate : float
            Share of the normal beats of new patients that may be called abnormal, on average over patients
            like those of the calibration (`ConformalThreshold`).

        Returns
        -------
        TrainedDetector
            With the same network; this one stays as it is.

        Raises
        ------
        ParameterError
            If the model holds no calibration scores, or too few to promise the rate.

        Examples
        --------
        >>> from ectopy.models.registry import DEFAULT_AUTOENCODER, model_folder
        >>> detector = TrainedDetector.load(model_folder(DEFAULT_AUTOENCODER))
        >>> detector.at_alarm_rate(0.005).threshold_ > detector.threshold_
        True
        """
        scores = self._calibration_scores()
        if scores is None:
            raise ParameterError(
                f"alarm_rate={rate!r} cannot be promised: the model holds no calibration scores; leave it out"
                " or calibrate the model with: ectopy models calibrate FOLDER"
            )
        least, most = 1 / (len(scores) + 1), len(scores) / (len(scores) + 1)
        if not least <= rate <= most:
            raise ParameterError(
                f"alarm_rate={rate!r} is out of reach: {len(scores)} calibration beats can promise rates from"
                f" {_rounded_up(least)} to {_rounded_down(most)}"
            )
        chosen = ConformalThreshold(float(rate))
        if self._loaded is not None and chosen == self.original_threshold:
            return type(self).of(self._loaded)
        changed = copy(self)
        changed.threshold = chosen
        ranks = self._ranks
        changed._set_threshold(chosen.learn(scores) if ranks is None else ranks.threshold(chosen))
        return changed

    def _score(self, standard: Normalised, waveforms: Floats, sources: npt.NDArray[Any]) -> ScoredBeats:
        """Run the network on normalised beats and score them."""
        inputs = network_inputs(standard, self.normalisation)
        output, codes = self._run(inputs)
        if self.normalisation == "template":
            return template_scores(output, codes, self.code_spread_, standard, waveforms, sources)
        found = reconstruction_scores(output, codes, standard)
        ranks = self._ranks
        return found if ranks is None else replace(found, scores=ranks.combined(self._run_members(inputs)))

    def _run_members(self, inputs: Floats) -> Floats:
        """Return the score of each beat by the network of each fold, shape (n_beats, folds)."""
        if self._loaded is not None:
            return self._loaded.run_members(inputs)
        from ectopy.training.loop import apply_network

        return apply_network(self.members_, inputs)[0]

    @property
    def _ranks(self) -> CrossConformal | None:
        """Held-out scores by fold; None where one network scores all beats."""
        return getattr(self, "cross_conformal_", None)

    @property
    def original_threshold(self) -> Threshold:
        """Rule of the threshold that the model was made with."""
        if self._loaded is None:
            return self.threshold or DEFAULT_THRESHOLD
        return threshold_from_dict(self._loaded.manifest.parameters["constructor"]["threshold"])

    def _calibration_scores(self) -> Floats | None:
        """Return the scores of held-out normal beats, rising, where they are known."""
        if self._ranks is not None:
            return np.sort(self._ranks.held_out())
        if self._loaded is None:
            return getattr(self, "calibration_scores_", None)
        return self._loaded.array(artifact.CALIBRATION)

    def _set_threshold(self, value: float) -> None:
        self.threshold_ = value
        self.offset_ = -value

    def _validate(self, X: npt.ArrayLike | Beats, *, reset: bool) -> Floats:
        if not reset:
            require_fitted(self, "window_shape_")
        values = X.waveforms if isinstance(X, Beats) else X
        array = _as_floats(values, self)
        if array.ndim > 3:
            raise ParameterError(f"X has shape {array.shape}; give (n_beats, n_leads, n_times)")
        waveforms: Floats = array[:, np.newaxis] if array.ndim == 2 else array
        shape = waveforms.shape[1:]
        if reset:
            self.window_shape_ = (int(shape[0]), int(shape[1]))
            self.n_features_in_ = int(shape[0] * shape[1])
        elif shape != self.window_shape_:
            raise ParameterError(
                f"X has {shape[0] * shape[1]} features, but {type(self).__name__} is expecting"
                f" {self.n_features_in_} features as input: (n_leads, n_times) = {self.window_shape_}"
            )
        return waveforms


def sources_of(X: object, n: int) -> npt.NDArray[Any]:
    """Return the recording of each beat, where the beats say so."""
    return X.records if isinstance(X, Beats) else np.zeros(n, np.int64)


def _as_floats(values: npt.ArrayLike, estimator: object) -> npt.NDArray[np.float32]:
    """Check an array as scikit-learn does, by itself where it is what cut beats are."""
    if isinstance(values, np.ndarray) and values.dtype == np.float32 and values.ndim == 3 and values.size:
        finite: npt.NDArray[np.float32] = values
        if np.isfinite(finite).all():
            return finite
    from sklearn.utils.validation import check_array

    return check_array(values, dtype=np.float32, allow_nd=True, ensure_min_samples=1, estimator=estimator)


def _finite(value: Any) -> float:
    number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"threshold {value!r} is no finite number")
    return number


def _rounded_up(rate: float, digits: int = 6) -> str:
    return f"{ceil(rate * 10**digits) / 10**digits:g}"


def _rounded_down(rate: float, digits: int = 6) -> str:
    return f"{floor(rate * 10**digits) / 10**digits:g}"
