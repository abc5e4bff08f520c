"""Beats of lead II, normal recordings against the rest: a stand-in for Kaggle's PTB beats, cut two ways.

The published beats were made from PTB Diagnostic by the recipe of Kachuee et al. (2018). The same recipe
makes them from PTB-XL, of the same institute, where it is known whose beats they are. Of the same beats there
is a second cut, with what comes before the R peak and without the zeros whose number tells the heart rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import normalise
from ectopy.beats.windows import Beats, WindowSpec, condition, cut_windows, window_centres
from ectopy.datasets.catalog import missing_files
from ectopy.datasets.heartbeats import HEARTBEAT_FS, kachuee_beats, load_heartbeats
from ectopy.datasets.ptbxl import load_ptbxl_record, load_ptbxl_table
from ectopy.datasets.splits import Split
from ectopy.errors import DatasetError
from ectopy.record import Record
from ectopy.simulation import Rhythm, simulate

Windows = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

LEAD: Final = "II"

CENTRED: Final = WindowSpec(fs=HEARTBEAT_FS, before=50, after=75)
"""0.4 s before the R peak and 0.6 s from it on, at the rate of the published beats."""

SMALL: Final = 0.1
"""mV above which waves are compressed logarithmically, so that P, ST and T count next to the QRS."""

TEST_FOLDS: Final = (9, 10)
"""Folds of the authors with labels checked by a second cardiologist; nothing was chosen on them."""

KAGGLE_FILES: Final = ("ptbdb_normal", "ptbdb_abnormal")


@dataclass(frozen=True, eq=False)
class CutBeats:
    """Beats, each cut in two ways.

    Parameters
    ----------
    published : ndarray of float32, shape (n_beats, 1, 187)
        From the R peak on, 0 to 1 over 10 s, filled up with zeros.
    centred : ndarray of float32, shape (n_beats, 1, 125)
        Around the R peak, `companded`.
    abnormal : ndarray of bool, shape (n_beats,)
        Whether the recording has any diagnosis other than a normal ECG.
    patients, records : ndarray of str, shape (n_beats,)
        Patient and recording of each beat.
    fold : ndarray of int64, shape (n_beats,)
        Fold of the recording, 1 to 10, disjoint in patients.
    """

    published: Windows
    centred: Windows
    abnormal: npt.NDArray[np.bool_]
    patients: npt.NDArray[np.str_]
    records: npt.NDArray[np.str_]
    fold: Rows

    def __len__(self) -> int:
        return len(self.abnormal)

    @property
    def split(self) -> Split:
        """Train on folds 1 to 8, test on 9 and 10: other patients."""
        tested = np.isin(self.fold, TEST_FOLDS)
        return Split(
            "ptbxl folds 1-8 against 9 and 10", np.flatnonzero(~tested), np.flatnonzero(tested), self.patients
        )


def ptbxl_beats() -> CutBeats:
    """Cut the recordings of PTB-XL that are present and have a diagnosis.

    Returns
    -------
    CutBeats

    Raises
    ------
    DatasetError
        If the dataset, or any beat of one kind, is missing.
    """
    entries = [entry for entry in load_ptbxl_table() if entry.superclasses]
    parts = ((load_ptbxl_record(entry), not entry.is_normal, entry.strat_fold) for entry in entries)
    return cut_recordings(parts)


def simulated_beats(n_patients: int = 80) -> CutBeats:
    """Simulate recordings of 10 s, one per patient: half of sinus rhythm, half of bundle-branch block."""
    return cut_recordings(
        (
            simulate(
                10, leads=(LEAD,), rhythm=Rhythm(left_block=float(i % 2)), seed=i, name=f"simulated {i}"
            ),
            i % 2 == 1,
            1 + i // 2 % 10,
        )
        for i in range(n_patients)
    )


def cut_recordings(recordings: Iterable[tuple[Record, bool, int]]) -> CutBeats:
    """Cut the beats that the published recipe finds, in both ways.

    Parameters
    ----------
    recordings : iterable of (Record, bool, int)
        A recording with lead II, whether it is abnormal, and its fold.

    Returns
    -------
    CutBeats

    Raises
    ------
    DatasetError
        If no normal beat or no abnormal one is found.
    """
    parts: list[Beats] = []
    centred: list[Windows] = []
    kinds: list[tuple[bool, int]] = []
    for record, abnormal, fold in recordings:
        beats = kachuee_beats(record, LEAD)
        parts.append(beats)
        centred.append(companded(_around(record, beats.samples)))
        kinds += [(abnormal, fold)] * len(beats)
    if len({abnormal for abnormal, _ in kinds}) < 2:
        raise DatasetError("the recordings at hand give no beats of both kinds; get more of them")
    beats = Beats.concatenate(parts)
    abnormal_of_each, fold_of_each = np.array(kinds).T
    return CutBeats(
        beats.waveforms,
        np.concatenate(centred),
        abnormal_of_each.astype(bool),
        np.where(beats.patients == "", beats.records, beats.patients),
        beats.records,
        fold_of_each.astype(np.int64),
    )


def companded(waveforms: Windows) -> Windows:
    """Bring windows in mV to mean 0 and standard deviation 1, high waves pressed together before.

    A logarithm that goes through zero (the inverse hyperbolic sine) keeps the QRS, ten times as high as what
    follows it, from being all that counts.

    Examples
    --------
    >>> window = np.array([[[0.0, 0.1, 1.0, 0.1, 0.0]]], np.float32)
    >>> print(companded(window).round(1))
    [[[-0.9 -0.1  1.9 -0.1 -0.9]]]
    """
    pressed = np.arcsinh(waveforms / SMALL).astype(np.float32)
    return normalise(pressed, "zscore").waveforms


def kaggle_beats(files: Sequence[Path] = ()) -> CutBeats | None:
    """Read the published PTB beats; None where they have not been downloaded and no files are given.

    They cannot be cut again, so both cuts are the published one, and their patients are unknown.

    Parameters
    ----------
    files : sequence of Path
        ``ptbdb_normal.csv`` and ``ptbdb_abnormal.csv``, in either order: each line says its class.

    Raises
    ------
    DatasetError
        If a file is not what was published, or they hold beats of one kind only.
    """
    if not files and {f"{name}.csv" for name in KAGGLE_FILES} & set(missing_files("heartbeats")):
        return None
    parts = [load_heartbeats(KAGGLE_FILES[0], path) for path in files]
    beats = Beats.concatenate(parts or [load_heartbeats(name) for name in KAGGLE_FILES])
    if len(set(beats.symbols.tolist())) < 2:
        raise DatasetError(
            f"{', '.join(map(str, files))}: hold {beats.symbols[0]} beats only; give both"
            f" {' and '.join(f'{name}.csv' for name in KAGGLE_FILES)}"
        )
    abnormal, nowhere = beats.symbols == "abnormal", np.zeros(len(beats), np.int64)
    return CutBeats(beats.waveforms, beats.waveforms, abnormal, beats.patients, beats.records, nowhere)


def _around(record: Record, samples: Rows) -> Windows:
    lead = record.lead(LEAD)[:, np.newaxis]
    level = condition(lead, record.fs, CENTRED.fs)
    return cut_windows(level, window_centres(samples, record.fs, CENTRED.fs), CENTRED)
