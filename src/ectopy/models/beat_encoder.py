"""Features of beats that were learned without labels, with the interface of scikit-learn's transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.errors import ArtifactError, ParameterError, require_extra
from ectopy.features.table import BEAT_FEATURES, beat_features
from ectopy.models import artifact
from ectopy.models.artifact import Artifact, Manifest, require_fitted
from ectopy.models.registry import DEFAULT_ENCODER, model_folder
from ectopy.models.trained_classifier import by_record, check_beats
from ectopy.training.sequences import CLASSES, LENGTH

Floats = npt.NDArray[np.float32]

KIND: Final = "beat-encoder"

NORMALISATION: Final = "beat-features"
"""The network is given the columns of `ectopy.features.table` instead of windows."""

WEIGHT_DECAY: Final = 1e-2
"""Of AdamW, as for the beat classifier."""

N_WATCHED: Final = 100
"""Rows of which the loss is recorded as validation loss; nothing is chosen by it."""


class BeatEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A network that says what each beat is among its neighbours in few numbers, learned without labels.

    Parameters
    ----------
    n_code : int
        Numbers that a beat is turned into.
    channels, dilations
        Of the network, see `ectopy.networks.beat_encoder.EncoderArchitecture`.
    epochs, batch_size, learning_rate
        Of the training loop, see `ectopy.training.loop.Schedule`; a row of a batch is 256 beats.
    seed : int
        Of all random numbers.
    progress : bool
        Show a progress bar while training.

    Attributes
    ----------
    n_features_out_ : int
        Columns of what `transform` returns.
    window_ : WindowSpec
        How the beats were cut that it was fitted to.
    history_ : History
        Losses of the training; after ``fit`` only.

    Notes
    -----
    It learns by telling apart what was done to beats that nobody labelled: left as they were, moved earlier
    with another P wave, drawn over with a wide QRS, or mixed with one (`ectopy.training.pretext`). What it
    then says of a beat is what a classifier needs to know, so that few labels go far. A beat is seen among
    its neighbours: give all beats of a recording, in order, not a selection. Only ``fit`` needs torch.

    Examples
    --------
    >>> from ectopy import BeatEncoder, cut_beats, simulate
    >>> record = simulate(duration=20, leads=("II",), seed=1)
    >>> encoder = BeatEncoder.pretrained()
    >>> beats = cut_beats(record, record.annotations.beats().samples, encoder.window)
    >>> encoder.transform(beats).shape == (len(beats), encoder.n_features_out_)
    True
    """

    window_: WindowSpec | None
    n_features_out_: int
    artifact_: Artifact
    network_: Any

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

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []  # codes are float32 whatever the beats are
        return tags

    @classmethod
    def pretrained(cls) -> Self:
        """Return the shipped encoder, which learned from beats of thousands of people."""
        return cls.load(model_folder(DEFAULT_ENCODER))

    def fit(self, X: Beats, y: object = None) -> Self:
        """Learn from beats without labels.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times): all beats of each record, in order, with the index of the R
            peak. Many records of many people, each of eight beats or more.
        y : ignored
            Present for scikit-learn's pipelines.

        Returns
        -------
        BeatEncoder
            Itself.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If ``X`` is no `Beats` of one lead, does not say where the R peak is, or no record has eight beats
            that are alike.
        """
        require_extra("torch", "train")
        check_beats(X)
        if X.window is None:
            raise ParameterError("X does not say where its R peaks are; give Beats from cut_beats, or peak=…")
        from ectopy.networks.beat_classifier import round_to_half
        from ectopy.networks.beat_encoder import pretext_loss
        from ectopy.training import loop as training
        from ectopy.training.pretext import pretext_rows

        rows = pretext_rows(X, self.seed)
        watched = [column[:: max(1, len(column) // N_WATCHED)] for column in rows]
        network = self._new_network()
        schedule = training.Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            patience=self.epochs,
            weight_decay=WEIGHT_DECAY,
        )
        self.history_ = training.fit_network(
            network, pretext_loss, rows, watched, schedule=schedule, seed=self.seed, progress=self.progress
        )
        round_to_half(network)
        self.network_ = network.eval()
        self.n_features_out_ = self.n_code
        self.window_ = X.window
        return self

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
        return self._rows(X, 0)

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
        return np.asarray(-self._rows(X, 1)[:, 0] / np.log(10), np.float32)

    def _rows(self, X: Beats, output: int) -> Floats:
        """Return one of the outputs of the network for each beat."""
        require_fitted(self, "n_features_out_")
        check_beats(X)
        if (X.fs, X.shape[2]) != (self.window.fs, self.window.n_times):
            raise ParameterError(
                f"X has windows of {X.shape[2]} samples at {X.fs:g} Hz; this encoder takes"
                f" {self.window.n_times} at {self.window.fs:g} Hz: cut_beats(record, r_peaks, encoder.window)"
            )
        features = beat_features(X, self.window.before)
        found = np.zeros((len(X), (self.n_features_out_, len(CLASSES))[output]), np.float32)
        for rows in by_record(X):
            found[rows] = self._run(features[rows])[output]
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
        return self._run(features)[0]

    def _run(self, features: Floats) -> list[Floats]:
        """Return codes and logarithms of the probabilities of changes of the beats of one recording."""
        loaded: Artifact | None = getattr(self, "artifact_", None)
        if loaded is not None:
            return [output[0] for output in loaded.run(features[np.newaxis])]
        from ectopy.training.loop import apply_network

        return [output[0] for output in apply_network(self.network_, features[np.newaxis])]

    def get_feature_names_out(self, input_features: object = None) -> npt.NDArray[np.object_]:
        """Return a name for each column of what `transform` returns."""
        require_fitted(self, "n_features_out_")
        return np.array([f"code{i}" for i in range(self.n_features_out_)], dtype=object)

    def save(
        self,
        folder: Path | str,
        *,
        name: str | None = None,
        training: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
        beside: Mapping[str, bytes] | None = None,
    ) -> Artifact:
        """Write the fitted encoder as an artifact that runs without torch.

        Parameters
        ----------
        folder : path
            Where to write it.
        name : str, optional
            Name of the model; that of the folder by default.
        training, metrics : dict, optional
            For the manifest: what it was trained on, and how it did.
        beside : mapping of str to bytes, optional
            Further files for the folder: a card, pictures.

        Returns
        -------
        Artifact
            As written.

        Raises
        ------
        ArtifactError
            If the folder holds something else.
        """
        require_fitted(self, "network_")
        from safetensors.torch import save as weights_of
        from torch.export import Dim

        from ectopy.training.export import in_half, to_onnx

        options = {key: value for key, value in self.get_params().items() if key != "progress"}
        manifest = Manifest(
            name=name or Path(folder).name,
            kind=KIND,
            window=self.window,
            normalisation=NORMALISATION,
            parameters={
                "constructor": options,
                "features": list(BEAT_FEATURES),
                "history": asdict(self.history_),
            },
            training=training or {},
            metrics=metrics or {},
            versions={package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
        )
        example = np.zeros((1, LENGTH, len(BEAT_FEATURES)), np.float32)
        content = to_onnx(self.network_, example, ["code", "log_probability"], free={1: Dim("n_beats")})
        files = {
            artifact.NETWORK: in_half(content),
            artifact.WEIGHTS: weights_of(self.network_.half().state_dict()),
        }
        self.network_.float()
        return artifact.save(Path(folder), manifest, files, beside)

    def to_torch(self) -> Any:
        """Return a copy of the network as a torch module, to go on training it with labels.

        Returns
        -------
        EncoderNetwork
            ``network(features)`` gives codes (n, n_beats, n_code) and logarithms of the probabilities of the
            changes, of features (n, n_beats, n_features) from `ectopy.features.table.beat_features`.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        """
        require_fitted(self, "n_features_out_")
        require_extra("torch", "train")
        network = self._new_network()
        if hasattr(self, "network_"):
            network.load_state_dict(self.network_.state_dict())
        else:
            from safetensors.torch import load_file

            network.load_state_dict(load_file(self.artifact_.folder / artifact.WEIGHTS))
        return network.eval()

    def _new_network(self) -> Any:
        from ectopy.networks.beat_encoder import EncoderArchitecture, EncoderNetwork
        from ectopy.training.loop import seeded

        architecture = EncoderArchitecture(self.n_code, self.channels, tuple(self.dilations))
        with seeded(self.seed):
            return EncoderNetwork(len(BEAT_FEATURES), len(CLASSES), architecture)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read an encoder that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, of another version of the format, or no beat encoder.
        """
        loaded = artifact.load(Path(folder), KIND)
        manifest = loaded.manifest
        if manifest.parameters.get("features") != list(BEAT_FEATURES):
            raise ArtifactError(f"model {folder} uses other features than this program; train it again")
        try:
            encoder = cls(**manifest.parameters["constructor"])
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"model {folder}: wrong parameters ({error}); install it again") from error
        encoder.dilations = tuple(encoder.dilations)
        encoder.window_ = manifest.window
        encoder.n_features_out_ = encoder.n_code
        encoder.artifact_ = loaded
        return encoder

    @property
    def window(self) -> WindowSpec:
        """How the beats are cut that this encoder takes."""
        return artifact.window_of(self)

    @property
    def manifest(self) -> Manifest:
        """Manifest of the artifact that it was loaded from.

        Raises
        ------
        ArtifactError
            If it was not loaded from one.
        """
        return artifact.manifest_of(self)
