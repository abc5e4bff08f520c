"""Training of the QRS detector.

records and what else there is ─► examples of every kind (`ectopy.recipes.qrs_training_set`)
        ─► fit_network, every batch changed at random: other leads, sizes, shapes, losses of contact
        ─► network.onnx + manifest.json
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError, require_extra
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.manifest import Manifest
from ectopy.models.qrs_detector import KIND, QRS_REACH
from ectopy.recipes.qrs_training_set import draw, record_examples
from ectopy.record import Record
from ectopy.training.qrs_examples import QrsExamples

if TYPE_CHECKING:
    from torch import nn

    from ectopy.networks.qrs_network import QrsShape

NORMALISATION: Final = "qrs-input"
"""The network is given what `ectopy.signal.qrs_input.condition` returns."""

THRESHOLD: Final = 0.12
"""Probability above which a peak is a beat.

Chosen on DS1, with noise and without, and on the people of the QT database, LUDB, PTB-XL and CUDB that are
there to choose by. Beats of shapes that nobody among them has are seen with less certainty, so it is as low
as their clean recordings allow; 0.2 would miss and add as many in noise as loud as the beats."""

EPOCHS: Final = 10
"""Passes over the examples, unless more are drawn than a few recordings give."""

BATCH_SIZE: Final = 128

_WATCHED: Final = 24
"""One in so many examples more are drawn to see how it goes."""


def train_qrs(
    records: Sequence[Record],
    noises: Sequence[npt.NDArray[np.float32]],
    out: Path,
    *,
    examples: Mapping[str, QrsExamples] | None = None,
    rows: int | None = None,
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
    examples : mapping of str to QrsExamples, optional
        What to learn from, by kind; by default what `record_examples` makes of the records.
    rows : int, optional
        Examples of ten seconds that are drawn from them; by default as many as there are.
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
    rng = np.random.default_rng(seed)
    examples = examples or record_examples(records, noises, rng)
    rows = rows or 2 * sum(len(each.leads) for each in examples.values())
    drawn, watched = draw(examples, rows, rng), draw(examples, max(1, rows // _WATCHED), rng)
    shape = QrsShape()
    with seeded(seed):
        network = QrsNetwork(shape)
    schedule = Schedule(epochs=epochs, batch_size=BATCH_SIZE, learning_rate=5e-3, patience=epochs)
    history = fit_network(
        network, qrs_loss, drawn.arrays, watched.arrays, schedule=schedule, seed=seed, progress=progress
    )
    learned = {
        **_provenance(records),
        "seed": seed,
        "schedule": asdict(schedule),
        "examples": {kind: len(each.leads) for kind, each in examples.items()},
        "drawn": rows,
        "loss": history.train,
        "validation_loss": history.validation,
        **(training or {}),
    }
    manifest = _manifest(shape, threshold, learned, metrics or {})
    return artifact.save(out, manifest, {artifact.NETWORK: _to_onnx(network)})


def _manifest(
    shape: QrsShape, threshold: float, training: dict[str, Any], metrics: dict[str, Any]
) -> Manifest:
    return Manifest(
        name="qrs",
        kind=KIND,
        normalisation=NORMALISATION,
        parameters={"threshold": threshold, "reach_seconds": QRS_REACH, "shape": asdict(shape)},
        training=training,
        metrics=metrics,
        versions={name: version(name) for name in ("ectopy", "numpy", "scipy", "torch", "onnx")},
    )


def _provenance(records: Sequence[Record]) -> dict[str, Any]:
    return {
        "records": [record.name for record in records],
        "patients": len({record.patient for record in records}),
        "beats": sum(len(record.annotations.beats()) for record in records if record.annotations),
    }


def _to_onnx(network: nn.Module) -> bytes:
    """Export the network for any number of recordings and leads, and any multiple of 16 samples."""
    import torch

    from ectopy.training.export import to_onnx
    from ectopy.training.onnx_layout import in_two_dimensions

    n, leads, steps = (torch.export.Dim(name) for name in ("n", "n_leads", "steps"))
    exported = to_onnx(
        network,
        np.zeros((2, 3, 512), dtype=np.float32),
        ["log_odds"],
        free={0: n, 1: leads, 2: 16 * steps},
    )
    return in_two_dimensions(exported)
