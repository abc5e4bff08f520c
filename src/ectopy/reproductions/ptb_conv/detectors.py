"""Detectors trained on normal beats: the published autoencoders, ours, baselines.

Each learns from normal beats and gives a score, higher for beats less like them. Ours is an autoencoder that
gets beats with so much noise added that it can only draw what a normal beat with such waves would look like;
asked for a clean beat, its error grows with the distance from normal ones in every direction, where a plain
autoencoder draws some abnormal beats as well as normal ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt
import torch
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from torch import Tensor, nn

from ectopy.models.threshold import QuantileThreshold, SigmaThreshold
from ectopy.networks.conv_autoencoder import ConvArchitecture
from ectopy.reproductions.ptb_conv.beats import Windows
from ectopy.training.loop import History, Schedule, apply_network, fit_network, seeded

Floats = npt.NDArray[np.float64]
Cut = Literal["published", "centred"]

PUBLISHED_RULE: Final = SigmaThreshold(1.0)
"""Mean plus one standard deviation of the scores of the training beats themselves."""

OUR_RULE: Final = QuantileThreshold(0.8)
"""Learned from normal beats outside training; it flags one in five of them as abnormal."""

NEIGHBOURS: Final = 10

COMPONENTS: Final = 10


@dataclass(frozen=True)
class Learned:
    """A detector trained on normal beats.

    Parameters
    ----------
    score : callable
        (n_beats, 1, n_times) → (n_beats,), higher for beats less like the normal ones.
    network : torch.nn.Module, optional
        That of an autoencoder.
    history : History, optional
        History of its training.
    """

    score: Callable[[Windows], Floats]
    network: nn.Module | None = None
    history: History | None = None


class Detector(Protocol):
    """A detector to train on normal beats."""

    @property
    def name(self) -> str:
        """Its name in tables."""
        ...

    @property
    def cut(self) -> Cut:
        """The windows it uses."""
        ...

    def learn(
        self,
        train: Windows,
        held_out: Windows,
        seed: int,
        watch: Callable[[nn.Module], bool] | None = None,
    ) -> Learned:
        """Train on normal beats; held-out ones may stop it, and ``watch`` is called after each epoch."""
        ...


@dataclass(frozen=True)
class Autoencoder:
    """An autoencoder; the score of a beat is the error of its reconstruction.

    Parameters
    ----------
    name : str
        Its name in tables.
    cut : {"published", "centred"}
        The windows it uses.
    architecture : ConvArchitecture
        The network.
    schedule : Schedule
        How it is trained.
    squared : bool
        Whether errors are squared, in training and in the score; otherwise they are absolute.
    noise : float
        Standard deviation of the white noise added to the beats in training, in units of the windows.
    """

    name: str
    cut: Cut
    architecture: ConvArchitecture
    schedule: Schedule
    squared: bool = False
    noise: float = 0.0

    def learn(
        self,
        train: Windows,
        held_out: Windows,
        seed: int,
        watch: Callable[[nn.Module], bool] | None = None,
    ) -> Learned:
        """Train; see `Detector`."""
        with seeded(seed):
            network = self.architecture.build(*train.shape[1:])
        history = fit_network(
            network, self.loss, [train], [held_out], schedule=self.schedule, seed=seed, watch=watch
        )
        return Learned(lambda windows: self.score(network, windows), network, history)

    def loss(self, network: nn.Module, batch: Sequence[Tensor]) -> Tensor:
        """Return the mean error of a batch, reconstructed from noisy beats in training."""
        windows = batch[0]
        noisy = self.noise > 0 and network.training
        seen = windows + self.noise * torch.randn_like(windows) if noisy else windows
        error: Tensor = network(seen)[0] - windows
        return error.square().mean() if self.squared else error.abs().mean()

    def score(self, network: nn.Module, windows: Windows) -> Floats:
        """Return the mean error of each beat, shape (n_beats,)."""
        error = (apply_network(network, windows)[0] - windows).astype(np.float64)
        return np.asarray(np.mean(error**2 if self.squared else np.abs(error), axis=(1, 2)))


@dataclass(frozen=True)
class Baseline:
    """A detector without a network, which does not depend on the seed.

    Parameters
    ----------
    name : str
        Its name in tables.
    cut : {"published", "centred"}
        The windows it uses.
    method : callable
        Normal beats of shape (n_beats, n_times) → function that scores beats of that shape.
    """

    name: str
    cut: Cut
    method: Callable[[Windows], Callable[[Windows], Floats]] = field(repr=False)

    def learn(
        self,
        train: Windows,
        held_out: Windows,
        seed: int,
        watch: Callable[[nn.Module], bool] | None = None,
    ) -> Learned:
        """Learn; see `Detector`."""
        score = self.method(train[:, 0])
        return Learned(lambda windows: score(windows[:, 0]))


@dataclass(frozen=True)
class Summed:
    """Baselines whose scores are added, each in standard deviations of held-out normal beats.

    Parameters
    ----------
    name : str
        Its name in tables.
    cut : {"published", "centred"}
        The windows that all of them use.
    parts : tuple of Baseline
        Which.
    """

    name: str
    cut: Cut
    parts: tuple[Baseline, ...]

    def learn(
        self,
        train: Windows,
        held_out: Windows,
        seed: int,
        watch: Callable[[nn.Module], bool] | None = None,
    ) -> Learned:
        """Learn; see `Detector`."""
        scores = [part.learn(train, held_out, seed).score for part in self.parts]
        usual = [(float(each.mean()), float(each.std())) for each in (score(held_out) for score in scores)]
        return Learned(
            lambda windows: np.sum(
                [(score(windows) - mean) / sd for score, (mean, sd) in zip(scores, usual, strict=True)],
                axis=0,
            )
        )


def neighbours(train: Windows) -> Callable[[Windows], Floats]:
    """Score by the mean distance to the nearest normal beats (k-NN)."""
    model = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(train))).fit(train)
    return lambda windows: np.asarray(model.kneighbors(windows)[0].mean(axis=1), float)


def mean_beat(train: Windows) -> Callable[[Windows], Floats]:
    """Score by the mean squared difference from the mean normal beat."""
    mean = train.mean(axis=0)
    return lambda windows: np.asarray(((windows - mean) ** 2).mean(axis=1), float)


def principal_components(train: Windows) -> Callable[[Windows], Floats]:
    """Score by the mean squared error of the reconstruction from principal components of normal beats."""
    model = PCA(COMPONENTS, random_state=0).fit(train)

    def score(windows: Windows) -> Floats:
        reconstructed = model.inverse_transform(model.transform(windows))
        return np.asarray(((windows - reconstructed) ** 2).mean(axis=1), float)

    return score


_RECIPE: Final = Schedule(
    epochs=100,
    batch_size=128,
    learning_rate=0.01,
    patience=10,
    min_delta=0.0,
    min_drop=1e-3,
    weight_decay=0.0,
    policy="constant",
)

_FILTERS: Final = (128, 128, 32)

UPSAMPLING: Final = Autoencoder(
    "upsampling", "published", ConvArchitecture(_FILTERS, 3, "upsampling"), _RECIPE
)

TRANSPOSED: Final = replace(
    UPSAMPLING, name="transposed convolution", architecture=ConvArchitecture(_FILTERS, 3, "transposed")
)
"""The decoders' filters are not published: here they mirror the encoder's."""

OURS: Final = Autoencoder(
    "noise autoencoder",
    "centred",
    ConvArchitecture(),
    Schedule(epochs=20, batch_size=64),
    squared=True,
    noise=2.0,
)

OURS_ON_PUBLISHED_CUT: Final = replace(OURS, name="noise autoencoder on the published cut", cut="published")

BASELINES: Final = (
    Baseline("k-NN on the published cut", "published", neighbours),
    Baseline("k-NN", "centred", neighbours),
    Baseline("PCA", "centred", principal_components),
    Baseline("distance to the mean beat", "centred", mean_beat),
)

SUMMED: Final = Summed("k-NN and distance to the mean beat", "centred", (BASELINES[1], BASELINES[3]))
"""The two best of them together."""
