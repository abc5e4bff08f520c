"""Beats of thousands of people, found by the QRS detector and cut without a look at any label.

Nobody is among them whom `ectopy.datasets` keeps apart to test on: the people of DS2, those of LUDB and of
the QT Database who are tested, folds of PTB-XL, and a third of the people of the challenge of 2017.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from ectopy.beats.windows import DEFAULT_WINDOW, Beats, cut_beats
from ectopy.datasets.cinc2017 import load_cinc2017_record, load_cinc2017_table
from ectopy.datasets.ludb import LUDB_RECORDS, load_ludb_record, ludb_part
from ectopy.datasets.mitbih import load_records
from ectopy.datasets.ptbxl import load_ptbxl_record, load_ptbxl_table
from ectopy.datasets.qtdb import load_qtdb_record, qtdb_part, qtdb_records
from ectopy.datasets.splits import DS1, DS2, mitdb_patient
from ectopy.models.qrs_detector import detect_qrs
from ectopy.recipes.anomaly_detector import one_lead
from ectopy.record import Record

WINDOW: Final = DEFAULT_WINDOW

LEADS: Final = 2
"""Leads of a recording of twelve that are taken, any two: others show the same heart from near by."""

PTBXL_APART: Final = (9, 10)
"""Folds of PTB-XL that its authors validate and test on."""


def unlabelled_beats(records: Iterable[Record]) -> Beats:
    """Find the beats of recordings and cut them, each lead a record of its own.

    Parameters
    ----------
    records : iterable of Record
        Recordings of any rate; of more than two leads the first and the last are taken.

    Returns
    -------
    Beats
        One lead each, (n_beats, 1, n_times), without symbols.
    """
    parts = []
    for record in records:
        peaks = detect_qrs(record.signal, record.fs)
        if len(peaks) > 1:
            beats = cut_beats(record, peaks, WINDOW)
            parts += [one_lead(beats, lead) for lead in sorted({0, len(record.leads) - 1})]
    return Beats.concatenate(parts)


def unlabelled_records(seed: int = 0) -> Iterator[Record]:
    """Read the recordings that are learned from without labels, one after another."""
    rng = np.random.default_rng(seed)
    tested = {mitdb_patient(name) for name in DS2}
    yield from load_records([name for name in DS1 if mitdb_patient(name) not in tested])
    yield from (load_qtdb_record(name) for name in qtdb_records() if qtdb_part(name) == "train")
    for name in LUDB_RECORDS:
        if ludb_part(name) != "test":
            yield _some_leads(load_ludb_record(name), rng)
    for row in load_ptbxl_table():
        if row.strat_fold not in PTBXL_APART:
            yield _some_leads(load_ptbxl_record(row), rng)
    yield from (load_cinc2017_record(row) for row in load_cinc2017_table() if not row.kept_apart)


def _some_leads(record: Record, rng: np.random.Generator) -> Record:
    chosen = np.sort(rng.permutation(len(record.leads))[:LEADS])
    return record.select([record.leads[i] for i in chosen])
