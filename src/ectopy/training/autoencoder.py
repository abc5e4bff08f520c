"""Training of the anomaly detector's autoencoder, stopped by patients that are not trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupShuffleSplit

from ectopy.beats.windows import Beats
from ectopy.errors import ParameterError
from ectopy.networks import Architecture

if TYPE_CHECKING:  # torch comes with the training extra only
    from ectopy.training.loop import History, Schedule

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

MIN_CODE_SPREAD: Final = 1e-3
"""Standard deviation of a number of the code, at least: one that varies less carries no information."""


@dataclass(frozen=True, eq=False)
class TrainedAutoencoder:
    """A trained network.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    code_spread : ndarray of float32, shape (n_code,)
        Standard deviation of each number of the code over the training beats.
    history : History
        Losses of the training.
    """

    network: Any
    code_spread: Floats
    history: History


def owners_of(X: object, n: int, groups: npt.ArrayLike | None, folds: int) -> Rows:
    """Return a number for the patient of each beat, or for the beat itself where no patient is known.

    Parameters
    ----------
    X : object
        The beats; the patients of a `Beats` count if all are known.
    n : int
        How many beats.
    groups : array_like of shape (n_beats,) or None
        Patient of each beat.
    folds : int
        Parts into which the patients will be divided.

    Returns
    -------
    ndarray of int64, shape (n_beats,)

    Raises
    ------
    ParameterError
        If there are fewer patients than folds, or than three.
    """
    if groups is None and isinstance(X, Beats) and (X.patients != "").all():
        groups = X.patients
    owners = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    least = max(3, folds)
    if (n_owners := int(owners.max()) + 1) < least:
        raise ParameterError(
            f"{n_owners} {'beats' if groups is None else 'patients'} cannot be divided into training,"
            f" stopping and calibration (n_samples={n}, folds={folds}); give at least {least}"
        )
    return owners


def train_autoencoder(
    architecture: Architecture,
    inputs: Floats,
    owners: Rows,
    *,
    stopping: float,
    schedule: Schedule,
    linear_start: bool = False,
    seed: int = 0,
    progress: bool = False,
) -> TrainedAutoencoder:
    """Train an autoencoder to reconstruct beats.

    Parameters
    ----------
    architecture : Architecture
        Of the network.
    inputs : ndarray of float32, shape (n_beats, n_leads, n_times)
        What it is given.
    owners : ndarray of int64, shape (n_beats,)
        Patient of each beat, see `owners_of`.
    stopping : float
        Share of the patients whose loss stops the training.
    schedule : Schedule
        How long and how fast.
    linear_start : bool
        Start as the principal components of the beats, where the network can.
    seed : int
        Of all random numbers.
    progress : bool
        Show a progress bar.

    Returns
    -------
    TrainedAutoencoder

    Raises
    ------
    ParameterError
        If ``stopping`` is not between 0 and 1.
    """
    from ectopy.training import loop as training

    if not 0 < stopping < 1:
        raise ParameterError(
            f"validation_fraction={stopping!r} is not possible; give a share between 0 and 1"
        )
    parts = GroupShuffleSplit(1, test_size=stopping, random_state=seed).split(inputs, groups=owners)
    train, stop = next(parts)
    with training.seeded(seed):
        network = architecture.build(inputs.shape[1], inputs.shape[2])
    if linear_start and hasattr(network, "start_linear"):
        _start_linear(network, inputs)
    history = training.fit_network(
        network, _loss, [inputs[train]], [inputs[stop]], schedule=schedule, seed=seed, progress=progress
    )
    _, codes = training.apply_network(network, inputs[train])
    return TrainedAutoencoder(network, np.maximum(codes.std(axis=0), MIN_CODE_SPREAD), history)


def _start_linear(network: Any, inputs: Floats) -> None:
    """Start a network as the principal components of the beats it will learn from."""
    flat = inputs.reshape(len(inputs), -1).astype(np.float64)
    mean = flat.mean(axis=0)
    _, _, axes = np.linalg.svd(flat - mean, full_matrices=False)
    if len(axes) >= network.n_code:
        network.start_linear(mean, axes[: network.n_code])


def _loss(network: Any, batch: Any) -> Any:
    (x,) = batch
    reconstruction, _ = network(x)
    return (reconstruction - x).square().mean()
