"""Anomaly detection by reconstruction, with the interface of scikit-learn's outlier detectors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OutlierMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted

from ectopy import artifact, networks
from ectopy.artifact import Artifact, Manifest, WindowSpec
from ectopy.beats.normalisation import normalise, relative
from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, ParameterError, require_extra
from ectopy.estimators.threshold import ConformalThreshold, Threshold, threshold_from_dict, threshold_to_dict

KIND: Final = "anomaly-detector"

LARGEST: Final = 4.0
"""Where normalised samples are clipped on their way into the network: it must not draw large differences."""


@dataclass(frozen=True, eq=False)
class Examination:
    """What an autoencoder says about beats, from one pass of the network.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_beats,)
        Anomaly score of each beat; higher = more abnormal.
    reconstructions : ndarray of float32, shape (n_beats, n_leads, n_times)
        The network's picture of each beat, in the units of the input.
    codes : ndarray of float32, shape (n_beats, n_code)
        The latent code.
    """

    scores: npt.NDArray[np.float32]
    reconstructions: npt.NDArray[np.float32]
    codes: npt.NDArray[np.float32]


class BeatAnomalyDetector(OutlierMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Autoencoder of normal beats: what it cannot draw again is abnormal.

    Parameters
    ----------
    architecture : str, dict or Architecture
        Name of an autoencoder (``conv``), its name and options as ``{"name": "conv", "kernel": 5}``, or an
        object with ``build(n_leads, n_times)``.
    threshold : Threshold, optional
        How the flag follows from the score; `ConformalThreshold` at 1 % by default.
    normalisation : {"zscore", "own", "minmax", "none"}
        What is done to the windows before the network sees them, see `ectopy.beats.normalisation`.
    epochs, batch_size, learning_rate, patience
        Of the training loop, see `ectopy.training.Schedule`.
    validation_fraction : float
        Share of the patients (of the beats, where no patients are known) held out of training. Half of them
        stop the training, the other half calibrate the threshold.
    seed : int
        Of everything random.
    progress : bool
        Draw a progress bar while training.

    Attributes
    ----------
    threshold_ : float
        A score above it is called abnormal.
    offset_ : float
        ``-threshold_``, scikit-learn's name for it.
    history_ : History
        Losses of the training.
    window_shape_ : tuple of int
        (n_leads, n_times) of the beats it was fitted on.
    n_features_in_ : int
        n_leads × n_times.

    Notes
    -----
    The anomaly score is the mean absolute difference between the normalised beat and its reconstruction; with
    the ``own`` normalisation, as a multiple of what is usual for the person.
    ``fit``, and only ``fit``, needs torch. Two-dimensional input (n_beats, n_times) is taken as one lead.
    """

    def __init__(
        self,
        architecture: str | dict[str, Any] | networks.Architecture = "conv",
        *,
        threshold: Threshold | None = None,
        normalisation: str = "zscore",
        epochs: int = 40,
        batch_size: int = 256,
        learning_rate: float = 3e-3,
        patience: int = 8,
        validation_fraction: float = 0.2,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.architecture = architecture
        self.threshold = threshold
        self.normalisation = normalisation
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.seed = seed
        self.progress = progress

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []  # codes are float32 whatever the beats are
        return tags

    def fit(self, X: npt.ArrayLike | Beats, y: object = None, groups: npt.ArrayLike | None = None) -> Self:
        """Learn what normal beats look like.

        Parameters
        ----------
        X : Beats, or array_like of shape (n_beats, n_leads, n_times) or (n_beats, n_times)
            Normal beats only.
        y : ignored
            Present for scikit-learn's pipelines.
        groups : array_like of shape (n_beats,), optional
            Patient of each beat; taken from ``X`` when that is a `Beats` with patients.

        Returns
        -------
        BeatAnomalyDetector
            Itself.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        CalibrationError
            If the held-out beats are too few for the threshold.
        """
        require_extra("torch", "train")
        from ectopy import training

        waveforms = self._validate(X, reset=True)
        architecture = networks.autoencoder(self.architecture)
        train, stop, calibrate = _hold_out(
            len(waveforms), _patients(X, groups), self.validation_fraction, self.seed
        )
        sources = _sources(X)
        inputs = normalise(waveforms, self.normalisation, sources).waveforms
        with training.seeded(self.seed):
            network = architecture.build(*self.window_shape_)
        schedule = training.Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            patience=self.patience,
        )
        self.history_ = training.fit_network(
            network,
            _reconstruction_loss,
            [inputs[train].clip(-LARGEST, LARGEST)],
            [inputs[stop].clip(-LARGEST, LARGEST)],
            schedule=schedule,
            seed=self.seed,
            progress=self.progress,
        )
        self.network_ = network
        scores, _, _ = self._score(inputs[calibrate], None if sources is None else sources[calibrate])
        self._set_threshold((self.threshold or ConformalThreshold()).learn(scores))
        return self

    def examine(self, X: npt.ArrayLike | Beats, sources: npt.ArrayLike | None = None) -> Examination:
        """Return scores, reconstructions and codes of beats, from one pass of the network.

        Parameters
        ----------
        X : Beats, or array_like of shape (n_beats, n_leads, n_times) or (n_beats, n_times)
            Beats, normal or not.
        sources : array_like of shape (n_beats,), optional
            For the ``own`` normalisation: which recording and lead each beat comes from; the records of
            ``X`` where it is a `Beats`.
        """
        waveforms = self._validate(X, reset=False)
        sources = _sources(X) if sources is None else np.asarray(sources)
        normal = normalise(waveforms, self.normalisation, sources)
        scores, reconstruction, code = self._score(normal.waveforms, sources)
        return Examination(scores, normal.undo(reconstruction), code)

    def anomaly_score(self, X: npt.ArrayLike | Beats) -> npt.NDArray[np.float32]:
        """Return the anomaly score of each beat, shape (n_beats,); higher = more abnormal."""
        return self.examine(X).scores

    def score_samples(self, X: npt.ArrayLike | Beats) -> npt.NDArray[np.float32]:
        """Return the opposite of the anomaly score, shape (n_beats,); higher = more normal."""
        return -self.anomaly_score(X)

    def decision_function(self, X: npt.ArrayLike | Beats) -> npt.NDArray[np.float64]:
        """Return threshold minus score, shape (n_beats,); below zero = abnormal."""
        return -self.anomaly_score(X).astype(np.float64) - self.offset_

    def predict(self, X: npt.ArrayLike | Beats) -> npt.NDArray[np.int64]:
        """Return −1 for an abnormal beat and 1 for a normal one, shape (n_beats,)."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def reconstruct(self, X: npt.ArrayLike | Beats) -> npt.NDArray[np.float32]:
        """Return the network's picture of each beat, (n_beats, n_leads, n_times), in the units of ``X``."""
        return self.examine(X).reconstructions

    def transform(self, X: npt.ArrayLike | Beats) -> npt.NDArray[np.float32]:
        """Return the latent code of each beat, shape (n_beats, n_code)."""
        return self.examine(X).codes

    def save(
        self,
        folder: Path | str,
        *,
        name: str,
        window: WindowSpec,
        training: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
    ) -> Artifact:
        """Write the fitted detector as an artifact that runs without torch.

        Parameters
        ----------
        folder : path
            Where to.
        name : str
            Name of the model.
        window : WindowSpec
            How the beats were cut.
        training, metrics : dict, optional
            For the manifest: what it was trained on, and how it did.
        """
        check_is_fitted(self, "network_")
        from safetensors.torch import save as weights_of

        from ectopy.training import to_onnx

        n_leads, n_times = self.window_shape_
        example = np.zeros((2, n_leads, n_times), np.float32)
        manifest = Manifest(
            name=name,
            kind=KIND,
            window=window,
            leads=("any",) if n_leads == 1 else tuple(f"lead {i + 1}" for i in range(n_leads)),
            normalisation=self.normalisation,
            parameters=self._parameters(),
            training=training or {},
            metrics=metrics or {},
            versions={package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
        )
        files = {
            artifact.NETWORK: to_onnx(self.network_, example, ["reconstruction", "code"]),
            artifact.WEIGHTS: weights_of(self.network_.state_dict()),
        }
        return artifact.save(Path(folder), manifest, files)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a detector that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, newer than this program, or no anomaly detector.
        """
        found = artifact.load(Path(folder), KIND)
        manifest = found.manifest
        try:
            learned = manifest.parameters["learned"]
            options = dict(manifest.parameters["constructor"])
            options["threshold"] = threshold_from_dict(options["threshold"])
            detector = cls(**options)
            n_leads, n_times = learned["window_shape"]
            detector.window_shape_ = (int(n_leads), int(n_times))
            detector.n_features_in_ = n_leads * n_times
            detector._set_threshold(float(learned["threshold"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"model {folder}: wrong parameters ({error}); install it again") from error
        detector.artifact_ = found
        return detector

    @property
    def window(self) -> WindowSpec:
        """How the beats are cut that this detector judges.

        Raises
        ------
        ArtifactError
            If it was not loaded from an artifact, which alone says so.
        """
        return artifact.window_of(getattr(self, "artifact_", None))

    def _score(
        self, inputs: npt.NDArray[np.float32], sources: npt.NDArray[Any] | None
    ) -> tuple[npt.NDArray[np.float32], ...]:
        reconstruction, code = self._run(inputs.clip(-LARGEST, LARGEST))
        scores = np.abs(reconstruction - inputs).mean(axis=(1, 2), dtype=np.float32)
        if self.normalisation == "own":
            scores = relative(scores, sources)
        return scores, reconstruction, code

    def _run(self, inputs: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        found: Artifact | None = getattr(self, "artifact_", None)
        if found is not None:
            return found.run(inputs)
        from ectopy.training import apply_network

        return apply_network(self.network_, inputs)

    def _parameters(self) -> dict[str, Any]:
        options = {
            key: value
            for key, value in self.get_params(deep=False).items()
            if key not in ("architecture", "threshold", "progress")
        }
        return {
            "constructor": options
            | {
                "architecture": networks.describe(networks.autoencoder(self.architecture)),
                "threshold": threshold_to_dict(self.threshold or ConformalThreshold()),
            },
            "learned": {
                "threshold": self.threshold_,
                "window_shape": list(self.window_shape_),
                "history": asdict(self.history_),
            },
        }

    def _set_threshold(self, value: float) -> None:
        self.threshold_ = value
        self.offset_ = -value

    def _validate(self, X: npt.ArrayLike | Beats, *, reset: bool) -> npt.NDArray[np.float32]:
        if not reset:
            check_is_fitted(self, "window_shape_")
        values = X.waveforms if isinstance(X, Beats) else X
        array = check_array(values, dtype=np.float32, allow_nd=True, ensure_min_samples=1, estimator=self)
        if array.ndim > 3:
            raise ParameterError(f"X has shape {array.shape}; give (n_beats, n_leads, n_times)")
        waveforms: npt.NDArray[np.float32] = array[:, np.newaxis] if array.ndim == 2 else array
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


def _reconstruction_loss(network: Any, batch: Any) -> Any:
    (x,) = batch
    reconstruction, _ = network(x)
    return (reconstruction - x).abs().mean()


def _sources(X: object) -> npt.NDArray[Any] | None:
    return X.records if isinstance(X, Beats) else None


def _patients(X: object, groups: npt.ArrayLike | None) -> npt.NDArray[Any] | None:
    if groups is not None:
        return np.asarray(groups)
    if isinstance(X, Beats) and (X.patients != "").all():
        return X.patients
    return None


def _hold_out(
    n: int, patients: npt.NDArray[Any] | None, fraction: float, seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the rows for training, for stopping and for calibration; no patient is in two of them."""
    if not 0 < fraction < 1:
        raise ParameterError(f"validation_fraction={fraction!r} is no share; give one between 0 and 1")
    units = np.arange(n) if patients is None else np.unique(patients, return_inverse=True)[1]
    n_units = int(units.max()) + 1
    if n_units < 3:
        raise ParameterError(
            f"{n_units} {'beats' if patients is None else 'patients'} cannot be parted into training,"
            f" stopping and calibration (n_samples={n}); give at least 3"
        )
    order = np.random.default_rng(seed).permutation(n_units)
    n_held = min(n_units - 1, max(2, round(fraction * n_units)))
    part = np.zeros(n_units, dtype=np.int64)
    part[order[:n_held:2]] = 1
    part[order[1:n_held:2]] = 2
    train, stop, calibrate = (np.flatnonzero(part[units] == k) for k in range(3))
    return train, stop, calibrate
