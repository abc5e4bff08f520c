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

from ectopy import artifact
from ectopy.artifact import Artifact, Manifest, WindowSpec
from ectopy.beats.context import CONTEXT_FEATURES, context_features
from ectopy.beats.windows import Beats
from ectopy.errors import ArtifactError, ParameterError, require_extra

KIND: Final = "beat-classifier"

CLASSES: Final = ("N", "S", "V", "F")
"""What beats are told apart into; Q is not learned."""

WEIGHTS: Final[Mapping[str, float]] = {"N": 8.0, "S": 0.7, "V": 1.5, "F": 0.2}
"""How much each class counts in training, chosen by cross-validation over the patients of DS1."""


@dataclass(frozen=True, eq=False)
class TrainingBeats:
    """Beats to learn from, described among all their neighbours and then thinned.

    Parameters
    ----------
    features : ndarray of float32, shape (n_beats, n_features)
        The columns `ectopy.beats.context.CONTEXT_FEATURES`.
    classes : ndarray of str, shape (n_beats,)
        One of `CLASSES` each.
    patients : ndarray of str, shape (n_beats,)
    """

    features: npt.NDArray[np.float32]
    classes: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]

    @classmethod
    def concatenate(cls, parts: Sequence[TrainingBeats]) -> TrainingBeats:
        """Join what was chosen of several recordings."""
        return cls(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.classes for part in parts]),
            np.concatenate([part.patients for part in parts]),
        )


def choose_training_beats(
    beats: Beats, y: npt.ArrayLike, *, peak: int = 48, most_beats: int = 80, seed: int = 0
) -> TrainingBeats:
    """Describe the beats of recordings, and choose some of each class to learn from.

    Parameters
    ----------
    beats : Beats
        One lead each, (n_beats, 1, n_times); every beat of each record, with its patient.
    y : array_like of str, shape (n_beats,)
        Class of each beat, one of `CLASSES`; beats of other names are company, not learned from.
    peak : int
        Index of the R peak in the windows.
    most_beats : int
        Beats of one class that one record gives at the most.
    seed : int
        Of the choice.

    Returns
    -------
    TrainingBeats

    Raises
    ------
    ParameterError
        If there is not one class a beat.
    """
    names = np.asarray(y, dtype=np.str_)
    if len(names) != len(beats):
        raise ParameterError(f"y has {len(names)} entries for {len(beats)} beats; give one class a beat")
    chosen = _thin(beats.records, names, most_beats, seed)
    return TrainingBeats(context_features(beats, peak)[chosen], names[chosen], beats.patients[chosen])


class BeatClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Perceptrons that name a beat by its shape beside the person's own beat, and by its neighbours.

    Parameters
    ----------
    peak : int
        Index of the R peak in the windows.
    hidden, members : int
        Of the network, see `ectopy.networks.beat_classifier.ClassifierShape`.
    epochs, batch_size, learning_rate
        Of the training loop, see `ectopy.training.Schedule`.
    most_beats : int
        Beats of one class that one record gives at the most.
    seed : int
        Of everything random.
    progress : bool
        Draw a progress bar while training.

    Attributes
    ----------
    classes_ : ndarray of str, shape (n_classes,)
        Names of the classes, in the order of the probabilities.
    histories_ : tuple of History
        Losses of the training of each member.

    Notes
    -----
    A beat is judged among its neighbours: always give all beats of a recording, in the order in which they
    came, not a selection. Patients of many beats and of few count nearly alike: in each class a patient's
    weight grows with the square root of their beats. Probabilities follow the weights of the classes in
    training, not their shares in any population. ``fit``, and only ``fit``, needs torch.
    """

    def __init__(
        self,
        *,
        peak: int = 48,
        hidden: int = 128,
        members: int = 4,
        epochs: int = 6,
        batch_size: int = 512,
        learning_rate: float = 1e-2,
        most_beats: int = 80,
        seed: int = 0,
        progress: bool = False,
    ) -> None:
        self.peak = peak
        self.hidden = hidden
        self.members = members
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.most_beats = most_beats
        self.seed = seed
        self.progress = progress

    def fit(self, X: Beats, y: npt.ArrayLike) -> Self:
        """Learn to name beats.

        Parameters
        ----------
        X : Beats
            One lead each, (n_beats, 1, n_times); every beat of each record, with its patient.
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
        require_extra("torch", "train")
        chosen = choose_training_beats(X, y, peak=self.peak, most_beats=self.most_beats, seed=self.seed)
        return self.fit_described(chosen)

    def fit_described(self, *draws: TrainingBeats) -> Self:
        """Learn to name beats that were described before.

        Parameters
        ----------
        *draws : TrainingBeats
            What is learned from. Several, of replays drawn anew, are dealt to the members in turn: what one
            draw happened to hold is then the fault of one vote only.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If there is no example.
        """
        require_extra("torch", "train")
        from ectopy import training
        from ectopy.networks.beat_classifier import ClassifierNetwork, round_to_half

        if not draws or not all(len(draw.classes) for draw in draws):
            raise ParameterError(f"y names no beat of the classes {', '.join(CLASSES)}; give some of each")
        with training.seeded(self.seed):
            network = ClassifierNetwork(draws[0].features.shape[1], len(CLASSES), self._shape())
        self.histories_ = tuple(
            self._teach(member, draws[i % len(draws)], seed=self.members * self.seed + i)
            for i, member in enumerate(network.members)
        )
        round_to_half(network)
        self.network_ = network.eval()
        self.classes_ = np.array(CLASSES)
        return self

    def _teach(self, member: Any, chosen: TrainingBeats, *, seed: int) -> Any:
        """Train one member; return its history."""
        from ectopy import training
        from ectopy.networks.beat_classifier import member_loss

        number = np.array([CLASSES.index(str(name)) for name in chosen.classes])
        arrays = [chosen.features, number, weights(number, chosen.patients)]
        schedule = training.Schedule(
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            patience=self.epochs,
            weight_decay=1e-2,
        )
        # The number of epochs was chosen by patients; there is nothing to stop for.
        return training.fit_network(
            member, member_loss, arrays, arrays, schedule=schedule, seed=seed, progress=self.progress
        )

    def predict_proba(self, X: Beats, sources: npt.ArrayLike | None = None) -> npt.NDArray[np.float32]:
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
        if not len(X):
            return np.zeros((0, len(self.classes_)), np.float32)
        return self.predict_described(context_features(X, self.peak, sources))

    def predict_described(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the probability of each class of beats that `context_features` has described."""
        check_is_fitted(self, "classes_")
        found: Artifact | None = getattr(self, "artifact_", None)
        if found is not None:
            return found.run(features)[0]
        from ectopy.training import apply_network

        return apply_network(self.network_, features)[0]

    def predict(self, X: Beats, sources: npt.ArrayLike | None = None) -> npt.NDArray[np.str_]:
        """Return the most probable class of each beat, shape (n_beats,)."""
        chosen: npt.NDArray[np.str_] = self.classes_[self.predict_proba(X, sources).argmax(axis=1)]
        return chosen

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
        from ectopy.training import in_half, to_onnx

        options = {key: value for key, value in self.get_params().items() if key != "progress"}
        manifest = Manifest(
            name=name,
            kind=KIND,
            window=window,
            normalisation="ectopy.beats.context.context_features",
            classes=tuple(self.classes_.tolist()),
            label_scheme=label_scheme,
            parameters={
                "constructor": options,
                "features": list(CONTEXT_FEATURES),
                "histories": [asdict(history) for history in self.histories_],
            },
            training=training or {},
            metrics=metrics or {},
            versions={package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
        )
        example = np.zeros((2, len(CONTEXT_FEATURES)), np.float32)
        files = {artifact.NETWORK: in_half(to_onnx(self.network_, example, ["probability"]))}
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

    def _shape(self) -> Any:
        from ectopy.networks.beat_classifier import ClassifierShape

        return ClassifierShape(hidden=self.hidden, members=self.members)


def _thin(
    records: npt.NDArray[np.str_], names: npt.NDArray[np.str_], most: int, seed: int
) -> npt.NDArray[np.int64]:
    """Return which beats are learned from: of each class, not more than ``most`` of one record."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.flatnonzero(np.isin(names, CLASSES)))
    pairs = np.char.add(np.char.add(records[order], " "), names[order])
    _, group = np.unique(pairs, return_inverse=True)
    by_group = np.argsort(group, kind="stable")
    sorted_group = group[by_group]
    place = np.arange(len(order)) - np.searchsorted(sorted_group, sorted_group)
    return np.sort(order[by_group[place < most]])


def weights(number: npt.NDArray[np.int64], patients: npt.NDArray[np.str_]) -> npt.NDArray[np.float32]:
    """Return what each beat counts: its class by `WEIGHTS`, its patient by the root of their beats."""
    each = np.zeros(len(number))
    for i, name in enumerate(CLASSES):
        rows = np.flatnonzero(number == i)
        _, owner, n_beats = np.unique(patients[rows], return_inverse=True, return_counts=True)
        share = 1 / np.sqrt(n_beats[owner])
        each[rows] = WEIGHTS[name] * share / max(share.sum(), 1e-9)
    even: npt.NDArray[np.float32] = (each / each.mean()).astype(np.float32)
    return even
