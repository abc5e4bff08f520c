"""P, QRS and T as part of an analysis and of its page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.analysis.pipeline import Pipeline, analyze
from ectopy.analysis.result import Analysis
from ectopy.models.delineator import delineate
from ectopy.record import Record
from ectopy.report.html import render_report
from ectopy.report.wave_section import wave_section
from ectopy.simulation import simulate


@pytest.fixture(scope="module")
def record() -> Record:
    return simulate(20, 250, ("I", "aVF"), seed=5)


@pytest.fixture(scope="module")
def analysis(record: Record) -> Analysis:
    return analyze(record)


def test_short_recordings_are_delineated_beat_by_beat(record: Record, analysis: Analysis) -> None:
    assert analysis.waves is not None
    np.testing.assert_array_equal(analysis.waves.r_peaks, analysis.beats.samples)
    alone = delineate(record, analysis.beats.samples)
    np.testing.assert_array_equal(analysis.waves.marks, alone.marks)


def test_long_recordings_only_when_asked(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ectopy.analysis.pipeline.WAVES_UP_TO", 10.0)
    assert Pipeline.shipped().run(record).waves is None
    assert Pipeline.shipped().run(record, waves=True).waves is not None


def test_not_when_told_not_to(record: Record) -> None:
    assert analyze(record, waves=False).waves is None


def test_the_page_shows_intervals_and_median_beats(analysis: Analysis) -> None:
    section = wave_section(analysis)
    assert section is not None
    rows = {row.title: row for row in section.intervals}
    assert 40 < int(rows["QRS complex, ms"].median) < 160
    assert [beat.lead for beat in section.beats] == ["I", "aVF"]
    assert {wave for wave, _ in section.axes} == {"P", "QRS", "T"}
    assert 'id="waves"' in render_report(analysis)


def test_wide_complexes_and_missing_p_are_named(analysis: Analysis) -> None:
    assert analysis.waves is not None
    waves = replace(analysis.waves, marks=analysis.waves.marks.copy(), n_p=analysis.waves.n_p.copy())
    waves.marks[:, 5] = waves.marks[:, 3] + 0.13 * waves.fs
    waves.n_p[:2] = 0
    section = wave_section(replace(analysis, waves=waves))
    assert section is not None
    text = " ".join(section.remarks)
    assert "QRS complex wider than 120 ms" in text
    assert f"2 of {len(waves)} beats have no P wave" in text


def test_the_table_of_beats_has_the_intervals(analysis: Analysis) -> None:
    assert analysis.waves is not None
    columns = analysis.columns()
    onset, end = analysis.waves.mark("qrs_onset"), analysis.waves.mark("qrs_end")
    np.testing.assert_array_equal(columns["qrs_ms"], (end - onset) * 4)
    assert "qrs_ms" not in replace(analysis, waves=None).columns()


def test_without_waves_the_page_has_no_section(analysis: Analysis) -> None:
    assert wave_section(replace(analysis, waves=None)) is None
    assert 'id="waves"' not in render_report(replace(analysis, waves=None))
