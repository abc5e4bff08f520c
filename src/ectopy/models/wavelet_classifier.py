"""Classification of single beats by wavelet coefficients: SMOTE and a convolutional network.

The design is the published one of MIT-BIH beats (A. Shoughi et al., Computing 2023,
doi:10.1007/s00607-023-01243-0): db2 approximation of the beat, rare classes filled up, two convolutions. It
looks at one beat at a time, not at its neighbours; `ectopy.models.beat_classifier` does, and knows premature
beats better for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GroupShuffleSplit
from sklearn.utils.validation import check_is_fitted

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError, require_extra
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import Manifest
from ectopy.models.trained_wavelet_classifier import KIND, TrainedWaveletClassifier, as_waveforms
from ectopy.training.oversampling import oversample

NORMALISATION: Final = "minmax-wavelet"
"""The network is given the approximation coefficients of beats scaled to between 0 and 1."""

FEWEST: Final = 3
"""Beats of each class, at least: some train, one stops, and SMOTE goes from one towards another."""

Floats = npt.NDArray[np.float32]
Strings = npt.NDArray[np.str_]
Rows = npt.NDArray[np.int64]


class WaveletClassifier(ClassifierMixin, TrainedWaveletClassifier, BaseEstimator):  # type: ignore[misc]
    """Wavelet coefficients, SMOTE and a convolutional network.

    Parameters
    ----------
    wavelet : str
        A discrete wavelet of PyWavelets, whose approximation halves each beat.
    fill : float
        Rare classes are filled up to this share of the most frequent one by synthetic beats (SMOTE), in the
        training part only; 0 for none.
    filters, dense
        Of the network, see `ectopy.networks.wavelet_cnn.WaveletCnnArchitecture`.
    epochs, batch_size, learning_rate, patience
        Of the training loop, see `ectopy.training.loop.Schedule`.
    validation_fraction : float
        Share of the patients (of the beats, where no patients are known) whose loss stops the training.
    seed, progress : int, bool
        Seed of all random numbers; whether to show a progress bar while training.

    Attributes
    ----------
    classes_ : ndarray of str, shape (n_classes,)
        Names of the classes, in the order of the probabilities.
    window_ : WindowSpec or None
        How the beats were cut, where the beats that it was fitted to say so.
    window_shape_ : tuple of int, int
        (n_leads, n_times) of the beats.
    history_ : History
        Losses of the training.

    Notes
    -----
    Only ``fit`` needs torch and imbalanced-learn. Short beats get narrower convolutions, as wide ones would
    leave nothing of them.

    Examples
    --------
    >>> import numpy as np
    >>> time, rng = np.linspace(-1, 1, 120), np.random.default_rng(0)
    >>> widths = np.repeat([0.1, 0.4], 40)
    >>> beats = np.exp(-((time / widths[:, np.newaxis]) ** 2)) + rng.normal(0, 0.02, (80, 120))
    >>> classifier = WaveletClassifier(epochs=4, batch_size=8).fit(beats, np.where(widths > 0.2, "V", "N"))
    >>> classifier.predict(beats[[0, 79]]).tolist()
    ['N', 'V']
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def fit(self, X: npt.ArrayLike | Beats, y: npt.ArrayLike, groups: npt.ArrayLike | None = None) -> Self:
        """Learn to tell classes apart.

        Parameters
        ----------
        X : Beats, or array_like of shape (n_beats, n_leads, n_times) or (n_beats, n_times)
            Beats.
        y : array_like of str, shape (n_beats,)
            Class of each.
        groups : array_like of shape (n_beats,), optional
            Patient of each beat; taken from ``X`` when that is a `Beats` with patients.

        Returns
        -------
        WaveletClassifier
            Itself.

        Raises
        ------
        MissingExtraError
            If torch or imbalanced-learn is not installed.
        ParameterError
            If there is not one class per beat, only one class, a class of fewer than three beats, or a beat
            is too short.
        """
        require_extra("torch", "train")
        waveforms = as_waveforms(X)
        classes = np.asarray(y, dtype=np.str_)
        self._check_classes(classes, len(waveforms))
        if groups is None and isinstance(X, Beats) and (X.patients != "").all():
            groups = X.patients
        self.classes_ = np.unique(classes)
        self.window_shape_ = (int(waveforms.shape[1]), int(waveforms.shape[2]))
        self.window_ = X.window if isinstance(X, Beats) else None
        train, stop = self._parts(classes, None if groups is None else np.asarray(groups))
        self._train(self.coefficients(waveforms), classes, train, stop)
        return self

    def save(
        self,
        folder: Path | str,
        *,
        name: str | None = None,
        window: WindowSpec | None = None,
        label_scheme: str = "",
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
            How the beats were cut; ``window_`` by default. A classifier that knows neither takes beats only,
            no recordings.
        label_scheme : {"", "aami", "bxb"}
            Scheme of the labels that were learned, where they follow one.
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
        from ectopy.training.export import to_onnx

        options = {key: value for key, value in self.get_params().items() if key != "progress"}
        n_leads, n_times = self.window_shape_
        manifest = Manifest(
            name=name or Path(folder).name,
            kind=KIND,
            window=window or self.window_,
            leads=("any",) if n_leads == 1 else tuple(f"lead {i + 1}" for i in range(n_leads)),
            normalisation=NORMALISATION,
            classes=tuple(self.classes_.tolist()),
            label_scheme=label_scheme,
            parameters={
                "constructor": options,
                "window_shape": [n_leads, n_times],
                "history": asdict(self.history_),
            },
            training=training or {},
            metrics=metrics or {},
            versions={package: version(package) for package in ("ectopy", "torch", "onnx", "numpy")},
        )
        example = self.coefficients(np.zeros((2, n_leads, n_times), np.float32))
        files = {artifact.NETWORK: to_onnx(self.network_, example, ["log_odds"])}
        return artifact.save(Path(folder), manifest, files, beside)

    def _check_classes(self, classes: Strings, n_beats: int) -> None:
        if len(classes) != n_beats:
            raise ParameterError(f"y has {len(classes)} entries for {n_beats} beats; give one class per beat")
        if not 0 <= self.fill <= 1:
            raise ParameterError(f"fill={self.fill!r} is not possible; give a share from 0 to 1")
        names, counts = np.unique(classes, return_counts=True)
        if len(names) < 2:
            raise ParameterError(
                f"all beats are of class {names[0] if len(names) else 'nothing'}; give beats of two classes"
                " or more, or train an anomaly detector, which learns from one"
            )
        if counts.min() < FEWEST:
            rare = names[counts.argmin()]
            raise ParameterError(
                f"class {rare} has {counts.min()} training beats, and it takes {FEWEST}; give more, or rename"
                " or leave out the class"
            )

    def _parts(self, classes: Strings, groups: npt.NDArray[Any] | None) -> tuple[Rows, Rows]:
        """Divide beats into those that train and those that stop the training; every class trains."""
        owners = np.arange(len(classes)) if groups is None else groups
        if len(np.unique(owners)) > 1:
            drawn = GroupShuffleSplit(20, test_size=self.validation_fraction, random_state=self.seed)
            for train, stop in drawn.split(classes, groups=owners):
                _, counts = np.unique(classes[train], return_counts=True)
                if len(counts) == len(self.classes_) and counts.min() >= FEWEST - 1:
                    return train, stop
        raise ParameterError(
            "a class is found in too few patients (or beats) to stop the training by others; give more, or"
            " leave that class out"
        )

    def _train(self, coefficients: Floats, classes: Strings, train: Rows, stop: Rows) -> None:
        from ectopy.networks.wavelet_cnn import wavelet_cnn_loss
        from ectopy.training.loop import Schedule, fit_network, seeded

        held = Split("stopping", train, stop, np.full(len(classes), ""), kind="intra-patient")
        most = int(np.unique(classes[train], return_counts=True)[1].max())
        wanted = {str(name): round(self.fill * most) for name in self.classes_}
        filled = oversample(coefficients, classes, held, wanted, seed=self.seed)
        with seeded(self.seed):
            self.network_ = self._architecture(coefficients.shape[-1]).build(*coefficients.shape[1:])
        self.history_ = fit_network(
            self.network_,
            wavelet_cnn_loss,
            self._arrays(filled.inputs, filled.classes),
            self._arrays(coefficients[stop], classes[stop]),
            schedule=Schedule(self.epochs, self.batch_size, self.learning_rate, self.patience),
            seed=self.seed,
            progress=self.progress,
        )

    def _architecture(self, n_times: int) -> Any:
        """Return the published network, with narrower steps where the beats are short."""
        from ectopy.networks.wavelet_cnn import WaveletCnnArchitecture

        first, second = self.filters
        for stride, pool in ((2, 3), (1, 3), (1, 2), (1, 1)):
            shape = WaveletCnnArchitecture(
                (first, second), stride=stride, pool=pool, dense=self.dense, n_classes=len(self.classes_)
            )
            if shape.left(n_times) > 0:
                return shape
        raise ParameterError(f"beats of {n_times} coefficients are too short; cut longer ones")

    def _arrays(self, inputs: Floats, classes: Strings) -> list[npt.NDArray[Any]]:
        return [inputs, np.searchsorted(self.classes_, classes), np.ones(len(inputs), np.float32)]
