"""What the two studies of ECG5000 share: its beats, its splits, and how a network learns them.

All beats are one person's, so every split is intra-patient: the figures say how well beats of one heart are
told apart, and nothing about the next person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from torch import Tensor, nn

from ectopy.beats.windows import Beats
from ectopy.datasets.ecg5000 import ECG5000, ECG5000_FS, load_ecg5000
from ectopy.datasets.random_splits import random_split
from ectopy.datasets.splits import Split
from ectopy.evaluation.ranking import auroc
from ectopy.networks import Architecture
from ectopy.networks.lstm_autoencoder import LstmArchitecture
from ectopy.networks.patch_autoencoder import PatchArchitecture
from ectopy.reproductions.study import Settings
from ectopy.simulation import Rhythm, simulate
from ectopy.training.loop import History, Loss, Schedule, apply_network, fit_network, seeded

Waveforms = npt.NDArray[np.float32]
"""Beats of one lead, shape (n_beats, 140), each of mean 0 and variance 1 as published."""

Floats = npt.NDArray[np.float64]

N_TIMES: Final = 140

THRESHOLD: Final = 26.0
"""The published threshold on the summed absolute error of a beat."""

FALSE_ALARMS: Final = 0.02
"""What a threshold promises; fixed beforehand: rarer ones depend on two or three of the 292 normal beats."""

MORE_ALARMS: Final = 0.05
"""The same beside it for the summed error: some 3 % of the normal beats are of rare shapes that are
reconstructed no better than ectopic beats, so that a threshold above most of them misses many of those. Added
after a first run had been seen."""

BY_PATCH: Final = LstmArchitecture(hidden=64, code=32, patch=10)
"""The published network, smaller and with a step every ten samples."""

PUBLISHED_SPLIT: Final = "ecg5000-85-10-5"
LARGE_SPLIT: Final = "ecg5000-80-20"

SIMULATED: Final = {"N": "N", "V": "PVC", "A": "SP/EB"}
"""Symbol of a simulated beat → class of ECG5000 that it stands for in a quick run."""

SHIFT: Final = 2.0
WARP: Final = 0.02
GAIN: Final = 0.1
SLOPE: Final = 0.2
"""How far `varied` moves (samples), stretches (share), scales (share) and tilts (sd over half a beat)."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and the history of its training.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    history : History
        Losses.
    """

    network: nn.Module
    history: History


@dataclass(frozen=True)
class Detected:
    """How well a score tells abnormal beats, at the threshold that normal beats gave it.

    Parameters
    ----------
    auc, accuracy, normals_right, abnormals_right : float
    """

    auc: float
    accuracy: float
    normals_right: float
    abnormals_right: float

    @classmethod
    def of(cls, scores: Floats, abnormal: npt.NDArray[np.bool_], threshold: float) -> Detected:
        """Measure scores at a threshold."""
        flagged = scores > threshold
        return cls(
            auroc(scores, abnormal),
            float((flagged == abnormal).mean()),
            float((~flagged[~abnormal]).mean()),
            float(flagged[abnormal].mean()),
        )


def load(settings: Settings) -> ECG5000:
    """Return the published beats, or simulated ones where it has to be quick."""
    return simulated() if settings.quick else load_ecg5000()


def simulated(seed: int = 0) -> ECG5000:
    """Return beats like those of ECG5000 in layout only: 140 samples each, standardised, three classes."""
    rhythm = Rhythm(ventricular=0.15, supraventricular=0.1)
    record = simulate(900, N_TIMES, ("MLII",), rhythm=rhythm, seed=seed)
    assert record.annotations is not None  # noqa: S101 - a simulated record always has them
    marks = record.annotations.beats()
    inside = (marks.samples >= N_TIMES // 2) & (marks.samples < len(record.signal) - N_TIMES // 2)
    chosen = inside & np.isin(marks.symbols, list(SIMULATED))
    starts = marks.samples[chosen] - N_TIMES // 2
    waveforms = standardised(record.signal[starts[:, np.newaxis] + np.arange(N_TIMES), 0])
    symbols = np.array([SIMULATED[symbol] for symbol in marks.symbols[chosen]])
    whose = np.full(len(symbols), "simulated")
    beats = Beats.of(waveforms[:, np.newaxis], fs=ECG5000_FS, symbols=symbols, patients=whose, records=whose)
    return ECG5000(train=beats[: len(beats) // 2], test=beats[len(beats) // 2 :])


def standardised(waveforms: npt.NDArray[np.floating]) -> Waveforms:
    """Bring every beat to mean 0 and variance 1."""
    level = waveforms - waveforms.mean(axis=-1, keepdims=True)
    return (level / level.std(axis=-1, keepdims=True)).astype(np.float32)


def waveforms_of(beats: Beats) -> Waveforms:
    """Return the only lead of beats, shape (n_beats, 140)."""
    return beats.waveforms[:, 0]


def is_normal(beats: Beats) -> npt.NDArray[np.bool_]:
    """Tell which beats are of class N."""
    return np.asarray(beats.symbols == "N")


def split_normals(name: str, beats: Beats, seed: int) -> Split:
    """Split normal beats at random as published: an intra-patient split, and labelled so."""
    return random_split(name, beats.patients, normal=is_normal(beats), seed=seed)


def varied(waveforms: Waveforms, copies: int, rng: np.random.Generator) -> Waveforms:
    """Return beats and copies of them, each a little moved, stretched, scaled and tilted.

    How a beat lies in its window is an accident of cutting, and says nothing about the beat.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_times)
        Standardised beats.
    copies : int
        Of each beat.
    rng : numpy.random.Generator
        Draws the changes.

    Returns
    -------
    ndarray of float32, shape ((1 + copies) × n_beats, n_times)
        The beats as they are, then the copies, standardised again.
    """
    centred = np.arange(waveforms.shape[1]) - waveforms.shape[1] / 2
    parts = [waveforms]
    for _ in range(copies):
        n = (len(waveforms), 1)
        places = centred * (1 + rng.uniform(-WARP, WARP, n)) + rng.uniform(-SHIFT, SHIFT, n)
        moved = np.stack([np.interp(at, centred, beat) for at, beat in zip(places, waveforms, strict=True)])
        tilt = rng.normal(0, SLOPE, n) * centred / centred[-1]
        parts.append(standardised(moved * (1 + rng.normal(0, GAIN, n)) + tilt))
    return np.concatenate(parts)


def summed_l1(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the published loss: the absolute error summed over a beat, averaged over beats."""
    return (network(batch[0])[0] - batch[0]).abs().sum(dim=(1, 2)).mean()


def squared(network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
    """Return the squared error summed over a beat, averaged over beats."""
    return (network(batch[0])[0] - batch[0]).square().sum(dim=(1, 2)).mean()


def new_network(architecture: Architecture, seed: int) -> Any:
    """Return a network for these beats with random weights that depend on the seed only."""
    with seeded(seed):
        return architecture.build(1, N_TIMES)


def linear_start(architecture: PatchArchitecture, learned: Waveforms, seed: int) -> Any:
    """Return a network that starts as the principal components of the beats it will learn from."""
    network = new_network(architecture, seed)
    components = PCA(architecture.code).fit(learned)
    network.start_linear(components.mean_, components.components_)
    return network


def train(
    network: nn.Module,
    learned: Waveforms,
    held_out: Waveforms,
    schedule: Schedule,
    seed: int,
    loss: Loss = summed_l1,
    **options: Any,
) -> Trained:
    """Train an autoencoder of these beats; options are those of `ectopy.training.loop.fit_network`."""
    parts = ([learned[:, np.newaxis]], [held_out[:, np.newaxis]])
    history = fit_network(network, loss, *parts, schedule=schedule, seed=seed, **options)
    return Trained(network, history)


def train_by_patch(
    learned: Waveforms, held_out: Waveforms, epochs: int, seed: int, **options: Any
) -> Trained:
    """Train the fast variant of the published network on the published loss, on one cycle."""
    return train(new_network(BY_PATCH, seed), learned, held_out, one_cycle(epochs), seed, **options)


def one_cycle(epochs: int) -> Schedule:
    """Return how the LSTMs train here."""
    return Schedule(epochs, 32, 5e-3, patience=epochs, weight_decay=0)


def reconstruct(network: nn.Module, waveforms: Waveforms) -> Waveforms:
    """Reconstruct beats by an autoencoder, shape (n_beats, n_times)."""
    return apply_network(network, waveforms[:, np.newaxis])[0][:, 0]


def codes(network: nn.Module, waveforms: Waveforms) -> Floats:
    """Return the codes of beats, shape (n_beats, n_code)."""
    return apply_network(network, waveforms[:, np.newaxis])[1].astype(np.float64)


def losses(network: nn.Module, waveforms: Waveforms) -> Floats:
    """Return the summed absolute error of each beat: the published anomaly score."""
    return np.asarray(np.abs(waveforms - reconstruct(network, waveforms)).sum(axis=1, dtype=np.float64))
