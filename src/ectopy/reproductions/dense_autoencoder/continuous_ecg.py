"""Continuous ECG for the studies that look at windows, not at beats: MIT-BIH, or a simulated stand-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.datasets.mitbih import load_records
from ectopy.datasets.splits import DS1, DS2, mitdb_patient
from ectopy.evaluation.metrics import Floats, ratio
from ectopy.evaluation.uncertainty import bootstrap
from ectopy.reproductions.study import Estimate
from ectopy.simulation import Rhythm, simulate

FS: Final = 360
"""Rate of MIT-BIH in Hz."""

_SIMULATED: Final = 60
"""Seconds of each simulated recording."""

Signals = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Recordings:
    """The first lead of several recordings of one length.

    Parameters
    ----------
    signals : ndarray of float32, shape (n_records, n_samples)
        In mV.
    patients : tuple of str
        Patient of each recording.
    """

    signals: Signals
    patients: tuple[str, ...]

    def without(self, n: int, seed: int) -> tuple[Recordings, Recordings]:
        """Return the recordings but those of n patients, and those: to learn from, and to stop by."""
        people = np.unique(self.patients)
        chosen = np.isin(self.patients, np.random.default_rng(seed).permutation(people)[:n])
        return self._some(~chosen), self._some(chosen)

    def _some(self, mask: npt.NDArray[np.bool_]) -> Recordings:
        patients = tuple(name for name, kept in zip(self.patients, mask, strict=True) if kept)
        return Recordings(self.signals[mask], patients)

    def random_windows(self, n: int, length: int, rng: np.random.Generator) -> Signals:
        """Cut n windows of each recording, anywhere: (n_records · n, length)."""
        starts = rng.integers(0, self.signals.shape[1] - length + 1, (len(self.signals), n))
        return np.concatenate(
            [_windows(signal, at, length) for signal, at in zip(self.signals, starts, strict=True)]
        )

    def tiles(self, length: int, every: int = 1) -> Signals:
        """Cut windows end to end, and keep one in `every`: (n_records, n_windows, length)."""
        n = self.signals.shape[1] // length
        return self.signals[:, : n * length].reshape(len(self.signals), n, length)[:, ::every]


def _windows(signal: Signals, starts: npt.NDArray[np.int64], length: int) -> Signals:
    return np.asarray(signal[starts[:, None] + np.arange(length)])


def recordings(names: str, quick: bool) -> Recordings:
    """Read the first leads of a set of MIT-BIH, or make up a few recordings in their place.

    Parameters
    ----------
    names : {"ds1", "ds2"}
        Part of the split of de Chazal et al. 2004; DS1 without record 201, whose patient is tested as 202.
    quick : bool
        Simulate.
    """
    if quick:
        first = {"ds1": 0, "ds2": 100}[names]
        rhythm = Rhythm(supraventricular=0.1, ventricular=0.15, fusion=0.05)
        records = [
            simulate(_SIMULATED, FS, rhythm=rhythm, seed=seed, name=str(seed))
            for seed in range(first, first + 4)
        ]
    else:
        tested = {mitdb_patient(name) for name in DS2}
        ds1 = [name for name in DS1 if mitdb_patient(name) not in tested]
        records = list(load_records({"ds1": ds1, "ds2": DS2}[names]))
    return Recordings(
        np.stack([record.signal[:, 0] for record in records]),
        tuple(record.patient or record.name for record in records),
    )


@dataclass(frozen=True, eq=False)
class PatientMean:
    """Mean of a figure over windows, ready for `ectopy.evaluation.uncertainty.bootstrap`.

    Parameters
    ----------
    patients : tuple of str
        The patients that the weights belong to.
    means : ndarray of float64, shape (n_patients,)
        Mean over the windows of each.
    """

    patients: tuple[str, ...]
    means: Floats

    def under(self, weights: Floats) -> Floats:
        """Return the mean under each row of weights: (n_replicates, n_patients) → (n_replicates,)."""
        return ratio(weights @ self.means, weights.sum(axis=1))


def over_patients(runs: Sequence[Floats], patients: tuple[str, ...]) -> Estimate:
    """Return the mean of figures (n_patients,) of each seed, with its interval over patients."""
    interval = bootstrap(PatientMean(patients, np.mean(runs, axis=0)))
    return Estimate.of_patients(interval, [float(run.mean()) for run in runs])
