"""Recipes by name: each shipped model can be trained again by one command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ectopy.errors import require_extra, unknown_option
from ectopy.models.manifest import Manifest
from ectopy.recipes import (
    anomaly_detector,
    beat_classifier,
    beat_encoder,
    delineator,
    denoiser,
    ectopic_evidence,
    encoder_detector,
    qrs_detector,
    rhythm,
    signal_classifier,
)


@dataclass(frozen=True)
class Recipe:
    """How a model is made.

    Parameters
    ----------
    dataset : str
        What it is trained on.
    epochs : int
        Passes over the data by default.
    train : callable
        ``train(out, epochs=, seed=, command=, progress=)`` → the manifest of what was written.
    """

    dataset: str
    epochs: int
    train: Callable[..., Manifest]


RECIPES: Final = {
    "autoencoder": Recipe("mitdb", anomaly_detector.EPOCHS, anomaly_detector.train_detector),
    "classifier": Recipe("mitdb", beat_classifier.EPOCHS, beat_classifier.train_classifier),
    "delineator": Recipe("ludb", delineator.EPOCHS, delineator.train_delineator),
    "denoiser": Recipe("nstdb", denoiser.EPOCHS, denoiser.train_denoiser),
    "detector": Recipe("mitdb", encoder_detector.EPOCHS, encoder_detector.train_encoder_detector),
    "encoder": Recipe("cinc2017", beat_encoder.EPOCHS, beat_encoder.train_encoder),
    "evidence": Recipe("cinc2017", ectopic_evidence.EPOCHS, ectopic_evidence.train_evidence),
    "qrs": Recipe("mitdb", qrs_detector.EPOCHS, qrs_detector.train_detector),
    "signal": Recipe("cudb", signal_classifier.EPOCHS, signal_classifier.train_signal_classifier),
    "rhythm": Recipe("cinc2017", rhythm.EPOCHS, rhythm.train_rhythm),
}
"""Name → recipe."""


def train_model(
    network: str,
    out: Path,
    *,
    dataset: str | None = None,
    epochs: int | None = None,
    seed: int = 0,
    progress: bool = False,
) -> Manifest:
    """Train a model on the training patients of a dataset, measure it on the others, and write it.

    Parameters
    ----------
    network : str
        One of `RECIPES`.
    out : Path
        Folder for the artifact.
    dataset : str, optional
        What to train on; each recipe knows one, which is the default.
    epochs : int, optional
        Passes over the data; the recipe's own number by default.
    seed : int
        Of all random numbers.
    progress : bool
        Draw a progress bar.

    Returns
    -------
    Manifest
        What was written, with its figures.

    Raises
    ------
    ParameterError
        If the network is unknown, or its recipe does not know the dataset.
    DatasetError
        If the dataset is not available.
    MissingExtraError
        If torch is not installed.
    """
    if network not in RECIPES:
        raise unknown_option("network", network, RECIPES)
    recipe = RECIPES[network]
    if dataset not in (None, recipe.dataset):
        raise unknown_option("dataset", str(dataset), [recipe.dataset])
    require_extra("torch", "train")
    epochs = epochs or recipe.epochs
    command = f"ectopy train --recipe {network} --epochs {epochs} --seed {seed}"
    return recipe.train(out, epochs=epochs, seed=seed, command=f"{command} --out FOLDER", progress=progress)
