"""The beats of the wavelet CNN study: cut, scaled, halved by a wavelet, and split in two ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import normalise
from ectopy.beats.rr import rr_features
from ectopy.beats.windows import Beats, WindowSpec, beats_of, cut_windows
from ectopy.datasets.random_splits import random_split
from ectopy.datasets.splits import DS1, DS2, Split, ds1_ds2, mitdb_patient
from ectopy.labels import aami_classes
from ectopy.record import Record
from ectopy.reproductions.dealt_folds import dealt_folds
from ectopy.signal.filters import fill_missing
from ectopy.signal.wavelets import dwt_approximation
from ectopy.simulation import Rhythm, simulate

WINDOW: Final = WindowSpec(fs=360, before=140, after=140)
"""280 samples about the R peak, as published."""

WAVELET: Final = "db2"

SCHEME: Final = "aami"

LATEST: Final = 4.0
"""Cap on intervals, in seconds or multiples of the usual one: longer ones are gaps in the annotation."""

HELD_OUT: Final = 10
"""One in so many training beats, or one of `FOLDS` groups of patients, is held out for early stopping."""

FOLDS: Final = 5

_SIMULATED: Final = (*DS1[:5], *DS2[:4])

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class WaveletBeats:
    """Input of the classifiers.

    Parameters
    ----------
    cut : Beats
        On the first lead, in mV, with symbols, patients and records.
    coefficients : ndarray of float32, shape (n_beats, 141)
        Approximation coefficients of the beat scaled to between 0 and 1.
    timing : ndarray of float32, shape (n_beats, 6)
        The columns `ectopy.beats.rr.RR_FEATURES`.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each.
    """

    cut: Beats
    coefficients: Floats
    timing: Floats
    classes: npt.NDArray[np.str_]

    @property
    def timed(self) -> Floats:
        """Coefficients and timing side by side: (n_beats, 147)."""
        return np.concatenate([self.coefficients, self.timing], axis=1)


def wavelet_beats(records: Iterable[Record]) -> WaveletBeats:
    """Cut the reference beats of recordings on their first lead, and halve them by the wavelet.

    Parameters
    ----------
    records : iterable of Record
        At 360 Hz, with reference annotations.

    Returns
    -------
    WaveletBeats

    Raises
    ------
    RecordError
        If a recording has no annotations.
    """
    parts = [_cut(record) for record in records]
    beats = Beats.concatenate([part for part, _ in parts])
    scaled = normalise(beats.waveforms, "minmax").waveforms[:, 0]
    return WaveletBeats(
        beats,
        dwt_approximation(scaled, WAVELET, axis=1),
        np.concatenate([timing for _, timing in parts]),
        aami_classes(beats.symbols, SCHEME),
    )


def _cut(record: Record) -> tuple[Beats, Floats]:
    marks = record.reference_annotations().beats()
    lead = fill_missing(record.signal[:, :1], record.fs)
    beats = beats_of(
        record, marks.samples, cut_windows(lead, marks.samples, WINDOW), record.fs, marks.symbols
    )
    # a beat at either end of the recording counts as on time
    timing = np.nan_to_num(rr_features(marks.samples, record.fs), nan=1.0).clip(0, LATEST)
    return beats, timing


def simulated_records(seconds: float = 80.0) -> Iterator[Record]:
    """Simulate a few recordings of either part of MIT-BIH, with beats of all classes but Q."""
    rhythm = Rhythm(supraventricular=0.12, ventricular=0.12, fusion=0.1)
    for seed, name in enumerate(_SIMULATED):
        record = simulate(seconds, WINDOW.fs, rhythm=rhythm, seed=seed, name=name)
        yield replace(record, patient=mitdb_patient(name))


def published_split(beats: WaveletBeats, seed: int) -> Split:
    """Draw 10 % of the beats of all patients to test on, and a tenth of the others for early stopping."""
    split = random_split("mitbih-90-10", beats.cut.patients, seed=seed)
    order = np.random.default_rng(seed).permutation(split.train)
    held_out, train = np.split(order, [len(order) // HELD_OUT])
    return replace(split, train=np.sort(train), validation=np.sort(held_out))


def inter_patient_split(beats: WaveletBeats, seed: int) -> Split:
    """Test on DS2; train on DS1 but for a fifth of its patients, another for each seed, for early stopping.

    Record 201 is left out of training, because its patient is tested as 202.
    """
    whole = ds1_ds2(beats.cut, disjoint=True)
    rows = whole.train
    folds = dealt_folds(whole.patients[rows], beats.classes[rows], FOLDS, seed=0)
    held_out = folds == seed % FOLDS
    return replace(whole, train=rows[~held_out], validation=rows[held_out])
