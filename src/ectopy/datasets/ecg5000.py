"""ECG5000: 5,000 beats of one patient in severe heart failure, as the UCR archive publishes them.

Source: Dau et al., The UCR time series archive, 2019; cut by Chen et al. 2015 from record chf07 of the BIDMC
Congestive Heart Failure Database, each beat stretched to 140 samples and standardised, classes annotated by
a program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ectopy.beats.windows import Beats
from ectopy.datasets.beat_tables import TableLayout, read_beat_table
from ectopy.datasets.catalog import locate_file
from ectopy.errors import DatasetError

ECG5000_CLASSES: Final = ("N", "R-on-T PVC", "PVC", "SP/EB", "UB")
"""Normal, R-on-T premature ventricular contraction, the same without R-on-T, supraventricular premature or
ectopic beat, unclassified beat; numbered from 1 in the files."""

ECG5000_FS: Final = 140.0
"""Nominal rate in Hz. Every beat was stretched to the same length, so that no true rate exists; with this one
a beat lasts one second and a time in seconds reads as a share of the beat."""

_PATIENT: Final = "chf07"
_LAYOUT: Final = TableLayout(classes=ECG5000_CLASSES, n_times=140, first_class=1, class_column=0)


@dataclass(frozen=True, eq=False)
class ECG5000:
    """The two official parts, in the order of the files.

    Parameters
    ----------
    train, test : Beats
        500 and 4,500 beats of one lead and 140 samples; ``symbols`` holds names of `ECG5000_CLASSES`.
    """

    train: Beats
    test: Beats

    @property
    def all(self) -> Beats:
        """The training beats, then the test beats."""
        return Beats.concatenate([self.train, self.test])


def load_ecg5000(folder: Path | str | None = None) -> ECG5000:
    """Read ECG5000 as published: official split, official order.

    Parameters
    ----------
    folder : Path or str, optional
        With ``ECG5000_TRAIN.txt`` and ``ECG5000_TEST.txt``; that of the dataset by default.

    Returns
    -------
    ECG5000
        All beats are of patient ``chf07``: any split of them is within one patient. The position of a beat
        in the recording is not published, so ``samples`` are zeros and ``rr`` NaN.

    Raises
    ------
    DatasetError
        If the files are not at hand, or not what was published.
    """
    place = None if folder is None else Path(folder)
    return ECG5000(train=_read_part("TRAIN", place), test=_read_part("TEST", place))


def _read_part(part: str, folder: Path | None) -> Beats:
    name = f"ECG5000_{part}.txt"
    file = locate_file("ecg5000", name) if folder is None else folder / name
    if not file.is_file():
        raise DatasetError(f"{file}: no such file; give the folder of both text files of the UCR archive")
    waveforms, classes = read_beat_table(file, _LAYOUT)
    whose = np.full(len(classes), _PATIENT)
    return Beats.of(waveforms, fs=ECG5000_FS, symbols=classes, patients=whose, records=whose)
