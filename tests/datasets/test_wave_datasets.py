"""LUDB and the QT Database: who is learned from, and what is read."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ectopy.datasets.ludb import LUDB_LEADS, LUDB_RECORDS, load_ludb_record, load_ludb_waves, ludb_part
from ectopy.datasets.qtdb import (
    QTDB_RECORDS,
    load_qtdb_record,
    load_qtdb_waves,
    qtdb_part,
    qtdb_patient,
    qtdb_records,
)
from ectopy.errors import ParameterError


def test_every_person_of_ludb_is_on_one_side() -> None:
    assert Counter(map(ludb_part, LUDB_RECORDS)) == {"train": 140, "test": 40, "validation": 20}


def test_nobody_of_another_database_is_learned_from() -> None:
    """Excerpts of nsrdb, mitdb, svdb … show people who are tested on elsewhere."""
    for name in ("sel16265", "sel17453", "sel100", "sel803", "sel14046", "sel30"):
        assert qtdb_part(name) == "test"
    assert qtdb_patient("sel16265") == "nsrdb-16265"


def test_neighbouring_european_records_are_on_one_side() -> None:
    """Consecutive numbers may be one person; a side begins at a whole hundred."""
    for name in QTDB_RECORDS:
        if name.startswith("sele"):
            assert qtdb_part(name) == qtdb_part(f"sele{name[4:6]}00")


def test_what_is_not_there_is_named() -> None:
    with pytest.raises(ParameterError, match="lead='v7' is unknown"):
        load_ludb_waves("1", "v7")
    with pytest.raises(ParameterError, match="name='201' is unknown"):
        ludb_part("201")
    with pytest.raises(ParameterError, match="name='sel999' is unknown"):
        load_qtdb_waves("sel999")


def test_ludb_as_published(data_dir: Path) -> None:
    assert (data_dir / "ludb").is_dir()
    record, waves = load_ludb_record("1"), load_ludb_waves("1", "ii")
    assert record.leads == LUDB_LEADS
    assert (record.fs, record.n_samples, record.patient) == (500, 5000, "ludb-1")
    assert waves.onsets[0] == 644
    assert np.all(waves.onsets <= waves.peaks)
    assert np.all(waves.peaks <= waves.ends)


def test_qtdb_as_published(data_dir: Path) -> None:
    assert (data_dir / "qtdb").is_dir()
    assert set(qtdb_records()) <= set(QTDB_RECORDS)
    record, waves = load_qtdb_record("sele0104"), load_qtdb_waves("sele0104")
    assert (record.fs, len(record.leads), record.patient) == (250, 2, "edb-e0104")
    assert Counter(waves.waves.tolist()) == {"P": 30, "QRS": 30, "T": 30}
