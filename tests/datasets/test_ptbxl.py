"""PTB-XL's tables become one list of recordings with their superclasses."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ectopy.datasets import PTBXLEntry, load_ptbxl_record, load_ptbxl_table
from ectopy.errors import DatasetError

STATEMENTS = """,description,diagnostic,diagnostic_class
NORM,normal,1.0,NORM
IMI,inferior infarction,1.0,MI
NDT,non-diagnostic T,1.0,STTC
SR,sinus rhythm,,
"""
ROWS = (
    """1,15709.0,3,"{'NORM': 100.0, 'SR': 0.0}",records500/00000/00001_hr""",
    """2,13243.0,10,"{'NDT': 0.0, 'IMI': 35.0, 'SR': 0.0}",records500/00000/00002_hr""",
    """3,13243.0,10,"{'SR': 0.0}",records500/00000/00003_hr""",
    """4,20372.0,9,"{'NORM': 80.0}",records500/00000/00004_hr""",
)
HEADER = "ecg_id,patient_id,strat_fold,scp_codes,filename_hr"


@pytest.fixture
def ptbxl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    folder = tmp_path / "ptbxl" / "records500" / "00000"
    folder.mkdir(parents=True)
    for number in (1, 2, 3):
        (folder / f"{number:05d}_hr.hea").touch()
        (folder / f"{number:05d}_hr.dat").touch()
    (folder / "00004_hr.hea").touch()
    (tmp_path / "ptbxl" / "scp_statements.csv").write_text(STATEMENTS)
    (tmp_path / "ptbxl" / "ptbxl_database.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    return tmp_path / "ptbxl"


def test_rows_carry_superclasses_of_every_likelihood_in_a_fixed_order(ptbxl: Path):
    table = load_ptbxl_table()
    assert table[0] == PTBXLEntry(1, "15709", 3, ("NORM",), "records500/00000/00001_hr", ("NORM", "SR"))
    assert table[1].superclasses == ("MI", "STTC")
    assert table[2].superclasses == ()
    assert [entry.is_normal for entry in table] == [True, False, False]


def test_only_recordings_whose_files_are_here_are_listed(ptbxl: Path):
    assert [entry.ecg_id for entry in load_ptbxl_table()] == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("ecg_id,patient_id\n1,2\n", "no column strat_fold, scp_codes, filename_hr"),
        ("", "No columns to parse"),
        (f"{HEADER}\none,2,3,{{}},x\n", "a row cannot be read .*'one'"),
        (f"{HEADER}\n1,2,3,{{'NORM,x\n", "a row cannot be read"),
        (f"{HEADER}\n1,,3,{{}},x\n", "a row cannot be read"),
    ],
)
def test_a_table_that_is_something_else_is_refused(ptbxl: Path, content: str, reason: str):
    (ptbxl / "ptbxl_database.csv").write_text(content)
    with pytest.raises(DatasetError, match=reason) as caught:
        load_ptbxl_table()
    assert "ptbxl_database.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_the_tables_the_error_says_where_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ECTOPY_DATA_DIR", str(tmp_path))
    (tmp_path / "ptbxl").mkdir()
    with pytest.raises(DatasetError, match=r"ptbxl_database\.csv is not in .*physionet\.org"):
        load_ptbxl_table()


def test_counts_of_the_first_500_recordings(data_dir: Path):
    table = [entry for entry in load_ptbxl_table() if entry.ecg_id <= 500]
    counts = Counter(name for entry in table for name in entry.superclasses)
    assert len(table) == 500
    assert len({entry.patient for entry in table}) == 466
    assert counts == {"NORM": 297, "STTC": 96, "CD": 78, "MI": 73, "HYP": 40}


def test_a_recording_has_twelve_leads_and_its_patient(data_dir: Path):
    entry = load_ptbxl_table()[0]
    record = load_ptbxl_record(entry)
    assert record.patient == entry.patient
    assert record.signal.shape == (5000, 12)
    assert record.fs == 500
    assert "II" in record.leads
