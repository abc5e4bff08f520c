"""The intervals of a recording as heart rate variability needs them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.errors import AnnotationError
from ectopy.labels import aami_classes
from ectopy.record import Annotations
from ectopy.rhythm.hrv.variability import Variability, heart_rate_variability, hourly_variability
from ectopy.rhythm.hrv.windows import Floats

_NOT_SINUS: Final = ("(AFIB", "(AFL", "(VFL", "(SVTA", "(VT")
"""Rhythms in which no interval is NN, whatever its beats are called."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """The beats of a recording, and which intervals between them are NN.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_beats,)
        R peaks.
    times : ndarray of float64, shape (n_beats,)
        Seconds of the R peaks, between the samples where they are known so well.
    rr : ndarray of float64, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    normal : ndarray of bool, shape (n_beats,)
        Which intervals lie between two normal, judged beats outside atrial fibrillation.
    classes : ndarray of str, shape (n_beats,)
        AAMI classes.
    fs : float
        Rate in Hz that ``samples`` count in.
    duration : float
        Seconds of the recording.
    """

    samples: npt.NDArray[np.int64]
    times: Floats
    rr: Floats
    normal: npt.NDArray[np.bool_]
    classes: npt.NDArray[np.str_]
    fs: float
    duration: float

    @classmethod
    def from_annotations(cls, annotations: Annotations, duration: float) -> Self:
        """Return the intervals of beats that were annotated.

        Parameters
        ----------
        annotations : Annotations
            Beats, and rhythms where they are marked: flutter, fibrillation and tachycardia hold no NN.
        duration : float
            Seconds of the recording.

        Raises
        ------
        AnnotationError
            If the annotations do not say at which rate they count, or beats share a sample.
        """
        if annotations.fs is None:
            raise AnnotationError("annotations have no fs; give the rate in Hz that their samples count in")
        beats = annotations.beats()
        if (np.diff(beats.samples) <= 0).any():
            raise AnnotationError("two beats stand at one sample; keep one of them")
        classes = np.asarray(aami_classes(beats.symbols), np.str_)
        rr = np.diff(beats.samples / annotations.fs, prepend=np.nan)
        normal = np.equal(classes, "N") & _sinus(annotations, beats.samples)
        return cls(
            samples=beats.samples,
            times=beats.samples / annotations.fs,
            rr=rr,
            normal=normal & np.append(False, normal[:-1])[: len(normal)],
            classes=classes,
            fs=annotations.fs,
            duration=duration,
        )

    @property
    def nn(self) -> Floats:
        """NN intervals in seconds, NaN elsewhere; shape (n_beats,)."""
        return np.where(self.normal, self.rr, np.nan)

    @cached_property
    def variability(self) -> Variability:
        """Heart rate variability of the whole recording."""
        return heart_rate_variability(self.times, self.nn, self.duration, rr=self.rr, classes=self.classes)

    @cached_property
    def hours(self) -> tuple[Variability, ...]:
        """Heart rate variability of each hour."""
        return hourly_variability(self.times, self.nn, self.duration)


def _sinus(annotations: Annotations, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which samples stand in no rhythm that holds no NN intervals."""
    changes = [index for index, text in enumerate(annotations.aux) if text.startswith("(")]
    excluded = np.array([False, *(annotations.aux[index].startswith(_NOT_SINUS) for index in changes)])
    return ~excluded[np.searchsorted(annotations.samples[changes], samples, side="right")]
