"""What models share whose network takes the features of the beats of a recording, in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, ParameterError
from ectopy.features.table import BEAT_FEATURES
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import Manifest
from ectopy.models.trained_model import TrainedModel

Floats = npt.NDArray[np.float32]

NORMALISATION: Final = "beat-features"
"""The network is given the columns of `ectopy.features.table` instead of windows."""

WEIGHT_DECAY: Final = 1e-2
"""Of AdamW; with few people to learn from, weights are held small."""

N_WATCHED: Final = 100
"""Rows of which the loss is recorded as validation loss; nothing is chosen by it."""


class FeatureNetwork(TrainedModel):
    """A model of which the network takes features, fitted here or loaded from an artifact."""

    history_: Any

    def run_features(self, features: Floats) -> list[Floats]:
        """Return the outputs of the network for the beats of one recording.

        Parameters
        ----------
        features : ndarray of float32, shape (n_beats, n_features)
            From `ectopy.features.table.beat_features`, of all beats of the recording, in order.

        Returns
        -------
        list of ndarray of float32, shape (n_beats, n_columns)
        """
        return [output[0] for output in self._run(features[np.newaxis])]

    def _check_windows(self, X: Beats) -> None:
        """Refuse beats that are cut unlike those of the training."""
        if (X.fs, X.shape[2]) != (self.window.fs, self.window.n_times):
            raise ParameterError(
                f"X has windows of {X.shape[2]} samples at {X.fs:g} Hz; this model takes"
                f" {self.window.n_times} at {self.window.fs:g} Hz: cut_beats(record, r_peaks, model.window)"
            )

    @classmethod
    def of(cls, loaded: Artifact) -> Self:
        """Return the model that an artifact describes.

        Raises
        ------
        ArtifactError
            If it uses other features than this program, or its manifest lacks what a model needs.
        """
        manifest = loaded.manifest
        if manifest.parameters.get("features") != list(BEAT_FEATURES):
            raise ArtifactError(
                f"model {loaded.folder} uses other features than this program; train it again"
            )
        try:
            model = cls._of_manifest(manifest)
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"model {loaded.folder}: wrong parameters ({error}); install it again"
            ) from error
        model.window_ = manifest.window
        model.artifact_ = loaded
        return model

    @classmethod
    def _of_manifest(cls, manifest: Manifest) -> Self:
        """Return the model of a manifest, without its network."""
        options = manifest.parameters["constructor"]
        return cls(**options | {"dilations": tuple(options["dilations"])})


def train(model: Any, network: Any, loss: Callable[..., Any], rows: Sequence[npt.NDArray[Any]]) -> None:
    """Train a network by the parameters of an estimator, which keeps it and the history of its losses."""
    from ectopy.networks.beat_context import round_to_half
    from ectopy.training import loop

    watched = [column[:: max(1, len(column) // N_WATCHED)] for column in rows]
    schedule = loop.Schedule(
        epochs=model.epochs,
        batch_size=model.batch_size,
        learning_rate=model.learning_rate,
        patience=model.epochs,
        weight_decay=WEIGHT_DECAY,
    )
    model.history_ = loop.fit_network(
        network, loss, rows, watched, schedule=schedule, seed=model.seed, progress=model.progress
    )
    round_to_half(network)
    model.network_ = network.eval()


def save(
    model: Any,
    folder: Path,
    about: Manifest,
    outputs: Sequence[str],
    beside: Mapping[str, bytes] | None,
    files: Mapping[str, bytes] | None = None,
) -> Artifact:
    """Write a fitted model as an artifact that runs without torch.

    Parameters
    ----------
    model : FeatureNetwork
        A fitted estimator.
    folder : Path
        Where to write it.
    about : Manifest
        What it is; parameters, versions and normalisation are filled in here.
    outputs : sequence of str
        Names of the outputs of the network.
    beside, files : mapping of str to bytes, optional
        Further files for the folder; those that are part of the model.

    Raises
    ------
    ArtifactError
        If the folder holds something else.
    """
    from torch.export import Dim

    from ectopy.training.export import to_onnx
    from ectopy.training.onnx_layout import in_half, in_two_dimensions
    from ectopy.training.sequences import LENGTH

    options = {key: value for key, value in model.get_params().items() if key != "progress"}
    manifest = about.model_copy(
        update={
            "normalisation": NORMALISATION,
            "parameters": {
                "constructor": options,
                "features": list(BEAT_FEATURES),
                "history": asdict(model.history_),
            },
            "versions": {package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
        }
    )
    example = np.zeros((1, LENGTH, len(BEAT_FEATURES)), np.float32)
    content = to_onnx(model.network_, example, list(outputs), free={1: Dim("n_beats")})
    network = in_two_dimensions(in_half(content))
    return artifact.save(folder, manifest, {artifact.NETWORK: network, **(files or {})}, beside)


def check_beats(X: object) -> None:
    """Refuse what is no `Beats` of one lead."""
    if not isinstance(X, Beats):
        raise ParameterError(f"X is a {type(X).__name__}; give a Beats, such as cut_beats returns")
    if X.shape[1] != 1:
        raise ParameterError(f"X has {X.shape[1]} leads per beat; give one, the lead that shows it best")


def by_record(beats: Beats) -> list[npt.NDArray[np.int64]]:
    """Return the rows of each recording."""
    return [np.flatnonzero(beats.records == record) for record in np.unique(beats.records)]
