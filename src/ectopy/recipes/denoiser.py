"""How the shipped denoiser is made.

It learns from people of DS1, of LUDB (`ludb_part`) and of the QT Database (`qtdb_part`), but for those
excerpts that DeepFilter was tested on, with the first half of the noises of the Noise Stress Test Database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, ludb_part
from ectopy.datasets.mitbih import NOISES, NSTDB_FS, load_noise, load_record
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS1, DS2, mitdb_patient
from ectopy.errors import require_extra
from ectopy.models import artifact
from ectopy.models.denoiser import KIND, NETWORK_FS, WINDOW, without_wander
from ectopy.models.manifest import Manifest
from ectopy.record import Record
from ectopy.signal.filters import fill_missing
from ectopy.signal.resampling import resample

EPOCHS: Final = 14
"""Passes over the windows."""

DEEPFILTER_TEST: Final = (
    *("sel123", "sel233", "sel302", "sel307", "sel820", "sel853", "sel16420", "sel16795"),
    *("sele0106", "sele0121", "sel32", "sel49", "sel14046", "sel15814"),
)
"""Excerpts of the QT Database that DeepFilter was tested on (Romero et al. 2021)."""

HELD_OUT: Final = ("108", "119", "203", "223")
"""People of DS1 that the training is stopped by."""

_PER_LEAD: Final = {"mitdb": 18, "ludb": 6, "qtdb": 24}
"""Windows of each lead; of each person of LUDB, from any leads."""

_HELD_OUT_NOISE: Final = 0.2
"""Share of the training half of the noise, its end, that the training is stopped by."""

_FILTERS: Final = (16, 32, 48, 64, 64)
_KERNEL: Final = 5
_LOUDEST: Final = 8.0
"""mV; a window with larger samples shows no clean heart."""

Samples = npt.NDArray[np.float32]


def train_denoiser(
    out: Path, *, epochs: int = EPOCHS, seed: int = 0, command: str = "", progress: bool = False
) -> Manifest:
    """Train a denoiser and write it.

    Parameters
    ----------
    out : Path
        Folder for the artifact.
    epochs : int
        Passes over the windows.
    seed : int
        Of everything random.
    command : str
        What the user typed, for the manifest.
    progress : bool
        Draw a progress bar.

    Returns
    -------
    Manifest
        What was written.

    Raises
    ------
    DatasetError
        If ``mitdb``, ``ludb``, ``qtdb`` or ``nstdb`` is not at hand.
    MissingExtraError
        If torch is not installed.
    """
    require_extra("torch", "train")
    from ectopy.networks.denoising_unet import NoiseSubtractor, UnetArchitecture
    from ectopy.training.denoising_examples import DenoisingExamples, denoising_loss
    from ectopy.training.export import to_onnx
    from ectopy.training.loop import Schedule, fit_network, one_thread, seeded

    rng = np.random.default_rng(seed)
    parts = [
        DenoisingExamples.draw(np.concatenate(list(clean_windows(part, rng))), noises(part), rng).arrays
        for part in ("train", "validation")
    ]
    architecture = UnetArchitecture(_FILTERS, _KERNEL)
    with seeded(seed):
        network = NoiseSubtractor(architecture)
    schedule = Schedule(epochs=epochs, batch_size=32, learning_rate=4e-3, patience=epochs)
    with one_thread():
        history = fit_network(
            network, denoising_loss, *parts, schedule=schedule, seed=seed, progress=progress
        )
    manifest = Manifest(
        name="denoiser",
        kind=KIND,
        normalisation="without-wander",
        parameters={"fs": NETWORK_FS, "window": WINDOW, "architecture": asdict(architecture)},
        training={
            "command": command,
            "datasets": "mitdb (DS1), ludb, qtdb, nstdb",
            "windows": len(parts[0][0]),
            "seed": seed,
            "schedule": asdict(schedule),
            "loss": history.train,
            "held_out_loss": history.validation,
        },
        versions={name: version(name) for name in ("ectopy", "numpy", "scipy", "torch", "onnx")},
    )
    network_file = to_onnx(network, np.zeros((2, 1, WINDOW), np.float32), ["clean"])
    return artifact.save(out, manifest, {artifact.NETWORK: network_file}).manifest


def noises(part: str) -> list[Samples]:
    """Return each channel of each noise at 250 Hz without wander, of a part of its training half."""
    channels = []
    for name in NOISES:
        noise = without_wander(resample(load_noise(name, "train"), NSTDB_FS, NETWORK_FS))
        end = int(len(noise) * (1 - _HELD_OUT_NOISE))
        channels += list((noise[:end] if part == "train" else noise[end:]).T)
    return channels


def clean_windows(part: str, rng: np.random.Generator) -> Iterator[Samples]:
    """Yield windows (n, WINDOW) of each lead of the people of a part, without wander, at 250 Hz."""
    tested = {mitdb_patient(name) for name in DS2}
    for name in DS1:
        if mitdb_patient(name) not in tested and (name in HELD_OUT) == (part == "validation"):
            yield from _windows(load_record(name), _PER_LEAD["mitdb"], rng)
    for name in qtdb_records():
        if qtdb_part(name) == part and name not in DEEPFILTER_TEST:
            yield from _windows(load_qtdb_record(name), _PER_LEAD["qtdb"], rng)
    for name in LUDB_RECORDS:
        if ludb_part(name) == part:
            record = load_ludb_record(name)
            leads = rng.choice(record.leads, _PER_LEAD["ludb"], replace=False)
            yield from _windows(record.select([str(lead) for lead in leads]), 1, rng)


def _windows(record: Record, n: int, rng: np.random.Generator) -> Iterator[Samples]:
    filled = fill_missing(record.signal, record.fs)
    for lead in without_wander(resample(filled, record.fs, NETWORK_FS)).T:
        starts = rng.integers(len(lead) - WINDOW + 1, size=n)
        windows = np.stack([lead[start : start + WINDOW] for start in starts])
        yield windows[np.abs(windows).max(axis=1) < _LOUDEST]
