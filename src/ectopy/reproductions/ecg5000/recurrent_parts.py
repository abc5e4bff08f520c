"""What the workflow of the recurrent autoencoder works on: beats by part, effort, quality in training."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import numpy as np
import numpy.typing as npt
from torch import nn

from ectopy.beats.windows import Beats
from ectopy.datasets.splits import Split
from ectopy.evaluation.ranking import auroc
from ectopy.networks.lstm_autoencoder import LstmArchitecture
from ectopy.reproductions.ecg5000.data import (
    Floats,
    Waveforms,
    is_normal,
    losses,
    waveforms_of,
)
from ectopy.reproductions.stopwatch import Stopwatch
from ectopy.reproductions.study import Settings

BY_SAMPLE: Final = LstmArchitecture(hidden=64, code=32, patch=1)

QUALITY_BEATS: Final = 500
"""Abnormal beats, none of them tested, that the quality of a network in training is measured on."""


@dataclass(frozen=True)
class Effort:
    """How long the networks train: the full run, or the quick one.

    Parameters
    ----------
    sample : LstmArchitecture
        The network that takes one step per sample.
    sample_epochs, patch_epochs, linear_epochs : int
        Passes of the three networks.
    """

    sample: LstmArchitecture = BY_SAMPLE
    sample_epochs: int = 12
    patch_epochs: int = 30
    linear_epochs: int = 25

    @classmethod
    def of(cls, settings: Settings) -> Effort:
        """Return what the settings ask for."""
        return cls(LstmArchitecture(8, 4, 2), 1, 2, 2) if settings.quick else cls()


@dataclass(frozen=True, eq=False)
class Parts:
    """The beats of the workflow.

    Parameters
    ----------
    train, validation : ndarray of float32, shape (n, 140)
        Normal beats.
    test : ndarray of float32, shape (n_test, 140)
        As many normal as abnormal ones.
    abnormal : ndarray of bool, shape (n_test,)
        Which.
    spare : ndarray of float32, shape (n_spare, 140)
        Abnormal beats that are not tested.
    """

    train: Waveforms
    validation: Waveforms
    test: Waveforms
    abnormal: npt.NDArray[np.bool_]
    spare: Waveforms

    @classmethod
    def of(cls, beats: Beats, split: Split) -> Parts:
        """Cut beats by the published split."""
        waveforms, abnormal = waveforms_of(beats), ~is_normal(beats)
        spare = np.setdiff1d(np.flatnonzero(abnormal), split.test)[:QUALITY_BEATS]
        return cls(
            waveforms[split.train],
            waveforms[split.validation],
            waveforms[split.test],
            abnormal[split.test],
            waveforms[spare],
        )


@dataclass(frozen=True)
class Quality:
    """How well a network in training does on beats that are not tested.

    Parameters
    ----------
    error : float
        Mean summed absolute error of the validation beats; lower is better.
    auc : float
        Of the validation beats against the spare abnormal ones; higher is better.
    """

    error: float
    auc: float


Curve = Stopwatch[Quality]
"""What a training was worth after each epoch."""


def watch_quality(parts: Parts) -> Curve:
    """Return a stopwatch that looks at how well beats are reconstructed and told apart."""

    def look(network: nn.Module) -> Quality:
        normal, other = (losses(network, part) for part in (parts.validation, parts.spare))
        return Quality(float(normal.mean()), _auc(normal, other))

    return Stopwatch(look)


def course(curve: Curve, figure: str) -> tuple[Floats, Floats]:
    """Return seconds, and ``"error"`` or ``"auc"``, after each epoch."""
    return np.array(curve.seconds), curve.figures(attrgetter(figure))


def _auc(normal: Floats, abnormal: Floats) -> float:
    return auroc(np.r_[normal, abnormal], np.repeat([False, True], [len(normal), len(abnormal)]))
