"""What an autoencoder of ECG5000 is good for besides anomalies: features of the beat's class, and denoising.

Both learn from the 500 official training beats and are measured on the 4,500 test beats. The autoencoders see
no label; the classifiers on top of them see those of the training beats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch
from scipy.signal import butter, sosfiltfilt
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor, nn

from ectopy.datasets.ecg5000 import ECG5000
from ectopy.evaluation.reconstruction import snr_improvement
from ectopy.networks.patch_autoencoder import PatchArchitecture
from ectopy.reproductions.ecg5000.data import (
    Floats,
    Waveforms,
    codes,
    linear_start,
    reconstruct,
    squared,
    train,
    varied,
    waveforms_of,
)
from ectopy.reproductions.ecg5000.kernels import KernelFeatures, kernel_classifiers
from ectopy.training.loop import Schedule

Features = npt.NDArray[np.floating[Any]]

CODE: Final = 16
"""Size of the code for both uses."""

SNR: Final = 6.0
"""Signal-to-noise ratio of the noisy beats in dB (variance over variance)."""

CUTOFFS: Final = (0.1, 0.15, 0.2, 0.3, 0.4)
"""Cut-offs to choose from for the low-pass filter, as shares of half the sampling rate."""

COMPONENTS: Final = (4, 6, 8, 12, 16, 24)
"""Numbers of principal components to choose from."""


@dataclass(frozen=True)
class Classified:
    """How well a classifier tells the five classes of the test beats apart.

    Parameters
    ----------
    accuracy, macro_f1 : float
    """

    accuracy: float
    macro_f1: float


def classify(data: ECG5000, epochs: int, copies: int, seed: int) -> dict[str, Classified]:
    """Classify the test beats from the code and, for comparison, from the raw samples and fixed kernels.

    Parameters
    ----------
    data : ECG5000
        The official parts.
    epochs, copies : int
        Of the autoencoder's training.
    seed : int
        Of the network, of the folds in which the classifiers are tuned, and of the thresholds of the kernels.

    Returns
    -------
    dict of str to Classified
        By features and classifier.
    """
    learned, tested = waveforms_of(data.train), waveforms_of(data.test)
    network = _unlabelled(learned, epochs, copies, seed, squared)
    features: dict[str, Sequence[Features]] = {
        "code": (codes(network, learned), codes(network, tested)),
        "raw beat": (learned, tested),
    }
    results = {
        f"{kind} on {name}": _classified(model, parts, data)
        for name, parts in features.items()
        for kind, model in _classifiers(seed)
    }
    return results | classify_by_kernels(data, seed)


def classify_by_kernels(data: ECG5000, seed: int) -> dict[str, Classified]:
    """Classify the test beats by fixed convolution kernels, whose thresholds the seed draws."""
    learned, tested = waveforms_of(data.train), waveforms_of(data.test)
    kernels = KernelFeatures.learn(learned, seed)
    parts = kernels.transform(learned), kernels.transform(tested)
    return {
        f"{kind} on convolution kernels": _classified(model, parts, data)
        for kind, model in kernel_classifiers()
    }


def _classified(model: Any, parts: Sequence[Features], data: ECG5000) -> Classified:
    """Train on the features of the training beats, and classify the test beats by theirs."""
    predicted = model.fit(parts[0], data.train.symbols).predict(parts[1])
    return Classified(
        float(accuracy_score(data.test.symbols, predicted)),
        float(f1_score(data.test.symbols, predicted, average="macro", zero_division=0)),
    )


def _classifiers(seed: int) -> Sequence[tuple[str, Any]]:
    """Return a linear probe, a support vector machine and the nearest neighbour, tuned on training folds."""
    folds = KFold(5, shuffle=True, random_state=seed)  # of one class there are two training beats
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    curved = make_pipeline(StandardScaler(), SVC())
    return (
        ("linear probe", GridSearchCV(linear, {"logisticregression__C": [0.01, 0.1, 1.0, 10.0]}, cv=folds)),
        ("SVM", GridSearchCV(curved, {"svc__C": [1.0, 10.0, 100.0]}, cv=folds)),
        ("1-NN", KNeighborsClassifier(1)),
    )


def _unlabelled(learned: Waveforms, epochs: int, copies: int, seed: int, loss: Any) -> nn.Module:
    """Train an autoencoder on all kinds of beats; every fifth one is held out for early stopping."""
    held_out = np.arange(len(learned)) % 5 == 4
    more = varied(learned[~held_out], copies, np.random.default_rng(seed))
    schedule = Schedule(epochs, 64, 3e-3, patience=epochs, weight_decay=0)
    network = linear_start(PatchArchitecture(code=CODE), more, seed)
    return train(network, more, learned[held_out], schedule, seed, loss).network


def noisy(waveforms: Waveforms, snr_db: float, seed: int) -> Waveforms:
    """Return beats with white noise at a signal-to-noise ratio in dB."""
    noise = np.random.default_rng(seed).normal(size=waveforms.shape)
    noise *= 10 ** (-snr_db / 20) * waveforms.std(axis=1, keepdims=True) / noise.std(axis=1, keepdims=True)
    return (waveforms + noise).astype(np.float32)


def denoising_loss(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the squared error of beats that are reconstructed from noisy copies of themselves."""
    (beats,) = batch
    disturbed = beats + 10 ** (-SNR / 20) * torch.randn_like(beats)
    return (network(disturbed)[0] - beats).square().sum(dim=(1, 2)).mean()


def denoise(data: ECG5000, epochs: int, copies: int, seed: int) -> dict[str, Floats]:
    """Denoise the test beats by a denoising autoencoder and by two filters.

    Parameters
    ----------
    data : ECG5000
        The official parts; what the filters need is chosen on the training beats.
    epochs, copies : int
        Of the autoencoder's training.
    seed : int
        Of the network and of the noise.

    Returns
    -------
    dict of str to ndarray, shape (n_test,)
        Improvement of the signal-to-noise ratio of each test beat in dB.
    """
    learned, tested = waveforms_of(data.train), waveforms_of(data.test)
    network = _unlabelled(learned, epochs, copies, seed, denoising_loss)
    disturbed = noisy(tested, SNR, seed)
    cleaned: dict[str, Floats] = {
        "denoising autoencoder": reconstruct(network, disturbed).astype(np.float64),
        "low-pass filter": _best_low_pass(learned, disturbed, seed),
        "principal components": _best_components(learned, disturbed, seed),
    }
    return {name: snr_improvement(tested, disturbed, clean) for name, clean in cleaned.items()}


def _best_low_pass(learned: Waveforms, disturbed: Waveforms, seed: int) -> Floats:
    examples = noisy(learned, SNR, seed + 1)
    gains = [snr_improvement(learned, examples, _low_pass(examples, cut)).mean() for cut in CUTOFFS]
    return _low_pass(disturbed, CUTOFFS[int(np.argmax(gains))])


def _low_pass(waveforms: Waveforms, cutoff: float) -> Floats:
    return np.asarray(sosfiltfilt(butter(4, cutoff, output="sos"), waveforms, axis=1))


def _best_components(learned: Waveforms, disturbed: Waveforms, seed: int) -> Floats:
    """Project on principal components; how many is chosen on every fifth training beat."""
    held_out = np.arange(len(learned)) % 5 == 4
    examples = noisy(learned[held_out], SNR, seed + 1)

    def projected(beats: Waveforms, components: PCA) -> Floats:
        return np.asarray(components.inverse_transform(components.transform(beats)))

    gains = {}
    for n in COMPONENTS:
        cleaned = projected(examples, PCA(n).fit(learned[~held_out]))
        gains[n] = float(snr_improvement(learned[held_out], examples, cleaned).mean())
    return projected(disturbed, PCA(max(gains, key=lambda n: gains[n])).fit(learned))
