"""Classification of beats, with the interface of scikit-learn's classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.errors import ParameterError, require_extra
from ectopy.features.table import beat_features
from ectopy.models import feature_network
from ectopy.models.artifact import Artifact
from ectopy.models.feature_network import by_record, check_beats
from ectopy.models.manifest import Manifest
from ectopy.models.trained_classifier import KIND, TrainedClassifier
from ectopy.training.sequences import CLASSES, TrainingSequence, training_rows


class BeatClassifier(ClassifierMixin, TrainedClassifier, BaseEstimator):  # type: ignore[misc]
    """A network that classifies each beat by its shape, its timing and the beats around it.

    Parameters
    ----------
    peak : int
        Index of the R peak in the windows.
    channels, dilations
        Of the network, see `ectopy.networks.beat_context.ContextArchitecture`.
    epochs, batch_size, learning_rate
        Of the training loop, see `ectopy.training.loop.Schedule`; a row of a batch is `LENGTH` beats.
    seed : int
        Of all random numbers.
    progress : bool
        Show a progress bar while training.

    Attributes
    ----------
    classes_ : ndarray of str, shape (n_classes,)
        Names of the classes, in the order of the probabilities.
    window_ : WindowSpec
        How the beats were cut, where the beats that it was fitted to say so.
    history_ : History
        Losses of the training.

    Notes
    -----
    A beat is classified among its neighbours: give all beats of a recording, in order, not a selection. In
    cross-validation, split by patient (``groups=beats.patients``), so that recordings stay whole. The weight
    of a recording in each class grows with the square root of its beats, so that long and short ones count
    nearly the same. Probabilities follow the weights of the classes in training, not their shares in any
    population. Only ``fit`` needs torch.

    Examples
    --------
    >>> from ectopy.models.registry import default_classifier
    >>> from ectopy.beats.windows import cut_beats
    >>> from ectopy.simulation import simulate
    >>> record = simulate(duration=20, leads=("II",), seed=1)
    >>> classifier = default_classifier()
    >>> beats = cut_beats(record, record.annotations.beats().samples, classifier.window)
    >>> classifier.predict(beats)[:3].tolist()
    ['N', 'N', 'N']
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags

    def fit(self, X: Beats, y: npt.ArrayLike) -> Self:
        """Learn to classify beats.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); all beats of each record, in order.
        y : array_like of str, shape (n_beats,)
            Class of each beat, one of `CLASSES`; beats of other classes are context only, not learned from.

        Returns
        -------
        BeatClassifier
            Itself.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If there is not one class per beat, or no beat of a known class.
        """
        check_beats(X)
        classes = np.asarray(y, dtype=np.str_)
        if len(classes) != len(X):
            raise ParameterError(f"y has {len(classes)} entries for {len(X)} beats; give one class per beat")
        features = beat_features(X, self.peak)
        self.fit_sequences([TrainingSequence(features[rows], classes[rows]) for rows in by_record(X)])
        self.window_: WindowSpec | None = WindowSpec(fs=X.fs, before=self.peak, after=X.shape[2] - self.peak)
        return self

    def fit_sequences(self, sequences: Sequence[TrainingSequence]) -> Self:
        """Learn to classify beats whose features were computed before.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If there is no beat of a known class.
        """
        require_extra("torch", "train")
        from ectopy.networks.beat_classifier import ClassifierNetwork, classifier_loss
        from ectopy.networks.beat_context import ContextArchitecture
        from ectopy.training.loop import seeded

        if not any(np.isin(each.classes, CLASSES).any() for each in sequences):
            raise ParameterError(f"y has no beat of the classes {', '.join(CLASSES)}; give some of each")
        sizes = ContextArchitecture(self.channels, tuple(self.dilations))
        with seeded(self.seed):
            network = ClassifierNetwork(sequences[0].features.shape[1], len(CLASSES), sizes)
        feature_network.train(self, network, classifier_loss, training_rows(sequences, self.seed))
        self.classes_ = np.array(CLASSES)
        return self

    def save(
        self,
        folder: Path | str,
        *,
        name: str | None = None,
        window: WindowSpec | None = None,
        label_scheme: str = "aami",
        training: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
        beside: Mapping[str, bytes] | None = None,
    ) -> Artifact:
        """Write the fitted classifier as an artifact that runs without torch.

        Parameters
        ----------
        folder : path
            Where to write it.
        name : str, optional
            Name of the model; that of the folder by default.
        window : WindowSpec, optional
            How the beats were cut; ``window_`` by default.
        label_scheme : {"aami", "bxb"}
            Scheme of the labels that were learned.
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
            If the folder holds something else, or neither ``window`` nor ``window_`` is known.
        """
        check_is_fitted(self, "network_")
        about = Manifest(
            name=name or Path(folder).name,
            kind=KIND,
            window=window or self.window,
            classes=tuple(self.classes_.tolist()),
            label_scheme=label_scheme,
            training=training or {},
            metrics=metrics or {},
        )
        return feature_network.save(self, Path(folder), about, ["probability"], beside)
