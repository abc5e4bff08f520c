"""Intervals, corrections for rate, and axes, against figures worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.rhythm.intervals import (
    beat_intervals,
    corrected_qt,
    frontal_axis,
    median_marks,
    summarise_intervals,
    wave_axes,
)
from typical_waves import waves


def test_intervals_are_between_marks() -> None:
    first, second = beat_intervals(waves()).iloc[0], beat_intervals(waves()).iloc[1]
    assert (second.p, second.pr, second.qrs, second.qt) == (100, 160, 100, 400)
    assert second.heart_rate == 75
    assert np.isnan(first.heart_rate)
    assert np.isnan(first.qtc_bazett)
    assert not second.wide_qrs


def test_corrections_of_published_examples() -> None:
    """At 60 beats a minute all agree; 400 ms at 75 beats a minute by each formula."""
    for formula in ("bazett", "fridericia", "framingham", "hodges"):
        assert corrected_qt(400, 1.0, formula) == 400
    assert corrected_qt(400, 0.8, "bazett") == pytest.approx(447.2, abs=0.1)
    assert corrected_qt(400, 0.8, "fridericia") == pytest.approx(430.9, abs=0.1)
    assert corrected_qt(400, 0.8, "framingham") == pytest.approx(430.8)
    assert corrected_qt(400, 0.8, "hodges") == pytest.approx(426.25)


def test_a_pause_is_no_rate() -> None:
    assert np.isnan(beat_intervals(waves(rr=2500)).heart_rate).all()


def test_wide_complexes_are_named() -> None:
    wide = waves()
    wide.marks[2, 5] += 15
    assert beat_intervals(wide).wide_qrs.tolist() == [False, False, True, False, False]


def test_a_missing_wave_has_no_interval() -> None:
    without = waves()
    without.marks[1, :3] = np.nan
    row = beat_intervals(without).iloc[1]
    assert np.isnan(row.pr)
    assert np.isnan(row.p)
    assert row.qt == 400
    assert summarise_intervals(beat_intervals(without)).loc["pr", "n_beats"] == 4


def test_the_typical_beat_of_each_cluster_and_lead() -> None:
    table = median_marks(waves(), [0, 0, 0, 1, 1]).set_index(["cluster", "lead"])
    assert table.loc[(0, "I"), "n_beats"] == 3
    np.testing.assert_allclose(
        table.loc[(1, "aVF"), ["p_onset", "qrs_end", "t_end"]].tolist(), [-200, 60, 360]
    )
    assert table.loc[(1, "aVF"), "t_amplitude"] == -0.3
    with pytest.raises(ParameterError, match=r"clusters has shape \(2,\)"):
        median_marks(waves(), [0, 1])


def test_a_wave_that_few_beats_have_is_not_typical() -> None:
    rare = waves()
    rare.lead_marks[:3, 0, :3] = np.nan
    rare.lead_marks[:1, 1, :3] = np.nan
    table = median_marks(rare).set_index("lead")
    assert np.isnan(table.loc["I", "p_onset"])
    assert table.loc["aVF", "p_onset"] == -200


def test_axes() -> None:
    np.testing.assert_allclose(frontal_axis([1, 0, -1, 1], [0, 1, 0, -np.sqrt(3) / 2]), [0, 90, 180, -45])
    axes = wave_axes(waves())
    assert axes["QRS"] == 30.0
    assert axes["T"] == pytest.approx(-49.1, abs=0.1)
    assert wave_axes(waves(0)) == {}


def test_avf_is_made_of_other_limb_leads() -> None:
    """Einthoven: aVF = II - I / 2."""
    limb = replace(waves(), leads=("I", "II"))
    limb.qrs_net[:, 1] = limb.qrs_net[:, 0] / 2 + 0.5
    limb.amplitudes[:, 1] = limb.amplitudes[:, 0] / 2 + [0.1, 0.5, -0.3]
    assert wave_axes(limb) == wave_axes(waves())
    assert wave_axes(waves(leads=("I",))) == {}
