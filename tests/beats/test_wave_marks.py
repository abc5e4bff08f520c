"""Marks of P, QRS and T, to and from the convention of LUDB and of the QT database."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.beats.wave_marks import WaveMarks
from ectopy.errors import AnnotationError
from ectopy.record import Annotations


def test_a_beat_is_read_wave_by_wave() -> None:
    marks = Annotations([10, 14, 18, 20, 25, 30, 50, 60, 70], list("(p)(N)(t)"))
    waves = WaveMarks.from_annotations(marks)
    assert waves.waves.tolist() == ["P", "QRS", "T"]
    assert waves.onsets.tolist() == [10, 20, 50]
    assert waves.peaks.tolist() == [14, 25, 60]
    assert waves.ends.tolist() == [18, 30, 70]


def test_brackets_that_are_not_there_are_not_made_up() -> None:
    """In the QT database a T wave often has no onset, and the bracket before it is another wave's."""
    marks = Annotations([20, 25, 30, 60, 70, 80, 90], ["(", "N", ")", "t", ")", "u", ")"])
    waves = WaveMarks.from_annotations(marks)
    assert waves.waves.tolist() == ["QRS", "T"]
    assert np.isnan(waves.onsets[1])
    assert waves.ends.tolist() == [30, 70]


def test_every_beat_symbol_is_a_qrs_complex() -> None:
    waves = WaveMarks.from_annotations(Annotations([5, 9, 12], ["(", "V", ")"]))
    assert waves.waves.tolist() == ["QRS"]


def test_written_marks_read_as_they_were() -> None:
    waves = WaveMarks(["P", "QRS", "T"], [1, 20, np.nan], [5, 25, 60], [9, np.nan, 70])
    marks = waves.to_annotations(fs=250.0, chan=3)
    again = WaveMarks.from_annotations(marks)
    np.testing.assert_array_equal(again.onsets, waves.onsets)
    np.testing.assert_array_equal(again.ends, waves.ends)
    assert "".join(marks.symbols) == "(p)(Nt)"
    assert marks.nums.tolist() == [0, 0, 0, 1, 0, 0, 2]
    assert set(marks.chans.tolist()) == {3}
    assert marks.fs == 250


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(AnnotationError, match="peaks has 2 entries and waves 1"):
        WaveMarks(["P"], [1.0], [2.0, 3.0], [4.0])
