"""What is written of the waves of a recording."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import wfdb

from ectopy.beats.waves import Waves
from ectopy.errors import ParameterError
from ectopy.models.delineator import delineate
from ectopy.report.wave_exports import write_waves
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def waves() -> Waves:
    return delineate(simulate(12, 250, ("II", "V1"), seed=5))


def test_any_wfdb_tool_opens_the_annotations(waves: Waves, tmp_path: Path) -> None:
    write_waves(waves, "strip", tmp_path, each_lead=True)
    together = wfdb.rdann(str(tmp_path / "strip"), "waves")
    assert set(together.symbol) <= set("(pNt)")
    assert together.symbol.count("N") == int(np.isfinite(waves.mark("qrs_peak")).sum())
    assert together.fs == 250
    lead = wfdb.rdann(str(tmp_path / "strip"), "waves_v1")
    assert set(lead.chan.tolist()) == {1}


def test_the_table_has_a_row_per_beat(waves: Waves, tmp_path: Path) -> None:
    table = pd.read_csv(write_waves(waves, "strip", tmp_path).table)
    assert len(table) == len(waves)
    np.testing.assert_allclose(table["qrs"], table["qrs_end"].sub(table["qrs_onset"]) * 4, atol=0.02)


def test_the_summary_has_no_nan(waves: Waves, tmp_path: Path) -> None:
    nothing = replace(waves, marks=np.full_like(waves.marks, np.nan))
    for name, each in (("some", waves), ("none", nothing)):
        text = write_waves(each, name, tmp_path).summary.read_text(encoding="utf-8")
        assert "NaN" not in text
        assert json.loads(text)["n_beats"] == len(waves)


def test_a_lead_name_is_never_a_path(waves: Waves, tmp_path: Path) -> None:
    """Names come from files: they may hold anything, be alike, or hold no letter."""
    odd = replace(waves, leads=("../../v1", "V1"))
    files = write_waves(odd, "strip", tmp_path, each_lead=True).leads
    assert [file.name for file in files] == ["strip.waves_v1", "strip.waves_lead1"]
    assert {file.parent for file in files} == {tmp_path}
    plain = replace(waves, leads=("+", "−"))
    files = write_waves(plain, "strip", tmp_path, each_lead=True, force=True).leads
    names = [file.name for file in files]
    assert names == ["strip.waves_lead0", "strip.waves_lead1"]


def test_files_of_another_recording_are_kept(waves: Waves, tmp_path: Path) -> None:
    write_waves(waves, "strip", tmp_path)
    write_waves(waves, "strip", tmp_path)
    with pytest.raises(ParameterError, match="of another recording"):
        write_waves(replace(waves, leads=("I", "V1")), "strip", tmp_path)
