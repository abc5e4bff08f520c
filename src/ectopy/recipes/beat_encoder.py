"""How the shipped encoder of beats is made: without labels, from beats of thousands of people.

What it learns from is in `ectopy.recipes.unlabelled_beats`, how in `ectopy.training.pretext`. Pretext task,
sizes and weights were chosen on people of DS1 by classifiers that had a few of their labels and were tested
on others (autoencoder of the waveform, masked prediction, contrast of two views, telling changes apart, alone
and with either); ``benchmarks/scarce_labels.py`` measures it on DS2.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ectopy.datasets.catalog import dataset as dataset_of
from ectopy.models.beat_encoder import BeatEncoder
from ectopy.models.manifest import Manifest
from ectopy.recipes.unlabelled_beats import unlabelled_beats, unlabelled_records

NAME: Final = "beat-encoder"

EPOCHS: Final = 8
"""Passes over the changed beats."""

DATASET: Final = (
    "mitdb DS1 without record 201, qtdb (people to learn from), ludb (people not tested), ptbxl (folds 1 to"
    " 8), cinc2017 (people not kept apart)"
)

DATASETS: Final = ("mitdb", "qtdb", "ludb", "ptbxl", "cinc2017")


def train_encoder(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train an encoder of beats without labels, and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the beats.
    seed : int
        Of all random numbers.
    command : str
        Command of the user, for the manifest.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    DatasetError
        If one of `DATASETS` is not available.
    """
    from ectopy.training.loop import one_thread

    beats = unlabelled_beats(unlabelled_records(seed))
    with one_thread():
        encoder = BeatEncoder(epochs=epochs, seed=seed, progress=progress).fit(beats)
    saved = encoder.save(
        out,
        name=NAME,
        training={
            "dataset": DATASET,
            "licence": {name: dataset_of(name).licence for name in DATASETS},
            "people": len(set(beats.patients.tolist())),
            "beats": len(beats),
            "labels": "none",
            "seed": seed,
            "command": command,
        },
    )
    return saved.manifest
