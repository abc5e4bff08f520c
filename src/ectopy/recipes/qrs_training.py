"""Training of the QRS detector.

records ─► examples: as recorded, played slower and faster, with recorded noise that comes and goes
        ─► fit_network, every batch changed at random: other leads, sizes, shapes, losses of contact
        ─► network.onnx + manifest.json
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError, require_extra
from ectopy.models import artifact
from ectopy.models.artifact import Artifact, Manifest
from ectopy.models.qrs_detector import KIND
from ectopy.record import Record
from ectopy.training.qrs_examples import QrsExamples, idle_examples, noise_bursts, qrs_examples

if TYPE_CHECKING:
    from torch import nn

NORMALISATION: Final = "qrs-input"
"""The network is given what `ectopy.signal.qrs_input.condition` returns."""

THRESHOLD: Final = 0.12
"""Probability above which a peak is a beat; chosen by cross-validation over the patients of DS1."""

EPOCHS: Final = 12
"""Passes over the examples."""

_COPIES: Final = ((1.0, False), (0.88, False), (1.14, False), (1.0, True), (0.95, True))
"""Speed at which each copy of a recording is played, and whether noise is added to it.

A heart that beats 14 % faster has shorter waves too, as a change of speed makes them."""

N_COPIES: Final = len(_COPIES)

BATCH_SIZE: Final = 32


def train_qrs(
    records: Sequence[Record],
    noises: Sequence[npt.NDArray[np.float32]],
    out: Path,
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    threshold: float = THRESHOLD,
    training: dict[str, Any] | None = None,
    metrics: dict[str, Any] | None = None,
    progress: bool = False,
) -> Artifact:
    """Train a QRS detector and write it.

    Parameters
    ----------
    records : sequence of Record
        With reference beats, and two leads or more.
    noises : sequence of ndarray of float32, each of shape (n_samples, n_leads)
        Recorded noise in mV at the rate of the records, ten seconds or longer.
    out : Path
        Folder for the model.
    seed : int
        Of all random numbers.
    epochs : int
        Passes over the examples.
    threshold : float
        Probability above which a peak is a beat.
    training, metrics : dict, optional
        For the manifest: what else to say about the data, and how the detector did.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Artifact
        As written.

    Raises
    ------
    MissingExtraError
        If torch is not installed.
    ParameterError
        If there are no records or no noises.
    """
    require_extra("torch", "train")
    from ectopy.networks.qrs_loss import qrs_loss
    from ectopy.networks.qrs_network import QrsNetwork, QrsShape
    from ectopy.training.loop import Schedule, fit_network, seeded

    if not records or not noises:
        raise ParameterError(f"{len(records)} records and {len(noises)} noises; give at least one of each")
    examples = _examples(records, noises, seed)
    plain = QrsExamples.concatenate([qrs_examples(record) for record in records])
    shape = QrsShape()
    with seeded(seed):
        network = QrsNetwork(shape)
    schedule = Schedule(epochs=epochs, batch_size=BATCH_SIZE, learning_rate=5e-3, patience=epochs)
    history = fit_network(
        network, qrs_loss, examples.arrays, plain.arrays, schedule=schedule, seed=seed, progress=progress
    )
    manifest = Manifest(
        name="qrs",
        kind=KIND,
        normalisation=NORMALISATION,
        parameters={"threshold": threshold, "shape": asdict(shape)},
        training={
            **_provenance(records),
            "seed": seed,
            "schedule": asdict(schedule),
            "loss": history.train,
            "validation_loss": history.validation,
            **(training or {}),
        },
        metrics=metrics or {},
        versions={name: version(name) for name in ("ectopy", "numpy", "scipy", "torch", "onnx")},
    )
    return artifact.save(out, manifest, {artifact.NETWORK: _to_onnx(network)})


def _provenance(records: Sequence[Record]) -> dict[str, Any]:
    return {
        "records": [record.name for record in records],
        "patients": len({record.patient for record in records}),
        "beats": sum(len(record.annotations.beats()) for record in records if record.annotations),
    }


def _examples(records: Sequence[Record], noises: Sequence[npt.NDArray[np.float32]], seed: int) -> QrsExamples:
    rng = np.random.default_rng(seed)
    parts = [idle_examples(noises, records[0].fs, rng)]
    for record in records:
        for factor, noisy in _COPIES:
            speed = factor if factor == 1 else factor * rng.uniform(0.97, 1.03)
            noise = noise_bursts(record, noises, rng) if noisy else None
            parts.append(qrs_examples(record, factor=speed, noise=noise))
    return QrsExamples.concatenate(parts)


def _to_onnx(network: nn.Module) -> bytes:
    """Export the network for any number of recordings and leads, and any multiple of eight samples."""
    import torch

    from ectopy.training.export import in_two_dimensions, to_onnx

    n, leads, eights = (torch.export.Dim(name) for name in ("n", "n_leads", "eights"))
    exported = to_onnx(
        network,
        np.zeros((2, 3, 512), dtype=np.float32),
        ["log_odds"],
        free={0: n, 1: leads, 2: 8 * eights},
    )
    return in_two_dimensions(exported)
