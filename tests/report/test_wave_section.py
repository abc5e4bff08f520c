"""What the page says of P, QRS and T."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ectopy.report.html import render_report
from ectopy.report.wave_section import wave_section
from ectopy.rhythm.episodes import VENTRICULAR_FIBRILLATION, Episode
from typical_waves import waves


def test_beats_that_nobody_could_judge_have_no_say_in_rates_and_intervals(make_analysis) -> None:
    """Waves of ventricular fibrillation lie 0.2 s apart and are no QRS complexes."""
    scores, rr = np.full(60, 0.5, np.float32), np.ones(60, np.float32)
    scores[20:], rr[20:] = np.nan, 0.2
    analysis = make_analysis(odd=(), scores=scores)
    analysis = replace(analysis, beats=replace(analysis.beats, rr=rr), waves=_partly_without_p())
    section = wave_section(analysis)
    assert section is not None
    rates, *_, qrs = section.intervals[:4]
    assert (rates.median, rates.high, rates.n_beats) == ("60", "60", "19")
    assert (qrs.median, qrs.n_beats) == ("100", "20")
    assert not section.remarks


def test_fibrillation_has_no_qrs_width(make_analysis) -> None:
    scores = np.where(np.arange(60) < 20, np.float32(0.5), np.float32(np.nan))
    episode = Episode(VENTRICULAR_FIBRILLATION, 5000, 15000)
    page = render_report(make_analysis(odd=(), scores=scores, waves=_partly_without_p(), episodes=(episode,)))
    assert "Ventricular flutter or fibrillation" in page
    assert "QRS 100 ms" not in page


def test_a_level_is_told_alike_in_table_and_picture(make_analysis) -> None:
    """No zero below zero, and a minus instead of a hyphen."""
    level = replace(waves(60), st=np.full((60, 2, 2), -0.002))
    section = wave_section(make_analysis(odd=(), waves=level))
    assert section is not None
    assert {beat.st for beat in section.beats} == {"0.00"}
    assert {row.heights[3] for row in section.medians} == {"0.00"}
    low = wave_section(make_analysis(odd=(), waves=replace(level, st=level.st - 0.1)))
    assert low is not None
    assert {beat.st for beat in low.beats} == {"−0.10"}


def _partly_without_p():
    return replace(waves(60), n_p=np.where(np.arange(60) < 20, 1, 0))
