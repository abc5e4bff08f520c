"""The notebook story of the docs, cell by cell, by what a user sees."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

STORY = Path(__file__).parents[1] / "docs" / "story.py"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.mkdtemp", lambda: str(tmp_path_factory.mktemp("story")))
        return SimpleNamespace(**runpy.run_path(str(STORY)))


def test_a_record_shows_itself_in_one_line(told):
    assert repr(told.record).startswith("<Record walk: 120 s at 250 Hz, leads II V1, ")


def test_an_analysis_is_one_line_and_a_card(told):
    for shown in (told.analysis, told.summary):
        assert "walk" in repr(shown)
        assert "\n" not in repr(shown)
        assert len(repr(shown)) < 200
        assert "<table>" in shown._repr_html_()
        assert "not for diagnosis" in shown._repr_html_()


def test_nearly_all_beats_that_were_simulated_are_found_and_the_ventricular_ones_named(told):
    symbols = told.simulated.annotations.beats().symbols
    assert abs(len(told.frame) - len(symbols)) <= 2
    assert abs(len(told.ventricular) - (symbols == "V").sum()) <= 2


def test_the_frame_is_the_table_that_is_written(told):
    written = pd.read_csv(told.outputs.beats, keep_default_na=False, na_values=[""])
    assert list(told.frame.columns) == list(written.columns)
    np.testing.assert_array_equal(told.frame["sample"], written["sample"])
    np.testing.assert_allclose(told.frame.rr_s, written.rr_s, atol=1e-4)


def test_the_pictures_show_the_beat(told):
    texts = [text.get_text() for text in told.strip.axes[0].texts]
    assert {"V", "II", "V1"} <= set(texts)
    assert told.beat.axes[0].get_title(loc="left").startswith(f"beat {told.first} at ")
    assert (told.folder / "strip.png").stat().st_size > 10_000


def test_a_lower_alarm_rate_calls_fewer_beats_abnormal_and_says_so(told):
    assert told.strict.threshold > told.analysis.threshold
    assert set(np.flatnonzero(told.strict.abnormal)) <= set(np.flatnonzero(told.analysis.abnormal))
    assert any("0.005" in warning and "0.02" in warning for warning in told.strict.warnings)
    assert not any("false-alarm" in warning for warning in told.analysis.warnings)
    np.testing.assert_array_equal(told.own.abnormal, told.analysis.scores > 5)


def test_variability_is_that_of_normal_beats_only(told):
    classes, nn = told.analysis.classes, told.analysis.nn_intervals
    around = np.isin(classes[1:], "V") | np.isin(classes[:-1], "V")
    assert around.any()
    assert np.isnan(nn[1:][around]).all()
    assert len(told.nn) > 50
    assert 5 < told.sdnn_ms < 200
    assert told.sdnn_ms < 1000 * np.nanstd(told.analysis.beats.rr)


def test_what_was_saved_opens_as_it_was(told):
    assert told.saved.name == "walk.analysis.npz"
    assert repr(told.again) == repr(told.analysis)
    pd.testing.assert_frame_equal(told.again.to_frame(), told.frame)
    assert told.again.summary() == told.summary
    assert len(told.same_strip.axes[0].lines) == len(told.analysis.plot(10, 8).axes[0].lines)
