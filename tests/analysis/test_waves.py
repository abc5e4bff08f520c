"""P, QRS and T as part of an analysis and of its page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ectopy.analysis.pipeline import Pipeline, analyze
from ectopy.analysis.result import Analysis
from ectopy.beats.p_waves import p_evidence
from ectopy.derived import DerivedSource
from ectopy.models.delineator import delineate
from ectopy.record import Record
from ectopy.report.exports import NO_REPORT, write_outputs
from ectopy.report.html import render_report
from ectopy.report.timelines import TimeAxis
from ectopy.report.wave_section import wave_section
from ectopy.report.wave_trends import draw_intervals_over_time
from ectopy.rhythm.conduction import conduction_events
from ectopy.rhythm.interval_trends import interval_trend
from ectopy.rhythm.intervals import beat_intervals
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


class Counted(DerivedSource):
    """A source that counts its samples as they are read."""

    n_read = 0

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        samples = super().read(start, stop)
        object.__setattr__(self, "n_read", self.n_read + len(samples))
        return samples


def test_a_short_file_is_read_once_and_gives_what_one_read_in_parts_gives(
    record: Record, analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, often = Counted(record), Counted(record)
    found = analyze(once)
    assert once.n_read == record.n_samples
    assert found.record is once
    monkeypatch.setattr("ectopy.derived.HELD", 0)
    again = analyze(often)
    assert often.n_read > record.n_samples
    for other in (again, analysis):
        for name, column in found.columns().items():
            np.testing.assert_array_equal(other.columns()[name], column, err_msg=name)


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


def test_conduction_is_among_the_events_of_an_analysis_with_waves(analysis: Analysis, tmp_path: Path) -> None:
    assert analysis.waves is not None
    marks = analysis.waves.marks.copy()
    marks[:, :3] = marks[:, [3]] + np.array([-0.28, -0.23, -0.18]) * analysis.waves.fs
    slow = replace(analysis, waves=replace(analysis.waves, marks=marks))
    (event,) = (event for event in slow.events if event.kind == "slow AV conduction")
    assert event.last - event.first > 5
    assert slow.summary().events["slow AV conduction"] == 1
    assert "slow AV conduction" not in replace(slow, waves=None).summary().events
    page = render_report(slow)
    assert "Slow AV conduction suspected, 1 time" in page
    assert '. Slow AV conduction suspected <span class="at">' in page
    events = write_outputs(slow, tmp_path, options=NO_REPORT).events
    assert "slow AV conduction" in events.read_text(encoding="utf-8")


def test_the_page_measures_the_median_beat_of_each_cluster_and_lead(analysis: Analysis) -> None:
    section = wave_section(analysis)
    assert section is not None
    assert analysis.waves is not None
    assert [(row.cluster, row.lead) for row in section.medians][:2] == [(1, "I"), (1, "aVF")]
    mine = analysis.waves.lead_marks[analysis.clusters == 0, 0]
    qrs = np.nanmedian(mine[:, 5] - analysis.waves.r_peaks[analysis.clusters == 0])
    onset = np.nanmedian(mine[:, 3] - analysis.waves.r_peaks[analysis.clusters == 0])
    assert section.medians[0].intervals[1] == f"{4 * (qrs - onset):.0f}"
    assert (
        section.medians[0].heights[3]
        == f"{np.nanmedian(analysis.waves.st[analysis.clusters == 0, 0, 0]):.2f}"
    )


def test_intervals_are_drawn_over_time_where_there_is_some(record: Record, analysis: Analysis) -> None:
    section = wave_section(analysis)
    assert section is not None
    assert not section.trend  # 20 s are two stretches
    assert analysis.waves is not None
    long = draw_intervals_over_time(analysis.waves, np.ones(len(analysis.waves), np.bool_), TimeAxis(40.0))
    assert 'class="lineQRS"' in long
    assert 'class="window"' in long  # the last 20 s have no beat


@pytest.mark.parametrize("spoilt", ["flat lead", "gap", "no beats", "50 Hz", "five seconds"])
def test_bad_recordings_are_told_of_and_break_nothing(record: Record, spoilt: str) -> None:
    signal = record.signal.copy()
    if spoilt == "flat lead":
        signal[:, 1] = 0.3
    elif spoilt == "gap":
        signal[1000:2500] = np.nan
    elif spoilt == "no beats":
        signal[:] = 0.1
    bad = simulate(20, 50, ("II",), seed=5) if spoilt == "50 Hz" else replace(record, signal=signal)
    waves = delineate(bad.slice(0, 5) if spoilt == "five seconds" else bad)
    assert len(beat_intervals(waves)) == len(waves)
    assert len(interval_trend(waves)) <= 1
    assert all(len(column) == len(waves) for column in p_evidence(waves).values())
    assert conduction_events(waves) == ()
    assert (len(waves) == 0) == (spoilt == "no beats")
    if spoilt == "flat lead":
        assert np.isnan(waves.lead_marks[:, 1]).all()
