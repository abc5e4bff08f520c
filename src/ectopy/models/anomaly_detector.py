"""Anomaly detection by reconstruction, with the interface of scikit-learn's outlier detectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OutlierMixin, TransformerMixin, clone
from sklearn.model_selection import GroupKFold
from sklearn.utils.validation import check_is_fitted

from ectopy import networks
from ectopy.beats.normalisation import Normalised, normalise
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.errors import ParameterError, require_extra, unknown_option
from ectopy.models import artifact
from ectopy.models.anomaly_score import (
    network_inputs,
)
from ectopy.models.artifact import Artifact
from ectopy.models.cross_conformal import CrossConformal
from ectopy.models.manifest import Manifest
from ectopy.models.threshold import DEFAULT_THRESHOLD, threshold_to_dict
from ectopy.models.trained_detector import KIND, TrainedDetector, sources_of
from ectopy.training.autoencoder import owners_of, train_autoencoder
from ectopy.training.beat_variation import copies_for, varied

Floats = npt.NDArray[np.float32]

EPOCHS: Final = 40
EPOCHS_FROM_LINEAR: Final = 8
"""Passes over the beats at most: from random weights, and from principal components (chosen in the training
part of ECG5000 among 1, 8 and 20)."""


@dataclass(frozen=True, eq=False)
class _TrainingSet:
    """Beats as the network sees them, whose they are, and which to learn from; one row per beat."""

    waveforms: Floats
    standard: Normalised
    inputs: Floats
    sources: npt.NDArray[Any]
    owners: npt.NDArray[np.int64]
    training_mask: npt.NDArray[np.bool_]


class BeatAnomalyDetector(OutlierMixin, TransformerMixin, TrainedDetector, BaseEstimator):  # type: ignore[misc]
    """Autoencoder of normal beats: a beat that it cannot reconstruct is abnormal.

    Parameters
    ----------
    architecture : str, dict or Architecture
        Name of an autoencoder (``conv``), its name and options as ``{"name": "conv", "kernel": 5}``, or an
        object with ``build(n_leads, n_times)``.
    score_by : {"density", "reconstruction", "both"}, optional
        By how unlikely a beat's code is among those of normal beats, by the error of its reconstruction, or
        by both; density by default, which did best on the training part of ECG5000, and both with the
        normalisation ``template``, which has no other.
    threshold : Threshold, optional
        How the flag follows from the score; `ConformalThreshold` at 2 % by default.
    normalisation : {"zscore", "template", "minmax", "none"}
        What is done to the windows before the network sees them, see `ectopy.beats.normalisation`.
    epochs : int, optional
        Passes over the beats at most; 8 for a network that starts as principal components, 40 for others.
    batch_size, learning_rate, patience
        Of the training loop, see `ectopy.training.loop.Schedule`.
    validation_fraction : float
        Share of the patients (of the beats, where no patients are known) whose loss stops the training.
    folds : int
        Parts into which the patients are divided: the normal beats of each part are scored by a network that
        was trained on the others, so that every patient calibrates the threshold, and none with a network
        that has seen them. These networks score new beats together, but with the normalisation ``template``.
    seed, progress : int, bool
        Seed of all random numbers; whether to show a progress bar while training.

    Attributes
    ----------
    threshold_, offset_ : float
        A score above the first is called abnormal; the second is its opposite, scikit-learn's name for it.
    history_ : History
        Losses of the training.
    code_spread_ : ndarray of float32, shape (n_code,)
        Standard deviation of each number of the code over the training beats.
    held_out_scores_ : ndarray of float32, shape (n_beats,)
        Score of each beat given to ``fit``, by a network that has not seen its patient; after ``fit`` only.
    calibration_scores_ : ndarray of float32, shape (n_normal,)
        Those of the normal beats, rising: what the threshold follows from, and what `at_alarm_rate` takes
        another from; after ``fit`` only.
    window_ : WindowSpec or None
        How the beats were cut, where the beats that it was fitted to say so.
    window_shape_, n_features_in_ : tuple of int, int
        (n_leads, n_times) of the beats it was fitted to; their product.

    cross_conformal_ : CrossConformal
        Scores of the normal beats by fold, to which those of new beats are compared; not with ``template``.

    Notes
    -----
    The anomaly score is the negative decimal logarithm of a cross-conformal p-value: each fold's network
    compares a beat with the normal beats that were held out from it, see `ectopy.models.cross_conformal`. A
    score of 2 means that one normal beat in a hundred looks so abnormal. Few training beats are learned with
    varied copies (`ectopy.training.beat_variation`). Reconstructions and codes are of one more network,
    trained on all.

    With the ``template`` normalisation one network, trained on all, scores: the score is the sum of the mean
    absolute difference between the normalised beat and its reconstruction, and of the deviation of the code
    from the median code of the person, each divided by the 90 % quantile of the person's usual beats. The
    network is then given the inverse hyperbolic sine of the beats, so that no single wave dominates. Only
    ``fit`` needs torch. Two-dimensional input (n_beats, n_times) is taken as one lead.

    Examples
    --------
    >>> import numpy as np
    >>> rng, time = np.random.default_rng(0), np.linspace(-1, 1, 60)
    >>> normal = np.exp(-((time / 0.1) ** 2)) + rng.normal(0, 0.02, (120, 60))
    >>> detector = BeatAnomalyDetector(epochs=2, folds=3).fit(normal)
    >>> detector.predict([np.exp(-((time / 0.4) ** 2))]).tolist()
    [-1]
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = []  # codes are float32 whatever the beats are
        return tags

    def fit(
        self,
        X: npt.ArrayLike | Beats,
        y: object = None,
        groups: npt.ArrayLike | None = None,
        normal: npt.ArrayLike | None = None,
    ) -> Self:
        """Learn what normal beats look like.

        Parameters
        ----------
        X : Beats, or array_like of shape (n_beats, n_leads, n_times) or (n_beats, n_times)
            Normal beats; others too where ``normal`` tells them apart.
        y : ignored
            Present for scikit-learn's pipelines.
        groups : array_like of shape (n_beats,), optional
            Patient of each beat; taken from ``X`` when that is a `Beats` with patients.
        normal : array_like of bool, shape (n_beats,), optional
            Which beats to learn from and to calibrate with; all by default. The others only contribute to the
            patient template, as they do where no label is known.

        Returns
        -------
        BeatAnomalyDetector
            Itself.

        Raises
        ------
        MissingExtraError
            If torch is not installed.
        ParameterError
            If there are fewer patients than ``folds`` or three, or ``normal`` has another length than ``X``.
        CalibrationError
            If the normal beats are too few for the threshold.
        """
        given = self._training_set(X, groups, normal)
        rule = self.threshold or DEFAULT_THRESHOLD
        if self.normalisation == "template":
            scores = self._cross_fitted_scores(given)
            threshold = rule.learn(scores[given.training_mask])
        else:
            scores = self._fit_members(given)
            threshold = self.cross_conformal_.threshold(rule)
        self._train(given.inputs[given.training_mask], given.owners[given.training_mask])
        self.window_ = X.window if isinstance(X, Beats) else None
        self.held_out_scores_ = scores
        self.calibration_scores_ = np.sort(scores[given.training_mask])
        self._set_threshold(threshold)
        return self

    def calibration_scores(
        self,
        X: npt.ArrayLike | Beats,
        groups: npt.ArrayLike | None = None,
        normal: npt.ArrayLike | None = None,
    ) -> Floats:
        """Return the scores that ``fit`` would calibrate the threshold with; nothing is learned.

        Parameters
        ----------
        X, groups, normal
            As for `fit`, which says what is raised.

        Returns
        -------
        ndarray of float32, shape (n_normal,)
            Score of each normal beat by a network that has not seen its patient, rising.
        """
        folded = clone(self)
        given = folded._training_set(X, groups, normal)
        scores = folded._cross_fitted_scores if self.normalisation == "template" else folded._fit_members
        return np.sort(scores(given)[given.training_mask])

    def _training_set(
        self, X: npt.ArrayLike | Beats, groups: npt.ArrayLike | None, normal: npt.ArrayLike | None
    ) -> _TrainingSet:
        require_extra("torch", "train")
        self._check_score()
        waveforms = self._validate(X, reset=True)
        training_mask = np.ones(len(waveforms), bool) if normal is None else np.asarray(normal, bool)
        if len(training_mask) != len(waveforms):
            raise ParameterError(
                f"normal has {len(training_mask)} entries for {len(waveforms)} beats; give one per beat"
            )
        owners = owners_of(X, len(waveforms), groups, self.folds)
        sources = sources_of(X, len(waveforms))
        standard = normalise(waveforms, self.normalisation, sources)
        inputs = network_inputs(standard, self.normalisation)
        return _TrainingSet(waveforms, standard, inputs, sources, owners, training_mask)

    def _check_score(self) -> None:
        from ectopy.training.density import SCORES

        if self.score_by is not None and self.score_by not in SCORES:
            raise unknown_option("score_by", self.score_by, SCORES)
        if self.normalisation == "template" and self.score_by not in (None, "both"):
            raise ParameterError(
                f"score_by={self.score_by!r} is not possible with normalisation='template', which scores by"
                " both; leave score_by out, or give another normalisation"
            )

    def _fit_members(self, given: _TrainingSet) -> Floats:
        """Train a network per fold, and return the score of each beat by the one that has not seen it."""
        from ectopy.networks.scored_members import ScoredMembers
        from ectopy.training.loop import apply_network

        raw, fold_of = np.zeros(len(given.waveforms), np.float32), np.zeros(len(given.waveforms), np.int64)
        members = []
        for number, (rest, held) in enumerate(self._folds(given)):
            trained = rest[given.training_mask[rest]]
            self._train(given.inputs[trained], given.owners[trained])
            members.append(self._member(given.inputs[trained]))
            raw[held], fold_of[held] = apply_network(members[-1], given.inputs[held])[0], number
        self.members_ = ScoredMembers(members).eval()
        normal = given.training_mask
        self.cross_conformal_ = CrossConformal(fold_of[normal], raw[normal], len(members))
        scores = self.cross_conformal_.by_fold(raw, fold_of)
        scores[normal] = self.cross_conformal_.held_out()
        return scores

    def _member(self, learned: Floats) -> Any:
        """Give the network that was just trained its score."""
        from ectopy.training.density import scored_member

        score_by = self.score_by or "density"
        return scored_member(self.network_, score_by, self._varied(learned), learned, self.seed)

    def _varied(self, learned: Floats) -> Floats:
        """Return beats to learn from with varied copies, where there are few."""
        copies = 0 if self.normalisation == "template" else copies_for(len(learned))
        return varied(learned, copies, self.normalisation, np.random.default_rng(self.seed))

    def _folds(self, given: _TrainingSet) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        folds = GroupKFold(self.folds, shuffle=True, random_state=self.seed)
        parts: Iterator[tuple[Any, Any]] = folds.split(given.waveforms, groups=given.owners)
        return parts

    def _cross_fitted_scores(self, given: _TrainingSet) -> Floats:
        """Return the score of each beat by a network that was trained on other patients."""
        scores = np.zeros(len(given.waveforms), np.float32)
        for rest, held in self._folds(given):
            trained = rest[given.training_mask[rest]]
            self._train(given.inputs[trained], given.owners[trained])
            scores[held] = self._score(
                given.standard[held], given.waveforms[held], given.sources[held]
            ).scores
        return scores

    def save(
        self,
        folder: Path | str,
        *,
        name: str | None = None,
        window: WindowSpec | None = None,
        training: dict[str, Any] | None = None,
        metrics: dict[str, Any] | None = None,
        beside: Mapping[str, bytes] | None = None,
    ) -> Artifact:
        """Write the fitted detector as an artifact that runs without torch.

        Parameters
        ----------
        folder : path
            Where to write it.
        name : str, optional
            Name of the model; that of the folder by default.
        window : WindowSpec, optional
            How the beats were cut; ``window_`` by default. A detector that knows neither takes beats only, no
            recordings.
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
        check_is_fitted(self, "network_")
        from safetensors.torch import save as weights_of

        from ectopy.training.export import to_onnx

        n_leads, n_times = self.window_shape_
        example = np.zeros((2, n_leads, n_times), np.float32)
        manifest = Manifest(
            name=name or Path(folder).name,
            kind=KIND,
            window=window or self.window_,
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
            artifact.CALIBRATION: artifact.array_file(self.calibration_scores_),
        }
        if self._ranks is not None:
            files[artifact.MEMBERS] = to_onnx(self.members_, example, ["score"])
            files[artifact.CALIBRATION] = artifact.array_file(self._ranks.file())
        return artifact.save(Path(folder), manifest, files, beside)

    def _train(self, inputs: Floats, owners: npt.NDArray[np.int64]) -> None:
        from ectopy.training.loop import Schedule

        more = self._varied(inputs)
        architecture = networks.autoencoder(self.architecture)
        starts_linear = self.normalisation != "template" and hasattr(architecture, "starts_linear")
        trained = train_autoencoder(
            architecture,
            more,
            np.tile(owners, len(more) // len(owners)),
            stopping=self.validation_fraction,
            linear_start=starts_linear,
            schedule=Schedule(
                epochs=self.epochs or (EPOCHS_FROM_LINEAR if starts_linear else EPOCHS),
                batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                patience=self.patience,
            ),
            seed=self.seed,
            progress=self.progress,
        )
        self.network_, self.history_ = trained.network, trained.history
        self.code_spread_ = trained.code_spread

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
                "threshold": threshold_to_dict(self.threshold or DEFAULT_THRESHOLD),
            },
            "learned": {
                "threshold": self.threshold_,
                "code_spread": self.code_spread_.tolist(),
                "window_shape": list(self.window_shape_),
                "history": asdict(self.history_),
            },
        }
