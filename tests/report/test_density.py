"""The density of heart rates counts what is there."""

from __future__ import annotations

import re

import numpy as np
import pytest

from drawn import Drawn
from ectopy.plotting import palette
from ectopy.report.density import LONG, cells, draw_rate_density
from ectopy.report.html import render_report
from ectopy.report.language import Language
from ectopy.report.timelines import TimeAxis

DAY = TimeAxis(86400.0)


def _area(box):
    return np.ptp(box[:, 0]) * np.ptp(box[:, 1])


def test_each_cell_that_holds_anything_is_drawn_once_and_no_other():
    counts = np.random.default_rng(0).poisson(0.7, (12, 9)).astype(float)
    drawn = Drawn(f"<svg>{cells(counts, np.arange(13.0), np.arange(9.0, -1.0, -1.0))}</svg>")
    covered = np.zeros_like(counts)
    for level in range(len(palette.DENSITY)):
        for box in drawn.lines(f"dense{level}"):
            columns = slice(*np.rint([box[:, 0].min(), box[:, 0].max()]).astype(int))
            rows = slice(*np.rint([9 - box[:, 1].max(), 9 - box[:, 1].min()]).astype(int))
            covered[columns, rows] += 1
            assert len(set(np.floor(np.log(counts[columns, rows]).ravel() / np.log(counts.max()) * 9))) == 1
    assert np.array_equal(covered, counts > 0)


def test_the_darkest_cell_is_where_most_beats_are():
    times = np.arange(0, 86400.0)
    rr = np.where(times < 43200, 1.0, 0.5)  # 60/min, then 120/min
    drawn = Drawn(draw_rate_density(times, rr, DAY))
    frame = drawn.lines("axis")[0]
    middle = frame[:, 0].min() + np.ptp(frame[:, 0]) / 2
    darkest = drawn.lines(f"dense{len(palette.DENSITY) - 1}")[:-1]  # the last is its sample in the key
    early = [box for box in darkest if box[:, 0].max() <= middle + 0.1]
    late = [box for box in darkest if box[:, 0].min() >= middle - 0.1]
    assert len(early) + len(late) == len(darkest) > 100
    assert min(box[:, 1].min() for box in early) > max(box[:, 1].max() for box in late)
    assert sum(map(_area, darkest)) == pytest.approx(sum(map(_area, early)) + sum(map(_area, late)), rel=1e-9)


def test_nothing_known_is_no_error():
    assert "<svg" in draw_rate_density(np.arange(3.0), np.full(3, np.nan), DAY)


@pytest.mark.parametrize(("duration", "there"), [(LONG - 60, False), (LONG, True)])
def test_the_page_shows_it_from_three_hours_on(make_analysis, duration, there):
    page = render_report(make_analysis(duration=duration, fs=20.0, odd=()))
    assert ("Density of heart rates" in page) is there


def test_words_in_pictures_are_those_of_the_language():
    drawn = draw_rate_density(np.arange(9.0), np.ones(9), TimeAxis(86400.0, language=Language("de")))
    assert {"selten", "häufig", "Herzfrequenz, 1/min"} <= set(Drawn(drawn).texts())
    assert not re.search("rare|heart rate", drawn)
