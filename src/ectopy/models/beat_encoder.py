"""Features of beats that were learned without labels, with the interface of scikit-learn's transformers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin

from ectopy.beats.windows import Beats
from ectopy.errors import ParameterError, require_extra
from ectopy.features.table import BEAT_FEATURES
from ectopy.models import artifact, feature_network
from ectopy.models.artifact import Artifact, require_fitted
from ectopy.models.feature_network import check_beats
from ectopy.models.manifest import Manifest
from ectopy.models.registry import DEFAULT_ENCODER, model_folder
from ectopy.models.trained_encoder import KIND, TrainedEncoder
from ectopy.training.sequences import CLASSES


class BeatEncoder(TransformerMixin, TrainedEncoder, BaseEstimator):  # type: ignore[misc]
    """A network that says what each beat is among its neighbours in few numbers, learned without labels.

    Parameters
    ----------
    n_code : int
        Numbers that a beat is turned into.
    channels, dilations
        Of the network, see `ectopy.networks.beat_encoder.EncoderNetwork`.
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
        from ectopy.networks.beat_encoder import pretext_loss
        from ectopy.training.pretext import pretext_rows

        feature_network.train(self, self._new_network(), pretext_loss, pretext_rows(X, self.seed))
        self.n_features_out_ = self.n_code
        self.window_ = X.window
        return self

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

        about = Manifest(
            name=name or Path(folder).name,
            kind=KIND,
            window=self.window,
            training=training or {},
            metrics=metrics or {},
        )
        files = {artifact.WEIGHTS: weights_of(self.network_.half().state_dict())}
        self.network_.float()
        return feature_network.save(self, Path(folder), about, ["code", "log_probability"], beside, files)

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
        from ectopy.networks.beat_encoder import ARCHITECTURE, EncoderNetwork
        from ectopy.training.loop import seeded

        sizes = replace(ARCHITECTURE, channels=self.channels, dilations=tuple(self.dilations))
        with seeded(self.seed):
            return EncoderNetwork(len(BEAT_FEATURES), len(CLASSES), self.n_code, sizes)
