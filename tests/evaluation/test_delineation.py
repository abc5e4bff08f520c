"""How well waves are delineated, by hand on a few beats."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.wave_marks import WaveMarks
from ectopy.errors import ParameterError
from ectopy.evaluation.delineation import better_lead, compare_waves, delineation_figures

FS = 1000.0


def beats(*peaks: float, width: float = 50) -> WaveMarks:
    """Return QRS complexes that begin and end `width` ms from their peaks."""
    at = np.array(peaks, dtype=float)
    return WaveMarks(["QRS"] * len(at), at - width, at, at + width)


def test_errors_are_predicted_less_reference() -> None:
    matches = compare_waves(beats(1000, 2000), beats(1007, 1990), FS)
    assert matches["QRS peak"].errors.tolist() == [7, -10]
    assert matches["QRS peak"].n_extra == 0


def test_a_mark_too_far_away_is_missed_and_extra() -> None:
    matches = compare_waves(beats(1000, 2000, 3000), beats(1000, 2151, 3000), FS)["QRS peak"]
    assert np.isnan(matches.errors).tolist() == [False, True, False]
    assert matches.counts(150) == (2, 1, 1)


def test_a_tighter_tolerance_counts_a_far_mark_as_both_errors() -> None:
    matches = compare_waves(beats(1000, 2000), beats(1000, 2060), FS)["QRS peak"]
    assert matches.counts(150) == (2, 0, 0)
    assert matches.counts(40) == (1, 1, 1)


def test_before_the_first_mark_and_after_the_last_nothing_is_extra() -> None:
    matches = compare_waves(beats(1000, 2000), beats(300, 1000, 1500, 2000, 2800), FS)["QRS peak"]
    assert matches.n_extra == 1


def test_where_not_every_beat_is_marked_nothing_is_extra() -> None:
    stretches = [(900.0, 1100.0), (2900.0, 3100.0)]
    matches = compare_waves(beats(1000, 3000), beats(1000, 2000, 3000), FS, stretches)
    assert matches["QRS peak"].n_extra == 0


def test_a_mark_that_the_reference_leaves_open_is_neither_missed_nor_extra() -> None:
    truth = WaveMarks(["T", "T"], [np.nan, 1900], [1000, 2000], [1100, 2100])
    found = WaveMarks(["T", "T"], [900, 1900], [1000, 2000], [1100, 2100])
    onset = compare_waves(truth, found, FS)["T onset"]
    assert onset.counts(150) == (1, 0, 0)


def test_the_better_lead_is_taken_mark_by_mark() -> None:
    truth = beats(1000, 2000)
    leads = [compare_waves(truth, beats(1020, 2001), FS), compare_waves(truth, beats(1002), FS)]
    assert better_lead(leads)["QRS peak"].errors.tolist() == [2, 1]


def test_figures_are_means_over_records() -> None:
    steady = [compare_waves(beats(1000, 2000, 3000), beats(1010, 2010, 3010), FS)]
    early = [compare_waves(beats(1000, 2000, 3000), beats(990, 1970, 2980), FS)]
    row = delineation_figures([steady, early])["QRS peak"]
    assert row["mean error ms"] == -5
    assert row["sd ms"] == 5  # the records' own: 0 and 10
    assert (row["Se 150 ms"], row["+P 150 ms"], row["F1 150 ms"]) == (100, 100, 1)


def test_a_wave_that_is_not_there_has_no_figures() -> None:
    figures = delineation_figures([[compare_waves(beats(1000), beats(1000), FS)]])
    assert figures["P onset"]["Se 150 ms"] is None
    assert figures["P"]["F1 150 ms"] is None


def test_a_reference_without_marks_is_refused() -> None:
    with pytest.raises(ParameterError, match="reference has no mark"):
        compare_waves(beats(), beats(1000), FS)
