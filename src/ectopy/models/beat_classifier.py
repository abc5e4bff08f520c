"""Classification of beats, with the interface of scikit-learn's classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.errors import ArtifactError, ParameterError, require_extra
from ectopy.features.morphology import CONTEXT_FEATURES, context_features
from ectopy.models import artifact
from ectopy.models.artifact import Artifact, Manifest

Floats = npt.NDArray[np.float32]

KIND: Final = "beat-classifier"

CLASSES: Final = ("N", "S", "V", "F")
"""What beats are told apart into; Q is not learned."""

_NUMBER: Final = {name: number for number, name in enumerate(CLASSES)}

WEIGHTS: Final[Mapping[str, float]] = {"N": 8.0, "S": 0.5, "V": 0.6, "F": 0.15}
"""How much each class counts in training, all its beats together."""

RECORDED: Final = 2.0
"""How much a recording counts beside what was made of it."""

LENGTH: Final = 256
"""Beats in a row that are learned from at a time."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """All the beats of a recording, or of what was made of one, to learn from.

    Parameters
    ----------
    features : ndarray of float32, shape (n_beats, n_features)
        The columns `ectopy.features.morphology.CONTEXT_FEATURES`, of beats in the order in which they came.
    classes : ndarray of str, shape (n_beats,)
        Beats that are named otherwise than `CLASSES` are company, not learned from.
    made : bool
        Whether this was made of a recording.
    """

    features: Floats
    classes: npt.NDArray[np.str_]
    made: bool = False

    @classmethod
    def of(cls, beats: Beats, peak: int, *, made: bool = False) -> Lesson:
        """Describe beats of one recording on one lead, whose symbols are classes."""
        return cls(context_features(beats, peak), beats.symbols, made)


class BeatClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network that names a beat by its shape beside the person's own beat, and by the beats around it.

    Parameters
    ----------
    peak : int
        Index of the R peak in the windows.
    channels, gaps
        Of the network, see `ectopy.networks.beat_classifier.ClassifierShape`.
    epochs, batch_size, learning_rate
        Of the training loop, see `ectopy.training.loop.Schedule`; a row of a batch is `LENGTH` beats.
    seed : int
        Of everything random.
    progress : bool
        Draw a progress bar while training.

    Attributes
    ----------
    classes_ : ndarray of str, shape (n_classes,)
        Names of the classes, in the order of the probabilities.
    history_ : History
        Losses of the training.

    Notes
    -----
    A beat is judged among its neighbours: always give all beats of a recording, in the order in which they
    came, not a selection. Recordings of many beats and of few count nearly alike: in each class the weight of
    one grows with the square root of its beats. Probabilities follow the weights of the classes in training,
    not their shares in any population. ``fit``, and only ``fit``, needs torch.
    """

    def __init__(
        self,
        *,
        peak: int = 48,
        channels: int = 56,
        gaps: tuple[int, ...] = (1, 2, 4, 8, 16, 32),
        epochs: int = 8,
        batch_size: int = 24,
        learning_rate: float = 3e-3,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.peak = peak
        self.channels = channels
        self.gaps = gaps
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.seed = seed
        self.progress = progress

    def fit(self, X: Beats, y: npt.ArrayLike) -> Self:
        """Learn to name beats.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); every beat of each record, in order.
        y : array_like of str, shape (n_beats,)
            Class of each beat, one of `CLASSES`; beats of other names are company, not learned from.

        Returns
        -------
        BeatClassifier
            Itself.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If there is not one class a beat, or no beat of a known class.
        """
        names = np.asarray(y, dtype=np.str_)
        if len(names) != len(X):
            raise ParameterError(f"y has {len(names)} entries for {len(X)} beats; give one class a beat")
        features = context_features(X, self.peak)
        return self.fit_lessons([Lesson(features[rows], names[rows]) for rows in _by_record(X)])

    def fit_lessons(self, lessons: Sequence[Lesson]) -> Self:
        """Learn to name beats that were described before.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If there is no example.
        """
        require_extra("torch", "train")
        from ectopy.networks.beat_classifier import (
            ClassifierNetwork,
            ClassifierShape,
            classifier_loss,
            round_to_half,
        )
        from ectopy.training import loop as training

        if not any(np.isin(each.classes, CLASSES).any() for each in lessons):
            raise ParameterError(f"y names no beat of the classes {', '.join(CLASSES)}; give some of each")
        shape = ClassifierShape(self.channels, tuple(self.gaps))
        with training.seeded(self.seed):
            network = ClassifierNetwork(lessons[0].features.shape[1], len(CLASSES), shape)
        schedule = training.Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            patience=self.epochs,
            weight_decay=1e-2,
        )
        rows = _rows(lessons, self.seed)
        # The number of epochs was chosen by patients; there is nothing to stop for, and a few rows to watch.
        watched = [column[:: max(1, len(column) // 100)] for column in rows]
        self.history_ = training.fit_network(
            network,
            classifier_loss,
            rows,
            watched,
            schedule=schedule,
            seed=self.seed,
            progress=self.progress,
        )
        round_to_half(network)
        self.network_ = network.eval()
        self.classes_ = np.array(CLASSES)
        return self

    def predict_proba(self, X: Beats, sources: npt.ArrayLike | None = None) -> Floats:
        """Return the probability of each class.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); every beat of each record, in order.
        sources : array_like, shape (n_beats,), optional
            Which recording and lead each beat was cut from; the records of ``X`` by default.

        Returns
        -------
        ndarray of float32, shape (n_beats, n_classes)
            In the order of ``classes_``.

        Raises
        ------
        ParameterError
            If the beats have more than one lead.
        """
        check_is_fitted(self, "classes_")
        if X.waveforms.shape[1] != 1:
            raise ParameterError(
                f"X has {X.waveforms.shape[1]} leads a beat; give one, the lead that shows it best"
            )
        said = np.zeros((len(X), len(self.classes_)), np.float32)
        if len(X):
            features = context_features(X, self.peak, sources)
            for rows in _by_record(X):
                said[rows] = self.predict_described(features[rows])
        return said

    def predict_described(self, features: Floats) -> Floats:
        """Return the probability of each class of the beats of one recording, all of them, in order.

        Parameters
        ----------
        features : ndarray of float32, shape (n_beats, n_features)
            What `context_features` says of them.
        """
        check_is_fitted(self, "classes_")
        found: Artifact | None = getattr(self, "artifact_", None)
        if found is not None:
            probability: Floats = found.run(features[np.newaxis])[0][0]
        else:
            from ectopy.training.loop import apply_network

            probability = apply_network(self.network_, features[np.newaxis])[0][0]
        return probability

    def predict(self, X: Beats, sources: npt.ArrayLike | None = None) -> npt.NDArray[np.str_]:
        """Return the most probable class of each beat, shape (n_beats,)."""
        return self.classes_[self.predict_proba(X, sources).argmax(axis=1)]

    def save(
        self,
        folder: Path | str,
        *,
        name: str,
        window: WindowSpec,
        label_scheme: str = "aami",
        training: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
    ) -> Artifact:
        """Write the fitted classifier as an artifact that runs without torch.

        Parameters
        ----------
        folder : path
            Where to.
        name : str
            Name of the model.
        window : WindowSpec
            How the beats were cut.
        label_scheme : {"aami", "bxb"}
            Reading of the labels that were learned.
        training, metrics : dict, optional
            For the manifest: what it was trained on, and how it did.
        """
        check_is_fitted(self, "network_")
        from torch.export import Dim

        from ectopy.training.export import in_half, to_onnx

        options = {key: value for key, value in self.get_params().items() if key != "progress"}
        manifest = Manifest(
            name=name,
            kind=KIND,
            window=window,
            normalisation="ectopy.features.morphology.context_features",
            classes=tuple(self.classes_.tolist()),
            label_scheme=label_scheme,
            parameters={
                "constructor": options,
                "features": list(CONTEXT_FEATURES),
                "history": asdict(self.history_),
            },
            training=training or {},
            metrics=metrics or {},
            versions={package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
        )
        example = np.zeros((1, LENGTH, len(CONTEXT_FEATURES)), np.float32)
        content = to_onnx(self.network_, example, ["probability"], free={1: Dim("n_beats")})
        files = {artifact.NETWORK: in_half(content)}
        return artifact.save(Path(folder), manifest, files)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a classifier that `save` wrote; torch is not needed.

        Raises
        ------
        ArtifactError
            If the artifact is damaged, newer than this program, or no beat classifier.
        """
        found = artifact.load(Path(folder), KIND)
        manifest = found.manifest
        if manifest.parameters.get("features") != list(CONTEXT_FEATURES):
            raise ArtifactError(f"model {folder} looks at other features than this program; train it again")
        try:
            classifier = cls(**manifest.parameters["constructor"])
        except (KeyError, TypeError) as error:
            raise ArtifactError(f"model {folder}: wrong parameters ({error}); install it again") from error
        classifier.classes_ = np.array(manifest.classes)
        classifier.artifact_ = found
        return classifier

    @property
    def window(self) -> WindowSpec:
        """How the beats are cut that this classifier names.

        Raises
        ------
        ArtifactError
            If it was not loaded from an artifact, which alone says so.
        """
        return artifact.window_of(getattr(self, "artifact_", None))


def weights(lessons: Sequence[Lesson]) -> list[Floats]:
    """Return what each beat counts: its class by `WEIGHTS`, its lesson by the root of its beats of it."""
    each = [np.zeros(len(lesson.classes)) for lesson in lessons]
    for name, total in WEIGHTS.items():
        rows = [lesson.classes == name for lesson in lessons]
        shares = [
            (1.0 if lesson.made else RECORDED) / np.sqrt(max(1, row.sum()))
            for lesson, row in zip(lessons, rows, strict=True)
        ]
        sum_of_all = sum(share * row.sum() for share, row in zip(shares, rows, strict=True))
        for weight, row, share in zip(each, rows, shares, strict=True):
            weight[row] = total * share / max(sum_of_all, 1e-9)
    mean = sum(weight.sum() for weight in each) / max(1, sum((weight > 0).sum() for weight in each))
    return [(weight / max(mean, 1e-12)).astype(np.float32) for weight in each]


def _rows(lessons: Sequence[Lesson], seed: int) -> list[npt.NDArray[Any]]:
    """Cut lessons into rows of `LENGTH` beats at random places; return features, classes, weights."""
    rng = np.random.default_rng(seed)
    rows: list[list[npt.NDArray[Any]]] = []
    for lesson, weight in zip(lessons, weights(lessons), strict=True):
        number = np.array([_NUMBER.get(str(name), 0) for name in lesson.classes], dtype=np.int64)
        for start in range(int(rng.integers(-LENGTH + 1, 1)), len(number), LENGTH):
            chosen = slice(max(0, start), start + LENGTH)
            rows.append([_filled(column[chosen]) for column in (lesson.features, number, weight)])
    return [np.stack(column) for column in zip(*rows, strict=True)]


def _filled(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what was given, with zeros after it up to `LENGTH`; they weigh nothing."""
    return np.concatenate([column, np.zeros((LENGTH - len(column), *column.shape[1:]), column.dtype)])


def _by_record(beats: Beats) -> list[npt.NDArray[np.int64]]:
    return [np.flatnonzero(beats.records == record) for record in np.unique(beats.records)]
